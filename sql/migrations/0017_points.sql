-- Who is left out of what, in place of the setting "ignored_names", which said one thing for everything. A new table, filled from the
-- setting; its rows stay where they are, since processes of the release before still read them while they are replaced.

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
