/** What a server says about who may ask for slots, and about slots. */
import type { GuildId, UserId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

export interface Blacklisted {
  readonly username: Username
  readonly reason: string | null
  readonly by: UserId | null
  readonly since: Date
}

/** Everybody who may not ask, the newest first, or the one of this name. */
export const blacklistOf = (
  db: Db,
  asked: { readonly guildId: GuildId; readonly username?: Username; readonly limit: number },
) => db<Blacklisted[]>`
  select b.kick_username as username, b.reason, b.blacklisted_by as by, b.created_at as since
    from slot_call_blacklist b
   where b.discord_server_id = ${asked.guildId}
     and (${asked.username ?? null}::text is null or b.kick_username = ${asked.username ?? null}::text)
   order by b.created_at desc, b.kick_username
   limit ${asked.limit}`

/** Lets somebody ask no more; gives a row when that is news. */
export const blacklist = (
  db: Db,
  p: {
    readonly guildId: GuildId
    readonly username: Username
    readonly reason: string | null
    readonly by: UserId | null
  },
) => db<{ username: Username }[]>`
  insert into slot_call_blacklist (discord_server_id, kick_username, reason, blacklisted_by)
  values (${p.guildId}, ${p.username}, ${p.reason}, ${p.by})
  on conflict (discord_server_id, kick_username) do nothing
  returning kick_username as username`

/** Lets somebody ask again; gives a row when they could not. */
export const unblacklist = (db: Db, p: { readonly guildId: GuildId; readonly username: Username }) => db<
  { username: Username }[]
>`
  delete from slot_call_blacklist b
   where b.discord_server_id = ${p.guildId} and b.kick_username = ${p.username}
  returning b.kick_username as username`

/** A slot of which the server says something. */
export interface CatalogueSlot {
  readonly name: string
  readonly provider: string | null
  readonly banned: boolean
  readonly isActive: boolean
}

/** Slots of a guild by name; those whose name has this in it. */
export const catalogueOf = (
  db: Db,
  asked: { readonly guildId: GuildId; readonly typed?: string; readonly limit: number },
) => db<CatalogueSlot[]>`
  select c.name, c.provider, c.banned, c.is_active
    from slot_catalogue c
   where c.discord_server_id = ${asked.guildId}
     and strpos(c.slot_key, slot_key(${asked.typed ?? ''})) > 0
   order by c.name
   limit ${asked.limit}`

/** Says something about a slot, in place of what was said before; nothing when it would be one too many. Inside a transaction. */
export const saveCatalogueSlot = (
  db: Db,
  p: { readonly guildId: GuildId; readonly slot: CatalogueSlot; readonly most: number },
) => db<{ name: string }[]>`
  insert into slot_catalogue as c (discord_server_id, name, provider, banned, is_active)
  select ${p.guildId}::bigint, ${p.slot.name}, ${p.slot.provider}, ${p.slot.banned}, ${p.slot.isActive}
   where (select count(*) from slot_catalogue o where o.discord_server_id = ${p.guildId} and o.slot_key <> slot_key(${p.slot.name})) < ${p.most}
  on conflict (discord_server_id, slot_key) do update
     set name = excluded.name,
         provider = coalesce(excluded.provider, c.provider),
         banned = excluded.banned,
         is_active = excluded.is_active
  returning c.name`

/** Says nothing about a slot any more; gives a row when something was said. */
export const removeCatalogueSlot = (db: Db, p: { readonly guildId: GuildId; readonly name: string }) => db<
  { name: string }[]
>`
  delete from slot_catalogue c
   where c.discord_server_id = ${p.guildId} and c.slot_key = slot_key(${p.name})
  returning c.name`
