import { describe, expect, it } from 'vitest'
import { frame, plainLine, type Scene, sparkline } from './view.ts'

const scene = (change: Partial<Scene> = {}): Scene => ({
  phase: 'people write and watch',
  elapsedSeconds: 92,
  url: 'http://127.0.0.1:40000',
  discordUrl: 'http://127.0.0.1:40002',
  observedAt: 'http://127.0.0.1:4001',
  guilds: 30,
  channels: 29,
  liveChannels: 28,
  viewers: 600,
  linksWanted: 240,
  shardCount: 8,
  shardsPerGroup: 2,
  figures: {
    leader: { pod: 'scheduler-b', epoch: '2' },
    groups: new Map([['manager-a', [0, 3]]]),
    freeGroups: [1, 2],
    alive: new Set(['manager-a', 'scheduler-b']),
    connectedShards: 4,
    ticksPublished: 1_234,
    ticksSettled: 1_200,
    lag: { p50: 1.23, p99: 4.56 },
    webhooks: { accepted: 3_412, duplicates: 171, other: 0 },
    minutes: 3_211,
    points: 612,
    viewers: 600,
    links: 212,
    rolesGranted: 210,
    rolesWaiting: 3,
  },
  growth: [0, 5, 10],
  pods: [
    { name: 'manager-a', kind: 'manager' },
    { name: 'manager-b', kind: 'manager' },
    { name: 'scheduler-b', kind: 'scheduler' },
  ],
  happenings: [{ at: 0, text: 'a long tale '.repeat(20), tone: 'good' }],
  ...change,
})
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are made of
const bare = (line: string): string => line.replace(/\x1b\[[0-9;]*m/g, '')

describe('the view of the demo', () => {
  it.each([
    [72, 24],
    [80, 24],
    [200, 60],
    [40, 10],
  ])('fits into %i columns', (columns, rows) => {
    for (const line of frame(scene(), columns, rows)) expect([...bare(line)].length).toBeLessThanOrEqual(columns)
  })

  it('shows who leads, who holds what and who does not answer', () => {
    const lines = frame(scene(), 100, 40).map(bare)
    const lineOf = (pod: string) => lines.find((line) => line.includes(pod))
    expect(lineOf('scheduler-b')).toMatch(/leads, epoch 2/)
    expect(lineOf('manager-a')).toMatch(/shard processes 0 3 +shards 0 1 6 7/)
    expect(lineOf('manager-b')).toMatch(/does not answer/)
  })

  it('says where a Prometheus is, if one looks on', () => {
    const saying = (observedAt: string | undefined) =>
      frame(scene({ observedAt }), 100, 40)
        .map(bare)
        .filter((line) => line.includes('Prometheus'))
    expect(saying('http://127.0.0.1:4001')).toEqual([' Prometheus http://127.0.0.1:4001/graph and /alerts'])
    expect(saying(undefined)).toEqual([])
  })

  it('is there before there are figures', () => {
    expect(
      frame(scene({ figures: undefined, happenings: [] }), 100, 40)
        .map(bare)
        .join('\n'),
    ).toMatch(/starting/)
    expect(plainLine(scene({ figures: undefined }))).toBe('01:32 people write and watch')
  })

  it('draws growth as bars, the newest last', () => {
    expect(sparkline([0, 7, 14, 7], 3)).toBe('▅█▅')
    expect(sparkline([], 10)).toBe('')
  })
})
