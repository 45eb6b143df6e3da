import type { Db } from '../client.ts'
import { type SettingKey, settings } from '../queries/settings.ts'
import { alertPart, bringAlerts, type OldAlert, translateAlert } from './alerts.ts'
import type { Table } from './catalogue.ts'
import { type Move, type Outcome, send } from './context.ts'
import { columnIn, guildIn, guildNamedIn, instantIn, namesGuild } from './rows.ts'

/** One row of an old settings table. `guildId` is 0 for what holds everywhere, null when nobody can say whose it is. */
export interface OldSetting {
  readonly table: 'bot_settings' | 'point_settings' | 'link_logs_config'
  readonly guildId: string | null
  readonly key: string
  readonly value: string
}

/** Where the shop of a guild stood; the next look at the message shows ours in its place. */
export interface OldShop {
  readonly guildId: string
  readonly channelId: string | null
  readonly messageId: string | null
  /** ISO 8601. */
  readonly limitsResetAt: string | null
}

/** What is proposed to a guild when it sets its clips up here. */
export interface OldClips {
  readonly guildId: string
  readonly url: string | null
  readonly channelId: string | null
  readonly seconds: number
}

export interface Translated {
  readonly settings: { readonly guildId: string; readonly key: string; readonly value: string }[]
  readonly channels: { readonly guildId: string; readonly broadcasterUserId: string; readonly slug: string }[]
  /** Guilds in which minutes count although no stream is known to be live. */
  readonly forced: string[]
  readonly alerts: OldAlert[]
  readonly shops: OldShop[]
  readonly clips: OldClips[]
  readonly outcomes: Outcome[]
}

const secret = /token|secret|password|api_?key/
/** What the old bot stored under two keys and we in one row. */
const ofShop = ['shop_channel_id', 'shop_message_id', 'shop_interactive_id', 'shop_footer_id', 'shop_limits_reset_at']
/** Keys that have another name here. */
const renamed: Readonly<Record<string, string>> = {
  gifted_sub_tickets: 'raffle_tickets_per_gifted_sub',
  raffle_announcement_channel_id: 'raffle_channel_id',
  raffle_leaderboard_channel_id: 'raffle_board_channel_id',
  shop_notification_channel_id: 'shop_order_channel_id',
  shuffle_tickets_per_1000: 'raffle_tickets_per_1000',
  shuffle_verified_role_id: 'wager_role_id',
  wager_tickets_per_1000: 'raffle_tickets_per_1000',
  watchtime_tickets_per_hour: 'raffle_tickets_per_hour',
}
const campaign = 'where wagers are asked for holds a key and is encrypted here; set it up once more with /wagers setup'
/** What the bot before knew of a server's clips, besides the key. */
const ofClips = ['clip_channel_id', 'clip_duration', 'dashboard_url']
const ofChannel = ['kick_channel', 'kick_chatroom_id', 'kick_broadcaster_user_id']
/** Read by the old bot and without effect in it. */
const unused: Readonly<Record<string, string>> = {
  howl_affiliate_url: campaign,
  howl_campaign_code: campaign,
  shuffle_affiliate_url: campaign,
  shuffle_campaign_code: campaign,
  wager_affiliate_url: campaign,
  wager_campaign_code: campaign,
  wager_platform_name: campaign,
  clips_auto_start_on_live: 'a recording always begins and ends with the stream here, where clips are set up',
  gtb_panel_channel_id: 'the buttons of the old panel do not answer any more; post a new one with /balance panel',
  gtb_panel_message_id: 'the buttons of the old panel do not answer any more; delete it by hand',
  slot_platform_name:
    'the slots that may not be asked for came over from its list; whatever else somebody asks for is taken',
  slot_panel_channel_id: 'the buttons of the old panel do not answer any more; post a new one with /slots panel',
  slot_panel_message_id: 'the buttons of the old panel do not answer any more; delete it by hand',
  sub_points_per_5min: 'the bot before read it and never applied it; `/multiplier subscriber` does what it meant',
}

/** An old switch that is a number of seconds here: the bot before told of a pick when its overlay had had this time. */
const overlaySwitch = 'slot_overlay_enabled'
const overlayTime = { key: 'slot_pick_delay_seconds', value: '9' } as const

const isYes = (value: string): boolean => ['true', '1', 'yes', 'on'].includes(value.trim().toLowerCase())

const isSettingKey = (key: string): key is SettingKey => key in settings

/**
 * What becomes of old settings; rows of the same guild and key stand newest first. Values are checked as if an admin had typed them, and no
 * value of a secret is repeated. An empty value was "not set".
 */
export function translateSettings(rows: readonly OldSetting[]): Translated {
  const result: Translated = { settings: [], channels: [], forced: [], alerts: [], shops: [], clips: [], outcomes: [] }
  const seen = new Set<string>()
  const channelParts = new Map<string, Map<string, string>>()
  const alertParts = new Map<string, Map<string, string>>()
  const shopParts = new Map<string, Map<string, string>>()
  const clipParts = new Map<string, Map<string, string>>()
  for (const { table, guildId, key: oldKey, value } of rows) {
    const key = renamed[oldKey] ?? oldKey
    const tell: Tell = (outcome, detail) => {
      result.outcomes.push({ guildId: guildId ?? '0', outcome, table, subject: key, detail })
    }
    if (guildId === null || guildId.startsWith('-')) {
      tell('set aside', 'it names no Discord server')
    } else if (secret.test(key)) {
      tell('refused', 'secrets are not brought over; sign in again')
    } else if (seen.has(`${guildId} ${key}`)) {
      tell('merged', 'there is a newer value of the same key')
    } else if (value.trim() !== '') {
      seen.add(`${guildId} ${key}`)
      const alert = alertPart(key)
      const reason = unused[key]
      if (ofChannel.includes(key))
        channelParts.set(guildId, (channelParts.get(guildId) ?? new Map()).set(key, value.trim()))
      else if (ofShop.includes(key))
        shopParts.set(guildId, (shopParts.get(guildId) ?? new Map()).set(key, value.trim()))
      else if (ofClips.includes(key))
        clipParts.set(guildId, (clipParts.get(guildId) ?? new Map()).set(key, value.trim()))
      else if (key === 'tracking_force_override') bringForce(result, guildId, value, tell)
      else if (alert !== undefined) {
        const parts = alertParts.get(guildId) ?? new Map<string, string>()
        if (!alert.isOlder || !parts.has(alert.part)) parts.set(alert.part, value)
        alertParts.set(guildId, parts)
      } else if (key === overlaySwitch) {
        if (isYes(value)) bringSetting(result, { guildId, ...overlayTime }, tell)
      } else if (key === 'slot_request_cooldown_seconds' && /^\s*(-.*|0+)\s*$/.test(value))
        tell('refused', 'it meant 30 seconds there, which is the default, and no waiting here')
      else if (isSettingKey(key)) bringSetting(result, { guildId, key, value }, tell)
      else if (reason !== undefined) tell('refused', reason)
      else tell('kept', 'no room reads it yet')
    }
  }
  bringOpenLists(result)
  for (const [guildId, parts] of channelParts) bringChannel(result, guildId, parts)
  for (const [guildId, parts] of alertParts) bringAlert(result, guildId, parts)
  for (const [guildId, parts] of shopParts) bringShopParts(result, guildId, parts)
  for (const [guildId, parts] of clipParts) bringClipParts(result, guildId, parts)
  return result
}

/** Requests were open wherever there was a channel for them and nobody had said anything else; here somebody has to say so. */
function bringOpenLists(result: Translated): void {
  const has = (guildId: string, wanted: SettingKey) =>
    result.settings.some((one) => one.guildId === guildId && one.key === wanted)
  const guilds = [...new Set(result.settings.map(({ guildId }) => guildId))]
  for (const guildId of guilds)
    if (has(guildId, 'slot_calls_channel_id') && !has(guildId, 'slot_requests_enabled'))
      result.settings.push({ guildId, key: 'slot_requests_enabled', value: 'true' })
}

type Tell = (outcome: Outcome['outcome'], detail: string) => void

function bringForce(result: Translated, guildId: string, value: string, tell: Tell): void {
  if (!isYes(value)) return
  if (guildId === '0') tell('refused', 'it is a switch of one server now; set it there')
  else result.forced.push(guildId)
}

function bringSetting(result: Translated, row: { guildId: string; key: SettingKey; value: string }, tell: Tell): void {
  const setting = settings[row.key]
  const stored = rewritten(setting, row.value)
  if (stored === undefined) tell('refused', 'its value is none that this setting allows; the default holds')
  else result.settings.push({ guildId: row.guildId, key: row.key, value: stored })
}

/** The form in which we store a value, or undefined when it is not allowed. */
function rewritten(
  setting: { read(text: string): unknown; write(value: never): string },
  text: string,
): string | undefined {
  const value = setting.read(text)
  return value === undefined ? undefined : setting.write(value as never)
}

function bringChannel(result: Translated, guildId: string, parts: ReadonlyMap<string, string>): void {
  const tell: Tell = (outcome, detail) => {
    result.outcomes.push({ guildId, outcome, table: 'bot_settings', subject: 'kick_channel', detail })
  }
  const slug = parts.get('kick_channel')?.replace(/^.*\//, '').toLowerCase()
  const broadcasterUserId = parts.get('kick_broadcaster_user_id')
  if (guildId === '0') tell('refused', 'a channel belongs to one server; bind it there with /setup')
  else if (slug === undefined || !/^[a-z0-9_-]{1,60}$/.test(slug))
    tell('refused', 'no channel of this name can exist; bind it with /setup')
  else if (broadcasterUserId === undefined || !/^[1-9]\d{0,17}$/.test(broadcasterUserId))
    tell('refused', `the numeric id of ${slug} is not known; bind the channel with /setup`)
  else result.channels.push({ guildId, broadcasterUserId, slug })
}

function bringAlert(result: Translated, guildId: string, parts: ReadonlyMap<string, string>): void {
  const refuse = (part: string, detail: string) => {
    result.outcomes.push({ guildId, outcome: 'refused', table: 'bot_settings', subject: `live alert: ${part}`, detail })
  }
  if (guildId === '0') {
    refuse('everywhere', 'an alert belongs to one server; set it up there with /alert setup')
    return
  }
  const alert = translateAlert(guildId, parts, refuse)
  if (alert !== undefined) result.alerts.push(alert)
}

function bringShopParts(result: Translated, guildId: string, parts: ReadonlyMap<string, string>): void {
  const tell = (outcome: Outcome['outcome'], detail: string) => {
    result.outcomes.push({ guildId, outcome, table: 'point_settings', subject: 'shop', detail })
  }
  if (guildId === '0') {
    tell('refused', 'a shop belongs to one server; put it into a channel there with /shop-admin post')
    return
  }
  const snowflake = (key: string) => /^\d{15,20}$/.exec(parts.get(key) ?? '')?.[0] ?? null
  const channelId = snowflake('shop_channel_id')
  // Of the three messages of a shop this one had the menu; of a later bot it is the only one.
  const messageId = channelId === null ? null : (snowflake('shop_interactive_id') ?? snowflake('shop_message_id'))
  const resetAt = Date.parse(parts.get('shop_limits_reset_at') ?? '')
  const limitsResetAt = Number.isNaN(resetAt) ? null : new Date(resetAt).toISOString()
  if (messageId !== null)
    tell(
      'brought',
      'its menu does not answer any more; /shop-admin post puts a new one in its place and takes this one away',
    )
  for (const key of ['shop_message_id', 'shop_footer_id']) {
    const other = snowflake(key)
    if (messageId !== null && other !== null && other !== messageId)
      tell('brought', `message ${other} in channel ${channelId} belongs to no shop any more; delete it by hand`)
  }
  result.shops.push({ guildId, channelId: messageId === null ? null : channelId, messageId, limitsResetAt })
}

/** Clips need a key, which is a secret: what else is known is proposed when somebody gives it. */
function bringClipParts(result: Translated, guildId: string, parts: ReadonlyMap<string, string>): void {
  const tell = (outcome: Outcome['outcome'], detail: string) => {
    result.outcomes.push({ guildId, outcome, table: 'bot_settings', subject: 'clips', detail })
  }
  if (guildId === '0') {
    tell('refused', 'a clip service belongs to one server; set it up there with /clips setup')
    return
  }
  const url = /^https:\/\/[^\s/]{1,180}\/?$/.exec(parts.get('dashboard_url') ?? '')?.[0] ?? null
  const channelId = /^\d{15,20}$/.exec(parts.get('clip_channel_id') ?? '')?.[0] ?? null
  const seconds = Math.min(120, Math.max(5, Number(/^\d{1,4}$/.exec(parts.get('clip_duration') ?? '')?.[0] ?? 30)))
  result.clips.push({ guildId, url, channelId, seconds })
  tell('brought', 'its channel and length hold once /clips setup was given a key; keys are not brought over')
}

/** The rows of all settings tables, newest first. Rows without a guild hold everywhere where the table has guilds. */
export async function readOldSettings(db: Db, move: Move): Promise<OldSetting[]> {
  const { guildId, guilds } = move.plan
  const read = async (table: 'bot_settings' | 'point_settings', shape: Table | undefined, otherwise: string | null) =>
    shape === undefined
      ? []
      : (
          await send<Omit<OldSetting, 'table'>>(
            db,
            `select coalesce(${guildNamedIn(shape, 't')}::text, $1) as "guildId", t.key, coalesce(t.value, '') as value
               from ${move.from}.${table} t
              order by ${instantIn(shape, 't', 'updated_at')} desc nulls last, t.value`,
            [otherwise ?? ''],
          )
        ).map((row) => ({ table, ...row, guildId: row.guildId === '' ? null : row.guildId }))
  const holder = (shape: Table | undefined, isForAll: boolean) =>
    shape !== undefined && (namesGuild(shape) || isForAll) ? '0' : guildId
  const logs = move.tables.get('link_logs_config')
  const logRows =
    logs === undefined
      ? []
      : await send<{ guildId: string; value: string }>(
          db,
          `select ${guildIn(logs, 'l', guildId)}::text as "guildId", l.channel_id::text as value
             from ${move.from}.link_logs_config l
            where coalesce(${columnIn(logs, 'l', 'enabled', 'true')}, true)`,
        )
  const [bot, points] = [move.tables.get('bot_settings'), move.tables.get('point_settings')]
  return [
    ...(await read('bot_settings', bot, holder(bot, false))),
    ...(await read('point_settings', points, holder(points, guilds.length > 1))),
    ...logRows.map((row) => ({ table: 'link_logs_config' as const, key: 'link_log_channel_id', ...row })),
  ]
}

/** Writes settings, channels and switches anew. Safe to repeat. */
export async function bringSettings(db: Db, move: Move): Promise<void> {
  const { settings: rows, channels, forced, alerts } = translateSettings(await readOldSettings(db, move))
  for (const table of ['bot_settings', 'kick_channel', 'tracking_override'])
    await send(db, `delete from ${move.to}.${table}`)
  await send(
    db,
    `insert into ${move.to}.bot_settings (discord_server_id, key, value)
     select guild, key, value from unnest($1::text[]::bigint[], $2::text[], $3::text[]) as s (guild, key, value)`,
    [rows.map((row) => row.guildId), rows.map((row) => row.key), rows.map((row) => row.value)],
  )
  await send(
    db,
    `insert into ${move.to}.kick_channel (discord_server_id, broadcaster_user_id, slug, display_name)
     select guild, broadcaster, slug, slug from unnest($1::text[]::bigint[], $2::text[]::bigint[], $3::text[]) as c (guild, broadcaster, slug)`,
    [channels.map((row) => row.guildId), channels.map((row) => row.broadcasterUserId), channels.map((row) => row.slug)],
  )
  await send(
    db,
    `insert into ${move.to}.tracking_override (discord_server_id, mode, started_at)
     select guild, 'force', now() from unnest($1::text[]::bigint[]) as f (guild)`,
    [forced],
  )
  await bringAlerts(db, move, alerts)
}
