import type { ChannelEvent } from '../../../cluster/ingress/event.ts'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import type { Db } from '../../../sql/client.ts'
import { beginBuffers, clipServicesOf, endBuffers } from '../../../sql/queries/clips.ts'
import { scheduleJobs } from '../../../sql/queries/job.ts'
import { owe } from '../../../sql/queries/outbox.ts'
import type { EventHandler, Tools } from '../feature.ts'
import { bufferRef, firstWatchMs, spreadOf } from './rules.ts'

/**
 * Has the recording of a channel start with its stream and stop with it: one for each service and channel, whichever of its servers hears
 * of it first. Nothing is asked for servers without a service.
 */
export const onLivestream: EventHandler<'livestream'> = async (events, db, tools) => {
  for (const event of [...events].sort((a, b) => a.happening.at - b.happening.at)) await follow(event, db, tools)
}

async function follow(event: ChannelEvent<'livestream'>, db: Db, tools: Tools): Promise<void> {
  const { broadcaster, happening, guildIds } = event
  const services = (await clipServicesOf(db, [...guildIds])).filter(({ enabled }) => enabled)
  if (services.length === 0) return
  const followers = services.map(({ url, guildId }) => ({ guildId, ref: bufferRef(url, broadcaster.userId) }))
  await record(db, { followers, startedAt: happening.startedAt, isLive: happening.isLive }, tools)
}

/** A server, and the recording that it follows. */
export interface Follower {
  readonly guildId: GuildId
  readonly ref: string
}

/**
 * Has recordings started or stopped that are not yet, each on behalf of the first server that follows it; every one of them looks after it
 * from then on. In the caller's transaction; safe to repeat. Milliseconds.
 */
export async function record(
  db: Db,
  stream: { readonly followers: readonly Follower[]; readonly startedAt: number; readonly isLive: boolean },
  tools: Tools,
): Promise<void> {
  const { followers, startedAt, isLive } = stream
  const askers = new Map<string, GuildId>()
  for (const { ref, guildId } of followers) if (!askers.has(ref)) askers.set(ref, guildId)
  const asked = { refs: [...askers.keys()].sort(), since: startedAt / 1000 }
  const changed = isLive ? await beginBuffers(db, asked) : await endBuffers(db, asked)
  const action = isLive ? 'start' : 'stop'
  const rows = changed.flatMap(({ ref }) => {
    const guildId = askers.get(ref)
    return guildId === undefined ? [] : [{ guildId, ref }]
  })
  if (isLive)
    await scheduleJobs(
      db,
      followers.map(({ guildId, ref }) => ({
        guildId,
        kind: 'clips.watch',
        ref,
        runAt: new Date(tools.clock.now() + firstWatchMs + spreadOf(guildId)),
      })),
    )
  if (rows.length === 0) return
  await owe(
    db,
    rows.map(({ guildId, ref }) => ({
      guildId,
      kind: 'clips.buffer',
      sourceRef: `${action}:${ref}:${startedAt}`,
      payload: { ref, action },
    })),
  )
  tools.wakeOutbox()
}
