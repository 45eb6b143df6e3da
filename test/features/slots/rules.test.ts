import { describe, expect, it } from 'vitest'
import { username } from '../../../cluster/runtime/ids.ts'
import { chancesOf, costOf, judge, type ListRules, readCall, wonWith } from '../../../shard/features/slots/rules.ts'
import type { CallFacts } from '../../../sql/queries/slots.ts'
import { times } from '../../support/builders.ts'

const open: ListRules = {
  isOpen: true,
  mustBeLinked: false,
  limit: 0,
  cooldownSeconds: 30,
  preventsDuplicates: false,
  since: 0,
}
const nothing: CallFacts = {
  index: 0,
  username: username('anna'),
  slotKey: 'a-slot',
  isKnown: false,
  isLinked: false,
  isBlacklisted: false,
  nearestSeconds: null,
  requests: 0,
  isBanned: false,
  isInactive: false,
  isDuplicate: false,
}
const call = { guildId: '1', slotCall: 'A Slot', at: 1_000_000 }
const verdict = (rules: Partial<ListRules>, facts: Partial<CallFacts>, its: Partial<typeof call> = {}) =>
  judge([{ ...call, ...its }], [{ ...nothing, ...facts }], () => ({ ...open, ...rules }))[0]

/** Every way to be refused, in the order of the checks: what must be so for it, and what comes of it. */
const checks = [
  { facts: { isKnown: true }, rules: {}, its: {}, comesTo: 'ignored' },
  { facts: {}, rules: { since: call.at + 1 }, its: {}, comesTo: 'ignored' },
  { facts: {}, rules: {}, its: { slotCall: '' }, comesTo: 'empty' },
  { facts: { isLinked: false }, rules: { mustBeLinked: true }, its: {}, comesTo: 'unlinked' },
  { facts: {}, rules: { isOpen: false }, its: {}, comesTo: 'closed' },
  { facts: { isBlacklisted: true }, rules: {}, its: {}, comesTo: 'ignored' },
  { facts: { nearestSeconds: 29.9 }, rules: {}, its: {}, comesTo: 'ignored' },
  { facts: { requests: 3 }, rules: { limit: 3 }, its: {}, comesTo: 'limit' },
  { facts: { isBanned: true }, rules: {}, its: {}, comesTo: 'banned' },
  { facts: { isInactive: true }, rules: {}, its: {}, comesTo: 'inactive' },
  { facts: { isDuplicate: true }, rules: { preventsDuplicates: true }, its: {}, comesTo: 'duplicate' },
] as const

describe('the checks of a call', () => {
  it.each(checks.map((check, i) => [i + 1, check.comesTo, check] as const))(
    '%i. %s, whatever the later ones would say',
    (number, comesTo, check) => {
      expect(verdict(check.rules, check.facts, check.its)).toBe(comesTo)
      const later = checks.slice(number - 1)
      const all = (part: 'facts' | 'rules' | 'its') => Object.assign({}, ...later.map((one) => one[part]).reverse())
      expect(verdict(all('rules'), all('facts'), all('its'))).toBe(comesTo)
    },
  )

  it('take what passes all of them, at the very edge of each', () => {
    expect(verdict({}, {})).toBe('taken')
    expect(verdict({ since: call.at, limit: 3 }, { nearestSeconds: 30, requests: 2, isDuplicate: true })).toBe('taken')
    expect(verdict({ cooldownSeconds: 0 }, { nearestSeconds: 0 })).toBe('taken')
  })

  it('know within one batch what was taken before, and a refusal costs no waiting time', () => {
    const batch = [
      { ...call, at: 0, slotCall: 'Banned' },
      { ...call, at: 1_000 },
      { ...call, at: 2_000 },
      { ...call, at: 31_000, slotCall: 'Other' },
      { ...call, at: 62_000, slotCall: 'Third' },
      { ...call, guildId: '2', at: 63_000 },
    ]
    const facts = batch.map(({ slotCall }) => ({ ...nothing, slotKey: slotCall, isBanned: slotCall === 'Banned' }))
    expect(judge(batch, facts, () => ({ ...open, limit: 2, preventsDuplicates: true }))).toEqual([
      'banned',
      'taken',
      'ignored',
      'taken',
      'limit',
      'taken',
    ])
  })

  it('let nobody ask twice for one slot in the same batch, whoever asks', () => {
    const facts = ['anna', 'bob'].map((name) => ({ ...nothing, username: username(name) }))
    expect(judge([call, call], facts, () => ({ ...open, preventsDuplicates: true }))).toEqual(['taken', 'duplicate'])
    expect(judge([call, call], facts, () => open)).toEqual(['taken', 'taken'])
  })
})

it('a call is one line of at most 200 characters without anything invisible', () => {
  expect(readCall(['  Sweet\u200b', '\u0007Bonanza\n', ' 1000 '])).toBe('Sweet Bonanza 1000')
  expect(readCall([])).toBe('')
  expect([...readCall(['😀'.repeat(300)])]).toHaveLength(200)
})

describe('rewards', () => {
  it('have the chances that come of trying the largest first with one value', () => {
    const rewards = [
      { id: 1, amount: 10_000, chance: 500 },
      { id: 2, amount: 50_000, chance: 100 },
      { id: 3, amount: 20_000, chance: 50 },
    ]
    expect(chancesOf(rewards).map(({ reward, share }) => [reward.id, share])).toEqual([
      [2, 100],
      [3, 0],
      [1, 400],
    ])
    expect(costOf(rewards)).toEqual({ hitRate: 500, expected: 100n * 50_000n + 400n * 10_000n })
    expect(wonWith(rewards, 99)?.id).toBe(2)
    expect(wonWith(rewards, 100)?.id).toBe(1)
    expect(wonWith(rewards, 499)?.id).toBe(1)
    expect(wonWith(rewards, 500)).toBeUndefined()
    expect([costOf([]), wonWith([], 0)]).toEqual([{ hitRate: 0, expected: 0n }, undefined])
  })

  it('cost on average exactly what all ten thousand values cost together, whatever they are', () => {
    let state = 20_261_126
    const random = (below: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
      return Math.floor((state / 2_147_483_648) * below)
    }
    for (let round = 0; round < 60; round++) {
      const rewards = times(random(8), (id) => ({ id, amount: 1 + random(1_000_000), chance: random(10_001) }))
      const won = times(10_000, (value) => wonWith(rewards, value))
      const { hitRate, expected } = costOf(rewards)
      expect(won.filter((one) => one !== undefined)).toHaveLength(hitRate)
      expect(won.reduce((sum, one) => sum + BigInt(one?.amount ?? 0), 0n)).toBe(expected)
      for (const { reward, share } of chancesOf(rewards))
        expect(won.filter((one) => one?.id === reward.id)).toHaveLength(share)
    }
  })
})
