-- What came over from the bot before this one: a report, what nobody could decide, and tiers that are known only by the name of
-- their role. Empty in a database that began here. New tables only.

create table legacy_report (
  discord_server_id bigint not null,
  report_id bigint generated always as identity,
  outcome text not null check (outcome in ('brought', 'merged', 'capped', 'set aside', 'refused', 'kept')),
  source_table text not null,
  subject text not null,
  detail text not null,
  created_at timestamptz not null default now(),
  primary key (discord_server_id, report_id)
);
comment on table legacy_report is 'What became of the legacy bot''s rows, wherever it was more than copying. Guild 0: of no guild, or of all.';
comment on column legacy_report.outcome is '"kept": neither read nor changed, it lies in the schema "legacy".';

create table legacy_quarantine (
  discord_server_id bigint not null,
  quarantine_id bigint generated always as identity,
  source_table text not null,
  reason text not null,
  kick_name text,
  discord_id bigint,
  content jsonb not null,
  created_at timestamptz not null default now(),
  primary key (discord_server_id, quarantine_id)
);
comment on table legacy_quarantine is 'Rows of the legacy bot that could not be brought over, whole, and why. Guild 0: the row names none.';

create table legacy_tier (
  discord_server_id bigint not null,
  role_name text not null,
  minutes_required integer not null check (minutes_required > 0),
  display_order integer not null default 0,
  enabled boolean not null default true,
  missing_since timestamptz,
  primary key (discord_server_id, role_name)
);
comment on table legacy_tier is
  'Tiers whose role is known by name only. A row goes when Discord has told which role that is.';
comment on column legacy_tier.missing_since is 'Since when the admins know that no role has this name.';
