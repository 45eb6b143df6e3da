import type { ChannelEvent } from '../../cluster/ingress/event.ts'
import { slotAt, systemClock } from '../../cluster/runtime/clock.ts'
import { quicknet } from '../../cluster/runtime/drand.ts'
import { epoch, type GuildId, guildId, kickUserId, type Slot, slot, username } from '../../cluster/runtime/ids.ts'
import { createLog } from '../../cluster/runtime/log.ts'
import type { TickKind } from '../../scheduler/schedule.ts'
import type { TickBatch } from '../../scheduler/tick.ts'
import type { Tools } from '../../shard/features/feature.ts'
import type { Sql } from '../../sql/client.ts'

let made = 0

/** A guild id of Discord's form; the next one lies on the next shard. */
export const aGuildId = (): GuildId => guildId(((1_200_000_000_000n + BigInt(++made)) << 22n).toString())

/** One present for a whole test file: a minute that begins in the middle of a test must not move its slots. */
const present = slotAt(Date.now())

/** A whole slot that ended at least `minutes` ago. */
export const aSlotAgo = (minutes: number): Slot => slot(present - 1 - minutes)

/** The instant, in milliseconds, this many seconds before the slot ends. */
export const secondsBefore = (n: Slot, seconds: number): number => (n + 1) * 60_000 - seconds * 1000

export const aTick = (p: { kind?: TickKind; guildIds: readonly GuildId[]; slot: Slot; epoch?: number }): TickBatch => ({
  kind: p.kind ?? 'watchtime',
  epoch: epoch(p.epoch ?? 1),
  ticks: p.guildIds.map((id) => ({ guildId: id, slot: p.slot })),
})

const broadcaster = { userId: kickUserId(9_000), username: 'Streamer' }

export const chatOf = (p: {
  guildIds: readonly GuildId[]
  username: string
  at: number
  userId?: number
  content?: string
  broadcasterId?: number
  badges?: string[]
}): ChannelEvent<'chat'> => {
  const userId = String(p.userId ?? kickIdOf(p.username))
  const channel = { ...broadcaster, userId: kickUserId(p.broadcasterId ?? 9_000) }
  return {
    ref: `chat:${channel.userId}:${userId}:${p.at}`,
    broadcaster: channel,
    guildIds: p.guildIds,
    happening: {
      type: 'chat',
      messageId: `${userId}-${p.at}`,
      sender: { userId, username: p.username, ...(p.badges && { badges: p.badges }) },
      content: p.content ?? 'hello',
      at: p.at,
    },
  }
}

/** The id of a Kick user of whom only the name matters. */
const kickIdOf = (name: string): number => 10_000 + hash(name.toLowerCase())

const personOf = (name: string) => ({ userId: String(kickIdOf(name)), username: name })

export const subscriptionOf = (p: {
  guildIds: readonly GuildId[]
  username: string
  at: number
  expiresAt: number | null
}): ChannelEvent<'subscription'> => ({
  ref: `subscription:${broadcaster.userId}:${p.username}:${p.at}:${p.expiresAt}`,
  broadcaster,
  guildIds: p.guildIds,
  happening: {
    type: 'subscription',
    kind: 'new',
    subscriber: personOf(p.username),
    months: 1,
    expiresAt: p.expiresAt,
    at: p.at,
  },
})

export const giftsOf = (p: {
  guildIds: readonly GuildId[]
  gifter: string | null
  recipients: readonly string[]
  at: number
  expiresAt: number | null
}): ChannelEvent<'gifts'> => ({
  ref: `gifts:${broadcaster.userId}:${p.gifter}:${p.at}:${p.recipients.join(' ')}`,
  broadcaster,
  guildIds: p.guildIds,
  happening: {
    type: 'gifts',
    gifter: p.gifter === null ? null : personOf(p.gifter),
    recipients: p.recipients.map(personOf),
    expiresAt: p.expiresAt,
    at: p.at,
  },
})

export const streamOf = (p: {
  guildIds: readonly GuildId[]
  startedAt: number
  endedAt?: number
  at?: number
}): ChannelEvent<'livestream'> => {
  const at = p.at ?? p.endedAt ?? p.startedAt
  return {
    ref: `livestream:${broadcaster.userId}:${p.startedAt}:${p.endedAt === undefined}:${at}`,
    broadcaster,
    guildIds: p.guildIds,
    happening: {
      type: 'livestream',
      isLive: p.endedAt === undefined,
      title: 'a stream',
      startedAt: p.startedAt,
      endedAt: p.endedAt ?? null,
      at,
    },
  }
}

/** Tools for handlers that need only the database. Asking one of the others is a mistake in the test. */
export const toolsFor = (sql: Sql, others: Partial<Tools> = {}): Tools => {
  const known: Partial<Tools> = {
    sql,
    clock: systemClock,
    log: createLog({ process: 'test', level: 'silent' }),
    publicUrl: 'http://localhost:8080',
    onlyGuild: undefined,
    kickBotName: username('AppBot'),
    drandChain: quicknet,
    dashboardSecret: undefined,
    wakeOutbox: () => {},
    ...others,
  }
  return new Proxy(known, {
    get(target, name) {
      if (typeof name === 'string' && !(name in target) && name !== 'then')
        throw new Error(`this test has no tool "${name}"`)
      return Reflect.get(target, name)
    },
  }) as Tools
}

export interface Standing {
  readonly username: string
  readonly minutes: number
  readonly points: number
}

/** What the viewers of a guild have now, by name. */
export const standingsIn = async (sql: Sql, id: GuildId): Promise<readonly Standing[]> =>
  (
    await sql<Standing[]>`
    select w.username, w.minutes, coalesce(p.points, 0)::int as points
      from watchtime w
      left join user_points p on p.discord_server_id = w.discord_server_id and p.kick_username = w.username
     where w.discord_server_id = ${id}
     order by w.username`
  ).map((row) => ({ ...row }))

export const minutesIn = async (sql: Sql, id: GuildId): Promise<readonly number[]> =>
  (await standingsIn(sql, id)).map((standing) => standing.minutes)

function hash(text: string): number {
  let value = 7
  for (const letter of text) value = (value * 31 + letter.charCodeAt(0)) % 1_000_003
  return value
}

export const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i))

/** The same list in another order, always the same one for the same seed (Fisher–Yates over a small generator). */
export function shuffled<T>(list: readonly T[], seed = 1): T[] {
  const copy = [...list]
  let state = seed
  for (let i = copy.length - 1; i > 0; i--) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    const j = state % (i + 1)
    const [a, b] = [copy[i] as T, copy[j] as T]
    copy[i] = b
    copy[j] = a
  }
  return copy
}
