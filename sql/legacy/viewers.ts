import type { Db } from '../client.ts'
import type { Table } from './catalogue.ts'
import { type Move, send } from './context.ts'
import { amountIn, guildIn, instantIn, isName, nameIn, snowflakeIn } from './rows.ts'
import type { ViewerSource } from './shape.ts'

/**
 * Everything the old bot knew of one viewer, summed over all spellings of the name: what every row of ours is derived from. Sums can be
 * brought up to date by differences, whoever writes to the old tables meanwhile.
 */
export const viewerTable = `
  create table legacy.viewer (
    discord_server_id bigint not null,
    username text not null,
    watch_rows bigint not null,
    minutes bigint not null,
    last_active timestamptz,
    point_rows bigint not null,
    points bigint not null,
    total_earned bigint not null,
    total_spent bigint not null,
    discord_id bigint,
    last_updated timestamptz,
    conversion_rows bigint not null,
    minutes_converted bigint not null,
    points_awarded bigint not null,
    converted_at timestamptz,
    is_ours boolean not null generated always as (discord_server_id > 0 and ${isName('username')}) stored,
    primary key (discord_server_id, username)
  ) with (fillfactor = 70)`

const viewerColumns = `discord_server_id, username, watch_rows, minutes, last_active, point_rows, points, total_earned, total_spent,
  discord_id, last_updated, conversion_rows, minutes_converted, points_awarded, converted_at`

export const noteColumns = 'source, discord_server_id, username, row_count, first, second, third, discord_id, at'

/** A change of an old row, as a difference; append only, so that whoever writes there never waits for us. */
export const noteTable = `
  create table legacy.note (
    source text not null,
    discord_server_id bigint,
    username text,
    row_count bigint,
    first bigint,
    second bigint,
    third bigint,
    discord_id bigint,
    at timestamptz
  )`

interface Reading {
  /** Expressions for the columns of `legacy.note`, over a row that goes by `alias`. */
  readonly name: string
  readonly amounts: readonly [string, string, string]
  readonly discordId: string
  readonly at: string
}

function readingOf(source: ViewerSource, table: Table, alias: string): Reading {
  switch (source) {
    case 'watchtime':
      return {
        name: nameIn(`${alias}.username`),
        amounts: [amountIn(table, alias, 'minutes'), '0', '0'],
        discordId: 'null::bigint',
        at: instantIn(table, alias, 'last_active', 'last_updated'),
      }
    case 'user_points':
      return {
        name: nameIn(`${alias}.kick_username`),
        amounts: [
          amountIn(table, alias, 'points'),
          amountIn(table, alias, 'total_earned'),
          amountIn(table, alias, 'total_spent'),
        ],
        discordId: snowflakeIn(table, alias, 'discord_id'),
        at: instantIn(table, alias, 'last_updated'),
      }
    case 'points_watchtime_converted':
      return {
        name: nameIn(`${alias}.kick_username`),
        amounts: [amountIn(table, alias, 'minutes_converted'), amountIn(table, alias, 'points_awarded'), '0'],
        discordId: 'null::bigint',
        at: instantIn(table, alias, 'converted_at'),
      }
  }
}

/** The values of a note about one row; `sign` is -1 for a row that is going. */
export function noteValues(
  source: ViewerSource,
  table: Table,
  alias: string,
  guildId: string | null,
  sign: 1 | -1,
): string {
  const row = readingOf(source, table, alias)
  const amounts = row.amounts.map((amount) => `${sign} * ${amount}`)
  return [`'${source}'`, guildIn(table, alias, guildId), row.name, sign, ...amounts, row.discordId, row.at].join(', ')
}

/** Sums up rows of the form of `legacy.note`, one for each viewer. */
const summedUp = (rows: string): string => {
  const sum = (column: string, source: ViewerSource) =>
    `coalesce(sum(${column}) filter (where source = '${source}'), 0)::bigint`
  const last = (column: string, source: ViewerSource) => `max(${column}) filter (where source = '${source}')`
  const [watchtime, points, converted] = ['watchtime', 'user_points', 'points_watchtime_converted'] as const
  return `
    select discord_server_id, username,
           ${sum('row_count', watchtime)} as watch_rows, ${sum('first', watchtime)} as minutes, ${last('at', watchtime)} as last_active,
           ${sum('row_count', points)} as point_rows, ${sum('first', points)} as points,
           ${sum('second', points)} as total_earned, ${sum('third', points)} as total_spent,
           ${last('discord_id', points)} as discord_id, ${last('at', points)} as last_updated,
           ${sum('row_count', converted)} as conversion_rows, ${sum('first', converted)} as minutes_converted,
           ${sum('second', converted)} as points_awarded, ${last('at', converted)} as converted_at
      from (${rows}) r
     group by discord_server_id, username`
}

/** All viewers as the old tables have them now, with the columns of `legacy.viewer`. */
export function viewersNow({ from, tables, plan }: Move): string {
  const parts = (['watchtime', 'user_points', 'points_watchtime_converted'] as const).flatMap((source) => {
    const table = tables.get(source)
    if (table === undefined) return []
    const row = readingOf(source, table, 't')
    return `
      select '${source}' as source, ${guildIn(table, 't', plan.guildId)} as discord_server_id, ${row.name} as username,
             count(*) as row_count, sum(${row.amounts[0]}) as first, sum(${row.amounts[1]}) as second, sum(${row.amounts[2]}) as third,
             max(${row.discordId}) as discord_id, max(${row.at}) as at
        from ${from}.${source} t
       where ${nameColumn[source]} is not null
       group by 2, 3`
  })
  return parts.length === 0 ? summedUp(noRows) : summedUp(parts.join(' union all '))
}

export const nameColumn: Readonly<Record<ViewerSource, string>> = {
  watchtime: 't.username',
  user_points: 't.kick_username',
  points_watchtime_converted: 't.kick_username',
}

const noRows = `
  select ''::text as source, 0::bigint as discord_server_id, ''::text as username, 0 as row_count, 0 as first, 0 as second, 0 as third,
         null::bigint as discord_id, null::timestamptz as at
   where false`

/**
 * Folds the old tables into `legacy.viewer`, in a transaction of level "repeatable read": the notes that it sees are about changes
 * that it sees, so they go; the others stay.
 */
export async function foldViewers(db: Db, move: Move): Promise<void> {
  await db`delete from legacy.note where source = any('{watchtime,user_points,points_watchtime_converted}'::text[])`
  await db`delete from legacy.viewer`
  await send(db, `insert into legacy.viewer (${viewerColumns}) ${viewersNow(move)}`)
}

/** Viewers whose rows are to be derived again; all of them when absent. */
export interface ChangedViewers {
  readonly guildIds: string[]
  readonly usernames: string[]
}

/** Adds up what was noted since, and gives whose sums have changed. The notes go in the same statement. */
export async function takeNotes(db: Db): Promise<ChangedViewers> {
  const sums = ['watch_rows', 'minutes', 'point_rows', 'points', 'total_earned', 'total_spent', 'conversion_rows']
  const added = [...sums, 'minutes_converted', 'points_awarded'].map(
    (column) => `${column} = v.${column} + excluded.${column}`,
  )
  const newest = ['last_active', 'last_updated', 'converted_at'].map(
    (column) => `${column} = greatest(v.${column}, excluded.${column})`,
  )
  const rows = await send<{ discord_server_id: string; username: string }>(
    db,
    `with taken as (
       delete from legacy.note
        where source = any('{watchtime,user_points,points_watchtime_converted}'::text[]) and username is not null
       returning ${noteColumns}
     )
     insert into legacy.viewer as v (${viewerColumns})
     ${summedUp(`select ${noteColumns} from taken`)}
     order by discord_server_id, username
     on conflict (discord_server_id, username) do update
        set ${[...added, ...newest].join(', ')}, discord_id = coalesce(excluded.discord_id, v.discord_id)
     returning discord_server_id::text, username`,
  )
  return { guildIds: rows.map((row) => row.discord_server_id), usernames: rows.map((row) => row.username) }
}

/** The mark that says how many minutes have become points: never more than there are. */
const mark = 'least(greatest(v.minutes_converted, 0), least(greatest(v.minutes, 0), 2147483647))'

/**
 * Writes our rows of these viewers, or of all: minutes, balance, mark, and in the ledger what makes the balance the sum of its
 * entries and the points for watch time. Safe to repeat.
 */
export async function deriveViewers(db: Db, { to }: Move, changed?: ChangedViewers): Promise<void> {
  if (changed !== undefined && changed.usernames.length === 0) return
  const values = changed === undefined ? [] : [changed.guildIds, changed.usernames]
  const viewer =
    changed === undefined
      ? `legacy.viewer v`
      : `legacy.viewer v join unnest($1::text[]::bigint[], $2::text[]) as c (discord_server_id, username)
           on c.discord_server_id = v.discord_server_id and c.username = v.username`
  const write = (table: string, name: string, columns: Readonly<Record<string, string>>, where: string) => {
    const names = Object.keys(columns)
    return send(
      db,
      `insert into ${to}.${table} as t (discord_server_id, ${name}, ${names.join(', ')})
       select v.discord_server_id, v.username, ${Object.values(columns).join(', ')}
         from ${viewer}
        where v.is_ours and ${where}
        order by v.discord_server_id, v.username
       on conflict (discord_server_id, ${name}) do update
          set ${names.map((column) => `${column} = excluded.${column}`).join(', ')}
        where (${names.map((column) => `t.${column}`).join(', ')}) is distinct from (${names.map((column) => `excluded.${column}`).join(', ')})`,
      values,
    )
  }
  const hasPoints = '(v.point_rows > 0 or v.conversion_rows > 0)'
  if (changed !== undefined) await removeGone(db, to, viewer, values)
  await write(
    'watchtime',
    'username',
    { minutes: 'least(greatest(v.minutes, 0), 2147483647)::int', last_active: 'v.last_active' },
    'v.watch_rows > 0',
  )
  await write(
    'points_watchtime_converted',
    'kick_username',
    {
      minutes_converted: `${mark}::int`,
      points_awarded: 'v.points_awarded',
      converted_at: 'coalesce(v.converted_at, now())',
    },
    'v.conversion_rows > 0',
  )
  await write(
    'user_points',
    'kick_username',
    {
      discord_id: 'v.discord_id',
      points: 'v.points',
      total_earned: 'v.total_earned',
      total_spent: 'v.total_spent',
      last_updated: 'coalesce(v.last_updated, v.converted_at, now())',
    },
    hasPoints,
  )
  await send(
    db,
    `insert into ${to}.point_ledger as t (discord_server_id, kick_username, delta, kind, source_ref)
     select v.discord_server_id, v.username, v.points - v.points_awarded, 'import', 'legacy:' || v.username
       from ${viewer}
      where v.is_ours and ${hasPoints}
      order by v.discord_server_id, v.username
     on conflict (discord_server_id, source_ref) do update set delta = excluded.delta where t.delta <> excluded.delta`,
    values,
  )
}

/** Takes rows away whose old rows were taken away. */
async function removeGone(db: Db, to: string, viewer: string, values: string[][]): Promise<void> {
  const remove = (table: string, key: string, where: string) =>
    send(
      db,
      `delete from ${to}.${table} t
        using (select v.discord_server_id, v.username, v.watch_rows, v.point_rows, v.conversion_rows from ${viewer}) v
        where t.discord_server_id = v.discord_server_id and ${key} and ${where}`,
      values,
    )
  const hasNone = 'v.point_rows <= 0 and v.conversion_rows <= 0'
  await remove('watchtime', 't.username = v.username', 'v.watch_rows <= 0')
  await remove('points_watchtime_converted', 't.kick_username = v.username', 'v.conversion_rows <= 0')
  await remove('user_points', 't.kick_username = v.username', hasNone)
  await remove('point_ledger', `t.source_ref = 'legacy:' || v.username`, hasNone)
}
