-- Rounds of public randomness that draws wait for: each is fetched once, for all guilds alike. New table only.

create table randomness_round (
  chain text not null,
  round bigint not null check (round > 0),
  due_at timestamptz not null,
  next_try_at timestamptz not null,
  attempts integer not null default 0,
  randomness text check (randomness ~ '^[0-9a-f]{64}$'),
  signature text check (signature ~ '^[0-9a-f]+$'),
  fetched_at timestamptz,
  primary key (chain, round),
  check ((randomness is null) = (signature is null) and (randomness is null) = (fetched_at is null))
);
-- Only rounds that somebody still waits for.
create index randomness_round_wanted_idx on randomness_round (next_try_at) where randomness is null;
comment on table randomness_round is 'Nobody''s data: numbers that drand publishes for everybody.';
comment on column randomness_round.chain is 'The hash of the chain of drand.';
comment on column randomness_round.due_at is 'When the network publishes it.';
