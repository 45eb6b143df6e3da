-- Who is left out of what, in place of the setting "ignored_names", which said one thing for everything. A new table, filled from the
-- setting; its rows stay where they are, since processes of the release before still read them while they are replaced.
-- Further below: minutes that admins give and take, and times at which minutes count for more. The new columns lock watchtime and
-- points_watchtime_converted for the moment in which they are added; no table is rewritten.

create table exclusion (
  discord_server_id bigint not null,
  username text not null,
  kind text not null check (kind in ('time', 'points', 'boards', 'raffles')),
  origin text not null check (origin in ('admin', 'member')),
  reason text,
  set_by bigint,
  set_at timestamptz not null default now(),
  primary key (discord_server_id, username, kind, origin)
);
comment on table exclusion is
  'What a viewer is left out of. The choice of an admin and that of the member stand beside each other: neither takes the other away.';
comment on column exclusion.set_at is 'Chat that was written before it still counts, whenever it arrives.';

insert into exclusion (discord_server_id, username, kind, origin, set_by, set_at)
select distinct on (s.discord_server_id, n.name, k.kind) s.discord_server_id, n.name, k.kind, 'admin', s.updated_by, s.updated_at
  from (
    select b.discord_server_id, b.value, b.updated_by, b.updated_at
      from bot_settings b
     where b.key = 'ignored_names' and b.discord_server_id <> 0
    union all   -- what held for everybody holds for every guild that said nothing of its own
    select g.discord_server_id, b.value, b.updated_by, b.updated_at
      from bot_settings b
     cross join guild g
     where b.key = 'ignored_names' and b.discord_server_id = 0
       and not exists (
             select from bot_settings own
              where own.discord_server_id = g.discord_server_id and own.key = 'ignored_names'
           )
  ) s
 cross join lateral (
    select lower(trim(leading '@' from w.word)) as name
      from regexp_split_to_table(s.value, '[\s,]+') as w (word)
  ) n
 cross join unnest('{time,points,boards,raffles}'::text[]) as k (kind)
 where n.name <> '';

-- Minutes that an admin gave or took. A new table.
create table watchtime_adjustment (
  discord_server_id bigint not null,
  adjustment_id bigint generated always as identity,
  username text not null,
  delta integer not null,
  is_converted boolean not null,
  source_ref text not null,
  actor_id bigint,
  reason text,
  created_at timestamptz not null default now(),
  primary key (discord_server_id, adjustment_id),
  unique (discord_server_id, source_ref)
);
create index watchtime_adjustment_viewer_idx on watchtime_adjustment (discord_server_id, username);
comment on table watchtime_adjustment is
  'Minutes that were given or taken, once for each source. A total of minutes = paid presence + sum of delta.';
comment on column watchtime_adjustment.is_converted is
  'Whether points follow. Minutes that were taken leave the mark where it is: those who earn them again were paid for them already.';

-- Times at which minutes are worth more or less. A new table, and columns with a constant default, for which no table is rewritten.
create table multiplier (
  discord_server_id bigint not null,
  multiplier_id bigint generated always as identity,
  percent integer not null check (percent between 0 and 1000),
  started_at timestamptz not null,
  ended_at timestamptz not null,
  set_by bigint,
  primary key (discord_server_id, multiplier_id),
  check (ended_at >= started_at)
);
comment on table multiplier is
  'What minutes count for points, as intervals of whole minutes that begin in the future and never overlap within a guild.';

alter table watchtime add column bonus bigint not null default 0;
comment on column watchtime.bonus is
  'Hundredths of minutes that count for points beyond the minutes themselves; negative where they counted for less.';
alter table watchtime add column last_bonus bigint not null default 0;
comment on column watchtime.last_bonus is 'What the latest settlement added to bonus.';
alter table points_watchtime_converted add column bonus_converted bigint not null default 0;
comment on column points_watchtime_converted.bonus_converted is
  'Beside minutes_converted, in hundredths: what was converted = minutes_converted * 100 + bonus_converted.';
