-- Raffles: periods, tickets with the entries that explain them, and the lists from which winners are drawn. New tables only; locks
-- nothing. Names of tables as in the bot before where it had them; its own rows stay in the schema "legacy", since their ids were
-- shared by all servers.

create table raffle_periods (
  discord_server_id bigint not null,
  period_number integer not null check (period_number > 0),
  status text not null check (status in ('scheduled', 'active', 'closed', 'drawn', 'archived')),
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  time_zone text not null,
  title text check (length(title) between 1 and 200),
  prize text check (length(prize) between 1 and 500),
  ended_manually boolean not null default false,
  seed text,
  seed_key_id text,
  commitment text,
  list_hash text,
  total_tickets bigint not null default 0 check (total_tickets >= 0),
  participants integer not null default 0 check (participants >= 0),
  entropy_chain text,
  entropy_round bigint,
  entropy_randomness text,
  entropy_signature text,
  entropy_message_id bigint,
  announcement_channel_id bigint,
  opening_message_id bigint,
  closing_message_id bigint,
  created_at timestamptz not null default now(),
  created_by bigint,
  opened_at timestamptz,
  closed_at timestamptz,
  drawn_at timestamptz,
  primary key (discord_server_id, period_number),
  check (ends_at > starts_at),
  check ((seed is null) = (seed_key_id is null)),
  check (status not in ('active', 'closed', 'drawn') or (commitment is not null and opened_at is not null)),
  check (status not in ('closed', 'drawn') or (list_hash is not null and closed_at is not null))
);
create unique index raffle_periods_active_idx on raffle_periods (discord_server_id) where status = 'active';
create unique index raffle_periods_scheduled_idx on raffle_periods (discord_server_id) where status = 'scheduled';
comment on table raffle_periods is
  'A raffle: scheduled, active, closed with a frozen list, drawn; archived when it was called off before it began. Never deleted.';
comment on column raffle_periods.ends_at is 'The first instant that does not count any more.';
comment on column raffle_periods.seed is
  'Encrypted with the key that seed_key_id names, which is not in the database; what was revealed stands with the draw.';
comment on column raffle_periods.entropy_message_id is
  'Of the announcement of the closing, when it stands in for a round of public randomness that did not come.';

-- A viewer's tickets in a period: what the ledger adds up to.
create table raffle_tickets (
  discord_server_id bigint not null,
  period_number integer not null,
  kick_username text not null,
  watchtime_tickets bigint not null default 0 check (watchtime_tickets >= 0),
  gifted_sub_tickets bigint not null default 0 check (gifted_sub_tickets >= 0),
  subscription_tickets bigint not null default 0 check (subscription_tickets >= 0),
  wager_tickets bigint not null default 0 check (wager_tickets >= 0),
  bonus_tickets bigint not null default 0 check (bonus_tickets >= 0),
  total_tickets bigint not null generated always as (
    watchtime_tickets + gifted_sub_tickets + subscription_tickets + wager_tickets + bonus_tickets
  ) stored,
  last_updated timestamptz not null default now(),
  primary key (discord_server_id, period_number, kick_username)
) with (fillfactor = 70);
comment on table raffle_tickets is
  'Also of viewers without a link: theirs wait for one, since only linked members are in the frozen list.';

create table ticket_ledger (
  discord_server_id bigint not null,
  ledger_id bigint generated always as identity,
  period_number integer not null,
  kick_username text not null,
  source text not null check (source in ('watchtime', 'gifted_sub', 'subscription', 'wager', 'bonus', 'shop', 'removal')),
  counts_as text not null check (counts_as in ('watchtime', 'gifted_sub', 'subscription', 'wager', 'bonus')),
  delta integer not null,
  source_ref text not null,
  from_minute integer,
  to_minute integer,
  actor_id bigint,
  reason text,
  created_at timestamptz not null default now(),
  primary key (discord_server_id, ledger_id),
  unique (discord_server_id, source, source_ref),
  unique (discord_server_id, period_number, kick_username, from_minute),
  check ((source = 'watchtime') = (from_minute is not null)),
  check ((from_minute is null) = (to_minute is null)),
  check (from_minute >= 0 and to_minute > from_minute),
  check (case source when 'removal' then delta < 0 else delta >= 0 end)
);
create index ticket_ledger_viewer_idx on ticket_ledger (discord_server_id, kick_username);
comment on table ticket_ledger is
  'Every ticket that was given or taken, once for each source. A delta of 0 records what was worth nothing, so that it is not paid later.';
comment on column ticket_ledger.counts_as is 'Which column of raffle_tickets it changes; a removal has an entry for each that it takes from.';
comment on column ticket_ledger.from_minute is
  'Of watch time: which of the minutes that the viewer watched within the period, without to_minute itself; intervals follow each other.';

-- How far a viewer's minutes of a period have been turned into tickets.
create table raffle_watchtime_converted (
  discord_server_id bigint not null,
  period_number integer not null,
  kick_username text not null,
  minutes_converted integer not null default 0 check (minutes_converted >= 0),
  minutes_counted integer not null default 0 check (minutes_counted >= 0),
  watched_then integer not null default 0,
  sealed_hour integer not null default 0,
  sealed_minutes integer not null default 0 check (sealed_minutes >= 0),
  primary key (discord_server_id, period_number, kick_username)
) with (fillfactor = 70);
comment on table raffle_watchtime_converted is
  'minutes_converted: the end of the last interval in the ledger. The others spare counting: minutes of the period when they were counted last.';
comment on column raffle_watchtime_converted.watched_then is
  'What watchtime.minutes was when they were counted: whoever has not watched an hour since cannot be owed one.';
comment on column raffle_watchtime_converted.sealed_hour is
  'Hours before it are old enough not to change any more; sealed_minutes are those of the period in them.';

create table raffle_entrants (
  discord_server_id bigint not null,
  period_number integer not null,
  position integer not null check (position > 0),
  entry_id text not null,
  tickets bigint not null check (tickets > 0),
  salt text,
  kick_user_id bigint,
  discord_id bigint,
  kick_username text,
  primary key (discord_server_id, period_number, position),
  unique (discord_server_id, period_number, entry_id)
);
comment on table raffle_entrants is
  'Frozen lists, by which everybody can check a draw. Position, entry and tickets never change; who it was is forgotten with the person.';
comment on column raffle_entrants.entry_id is
  'The first 40 digits of SHA-256(salt:Kick user id); without an id on record, of SHA-256(salt:discord:Discord id).';

-- The one message of a guild that shows how the raffle stands.
create table raffle_board (
  discord_server_id bigint not null,
  channel_id bigint not null,
  message_id bigint not null,
  content_hash text not null,
  edited_at timestamptz not null default now(),
  primary key (discord_server_id)
);
comment on column raffle_board.content_hash is 'Of what it shows; what would not change is not sent.';
