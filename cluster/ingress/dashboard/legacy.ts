import { createHash } from 'node:crypto'
import { isLosslessNumber, isSafeNumber, parse } from 'lossless-json'
import { z } from 'zod'
import type { GuildId } from '../../runtime/ids.ts'
import { canonical, isSigned, type Json, signatureOf, type Written } from '../../runtime/signature.ts'

/** The channels of the legacy dashboard that concern this bot, and the area to which what is unknown of each belongs. */
const areas: Readonly<Record<string, string>> = {
  'dashboard:bot_settings': 'settings',
  'dashboard:clips': 'clips',
  'dashboard:commands': 'commands',
  'dashboard:gtb': 'gtb',
  'dashboard:giveaway': 'giveaway',
  'dashboard:management': 'mgmt',
  'dashboard:notifications': 'notifications',
  'dashboard:point_shop': 'shop',
  'dashboard:raffle': 'raffle',
  'dashboard:slot_requests': 'slot_requests',
  'dashboard:stream_notification': 'live',
  'dashboard:subscriptions': 'tier',
  'dashboard:timed_messages': 'timers',
  'dashboard:tournament': 'tournament',
}
export const legacyChannels: readonly string[] = Object.keys(areas)

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
  'dashboard:management/start_period': ['raffle', 'start_period'],
  'dashboard:notifications/new_notification': ['shop', 'order_made'],
  'dashboard:raffle/draw': ['raffle', 'draw'],
  'dashboard:raffle/animation_complete': ['raffle', 'animation_complete'],
  'dashboard:raffle/announce_winner': ['raffle', 'announce_winner'],
  'dashboard:raffle/leaderboard_post': ['raffle', 'leaderboard_post'],
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

const word = /^[a-z][a-z_]{0,39}$/

/**
 * A draw of the legacy dashboard in our words. Its periods have ids that we do not know: the last raffle that is closed is meant. The later
 * of its versions wants winners announced as an overlay has shown them, and asks for a reroll as for a draw.
 */
function ourDraw(data: { readonly [key: string]: Json }): { action: string; data: { readonly [key: string]: Json } } {
  const { period_id: _, is_reroll: isReroll, drawn_by_discord_id: by, ...rest } = data
  const isLater = isReroll !== undefined || rest.excluded_discord_ids !== undefined
  return {
    action: isReroll === true ? 'reroll' : 'draw',
    data: {
      ...rest,
      ...(isLater && { await_animation: true }),
      ...(by !== undefined && by !== null && { actor_id: String(by) }),
    },
  }
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
  // What nobody knows is said all the same: the server's admins are told that it was asked for in vain.
  const unknown = word.test(action) && !isOurs(name) ? [areas[message.channel], action] : []
  const [area, our] = isOfPoints ? ['settings', 'updated'] : (actions[name] ?? unknown)
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
  if (!isOfPoints) {
    const ours = name === 'dashboard:raffle/draw' ? ourDraw(rest) : { action: our, data: rest }
    return { kind: 'events', events: [{ guildId, area, ...ours, nonce: nonceOf('') }] }
  }
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
  'raffle.winner_drawn': ['bot:raffle_draw', 'winner_drawn'],
  'wager.wager_recorded': ['dashboard:wager', 'wager_recorded'],
}
/** Some of it is said on channels that are heard as well. */
const isOurs = (name: string): boolean =>
  Object.values(tellings).some(([channel, action]) => name === `${channel}/${action}`)
const told = z.object({
  guild_id: z.string().regex(/^\d{1,20}$/),
  area: z.string(),
  action: z.string(),
  data: z.record(z.string(), z.json()),
  timestamp: z.string(),
})

/** What ours says, if it was we who said it. */
function readTold(body: unknown, ours: string): z.output<typeof told> | undefined {
  const read = told.safeParse(body)
  const raw = z.record(z.string(), z.json()).safeParse(body)
  return read.success && raw.success && isSigned(raw.data, [ours]) ? read.data : undefined
}

/**
 * Says as the legacy bot did what ours says to the dashboard, signed when there is a secret for that; undefined when the legacy dashboard
 * knows no such thing, or it was not we who said it. Pure.
 */
export function legacyTelling(
  body: unknown,
  p: { readonly ours: string; readonly secret: string | undefined },
): { readonly channel: string; readonly text: string } | undefined {
  const read = readTold(body, p.ours)
  if (read === undefined) return undefined
  const { guild_id, area, action, data, timestamp } = read
  const its = tellings[`${area}.${action}`]
  if (its === undefined) return undefined
  const message = { action: its[1], data: { discord_server_id: guild_id, ...data }, timestamp }
  const signed = p.secret === undefined ? message : { ...message, sig: signatureOf(message, p.secret) }
  return { channel: its[0], text: JSON.stringify(signed) }
}

/** A value that the legacy dashboard waits for in Redis: to be set, or pushed to a list that it pops. */
export interface LegacyAnswer {
  readonly key: string
  readonly value: string
  readonly isList: boolean
  readonly seconds: number
}

const answered = z.object({
  request_id: z.string(),
  event: z.string(),
  state: z.string(),
  success: z.boolean(),
  error: z.string().optional(),
})

/** By what was asked for: the key under which the legacy dashboard looks for the answer. The legacy bot kept a draw for 30 seconds only. */
const answerKeys: Readonly<
  Record<string, { key: (of: { requestId: string; guildId: string }) => string; isList: boolean; seconds: number }>
> = {
  'raffle.draw': { key: ({ requestId }) => `raffle_draw_result:${requestId}`, isList: false, seconds: 600 },
  'raffle.reroll': { key: ({ requestId }) => `raffle_draw_result:${requestId}`, isList: false, seconds: 600 },
  'clips.create': { key: ({ requestId }) => `clip_create_result_v2:${requestId}`, isList: true, seconds: 120 },
  'clips.buffer_status': { key: ({ guildId }) => `clip_buffer_status:${guildId}`, isList: false, seconds: 120 },
}

/** What rooms say of requests by words of their own, and what was asked for. */
const outcomes: Readonly<Record<string, string>> = {
  'clips.created': 'clips.create',
  'clips.buffer_status': 'clips.buffer_status',
}

/** What the legacy dashboard is answered; undefined for what it does not wait for, and as long as nothing is decided. Pure. */
export function legacyAnswer(body: unknown, p: { readonly ours: string }): LegacyAnswer | undefined {
  const read = readTold(body, p.ours)
  if (read === undefined) return undefined
  const { guild_id: ofGuild, data } = read
  const parsed = answered.safeParse(data)
  const name = `${read.area}.${read.action}`
  const event = name === 'dashboard.answer' ? parsed.data?.event : outcomes[name]
  const its = event === undefined ? undefined : answerKeys[event]
  if (its === undefined || parsed.data?.state === 'accepted') return undefined
  const requestId = parsed.data?.request_id ?? data.request_id
  const { event: _, state: __, ...rest } = data
  return {
    key: its.key({ requestId: String(requestId ?? ''), guildId: ofGuild }),
    value: JSON.stringify({ ...rest, discord_server_id: ofGuild }),
    isList: its.isList,
    seconds: its.seconds,
  }
}
