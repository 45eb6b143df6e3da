import type { APIActionRowComponent, APIButtonComponentWithCustomId, APIEmbed } from 'discord.js'
import { describe, expect, it } from 'vitest'
import { guildId, roleId, username } from '../../../cluster/runtime/ids.ts'
import type { Reply } from '../../../shard/features/feature.ts'
import { speak } from '../../../shard/features/language.ts'
import { count, countOf, hoursAndMinutes, linesWithin, plain, progressBar } from '../../../shard/features/text.ts'
import type { Asked } from '../../../shard/features/watchtime/rules.ts'
import {
  boardView,
  meView,
  rankChatLine,
  tiersAround,
  watchtimeChatLine,
} from '../../../shard/features/watchtime/view.ts'
import type { BoardPage, Streak } from '../../../sql/queries/board.ts'
import type { Season } from '../../../sql/queries/season.ts'
import type { Standing } from '../../../sql/queries/standing.ts'
import { times } from '../../support/builders.ts'

const say = speak('en')
const standing = (p: Partial<Standing> = {}): Standing => ({
  displayName: 'Some_Viewer',
  minutes: 754,
  points: '1234567',
  totalEarned: '1234567',
  totalSpent: '0',
  watchtimeRank: 3,
  pointsRank: 1,
  watchers: 1200,
  holders: 900,
  ...p,
})
const streak: Streak = { guildId: guildId('1'), username: username('some_viewer'), current: 1, best: 1 }
const tier = (id: number, minutesRequired: number, enabled = true) => ({
  roleId: roleId(String(id)),
  roleName: `Tier ${id}`,
  minutesRequired,
  enabled,
})
const tiers = [tier(1, 120), tier(2, 600), tier(3, 2000)]
const embedOf = (reply: Reply): APIEmbed => reply.embeds?.[0] as APIEmbed
const textOf = (reply: Reply): string => embedOf(reply).description ?? ''

describe('words', () => {
  it.each([
    [0, '0 min'],
    [59, '59 min'],
    [60, '1 h'],
    [61, '1 h 1 min'],
    [74_045, '1,234 h 5 min'],
  ])('writes %i minutes as %s', (minutes, text) => expect(hoursAndMinutes(minutes)).toBe(text))

  it.each([
    [1234, '1,234'],
    ['9223372036854775807', '9,223,372,036,854,775,807'],
    [-5n, '-5'],
  ])('writes %s as %s', (amount, text) => expect(count(amount)).toBe(text))

  it.each([
    [1, '1 point'],
    ['1', '1 point'],
    [0, '0 points'],
  ])('counts %j as %s', (amount, text) => expect(countOf(amount, 'point')).toBe(text))

  it.each([
    ['Some_Name', 'Some\\_Name'],
    ['**bold** `x`', '\\*\\*bold\\*\\* \\`x\\`'],
    ['@everyone <@&1>', '\\@everyone \\<\\@&1\\>'],
    ['two\nlines\u202e', 'two lines'],
    ['x'.repeat(80), `${'x'.repeat(63)}…`],
  ])('writes the name %j as %j', (name, text) => expect(plain(name)).toBe(text))

  it.each([
    [0, 100, '░░░░░░░░░░'],
    [99, 100, '█████████░'],
    [100, 100, '██████████'],
    [500, 100, '██████████'],
    [1, 0, '██████████'],
  ])('draws %i of %i as %s', (done, all, bar) => expect(progressBar(done, all)).toBe(bar))

  it('cuts a list to its limit and says how much is missing', () => {
    const lines = times(100, (n) => `line ${n}`)
    const cut = linesWithin(say, lines, 200)
    expect(cut.length).toBeLessThanOrEqual(200)
    expect(cut).toMatch(/\n… and \d+ more$/)
    const shown = cut.split('\n').length - 1
    expect(cut).toContain(`… and ${100 - shown} more`)
    expect(linesWithin(say, lines, 10_000)).toBe(lines.join('\n'))
  })
})

describe('the tiers around a viewer', () => {
  it.each([
    [0, undefined, 120],
    [119, undefined, 120],
    [120, 120, 600],
    [1999, 600, 2000],
    [2000, 2000, undefined],
  ])('at %i minutes', (minutes, reached, next) => {
    const around = tiersAround(minutes, tiers)
    expect([around.reached?.minutesRequired, around.next?.minutesRequired]).toEqual([reached, next])
  })

  it('leaves out a tier that is switched off', () => {
    expect(tiersAround(100, [tier(1, 120, false), tier(2, 600)]).next?.roleId).toBe('2')
  })
})

describe('/me', () => {
  it('says what there is, what comes next and what is missing', () => {
    const reply = meView(say, standing(), { ...streak, current: 3, best: 12 }, tiers)
    expect(embedOf(reply).title).toBe('Some\\_Viewer')
    expect(textOf(reply)).toBe(
      [
        '⏱️ **12 h 34 min** watched · rank 3 of 1,200',
        '🪙 **1,234,567 points** · rank 1 of 900',
        '🔥 **3** streams in a row · best 12',
        '🏅 Reached: <@&2>',
        '🎯 Next: <@&3> in **20 h 46 min**',
        '███░░░░░░░ 754 / 2,000 min',
      ].join('\n'),
    )
  })

  it('says how to start to somebody without a minute, and names no rank', () => {
    const text = textOf(
      meView(say, standing({ minutes: 0, points: '0', watchtimeRank: null, pointsRank: null }), undefined, [
        tier(1, 120),
      ]),
    )
    expect(text).not.toContain('rank')
    expect(text).toContain('**0 min** watched')
    expect(text).toContain('Write in the stream chat')
  })

  it('is glad with somebody who has reached everything, and silent about tiers where there are none', () => {
    expect(textOf(meView(say, standing({ minutes: 5000 }), streak, tiers))).toContain('Every role is reached')
    expect(textOf(meView(say, standing(), streak, []))).not.toContain('role')
  })
})

describe('/leaderboard', () => {
  const guild = guildId('9007199254740993')
  const season: Season = {
    seasonId: 3,
    name: 'Spring *2026*',
    startedAt: new Date(0),
    endsAt: null,
    endedAt: null,
  }
  const page = ({ what = 'watchtime', period = 'all', ...p }: Partial<BoardPage & Asked>) => ({
    what,
    period,
    season,
    page: { rows: [], page: 1, pages: 1, viewers: 0, ...p },
  })
  const rows = times(10, (n) => ({ rank: n + 1, displayName: `viewer_${n}`, amount: String(1000 - n), best: null }))
  const buttonsOf = (reply: Reply) => {
    const [row] = (reply.components ?? []) as APIActionRowComponent<APIButtonComponentWithCustomId>[]
    return row?.components.map((button) => [button.custom_id, button.disabled])
  }

  it('lists a page with medals for the first three', () => {
    const lines = textOf(boardView(say, guild, page({ rows, viewers: 10 }))).split('\n')
    expect(lines[0]).toBe('🥇 **viewer\\_0** — 16 h 40 min')
    expect(lines[3]).toBe('`#4` **viewer\\_3** — 16 h 37 min')
  })

  it('has buttons to the pages around, and none where there is one page', () => {
    expect(buttonsOf(boardView(say, guild, page({ rows, page: 2, pages: 3, viewers: 30 })))).toEqual([
      [`watchtime:board:${guild}:watchtime:all:1`, false],
      [`watchtime:board:${guild}:watchtime:all:3`, false],
    ])
    expect(
      buttonsOf(
        boardView(say, guild, page({ rows, what: 'points', period: 'season', page: 1, pages: 2, viewers: 20 })),
      ),
    ).toEqual([
      [`watchtime:board:${guild}:points:season:0`, true],
      [`watchtime:board:${guild}:points:season:2`, false],
    ])
    expect(boardView(say, guild, page({ rows, viewers: 10 })).components).toEqual([])
  })

  it('stays within Discord’s limits with the longest names and amounts', () => {
    const longest = times(10, (n) => ({
      rank: 999_990 + n,
      displayName: '_'.repeat(200),
      amount: '9223372036854775807',
      best: null,
    }))
    const text = textOf(
      boardView(say, guild, page({ what: 'points', rows: longest, page: 99_999, pages: 100_000, viewers: 1_000_000 })),
    )
    expect(text.length).toBeLessThanOrEqual(4096)
  })

  it('says in its title which time it is of, with the name of a season as plain text', () => {
    const titleOf = (p: Partial<Asked>) => embedOf(boardView(say, guild, page(p))).title
    expect(titleOf({})).toBe('🏆 Watch time')
    expect(titleOf({ period: 'week' })).toBe('🏆 Watch time · This week')
    expect(titleOf({ what: 'points', period: 'season' })).toBe('🏆 Points · Spring \\*2026\\*')
  })

  it('counts streaks in streams, with the best that there was', () => {
    const streaks = [
      { rank: 1, displayName: 'a', amount: '12', best: 40 },
      { rank: 2, displayName: 'b', amount: '1', best: 1 },
    ]
    expect(textOf(boardView(say, guild, page({ what: 'streak', rows: streaks, viewers: 2 }))).split('\n')).toEqual([
      '🥇 **a** — 12 streams in a row (best 40)',
      '🥈 **b** — 1 stream in a row (best 1)',
    ])
  })

  it('says how to get onto an empty board', () => {
    expect(textOf(boardView(say, guild, page({})))).toContain('Nobody is on this board yet')
  })
})

describe('lines for the stream chat', () => {
  it.each([
    [watchtimeChatLine(say, standing()), '12 h 34 min watched, rank 3 of 1,200.'],
    [watchtimeChatLine(say, standing({ watchtimeRank: null })), '12 h 34 min watched.'],
    [
      watchtimeChatLine(say, standing({ minutes: 0 })),
      'no minutes yet. Keep chatting while the stream is live and they will count.',
    ],
    [rankChatLine(say, standing()), 'rank 3 of 1,200 with 12 h 34 min watched.'],
    [
      rankChatLine(say, standing({ watchtimeRank: null })),
      'no rank yet. Keep chatting while the stream is live to get one.',
    ],
  ])('%s', (line, expected) => expect(line).toBe(expected))
})
