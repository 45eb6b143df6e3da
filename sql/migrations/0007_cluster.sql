-- Leases and gateway state of the cluster itself; nobody's data. New tables only.

create table scheduler_lease (
  name text primary key,
  holder text not null,
  epoch bigint not null,
  expires_at timestamptz not null
);

create table cluster_pod (
  pod text primary key,
  max_groups integer not null,
  expires_at timestamptz not null
);
comment on table cluster_pod is 'Managers that are alive; their number decides how many groups each of them aims at.';

create table shard_group_lease (
  shard_count integer not null,
  group_id integer not null,
  holder text,
  epoch bigint not null default 0,
  expires_at timestamptz not null default now(),
  primary key (shard_count, group_id)
);

create table gateway_session (
  application_id bigint not null,
  shard_count integer not null,
  shard_id integer not null,
  epoch bigint not null default 0,
  session_id text not null,
  sequence bigint not null,
  resume_url text not null,
  ready jsonb not null,
  updated_at timestamptz not null default now(),
  primary key (application_id, shard_count, shard_id)
) with (fillfactor = 70);
comment on column gateway_session.epoch is 'Epoch of the group''s lease under which it was stored; an owner that was replaced cannot overwrite it.';
comment on column gateway_session.ready is 'User and application of the READY that began the session, for a process that resumes it.';

create table identify_gate (
  application_id bigint not null,
  bucket integer not null,
  next_free_at timestamptz not null,
  primary key (application_id, bucket)
);

create table identify_budget (
  application_id bigint primary key,
  total integer not null,
  remaining integer not null,
  resets_at timestamptz not null,
  spent_total bigint not null default 0,
  max_concurrency integer not null,
  gateway_url text not null,
  asked_at timestamptz not null default now()
);
comment on table identify_budget is 'What is left of Discord''s daily IDENTIFYs, as Discord said it and we spent it since.';
