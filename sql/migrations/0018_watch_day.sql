-- Presence is one row for each viewer and hour, and is kept for as long as its minutes may still be paid. What is older becomes one row for
-- each viewer and day, so that boards, seasons and streaks can be counted for ever. A new table and a function only; nothing in use is
-- locked.

create table watch_day (
  discord_server_id bigint not null,
  day date not null,
  username text not null,
  stream_at timestamptz not null,
  season_id integer not null,
  minutes integer not null check (minutes > 0),
  primary key (discord_server_id, day, username, stream_at, season_id)
);
create index watch_day_viewer_idx on watch_day (discord_server_id, username);
comment on table watch_day is
  'Credited minutes whose presence is folded. A viewer''s minutes = those paid in presence + these + sum of watchtime_adjustment.delta.';
comment on column watch_day.day is
  'Of the time zone that the guild had when they were folded. A minute belongs to the day in which it began.';
comment on column watch_day.stream_at is 'When the stream began that they were credited in; -infinity outside of any.';
comment on column watch_day.season_id is 'The season that they lie in; 0 for none.';
comment on table watchtime_adjustment is
  'Minutes that were given or taken, once for each source. A total of minutes = paid presence + watch_day + sum of delta.';

-- What a guild's stream sessions cover, the oldest first, none of them more than once. Sessions that begin less than half an hour after the
-- one before was over are the same stream, interrupted; streams are numbered from 0.
create function streams_of(guild bigint)
  returns table (started_at timestamptz, first_minute bigint, last_minute bigint, is_live boolean, stream integer)
  language sql stable parallel safe
begin atomic
  select s.started_at, s.first, s.last, s.is_live,
         (count(*) filter (where s.first - s.over > 30) over (order by s.started_at))::int
    from (
      select c.started_at,
             first_minute(c.started_at) as first,
             least(first_minute(coalesce(c.ended_at, now())), lead(first_minute(c.started_at)) over w) - 1 as last,
             c.ended_at is null as is_live,
             lag(first_minute(c.ended_at)) over w as over
        from stream_session c
       where c.discord_server_id = guild
      window w as (order by c.started_at)
    ) s;
end;
