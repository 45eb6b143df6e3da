import type { GuildId, UserId } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

/** One key of `bot_settings`: what it may be and what it is when nobody has said anything. */
export interface Setting<T> {
  readonly default: T
  /** What it does, in one sentence for admins. */
  readonly help: string
  /** Ends the sentence "it must be …". */
  readonly allowed: string
  /** What has to be settled again when it changes. */
  readonly touches?: 'watchtime' | 'points' | 'roles'
  /** Reads what is stored or typed; undefined when that is not allowed. */
  read(text: string): T | undefined
  /** The stored form, which `read` understands. */
  write(value: T): string
}

const whole = (p: { default: number; min: number; max: number; help: string; unit?: string }): Setting<number> => ({
  default: p.default,
  help: p.help,
  allowed: `a whole number from ${p.min} to ${p.max}${p.unit === undefined ? '' : ` (${p.unit})`}`,
  read(text) {
    const value = /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : Number.NaN
    return value >= p.min && value <= p.max ? value : undefined
  },
  write: String,
})

/** The legacy bot's words for yes and no, in any case; it stored `True` and `False`. */
const yesOrNo = (p: { default: boolean; help: string }): Setting<boolean> => ({
  default: p.default,
  help: p.help,
  allowed: '`on` or `off`',
  read(text) {
    const word = text.trim().toLowerCase()
    if (['true', '1', 'yes', 'on'].includes(word)) return true
    return ['false', '0', 'no', 'off'].includes(word) ? false : undefined
  },
  write: String,
})

const oneOf = <const T extends string>(p: { default: NoInfer<T>; values: readonly T[]; help: string }): Setting<T> => ({
  default: p.default,
  help: p.help,
  allowed: `one of ${p.values.map((value) => `\`${value}\``).join(', ')}`,
  read: (text) => p.values.find((value) => value === text.trim().toLowerCase()),
  write: (value) => value,
})

/** A channel of the guild as an id, typed as an id or a mention; null is an explicit "none". */
const channel = (p: { help: string }): Setting<string | null> => ({
  default: null,
  help: p.help,
  allowed: 'a channel such as `#mods`, or `none`',
  read(text) {
    const word = text.trim().toLowerCase()
    if (word === '' || word === 'none') return null
    return /^(?:<#)?(\d{15,20})>?$/.exec(word)?.[1]
  },
  write: (value) => value ?? '',
})

export const maxIgnoredNames = 200
/** Kick's own rule for user names, folded to lower case. */
const kickName = /^[a-z0-9_-]{1,40}$/

/** Kick names folded to lower case, sorted, separated by commas (which no Kick name has), so that SQL can split it. */
const names = (p: { help: string; max: number }): Setting<readonly string[]> => ({
  default: [],
  help: p.help,
  allowed: `at most ${p.max} Kick names separated by commas`,
  read(text) {
    const given = text.split(',').map((name) => name.trim().replace(/^@/, '').toLowerCase())
    const unique = [...new Set(given)].filter((name) => name !== '').sort()
    return unique.length <= p.max && unique.every((name) => kickName.test(name)) ? unique : undefined
  },
  write: (value) => value.join(','),
})

/** The languages that answers are written in: ISO 639-1. */
export const locales = ['en', 'de', 'es', 'fr', 'pt', 'tr'] as const
export type Locale = (typeof locales)[number]

/** An IANA time zone that this Node.js knows. */
const timeZone = (p: { default: string; help: string }): Setting<string> => ({
  default: p.default,
  help: p.help,
  allowed: 'a time zone such as `Europe/Berlin` or `UTC`',
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
  readonly points_per_5min: number
  readonly active_window_seconds: number
  readonly ignored_names: readonly string[]
  readonly role_mode: 'stack' | 'highest'
  readonly role_removal: boolean
  readonly role_dm: boolean
  readonly watchtime_roles_enabled: boolean
  readonly admin_channel_id: string | null
}
export type SettingKey = keyof Settings

/** Every setting there is. A key is added here and nowhere else; the commands that show and change it follow. */
export const settings: { readonly [Key in SettingKey]: Setting<Settings[Key]> } = {
  language: oneOf({
    values: locales,
    default: 'en',
    help: 'The language of what everybody reads: chat answers, panels, alerts.',
  }),
  timezone: timeZone({ default: 'UTC', help: 'Where days and weeks begin, for boards, streaks and happy hours.' }),
  points_per_5min: {
    ...whole({ default: 1, min: 0, max: 1000, help: 'Points for five watched minutes; 0 pauses points.' }),
    touches: 'points',
  },
  active_window_seconds: whole({
    default: 120,
    min: 60,
    max: 600,
    unit: 'seconds',
    help: 'How long one chat message counts as watching.',
  }),
  ignored_names: {
    ...names({ max: maxIgnoredNames, help: 'Kick names that earn nothing, such as chat bots.' }),
    touches: 'watchtime',
  },
  role_mode: {
    ...oneOf({
      values: ['stack', 'highest'],
      default: 'stack',
      help: 'Whether members keep every role they reached (stack) or have only the highest.',
    }),
    touches: 'roles',
  },
  role_removal: {
    ...yesOrNo({ default: false, help: 'Whether the bot takes a role away from members who may no longer have it.' }),
    touches: 'roles',
  },
  role_dm: yesOrNo({ default: true, help: 'Whether members get a direct message about a new role.' }),
  watchtime_roles_enabled: {
    ...yesOrNo({ default: true, help: 'Whether the bot gives roles for watch time at all.' }),
    touches: 'roles',
  },
  admin_channel_id: channel({ help: 'Where the bot tells admins what it cannot do.' }),
}

export const settingKeys = Object.keys(settings) as readonly SettingKey[]

/** Says that a setting has changed, with `{ guildId, key }`; may be lost. */
export const settingsChanged = 'hint.settings'

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

/**
 * Stores a value for one guild, and who chose it; gives whether anything changed. Safe to repeat: the same value again
 * writes nothing and keeps the earlier author.
 */
export async function writeSetting<Key extends SettingKey>(
  db: Db,
  p: { guildId: GuildId; key: Key; value: Settings[Key]; userId: UserId },
): Promise<boolean> {
  const setting = settings[p.key]
  const text = setting.write(p.value)
  if (setting.read(text) === undefined) throw new RangeError(`${p.key} must be ${setting.allowed}`)
  const rows = await db`
    insert into bot_settings as s (discord_server_id, key, value, updated_by)
    values (${p.guildId}, ${p.key}, ${text}, ${p.userId})
    on conflict (discord_server_id, key) do update
       set value = excluded.value,
           revision = nextval('bot_settings_revision'),
           updated_at = now(),
           updated_by = excluded.updated_by
     where s.value <> excluded.value
    returning s.revision`
  return rows.length > 0
}

/**
 * Changes a setting that grows out of its old value, such as a list, while two admins may do so at once. Inside a
 * transaction: until it ends, whoever else changes a setting of this guild in this way waits.
 */
export async function changeSetting<Key extends SettingKey>(
  db: Db,
  p: { guildId: GuildId; key: Key; userId: UserId },
  change: (old: Settings[Key]) => Settings[Key],
): Promise<boolean> {
  await db`select pg_advisory_xact_lock(hashtextextended('bot_settings', ${p.guildId}))`
  const old: Pick<Settings, Key> = await readSettingsOf(db, p.guildId, [p.key])
  return writeSetting(db, { ...p, value: change(old[p.key]) })
}
