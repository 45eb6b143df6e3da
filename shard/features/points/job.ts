import { z } from 'zod'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import type { Db } from '../../../sql/client.ts'
import { scheduleJobs } from '../../../sql/queries/job.ts'
import { decayPoints } from '../../../sql/queries/ledger.ts'
import { readSettings, readSettingsOf } from '../../../sql/queries/settings.ts'
import type { JobHandler, Tools } from '../feature.ts'
import { decayKeys, decayOf, decayPeriod } from './rules.ts'

const kind = 'points.decay'

const decayJob = z.object({ period: z.string(), everyDays: z.number().int().positive() })
type DecayJob = z.output<typeof decayJob>

/**
 * Has unused points fade at the end of the present period in guilds that want it, and not in those that do not. Safe to repeat: the
 * period follows from the clock and the settings, and one that has ended keeps its own job until that is done.
 */
export async function planDecay(db: Db, guildIds: readonly GuildId[], { clock }: Pick<Tools, 'clock'>): Promise<void> {
  const chosen = await readSettings(db, guildIds, ['decay_percent', 'decay_every_days'])
  const wanting = guildIds.flatMap((guildId) => {
    const settings = chosen.get(guildId)
    if (settings === undefined || settings.decay_percent === 0) return []
    const { name, endsAt } = decayPeriod(clock.now(), settings.decay_every_days)
    const payload: DecayJob = { period: name, everyDays: settings.decay_every_days }
    return [{ guildId, kind, ref: name, runAt: endsAt, payload }]
  })
  if (wanting.length > 0) await scheduleJobs(db, wanting)
}

/** Takes what fades, once for each period, and plans the next one; a period that was planned by other settings is passed over. */
export const onDecay: JobHandler = async (jobs, db, tools) => {
  for (const job of jobs) {
    const { guildId } = job
    const chosen = await readSettingsOf(db, guildId, decayKeys)
    const { period, everyDays } = decayJob.parse(job.payload)
    if (chosen.decay_percent > 0 && chosen.decay_every_days === everyDays)
      await decayPoints(db, { ...decayOf(guildId, chosen), period })
    await planDecay(db, [guildId], tools)
  }
}
