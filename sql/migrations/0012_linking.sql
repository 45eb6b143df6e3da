-- What is known about links beside the links themselves: what became of them, what their accounts were called before, where the
-- panel stands, and how far a grant of the linked role to everybody has come. New tables only; nothing in use is locked.

create table link_event (
  discord_server_id bigint not null,
  link_event_id bigint generated always as identity,
  action text not null check (action in ('linked', 'refused', 'unlinked', 'forced', 'renamed', 'merged')),
  discord_id bigint,
  kick_user_id bigint,
  kick_name text not null,
  old_name text,
  source text not null check (source in ('discord', 'dashboard', 'bot', 'kick')),
  actor_id bigint,
  reason text,
  happened_at timestamptz not null default now(),
  primary key (discord_server_id, link_event_id)
);
create index link_event_member_idx on link_event (discord_server_id, discord_id, link_event_id);
create index link_event_account_idx on link_event (discord_server_id, kick_user_id, link_event_id);
create index link_event_name_idx on link_event (discord_server_id, kick_name, link_event_id);
comment on table link_event is 'What became of links, for admins who ask; the links themselves stand in "links".';
comment on column link_event.actor_id is 'Who did it, when it was not the member.';

create table kick_rename (
  discord_server_id bigint not null,
  kick_rename_id bigint generated always as identity,
  kick_user_id bigint not null,
  old_name text not null,
  new_name text not null,
  renamed_at timestamptz not null default now(),
  primary key (discord_server_id, kick_rename_id)
);
create index kick_rename_account_idx on kick_rename (discord_server_id, kick_user_id, kick_rename_id);

create table link_panel (
  discord_server_id bigint primary key,
  channel_id bigint not null,
  message_id bigint not null,
  title text,
  description text,
  posted_by bigint,
  posted_at timestamptz not null default now()
);
comment on table link_panel is 'The one message of a guild with a button for linking. Its words are the guild''s language''s when there are none here.';

create table link_role_run (
  discord_server_id bigint primary key,
  role_id bigint not null,
  total integer not null,
  had integer not null,
  started_by bigint not null,
  interaction_token text not null,
  started_at timestamptz not null default now()
);
comment on table link_role_run is 'A grant of the linked role to every linked member that is under way; what is left stands in role_grant.';
