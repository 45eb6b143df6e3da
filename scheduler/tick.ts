import { z } from 'zod'
import type { StreamDefinition } from '../cluster/runtime/bus.ts'
import { type Epoch, epoch, type GuildId, guildId, type Slot, slot } from '../cluster/runtime/ids.ts'
import { type TickKind, tickKinds } from './schedule.ts'

/** "Bring this guild up to this slot." Safe to lose, to repeat and to reorder; a later one makes good for a lost one. */
export interface GuildTick {
  readonly guildId: GuildId
  readonly slot: Slot
}

/** Ticks of one kind for guilds of one group, under the epoch of the leader that sent them. */
export interface TickBatch {
  readonly kind: TickKind
  readonly epoch: Epoch
  readonly ticks: readonly GuildTick[]
}

export const maxTicksInBatch = 500

/** Ticks live ten minutes: an older one would say nothing that a newer one does not say. */
export const tickStream: StreamDefinition = {
  name: 'TICK',
  subjects: ['tick.*.*.*'],
  maxAgeSeconds: 600,
  duplicateWindowSeconds: 300,
}

export const tickSubject = (to: { shardCount: number; group: number; kind: TickKind }): string =>
  `tick.${to.shardCount}.${to.group}.${to.kind}`

/** Everything for one group, whatever its kind. */
export const tickFilter = (to: { shardCount: number; group: number }): string => `tick.${to.shardCount}.${to.group}.*`

const wire = z.object({
  epoch: z.int().nonnegative(),
  ticks: z
    .array(z.object({ guildId: z.string().regex(/^\d{1,20}$/), slot: z.int().nonnegative() }))
    .max(maxTicksInBatch),
})

export const encodeTicks = (batch: TickBatch): unknown => ({ epoch: batch.epoch, ticks: batch.ticks })

/** Reads a batch off the bus; throws when the subject or the body is not one of ours. */
export function decodeTicks(subject: string, body: unknown): TickBatch {
  const name = subject.split('.')[3]
  const kind = tickKinds.find((known) => known === name)
  if (kind === undefined) throw new Error('unknown kind of tick')
  const { epoch: number, ticks } = wire.parse(body)
  return {
    kind,
    epoch: epoch(number),
    ticks: ticks.map((tick) => ({ guildId: guildId(tick.guildId), slot: slot(tick.slot) })),
  }
}
