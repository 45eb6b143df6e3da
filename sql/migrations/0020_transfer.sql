-- What a server takes in from a file: a draft until an admin has seen the preview and said yes, and which files it has taken in, so that
-- the same one counts once. New tables only; locks nothing.

create table transfer_draft (
  discord_server_id bigint not null,
  discord_id bigint not null,
  draft_ref text not null,
  way text not null check (way in ('merge', 'add', 'replace')),
  file_ref text not null,
  body text not null,
  created_at timestamptz not null default now(),
  primary key (discord_server_id, discord_id)
);
comment on table transfer_draft is
  'A file that was read and checked and waits for the yes of the admin who gave it; a newer file of the same admin takes its place.';

create table transfer_import (
  discord_server_id bigint not null,
  file_ref text not null,
  way text not null,
  imported_at timestamptz not null default now(),
  imported_by bigint,
  primary key (discord_server_id, file_ref)
);
comment on table transfer_import is 'Files that were added or merged; what they bring in counts once.';
