import { dueSlotAt } from '../../../cluster/runtime/clock.ts'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import { Counter, registry } from '../../../cluster/runtime/metrics.ts'
import type { GuildTick } from '../../../scheduler/tick.ts'
import type { Db } from '../../../sql/client.ts'
import { takeCaps } from '../../../sql/queries/cap.ts'
import { foldPresence, oldPresence } from '../../../sql/queries/retention.ts'
import { readSettings } from '../../../sql/queries/settings.ts'
import { seenRevisions, settleRevisions, touchSettlement } from '../../../sql/queries/settlement.ts'
import { type Settled, settleWatchtime } from '../../../sql/queries/watchtime.ts'
import { daysOf } from '../calendar.ts'
import type { TickHandler, Tools } from '../feature.ts'
import { points } from '../points/index.ts'
import { raffle } from '../raffle/index.ts'
import { roles } from '../roles/index.ts'

const credited = new Counter({
  name: 'bot_watchtime_credited_minutes_total',
  help: 'Viewer minutes that were credited.',
  registers: [registry],
})
const slots = new Counter({
  name: 'bot_watchtime_slots_total',
  help: 'Slots of guilds with something to settle that were settled for the first time, by whether that was within 90 seconds of their end.',
  labelNames: ['outcome'],
  registers: [registry],
})
for (const outcome of ['in_time', 'late']) slots.inc({ outcome }, 0)
const repeated = new Counter({
  name: 'bot_tick_repeated_total',
  help: 'Guild ticks that said nothing new.',
  labelNames: ['tick'],
  registers: [registry],
})

const folded = new Counter({
  name: 'bot_watchtime_folded_rows_total',
  help: 'Rows of presence (a viewer and an hour) that were folded into totals of days.',
  registers: [registry],
})

/** Settles a batch of guilds, and what follows from it, in one transaction. */
export const onTick: TickHandler = (batch, db, tools) => settle(batch.ticks, db, tools)

/** Brings one guild up to this minute in the caller's transaction, for whoever counts its minutes in the next statement. */
export const settleNow = (guildId: GuildId, db: Db, tools: Tools): Promise<void> =>
  settle([{ guildId, slot: dueSlotAt(tools.clock.now()) }], db, tools)

async function settle(ticks: readonly GuildTick[], db: Db, tools: Tools): Promise<void> {
  const settled = await settleAll(db, ticks)
  const blocks = settled.milestones.filter((milestone) => milestone.isBlock)
  await points.awardForMinutes(db, blocks)
  await raffle.awardForMinutes(db, blocks)
  await roles.reachTiers(
    db,
    settled.milestones.filter((milestone) => milestone.isTier),
    tools,
  )
  credited.inc(settled.minutes)
  slots.inc({ outcome: 'in_time' }, settled.slots.inTime)
  slots.inc({ outcome: 'late' }, settled.slots.late)
  if (settled.repeated > 0) repeated.inc({ tick: 'watchtime' }, settled.repeated)
}

/** Guilds with a daily cap are settled by a statement of their own, so that the others do not pay for it. */
async function settleAll(db: Db, ticks: readonly GuildTick[]): Promise<Settled> {
  const caps = await takeCaps(
    db,
    ticks.map((tick) => tick.guildId),
  )
  if (caps.length === 0) return settleWatchtime(db, ticks, points.blockMinutes)
  const isCapped = new Set(caps.map((cap) => cap.guildId))
  const free = ticks.filter((tick) => !isCapped.has(tick.guildId))
  const parts = [
    ...(free.length > 0 ? [await settleWatchtime(db, free, points.blockMinutes)] : []),
    await settleWatchtime(
      db,
      ticks.filter((tick) => isCapped.has(tick.guildId)),
      points.blockMinutes,
      caps,
    ),
  ]
  const sum = (count: (part: Settled) => number) => parts.reduce((all, part) => all + count(part), 0)
  return {
    milestones: parts.flatMap((part) => part.milestones),
    minutes: sum((part) => part.minutes),
    viewers: sum((part) => part.viewers),
    repeated: sum((part) => part.repeated),
    slots: { inTime: sum((part) => part.slots.inTime), late: sum((part) => part.slots.late) },
  }
}

/** Rows in one transaction; a guild with more is due again at once. */
const mostFolded = 5_000
/** How far apart the oldest row that is folded and the newest one may be, so that one wrong date does not make days of half a century. */
const mostHours = 60 * 24

/**
 * Folds presence that nothing can be paid for any more into totals of days, by the time zone that the guild has now; a guild without any
 * costs one look at an index. Safe to repeat, to reorder and on two owners: what is folded is gone.
 */
export const onRetention: TickHandler = async ({ ticks }, db) => {
  const guildIds = ticks.map((tick) => tick.guildId)
  const seen = await seenRevisions(db, { kind: 'retention', guildIds })
  const old = await oldPresence(db, guildIds)
  if (old.length > 0) {
    const zones = await readSettings(
      db,
      old.map((one) => one.guildId),
      ['timezone'],
    )
    const days = old.flatMap(({ guildId, firstHour, lastHour }) => {
      const minute = (hour: number) => hour * 3_600_000
      const span = {
        from: minute(firstHour) - 60_000,
        to: minute(Math.min(lastHour, firstHour + mostHours) + 1) - 60_000,
      }
      const timeZone = zones.get(guildId)?.timezone ?? 'UTC'
      return daysOf(span, timeZone).map((day) => ({ ...day, guildId }))
    })
    const [done] = await foldPresence(db, {
      guildIds: days.map((one) => one.guildId),
      days: days.map((one) => one.day),
      firstMinutes: days.map((one) => one.from / 60_000 + 1),
      lastMinutes: days.map((one) => one.to / 60_000),
      limit: mostFolded,
    })
    folded.inc(done?.rows ?? 0)
  }
  await settleRevisions(db, { kind: 'retention', seen, ticks })
  const left = old.length === 0 ? [] : await oldPresence(db, guildIds)
  if (left.length > 0) await touchSettlement(db, { kind: 'retention', guildIds: left.map((one) => one.guildId) })
}
