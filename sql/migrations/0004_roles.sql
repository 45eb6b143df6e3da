-- Tiers, and what was told to Discord about them. New tables only.

create table watchtime_roles (
  discord_server_id bigint not null,
  role_id bigint not null,
  role_name text not null,
  minutes_required integer not null check (minutes_required > 0),
  display_order integer not null default 0,
  enabled boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (discord_server_id, role_id)
);

create index watchtime_roles_minutes_idx on watchtime_roles (discord_server_id, minutes_required) where enabled;

create table role_grant (
  discord_server_id bigint not null,
  discord_id bigint not null,
  role_id bigint not null,
  state text not null check (state in ('granting', 'granted', 'removing', 'blocked')),
  reason text,
  changed_at timestamptz not null default now(),
  primary key (discord_server_id, discord_id, role_id)
);
comment on table role_grant is
  'What the bot has given, is giving, is taking away or could not give. A row that is gone was never given or was taken away.';

create table role_warning (
  discord_server_id bigint not null,
  role_id bigint not null,
  reason text not null,
  warned_at timestamptz not null default now(),
  primary key (discord_server_id, role_id)
);
comment on table role_warning is 'Roles that the bot cannot give now, and why. The admins are told once, when the row appears.';
