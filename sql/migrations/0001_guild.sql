-- The tenants and their settings. New tables only; locks nothing.

create table guild (
  discord_server_id bigint primary key,
  server_name text not null default '',
  joined_at timestamptz not null default now(),
  left_at timestamptz
);
create index guild_left_idx on guild (discord_server_id) where left_at is not null;
comment on table guild is 'Every Discord server the bot was ever in; left_at is set while it is not.';

create sequence bot_settings_revision;

-- discord_server_id 0 is the explicit global scope: a guild row goes over a global row, a global row over the default.
create table bot_settings (
  discord_server_id bigint not null,
  key text not null,
  value text not null,
  revision bigint not null default nextval('bot_settings_revision'),
  updated_at timestamptz not null default now(),
  updated_by bigint,
  primary key (discord_server_id, key)
);
create index bot_settings_revision_idx on bot_settings (revision);
comment on column bot_settings.revision is 'Grows with every write; a reader catches up after a lost change event.';

-- The value of one setting for a guild as text, or null where neither the guild nor the global scope has one.
create function setting(guild bigint, name text) returns text
  language sql stable parallel safe
  return (
    select s.value
      from bot_settings s
     where s.discord_server_id in (guild, 0) and s.key = name
     order by s.discord_server_id = 0
     limit 1
  );
