import type { Sql } from '../../../sql/client.ts'
import { type Incoming, putIntoInbox, putWebhookIntoInbox } from '../../../sql/queries/inbox.ts'
import type { Bus } from '../../runtime/bus.ts'
import { within } from '../../runtime/deadline.ts'
import { type GuildId, groupOf } from '../../runtime/ids.ts'
import { type ChannelEvent, encodeEvent, eventSubject, inboxHint } from '../event.ts'

/** An event before its guilds are known. */
export type Unaddressed = Omit<ChannelEvent, 'guildIds'>

/**
 * `stored` is the usual way, `stored_otherwise` the other store, since the usual one did not answer; `not_stored` means that
 * neither did and that nothing may be promised.
 */
export type Stored = 'stored' | 'stored_otherwise' | 'duplicate' | 'not_stored'

export interface EventStore {
  /** Chat: JetStream for each group, or the inbox where it does not acknowledge. */
  storeChat(event: Unaddressed, guildIds: readonly GuildId[]): Promise<Stored>
  /** What is worth money or state: the inbox, with the webhook's id, or JetStream when the database does not answer. */
  storeState(
    event: Unaddressed,
    guildIds: readonly GuildId[],
    webhook?: { readonly id: string; readonly type: string },
  ): Promise<Stored>
  /** For a channel whose guilds cannot be looked up now: a lane of its own, routed later. */
  storeUnrouted(event: Unaddressed): Promise<Stored>
}

const busPatienceMs = 1_000
const databasePatienceMs = 1_000
/** A frozen database must not fill the memory with what waits for it. */
const mostWaiting = 2_000

export const unroutedSubject = (event: Unaddressed): string => `kick.unrouted.0.${event.happening.type}`
export const unroutedFilter = 'kick.unrouted.0.*'

/** Puts events where a crash cannot take them, before anyone is told that they were accepted. Everything is safe to repeat. */
export function createEventStore(options: {
  readonly sql: Sql
  readonly bus: Bus
  readonly shardCount: number
  readonly shardsPerGroup: number
}): EventStore {
  const { sql, bus, shardCount, shardsPerGroup } = options
  let waiting = 0

  const database = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    if (waiting >= mostWaiting) return undefined
    waiting++
    const done = work().finally(() => {
      waiting--
    })
    // Whatever the reason is: the other store has to do, and that the database is gone is said elsewhere.
    return within(databasePatienceMs, done).catch(() => undefined)
  }

  const publish = async (group: number, event: Unaddressed, guildIds: readonly GuildId[]): Promise<Stored> => {
    const subject = eventSubject({ shardCount, group, type: event.happening.type })
    const id = `${event.ref}:${shardCount}:${group}`
    const body = encodeEvent({ ...event, guildIds })
    return bus.publish(subject, body, { id, timeoutMs: busPatienceMs }).then(
      ({ duplicate }) => (duplicate ? 'duplicate' : 'stored'),
      () => 'not_stored',
    )
  }

  const incoming = (event: Unaddressed, guildIds: readonly GuildId[]): Incoming => ({
    ref: event.ref,
    guildIds,
    events: guildIds.map((guildId) => JSON.stringify(encodeEvent({ ...event, guildIds: [guildId] }))),
  })

  const wakeOwners = (groups: Iterable<number>) => {
    for (const group of groups) bus.hint(inboxHint({ shardCount, group }), {})
  }

  const byGroup = (guildIds: readonly GuildId[]): ReadonlyMap<number, GuildId[]> => {
    const groups = new Map<number, GuildId[]>()
    for (const guildId of guildIds) {
      const group = groupOf(guildId, shardCount, shardsPerGroup)
      const members = groups.get(group)
      if (members) members.push(guildId)
      else groups.set(group, [guildId])
    }
    return groups
  }

  const publishToAll = async (event: Unaddressed, groups: ReadonlyMap<number, GuildId[]>): Promise<Stored> =>
    worstOf(await Promise.all([...groups].map(([group, members]) => publish(group, event, members))))

  return {
    async storeChat(event, guildIds) {
      const stored = await Promise.all(
        [...byGroup(guildIds)].map(async ([group, members]): Promise<Stored> => {
          const published = await publish(group, event, members)
          if (published !== 'not_stored') return published
          const rows = await database(() => putIntoInbox(sql, incoming(event, members)))
          if (rows === undefined) return 'not_stored'
          wakeOwners([group])
          return rows > 0 ? 'stored_otherwise' : 'duplicate'
        }),
      )
      return worstOf(stored)
    },
    async storeState(event, guildIds, webhook) {
      const groups = byGroup(guildIds)
      const put = await database(async () =>
        webhook
          ? putWebhookIntoInbox(sql, webhook, incoming(event, guildIds))
          : { rows: await putIntoInbox(sql, incoming(event, guildIds)) },
      )
      if (put !== undefined) {
        if (put.rows > 0) wakeOwners(groups.keys())
        return put.rows > 0 ? 'stored' : 'duplicate'
      }
      const published = await publishToAll(event, groups)
      return published === 'stored' ? 'stored_otherwise' : published
    },
    async storeUnrouted(event) {
      const id = `${event.ref}:unrouted`
      return bus
        .publish(unroutedSubject(event), encodeEvent({ ...event, guildIds: [] }), { id, timeoutMs: busPatienceMs })
        .then(
          ({ duplicate }) => (duplicate ? 'duplicate' : 'stored_otherwise'),
          () => 'not_stored',
        )
    },
  }
}

/** An event is as safe as its least safe copy, and a duplicate only when every copy is one. */
const order: readonly Stored[] = ['not_stored', 'stored_otherwise', 'stored', 'duplicate']
const worstOf = (all: readonly Stored[]): Stored => order.find((kind) => all.includes(kind)) ?? 'stored'
