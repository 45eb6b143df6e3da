import { type Fault, mostPoints, readValue } from './check.ts'
import { readTable, type Table } from './csv.ts'
import type { Content, Total } from './file.ts'

export const roles = ['name', 'time', 'points', 'discord_id'] as const
/** What a column of a table of another bot is about. */
export type Role = (typeof roles)[number]
export type Unit = 'minutes' | 'hours'

/** What an admin says about a table; whatever is absent is guessed from its headings. */
export interface Chosen {
  readonly columns: Readonly<Partial<Record<Role, string>>>
  readonly unit?: Unit
}

export interface Mapping {
  /** By role, the number of its column. */
  readonly columns: Readonly<Partial<Record<Role, number>>>
  readonly unit: Unit
}

const usual: Record<Role, RegExp> = {
  name: /^(name|user|username|viewer|kick|kickname|kickusername|kickuser|member|displayname)$/,
  time: /^(minutes|mins|hours|hrs|watchtime|watchtimeminutes|watchtimehours|watchtimemins|minuteswatched|hourswatched|time)$/,
  points: /^(points|balance|coins|currency|score)$/,
  discord_id: /^(discord|discordid|discorduserid|discorduser)$/,
}
const plainly = (heading: string): string => heading.toLowerCase().replace(/[^a-z0-9]/g, '')

export type Mapped =
  | { readonly kind: 'mapped'; readonly mapping: Mapping }
  | { readonly kind: 'missing'; readonly role: Role; readonly asked?: string }

/** Finds the columns: as the admin says, else by the usual headings. A name is needed, and time or points. */
export function mapColumns(table: Table, chosen: Chosen): Mapped {
  const columns: Partial<Record<Role, number>> = {}
  for (const role of roles) {
    const asked = chosen.columns[role]
    const index = table.headings.findIndex((heading) =>
      asked === undefined ? usual[role].test(plainly(heading)) : plainly(heading) === plainly(asked),
    )
    if (index >= 0) columns[role] = index
    else if (asked !== undefined) return { kind: 'missing', role, asked }
  }
  if (columns.name === undefined) return { kind: 'missing', role: 'name' }
  if (columns.time === undefined && columns.points === undefined) return { kind: 'missing', role: 'time' }
  const heading = columns.time === undefined ? '' : plainly(table.headings[columns.time] ?? '')
  return { kind: 'mapped', mapping: { columns, unit: chosen.unit ?? (/hour|hrs/.test(heading) ? 'hours' : 'minutes') } }
}

const mostMinutes = 100_000_000

/** Whole minutes of a cell; undefined when it is none. */
function minutesOf(cell: string, unit: Unit): number | undefined {
  if (unit === 'minutes') return /^\d{1,9}$/.test(cell) && Number(cell) <= mostMinutes ? Number(cell) : undefined
  const hours = /^\d{1,7}([.,]\d{1,6})?$/.test(cell) ? Number(cell.replace(',', '.')) : Number.NaN
  return hours * 60 <= mostMinutes ? Math.round(hours * 60) : undefined
}

export type ReadTotals =
  | { readonly kind: 'read'; readonly content: Content; readonly mapping: Mapping; readonly table: Table }
  | { readonly kind: 'faulty'; readonly faults: readonly Fault[] }
  | { readonly kind: 'no_column'; readonly role: Role; readonly asked?: string; readonly headings: readonly string[] }
  | { readonly kind: 'empty' }

/** Reads a table of another bot. A member's id also links them to the name, unless one of both is linked here already. */
export function readTotals(text: string, chosen: Chosen, now: number): ReadTotals {
  const table = readTable(text)
  if (table.rows.length === 0) return { kind: 'empty' }
  const mapped = mapColumns(table, chosen)
  if (mapped.kind === 'missing') return { ...mapped, kind: 'no_column', headings: table.headings }
  const { columns, unit } = mapped.mapping
  const faults: Fault[] = []
  const totals: Total[] = []
  const seen = new Set<string>()
  for (const { line, cells } of table.rows) {
    const at = { part: 'table', row: line } as const
    const cellOf = (role: Role): string => (columns[role] === undefined ? '' : (cells[columns[role]] ?? ''))
    const fault = (role: Role, why: Fault['why']) => {
      faults.push({ ...at, field: table.headings[columns[role] ?? 0] ?? role, why })
    }
    const name = { kind: 'name' } as const
    const username = readValue(name, cellOf('name').replace(/^['@]+/, ''))
    if (username === undefined) fault('name', name)
    const time = cellOf('time')
    const minutes = time === '' ? null : minutesOf(time, unit)
    if (minutes === undefined)
      fault('time', unit === 'hours' ? { kind: 'hours' } : { kind: 'whole', min: 0, max: mostMinutes })
    const amount = cellOf('points')
    // Nobody comes here with less than nothing: only an admin can decide that, by name.
    const points = amount === '' ? null : amount.startsWith('-') ? undefined : readValue({ kind: 'whole64' }, amount)
    if (points === undefined) fault('points', { kind: 'whole', min: 0, max: mostPoints })
    const id = { kind: 'id' } as const
    const discordId = cellOf('discord_id') === '' ? null : readValue(id, cellOf('discord_id'))
    if (discordId === undefined) fault('discord_id', id)
    if (typeof username === 'string') {
      if (seen.has(username)) fault('name', { kind: 'repeated' })
      seen.add(username)
      totals.push({
        username,
        minutes: minutes ?? null,
        points: typeof points === 'string' ? points : null,
        discord_id: typeof discordId === 'string' ? discordId : null,
      })
    }
  }
  if (faults.length > 0) return { kind: 'faulty', faults }
  const linkedAt = new Date(now).toISOString()
  const links = totals
    .filter((total) => total.discord_id !== null)
    .map((total) => ({
      discord_id: total.discord_id,
      kick_user_id: null,
      kick_name: total.username,
      linked_at: linkedAt,
    }))
  const rows = links.length === 0 ? {} : { links }
  return {
    kind: 'read',
    content: { rows, totals, tiersByName: [], leftOut: [], itemsOff: 0 },
    mapping: mapped.mapping,
    table,
  }
}
