import type { GuildId } from '../../../cluster/runtime/ids.ts'
import type { Db } from '../../../sql/client.ts'
import { channelKeys, claimWatches, clipServicesOf, isBuffering } from '../../../sql/queries/clips.ts'
import { scheduleJobs } from '../../../sql/queries/job.ts'
import { owe } from '../../../sql/queries/outbox.ts'
import type { JobHandler } from '../feature.ts'
import { bufferRef, watchEveryMs } from './rules.ts'

/**
 * Has recordings looked after that should run. Every server that follows one comes by, and one of them looks each time, so that another does
 * when one has gone, has turned its clips off or follows another channel by now.
 */
export const onWatch: JobHandler = async (jobs, db, tools) => {
  const followed = await recordingsOf(
    db,
    jobs.map(({ guildId }) => guildId),
  )
  for (const { guildId, ref, dueAt } of [...jobs].sort((a, b) => (a.ref < b.ref ? -1 : 1))) {
    if (followed.get(guildId) !== ref || !(await isBuffering(db, ref))) continue
    const everySeconds = watchEveryMs / 1000 - 15 // who comes by a moment early still finds that it is time
    const [mine] = await claimWatches(db, { refs: [ref], everySeconds })
    if (mine !== undefined) {
      const sourceRef = `watch:${ref}:${dueAt.getTime()}`
      await owe(db, [{ guildId, kind: 'clips.buffer', sourceRef, payload: { ref, action: 'watch' } }])
    }
    const runAt = new Date(tools.clock.now() + watchEveryMs)
    await scheduleJobs(db, [{ guildId, kind: 'clips.watch', ref, runAt }])
  }
  tools.wakeOutbox()
}

/** The recording that each of these guilds follows now. */
async function recordingsOf(db: Db, guildIds: GuildId[]): Promise<ReadonlyMap<GuildId, string>> {
  const [services, channels] = [await clipServicesOf(db, guildIds), await channelKeys(db, guildIds)]
  return new Map(
    services.flatMap(({ guildId, url, enabled }) => {
      const channel = channels.find((one) => one.guildId === guildId)
      return enabled && channel !== undefined ? [[guildId, bufferRef(url, channel.broadcasterUserId)] as const] : []
    }),
  )
}
