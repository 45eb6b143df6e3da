import type { GuildId, UserId } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

/** An interval of whole minutes in which minutes count so many percent for points. */
export interface Multiplier {
  readonly multiplierId: string
  readonly percent: number
  readonly startedAt: Date
  readonly endedAt: Date
  readonly setBy: UserId | null
}

/** The intervals of a guild that have not ended, the next one first. */
export const multipliersOf = (db: Db, guildId: GuildId) => db<Multiplier[]>`
  select m.multiplier_id, m.percent, m.started_at, m.ended_at, m.set_by
    from multiplier m
   where m.discord_server_id = ${guildId} and m.ended_at > now()
   order by m.started_at
   limit 25`

/**
 * Adds an interval that begins with the next whole minute or `startsIn` minutes later, so that no minute of it can have been paid; gives
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
): Promise<Multiplier | undefined> {
  await db`select pg_advisory_xact_lock(hashtextextended('multiplier', ${p.guildId}))`
  const [added] = await db<Multiplier[]>`
    insert into multiplier (discord_server_id, percent, started_at, ended_at, set_by)
    select ${p.guildId}::bigint, ${p.percent}::int, w.started_at, w.started_at + make_interval(mins => ${p.minutes}::int), ${p.setBy}::bigint
      from (
        select date_trunc('minute', clock_timestamp()) + make_interval(mins => 1 + ${p.startsIn}::int) as started_at
      ) w
     where not exists (
             select from multiplier m
              where m.discord_server_id = ${p.guildId}
                and m.started_at < w.started_at + make_interval(mins => ${p.minutes}::int)
                and m.ended_at > w.started_at
           )
    returning multiplier_id, percent, started_at, ended_at, set_by`
  return added
}

/**
 * Ends the interval that is running with the present minute, and takes those away that have not begun; gives how many that were. What
 * minutes counted so far they keep. Safe to repeat.
 */
export async function endMultipliers(db: Db, guildId: GuildId): Promise<number> {
  await db`select pg_advisory_xact_lock(hashtextextended('multiplier', ${guildId}))`
  const [ended] = await db<{ intervals: number }[]>`
    with dropped as (
      delete from multiplier
       where discord_server_id = ${guildId} and started_at > clock_timestamp()
      returning discord_server_id
    ),
    ended as (
      update multiplier
         set ended_at = date_trunc('minute', clock_timestamp()) + interval '1 minute'
       where discord_server_id = ${guildId}
         and started_at <= clock_timestamp()
         and ended_at > date_trunc('minute', clock_timestamp()) + interval '1 minute'
      returning discord_server_id
    )
    select ((select count(*) from dropped) + (select count(*) from ended))::int as intervals`
  return ended?.intervals ?? 0
}
