import type { GuildId, UserId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

/** What a viewer can be left out of: earning minutes, being paid points for them, standing on boards, winning raffles. */
export const exclusionKinds = ['time', 'points', 'boards', 'raffles'] as const
export type ExclusionKind = (typeof exclusionKinds)[number]

/** Who chose it. The two stand beside each other: a member who shows up on boards again is still left out by an admin. */
export type ExclusionOrigin = 'admin' | 'member'

export interface Exclusion {
  readonly username: Username
  readonly kind: ExclusionKind
  readonly origin: ExclusionOrigin
  readonly reason: string | null
  readonly setBy: UserId | null
  readonly setAt: Date
}

/** Leaves a viewer out of these from now on; gives those that are new. Safe to repeat: what holds already keeps its time and reason. */
export const setExclusions = (
  db: Db,
  p: {
    readonly guildId: GuildId
    readonly username: Username
    readonly kinds: readonly ExclusionKind[]
    readonly origin: ExclusionOrigin
    readonly reason: string | null
    readonly setBy: UserId | null
  },
) => db<{ kind: ExclusionKind }[]>`
  insert into exclusion (discord_server_id, username, kind, origin, reason, set_by)
  select ${p.guildId}::bigint, ${p.username}::text, k.kind, ${p.origin}::text, ${p.reason}::text, ${p.setBy}::bigint
    from unnest(${[...p.kinds]}::text[]) as k (kind)
   order by k.kind
  on conflict (discord_server_id, username, kind, origin) do nothing
  returning kind`

/** Takes exclusions of one origin away; gives those that were there. Safe to repeat. */
export const removeExclusions = (
  db: Db,
  p: {
    readonly guildId: GuildId
    readonly username: Username
    readonly kinds: readonly ExclusionKind[]
    readonly origin: ExclusionOrigin
  },
) => db<{ kind: ExclusionKind }[]>`
  delete from exclusion e
   where e.discord_server_id = ${p.guildId}
     and e.username = ${p.username}
     and e.origin = ${p.origin}
     and e.kind = any(${[...p.kinds]}::text[])
  returning e.kind`

/** Who is left out of what in a guild, by name; of one viewer when a name is given. */
export const exclusionsIn = (
  db: Db,
  asked: { readonly guildId: GuildId; readonly username?: Username; readonly origin?: ExclusionOrigin },
) => db<(Exclusion & { displayName: string })[]>`
  select e.username, coalesce(a.display_name, e.username) as display_name, e.kind, e.origin, e.reason, e.set_by, e.set_at
    from exclusion e
    left join kick_account a on a.discord_server_id = e.discord_server_id and a.username = e.username
   where e.discord_server_id = ${asked.guildId}
     and (${asked.username ?? null}::text is null or e.username = ${asked.username ?? null}::text)
     and (${asked.origin ?? null}::text is null or e.origin = ${asked.origin ?? null}::text)
   order by e.username, e.kind, e.origin
   limit 1000`

/** Which of these viewers are left out of one thing, and since when (seconds since 1970); both lists have one entry for each. */
export const excludedFrom = (
  db: Db,
  asked: { readonly kind: ExclusionKind; readonly guildIds: GuildId[]; readonly usernames: Username[] },
) => db<{ guildId: GuildId; username: Username; since: number }[]>`
  select e.discord_server_id as guild_id, e.username, min(extract(epoch from e.set_at))::float8 as since
    from unnest(${asked.guildIds}::bigint[], ${asked.usernames}::text[]) as v (discord_server_id, username)
    join exclusion e on e.discord_server_id = v.discord_server_id and e.username = v.username
   where e.kind = ${asked.kind}
   group by e.discord_server_id, e.username`

/** Viewers of a guild whose name begins like this, for whoever types one: those who wrote, and those with a balance. */
export const viewersLike = (
  db: Db,
  asked: { readonly guildId: GuildId; readonly typed: Username; readonly limit: number },
) => db<{ username: Username; displayName: string }[]>`
  select v.username, coalesce(max(v.display_name), v.username) as display_name
    from (
      select a.username, a.display_name
        from kick_account a
       where a.discord_server_id = ${asked.guildId} and starts_with(a.username, ${asked.typed})
      union all
      select u.kick_username, null
        from user_points u
       where u.discord_server_id = ${asked.guildId} and starts_with(u.kick_username, ${asked.typed})
    ) v
   where v.username !~ '^#'   -- rows that are set aside are nobody's to choose
   group by v.username
   order by v.username
   limit ${asked.limit}`
