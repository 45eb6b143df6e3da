import type { GuildId } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

/** Records that the bot is in these guilds. Writes only what is news; gives the guilds it was not in before. */
export const recordGuilds = (db: Db, guilds: readonly { readonly guildId: GuildId; readonly name: string }[]) => db<
  { guildId: GuildId }[]
>`
  with present as (
    select distinct on (p.discord_server_id) p.discord_server_id, p.server_name
      from unnest(
             ${guilds.map((guild) => guild.guildId)}::bigint[],
             ${guilds.map((guild) => guild.name)}::text[]
           ) as p (discord_server_id, server_name)
     order by p.discord_server_id
  ),
  known as materialized (
    select g.discord_server_id
      from guild g
      join present p using (discord_server_id)
     where g.left_at is null
  ),
  recorded as (
    insert into guild as g (discord_server_id, server_name)
    select p.discord_server_id, p.server_name
      from present p
    on conflict (discord_server_id) do update
       set server_name = excluded.server_name,
           joined_at = case when g.left_at is null then g.joined_at else now() end,
           left_at = null
     where g.left_at is not null or g.server_name <> excluded.server_name
    returning g.discord_server_id
  )
  select r.discord_server_id as guild_id
    from recorded r
   where not exists (select from known k where k.discord_server_id = r.discord_server_id)`

/** Records that the bot is not in a guild any more. Its data stay. Safe to repeat; gives whether it is news. */
export const recordLeft = (db: Db, guildId: GuildId) => db<{ guildId: GuildId }[]>`
  update guild
     set left_at = now()
   where discord_server_id = ${guildId} and left_at is null
  returning discord_server_id as guild_id`

/** Guilds of a shard that the bot is believed to be in, though they are not among those which Discord named. */
export const guildsMissing = (
  db: Db,
  shard: { readonly shardCount: number; readonly shardId: number; readonly guildIds: GuildId[] },
) => db<{ guildId: GuildId }[]>`
  select g.discord_server_id as guild_id
    from guild g
   where g.left_at is null
     and (g.discord_server_id >> 22) % ${shard.shardCount}::bigint = ${shard.shardId}::bigint
     and g.discord_server_id <> all(${shard.guildIds}::bigint[])`

/** The next guilds by id that the bot is in, for a walk through all of them; it begins again behind the last one. */
export const guildsAfter = (db: Db, walk: { readonly after: GuildId; readonly limit: number }) => db<
  { guildId: GuildId }[]
>`
  select g.discord_server_id as guild_id
    from guild g
   where g.discord_server_id > ${walk.after} and g.left_at is null
   order by g.discord_server_id
   limit ${walk.limit}`
