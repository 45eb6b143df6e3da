-- The facts: who was there in which minute, when the stream was live, and what has been settled. New tables only.

create table kick_channel (
  discord_server_id bigint primary key,
  broadcaster_user_id bigint not null,
  slug text not null,
  display_name text not null,
  bound_at timestamptz not null default now(),
  bound_by bigint,
  signal_lost_at timestamptz,
  last_chat_at timestamptz
);
create index kick_channel_broadcaster_idx on kick_channel (broadcaster_user_id);
comment on column kick_channel.signal_lost_at is
  'Since when nothing tells whether the stream is live; from then on two chatters within five minutes count as live.';

create table kick_account (
  discord_server_id bigint not null,
  kick_user_id bigint not null,
  username text not null,
  display_name text not null,
  seen_at timestamptz not null default now(),
  primary key (discord_server_id, kick_user_id),
  unique (discord_server_id, username)
);
comment on table kick_account is
  'Which name a Kick user has now. Rows of a viewer are keyed by that name; a rename moves them in one transaction.';

-- Minutes are counted by their end: minute e ends at e * 60 seconds after 1970 and is bit e % 60 of hour e / 60.
create table presence (
  discord_server_id bigint not null,
  hour integer not null,
  username text not null,
  present bigint not null,
  paid bigint not null default 0,
  primary key (discord_server_id, hour, username)
) with (fillfactor = 70);

create table stream_session (
  discord_server_id bigint not null,
  started_at timestamptz not null,
  ended_at timestamptz,
  title text not null default '',
  changed_at timestamptz not null,
  primary key (discord_server_id, started_at),
  check (ended_at is null or ended_at >= started_at)
);
comment on column stream_session.changed_at is 'When Kick said what this row says; an older message does not change it.';

create table tracking_override (
  discord_server_id bigint not null,
  mode text not null check (mode in ('off', 'force')),
  started_at timestamptz not null default now(),
  ended_at timestamptz,
  set_by bigint,
  primary key (discord_server_id, mode, started_at)
);
comment on table tracking_override is
  'What an admin decided, as intervals: "off" takes minutes away, "force" counts them although no stream is live.';

create table settlement (
  discord_server_id bigint not null,
  kind text not null,
  phase smallint not null,
  facts_revision bigint not null default 0,
  settled_revision bigint not null default 0,
  oldest_slot bigint,
  newest_slot bigint not null default 0,
  settled_slot bigint not null default 0,
  settled_at timestamptz,
  primary key (discord_server_id, kind)
) with (fillfactor = 70);
-- Only guilds with something to do are in it, so that idle ones cost nothing.
create index settlement_due_idx on settlement (kind, phase)
  where facts_revision > settled_revision or newest_slot > settled_slot;
comment on table settlement is
  'What is settled up to where, to find due guilds and to measure lag; what is owed is decided by the facts alone.';
comment on column settlement.phase is 'Second within the cadence at which this guild is due: a hash of its id, 0 to 3599.';
comment on column settlement.facts_revision is 'Grows with every new fact, in the transaction which writes the fact.';
comment on column settlement.oldest_slot is 'Oldest slot about which there are facts that no tick has seen.';

-- The bits of one hour for the minutes from first to last, both included, counted by their end.
create function minute_mask(first_minute bigint, last_minute bigint, hour integer) returns bigint
  language sql immutable parallel safe
  return case
    when greatest(first_minute, hour::bigint * 60) > least(last_minute, hour::bigint * 60 + 59) then 0::bigint
    else ((1::bigint << (least(last_minute, hour::bigint * 60 + 59) - greatest(first_minute, hour::bigint * 60) + 1)::int) - 1)
         << (greatest(first_minute, hour::bigint * 60) - hour::bigint * 60)::int
  end;

-- The first minute that ends at this instant or after it.
create function first_minute(instant timestamptz) returns bigint
  language sql immutable parallel safe
  return ceil(extract(epoch from instant) / 60)::bigint;
