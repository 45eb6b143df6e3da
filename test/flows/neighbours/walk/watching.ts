import { messageIn } from '../side.ts'
import { asking, type Step, says } from './step.ts'

/** What viewers earn by watching, and what is shown of it. */
export const watching: readonly Step[] = [
  asking('tiers and factors are set up', (side) => [
    ['roles add', { role: side.roles.Regular, minutes: side.n(1) }],
    ['roles list'],
    ['roles preview'],
    ['roles edit', { role: side.roles.Regular, minutes: 5 }],
    ['multiplier global', { percent: 200 }],
    ['multiplier role', { role: side.roles.Friend, percent: 150 }],
    ['multiplier subscriber', { percent: 150 }],
    ['multiplier add', { percent: 200, minutes: 60 }],
    ['multiplier show'],
    ['multiplier end'],
    ['season start', { name: 'Spring' }],
    ['alert setup', { channel: side.channels.news, role: side.roles.Friend, updates: 'all' }],
    ['alert text', { title: side.w('Live'), description: side.w('Now') }],
    ['alert button', { label: side.word, url: 'https://kick.com/{channel}' }],
    ['alert show'],
  ]),
  {
    name: 'alerts are tried out',
    async run(side) {
      await side.ask('alert test')
      await side.press(await side.ask('alert show'), 'alerts:test')
      await side.dashboard('live.test')
      await side.settle()
    },
  },
  {
    name: 'the stream goes live',
    async run(side) {
      side.onKick((control) =>
        control.goLive(side.streamer, { startedAt: Date.now() - 55 * 60_000, title: 'A stream' }),
      )
      await side.settle()
    },
  },
  {
    name: 'its chat is written in',
    async run(side) {
      const { Ann, Bob, Carl } = side.world.viewers
      for (const minutesAgo of [40, 38, 30, 25, 20]) {
        side.chat(Ann, 'hello', { minutesAgo })
        if (minutesAgo < 40) side.chat(Bob, 'hi', { minutesAgo })
        if (minutesAgo < 30) side.chat(Carl, 'hey', { minutesAgo })
      }
      for (const viewer of side.world.crowd) side.chat(viewer, 'so many', { minutesAgo: 15 })
      await side.settle()
    },
  },
  {
    name: 'somebody subscribes',
    async run(side) {
      side.onKick((control) => control.subscribe(side.streamer, side.world.viewers.Bob))
      await side.settle()
    },
  },
  {
    name: 'everything is settled',
    async run(side) {
      const tooHigh = side.guild.addRole({ name: 'Too high', position: 'above-bot' })
      await side.ask('roles add', { role: tooHigh.id, minutes: 6 })
      for (const kind of ['watchtime', 'points', 'roles', 'retention'] as const) await side.tick(kind)
      await side.settle()
      await side.world.discord.control.untilRole(side.id, side.members.anna, side.roles.Regular)
    },
  },
  {
    name: 'admins give and take minutes and points',
    async run(side) {
      await side.ask('watchtime-admin give', {
        member: side.members.anna,
        minutes: side.n(1),
        reason: side.w('helped'),
      })
      await side.ask('watchtime-admin take', { name: 'bob_k', minutes: 1, reason: side.w('cheated') })
      await side.ask('watchtime-admin history', { member: side.members.anna })
      says(await side.ask('points-admin set', { member: side.members.anna, amount: String(side.n(3)) }), side.n(3))
      await side.ask('points-admin give', { name: 'bob_k', amount: String(side.n(9)), reason: side.w('helped') })
      await side.ask('points-admin take', { name: 'bob_k', amount: '5', reason: side.w('cheated') })
      await side.ask('points-admin history', { name: 'bob_k' })
      const entry = await side.number(
        `select ledger_id as n from point_ledger where discord_server_id = $guild and kick_username = 'bob_k' order by ledger_id desc limit 1`,
      )
      await side.ask('points-admin undo', { entry: String(entry), reason: side.w('was wrong') })
      says(await side.ask('points', {}, side.members.anna), side.n(3))
      await side.ask('points', { member: side.members.bob })
      await side.ask('points-admin check')
    },
  },
  {
    name: 'balances decay',
    async run(side) {
      await side.ask('settings set', { key: 'decay_percent', value: '10' })
      await side.ask('points-admin decay')
      await side.tick('points')
      await side.play('points.decay')
      await side.ask('settings reset', { key: 'decay_percent' })
    },
  },
  asking('everybody looks at what there is', ({ members }) => [
    ['me', {}, members.anna],
    ['me', {}, members.carl],
    ['watchtime', {}, members.anna],
    ['watchtime', { member: members.bob }],
    ['watchtime', { name: 'carl_k' }],
    ['points', { name: 'carl_k' }],
    ['leaderboard', { what: 'points', period: 'all' }],
    ['leaderboard', { what: 'streak' }],
    ['leaderboard', { what: 'watchtime', period: 'week' }],
    ['leaderboard', { what: 'watchtime', period: 'month' }],
    ['leaderboard', { what: 'watchtime', period: 'stream' }],
    ['leaderboard', { what: 'points', period: 'season' }],
    ['season list'],
  ]),
  {
    name: 'boards are turned over',
    async run(side) {
      await side.press(await side.ask('leaderboard'), 'watchtime:board')
      // As if it had begun before all that was watched.
      await side.world.sql`
        update season set started_at = now() - interval '1 day' where discord_server_id = ${side.id}`
      const season = await side.ask('season show')
      await side.press(season, 'seasons:board')
    },
  },
  {
    name: 'a season ends, at the second attempt',
    async run(side) {
      await side.press(await side.ask('season end'), 'seasons:keep')
      messageIn(await side.press(await side.ask('season end'), 'seasons:end'))
      await side.settle()
      await side.ask('season list')
      await side.ask('season show', { season: 1, what: 'points' })
      const ends = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10)
      await side.ask('season start', { name: 'Summer', ends })
      await side.play('seasons.end')
    },
  },
]
