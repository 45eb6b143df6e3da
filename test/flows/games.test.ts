import { beforeAll, expect, it } from 'vitest'
import type { Guild, SeenMessage } from '../standins/discord/index.ts'
import type { KickUser } from '../standins/kick/index.ts'
import { buttonsOf, signIn, textOf } from '../support/browsing.ts'
import { aGuildId } from '../support/builders.ts'
import { buildStage, ready, type Stage } from '../support/stage.ts'
import { until } from '../support/wait.ts'

/** Requests for slots and guesses, from the signed webhook to the line in stream chat. The steps build upon each other. */
let stage: Stage
let guild: Guild
let channel: KickUser
let viewer: KickUser

const ask = (command: string, options: Record<string, string | number> = {}): Promise<SeenMessage> =>
  stage.discord.control
    .command({ guildId: guild.id, userId: guild.ownerId, command, options })
    .message({ timeoutMs: 20_000 })

/** What the bot has said in stream chat. */
const said = (): string[] => stage.kick.control.spoken.map(({ content }) => content)
const untilSaid = (line: RegExp) =>
  until(() => said().some((one) => line.test(one)), { what: `the line ${line}`, timeoutMs: 20_000 })

/** Kick tells everything twice, as it does when an answer is late. */
async function chat(text: string): Promise<void> {
  stage.kick.control.faults.duplicate = 1
  stage.kick.control.chat(channel, viewer, text)
  stage.kick.control.faults.duplicate = 0
  await stage.kick.control.drained()
}
/** Nothing is owed any more, and no job is due. */
const settled = () =>
  until(
    async () => {
      const owed = await stage.sql`select 1 from outbox where discord_server_id = ${guild.id} and state = 'due'`
      const due = await stage.sql`select 1 from job where discord_server_id = ${guild.id} and next_run_at <= now()`
      return owed.length + due.length === 0
    },
    { what: 'everything that is owed to be paid', timeoutMs: 20_000 },
  )

beforeAll(async () => {
  stage = await buildStage({ shardCount: 2, shardsPerGroup: 1, maxConcurrency: 16, env: { KICK_BOT_NAME: 'app_bot' } })
  guild = stage.discord.world.addGuild({ id: aGuildId(), name: 'Players' })
  channel = stage.kick.control.addChannel({ username: 'Streamer' })
  viewer = stage.kick.control.addViewer({ username: 'Fan_One' })
  const pod = await stage.start('manager', 'manager')
  await ready(pod)
  await stage.discord.control.untilConnected(2, { timeoutMs: 60_000 })
  stage.kick.setWebhookUrl(`${pod.url}/webhooks/kick`)
  stage.kick.registerRedirect(`${pod.url}/oauth/kick/callback`)
  const answer = await ask('setup', { channel: 'streamer' })
  const url = buttonsOf(answer).find((button) => button.url?.includes('/link/'))?.url
  expect((await signIn(stage.kick.control.browser(channel), String(url))).status).toBe(200)
}, 120_000)

it('a request is taken once, told once, and picked with a proof that everybody can read', async () => {
  expect(textOf(await ask('slots open'))).toContain('Requests are open')
  await untilSaid(/^Slot requests are open! Type !call/)
  await chat('!sr Sweet Bonanza')
  await untilSaid(/^@Fan_One Sweet Bonanza is in the list\.$/)
  const requests =
    await stage.sql`select kick_username, slot_call from slot_requests where discord_server_id = ${guild.id}`
  expect(requests).toEqual([{ kickUsername: 'fan_one', slotCall: 'Sweet Bonanza' }])
  expect(textOf(await ask('slots pick'))).toContain('Sweet Bonanza')
  await untilSaid(/Sweet Bonanza is next, for Fan_One!/)
  expect(textOf(await ask('slots proof'))).toContain('it holds')
  await chat('!slot')
  await untilSaid(/^@Fan_One Sweet Bonanza, asked for by Fan_One\.$/)
})

it('a guess is taken once, and wins', async () => {
  expect(textOf(await ask('balance open'))).toContain('Round 1 is open')
  await untilSaid(/^Guess the Balance, round 1, is open! Type !gtb/)
  await chat('!gtb $1,234.56')
  await untilSaid(/^@Fan_One your guess is 1,234\.56\.$/)
  await ask('balance close')
  expect(textOf(await ask('balance result', { round: 1, amount: '1200' }))).toContain('34.56 away')
  await untilSaid(/the balance is 1,200\.00\. 🥇 Fan_One 1,234\.56$/)
})

it('and nothing of all that was said twice', async () => {
  await settled()
  const lines = said()
  expect(new Set(lines).size).toBe(lines.length)
  expect(lines).toHaveLength(8)
})
