-- Who won a raffle, each with the proof that anybody can check. New table only. A draw is never deleted: what does not count is void.

create table raffle_draws (
  discord_server_id bigint not null,
  period_number integer not null,
  nonce integer not null check (nonce >= 0),
  status text not null default 'valid' check (status in ('valid', 'void')),
  entry_id text not null,
  tickets bigint not null check (tickets > 0),
  winning_ticket bigint not null,
  total_tickets bigint not null,
  participants integer not null check (participants > 0),
  server_seed text not null,
  client_seed text not null,
  counter integer not null check (counter >= 0),
  proof_hash text not null,
  prize text check (length(prize) between 1 and 500),
  request_ref text not null,
  drawn_at timestamptz not null default now(),
  drawn_by bigint,
  void_reason text,
  voided_ref text,
  voided_at timestamptz,
  voided_by bigint,
  primary key (discord_server_id, period_number, nonce),
  unique (discord_server_id, period_number, entry_id),
  check (winning_ticket between 1 and total_tickets and tickets <= total_tickets),
  check ((status = 'void') = (voided_at is not null)),
  check ((voided_at is null) = (void_reason is null) and (voided_at is null) = (voided_ref is null))
);
comment on table raffle_draws is
  'Nonce n is the n-th winner that seed, list and randomness give; a reroll is the next nonce, and whoever was drawn is not drawn again.';
comment on column raffle_draws.total_tickets is 'Of everybody who was left when this one was drawn; participants counts them.';
comment on column raffle_draws.server_seed is 'The seed of the period, revealed: it is known to nobody before the first draw.';
comment on column raffle_draws.request_ref is 'What asked for it; the same request draws once. voided_ref is the request that declared it void.';
