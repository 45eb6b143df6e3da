import type { Table } from './catalogue.ts'

/** What JavaScript's `trim` takes away, as far as a chat or a form can send it. */
const blanks = String.raw`E' \t\n\r\f\v\u00a0'`

/** A Kick name as ours are stored: trimmed, without a leading @, ASCII letters in lower case. */
export const nameIn = (column: string): string => `lower(ltrim(btrim(${column}, ${blanks}), '@') collate "C")`

/** Whether a folded name can be anybody's: Kick's own rule, without the word that stood for a missing name. */
export const isName = (name: string): string => `(${name} ~ '^[a-z0-9_-]{1,40}$' and ${name} <> 'unknown')`

const guildColumns = ['discord_server_id', 'guild_id'] as const

/** Whether rows of this table can say which guild they belong to. */
export const namesGuild = (table: Table): boolean => guildColumns.some((column) => table.columns.has(column))

/** The guild that a row names, as bigint: null when it names none, -1 for a text that is no id. Ids are read as text where they are. */
export function guildNamedIn(table: Table, alias: string): string {
  const named = guildColumns
    .flatMap((name) => table.columns.get(name) ?? [])
    .map((column) => {
      const value = `${alias}.${column.name}`
      if (['bigint', 'integer'].includes(column.type)) return `nullif(${value}::bigint, 0)`
      const text = `btrim(${value}::text, ${blanks})`
      return `case when coalesce(${text}, '') in ('', '0') then null when ${text} ~ '^[0-9]{1,18}$|^[0-8][0-9]{18}$' then ${text}::bigint else -1 end`
    })
  return named.length === 0 ? 'null::bigint' : `coalesce(${[...named, 'null::bigint'].join(', ')})`
}

/** The guild of a row: what it names, else the one that was decided on, else 0. What is not above 0 belongs to nobody. */
export const guildIn = (table: Table, alias: string, guildId: string | null): string =>
  `coalesce(${guildNamedIn(table, alias)}, ${guildId ?? 0}::bigint)`

/** A column as `timestamptz`, null when there is none of these names; the old bot wrote UTC without saying so. */
export function instantIn(table: Table, alias: string, ...names: readonly string[]): string {
  const column = names.flatMap((name) => table.columns.get(name) ?? [])[0]
  switch (column?.type) {
    case 'timestamp with time zone':
      return `${alias}.${column.name}`
    case 'timestamp without time zone':
      return `(${alias}.${column.name} at time zone 'UTC')`
    default:
      return 'null::timestamptz'
  }
}

/** A column as `bigint`; 0 where it is null or missing. */
export const amountIn = (table: Table, alias: string, name: string): string =>
  table.columns.has(name) ? `coalesce(${alias}.${name}, 0)::bigint` : '0::bigint'

/** A column as it is, or what stands for it in a table that has none of this name. */
export const columnIn = (table: Table, alias: string, name: string, otherwise: string): string =>
  table.columns.has(name) ? `${alias}.${name}` : otherwise

/** A Discord id as bigint, from a number or a text; null for anything else. */
export function snowflakeIn(table: Table, alias: string, name: string): string {
  const column = table.columns.get(name)
  if (column === undefined) return 'null::bigint'
  if (column.type === 'bigint') return `${alias}.${name}`
  return `substring(btrim(${alias}.${name}::text) from '^[0-9]{1,18}$|^[0-8][0-9]{18}$')::bigint`
}

const longestName = 60

/** Why a row `r` about a viewer of a guild cannot be one of ours, whatever it says of them; null when it can. */
export const faultOfViewer: string = `case when r.guild <= 0 then 'it names no Discord server'
                when r.name is null or not ${isName('r.name')} then 'no Kick account has this name' end`

/** A name as people see it: what was shown, else as it was written. */
export const shownIn = (table: Table, alias: string): string =>
  `left(ltrim(btrim(coalesce(${columnIn(table, alias, 'display_name', 'null::text')}, ${alias}.kick_username)), '@'), ${longestName})`

/** After rows with ids of their own the next one of ours must be another. */
export const goOn = (to: string, table: string): string =>
  `select setval(pg_get_serial_sequence('${to}.${table}', 'id'), greatest((select max(t.id) from ${to}.${table} t), 1))`
