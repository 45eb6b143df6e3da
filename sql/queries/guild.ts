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
           left_at = null,
           set_aside_at = null
     where g.left_at is not null or g.server_name <> excluded.server_name
    returning g.discord_server_id
  )
  select r.discord_server_id as guild_id
    from recorded r
   where not exists (select from known k where k.discord_server_id = r.discord_server_id)`

/** Records that the bot is not in a guild any more. Its data stay. Safe to repeat; gives whether it is news. */
export const recordLeft = (db: Db, guildId: GuildId) => db<{ guildId: GuildId }[]>`
  update guild
     set left_at = coalesce(left_at, now()), set_aside_at = null
   where discord_server_id = ${guildId} and (left_at is null or set_aside_at is not null)
  returning discord_server_id as guild_id`

/** Guilds of a shard that the bot is believed to be in, though they are not among those which Discord named. */
export const guildsMissing = (
  db: Db,
  shard: { readonly shardCount: number; readonly shardId: number; readonly guildIds: GuildId[] },
) => db<{ guildId: GuildId }[]>`
  select g.discord_server_id as guild_id
    from guild g
   where (g.left_at is null or g.set_aside_at is not null)
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

/**
 * Puts every guild but one aside: as if the bot had left it, until it is taken up again. Its data stay. Safe to repeat; gives those for
 * which it is news.
 */
export const setOthersAside = (db: Db, only: GuildId) => db<{ guildId: GuildId }[]>`
  update guild g
     set left_at = now(), set_aside_at = now()
   where g.discord_server_id <> ${only} and g.left_at is null
  returning g.discord_server_id as guild_id`

/** Records guilds that the bot is in and does not serve. Writes only what is news. */
export const recordAside = (db: Db, guilds: readonly { readonly guildId: GuildId; readonly name: string }[]) => db`
  insert into guild as g (discord_server_id, server_name, left_at, set_aside_at)
  select p.discord_server_id, max(p.server_name), now(), now()
    from unnest(
           ${guilds.map((guild) => guild.guildId)}::bigint[],
           ${guilds.map((guild) => guild.name)}::text[]
         ) as p (discord_server_id, server_name)
   group by p.discord_server_id
   order by p.discord_server_id
  on conflict (discord_server_id) do update
     set left_at = coalesce(g.left_at, now()), set_aside_at = now()
   where g.set_aside_at is null`

/** Takes up what was put aside: that one guild when it is named, else all. Safe to repeat; gives those for which it is news. */
export const takeUpAgain = (db: Db, only: GuildId | undefined) => db<{ guildId: GuildId }[]>`
  update guild g
     set left_at = null, set_aside_at = null
   where g.set_aside_at is not null
     and (${only ?? null}::bigint is null or g.discord_server_id = ${only ?? null}::bigint)
  returning g.discord_server_id as guild_id`
