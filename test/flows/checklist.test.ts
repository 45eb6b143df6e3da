import { beforeAll, describe, expect, it } from 'vitest'
import { createBus } from '../../cluster/runtime/bus.ts'
import { createLog } from '../../cluster/runtime/log.ts'
import type { KickUser } from '../standins/kick/index.ts'
import { aGuildId, standingsIn } from '../support/builders.ts'
import { saidByDashboard } from '../support/dashboard.ts'
import { Place } from '../support/place.ts'
import { buildStage, type Pod, ready, type Stage } from '../support/stage.ts'
import { until } from '../support/wait.ts'

/**
 * What the first administrators of this bot asked to see before they trusted it: thirteen points, played with whole programs through
 * Discord and Kick alone. The points of a mode build upon each other.
 */
const minuteMs = 60_000

/** Lines that a program wrote about something that went wrong. */
const complaints = (pod: Pod) =>
  pod.program.lines.filter((line) => Number(line.fields.level) >= 50 || line.fields.level === 'error')
const isFault = /went wrong|took too long|does not answer/

const chatOf = (stage: Stage, channel: KickUser, viewer: KickUser, ...minutesAgo: number[]) => {
  for (const ago of minutesAgo)
    stage.kick.control.chat(channel, viewer, 'hello', { createdAt: Date.now() - ago * minuteMs })
}

describe('Single-server mode', () => {
  let stage: Stage
  let pods: Pod[]
  let place: Place
  let elsewhere: Place
  let channel: KickUser
  let viewer: KickUser
  let member: string

  beforeAll(async () => {
    const id = aGuildId()
    stage = await buildStage({
      shardCount: 2,
      shardsPerGroup: 2,
      maxConcurrency: 16,
      env: { DISCORD_GUILD_ID: id, KICK_CHANNEL: 'streamer', KICK_BOT_NAME: 'app_bot' },
    })
    place = new Place(stage, stage.discord.world.addGuild({ id, name: 'The only one' }))
    elsewhere = new Place(stage, stage.discord.world.addGuild({ id: aGuildId(), name: 'Not served' }))
    channel = stage.kick.control.addChannel({ username: 'Streamer' })
    viewer = stage.kick.control.addViewer({ username: 'Fan_One' })
    member = place.guild.addMember({ username: 'fan' }).user.id
    pods = [await stage.start('scheduler', 'scheduler'), await stage.start('manager', 'manager')]
  }, 60_000)

  it('bot starts without errors', async () => {
    await ready(...pods)
    await stage.discord.control.untilConnected(2, { timeoutMs: 60_000 })
    stage.kick.setWebhookUrl(`${pods[1]?.url}/webhooks/kick`)
    stage.kick.registerRedirect(`${pods[1]?.url}/oauth/kick/callback`)
    expect(pods.flatMap(complaints)).toEqual([])
  }, 90_000)

  it('existing commands work', async () => {
    for (const command of ['me', 'points', 'watchtime', 'leaderboard', 'link'])
      expect(await place.text(member, command), command).not.toMatch(isFault)
    for (const command of ['status', 'settings show', 'roles list', 'tracking status'])
      expect(await place.asOwner(command), command).not.toMatch(isFault)
    expect(await elsewhere.asOwner('status')).toMatch(/another server|only/i)
  })

  it('settings load correctly', async () => {
    // The channel of the environment is the channel of this server, and of no other.
    await until(async () => (await place.asOwner('status')).includes('treamer'), {
      what: 'the channel of KICK_CHANNEL',
    })
    expect(await stage.sql`select 1 from kick_channel where discord_server_id <> ${place.id}`).toHaveLength(0)
    expect(await place.asOwner('settings show', { key: 'points_per_5min' })).toMatch(/\b1\b/)
    await place.asOwner('settings set', { key: 'points_per_5min', value: '3' })
    expect(await place.asOwner('settings show', { key: 'points_per_5min' })).toMatch(/\b3\b/)
  })

  it('watchtime tracking works', async () => {
    stage.kick.control.goLive(channel, { startedAt: Date.now() - 20 * minuteMs })
    chatOf(stage, channel, viewer, 16, 13, 10)
    await until(async () => (await standingsIn(stage.sql, place.id))[0]?.minutes === 6, {
      what: 'six minutes',
      timeoutMs: 30_000,
    })
  })

  it('point system works', async () => {
    chatOf(stage, channel, viewer, 7, 5)
    await place.have({ fan_one: [10, 6] })
  })

  it('links work', async () => {
    expect(await place.link(member, viewer)).toContain('Fan')
    expect(await place.text(member, 'me')).toMatch(/10 min/)
    expect(await place.text(member, 'points')).toMatch(/6 points/)
    expect(pods.flatMap(complaints)).toEqual([])
    expect(stage.discord.ledger.violations).toEqual([])
  })
})

describe('Multi-server mode', () => {
  const secret = 'a secret of the dashboard'
  let stage: Stage
  let pods: Pod[]
  let first: Place
  let second: Place
  let channels: readonly KickUser[]
  let viewer: KickUser
  /** One person, who is in both servers and watches both channels. */
  let person: string

  beforeAll(async () => {
    stage = await buildStage({
      shardCount: 4,
      shardsPerGroup: 2,
      maxConcurrency: 16,
      env: { DASHBOARD_SECRET: secret },
    })
    first = new Place(stage, stage.discord.world.addGuild({ id: aGuildId(), name: 'Same name' }))
    channels = ['Streamer_A', 'Streamer_B'].map((username) => stage.kick.control.addChannel({ username }))
    viewer = stage.kick.control.addViewer({ username: 'Fan_One' })
    person = first.guild.addMember({ username: 'fan' }).user.id
    pods = [await stage.start('scheduler', 'scheduler'), await stage.start('manager', 'manager')]
    await ready(...pods)
    await stage.discord.control.untilConnected(4, { timeoutMs: 60_000 })
    stage.kick.setWebhookUrl(`${pods[1]?.url}/webhooks/kick`)
    stage.kick.registerRedirect(`${pods[1]?.url}/oauth/kick/callback`)
    await first.asOwner('setup', { channel: 'streamer-a' })
  }, 120_000)

  const inBoth = <T>(ask: (place: Place) => Promise<T>): Promise<T[]> => Promise.all([first, second].map(ask))

  it('join a second Discord server', async () => {
    second = new Place(stage, stage.discord.world.addGuild({ id: aGuildId(), name: 'Same name' }))
    second.guild.addMember({ user: person })
    expect(await second.asOwner('status')).toContain('/setup')
    const settings = await inBoth((place) => place.asOwner('settings show', { key: 'points_per_5min' }))
    expect(settings[1]).toBe(settings[0])
  })

  it('configure it', async () => {
    expect(await second.asOwner('setup', { channel: 'streamer-b' })).toContain('treamer')
    await second.asOwner('settings set', { key: 'points_per_5min', value: '2' })
    await until(async () => (await second.asOwner('settings show', { key: 'points_per_5min' })).includes('2'), {
      what: 'the new rate',
    })
    expect(await first.asOwner('settings show', { key: 'points_per_5min' })).not.toMatch(/\b2\b/)
    // The dashboard says the rest: one setting for each, which reaches that one.
    const bus = createBus({
      url: stage.nats.url,
      name: 'dashboard',
      log: createLog({ process: 'test', level: 'silent' }),
    })
    await bus.start()
    const languages = [
      [first, 'de'],
      [second, 'tr'],
    ] as const
    for (const [place, value] of languages) {
      const data = { key: 'language', value }
      const { subject, body } = saidByDashboard({ guildId: place.id, event: 'settings.updated', data, secret })
      await bus.publish(subject, body, { id: String(body.nonce), timeoutMs: 5_000 })
    }
    await bus.stop()
    for (const [place, value] of languages)
      await until(async () => (await place.asOwner('settings show', { key: 'language' })).includes(`**${value}**`), {
        what: `${value} to be the language`,
      })
  })

  it('run commands in both servers simultaneously', async () => {
    const commands = ['me', 'points', 'watchtime', 'leaderboard']
    const answers = await Promise.all(
      commands.flatMap((command) => [first.text(person, command), second.text(person, command)]),
    )
    expect(answers).toHaveLength(8)
    for (const answer of answers) expect(answer).not.toMatch(isFault)
  })

  it('watchtime in both', async () => {
    for (const channel of channels) stage.kick.control.goLive(channel, { startedAt: Date.now() - 20 * minuteMs })
    const [a, b] = channels as [KickUser, KickUser]
    chatOf(stage, a, viewer, 17, 14, 11)
    chatOf(stage, b, viewer, 15, 12, 9, 6, 4)
    const minutes = async (place: Place) => (await standingsIn(stage.sql, place.id))[0]?.minutes
    await until(async () => (await minutes(first)) === 6 && (await minutes(second)) === 10, {
      what: 'six minutes here and ten there',
      timeoutMs: 30_000,
    })
  })

  it('points in both', async () => {
    await first.have({ fan_one: [6, 1] })
    await second.have({ fan_one: [10, 4] })
  })

  it('linking in both', async () => {
    expect(await first.link(person, viewer)).toContain('Fan')
    expect(await second.text(person, 'me')).toContain('/link')
    expect(await second.link(person, viewer)).toContain('Fan')
    expect(await inBoth((place) => place.text(person, 'me'))).toEqual([
      expect.stringMatching(/\b6 min/),
      expect.stringMatching(/\b10 min/),
    ])
  })

  it('data does not leak between servers', async () => {
    const stranger = stage.kick.control.addViewer({ username: 'Only_Here' })
    chatOf(stage, channels[0] as KickUser, stranger, 9, 7)
    await until(async () => (await standingsIn(stage.sql, first.id)).length === 2, {
      what: 'somebody to watch here only',
      timeoutMs: 30_000,
    })
    const boards = await inBoth((place) => place.text(person, 'leaderboard'))
    expect(boards[0]).toMatch(/Only\\?_Here/)
    expect(boards[1]).not.toMatch(/Only\\?_Here/)
    await first.asOwner('unlink', { member: person })
    expect(await first.text(person, 'me')).toContain('/link')
    expect(await second.text(person, 'me')).toMatch(/10 min/)
    // Every row of every table belongs to one of the two, and what one of them changed is nowhere in the other.
    await second.have({ fan_one: [10, 4] })
    expect(pods.flatMap(complaints)).toEqual([])
    expect(stage.discord.ledger.violations).toEqual([])
  })
})
