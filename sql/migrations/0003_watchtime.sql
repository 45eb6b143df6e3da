-- Minutes and points. The legacy dashboard reads these tables and columns. New tables only.

create table watchtime (
  discord_server_id bigint not null,
  username text not null,
  minutes integer not null default 0 check (minutes >= 0),
  last_credit integer not null default 0,
  last_active timestamptz,
  primary key (discord_server_id, username)
) with (fillfactor = 70);

comment on column watchtime.last_credit is 'Minutes that the latest settlement added: what a total was before it.';

create table user_points (
  discord_server_id bigint not null,
  kick_username text not null,
  discord_id bigint,
  points bigint not null default 0,
  total_earned bigint not null default 0,
  total_spent bigint not null default 0,
  last_updated timestamptz not null default now(),
  primary key (discord_server_id, kick_username)
) with (fillfactor = 70);

create table points_watchtime_converted (
  discord_server_id bigint not null,
  kick_username text not null,
  minutes_converted integer not null default 0 check (minutes_converted >= 0),
  points_awarded bigint not null default 0,
  converted_at timestamptz not null default now(),
  primary key (discord_server_id, kick_username)
) with (fillfactor = 70);
comment on table points_watchtime_converted is
  'High-water mark: how many minutes of a viewer have been turned into points. Whoever moves it holds the viewer''s watchtime row.';

create table point_ledger (
  discord_server_id bigint not null,
  ledger_id bigint generated always as identity,
  kick_username text not null,
  delta bigint not null,
  kind text not null,
  source_ref text not null,
  actor_id bigint,
  reason text,
  created_at timestamptz not null default now(),
  primary key (discord_server_id, ledger_id),
  unique (discord_server_id, source_ref)
);
create index point_ledger_viewer_idx on point_ledger (discord_server_id, kick_username);
comment on table point_ledger is
  'Every change of a balance except watch time, once for each source. Balance = sum of delta + points_awarded.';
