-- Two rules against farming, each off unless a guild wants it: a daily cap, and lines that only say the same again. Minutes above the cap are
-- refused for good, which is a third mask beside those of present and paid minutes; null, and so without a byte, wherever nobody has a cap.
-- The column locks presence for a moment and rewrites nothing; the index is on a small table; the last table is new.

alter table presence add column over_cap bigint;
comment on column presence.over_cap is
  'Minutes that were above the guild''s daily cap when they were settled; they are never paid. Null for none.';

create index bot_settings_cap_idx on bot_settings (discord_server_id) where key = 'daily_cap_minutes';

-- The time zone of this name; UTC when this database does not know it, so that a list of zones which is older than ours stops no guild.
create function known_time_zone(zone text) returns text
  language plpgsql stable parallel safe
as $$
begin
  perform now() at time zone zone;
  return zone;
exception when invalid_parameter_value then
  return 'UTC';
end
$$;

create table chat_repeat (
  discord_server_id bigint not null,
  kick_user_id bigint not null,
  text_hash bytea not null,
  message_id text not null,
  said_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (discord_server_id, kick_user_id, text_hash)
);
create index chat_repeat_age_idx on chat_repeat (discord_server_id, expires_at);
comment on table chat_repeat is
  'Which line of a viewer counted last for the same text, in guilds that want repeated ones not to count. Forgotten within three hours.';
comment on column chat_repeat.text_hash is 'SHA-256 over the guild, the viewer and the text, cut to 16 bytes; the text is not kept.';
comment on column chat_repeat.expires_at is 'From when the same text counts again.';
