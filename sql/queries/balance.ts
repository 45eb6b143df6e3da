/** Guess the Balance: rounds, guesses and winners. Money in cents. */
import type { GuildId, KickUserId, UserId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'
import { scheduleJobs } from './job.ts'

export type RoundStatus = 'open' | 'closed' | 'completed' | 'cancelled'

export interface Round {
  /** 64-bit, as a decimal string; what a dashboard calls it. */
  readonly id: string
  /** What members call it. */
  readonly number: number
  readonly status: RoundStatus
  readonly openedBy: string
  readonly openedAt: Date
  readonly closesAt: Date | null
  readonly closedAt: Date | null
  readonly result: number | null
  readonly winnerCount: number
  readonly firstIsFinal: boolean
  readonly noOvershoot: boolean
  readonly prize: string | null
  readonly guesses: number
}

const columns = (db: Db) => db`
  s.id, coalesce(s.number, s.id::int) as number, s.status, s.opened_by, s.opened_at, s.closes_at, s.closed_at,
  (s.result_amount * 100)::float8 as result, s.winner_count, s.first_is_final, s.no_overshoot, s.prize,
  (select count(*)::int
     from gtb_guesses g
    where g.discord_server_id = s.discord_server_id and g.session_id = s.id) as guesses`

/** One round: by its number, by its id, or the newest of these states. */
export async function roundOf(
  db: Db,
  asked: {
    readonly guildId: GuildId
    readonly number?: number | undefined
    readonly id?: string | undefined
    readonly status?: readonly RoundStatus[]
  },
): Promise<Round | undefined> {
  const [round] = await db<Round[]>`
    select ${columns(db)}
      from gtb_sessions s
     where s.discord_server_id = ${asked.guildId}
       and (${asked.number ?? null}::int is null or s.number = ${asked.number ?? null}::int)
       and (${asked.id ?? null}::bigint is null or s.id = ${asked.id ?? null}::bigint)
       and (${asked.status === undefined} or s.status = any(${[...(asked.status ?? [])]}::text[]))
     order by s.id desc
     limit 1`
  return round
}

/** Rounds of a guild in these states, the newest first. */
export const roundsOf = (
  db: Db,
  asked: { readonly guildId: GuildId; readonly status: readonly RoundStatus[]; readonly limit: number },
) => db<Round[]>`
  select ${columns(db)}
    from gtb_sessions s
   where s.discord_server_id = ${asked.guildId} and s.status = any(${[...asked.status]}::text[])
   order by s.id desc
   limit ${asked.limit}`

export interface RoundWishes {
  readonly winnerCount: number
  readonly firstIsFinal: boolean
  readonly noOvershoot: boolean
  readonly prize: string | null
  /** Minutes until it closes by itself; null for never. */
  readonly minutes: number | null
}

/** Opens a round under the next number; gives its id, or nothing when one is open already. */
export async function openRound(
  db: Db,
  p: RoundWishes & { readonly guildId: GuildId; readonly openedBy: string; readonly by: UserId | null },
): Promise<string | undefined> {
  const [row] = await db<{ id: string }[]>`
    insert into gtb_sessions (
      discord_server_id, number, opened_by, opened_by_id, closes_at, winner_count, first_is_final, no_overshoot, prize
    )
    select ${p.guildId}::bigint, coalesce(max(s.number), 0) + 1, ${p.openedBy}, ${p.by}::bigint,
           now() + make_interval(mins => ${p.minutes}::int), ${p.winnerCount}::int, ${p.firstIsFinal}::boolean,
           ${p.noOvershoot}::boolean, ${p.prize}
      from gtb_sessions s
     where s.discord_server_id = ${p.guildId}
    on conflict do nothing
    returning id`
  return row?.id
}

/** Gives a round that a dashboard wrote its number. Safe to repeat. */
export const numberRound = (db: Db, p: { readonly guildId: GuildId; readonly id: string }) => db`
  update gtb_sessions s
     set number = (
           select coalesce(max(o.number), 0) + 1
             from gtb_sessions o
            where o.discord_server_id = ${p.guildId}
         )
   where s.discord_server_id = ${p.guildId} and s.id = ${p.id}::bigint and s.number is null`

interface RoundKey {
  readonly guildId: GuildId
  readonly id: string
}

/** Closes a round that is open; gives a row when it did. Guesses that are on their way wait for it, and then come too late. */
export const closeRound = (db: Db, key: RoundKey) => db<{ id: string }[]>`
  update gtb_sessions s
     set status = 'closed', closed_at = now(), closes_at = null
   where s.discord_server_id = ${key.guildId} and s.id = ${key.id}::bigint and s.status = 'open'
  returning s.id`

/** Of these rounds closes those whose time has come; gives them. */
export const closeDueRounds = (db: Db, due: { readonly guildIds: GuildId[]; readonly ids: string[] }) => db<
  { guildId: GuildId; id: string }[]
>`
  update gtb_sessions s
     set status = 'closed', closed_at = now(), closes_at = null
    from unnest(${due.guildIds}::bigint[], ${due.ids}::bigint[]) as d (discord_server_id, id)
   where s.discord_server_id = d.discord_server_id and s.id = d.id
     and s.status = 'open' and s.closes_at <= now()
  returning s.discord_server_id as guild_id, s.id`

/** Opens a closed round again, unless another one is open; gives a row when it did. */
export const reopenRound = (db: Db, key: RoundKey) => db<{ id: string }[]>`
  update gtb_sessions s
     set status = 'open', closed_at = null
   where s.discord_server_id = ${key.guildId} and s.id = ${key.id}::bigint and s.status = 'closed'
     and not exists (
           select from gtb_sessions o where o.discord_server_id = ${key.guildId} and o.status = 'open'
         )
  returning s.id`

/** Takes the result of a round back, with its winners, so that it is closed again; gives a row when it had one. Inside a transaction. */
export async function withdrawResult(db: Db, key: RoundKey): Promise<boolean> {
  const rows = await db`
    update gtb_sessions s
       set status = 'closed', result_amount = null, completed_at = null
     where s.discord_server_id = ${key.guildId} and s.id = ${key.id}::bigint and s.status = 'completed'
    returning s.id`
  if (rows.length === 0) return false
  await db`delete from gtb_winners w where w.discord_server_id = ${key.guildId} and w.session_id = ${key.id}::bigint`
  return true
}

/** Calls a round off that has no result; gives a row when it did. */
export const cancelRound = (db: Db, key: RoundKey) => db<{ id: string }[]>`
  update gtb_sessions s
     set status = 'cancelled', closed_at = coalesce(s.closed_at, now()), closes_at = null
   where s.discord_server_id = ${key.guildId} and s.id = ${key.id}::bigint and s.status in ('open', 'closed')
  returning s.id`

/**
 * Gives a closed round its result and writes its winners: the nearest guesses, of equals the earlier, and within one second that of the
 * smaller message id; where overshooting is not allowed, of those that are not above. Gives whether it was closed. Inside a transaction.
 */
export async function completeRound(db: Db, p: RoundKey & { readonly result: number }): Promise<boolean> {
  const rows = await db`
    update gtb_sessions s
       set status = 'completed', result_amount = ${p.result}::numeric / 100, completed_at = now()
     where s.discord_server_id = ${p.guildId} and s.id = ${p.id}::bigint and s.status = 'closed'
    returning s.id`
  if (rows.length === 0) return false
  await db`
    insert into gtb_winners (
      discord_server_id, session_id, rank, kick_username, display_name, guess_amount, result_amount, difference
    )
    select r.discord_server_id, r.session_id, r.rank, r.kick_username, r.display_name, r.guess_amount, r.result_amount, r.difference
      from (
        select g.discord_server_id, g.session_id, g.kick_username, g.display_name, g.guess_amount, s.result_amount,
               abs(g.guess_amount - s.result_amount) as difference, s.winner_count,
               row_number() over (
                 order by abs(g.guess_amount - s.result_amount), g.guessed_at, g.message_id collate "C", g.kick_username collate "C"
               )::int as rank
          from gtb_guesses g
          join gtb_sessions s on s.discord_server_id = g.discord_server_id and s.id = g.session_id
         where g.discord_server_id = ${p.guildId} and g.session_id = ${p.id}::bigint
           and (not s.no_overshoot or g.guess_amount <= s.result_amount)
      ) r
     where r.rank <= r.winner_count`
  return true
}

export interface Winner {
  readonly rank: number
  /** Empty when whoever it was had their data erased. */
  readonly username: string
  readonly displayName: string
  readonly guess: number
  readonly difference: number
}

export const winnersOf = (db: Db, key: RoundKey) => db<Winner[]>`
  select w.rank, coalesce(w.kick_username, '') as username, coalesce(w.display_name, '') as display_name,
         (w.guess_amount * 100)::float8 as guess, (w.difference * 100)::float8 as difference
    from gtb_winners w
   where w.discord_server_id = ${key.guildId} and w.session_id = ${key.id}::bigint
   order by w.rank`

// --- Guesses --------------------------------------------------------------------------------------------------------------

/** An amount that somebody guesses in chat. */
export interface Guess {
  readonly guildId: GuildId
  readonly userId: KickUserId
  readonly username: Username
  readonly displayName: string
  /** Cents. */
  readonly amount: number
  readonly messageId: string
  /** When it was written, in milliseconds. */
  readonly at: number
}

/** Of these guilds those that ever had a round, and whether one is open; when chat was last told of guesses, in milliseconds, 0 for never. */
export const roundsIn = (db: Db, guildIds: readonly GuildId[]) => db<
  { guildId: GuildId; isOpen: boolean; confirmedAt: number }[]
>`
  select g.discord_server_id as guild_id, o.id is not null as is_open,
         coalesce((extract(epoch from o.confirmed_at) * 1000)::float8, 0) as confirmed_at
    from unnest(${[...guildIds]}::bigint[]) as g (discord_server_id)
    left join gtb_sessions o on o.discord_server_id = g.discord_server_id and o.status = 'open'
   where exists (select from gtb_sessions s where s.discord_server_id = g.discord_server_id)`

export interface GuessOutcome {
  /** Which of the guesses: its place in the list, from 0. */
  readonly index: number
  readonly id: string
  readonly number: number
  readonly isTaken: boolean
  /** The first guess of this viewer counts, and this one is another. */
  readonly isTooLate: boolean
}

/**
 * Takes guesses into the open rounds of their guilds, in one statement: of several of one viewer the last counts, or the first where it is
 * final, by the time at which they were written. Gives what became of each viewer's guess where a round is open. Whoever closes a round
 * waits for this, or this for them. Safe to repeat and to reorder: an older line does not replace a newer one. Kick tells times of chat in
 * whole seconds; within one the ids of the lines decide, which are drawn at random and prefer nobody.
 */
export const takeGuesses = (db: Db, guesses: readonly Guess[]) => db<GuessOutcome[]>`
  with session as (
    select s.discord_server_id, s.id, s.number, s.first_is_final, s.opened_at
      from gtb_sessions s
     where s.discord_server_id = any(${guesses.map((guess) => guess.guildId)}::bigint[]) and s.status = 'open'
     order by s.discord_server_id
       for no key update
  ),
  guess as (
    select distinct on (s.discord_server_id, coalesce(k.username, g.username))
           s.discord_server_id, s.id as session_id, s.number, s.first_is_final, coalesce(k.username, g.username) as username, g.display_name,
           g.amount, g.message_id, to_timestamp(g.at / 1000) as at, g.index
      from unnest(
             ${guesses.map((guess) => guess.guildId)}::bigint[],
             ${guesses.map((guess) => guess.userId)}::bigint[],
             ${guesses.map((guess) => guess.username)}::text[],
             ${guesses.map((guess) => guess.displayName)}::text[],
             ${guesses.map((guess) => guess.amount)}::bigint[],
             ${guesses.map((guess) => guess.messageId)}::text[],
             ${guesses.map((guess) => guess.at)}::float8[]
           ) with ordinality as g (discord_server_id, kick_user_id, username, display_name, amount, message_id, at, index)
      join session s
        on s.discord_server_id = g.discord_server_id and date_trunc('second', s.opened_at) <= to_timestamp(g.at / 1000)
      left join kick_account k on k.discord_server_id = g.discord_server_id and k.kick_user_id = g.kick_user_id
     order by s.discord_server_id, coalesce(k.username, g.username), case when s.first_is_final then g.at else -g.at end,
              case when s.first_is_final then g.message_id end, g.message_id desc
  ),
  taken as (
    insert into gtb_guesses as t (
      discord_server_id, session_id, kick_username, display_name, guess_amount, guessed_at, message_id, confirmed
    )
    select g.discord_server_id, g.session_id, g.username, g.display_name, g.amount::numeric / 100, g.at, g.message_id, false
      from guess g
     order by g.discord_server_id, g.session_id, g.username
    on conflict (discord_server_id, session_id, kick_username) do update
       set guess_amount = excluded.guess_amount,
           guessed_at = excluded.guessed_at,
           display_name = excluded.display_name,
           message_id = excluded.message_id,
           confirmed = false
     where case when (
                  select s.first_is_final
                    from gtb_sessions s
                   where s.discord_server_id = t.discord_server_id and s.id = t.session_id
                ) then (excluded.guessed_at, excluded.message_id) < (t.guessed_at, coalesce(t.message_id, ''))
                else (excluded.guessed_at, excluded.message_id) > (t.guessed_at, coalesce(t.message_id, '')) end
    returning t.discord_server_id, t.session_id, t.kick_username
  )
  select (g.index - 1)::int as index, g.session_id as id, coalesce(g.number, g.session_id::int) as number, t.kick_username is not null as is_taken,
         t.kick_username is null and g.first_is_final and b.message_id is distinct from g.message_id as is_too_late
    from guess g
    left join taken t
      on t.discord_server_id = g.discord_server_id and t.session_id = g.session_id and t.kick_username = g.username
    left join gtb_guesses b
      on b.discord_server_id = g.discord_server_id and b.session_id = g.session_id and b.kick_username = g.username
   order by g.index`

export interface ToldGuess {
  readonly guildId: GuildId
  readonly id: string
  readonly number: number
  readonly displayName: string
  readonly amount: number
  readonly guessedAt: Date
}

/** Takes the guesses in open rounds of which chat has not been told, and notes that it is now; the oldest first. */
export const takeUnconfirmedGuesses = (db: Db, guildIds: readonly GuildId[]) => db<ToldGuess[]>`
  with told as (
    update gtb_guesses g
       set confirmed = true
      from gtb_sessions s
     where g.discord_server_id = any(${[...guildIds]}::bigint[]) and not g.confirmed
       and s.discord_server_id = g.discord_server_id and s.id = g.session_id
    returning g.discord_server_id, g.session_id, s.number, s.status, g.display_name, g.kick_username, g.guess_amount, g.guessed_at
  ),
  noted as (
    update gtb_sessions s
       set confirmed_at = now()
     where (s.discord_server_id, s.id) in (select t.discord_server_id, t.session_id from told t)
       and s.discord_server_id = any(${[...guildIds]}::bigint[])
  )
  select t.discord_server_id as guild_id, t.session_id as id, coalesce(t.number, t.session_id::int) as number, t.display_name,
         (t.guess_amount * 100)::float8 as amount, t.guessed_at
    from told t
   where t.status = 'open'
   order by t.discord_server_id, t.guessed_at, t.kick_username`

/** The kind of job that closes a round; its reference is the round's id. */
export const closeJob = 'balance.close'

/** Has a round closed when its time has come. Belongs in the transaction that opens it. */
export const scheduleClose = (db: Db, p: RoundKey & { readonly at: Date }) =>
  scheduleJobs(db, [{ guildId: p.guildId, kind: closeJob, ref: p.id, runAt: p.at }])

/** Guesses and places go to another name of their viewer; of two guesses in one round the later stays. In the transaction of a rename. */
export async function moveGuesses(
  db: Db,
  { guildId, from, to }: { readonly guildId: GuildId; readonly from: Username; readonly to: Username },
): Promise<void> {
  await db`
    with moved as (
      delete from gtb_guesses
       where discord_server_id = ${guildId} and kick_username = ${from}
      returning discord_server_id, session_id, display_name, guess_amount, guessed_at, message_id, confirmed
    )
    insert into gtb_guesses as g (
      discord_server_id, session_id, kick_username, display_name, guess_amount, guessed_at, message_id, confirmed
    )
    select m.discord_server_id, m.session_id, ${to}, m.display_name, m.guess_amount, m.guessed_at, m.message_id, m.confirmed
      from moved m
     order by m.session_id
    on conflict (discord_server_id, session_id, kick_username) do update
       set guess_amount = excluded.guess_amount,
           guessed_at = excluded.guessed_at,
           message_id = excluded.message_id
     where g.guessed_at < excluded.guessed_at`
  await db`
    update gtb_winners
       set kick_username = ${to}
     where discord_server_id = ${guildId} and kick_username = ${from}`
}
