import { Counter, registry } from '../../../cluster/runtime/metrics.ts'
import type { Db } from '../../../sql/client.ts'
import { convertMinutes, lockUnconverted } from '../../../sql/queries/points.ts'
import { seenRevisions, settleRevisions } from '../../../sql/queries/settlement.ts'
import type { Milestone } from '../../../sql/queries/watchtime.ts'
import type { TickHandler } from '../feature.ts'
import { planDecay } from './job.ts'

const awarded = new Counter({
  name: 'bot_points_awarded_total',
  help: 'Points that were paid for watched minutes.',
  registers: [registry],
})

/** Pays points to viewers whose minutes the same transaction has just written. */
export async function awardForMinutes(db: Db, milestones: readonly Milestone[]): Promise<void> {
  if (milestones.length === 0) return
  const [paid] = await convertMinutes(db, {
    guildIds: milestones.map((milestone) => milestone.guildId),
    usernames: milestones.map((milestone) => milestone.username),
  })
  awarded.inc(paid?.points ?? 0)
}

/**
 * Pays points for minutes that came by another way than watching, such as an import or a correction, and plans what follows from
 * settings about points.
 */
export const onTick: TickHandler = async ({ ticks }, db, tools) => {
  const guildIds = ticks.map((tick) => tick.guildId)
  const seen = await seenRevisions(db, { kind: 'points', guildIds })
  const viewers = await lockUnconverted(db, guildIds)
  if (viewers.length > 0) {
    const [paid] = await convertMinutes(db, {
      guildIds: viewers.map((viewer) => viewer.guildId),
      usernames: viewers.map((viewer) => viewer.username),
    })
    awarded.inc(paid?.points ?? 0)
  }
  await planDecay(db, guildIds, tools)
  await settleRevisions(db, { kind: 'points', seen, ticks })
}
