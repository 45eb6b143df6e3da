import { type GuildId, groupOf, type Slot } from '../cluster/runtime/ids.ts'
import type { TickKind } from './schedule.ts'
import { type GuildTick, maxTicksInBatch } from './tick.ts'

/** Which guilds a round asks for: those of some seconds of the cadence, or everybody who is behind. */
export interface Round {
  readonly phases: readonly number[]
  readonly everyPhase: boolean
}

/**
 * The seconds of the cadence that have begun since the last round, so that each guild has its own second and the load is
 * flat. A leader that is new, or that has slept for a whole cadence, asks for everybody. `lastMs` is undefined for a new leader.
 */
export function roundAt(nowMs: number, lastMs: number | undefined, cadenceSeconds: number): Round {
  const now = Math.floor(nowMs / 1000)
  if (lastMs === undefined) return { phases: [], everyPhase: true }
  const last = Math.floor(lastMs / 1000)
  if (now - last >= cadenceSeconds) return { phases: [], everyPhase: true }
  const phases: number[] = []
  for (let second = last + 1; second <= now; second++) phases.push(second % cadenceSeconds)
  return { phases, everyPhase: false }
}

export interface Addressed {
  readonly group: number
  readonly kind: TickKind
  readonly ticks: readonly GuildTick[]
  /** Names the batch within its kind and slot, the same for every leader that works it out in the same second. */
  readonly id: string
}

/**
 * Ticks for these guilds, in batches for the groups that own them; the order of the guilds is kept. `round` names the
 * round within the slot.
 */
export function address(
  guilds: readonly GuildId[],
  p: { kind: TickKind; slot: Slot; round: string; shardCount: number; shardsPerGroup: number },
): readonly Addressed[] {
  const groups = new Map<number, GuildTick[]>()
  for (const guildId of guilds) {
    const group = groupOf(guildId, p.shardCount, p.shardsPerGroup)
    const ticks = groups.get(group)
    if (ticks === undefined) groups.set(group, [{ guildId, slot: p.slot }])
    else ticks.push({ guildId, slot: p.slot })
  }
  return [...groups].flatMap(([group, ticks]) =>
    chunks(ticks, maxTicksInBatch).map((chunk, index) => ({
      group,
      kind: p.kind,
      ticks: chunk,
      id: `${p.kind}:${p.slot}:${group}:${p.round}.${index}`,
    })),
  )
}

function chunks<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size))
}
