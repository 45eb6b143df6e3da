import { z } from 'zod'
import { type SettingKey, settings } from '../../../../sql/queries/settings.ts'
import { partOf } from '../../../../sql/queries/transfer/parts.ts'
import { type PartName, partNames, type Row } from '../../../../sql/queries/transfer.ts'
import { checkRows, type Fault } from './check.ts'

export const formatVersion = 1

/** What `/server export` writes; numbers that may not fit into a float are strings. */
export const fileShape = z.object({
  format: z.literal('belfry'),
  version: z.number().int().min(1),
  server: z.string().regex(/^\d{1,20}$/),
  exportedAt: z.string(),
  parts: z.record(z.string(), z.array(z.unknown())),
})

/** Minutes and points of a viewer; what is null is not spoken of. */
export interface Total {
  readonly username: string
  readonly minutes: number | null
  readonly points: string | null
  readonly discord_id: string | null
}

/** What a checked file brings in. */
export interface Content {
  readonly rows: Readonly<Partial<Record<PartName, readonly Row[]>>>
  readonly totals: readonly Total[]
  /** Tiers that are known by the names of their roles only. */
  readonly tiersByName: readonly Row[]
  /** Parts that name roles or channels of another server. */
  readonly leftOut: readonly PartName[]
  /** Items of the shop that ask for a role of another server, and are switched off for that. */
  readonly itemsOff: number
}

export type Read =
  | { readonly kind: 'read'; readonly content: Content }
  | { readonly kind: 'faulty'; readonly faults: readonly Fault[] }
  | { readonly kind: 'unreadable' | 'newer' | 'empty' }

const namesChannel = (row: Row): boolean => settings[row.key as SettingKey]?.shape.kind === 'channel'

/** Reads a file of `/server export` for this server; every wrong row is named, not only the first. */
export function readFile(text: string, server: string): Read {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return { kind: 'unreadable' }
  }
  const file = fileShape.safeParse(json).data
  if (file === undefined) return { kind: 'unreadable' }
  if (file.version > formatVersion || Object.keys(file.parts).some((name) => !partNames.includes(name as PartName)))
    return { kind: 'newer' }
  const isOther = file.server !== server
  const faults: Fault[] = []
  const all: Partial<Record<PartName, readonly Row[]>> = {}
  for (const name of partNames) {
    const given = file.parts[name]
    if (given === undefined) continue
    const checked = checkRows(name, given)
    faults.push(...checked.faults)
    all[name] = checked.rows
  }
  if (faults.length > 0) return { kind: 'faulty', faults }
  const totals = totalsOf(all)
  const leftOut = isOther ? partNames.filter((name) => partOf(name).isLocal && (all[name]?.length ?? 0) > 0) : []
  const tiersByName = isOther ? (all.tiers ?? []) : []
  const rows = Object.fromEntries(
    Object.entries(all)
      .filter(([name]) => !(isOther && partOf(name as PartName).isLocal))
      .map(([name, some]) => [name, isOther ? elsewhere(name as PartName, some) : some]),
  )
  const itemsOff = isOther ? (all.shop_items ?? []).filter((row) => row.required_role_id !== null).length : 0
  if (tiersByName.length === 0 && Object.values(rows).every((some) => some.length === 0)) return { kind: 'empty' }
  return { kind: 'read', content: { rows, totals, tiersByName, leftOut, itemsOff } }
}

/** What is left of rows on another server, which has other channels and roles: nobody may buy there what only some could. */
function elsewhere(name: PartName, rows: readonly Row[]): readonly Row[] {
  if (name === 'settings') return rows.filter((row) => !namesChannel(row))
  if (name !== 'shop_items') return rows
  return rows.map((row) => (row.required_role_id === null ? row : { ...row, required_role_id: null, is_active: false }))
}

/** The channel that a row has the bot write into, where it names one. */
function channelOf(name: PartName, row: Row): string | undefined {
  if (name === 'alerts') return String(row.channel_id)
  if (name !== 'settings' || !namesChannel(row)) return undefined
  const id = settings[row.key as SettingKey].read(String(row.value))
  return typeof id === 'string' ? id : undefined
}

const placed = ['settings', 'alerts'] as const satisfies readonly PartName[]

/** Whether a file names channels at all. */
export const namesChannels = ({ rows }: Content): boolean =>
  placed.some((name) => rows[name]?.some((row) => channelOf(name, row) !== undefined))

/** The same without what names a channel that is none of these. */
export function withinChannels(content: Content, own: ReadonlySet<string>): Content {
  const isOwn = (name: PartName) => (row: Row) =>
    own.has(channelOf(name, row) ?? '') || channelOf(name, row) === undefined
  const { rows, leftOut } = content
  const gone = placed.filter((name) => rows[name]?.some((row) => !isOwn(name)(row)))
  const kept = Object.fromEntries(gone.map((name) => [name, rows[name]?.filter(isOwn(name))]))
  return { ...content, rows: { ...rows, ...kept }, leftOut: [...leftOut, ...gone] }
}

function totalsOf(all: Readonly<Partial<Record<PartName, readonly Row[]>>>): Total[] {
  const totals = new Map<string, Total>()
  for (const row of all.watchtime ?? []) {
    const username = String(row.username)
    totals.set(username, { username, minutes: Number(row.minutes), points: null, discord_id: null })
  }
  for (const row of all.points ?? []) {
    const username = String(row.kick_username)
    const discordId = row.discord_id === null ? null : String(row.discord_id)
    const minutes = totals.get(username)?.minutes ?? null
    totals.set(username, { username, minutes, points: String(row.points), discord_id: discordId })
  }
  return [...totals.values()]
}
