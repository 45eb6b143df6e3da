import type { GuildId, UserId } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'
import { type AuditEntry, audit } from './audit.ts'

/** What a setting may be, as far as it can be said: what is offered for it, and what a refusal names. */
export type Shape =
  | { readonly kind: 'whole'; readonly min: number; readonly max: number; readonly unit?: 'seconds' }
  | { readonly kind: 'switch' }
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  | { readonly kind: 'channel' }
  | { readonly kind: 'role' }
  | { readonly kind: 'timezone' }
  | { readonly kind: 'several'; readonly values: readonly string[] }
  | { readonly kind: 'words'; readonly most: number }
  | { readonly kind: 'text'; readonly max: number }

/** One key of `bot_settings`: what it may be and what it is when nobody has said anything. What it does stands in the texts. */
export interface Setting<T> {
  readonly default: T
  readonly shape: Shape
  /** Who may change it: whoever has Manage Server, when absent. */
  readonly by?: 'administrator'
  /** What has to be settled again when it changes. */
  readonly touches?: 'watchtime' | 'points' | 'roles' | 'raffle'
  /** Reads what is stored or typed; undefined when that is not allowed. */
  read(text: string): T | undefined
  /** The stored form, which `read` understands. */
  write(value: T): string
}

const whole = (p: { default: number; min: number; max: number; unit?: 'seconds' }): Setting<number> => ({
  default: p.default,
  shape: { kind: 'whole', min: p.min, max: p.max, ...(p.unit && { unit: p.unit }) },
  read(text) {
    const value = /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : Number.NaN
    return value >= p.min && value <= p.max ? value : undefined
  },
  write: String,
})

/** The legacy bot's words for yes and no, in any case; it stored `True` and `False`. */
const yesOrNo = (p: { default: boolean }): Setting<boolean> => ({
  default: p.default,
  shape: { kind: 'switch' },
  read(text) {
    const word = text.trim().toLowerCase()
    if (['true', '1', 'yes', 'on'].includes(word)) return true
    return ['false', '0', 'no', 'off'].includes(word) ? false : undefined
  },
  write: String,
})

const oneOf = <const T extends string>(p: { default: NoInfer<T>; values: readonly T[] }): Setting<T> => ({
  default: p.default,
  shape: { kind: 'choice', values: p.values },
  read: (text) => p.values.find((value) => value === text.trim().toLowerCase()),
  write: (value) => value,
})

/** A channel of the guild as an id, typed as an id or a mention; null is an explicit "none". */
const channel = (): Setting<string | null> => ({
  default: null,
  shape: { kind: 'channel' },
  read(text) {
    const word = text.trim().toLowerCase()
    if (word === '' || word === 'none') return null
    return /^(?:<#)?(\d{15,20})>?$/.exec(word)?.[1]
  },
  write: (value) => value ?? '',
})

/** A role of the guild as an id, typed as an id or a mention; null is an explicit "none". */
const role = (): Setting<string | null> => ({
  default: null,
  shape: { kind: 'role' },
  read(text) {
    const word = text.trim().toLowerCase()
    if (word === '' || word === 'none') return null
    return /^(?:<@&)?(\d{15,19})>?$/.exec(word)?.[1]
  },
  write: (value) => value ?? '',
})

/** Some of a few words, sorted, separated by commas. */
const several = <const T extends string>(p: { values: readonly T[] }): Setting<readonly T[]> => ({
  default: [],
  shape: { kind: 'several', values: p.values },
  read(text) {
    const given = text
      .toLowerCase()
      .split(',')
      .map((word) => word.trim().replace(/^!/, ''))
    const chosen = [...new Set(given)].filter((word) => word !== '' && word !== 'none').sort()
    const known = p.values.filter((value) => chosen.includes(value)).sort()
    return known.length === chosen.length ? known : undefined
  },
  write: (value) => value.join(','),
})

/** Words of stream chat that no server can give a meaning of its own. */
export const reservedWords = ['link', 'points', 'rank', 'watchtime'] as const

/** A few words that are typed behind an exclamation mark, in the order in which they were given. */
const words = (p: { default: readonly string[]; most: number }): Setting<readonly string[]> => ({
  default: p.default,
  shape: { kind: 'words', most: p.most },
  read(text) {
    const given = text
      .toLowerCase()
      .split(/[\s,]+/)
      .map((word) => word.replace(/^!/, ''))
      .filter((word) => word !== '')
    const chosen = [...new Set(given)]
    const areGood = chosen.every(
      (word) => /^[\p{L}\p{N}_]{1,32}$/u.test(word) && !reservedWords.some((one) => one === word),
    )
    return areGood && chosen.length > 0 && chosen.length <= p.most ? chosen : undefined
  },
  write: (value) => value.join(','),
})

/** One line of words; null is an explicit "none", for which we have words of our own. */
const text = (p: { max: number }): Setting<string | null> => ({
  default: null,
  shape: { kind: 'text', max: p.max },
  read(typed) {
    const line = typed.replace(/[\p{Cc}\s]+/gu, ' ').trim()
    if (line === '' || line.toLowerCase() === 'none') return null
    return [...line].length <= p.max ? line : undefined
  },
  write: (value) => value ?? '',
})

/** What viewers can type in stream chat on every server; each can be switched off. A server's own command of that name goes first. */
export const chatCommands = [
  'clip',
  'current',
  'fair',
  'gtb',
  'link',
  'pf',
  'points',
  'raffle',
  'rank',
  'slot',
  'tickets',
  'watchtime',
] as const
export type ChatCommandName = (typeof chatCommands)[number]

/** The languages that answers are written in: ISO 639-1. */
export const locales = ['en', 'de', 'es', 'fr', 'pt', 'tr'] as const
export type Locale = (typeof locales)[number]

/** An IANA time zone that this Node.js knows. */
const timeZone = (p: { default: string }): Setting<string> => ({
  default: p.default,
  shape: { kind: 'timezone' },
  read(text) {
    const name = text.trim()
    if (name.length > 64 || !/^[A-Za-z]/.test(name)) return undefined
    try {
      return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
    } catch {
      return undefined // the only way to ask whether a name is known
    }
  },
  write: (value) => value,
})

export interface Settings {
  readonly language: Locale
  readonly timezone: string
  readonly chat_commands_off: readonly ChatCommandName[]
  readonly require_link_for_chat: boolean
  readonly forget_after_days: number
  readonly points_per_5min: number
  readonly min_message_length: number
  readonly repeated_message_minutes: number
  readonly daily_cap_minutes: number
  readonly decay_percent: number
  readonly decay_after_days: number
  readonly decay_every_days: number
  readonly decay_floor: number
  readonly active_window_seconds: number
  readonly role_mode: 'stack' | 'highest'
  readonly role_removal: boolean
  readonly role_dm: boolean
  readonly role_announce_channel_id: string | null
  readonly watchtime_roles_enabled: boolean
  readonly admin_channel_id: string | null
  readonly kick_linked_role_id: string | null
  readonly link_log_channel_id: string | null
  readonly season_channel_id: string | null
  readonly rejoin_policy: 'restore' | 'keep' | 'wipe'
  readonly rejoin_wipe_days: number
  readonly giveaway_min_account_age_days: number
  readonly giveaway_min_server_days: number
  readonly raffle_tickets_per_hour: number
  readonly raffle_late_linking: boolean
  readonly raffle_auto_renew: boolean
  readonly raffle_auto_draw: boolean
  readonly raffle_auto_winners: number
  readonly raffle_channel_id: string | null
  readonly raffle_tickets_per_gifted_sub: number
  readonly raffle_tickets_per_sub: number
  readonly gift_thanks_kick: boolean
  readonly gift_channel_id: string | null
  readonly raffle_tickets_per_1000: number
  readonly wager_link_policy: 'from_period_start' | 'from_link'
  readonly wager_role_id: string | null
  readonly raffle_board_channel_id: string | null
  readonly slot_requests_enabled: boolean
  readonly slot_trigger_words: readonly string[]
  readonly slot_max_requests_per_user: number
  readonly slot_request_cooldown_seconds: number
  readonly slot_prevent_duplicates: boolean
  readonly slot_reply_kick_enabled: boolean
  readonly slot_calls_channel_id: string | null
  readonly slot_pick_delay_seconds: number
  readonly raffle_promo_message: string | null
  readonly shop_order_channel_id: string | null
  readonly gtb_channel_id: string | null
}
export type SettingKey = keyof Settings

/** Every setting there is. A key is added here, and what it does in the texts of the room `settings`; the commands follow. */
export const settings: { readonly [Key in SettingKey]: Setting<Settings[Key]> } = {
  language: oneOf({ values: locales, default: 'en' }),
  timezone: timeZone({ default: 'UTC' }),
  chat_commands_off: several({ values: chatCommands }),
  require_link_for_chat: yesOrNo({ default: false }),
  forget_after_days: { ...whole({ default: 90, min: 1, max: 3650 }), by: 'administrator' },
  points_per_5min: { ...whole({ default: 1, min: 0, max: 1000 }), touches: 'points' },
  min_message_length: whole({ default: 0, min: 0, max: 100 }),
  repeated_message_minutes: whole({ default: 0, min: 0, max: 60 }),
  daily_cap_minutes: whole({ default: 0, min: 0, max: 1440 }),
  decay_percent: { ...whole({ default: 0, min: 0, max: 100 }), touches: 'points' },
  decay_after_days: whole({ default: 30, min: 1, max: 365 }),
  decay_every_days: { ...whole({ default: 7, min: 1, max: 365 }), touches: 'points' },
  decay_floor: whole({ default: 0, min: 0, max: 999_999_999 }),
  active_window_seconds: whole({ default: 120, min: 60, max: 600, unit: 'seconds' }),
  role_mode: { ...oneOf({ values: ['stack', 'highest'], default: 'stack' }), touches: 'roles' },
  role_removal: { ...yesOrNo({ default: false }), touches: 'roles', by: 'administrator' },
  role_dm: yesOrNo({ default: true }),
  role_announce_channel_id: channel(),
  watchtime_roles_enabled: { ...yesOrNo({ default: true }), touches: 'roles' },
  admin_channel_id: channel(),
  kick_linked_role_id: { ...role(), touches: 'roles' },
  link_log_channel_id: channel(),
  season_channel_id: channel(),
  rejoin_policy: { ...oneOf({ values: ['restore', 'keep', 'wipe'], default: 'restore' }), by: 'administrator' },
  rejoin_wipe_days: { ...whole({ default: 30, min: 1, max: 365 }), by: 'administrator' },
  giveaway_min_account_age_days: whole({ default: 0, min: 0, max: 3650 }),
  giveaway_min_server_days: whole({ default: 0, min: 0, max: 3650 }),
  raffle_tickets_per_hour: whole({ default: 10, min: 0, max: 10_000 }),
  raffle_late_linking: yesOrNo({ default: true }),
  raffle_auto_renew: yesOrNo({ default: false }),
  raffle_auto_draw: yesOrNo({ default: false }),
  raffle_auto_winners: whole({ default: 1, min: 1, max: 20 }),
  raffle_channel_id: channel(),
  raffle_tickets_per_gifted_sub: whole({ default: 15, min: 0, max: 10_000 }),
  raffle_tickets_per_sub: whole({ default: 0, min: 0, max: 10_000 }),
  gift_thanks_kick: yesOrNo({ default: false }),
  gift_channel_id: channel(),
  raffle_tickets_per_1000: whole({ default: 20, min: 0, max: 10_000 }),
  wager_link_policy: oneOf({ values: ['from_period_start', 'from_link'], default: 'from_period_start' }),
  wager_role_id: { ...role(), touches: 'roles' },
  slot_requests_enabled: yesOrNo({ default: false }),
  slot_trigger_words: words({ default: ['call', 'sr'], most: 5 }),
  slot_max_requests_per_user: whole({ default: 0, min: 0, max: 100 }),
  slot_request_cooldown_seconds: whole({ default: 30, min: 0, max: 86_400, unit: 'seconds' }),
  slot_prevent_duplicates: yesOrNo({ default: false }),
  slot_reply_kick_enabled: yesOrNo({ default: true }),
  slot_calls_channel_id: channel(),
  slot_pick_delay_seconds: whole({ default: 0, min: 0, max: 60, unit: 'seconds' }),
  raffle_board_channel_id: { ...channel(), touches: 'raffle' },
  raffle_promo_message: text({ max: 400 }),
  shop_order_channel_id: channel(),
  gtb_channel_id: channel(),
}

export const settingKeys = Object.keys(settings) as readonly SettingKey[]

/** Reads a stored text; what is absent or not allowed any more is the default, so that one bad row harms one setting. */
function settingOf<Key extends SettingKey>(key: Key, text: string | null): Settings[Key] {
  const setting = settings[key]
  const value = text === null ? undefined : setting.read(text)
  return value === undefined ? setting.default : value
}

/** The settings of many guilds in one statement: guild row over global row over default. */
export async function readSettings<Key extends SettingKey>(
  db: Db,
  guildIds: readonly GuildId[],
  keys: readonly Key[],
): Promise<ReadonlyMap<GuildId, Pick<Settings, Key>>> {
  const rows = await db<{ discordServerId: GuildId; key: Key; value: string | null }[]>`
    select g.discord_server_id, k.key, setting(g.discord_server_id, k.key) as value
      from unnest(${[...guildIds]}::bigint[]) as g (discord_server_id)
     cross join unnest(${[...keys]}::text[]) as k (key)`
  const found = new Map<GuildId, Partial<Record<Key, unknown>>>()
  for (const guildId of guildIds) found.set(guildId, {})
  for (const row of rows) {
    const values = found.get(row.discordServerId)
    if (values !== undefined) values[row.key] = settingOf(row.key, row.value)
  }
  return found as ReadonlyMap<GuildId, Pick<Settings, Key>>
}

/** The same for one guild. */
export async function readSettingsOf<Key extends SettingKey>(
  db: Db,
  guildId: GuildId,
  keys: readonly Key[],
): Promise<Pick<Settings, Key>> {
  const all = await readSettings(db, [guildId], keys)
  const values = all.get(guildId)
  if (values === undefined) throw new Error('a guild is missing from its own settings')
  return values
}

/** Where a value comes from: this guild, everybody's row (guild 0), or nobody said anything. */
export type Origin = 'guild' | 'global' | 'default'

export interface FoundSetting {
  readonly key: SettingKey
  readonly value: Settings[SettingKey]
  readonly origin: Origin
  readonly updatedAt: Date | null
  readonly updatedBy: UserId | null
}

/** Every setting of a guild with where it comes from, in the order of the registry. */
export async function foundSettings(db: Db, guildId: GuildId): Promise<readonly FoundSetting[]> {
  const rows = await db<
    { key: string; value: string; isOwn: boolean; updatedAt: Date | null; updatedBy: UserId | null }[]
  >`
    select distinct on (s.key) s.key, s.value, s.discord_server_id <> 0 as is_own, s.updated_at, s.updated_by
      from bot_settings s
     where s.discord_server_id in (${guildId}::bigint, 0)
     order by s.key, s.discord_server_id = 0`
  const stored = new Map(rows.map((row) => [row.key, row]))
  return settingKeys.map((key) => {
    const row = stored.get(key)
    const isUsable = row !== undefined && settings[key].read(row.value) !== undefined
    return {
      key,
      value: settingOf(key, row?.value ?? null),
      origin: !isUsable ? 'default' : row.isOwn ? 'guild' : 'global',
      updatedAt: row?.updatedAt ?? null,
      updatedBy: row?.updatedBy ?? null,
    }
  })
}

/** Who changes something, and by which way. */
export type Author = Pick<AuditEntry, 'source' | 'actorId'>

/**
 * Stores a value for one guild, who chose it, and that it was changed; gives whether anything changed. Inside a transaction. Safe to
 * repeat: the same value again writes nothing and keeps the earlier author.
 */
export async function writeSetting<Key extends SettingKey>(
  db: Db,
  p: { guildId: GuildId; key: Key; value: Settings[Key]; by: Author },
): Promise<boolean> {
  const setting = settings[p.key]
  const text = setting.write(p.value)
  if (setting.read(text) === undefined) throw new RangeError(`${p.key} cannot be ${text.slice(0, 40)}`)
  const old = await storedText(db, p)
  const rows = await db`
    insert into bot_settings as s (discord_server_id, key, value, updated_by)
    values (${p.guildId}, ${p.key}, ${text}, ${p.by.actorId ?? null})
    on conflict (discord_server_id, key) do update
       set value = excluded.value,
           revision = nextval('bot_settings_revision'),
           updated_at = now(),
           updated_by = excluded.updated_by
     where s.value <> excluded.value
    returning s.revision`
  if (rows.length === 0) return false
  await audit(db, [
    { ...p.by, guildId: p.guildId, action: 'settings.set', subject: p.key, oldValue: old, newValue: text },
  ])
  return true
}

/** Takes a guild's own value away, so that everybody's or the default holds; gives whether there was one. Inside a transaction. */
export async function resetSetting(db: Db, p: { guildId: GuildId; key: SettingKey; by: Author }): Promise<boolean> {
  const old = await storedText(db, p)
  if (old === null) return false
  await db`delete from bot_settings s where s.discord_server_id = ${p.guildId} and s.key = ${p.key}`
  await audit(db, [{ ...p.by, guildId: p.guildId, action: 'settings.reset', subject: p.key, oldValue: old }])
  return true
}

/** What a guild itself has stored, locked until the transaction ends. */
async function storedText(db: Db, p: { guildId: GuildId; key: SettingKey }): Promise<string | null> {
  const [row] = await db<{ value: string }[]>`
    select s.value
      from bot_settings s
     where s.discord_server_id = ${p.guildId} and s.key = ${p.key}
       for update`
  return row?.value ?? null
}
