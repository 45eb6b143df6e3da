-- Commands that a server makes for itself. New tables only; names and meanings as in the bot before, where it had them.

create table custom_commands (
  discord_server_id bigint not null,
  command text not null check (command ~ '^[a-z0-9_]{1,32}$'),
  response text not null check (length(response) between 1 and 500),
  cooldown integer not null default 5 check (cooldown between 0 and 86400),
  user_cooldown integer not null default 0 check (user_cooldown between 0 and 86400),
  level text not null default 'everyone' check (level in ('everyone', 'subscriber', 'vip', 'moderator', 'broadcaster')),
  on_kick boolean not null default true,
  on_discord boolean not null default true,
  enabled boolean not null default true,
  use_count bigint not null default 0,
  created_at timestamptz not null default now(),
  created_by bigint,
  primary key (discord_server_id, command)
) with (fillfactor = 70);
comment on column custom_commands.cooldown is 'Seconds between two answers, whoever asks.';
comment on column custom_commands.user_cooldown is 'Seconds between two answers to the same person.';

create table custom_command_alias (
  discord_server_id bigint not null,
  alias text not null check (alias ~ '^[a-z0-9_]{1,32}$'),
  command text not null,
  primary key (discord_server_id, alias)
);
create index custom_command_alias_command_idx on custom_command_alias (discord_server_id, command);

create table custom_command_use (
  discord_server_id bigint not null,
  command text not null,
  caller text not null,
  used_at timestamptz not null,
  primary key (discord_server_id, command, caller)
) with (fillfactor = 70);
comment on table custom_command_use is 'When a command was answered last: to somebody (an empty caller), and to each person. Shared by all shards.';
