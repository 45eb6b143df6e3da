import { describe, expect, it } from 'vitest'
import { guildId, username } from '../../../cluster/runtime/ids.ts'
import { needsOf, rankOf, readName, render, unknownVariables } from '../../../shard/features/commands/rules.ts'
import { speak } from '../../../shard/features/language.ts'

const call = {
  user: 'an_na',
  displayName: 'An_na',
  platform: 'kick',
  channel: 'Streamer',
  command: 'hello',
  args: ['{points}', 'two'],
  uses: '9007199254740993',
  at: Date.parse('2026-03-01T12:00:30Z'),
} as const
const figures = {
  minutes: 754,
  points: '9007199254740993',
  earned: '1234567',
  spent: '5',
  watchtimeRank: 3,
  pointsRank: null,
  streak: 4,
  bestStreak: 1234,
}

describe('a response', () => {
  it.each([
    ['{user} {display_name} on {platform}/{channel}', 'an_na An_na on Kick/Streamer'],
    ['{points} {points_earned} {points_spent} {points_rank}', '9,007,199,254,740,993 1,234,567 5 unranked'],
    ['{watchtime} {watchtime_minutes} {watchtime_formatted} {watchtime_rank}', '12.6 754 12 h 34 min #3'],
    ['{streak} {streak_best}', '4 1,234'],
    ['{command} {uses}', 'hello 9,007,199,254,740,993'],
    ['{args} | {arg1}', '{points} two | {points}'],
    ['{unknown} {} { user }', '{unknown} {} { user }'],
  ])('%s becomes %s', (response, text) => expect(render(speak('en'), response, call, { figures })).toBe(text))

  it('never reads a value again, keeps to one line and to what Kick takes', () => {
    const hostile = { ...call, displayName: '{args}$&', args: ['a\nb\u202e', '{points}'] }
    expect(render(speak('en'), '{display_name}: {args}', hostile, { figures })).toBe('{args}$&: a b {points}')
    expect(render(speak('en'), '{args}'.repeat(80), { ...call, args: ['x'.repeat(500)] })).toHaveLength(500)
  })

  it('tells of the raffle that runs, and that none does', () => {
    const response = '{tickets} {gifted_sub_tickets} {raffle_rank} {raffle_chance} {raffle_total} {raffle_ends_in}'
    const tickets = {
      guildId: guildId('1'),
      username: username('an_na'),
      tickets: '1234',
      watchtime: '1200',
      giftedSub: '30',
      wager: '4',
      bonus: '0',
      rank: 2,
      pool: '9007199254740993',
      participants: 7,
      endsAt: new Date('2026-03-01T15:01:00Z'),
    }
    expect(render(speak('en'), response, call, { tickets })).toBe('1,234 30 #2 0.00% 9,007,199,254,740,993 3 h')
    expect(render(speak('de'), response, call)).toBe('0 0 ohne Rang 0,00\u00a0% 0 keiner')
  })

  it('says zeros of somebody who was never seen', () => {
    expect(render(speak('de'), '{points} {watchtime} {watchtime_rank} {streak}', call)).toBe('0 0 ohne Rang 0')
  })

  it('tells what it needs and what it does not know', () => {
    const nothing = { figures: false, ranks: false, streaks: false, slots: false, tickets: false, giveaway: false }
    expect(needsOf('hi {user}')).toEqual(nothing)
    expect(needsOf('{points}')).toEqual({ ...nothing, figures: true })
    expect(needsOf('{watchtime_rank}')).toEqual({ ...nothing, figures: true, ranks: true })
    expect(needsOf('{streak}')).toEqual({ ...nothing, figures: true, streaks: true })
    expect(needsOf('{current_slot}')).toEqual({ ...nothing, slots: true })
    expect(needsOf('{raffle_ends_in}')).toEqual({ ...nothing, tickets: true })
    expect(unknownVariables('{hunt} {user} {hunt} {}')).toEqual(['hunt', ''])
  })
})

it.each([
  ['!Discord', 'discord'],
  [' so_1 ', 'so_1'],
  ['two words', undefined],
  ['', undefined],
  ['é', undefined],
  ['x'.repeat(33), undefined],
])('reads the name %j as %j', (typed, name) => expect(readName(typed)).toBe(name))

it.each([
  [[], 0],
  [['sub_gifter', 'something_new'], 0],
  [['subscriber'], 1],
  [['subscriber', 'vip'], 2],
  [['moderator', 'subscriber'], 3],
  [['broadcaster'], 4],
])('gives badges %j the rank %i', (badges, rank) => expect(rankOf(badges)).toBe(rank))
