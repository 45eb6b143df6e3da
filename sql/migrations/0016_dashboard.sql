-- What the dashboard said, once for each event, and what became of it. New table only.

create table dashboard_event (
  discord_server_id bigint not null,
  event_id text not null,
  area text not null,
  action text not null,
  data jsonb not null,
  said_at timestamptz not null,
  received_at timestamptz not null default now(),
  handled_at timestamptz,
  outcome text check (outcome in ('done', 'refused', 'unknown')),
  reason text,
  primary key (discord_server_id, event_id)
);
create index dashboard_event_age_idx on dashboard_event (received_at);
comment on column dashboard_event.event_id is 'The nonce of the event: the same one delivered again is no news.';
comment on column dashboard_event.reason is 'Why it was refused, as an administrator would read it.';
