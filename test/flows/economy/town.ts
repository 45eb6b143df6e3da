import { type ChannelEvent, decodeEvent } from '../../../cluster/ingress/event.ts'
import {
  type GuildId,
  type KickUserId,
  kickUserId,
  type UserId,
  type Username,
  userId,
  username,
} from '../../../cluster/runtime/ids.ts'
import { usual } from '../../../shard/features/balance/command/buttons.ts'
import { open as openRound } from '../../../shard/features/balance/command/rounds.ts'
import type { Tools } from '../../../shard/features/feature.ts'
import { sealedSeed } from '../../../shard/features/giveaways/job/draw.ts'
import { speak } from '../../../shard/features/language.ts'
import { openDue } from '../../../shard/features/raffle/job.ts'
import { switchList } from '../../../shard/features/slots/command/list.ts'
import { type Db, type Sql, transaction } from '../../../sql/client.ts'
import { addGiveaway } from '../../../sql/queries/giveaways.ts'
import { insertLink } from '../../../sql/queries/links.ts'
import { planPeriods } from '../../../sql/queries/raffle.ts'
import { aGuildId, chatOf, streamOf } from '../../support/builders.ts'
import { bind } from '../../support/wagers.ts'

export const minuteMs = 60_000
export const none = { source: 'bot' } as const
export const nobody = { ...none, actorId: null } as const

/** Somebody in a town: a member, an account on Kick whose name changes, and one on a platform. */
export interface Person {
  readonly member: UserId
  readonly account: KickUserId
  readonly wagers: string
  name: Username
}

/** A server whose people play all of an economy at once, and what is known of it without asking its tables. */
export interface Town {
  readonly id: GuildId
  readonly broadcaster: number
  readonly campaign: string
  readonly people: readonly Person[]
  /** Whether raffles are ended and begun meanwhile, and people erased. */
  readonly isRestless: boolean
  readonly startedAt: number
  readonly known: Known
}

/** What was said to be done, by the reference that it was done for. */
export interface Known {
  readonly points: Map<string, bigint>
  readonly sales: Map<string, number>
  readonly refunds: Map<number, boolean>
  readonly tickets: Map<string, number>
  readonly taken: Map<string, number>
  readonly gifts: Map<string, { readonly gifter: KickUserId; readonly count: number }>
  readonly picks: Map<string, number>
  /** Cents that a platform has told of an account, and those that it told first. */
  readonly cents: Map<string, bigint>
  readonly first: Map<string, bigint>
  put: number
  back: number
  readonly seen: Map<string, number>
}

const firstMug = 10
let made = 0

/** A raffle begins now, or some minutes ago. */
export async function beginRaffle(db: Db, id: GuildId, tools: Tools, minutesAgo = 0): Promise<void> {
  await planPeriods(db, [
    {
      guildId: id,
      startsAt: new Date(Date.now() - minutesAgo * minuteMs),
      endsAt: new Date(Date.now() + 600 * minuteMs),
      timeZone: 'UTC',
      title: null,
      prize: null,
      createdBy: null,
      after: null,
    },
  ])
  await openDue(db, [id], tools)
}

/** A town with a shop, a raffle, a list of slots, a round of guesses, a giveaway and a campaign; its stream is live. */
export async function aTown(sql: Sql, tools: Tools, p: { readonly isRestless: boolean }): Promise<Town> {
  const id = aGuildId()
  const n = ++made
  const startedAt = Math.floor(Date.now() / 1000) * 1000 - 175 * minuteMs
  const people = ['ann', 'bob', 'cat', 'dan', 'eve'].map((name, i) => ({
    member: userId(String(800_000_000_000_000_000n + BigInt(n * 100 + i))),
    account: kickUserId(50_000 + n * 100 + i),
    wagers: `${name}${n}`,
    name: username(name),
  }))
  const town: Town = {
    id,
    broadcaster: 9_000 + n,
    campaign: `economy-${n}`,
    people,
    isRestless: p.isRestless,
    startedAt,
    known: {
      points: new Map(),
      sales: new Map(),
      refunds: new Map(),
      tickets: new Map(),
      taken: new Map(),
      gifts: new Map(),
      picks: new Map(),
      cents: new Map(),
      first: new Map(),
      put: firstMug,
      back: 0,
      seen: new Map(),
    },
  }
  await sql`insert into guild (discord_server_id, server_name) values (${id}, 'A town')`
  await sql`
    insert into kick_channel (discord_server_id, broadcaster_user_id, slug, display_name)
    values (${id}, ${town.broadcaster}, ${`town${n}`}, 'Streamer')`
  await sql`
    insert into bot_settings (discord_server_id, key, value)
    values (${id}, 'raffle_tickets_per_sub', '5'), (${id}, 'slot_request_cooldown_seconds', '0'), (${id}, 'points_per_5min', '3'),
           (${id}, 'active_window_seconds', '600')`
  await sql`insert into point_shop (discord_server_id, last_item) values (${id}, 4)`
  await sql`
    insert into point_shop_items (discord_server_id, id, name, price, stock_total, stock_left, per_user_limit, item_type, raffle_ticket_amount)
    values (${id}, 1, 'mug', 10, ${firstMug}, ${firstMug}, null, 'custom', 0), (${id}, 2, 'cap', 7, 3, 3, 4, 'custom', 0),
           (${id}, 3, 'air', 0, null, null, 6, 'custom', 0), (${id}, 4, 'luck', 5, null, null, null, 'raffle_tickets', 9)`
  for (const one of people) {
    await insertLink(sql, { guildId: id, userId: one.member, kickUserId: one.account, kickName: one.name })
    await sql`
      insert into raffle_shuffle_links (discord_server_id, platform, discord_id, shuffle_username, display_name, verified, verified_at)
      values (${id}, 'shuffle', ${one.member}, ${one.wagers}, ${one.wagers}, true, now())`
  }
  await bind(sql, { campaignId: town.campaign, guildIds: [id] })
  await transaction(sql, async (db) => {
    await beginRaffle(db, id, tools, 180)
    await switchList(db, { guildId: id, isOpen: true, by: none, ref: 'begin' }, tools)
    await openRound(db, speak('en'), { guildId: id, by: none, ref: 'begin' }, { ...usual, openedBy: '' }, tools)
    await addGiveaway(db, {
      guildId: id,
      id: 1,
      title: 'A giveaway',
      description: null,
      entryMethod: 'keyword',
      withButton: true,
      keyword: 'meme',
      messagesRequired: 1,
      timeWindowMinutes: 10,
      maxEntriesPerUser: 1,
      maxWinners: 2,
      needsLink: false,
      requiredRoleId: null,
      bonusRoles: {},
      entryPrompts: [],
      claimMinutes: 0,
      durationMinutes: null,
      channelId: id as never,
      createdBy: null,
      seed: await sealedSeed({ guildId: id, giveawayId: 1 }, tools.secrets),
    })
  })
  return town
}

/** The stream of a town goes live, and everybody writes now and then: forty minutes of each, to begin with. */
export const openingOf = (town: Town): readonly ChannelEvent[] => [
  decodeEvent({
    ...streamOf({ guildIds: [town.id], startedAt: town.startedAt }),
    ref: `livestream:${town.broadcaster}:${town.startedAt}`,
  }),
  ...[5, 20, 35, 50].flatMap((minute) =>
    town.people.map(({ name, account }) =>
      decodeEvent(
        chatOf({
          guildIds: [town.id],
          username: name,
          userId: Number(account),
          broadcasterId: town.broadcaster,
          at: town.startedAt + minute * minuteMs,
        }),
      ),
    ),
  ),
]
