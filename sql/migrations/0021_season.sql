-- Seasons: a time with a name and a beginning, whose boards are kept as they were at its end. New tables only; nothing in use is locked.

create table season (
  discord_server_id bigint not null,
  season_id integer not null,
  name text not null,
  started_at timestamptz not null,
  ends_at timestamptz,
  ended_at timestamptz,
  started_by bigint,
  ended_by bigint,
  primary key (discord_server_id, season_id),
  check (ended_at >= started_at)
);
create unique index season_running_idx on season (discord_server_id) where ended_at is null;
comment on table season is
  'Counts from 1 in each guild; at most one of them runs. Its minutes are those that began in it; totals go on as if there were none.';
comment on column season.ends_at is 'When it ends by itself; null for one that an admin ends.';

create table season_start (
  discord_server_id bigint not null,
  username text not null,
  earned bigint not null,
  primary key (discord_server_id, username)
);
comment on table season_start is
  'What viewers had earned in all when the season that is running began: what they earn in it is total_earned minus this.';

create table season_result (
  discord_server_id bigint not null,
  season_id integer not null,
  watchtime_rank integer not null,
  points_rank integer not null,
  username text not null,
  minutes integer not null,
  points bigint not null,
  primary key (discord_server_id, season_id, watchtime_rank),
  unique (discord_server_id, season_id, points_rank)
);
create index season_result_viewer_idx on season_result (discord_server_id, username);
comment on table season_result is
  'The boards of a season as they were at its end; ranks and amounts never change. A name follows the account that it is of.';
