import { describe, expect, it } from 'vitest'
import { channelId, roleId } from '../../../cluster/runtime/ids.ts'
import { type Chatter, fingerprintOf, fold, hear } from '../../../shard/features/giveaways/rules/chatter.ts'
import {
  type Chosen,
  pack,
  readDuration,
  readQuestions,
  unpack,
} from '../../../shard/features/giveaways/rules/choices.ts'
import { createdAtOf, gateFor, ticketsFor } from '../../../shard/features/giveaways/rules/gates.ts'
import { shuffled, times } from '../../support/builders.ts'

const nobody: Chatter = { saidAt: [], hashes: [], countedUntil: 0 }
const minute = 60_000

describe('the time of a giveaway', () => {
  it.each([
    ['', null],
    ['  ', null],
    ['90', 90],
    ['1:30', 90],
    ['2d 3h 15m', 2 * 1440 + 3 * 60 + 15],
    ['2d3h', 2 * 1440 + 180],
    ['3 Tage, 4 Stunden', 3 * 1440 + 240],
    ['1 gün 2 saat 5 dk', 1440 + 125],
    ['364 days', 364 * 1440],
    ['365d', undefined],
    ['0', undefined],
    ['30s', undefined],
    ['soon', undefined],
    ['-5m', undefined],
    ['5m later', undefined],
  ])('"%s" is %s minutes', (typed, minutes) => expect(readDuration(typed)).toBe(minutes))
})

it('takes five questions of 45 characters, and no more of either', () => {
  expect(readQuestions(' One? \n\n Two?')).toEqual(['One?', 'Two?'])
  expect(readQuestions(times(6, (i) => `q${i}`).join('\n'))).toBeUndefined()
  expect(readQuestions('x'.repeat(46))).toBeUndefined()
})

describe('what was chosen', () => {
  const chosen: Chosen = {
    entryMethod: 'active_chatter',
    withButton: true,
    messagesRequired: 100,
    timeWindowMinutes: 1440,
    maxEntriesPerUser: 100,
    maxWinners: 50,
    needsLink: true,
    requiredRoleId: roleId('1234567890123456789'),
    bonusRoles: { '9223372036854775807': 100, '1111111111111111111': 1 },
    claimMinutes: 10_080,
    channelId: channelId('9223372036854775806'),
  }

  it('fits into the id of a form with the longest of all server ids, and comes back whole', () => {
    expect(`giveaways:create:18446744073709551615:${pack(chosen)}`.length).toBeLessThanOrEqual(100)
    expect(unpack(pack(chosen))).toEqual(chosen)
    const little: Chosen = { ...chosen, entryMethod: 'keyword', bonusRoles: {}, requiredRoleId: null, claimMinutes: 0 }
    expect(unpack(pack(little))).toEqual(little)
  })

  it('is not read out of something else', () => {
    for (const text of ['', 'x', 'A'.repeat(60), `${pack(chosen)}A`]) expect(unpack(text)).toBeUndefined()
  })
})

describe('an active chatter', () => {
  const demands = { messages: 3, windowMs: 10 * minute }
  const say = (...said: readonly (readonly [atMinute: number, hash: string])[]) => {
    let chatter = nobody
    let entries = 0
    for (const [at, hash] of said) {
      const next = hear(chatter, { at: at * minute, hash }, demands)
      chatter = next.chatter
      if (next.entered) entries++
    }
    return { entries, chatter }
  }

  it('enters with three different messages within ten minutes, and takes three more for another entry', () => {
    expect(say([1, 'a'], [2, 'b']).entries).toBe(0)
    expect(say([1, 'a'], [2, 'b'], [3, 'c']).entries).toBe(1)
    expect(say([1, 'a'], [2, 'b'], [3, 'c'], [4, 'd'], [5, 'e']).entries).toBe(1)
    expect(say([1, 'a'], [2, 'b'], [3, 'c'], [4, 'd'], [5, 'e'], [6, 'f']).entries).toBe(2)
  })

  it('does not by the same message again, in a burst, or over more than ten minutes', () => {
    expect(say([1, 'a'], [2, 'b'], [3, 'a'], [4, 'b']).entries).toBe(0)
    expect(say([1, 'a'], [1.01, 'b'], [1.02, 'c'], [1.03, 'd']).entries).toBe(0)
    expect(say([1, 'a'], [6, 'b'], [11.5, 'c']).entries).toBe(0)
    expect(say([1, 'a'], [6, 'b'], [11.5, 'c'], [12, 'd']).entries).toBe(1)
  })

  it('enters once however the same messages are told again, and keeps no more than the window holds', () => {
    const said = times(3, (i) => [i + 1, `m${i}`] as const)
    expect(say(...said, ...said, ...said).entries).toBe(1)
    for (let seed = 1; seed <= 20; seed++) expect(say(...shuffled([...said, ...said], seed)).entries).toBe(1)
    const long = say(...times(500, (i) => [i * 6, `m${i}`] as const))
    expect(long.chatter.saidAt.length).toBeLessThanOrEqual(3)
  })

  it('is known by letters alone: shouting, repeating and emotes make no new message', () => {
    const print = (text: string) => fingerprintOf(text, 'x')
    expect(print('hello!!')).toBe(print('HEEELLO [emote:1:wave]'))
    expect(print('hello')).not.toBe(print('hallo'))
    expect(fingerprintOf('hello', 'x')).not.toBe(fingerprintOf('hello', 'y'))
    for (const short of ['', 'gg', 'gggggg', '!!!', '[emote:1:abcdef]']) expect(print(short)).toBeUndefined()
    expect(fold('  !JOIN\u200b ')).toBe('!join')
  })
})

describe('before somebody enters', () => {
  const open = { status: 'active', endsAt: null, requiredRoleId: roleId('77'), needsLink: true } as const
  const somebody = { roleIds: ['77'], createdAt: 0, joinedAt: 0, isLinked: true }
  const day = 86_400_000
  const p = { now: 100 * day, minAccountDays: 30, minServerDays: 7 }

  it.each([
    [{ ...open, status: 'ended' as const }, { ...somebody, roleIds: [] }, 'over'],
    [{ ...open, endsAt: new Date(p.now) }, { ...somebody, roleIds: [] }, 'over'],
    [open, { ...somebody, roleIds: [], createdAt: p.now }, 'role'],
    [open, { ...somebody, createdAt: p.now - 29 * day, joinedAt: p.now }, 'account_age'],
    [open, { ...somebody, joinedAt: p.now - 6 * day }, 'membership'],
    [open, { ...somebody, joinedAt: undefined }, undefined],
    [open, { ...somebody, isLinked: false }, 'link'],
    [open, somebody, undefined],
  ] as const)('%j and %j: %s, and nothing that is looked at later', (giveaway, applicant, kind) =>
    expect(gateFor(giveaway, applicant, p)?.kind).toBe(kind),
  )

  it('is worth one ticket, and those of the best role', () => {
    expect(ticketsFor({ '1': 2, '2': 5 }, ['1', '2', '3'])).toBe(6)
    expect(ticketsFor({ '1': 2 }, [])).toBe(1)
  })

  it('tells the age of an account by its id', () => expect(createdAtOf('175928847299117063')).toBe(1_462_015_105_796))
})
