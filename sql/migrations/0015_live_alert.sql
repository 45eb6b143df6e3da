-- Posts that tell a server when its stream is live. New tables only.

create table live_alert_setup (
  discord_server_id bigint primary key,
  channel_id bigint not null,
  enabled boolean not null default true,
  role_id bigint,
  title text,
  description text,
  footer text,
  buttons jsonb not null default '[]',
  updates text not null default 'end' check (updates in ('none', 'end', 'all')),
  updated_at timestamptz not null default now(),
  updated_by bigint
);
comment on column live_alert_setup.title is 'A template; null for our own words in the language of the guild.';
comment on column live_alert_setup.updates is 'Whether a post is edited: never, when the stream ends, or also when its title changes.';

create table live_alert (
  discord_server_id bigint not null,
  started_at timestamptz not null,
  current_started_at timestamptz not null,
  ended_at timestamptz,
  title text not null default '',
  category text,
  channel_id bigint,
  message_id bigint,
  revision integer not null default 0,
  primary key (discord_server_id, started_at)
);
create index live_alert_current_idx on live_alert (discord_server_id, current_started_at);
comment on table live_alert is 'One post for each stream. A stream that drops and comes back within minutes goes on with the post it had.';
comment on column live_alert.current_started_at is 'When the part began that runs now; differs from started_at after the stream has come back.';
comment on column live_alert.revision is 'Grows with every change that the post should show.';
