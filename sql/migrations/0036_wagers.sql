-- Wagers of people who came by a streamer's campaign: where they are asked for, whose account is whose, and what has grown in a raffle. New
-- tables only; locks nothing. Names as in the bot before, where it had them; its rows stay in the schema "legacy" until they are brought over.

create table wager_campaign (
  campaign_id text primary key,
  platform text not null check (platform in ('shuffle', 'stake', 'stake_us', 'howl')),
  next_poll_at timestamptz not null default now(),
  claim integer not null default 0,
  claimed_at timestamptz,
  as_of timestamptz,
  etag text,
  last_modified text,
  failures integer not null default 0,
  last_fault text,
  last_success_at timestamptz,
  accounts integer,
  skipped integer
);
create index wager_campaign_due_idx on wager_campaign (next_poll_at);
comment on table wager_campaign is
  'One question to a platform, asked once for all that ask it. It holds neither address nor key: those are encrypted with whoever asks.';
comment on column wager_campaign.campaign_id is
  'SHA-256 of platform, address and key, so that only who knows all of them has a part in the answer.';
comment on column wager_campaign.claim is 'Fencing token: an answer counts while nobody has claimed the campaign since it was asked.';

create table wager_source (
  discord_server_id bigint not null,
  platform text not null check (platform in ('shuffle', 'stake', 'stake_us', 'howl')),
  campaign_id text not null,
  codes text[] not null default '{}',
  address text not null,
  api_key text,
  key_id text not null,
  polled_at timestamptz,
  bound_at timestamptz not null default now(),
  primary key (discord_server_id, platform)
);
create index wager_source_campaign_idx on wager_source (campaign_id);
comment on column wager_source.codes is 'Of the campaigns in the answer those that count, in lower case; all of them when empty.';
comment on column wager_source.address is 'Encrypted, as the key is, with the key of ours that key_id names.';
comment on column wager_source.polled_at is 'When an answer was counted last; what grew since an earlier moment than the raffle began is not its.';

create table raffle_shuffle_links (
  discord_server_id bigint not null,
  platform text not null check (platform in ('shuffle', 'stake', 'stake_us', 'howl')),
  discord_id bigint not null,
  shuffle_username text not null,
  display_name text not null,
  verified boolean not null default false,
  linked_at timestamptz not null default now(),
  expires_at timestamptz,
  verified_by_discord_id bigint,
  verified_at timestamptz,
  primary key (discord_server_id, platform, discord_id),
  check (verified = (verified_at is not null) and verified = (expires_at is null))
);
create unique index raffle_shuffle_links_account_idx
  on raffle_shuffle_links (discord_server_id, platform, shuffle_username) where verified;
create index raffle_shuffle_links_claims_idx on raffle_shuffle_links (discord_server_id, platform, shuffle_username);
comment on table raffle_shuffle_links is
  'Whose account on a platform is whose. Several may claim one, for a while; one has it, when an admin has seen the proof.';

create table shuffle_wager_totals (
  discord_server_id bigint not null,
  platform text not null check (platform in ('shuffle', 'stake', 'stake_us', 'howl')),
  shuffle_username text not null,
  display_name text not null,
  campaign_id text not null,
  report_window text not null,
  reported_cents bigint not null check (reported_cents >= 0),
  weighted_cents bigint not null check (weighted_cents >= 0),
  grown_cents bigint not null default 0 check (grown_cents >= 0),
  delta_cents bigint not null default 0 check (delta_cents >= 0),
  total_wager_usd numeric(17, 2) not null generated always as (weighted_cents / 100.0) stored,
  last_updated timestamptz not null default now(),
  primary key (discord_server_id, platform, shuffle_username)
) with (fillfactor = 70);
comment on column shuffle_wager_totals.reported_cents is
  'What the platform said last. A total that falls, without a new window, is a correction: from there it grows on.';
comment on column shuffle_wager_totals.grown_cents is 'All that it has grown since we saw it first; delta_cents is the last of it.';

create table raffle_shuffle_wagers (
  discord_server_id bigint not null,
  period_number integer not null,
  platform text not null check (platform in ('shuffle', 'stake', 'stake_us', 'howl')),
  shuffle_username text not null,
  baseline_cents bigint not null check (baseline_cents >= 0),
  period_cents bigint not null check (period_cents >= 0),
  tickets_total bigint not null check (tickets_total >= 0),
  remainder integer not null check (remainder between 0 and 99999),
  tickets_settled bigint not null default 0,
  tickets_awarded bigint not null default 0 check (tickets_awarded >= 0),
  total_wager_usd numeric(17, 2) not null generated always as (period_cents / 100.0) stored,
  last_updated timestamptz not null default now(),
  primary key (discord_server_id, period_number, platform, shuffle_username),
  check (tickets_awarded <= tickets_settled and tickets_settled <= tickets_total)
) with (fillfactor = 70);
comment on table raffle_shuffle_wagers is 'What accounts have wagered in a raffle, linked or not, and what it is worth.';
comment on column raffle_shuffle_wagers.baseline_cents is 'grown_cents of the account when it began to count in this raffle.';
comment on column raffle_shuffle_wagers.remainder is
  'Of the sum of cents times the rate at which they grew, what is below a ticket: that sum modulo 100000.';
comment on column raffle_shuffle_wagers.tickets_settled is
  'Up to here they were given, or are worth nothing for good since they grew before the link. tickets_awarded were given.';
