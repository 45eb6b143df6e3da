import type { Db } from '../client.ts'
import { type Move, send } from './context.ts'

/** A go-live post as the old bot kept it: one setting for each part. */
export interface OldAlert {
  readonly guildId: string
  readonly channelId: string
  readonly enabled: boolean
  readonly title: string | null
  readonly description: string | null
  readonly footer: string | null
  readonly buttons: readonly { readonly label: string; readonly url: string }[]
}

const prefixes = ['kick_live_alert_', 'stream_notification_'] as const
const suffixes = ['enabled', 'channel_id', 'title', 'description', 'footer', 'buttons']
/** As long as an alert of ours takes them. */
const longest = { title: 200, description: 1500, footer: 200, label: 80, url: 400, buttons: 5 } as const

/** Which part of an alert a key is; the shared names are older and give way. */
export function alertPart(key: string): { readonly part: string; readonly isOlder: boolean } | undefined {
  for (const [i, prefix] of prefixes.entries()) {
    const part = key.startsWith(prefix) ? key.slice(prefix.length) : ''
    if (suffixes.includes(part)) return { part, isOlder: i > 0 }
  }
  return undefined
}

/** An alert from its parts; undefined when it has no channel. `refuse` hears of every part that cannot be taken, and why. */
export function translateAlert(
  guildId: string,
  parts: ReadonlyMap<string, string>,
  refuse: (part: string, why: string) => void,
): OldAlert | undefined {
  const channelId = parts.get('channel_id')?.trim() ?? ''
  if (!/^\d{15,20}$/.test(channelId)) {
    if (parts.get('enabled') === 'true')
      refuse('channel_id', 'the alert names no channel; choose one with /alert setup')
    return undefined
  }
  const text = (part: 'title' | 'description' | 'footer') => {
    const value = parts.get(part)?.trim() ?? ''
    if ([...value].length <= longest[part]) return value === '' ? null : value
    refuse(part, `it is longer than ${longest[part]} characters`)
    return null
  }
  return {
    guildId,
    channelId,
    enabled: parts.get('enabled') === 'true', // exactly, as it was read
    title: text('title'),
    description: text('description'),
    footer: text('footer'),
    buttons: readButtons(parts.get('buttons'), (why) => refuse('buttons', why)),
  }
}

function readButtons(json: string | undefined, refuse: (why: string) => void): OldAlert['buttons'] {
  if (json === undefined) return []
  const list = parsed(json)
  if (!Array.isArray(list)) {
    refuse('it is no list of buttons')
    return []
  }
  const buttons = list.flatMap((item: unknown, i) => {
    const { label, url } = typeof item === 'object' && item !== null ? (item as Record<string, unknown>) : {}
    const isGood =
      typeof label === 'string' &&
      label.trim() !== '' &&
      [...label.trim()].length <= longest.label &&
      typeof url === 'string' &&
      url.length <= longest.url &&
      /^https:\/\/[^\s@]+\.[^\s@]+$/.test(url.trim())
    if (!isGood) refuse(`button ${i + 1} has no label or no address that begins with https://`)
    return isGood ? [{ label: label.trim(), url: url.trim() }] : []
  })
  return buttons.slice(0, longest.buttons)
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined // then it is no list
  }
}

/** Writes alerts anew. Safe to repeat. */
export async function bringAlerts(db: Db, move: Move, alerts: readonly OldAlert[]): Promise<void> {
  await send(db, `delete from ${move.to}.live_alert_setup`)
  await send(
    db,
    `insert into ${move.to}.live_alert_setup (discord_server_id, channel_id, enabled, title, description, footer, buttons)
     select guild, channel, enabled, title, description, footer, buttons::jsonb
       from unnest($1::text[]::bigint[], $2::text[]::bigint[], $3::text[]::boolean[], $4::text[], $5::text[], $6::text[], $7::text[])
         as a (guild, channel, enabled, title, description, footer, buttons)`,
    [
      alerts.map((alert) => alert.guildId),
      alerts.map((alert) => alert.channelId),
      alerts.map((alert) => String(alert.enabled)),
      alerts.map((alert) => alert.title),
      alerts.map((alert) => alert.description),
      alerts.map((alert) => alert.footer),
      alerts.map((alert) => JSON.stringify(alert.buttons)),
    ],
  )
}
