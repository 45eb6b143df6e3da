-- Raffles of the bot before: what their balances begin with, and who won then. Widens the check of ticket_ledger.source, which locks that
-- table while it is read once; otherwise a new table.

alter table ticket_ledger
  drop constraint ticket_ledger_source_check,
  add constraint ticket_ledger_source_check
    check (source in ('watchtime', 'gifted_sub', 'subscription', 'wager', 'bonus', 'shop', 'removal', 'import'));

create table raffle_draw_v1 (
  discord_server_id bigint not null,
  draw_id bigint not null,
  period_number integer,
  winner_kick_name text,
  winner_discord_id bigint,
  winning_ticket bigint not null,
  total_tickets bigint not null,
  participants integer,
  prize text,
  drawn_at timestamptz,
  drawn_by bigint,
  server_seed text,
  client_seed text,
  nonce text,
  proof_hash text,
  commitment text,
  primary key (discord_server_id, draw_id)
);
comment on table raffle_draw_v1 is
  'Draws of the bot before, under its ids and with its proofs, which its own formula checks. Nothing is added here.';
comment on column raffle_draw_v1.commitment is 'Null where none was published before the draw.';
comment on table raffle_periods is
  'A raffle: scheduled, active, closed with a frozen list, drawn; archived when it was called off before it began, or ran with the bot before. Never deleted.';
