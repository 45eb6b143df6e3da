import type { GuildId, UserId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

/** The largest balance there is: 64 bits. */
export const mostPoints = 9_223_372_036_854_775_807n

/** A change of one balance for another reason than watched minutes. */
export interface Booking {
  readonly guildId: GuildId
  readonly username: Username
  readonly change: { readonly kind: 'add'; readonly delta: bigint } | { readonly kind: 'set'; readonly to: bigint }
  /** What it was, in the ledger: `give`, `take`, `set`, `undo`, … */
  readonly entry: string
  /** What it is done for; the same reference changes a balance once. */
  readonly sourceRef: string
  readonly actorId: UserId | null
  readonly reason: string | null
  /** Whether an admin wants it although the balance goes below zero. */
  readonly isForced?: boolean
  /** Whether it takes an earlier change back, so that it counts as neither earned nor spent. */
  readonly isUndo?: boolean
}

export type Booked =
  | { readonly kind: 'done' | 'repeated'; readonly ledgerId: string; readonly delta: bigint; readonly balance: bigint }
  | { readonly kind: 'too_few' | 'too_many' | 'nothing'; readonly balance: bigint }

/**
 * Changes a balance and writes it into the ledger, once for each source reference: repeated, it gives what it gave. Nothing is written when
 * the balance would go below zero unforced, or does not fit 64 bits. Inside a transaction, which holds the balance from here on.
 */
export async function book(db: Db, p: Booking): Promise<Booked> {
  const [held] = await db<{ points: string }[]>`
    insert into user_points as u (discord_server_id, kick_username, discord_id)
    values (
      ${p.guildId}, ${p.username},
      (select l.discord_id from links l where l.discord_server_id = ${p.guildId} and l.kick_name = ${p.username})
    )
    on conflict (discord_server_id, kick_username) do update
       set last_updated = now()
    returning u.points`
  const before = BigInt(held?.points ?? 0)
  const [known] = await db<{ ledgerId: string; delta: string }[]>`
    select l.ledger_id, l.delta
      from point_ledger l
     where l.discord_server_id = ${p.guildId} and l.source_ref = ${p.sourceRef}`
  if (known !== undefined)
    return { kind: 'repeated', ledgerId: known.ledgerId, delta: BigInt(known.delta), balance: before }
  const delta = p.change.kind === 'add' ? p.change.delta : p.change.to - before
  const after = before + delta
  if (delta === 0n) return { kind: 'nothing', balance: before }
  if (after > mostPoints || after < -mostPoints || delta > mostPoints || delta < -mostPoints)
    return { kind: 'too_many', balance: before }
  if (after < 0n && delta < 0n && p.isForced !== true) return { kind: 'too_few', balance: before }
  const isEarned = p.isUndo === true ? delta < 0n : delta > 0n
  const earned = isEarned ? delta : 0n
  const spent = isEarned ? 0n : -delta
  const [entry] = await db<{ ledgerId: string }[]>`
    with entry as (
      insert into point_ledger (discord_server_id, kick_username, delta, kind, source_ref, actor_id, reason)
      values (
        ${p.guildId}, ${p.username}, ${delta.toString()}, ${p.entry}, ${p.sourceRef}, ${p.actorId}, ${p.reason}
      )
      returning discord_server_id, kick_username, ledger_id
    ),
    changed as (   -- the sums of a lifetime stop at what 64 bits hold, rather than stop the change
      update user_points u
         set points = u.points + ${delta.toString()}::bigint,
             total_earned = least(u.total_earned::numeric + ${earned.toString()}::bigint, ${mostPoints.toString()}::bigint)::bigint,
             total_spent = least(u.total_spent::numeric + ${spent.toString()}::bigint, ${mostPoints.toString()}::bigint)::bigint,
             last_updated = now()
        from entry e
       where u.discord_server_id = e.discord_server_id and u.kick_username = e.kick_username
    )
    select e.ledger_id
      from entry e`
  if (entry === undefined) throw new Error('an entry of the ledger was not written')
  return { kind: 'done', ledgerId: entry.ledgerId, delta, balance: after }
}

export interface LedgerEntry {
  readonly ledgerId: string
  readonly username: Username
  readonly delta: string
  readonly kind: string
  readonly actorId: UserId | null
  readonly reason: string | null
  readonly createdAt: Date
}

/** One entry of a guild's ledger, held until the transaction ends. */
export const ledgerEntry = (db: Db, asked: { readonly guildId: GuildId; readonly ledgerId: string }) => db<
  LedgerEntry[]
>`
  select l.ledger_id, l.kick_username as username, l.delta, l.kind, l.actor_id, l.reason, l.created_at
    from point_ledger l
   where l.discord_server_id = ${asked.guildId} and l.ledger_id = ${asked.ledgerId}
     for update`

/** What changed one viewer's balance, the newest first. */
export const ledgerOf = (
  db: Db,
  asked: { readonly guildId: GuildId; readonly username: Username; readonly limit: number },
) => db<LedgerEntry[]>`
  select l.ledger_id, l.kick_username as username, l.delta, l.kind, l.actor_id, l.reason, l.created_at
    from point_ledger l
   where l.discord_server_id = ${asked.guildId} and l.kick_username = ${asked.username}
   order by l.ledger_id desc
   limit ${asked.limit}`

/** Balances that are not the sum of the ledger and of what was paid for minutes; none, unless somebody wrote past the bot. */
export const unexplainedBalances = (db: Db, guildId: GuildId) => db<
  { username: Username; balance: string; explained: string }[]
>`
  select n.username, sum(n.balance) as balance, sum(n.explained) as explained
    from (
      select u.kick_username as username, u.points as balance, 0::bigint as explained
        from user_points u
       where u.discord_server_id = ${guildId}
      union all
      select c.kick_username, 0, c.points_awarded
        from points_watchtime_converted c
       where c.discord_server_id = ${guildId}
      union all
      select l.kick_username, 0, l.delta
        from point_ledger l
       where l.discord_server_id = ${guildId}
    ) n
   group by n.username
  having sum(n.balance) <> sum(n.explained)
   order by n.username
   limit 100`

// --- Decay ----------------------------------------------------------------------------------------------------------

/** How unused points fade: whole percents, rounded down, and never below the floor. */
export interface Decay {
  readonly guildId: GuildId
  readonly percent: number
  /** Days without a credited minute; for those who never had one, without an entry in the ledger. */
  readonly afterDays: number
  readonly floor: number
}

/** Who would lose how much now, in a statement's common form: `faded (discord_server_id, kick_username, delta)`. */
const fading = (db: Db, p: Decay) => db`
  select u.discord_server_id, u.kick_username,
         least(floor(u.points::numeric * ${p.percent}::int / 100), u.points - ${p.floor}::bigint)::bigint as points
    from user_points u
    left join watchtime w on w.discord_server_id = u.discord_server_id and w.username = u.kick_username
   where u.discord_server_id = ${p.guildId}
     and u.points > ${p.floor}::bigint
     and u.points::numeric * ${p.percent}::int >= 100
     and coalesce(w.last_active, (
           select max(l.created_at)
             from point_ledger l
            where l.discord_server_id = u.discord_server_id and l.kick_username = u.kick_username and l.kind <> 'decay'
         ), '-infinity') < now() - make_interval(days => ${p.afterDays}::int)`

/** How many viewers would lose how many points if unused points faded now. Reads this guild's viewers. */
export const previewDecay = (db: Db, p: Decay) => db<{ viewers: number; points: string }[]>`
  select count(*)::int as viewers, coalesce(sum(f.points), 0)::text as points
    from (${fading(db, p)}) f`

/**
 * Takes what fades from everybody in a guild who was away, in one statement, with an entry of the ledger for each. Safe to repeat for the
 * same `period`, also at the same time: whoever has its entry loses nothing.
 */
export const decayPoints = (db: Db, p: Decay & { readonly period: string }) => db<
  { viewers: number; points: string }[]
>`
  with due as materialized (
    ${fading(db, p)}
     order by u.discord_server_id, u.kick_username   -- always the same order, so that writers cannot deadlock
       for update of u
  ),
  entry as (
    insert into point_ledger (discord_server_id, kick_username, delta, kind, source_ref)
    select d.discord_server_id, d.kick_username, -d.points, 'decay', 'decay:' || ${p.period} || ':' || d.kick_username
      from due d
     order by d.discord_server_id, d.kick_username
    on conflict (discord_server_id, source_ref) do nothing
    returning discord_server_id, kick_username, -delta as points
  ),
  faded as (
    update user_points u
       set points = u.points - e.points,
           total_spent = u.total_spent + e.points,
           last_updated = now()
      from entry e
     where u.discord_server_id = e.discord_server_id and u.kick_username = e.kick_username
  )
  select count(*)::int as viewers, coalesce(sum(e.points), 0)::text as points
    from entry e`

// --- Minutes --------------------------------------------------------------------------------------------------------

export type Adjusted =
  | { readonly kind: 'done' | 'repeated'; readonly delta: number; readonly minutes: number }
  | { readonly kind: 'too_few' | 'too_many'; readonly minutes: number }

/** The largest total of minutes there is: 32 bits. */
export const mostMinutes = 2_147_483_647

/**
 * Gives or takes minutes of one viewer, once for each source reference; repeated, it gives what it gave. With `isConverted` points follow by
 * the next tick for points; without, the mark moves along and nothing is paid. Inside a transaction, which holds the viewer from here on.
 */
export async function adjustMinutes(
  db: Db,
  p: {
    readonly guildId: GuildId
    readonly username: Username
    readonly delta: number
    readonly isConverted: boolean
    readonly sourceRef: string
    readonly actorId: UserId | null
    readonly reason: string | null
  },
): Promise<Adjusted> {
  const [held] = await db<{ minutes: number }[]>`
    insert into watchtime as w (discord_server_id, username)
    values (${p.guildId}, ${p.username})
    on conflict (discord_server_id, username) do update
       set last_credit = 0
    returning w.minutes`
  const before = held?.minutes ?? 0
  const [known] = await db<{ delta: number }[]>`
    select a.delta
      from watchtime_adjustment a
     where a.discord_server_id = ${p.guildId} and a.source_ref = ${p.sourceRef}`
  if (known !== undefined) return { kind: 'repeated', delta: known.delta, minutes: before }
  const minutes = before + p.delta
  if (minutes < 0) return { kind: 'too_few', minutes: before }
  if (minutes > mostMinutes) return { kind: 'too_many', minutes: before }
  await db`
    insert into watchtime_adjustment (discord_server_id, username, delta, is_converted, source_ref, actor_id, reason)
    values (
      ${p.guildId}, ${p.username}, ${p.delta}, ${p.isConverted}, ${p.sourceRef}, ${p.actorId}, ${p.reason}
    )`
  await db`
    update watchtime
       set minutes = ${minutes}
     where discord_server_id = ${p.guildId} and username = ${p.username}`
  if (!p.isConverted && p.delta > 0) {
    await db`
      insert into points_watchtime_converted as c (discord_server_id, kick_username, minutes_converted)
      values (${p.guildId}, ${p.username}, ${p.delta})
      on conflict (discord_server_id, kick_username) do update
         set minutes_converted = c.minutes_converted + excluded.minutes_converted`
  }
  return { kind: 'done', delta: p.delta, minutes }
}

export interface Adjustment {
  readonly adjustmentId: string
  readonly delta: number
  readonly actorId: UserId | null
  readonly reason: string | null
  readonly createdAt: Date
}

/** What minutes one viewer was given or lost, the newest first. */
export const adjustmentsOf = (
  db: Db,
  asked: { readonly guildId: GuildId; readonly username: Username; readonly limit: number },
) => db<Adjustment[]>`
  select a.adjustment_id, a.delta, a.actor_id, a.reason, a.created_at
    from watchtime_adjustment a
   where a.discord_server_id = ${asked.guildId} and a.username = ${asked.username}
   order by a.adjustment_id desc
   limit ${asked.limit}`
