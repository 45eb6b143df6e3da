-- A bot that is told to serve one server only puts the others aside, and takes them up again when it is told nothing any more. Adds a
-- column without a default, which locks `guild` for an instant, and an index that is empty at first.

alter table guild add column set_aside_at timestamptz;
create index guild_set_aside_idx on guild (discord_server_id) where set_aside_at is not null;
comment on column guild.set_aside_at is
  'The bot is in this server and was told to serve another one only; left_at is set as well, so that nothing is done for it.';
