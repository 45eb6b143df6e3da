import { beforeAll, expect, it } from 'vitest'
import type { Guild, SeenMessage } from '../standins/discord/index.ts'
import type { KickUser } from '../standins/kick/index.ts'
import { buttonsOf, signIn, textOf } from '../support/browsing.ts'
import { aGuildId, standingsIn } from '../support/builders.ts'
import { Place } from '../support/place.ts'
import { buildStage, type Pod, ready, type Stage } from '../support/stage.ts'
import { until } from '../support/wait.ts'

/** One guild's life with the bot, played through Discord and Kick alone. The steps build upon each other. */
const minuteMs = 60_000

let stage: Stage
let pod: Pod
let guild: Guild
let channel: KickUser
let viewer: KickUser
let member: string

beforeAll(async () => {
  stage = await buildStage({ shardCount: 2, shardsPerGroup: 1, maxConcurrency: 16, env: { KICK_BOT_NAME: 'app_bot' } })
  stage.discord.world.addGuild({ name: 'Was there before' })
  channel = stage.kick.control.addChannel({ username: 'Streamer' })
  viewer = stage.kick.control.addViewer({ username: 'Fan_One' })
  pod = await stage.start('manager', 'manager')
  await ready(await stage.start('scheduler', 'scheduler'), pod)
  await stage.discord.control.untilConnected(2, { timeoutMs: 60_000 })
  stage.kick.setWebhookUrl(`${pod.url}/webhooks/kick`)
  stage.kick.registerRedirect(`${pod.url}/oauth/kick/callback`)
}, 120_000)

const ask = (userId: string, command: string, options: Record<string, string | number> = {}): Promise<SeenMessage> =>
  stage.discord.control.command({ guildId: guild.id, userId, command, options }).message({ timeoutMs: 20_000 })

const chat = (text: string, minutesAgo = 0) =>
  stage.kick.control.chat(channel, viewer, text, { createdAt: Date.now() - minutesAgo * minuteMs })

const minutes = (expected: number) =>
  until(async () => (await standingsIn(stage.sql, guild.id as never))[0]?.minutes === expected, {
    what: `the viewer to have ${expected} minutes`,
    timeoutMs: 25_000,
  })

it('a new admin comes from nothing to the first credited minute with four interactions, each named by the answer before', async () => {
  const place = new Place(stage, stage.discord.world.addGuild({ id: aGuildId(), name: 'Knows nothing yet' }))
  const its = stage.kick.control.addChannel({ username: 'Newcomer' })
  const fan = stage.kick.control.addViewer({ username: 'First_Fan' })
  let interactions = 0
  const use = (command: string, options: Record<string, string> = {}) => {
    interactions++
    return place.asOwner(command, options)
  }
  // Whoever knows nothing looks for help.
  expect(await use('help')).toContain('`/setup`')
  // The name of the channel, not its address, and mistyped: nothing breaks, and the answer says where to get the right one.
  expect(await use('setup', { channel: 'new-comer' })).toContain('copy the address')
  expect(await use('setup', { channel: 'https://kick.com/newcomer' })).toMatch(/Next: .*`\/leaderboard`/)
  stage.kick.control.goLive(its, { startedAt: Date.now() - 5 * minuteMs })
  stage.kick.control.chat(its, fan, 'first', { createdAt: Date.now() - 4 * minuteMs })
  await until(async () => (await standingsIn(stage.sql, place.id)).length > 0, {
    what: 'the first minute',
    timeoutMs: 25_000,
  })
  expect(await use('leaderboard')).toMatch(/First\\?_Fan.*2 min/s)
  expect(interactions).toBeLessThanOrEqual(5)
})

it('a guild that invites the bot while it runs is answered at once, and learns what is missing', async () => {
  guild = stage.discord.world.addGuild({ id: aGuildId(), name: 'New here' })
  const status = textOf(await ask(guild.ownerId, 'status'))
  expect(status).toContain('/setup')
  expect(textOf(await ask(guild.ownerId, 'me'))).toContain('/link')
})

it('an unknown channel is refused in one sentence with the cure, and nothing changes', async () => {
  const answer = await ask(guild.ownerId, 'setup', { channel: 'no-such-channel' })
  expect([answer.isEphemeral, textOf(answer)]).toEqual([
    true,
    expect.stringMatching(/^Kick knows no such channel.*copy the address/),
  ])
  expect(await stage.sql`select 1 from kick_channel where discord_server_id = ${guild.id}`).toHaveLength(0)
})

it('an admin sets it up with two commands', async () => {
  const answer = await ask(guild.ownerId, 'setup', { channel: 'https://kick.com/streamer' })
  expect(textOf(answer)).toContain('treamer')
  const role = guild.addRole({ name: 'Regular', position: 'below-bot' })
  expect(textOf(await ask(guild.ownerId, 'roles add', { role: role.id, minutes: 3 }))).toContain('3 minutes')
})

it('the broadcaster connects Kick by the link in the answer, so that the bot may write in chat', async () => {
  const answer = await ask(guild.ownerId, 'setup', { channel: 'streamer' })
  const url = buttonsOf(answer).find((button) => button.url?.includes('/link/'))?.url
  const stranger = await signIn(stage.kick.control.browser(viewer), String(url))
  expect(stranger.status).toBeGreaterThanOrEqual(400) // only the broadcaster can let the bot into this chat
  const again = await ask(guild.ownerId, 'setup', { channel: 'streamer' })
  const page = await signIn(
    stage.kick.control.browser(channel),
    String(buttonsOf(again).find((button) => button.url?.includes('/link/'))?.url),
  )
  expect(page.status).toBe(200)
  const [token] = await stage.sql`select access_token from kick_token where discord_server_id = ${guild.id}`
  expect(token?.accessToken).toMatch(/^[\w-]{40,}$/)
})

it('a member links their account: sign-in at Kick, and a yes in Discord', async () => {
  member = guild.addMember({ username: 'fan' }).user.id
  const act = stage.discord.control.command({ guildId: guild.id, userId: member, command: 'link' })
  const invitation = await act.message({ timeoutMs: 20_000 })
  const url = String(buttonsOf(invitation)[0]?.url)
  expect([invitation.isEphemeral, (await signIn(stage.kick.control.browser(viewer), url)).status]).toEqual([true, 200])
  expect(await stage.sql`select 1 from links where discord_server_id = ${guild.id}`).toHaveLength(0)
  const [question] = await act.followUps(1, { timeoutMs: 20_000 })
  const yes = buttonsOf(question as SeenMessage).find((button) => button.id?.startsWith('links:yes:'))
  const press = stage.discord.control.press({
    userId: member,
    message: question as SeenMessage,
    customId: String(yes?.id),
  })
  expect(
    textOf(await press.message({ timeoutMs: 20_000, where: (message) => /linked/i.test(textOf(message)) })),
  ).toContain('Fan')
  // The URL has done its work: nobody can use it again.
  expect((await signIn(stage.kick.control.browser(viewer), url)).status).toBeGreaterThanOrEqual(400)
})

it('watching a live stream earns minutes, the role, and an answer to those who ask', async () => {
  stage.kick.control.goLive(channel, { startedAt: Date.now() - 13 * minuteMs })
  chat('hello', 11)
  chat('still here', 8)
  await minutes(4)
  await stage.discord.control.untilRole(
    guild.id,
    member,
    guild.rolesInOrder().find((role) => role.name === 'Regular')?.id ?? '',
  )
  expect(textOf(await ask(member, 'me'))).toMatch(/4 min/)
  expect(textOf(await ask(member, 'leaderboard'))).toMatch(/Fan\\?_One.*4 min/s)
})

it('in stream chat the bot answers a command once, though Kick tells it twice', async () => {
  stage.kick.control.faults.duplicate = 1
  chat('!watchtime')
  stage.kick.control.faults.duplicate = 0
  const answers = () =>
    stage.kick.control.requests.filter((one) => one.method === 'POST' && one.path === '/public/v1/chat')
  await until(() => answers().length > 0, { what: 'an answer in chat' })
  await stage.kick.control.drained()
  await until(
    async () =>
      (await stage.sql`select 1 from outbox where discord_server_id = ${guild.id} and state = 'due'`).length === 0,
    { what: 'everything that is owed to be paid' },
  )
  expect(answers().map((one) => one.status)).toEqual([200])
})

it('a guild that removes the bot earns nothing more and keeps what it had; invited again it goes on', async () => {
  const isHere = async () =>
    (await stage.sql`select 1 from guild where discord_server_id = ${guild.id} and left_at is null`).length > 0
  stage.discord.world.removeGuild(guild.id)
  await until(async () => !(await isHere()), { what: 'the removal to be recorded' })
  await until(
    async () => {
      chat('is anybody there', 5)
      await stage.kick.control.drained()
      return (await (await fetch(`${pod.url}/metrics`)).text()).includes('outcome="unbound"')
    },
    { what: 'the front door to know that nobody listens to this channel' },
  )
  const [before] = await standingsIn(stage.sql, guild.id as never)

  guild = stage.discord.world.addGuild({ id: guild.id, name: 'New here' })
  await until(isHere, { what: 'the guild to be back' })
  await until(
    async () => {
      chat('hello again', 3)
      await stage.kick.control.drained()
      const [now] = await standingsIn(stage.sql, guild.id as never)
      return (now?.minutes ?? 0) > (before?.minutes ?? 0)
    },
    { what: 'the viewer to earn again', timeoutMs: 20_000 },
  )
})
