import { describe, expect, it } from 'vitest'
import { guildId, slot } from '../../cluster/runtime/ids.ts'
import { address, roundAt } from '../../scheduler/due.ts'
import { maxTicksInBatch } from '../../scheduler/tick.ts'

const at = (seconds: number) => seconds * 1000

describe('a round', () => {
  it.each([
    { what: 'of a new leader asks for everybody', now: at(100), last: undefined, phases: [], everyPhase: true },
    { what: 'asks for the second that has begun', now: at(101), last: at(100), phases: [41], everyPhase: false },
    {
      what: 'within the same second asks for nobody',
      now: at(100) + 900,
      last: at(100),
      phases: [],
      everyPhase: false,
    },
    {
      what: 'after a pause asks for all seconds since',
      now: at(123),
      last: at(119),
      phases: [0, 1, 2, 3],
      everyPhase: false,
    },
    {
      what: 'after a pause of a whole cadence asks for everybody',
      now: at(200),
      last: at(140),
      phases: [],
      everyPhase: true,
    },
  ])('$what', ({ now, last, phases, everyPhase }) => {
    expect(roundAt(now, last, 60)).toEqual({ phases, everyPhase })
  })
})

describe('addressed ticks', () => {
  // Discord's formula: the guild's shard is (id >> 22) % shard count
  const guildOn = (shard: number, i = 0) => guildId((BigInt(shard + 8 * i) << 22n).toString())
  const p = { kind: 'watchtime', slot: slot(7), round: '41', shardCount: 8, shardsPerGroup: 2 } as const

  it('go to the group which owns the guild’s shard, in the order of the guilds', () => {
    expect(address([guildOn(7), guildOn(0), guildOn(6), guildOn(1)], p)).toEqual([
      {
        group: 3,
        kind: 'watchtime',
        id: 'watchtime:7:3:41.0',
        ticks: [guildOn(7), guildOn(6)].map((id) => ({ guildId: id, slot: 7 })),
      },
      {
        group: 0,
        kind: 'watchtime',
        id: 'watchtime:7:0:41.0',
        ticks: [guildOn(0), guildOn(1)].map((id) => ({ guildId: id, slot: 7 })),
      },
    ])
  })

  it('are cut into batches, each under a name of its own', () => {
    const guilds = Array.from({ length: maxTicksInBatch + 1 }, (_, i) => guildOn(0, i))
    expect(address(guilds, p).map((batch) => [batch.id, batch.ticks.length])).toEqual([
      ['watchtime:7:0:41.0', maxTicksInBatch],
      ['watchtime:7:0:41.1', 1],
    ])
  })

  it('have the same name whichever leader works them out', () => {
    expect(address([guildOn(1)], p)).toEqual(address([guildOn(1)], p))
  })
})
