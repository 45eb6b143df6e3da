import type { GuildId, RoleId, UserId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

/** What a minute counts by: what holds for everybody, the best of the viewer's roles, being a subscriber, and the hour. */
export type MultiplierKind = 'global' | 'role' | 'subscriber' | 'happy'

/** An interval of whole minutes in which minutes count so many percent for points. */
export interface Multiplier {
  readonly multiplierId: string
  readonly kind: MultiplierKind
  /** For the kind `role` only. */
  readonly roleId: RoleId | null
  readonly percent: number
  readonly startedAt: Date
  /** Null until further notice. */
  readonly endedAt: Date | null
  readonly setBy: UserId | null
}

/** Roles of a guild that can have a factor. */
export const mostRoles = 25

/** The intervals of a guild that have not ended, by kind, the next one first. */
export const multipliersOf = (db: Db, guildId: GuildId) => db<Multiplier[]>`
  select m.multiplier_id, m.kind, m.role_id, m.percent, m.started_at, m.ended_at, m.set_by
    from multiplier m
   where m.discord_server_id = ${guildId} and (m.ended_at is null or m.ended_at > now())
   order by array_position('{global,role,subscriber,happy}'::text[], m.kind), m.started_at, m.percent desc
   limit 100`

/** Whoever changes what minutes of a guild count by, or who has a role that counts, waits for whoever else does. Inside a transaction. */
export const lockMultipliers = (db: Db, guildIds: readonly GuildId[]) => db`
  select pg_advisory_xact_lock(hashtextextended('multiplier', g.discord_server_id))
    from unnest(${[...guildIds].sort()}::bigint[]) as g (discord_server_id)`

/**
 * Adds a happy hour that begins with the next whole minute or `startsIn` minutes later, so that no minute of it can have been paid; gives
 * nothing when it would overlap another. Inside a transaction: whoever else adds one for this guild waits until it ends.
 */
export async function addMultiplier(
  db: Db,
  p: {
    readonly guildId: GuildId
    readonly percent: number
    readonly startsIn: number
    readonly minutes: number
    readonly setBy: UserId
  },
): Promise<(Multiplier & { readonly endedAt: Date }) | undefined> {
  await lockMultipliers(db, [p.guildId])
  const [added] = await db<(Multiplier & { endedAt: Date })[]>`
    insert into multiplier (discord_server_id, kind, percent, started_at, ended_at, set_by)
    select ${p.guildId}::bigint, 'happy', ${p.percent}::int, w.started_at, w.started_at + make_interval(mins => ${p.minutes}::int), ${p.setBy}::bigint
      from (
        select date_trunc('minute', clock_timestamp()) + make_interval(mins => 1 + ${p.startsIn}::int) as started_at
      ) w
     where not exists (
             select from multiplier m
              where m.discord_server_id = ${p.guildId}
                and m.kind = 'happy'
                and m.started_at < w.started_at + make_interval(mins => ${p.minutes}::int)
                and m.ended_at > w.started_at
           )
    returning multiplier_id, kind, role_id, percent, started_at, ended_at, set_by`
  return added
}

/**
 * Ends the happy hour that is running with the present minute, and takes those away that have not begun; gives how many that were. What
 * minutes counted so far they keep. Safe to repeat.
 */
export async function endMultipliers(db: Db, guildId: GuildId): Promise<number> {
  await lockMultipliers(db, [guildId])
  const [ended] = await db<{ intervals: number }[]>`
    with dropped as (
      delete from multiplier
       where discord_server_id = ${guildId} and kind = 'happy' and started_at > clock_timestamp()
      returning discord_server_id
    ),
    ended as (
      update multiplier
         set ended_at = date_trunc('minute', clock_timestamp()) + interval '1 minute'
       where discord_server_id = ${guildId}
         and kind = 'happy'
         and started_at <= clock_timestamp()
         and ended_at > date_trunc('minute', clock_timestamp()) + interval '1 minute'
      returning discord_server_id
    )
    select ((select count(*) from dropped) + (select count(*) from ended))::int as intervals`
  return ended?.intervals ?? 0
}

/** What a standing factor was before it was set: `full` when the guild can have no more roles with one. */
export type Set = { readonly kind: 'set' | 'unchanged'; readonly before: number } | { readonly kind: 'full' }

/**
 * Sets a factor that holds from the next whole minute until further notice; 100 takes it away. What minutes counted so far they keep.
 * Inside a transaction. Safe to repeat.
 */
export async function setFactor(
  db: Db,
  p: {
    readonly guildId: GuildId
    readonly kind: Exclude<MultiplierKind, 'happy'>
    readonly roleId?: RoleId | undefined
    readonly percent: number
    readonly setBy: UserId
  },
): Promise<Set> {
  const role = p.roleId ?? null
  await lockMultipliers(db, [p.guildId])
  const [now] = await db<{ before: number; roles: number }[]>`
    select coalesce(max(m.percent) filter (where m.kind = ${p.kind} and m.role_id is not distinct from ${role}::bigint), 100) as before,
           (count(*) filter (where m.kind = 'role'))::int as roles
      from multiplier m
     where m.discord_server_id = ${p.guildId} and m.ended_at is null`
  const before = now?.before ?? 100
  if (before === p.percent) return { kind: 'unchanged', before }
  if (p.kind === 'role' && before === 100 && (now?.roles ?? 0) >= mostRoles) return { kind: 'full' }
  await db`
    with dropped as (
      delete from multiplier
       where discord_server_id = ${p.guildId} and kind = ${p.kind} and role_id is not distinct from ${role}::bigint
         and started_at > clock_timestamp()
    ),
    ended as (
      update multiplier
         set ended_at = date_trunc('minute', clock_timestamp()) + interval '1 minute'
       where discord_server_id = ${p.guildId} and kind = ${p.kind} and role_id is not distinct from ${role}::bigint
         and started_at <= clock_timestamp() and ended_at is null
    )
    insert into multiplier (discord_server_id, kind, role_id, percent, started_at, set_by)
    select ${p.guildId}::bigint, ${p.kind}, ${role}::bigint, ${p.percent}::int, date_trunc('minute', clock_timestamp()) + interval '1 minute',
           ${p.setBy}::bigint
     where ${p.percent}::int <> 100`
  return { kind: 'set', before }
}

/** The four factors as they are for one viewer now, each 100 where nothing holds, and when the happy hour ends. */
export interface Factors {
  readonly global: number
  readonly role: number
  readonly subscriber: number
  readonly happy: number
  readonly happyUntil: Date | null
}

export async function factorsOf(
  db: Db,
  p: { readonly guildId: GuildId; readonly username: Username },
): Promise<Factors> {
  const [row] = await db<Factors[]>`
    select coalesce(max(m.percent) filter (where m.kind = 'global'), 100) as global,
           coalesce(max(m.percent) filter (where m.kind = 'role'), 100) as role,
           coalesce(max(m.percent) filter (where m.kind = 'subscriber'), 100) as subscriber,
           coalesce(max(m.percent) filter (where m.kind = 'happy'), 100) as happy,
           max(m.ended_at) filter (where m.kind = 'happy') as happy_until
      from multiplier m
     where m.discord_server_id = ${p.guildId}
       and m.started_at <= now()
       and (m.ended_at is null or m.ended_at > now())
       and (m.kind in ('global', 'happy') or exists (
             select from viewer_span v
              where v.discord_server_id = m.discord_server_id and v.username = ${p.username}
                and v.kind = m.kind and v.role_id = coalesce(m.role_id, 0)
                and v.started_at <= now() and (v.ended_at is null or v.ended_at > now())
           ))`
  return row ?? { global: 100, role: 100, subscriber: 100, happy: 100, happyUntil: null }
}
