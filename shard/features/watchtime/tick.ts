import { Counter, registry } from '../../../cluster/runtime/metrics.ts'
import { settleWatchtime } from '../../../sql/queries/watchtime.ts'
import type { TickHandler } from '../feature.ts'
import { points } from '../points/index.ts'
import { roles } from '../roles/index.ts'

const credited = new Counter({
  name: 'bot_watchtime_credited_minutes_total',
  help: 'Viewer minutes that were credited.',
  registers: [registry],
})
const repeated = new Counter({
  name: 'bot_tick_repeated_total',
  help: 'Guild ticks that said nothing new.',
  labelNames: ['tick'],
  registers: [registry],
})

/** Settles a batch of guilds, and what follows from it, in one transaction. */
export const onTick: TickHandler = async (batch, db, tools) => {
  const settled = await settleWatchtime(db, batch.ticks, points.blockMinutes)
  await points.awardForMinutes(
    db,
    settled.milestones.filter((milestone) => milestone.isBlock),
  )
  await roles.syncMembers(
    db,
    settled.milestones.filter((milestone) => milestone.isTier),
    tools,
  )
  credited.inc(settled.minutes)
  if (settled.repeated > 0) repeated.inc({ tick: 'watchtime' }, settled.repeated)
}
