-- Work with a time of its own (a timed message, the end of a season, the edit of an alert), and who changed what. New tables only.

create table job (
  discord_server_id bigint not null,
  kind text not null,
  job_ref text not null,
  next_run_at timestamptz not null,
  payload jsonb not null default '{}',
  attempts integer not null default 0,
  last_error text,
  primary key (discord_server_id, kind, job_ref)
) with (fillfactor = 70);
create index job_due_idx on job (next_run_at);
comment on table job is
  'Work with a time of its own. A row is taken away by the transaction that does it; whoever wants another run writes it again.';
comment on column job.job_ref is 'Which of the guild''s: the id of the timed message, of the season, of the alert.';

create table audit_log (
  discord_server_id bigint not null,
  audit_id bigint generated always as identity,
  happened_at timestamptz not null default now(),
  source text not null check (source in ('discord', 'dashboard', 'bot', 'import')),
  actor_id bigint,
  action text not null,
  subject text not null,
  old_value text,
  new_value text,
  reason text,
  primary key (discord_server_id, audit_id)
);
create index audit_log_subject_idx on audit_log (discord_server_id, action, subject);
create index audit_log_age_idx on audit_log (happened_at);
comment on table audit_log is 'Who changed what, and why. Never holds a secret: of one it says only that it was set or removed.';
comment on column audit_log.actor_id is 'Discord member; null for the bot itself, and for a dashboard that does not say.';
