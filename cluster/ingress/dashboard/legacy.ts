import { createHash } from 'node:crypto'
import { isLosslessNumber, isSafeNumber, parse } from 'lossless-json'
import { z } from 'zod'
import type { GuildId } from '../../runtime/ids.ts'
import { canonical, isSigned, type Json, signatureOf, type Written } from '../../runtime/signature.ts'

/** The channels of the legacy dashboard that concern this bot. */
export const legacyChannels = [
  'dashboard:bot_settings',
  'dashboard:clips',
  'dashboard:commands',
  'dashboard:gtb',
  'dashboard:giveaway',
  'dashboard:management',
  'dashboard:point_shop',
  'dashboard:slot_requests',
  'dashboard:stream_notification',
  'dashboard:subscriptions',
  'dashboard:timed_messages',
] as const

/** An event in our words, still without time, nonce and signature. */
export interface Translated {
  readonly guildId: string
  readonly area: string
  readonly action: string
  readonly data: { readonly [key: string]: Json }
  /** The same for the same message, whoever translates it. */
  readonly nonce: string
}

export type Translation =
  | { readonly kind: 'events'; readonly events: readonly Translated[] }
  | { readonly kind: 'refused'; readonly reason: 'wrong_shape' | 'wrong_signature' | 'no_guild' | 'unknown' }

const envelope = z.object({
  action: z.string(),
  data: z.record(z.string(), z.json()).default({}),
  timestamp: z.string().optional(),
  sig: z.string().optional(),
})

/** By `<channel>/<action>`: our area and action. */
const actions: Readonly<Record<string, readonly [area: string, action: string]>> = {
  'dashboard:bot_settings/sync': ['settings', 'sync'],
  'dashboard:bot_settings/update': ['settings', 'updated'],
  'dashboard:bot_settings/reload': ['settings', 'reload'],
  'dashboard:bot_settings/kick_sync': ['kick', 'synced'],
  'dashboard:bot_settings/post_panel': ['panel', 'post'],
  'dashboard:clips/buffer_start': ['clips', 'buffer_start'],
  'dashboard:clips/buffer_status': ['clips', 'buffer_status'],
  'dashboard:clips/buffer_stop': ['clips', 'buffer_stop'],
  'dashboard:clips/create': ['clips', 'create'],
  'dashboard:clips/uploaded': ['clips', 'uploaded'],
  'dashboard:giveaway/giveaway_started': ['giveaway', 'started'],
  'dashboard:giveaway/giveaway_updated': ['giveaway', 'updated'],
  'dashboard:giveaway/giveaway_stopped': ['giveaway', 'stopped'],
  'dashboard:giveaway/giveaway_winner': ['giveaway', 'winner'],
  'dashboard:commands/reload': ['commands', 'reload'],
  'dashboard:gtb/open': ['gtb', 'open'],
  'dashboard:gtb/close': ['gtb', 'close'],
  'dashboard:gtb/set_result': ['gtb', 'set_result'],
  'dashboard:management/adjust_tickets': ['mgmt', 'adjust'],
  'dashboard:slot_requests/toggle': ['slot_requests', 'toggle'],
  'dashboard:slot_requests/pick': ['slot_requests', 'pick'],
  'dashboard:slot_requests/pick_with_reward': ['slot_requests', 'pick_with_reward'],
  'dashboard:slot_requests/slot_reveal_landed': ['slot_requests', 'slot_reveal_landed'],
  'dashboard:slot_requests/update_max': ['slot_requests', 'update_max'],
  'dashboard:point_shop/post_shop': ['shop', 'post'],
  'dashboard:point_shop/sync_shop': ['shop', 'sync'],
  'dashboard:point_shop/item_update': ['shop', 'item'],
  'dashboard:point_shop/item_restocked': ['shop', 'restocked'],
  'dashboard:point_shop/sale_status_updated': ['shop', 'order'],
  'dashboard:point_shop/limits_reset': ['shop', 'limits_reset'],
  'dashboard:stream_notification/send': ['live', 'test'],
  'dashboard:subscriptions/tier_changed': ['tier', 'changed'],
  'dashboard:timed_messages/create': ['timers', 'create'],
  'dashboard:timed_messages/update': ['timers', 'update'],
  'dashboard:timed_messages/delete': ['timers', 'delete'],
  'dashboard:timed_messages/toggle': ['timers', 'toggle'],
}

/** The server that a message is about, under whichever of its names, as text or as a number. */
function guildOf(data: { readonly [key: string]: Json }): string | undefined {
  const found = String(data.discord_server_id ?? data.guild_id ?? data.server_id ?? '')
  return /^\d{1,20}$/.test(found) ? found : undefined
}

/** Numbers as numbers where those are exact; ids are too large for that and become text. */
function exact(value: Written): Json {
  if (isLosslessNumber(value)) return isSafeNumber(value.value) ? Number(value.value) : value.value
  if (Array.isArray(value)) return value.map(exact)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, exact(field)]))
  return value
}

/** What a message says, with its numbers as they were written; undefined when it is not JSON, or no object. */
function written(text: string): { readonly [key: string]: Written } | undefined {
  try {
    const value = parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value)
      ? (value as { readonly [key: string]: Written })
      : undefined
  } catch {
    return undefined // whoever sent it hears nothing; the bridge counts it as having the wrong shape
  }
}

/** Messages without a time of their own that are alike within this time are taken for one, which two bridges have heard. */
const alikeMs = 5_000

/**
 * Says in our words what the legacy dashboard published. With a secret, only what is signed with it is believed. Settings of points come
 * as several keys in one message and become an event for each. Pure; `now` in milliseconds.
 */
export function translateLegacy(
  message: { readonly channel: string; readonly text: string },
  p: { readonly secret: string | undefined; readonly onlyGuild: GuildId | undefined; readonly now: number },
): Translation {
  const body = written(message.text)
  const parsed = envelope.safeParse(body === undefined ? undefined : exact(body))
  if (body === undefined || !parsed.success) return { kind: 'refused', reason: 'wrong_shape' }
  if (p.secret !== undefined && !isSigned(body, [p.secret])) return { kind: 'refused', reason: 'wrong_signature' }
  const { action, data, timestamp } = parsed.data
  const name = `${message.channel}/${action}`
  const isOfPoints = name === 'dashboard:point_shop/update_settings'
  const [area, our] = isOfPoints ? ['settings', 'updated'] : (actions[name] ?? [])
  if (area === undefined || our === undefined) return { kind: 'refused', reason: 'unknown' }
  const guildId = guildOf(data) ?? p.onlyGuild
  if (guildId === undefined) return { kind: 'refused', reason: 'no_guild' }
  const moment = timestamp ?? String(Math.floor(p.now / alikeMs))
  const nonceOf = (part: string) =>
    createHash('sha256')
      .update(`${message.channel}\n${moment}\n${part}\n${canonical({ action, data })}`)
      .digest('hex')
      .slice(0, 40)
  const { discord_server_id: _a, guild_id: _b, server_id: _c, ...rest } = data
  if (!isOfPoints) return { kind: 'events', events: [{ guildId, area, action: our, data: rest, nonce: nonceOf('') }] }
  const events = Object.entries(rest).map(([key, value]) => ({
    guildId,
    area,
    action: our,
    data: { key, value },
    nonce: nonceOf(key),
  }))
  return { kind: 'events', events }
}

/** By our area and action: the legacy bot's channel and action. */
const tellings: Readonly<Record<string, readonly [channel: string, action: string]>> = {
  'clips.buffer_status': ['dashboard:clips', 'buffer_status_result'],
  'clips.created': ['dashboard:clips', 'create_result'],
  'gtb.new_guess': ['gtb:guess:events', 'new_guess'],
  'giveaway.entry': ['dashboard:giveaway', 'giveaway_entry'],
  'giveaway.ended': ['dashboard:giveaway', 'giveaway_ended'],
  'slot_requests.new_request': ['dashboard:slot_requests', 'new_request'],
  'stream.live': ['bot:stream_status', 'stream_live'],
  'stream.offline': ['bot:stream_status', 'stream_offline'],
  'shop.new_purchase': ['point_shop', 'new_purchase'],
}
const told = z.object({
  guild_id: z.string().regex(/^\d{1,20}$/),
  area: z.string(),
  action: z.string(),
  data: z.record(z.string(), z.json()),
  timestamp: z.string(),
})

/**
 * Says as the legacy bot did what ours says to the dashboard, signed when there is a secret for that; undefined when the legacy dashboard
 * knows no such thing, or it was not we who said it. Pure.
 */
export function legacyTelling(
  body: unknown,
  p: { readonly ours: string; readonly secret: string | undefined },
): { readonly channel: string; readonly text: string } | undefined {
  const read = told.safeParse(body)
  const raw = z.record(z.string(), z.json()).safeParse(body)
  if (!read.success || !raw.success || !isSigned(raw.data, [p.ours])) return undefined
  const { guild_id, area, action, data, timestamp } = read.data
  const its = tellings[`${area}.${action}`]
  if (its === undefined) return undefined
  const message = { action: its[1], data: { discord_server_id: guild_id, ...data }, timestamp }
  const signed = p.secret === undefined ? message : { ...message, sig: signatureOf(message, p.secret) }
  return { channel: its[0], text: JSON.stringify(signed) }
}
