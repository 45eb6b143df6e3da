-- Clips: a service that records streams and cuts them, asked on behalf of a server. New tables only; names as in the bot before, where it
-- had them.

create table clip_service (
  discord_server_id bigint primary key,
  url text not null check (length(url) <= 200),
  key_sealed text not null,
  key_id text not null,
  enabled boolean not null default true,
  duration_seconds integer not null default 30 check (duration_seconds between 5 and 120),
  channel_id bigint,
  level text not null default 'everyone' check (level in ('everyone', 'subscriber', 'vip', 'moderator', 'broadcaster')),
  user_cooldown integer not null default 60 check (user_cooldown between 0 and 86400),
  channel_cooldown integer not null default 15 check (channel_cooldown between 0 and 86400),
  updated_at timestamptz not null default now(),
  updated_by bigint
);
comment on column clip_service.key_sealed is 'The key of this server at the service, encrypted; it is never shown.';

create table clips (
  discord_server_id bigint not null,
  id integer not null check (id > 0),
  request_ref text not null,
  kick_username text not null,
  display_name text not null,
  clip_title text,
  clip_duration integer not null,
  clip_url text,
  kick_channel text,
  state text not null default 'asked' check (state in ('asked', 'made', 'failed')),
  failure text,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  primary key (discord_server_id, id),
  unique (discord_server_id, request_ref),
  check ((state = 'failed') = (failure is not null))
) with (fillfactor = 70);
create index clips_viewer_idx on clips (discord_server_id, kick_username);
create index clips_age_idx on clips (discord_server_id, created_at);
comment on column clips.id is 'Counts from 1 in each guild.';
comment on column clips.request_ref is 'What asked for it, a message; the service is told the same, so that it is cut once.';

create table clip_buffer (
  buffer_ref text primary key,
  streaming_since timestamptz not null,
  ended boolean not null default false
);
comment on table clip_buffer is
  'Nobody''s data: which recordings run, one for each service and channel however many servers follow it, so that one of them starts it.';
comment on column clip_buffer.buffer_ref is 'SHA-256 over the address of the service and the channel.';
