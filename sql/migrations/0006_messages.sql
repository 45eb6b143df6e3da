-- What came in and is not done, what is owed to the outside, and which webhooks were seen. New tables only.

create table inbox (
  discord_server_id bigint not null,
  source_ref text not null,
  event jsonb not null,
  received_at timestamptz not null default now(),
  next_attempt_at timestamptz not null default now(),
  attempts integer not null default 0,
  last_error text,
  done_at timestamptz,
  primary key (discord_server_id, source_ref)
);
create index inbox_due_idx on inbox (next_attempt_at) where done_at is null;
create index inbox_done_idx on inbox (done_at) where done_at is not null;
comment on column inbox.source_ref is 'What happened, not how one heard of it: the same happening told twice is one row.';

create table outbox (
  discord_server_id bigint not null,
  outbox_id bigint generated always as identity,
  kind text not null,
  source_ref text not null,
  payload jsonb not null,
  state text not null default 'due' check (state in ('due', 'paid', 'dead')),
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default now(),
  last_error text,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  primary key (discord_server_id, outbox_id),
  unique (discord_server_id, kind, source_ref)
) with (fillfactor = 70);
create index outbox_due_idx on outbox (next_attempt_at) where state = 'due';
create index outbox_paid_idx on outbox (finished_at) where state = 'paid';
create index outbox_dead_idx on outbox (discord_server_id) where state = 'dead';

create table processed_webhook_messages (
  message_id text primary key,
  event_type text not null,
  processed_at timestamptz not null default now()
);
create index processed_webhook_messages_age_idx on processed_webhook_messages (processed_at);
comment on table processed_webhook_messages is 'Ids of webhooks that were accepted, kept longer than any of them may be late.';
