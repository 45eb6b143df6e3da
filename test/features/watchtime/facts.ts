import type { GuildId } from '../../../cluster/runtime/ids.ts'
import type { Sql } from '../../../sql/client.ts'
import { type Board, type BoardRow, boardPage } from '../../../sql/queries/board.ts'

/** A minute that somebody was there in, by its end: minutes since 1970. */
export interface Minute {
  readonly username: string
  readonly end: number
  readonly isCredited: boolean
}

const minuteMs = 60_000
export const minuteAt = (text: string): number => Date.parse(text) / minuteMs

/** A generator that gives the same numbers for the same seed, from 0 up to 1. */
export function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}

/** Lays these minutes down as presence, as if they had been settled. */
export async function layMinutes(sql: Sql, guildId: GuildId, minutes: readonly Minute[]): Promise<void> {
  const rows = new Map<string, { hour: number; username: string; present: bigint; paid: bigint }>()
  for (const { username, end, isCredited } of minutes) {
    const hour = Math.floor(end / 60)
    const row = rows.get(`${hour}:${username}`) ?? { hour, username, present: 0n, paid: 0n }
    const bit = 1n << BigInt(end % 60)
    row.present |= bit
    if (isCredited) row.paid |= bit
    rows.set(`${hour}:${username}`, row)
  }
  const all = [...rows.values()]
  await sql`
    insert into presence (discord_server_id, hour, username, present, paid)
    select ${guildId}::bigint, r.hour, r.username, r.present, r.paid
      from unnest(
             ${all.map((row) => row.hour)}::int[],
             ${all.map((row) => row.username)}::text[],
             ${all.map((row) => String(row.present))}::bigint[],
             ${all.map((row) => String(row.paid))}::bigint[]
           ) as r (hour, username, present, paid)`
}

/** A stream that was live from one minute up to the end of another; to now without one. */
export const layStream = (sql: Sql, guildId: GuildId, first: number, last?: number) => sql`
  insert into stream_session (discord_server_id, started_at, ended_at, changed_at)
  values (
    ${guildId}, to_timestamp(${first * 60}), ${last === undefined ? null : sql`to_timestamp(${(last + 1) * 60})`}, now()
  )`

/** What a board should say: credited minutes that a test of their beginning lets pass, most first, then by name. */
export function counted(minutes: readonly Minute[], isWithin: (beginsAt: number) => boolean): [string, number][] {
  const sums = new Map<string, number>()
  for (const { username, end, isCredited } of minutes)
    if (isCredited && isWithin((end - 1) * minuteMs)) sums.set(username, (sums.get(username) ?? 0) + 1)
  return [...sums].sort(([a, most], [b, more]) => more - most || (a < b ? -1 : 1))
}

/** The day that a clock on the wall shows at an instant. */
export const wallDay = (ms: number, timeZone: string): string => new Date(ms).toLocaleDateString('sv-SE', { timeZone })

/** Every row of a board, page by page. */
export async function wholeBoard(sql: Sql, guildId: GuildId, board: Board): Promise<readonly BoardRow[]> {
  const first = await boardPage(sql, { guildId, board, page: 1 })
  const rows = [...first.rows]
  for (let page = 2; page <= first.pages; page++) rows.push(...(await boardPage(sql, { guildId, board, page })).rows)
  return rows
}

/** The same as names and amounts, whose ranks count from 1 without a gap. */
export async function amountsOn(sql: Sql, guildId: GuildId, board: Board): Promise<[string, number][]> {
  const rows = await wholeBoard(sql, guildId, board)
  if (rows.some((row, i) => row.rank !== i + 1)) throw new Error(`ranks with gaps: ${rows.map((row) => row.rank)}`)
  return rows.map(({ displayName, amount }) => [displayName, Number(amount)])
}
