import { type SettingKey, settings } from '../../../../sql/queries/settings.ts'
import { partOf } from '../../../../sql/queries/transfer/parts.ts'
import type { Column, PartName, Row } from '../../../../sql/queries/transfer.ts'

/** Why one value of a file cannot be taken. Rows are counted from one; in a table they are lines. */
export interface Fault {
  readonly part: PartName | 'table'
  readonly row: number
  readonly field: string
  readonly why: Column | { readonly kind: 'repeated' | 'setting' | 'row' | 'hours' }
}

const largest64 = 9_223_372_036_854_775_807n
/** Far more than anybody has, and so little that sums of them stay within 64 bits. */
export const mostPoints = 1_000_000_000_000_000
const longestJson = 20_000

/** A value as the column takes it; undefined when it may not stand there. */
export function readValue(column: Column, value: unknown): unknown {
  if (value === null || value === undefined) return column.optional ? null : undefined
  switch (column.kind) {
    case 'id':
      return typeof value === 'string' && /^\d{1,19}$/.test(value) && BigInt(value) <= largest64 ? value : undefined
    case 'name': {
      const name = typeof value === 'string' ? value.trim().toLowerCase() : ''
      return /^#?[a-z0-9_-]{1,60}$/.test(name) ? name : undefined
    }
    case 'word':
      return typeof value === 'string' && /^[a-z0-9_]{1,32}$/.test(value) ? value : undefined
    case 'whole64': {
      const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value
      if (typeof text !== 'string' || !/^-?\d{1,16}$/.test(text)) return undefined
      const amount = BigInt(text)
      return amount <= BigInt(mostPoints) && amount >= -BigInt(mostPoints) ? text : undefined
    }
    case 'whole':
      return Number.isInteger(value) && Number(value) >= column.min && Number(value) <= column.max ? value : undefined
    case 'decimal': {
      const text = typeof value === 'number' ? String(value) : value
      if (typeof text !== 'string' || !/^\d{1,10}(\.\d{1,2})?$/.test(text)) return undefined
      return Number(text) >= column.min && Number(text) <= column.max ? text : undefined
    }
    case 'address':
      return typeof value === 'string' && /^https:\/\/[^\0]{1,990}$/.test(value) ? value : undefined
    case 'text':
      return typeof value === 'string' &&
        value.length >= (column.min ?? 0) &&
        value.length <= column.max &&
        !value.includes('\0')
        ? value
        : undefined
    case 'choice':
      return column.values.find((choice) => choice === value)
    case 'switch':
      return typeof value === 'boolean' ? value : undefined
    case 'time': {
      const at = typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) ? Date.parse(value) : Number.NaN
      return Number.isNaN(at) ? undefined : new Date(at).toISOString()
    }
    case 'json': {
      const text = typeof value === 'object' ? JSON.stringify(value) : undefined
      return text !== undefined && text.length <= longestJson && !text.includes('\\u0000') ? value : undefined
    }
  }
}

/** `role_id` is `roleId` in a file. */
export const fieldOf = (column: string): string =>
  column.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

const isObject = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value)

const isSetting = (row: Row): boolean =>
  Object.hasOwn(settings, String(row.key)) && settings[row.key as SettingKey].read(String(row.value)) !== undefined

/** What no item of a shop can be, although each value of it may stand there. */
function contradictions(row: Row): Pick<Fault, 'field' | 'why'>[] {
  const { stock_total: total, stock_left: left, raffle_ticket_amount: tickets, available_from: from, price } = row
  const most = typeof total === 'number' ? total : 0
  const isCounted = (total === null) === (left === null) && (typeof left !== 'number' || left <= most)
  const isTickets = row.item_type === 'raffle_tickets'
  const isTimely = typeof from !== 'string' || typeof row.available_until !== 'string' || from < row.available_until
  return [
    ...(typeof price === 'string' && price.startsWith('-')
      ? [{ field: 'price', why: { kind: 'whole64' } as const }]
      : []),
    ...(isCounted ? [] : [{ field: 'stockLeft', why: { kind: 'whole', min: 0, max: most } as const }]),
    ...(isTickets === Number(tickets) > 0
      ? []
      : [
          {
            field: 'raffleTicketAmount',
            why: { kind: 'whole', min: isTickets ? 1 : 0, max: isTickets ? 1_000_000 : 0 } as const,
          },
        ]),
    ...(isTimely ? [] : [{ field: 'availableUntil', why: { kind: 'time' } as const }]),
  ]
}

/** Reads the rows of a part as they will be written, and names everything that is wrong with them. */
export function checkRows(part: PartName, given: readonly unknown[]): { rows: Row[]; faults: Fault[] } {
  const { columns, key } = partOf(part)
  const faults: Fault[] = []
  const seen = new Set<string>()
  const rows = given.map((value, index): Row => {
    const at = { part, row: index + 1 }
    if (!isObject(value)) {
      faults.push({ ...at, field: '', why: { kind: 'row' } })
      return {}
    }
    const row: Record<string, unknown> = {}
    for (const [name, column] of Object.entries(columns)) {
      const read = readValue(column, value[fieldOf(name)])
      if (read === undefined) faults.push({ ...at, field: fieldOf(name), why: column })
      else row[name] = read
    }
    if (part === 'settings' && typeof row.key === 'string' && typeof row.value === 'string' && !isSetting(row))
      faults.push({ ...at, field: row.key, why: { kind: 'setting' } })
    if (part === 'shop_items') faults.push(...contradictions(row).map((fault) => ({ ...at, ...fault })))
    const identity = JSON.stringify(key.map((name) => row[name]))
    if (seen.has(identity)) faults.push({ ...at, field: key.map(fieldOf).join(', '), why: { kind: 'repeated' } })
    seen.add(identity)
    return row
  })
  return { rows, faults }
}
