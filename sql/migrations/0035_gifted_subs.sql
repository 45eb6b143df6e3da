-- What viewers buy on Kick: gifted subscriptions and their own, each event once, with the tickets that it brought. New table only; locks
-- nothing. Named as in the bot before; its key was shared by all servers and went away with each raffle, which let events count again.

create table raffle_gifted_subs (
  discord_server_id bigint not null,
  kick_event_id text not null,
  kind text not null check (kind in ('gift', 'new', 'renewal')),
  outcome text not null check (outcome in ('awarded', 'unlinked', 'no_raffle', 'no_rate', 'anonymous')),
  gifter_kick_name text,
  sub_count integer not null check (sub_count > 0),
  period_number integer,
  tickets_awarded integer not null default 0 check (tickets_awarded >= 0),
  gifted_at timestamptz not null,
  recorded_at timestamptz not null default now(),
  primary key (discord_server_id, kick_event_id),
  check ((tickets_awarded > 0) = (outcome = 'awarded')),
  check (tickets_awarded = 0 or period_number is not null)
);
create index raffle_gifted_subs_time_idx on raffle_gifted_subs (discord_server_id, gifted_at);
create index raffle_gifted_subs_viewer_idx on raffle_gifted_subs (discord_server_id, gifter_kick_name, gifted_at);
comment on table raffle_gifted_subs is
  'Also what brought no ticket. Rows outlive every raffle, so that none counts twice, and are forgotten after 400 days.';
comment on column raffle_gifted_subs.kick_event_id is 'SHA-256 of what names the happening, since that holds the ids of people.';
comment on column raffle_gifted_subs.gifter_kick_name is
  'Of a subscription, the subscriber. Null for somebody who does not want to be named, and for whoever was erased.';
