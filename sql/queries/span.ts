import type { GuildId, RoleId, UserId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'
import { lockMultipliers } from './multiplier.ts'

/**
 * When viewers had a role or were subscribers. An interval begins with the minute after the bot learned of it, and not when it came
 * about: a minute may have been paid before somebody tells, and would then be worth something else than one that is paid later.
 */

/** Until when viewers are subscribers at least, in seconds since 1970; all lists have one entry for each. */
export interface Subscribers {
  readonly guildIds: GuildId[]
  readonly usernames: Username[]
  readonly until: number[]
}

/**
 * Notes that viewers are subscribers. What says more counts, whichever comes first, so that it may come twice and in any order; an
 * interval that has ended is left, and another begins. Two that overlap, written by two owners at once, say the same as one.
 */
export const noteSubscribers = (db: Db, subscribers: Subscribers) => db`
  with news as (
    select n.discord_server_id, n.username, to_timestamp(max(ceil(n.until / 60)) * 60) as until, min(t.next_minute) as next_minute
      from unnest(${subscribers.guildIds}::bigint[], ${subscribers.usernames}::text[], ${subscribers.until}::float8[])
        as n (discord_server_id, username, until)
     cross join (select date_trunc('minute', clock_timestamp()) + interval '1 minute' as next_minute) t
     group by n.discord_server_id, n.username
  ),
  known as materialized (
    select v.discord_server_id, v.username, v.role_id, v.started_at, n.until
      from news n
      join viewer_span v on v.discord_server_id = n.discord_server_id and v.username = n.username and v.kind = 'subscriber'
     where v.ended_at >= n.next_minute
     order by v.discord_server_id, v.username, v.started_at
       for update of v
  ),
  longer as (
    update viewer_span v
       set ended_at = k.until
      from known k
     where v.discord_server_id = k.discord_server_id and v.username = k.username and v.kind = 'subscriber'
       and v.role_id = k.role_id and v.started_at = k.started_at and v.ended_at < k.until
  )
  insert into viewer_span as v (discord_server_id, username, kind, started_at, ended_at)
  select n.discord_server_id, n.username, 'subscriber', n.next_minute, n.until
    from news n
   where n.until > n.next_minute
     and not exists (select from known k where k.discord_server_id = n.discord_server_id and k.username = n.username)
   order by n.discord_server_id, n.username
  on conflict (discord_server_id, username, kind, role_id, started_at) do update
     set ended_at = greatest(v.ended_at, excluded.ended_at)`

/** A role for which minutes count differently, in one of these guilds. */
export const countedRoles = (db: Db, guildIds: readonly GuildId[]) => db<{ guildId: GuildId; roleId: RoleId }[]>`
  select m.discord_server_id as guild_id, m.role_id
    from multiplier m
   where m.discord_server_id = any(${[...guildIds]}::bigint[]) and m.kind = 'role' and m.ended_at is null
   order by m.discord_server_id, m.role_id`

/** Somebody in a guild. */
interface Member {
  readonly guildId: GuildId
  readonly userId: UserId
}

/** The counted roles of a guild, and whether it is on record that this member has them. */
export const countedRolesOf = (db: Db, member: Member) => db<{ roleId: RoleId; isKnown: boolean }[]>`
  select m.role_id,
         exists (
           select from member_role r
            where r.discord_server_id = m.discord_server_id and r.discord_id = ${member.userId} and r.role_id = m.role_id
         ) as is_known
    from multiplier m
   where m.discord_server_id = ${member.guildId} and m.kind = 'role' and m.ended_at is null`

/**
 * Notes which roles members have and which they have not; of those for which nothing counts differently nothing is kept. Lists have one
 * entry for each. Gives how many notes are new. Safe to repeat; {@link syncRoleSpans} belongs behind it, in the same transaction.
 */
export async function noteMemberRoles(
  db: Db,
  notes: readonly (Member & { readonly roleId: RoleId; readonly has: boolean })[],
): Promise<number> {
  const [row] = await db<{ changes: number }[]>`
    with note as (
      select n.discord_server_id, n.discord_id, n.role_id, n.has = 1 as has
        from unnest(
               ${notes.map((note) => note.guildId)}::bigint[],
               ${notes.map((note) => note.userId)}::bigint[],
               ${notes.map((note) => note.roleId)}::bigint[],
               ${notes.map((note) => (note.has ? 1 : 0))}::int[]
             ) as n (discord_server_id, discord_id, role_id, has)
    ),
    had as (
      insert into member_role (discord_server_id, discord_id, role_id)
      select n.discord_server_id, n.discord_id, n.role_id
        from note n
       where n.has
         and exists (
               select from multiplier m
                where m.discord_server_id = n.discord_server_id and m.kind = 'role' and m.role_id = n.role_id and m.ended_at is null
             )
       order by n.discord_server_id, n.discord_id, n.role_id
      on conflict (discord_server_id, discord_id, role_id) do nothing
      returning role_id
    ),
    lost as (
      delete from member_role r
       using note n
       where r.discord_server_id = n.discord_server_id and r.discord_id = n.discord_id and r.role_id = n.role_id and not n.has
      returning r.role_id
    )
    select ((select count(*) from had) + (select count(*) from lost))::int as changes`
  return row?.changes ?? 0
}

/** Notes who has a role that has just begun to count, as far as the bot gave it. Safe to repeat. */
export const noteGranted = (db: Db, role: { readonly guildId: GuildId; readonly roleId: RoleId }) => db`
  insert into member_role (discord_server_id, discord_id, role_id)
  select g.discord_server_id, g.discord_id, g.role_id
    from role_grant g
   where g.discord_server_id = ${role.guildId} and g.role_id = ${role.roleId} and g.state in ('granted', 'removing')
   order by g.discord_id
  on conflict (discord_server_id, discord_id, role_id) do nothing`

/** Forgets who has roles that no longer count. Safe to repeat. */
export const forgetUncounted = (db: Db, guildId: GuildId) => db`
  delete from member_role r
   where r.discord_server_id = ${guildId}
     and not exists (
           select from multiplier m
            where m.discord_server_id = ${guildId} and m.kind = 'role' and m.role_id = r.role_id and m.ended_at is null
         )`

/** Forgets the roles of somebody who has none any more, since they have left. Gives whether there were any. */
export async function forgetMemberRoles(db: Db, member: Member): Promise<boolean> {
  const { count } = await db`
    delete from member_role r
     where r.discord_server_id = ${member.guildId} and r.discord_id = ${member.userId}`
  return count > 0
}

/** Facts older than that are never paid: 35 days; an interval that ended before says nothing any more. */
const keepDays = 36

/**
 * Brings the intervals of roles in line with who has which and whose account is linked to whom, from the next whole minute on: of whole
 * guilds, or of some members of one. In a transaction whose earlier statements wrote what is new; whoever else does the same for these
 * guilds waits. Safe to repeat: what is in line stays.
 */
export async function syncRoleSpans(
  db: Db,
  scope: { readonly guildIds: readonly GuildId[] } | { readonly guildId: GuildId; readonly userIds: readonly UserId[] },
): Promise<void> {
  const guildIds = 'guildIds' in scope ? [...scope.guildIds] : [scope.guildId]
  const members = 'guildIds' in scope ? undefined : [...scope.userIds]
  await lockMultipliers(db, guildIds)
  await db`
    with has as materialized (
      select l.discord_server_id, l.kick_name as username, r.role_id
        from member_role r
        join links l on l.discord_server_id = r.discord_server_id and l.discord_id = r.discord_id
       where r.discord_server_id = any(${guildIds}::bigint[])
         and ${members === undefined ? db`true` : db`r.discord_id = any(${members}::bigint[])`}
         and exists (
               select from multiplier m
                where m.discord_server_id = r.discord_server_id and m.kind = 'role' and m.role_id = r.role_id and m.ended_at is null
             )
    ),
    open as materialized (
      select v.discord_server_id, v.username, v.role_id, v.started_at
        from viewer_span v
       where v.discord_server_id = any(${guildIds}::bigint[])
         and v.ended_at is null
         and v.kind = 'role'
         and ${
           members === undefined
             ? db`true`
             : db`v.username in (
                    select l.kick_name
                      from links l
                     where l.discord_server_id = any(${guildIds}::bigint[]) and l.discord_id = any(${members}::bigint[]))`
         }
    ),
    next as (
      select date_trunc('minute', clock_timestamp()) + interval '1 minute' as minute
    ),
    closed as (
      update viewer_span v
         set ended_at = greatest(n.minute, v.started_at)
        from open o
       cross join next n
       where v.discord_server_id = o.discord_server_id and v.username = o.username and v.kind = 'role'
         and v.role_id = o.role_id and v.started_at = o.started_at
         and not exists (
               select from has h
                where h.discord_server_id = o.discord_server_id and h.username = o.username and h.role_id = o.role_id
             )
    )
    insert into viewer_span as v (discord_server_id, username, kind, role_id, started_at)
    select h.discord_server_id, h.username, 'role', h.role_id, n.minute
      from has h
     cross join next n
     where not exists (
             select from open o
              where o.discord_server_id = h.discord_server_id and o.username = h.username and o.role_id = h.role_id
           )
     order by h.discord_server_id, h.username, h.role_id
    on conflict (discord_server_id, username, kind, role_id, started_at) do update
       set ended_at = null   -- it was lost and had again within one minute`
}

/** Forgets intervals of a guild that ended too long ago to matter. Safe to repeat. */
export const pruneSpans = (db: Db, guildIds: readonly GuildId[]) => db`
  delete from viewer_span v
   where v.discord_server_id = any(${[...guildIds]}::bigint[])
     and v.ended_at < now() - make_interval(days => ${keepDays})`
