import { describe, expect, it } from 'vitest'
import { type Deed, expectedOf, type GuildRules, type StreamInterval } from './model.ts'

const minute = 60_000
/** A minute in the year 2026 whose number has nothing special. */
const start = 29_600_003 * minute
const at = (minutes: number, seconds = 0): number => start + minutes * minute + seconds * 1000

const guild = (change: Partial<GuildRules> = {}): GuildRules => ({
  guildId: '1',
  channel: 'chess',
  broadcaster: 'Chess',
  windowSeconds: 120,
  rate: 2,
  ignored: ['robot'],
  tiers: [
    { roleId: 'five', minutes: 5 },
    { roleId: 'ten', minutes: 10 },
  ],
  links: [{ userId: 'member', viewer: 'Anna' }],
  settledSlot: start / minute + 100,
  ...change,
})
const says = (viewer: string, when: number, channel = 'chess'): Deed => ({ channel, viewer, at: when })
const allDay: readonly StreamInterval[] = [{ channel: 'chess', startedAt: at(-60), endedAt: null }]
const minutesOf = (
  deeds: readonly Deed[],
  p: { guild?: Partial<GuildRules>; streams?: readonly StreamInterval[] } = {},
) => expectedOf(guild(p.guild), deeds, p.streams ?? allDay).viewers.get('anna')?.minutes ?? 0

describe('what the model of the demo expects', () => {
  it.each([
    ['a message is worth the two minutes that end within its window', [says('Anna', at(0, 30))], 2],
    ['a message at the end of a minute is worth that minute and the next', [says('Anna', at(1))], 2],
    ['the same minutes count once', [says('Anna', at(0, 10)), says('anna', at(0, 50)), says('ANNA', at(0, 10))], 2],
    ['overlapping windows are a union', [says('Anna', at(0, 10)), says('Anna', at(1, 10))], 3],
    ['other channels are nothing to this guild', [says('Anna', at(0), 'music')], 0],
    ['others earn for themselves', [says('Bert', at(0))], 0],
  ])('%s', (_, deeds, minutes) => {
    expect(minutesOf(deeds)).toBe(minutes)
  })

  it('counts minutes whose end lies within the stream, its beginning included and its end not', () => {
    const streams = [{ channel: 'chess', startedAt: at(1), endedAt: at(3) }]
    expect(minutesOf([says('Anna', at(0)), says('Anna', at(2, 1))], { streams })).toBe(1)
  })

  it('counts up to the settled slot only', () => {
    expect(minutesOf([says('Anna', at(0, 30))], { guild: { settledSlot: start / minute } })).toBe(1)
  })

  it('pays whole blocks of five and gives roles to members who reached them', () => {
    const deeds = [0, 2, 4].map((minutes) => says('Anna', at(minutes, 30)))
    const expected = expectedOf(guild(), deeds, allDay)
    expect(expected.viewers.get('anna')).toEqual({ minutes: 6, points: 2 })
    expect(expected.roles).toEqual(new Map([['member', new Set(['five'])]]))
  })

  it('owes nothing to the owner of the channel and to ignored names', () => {
    const { viewers } = expectedOf(guild(), [says('chess', at(0)), says('Robot', at(0))], allDay)
    expect(viewers.size).toBe(0)
  })
})
