import { beforeAll, expect, it } from 'vitest'
import { type Proof, verify } from '../../cluster/runtime/fairness.ts'
import type { Guild, SeenMessage } from '../standins/discord/index.ts'
import { DrandStandIn } from '../standins/drand/index.ts'
import type { KickUser } from '../standins/kick/index.ts'
import { buttonsOf, signIn, textOf } from '../support/browsing.ts'
import { aGuildId } from '../support/builders.ts'
import { onCleanUp } from '../support/cleanup.ts'
import { buildStage, type Pod, ready, type Stage } from '../support/stage.ts'
import { until } from '../support/wait.ts'

/** A giveaway of a bot whose process is killed at the worst moments and started again. */
let stage: Stage
let drand: DrandStandIn
let guild: Guild
let news: string
let channel: KickUser
let viewers: readonly KickUser[]
let pod: Pod

const patient = { timeoutMs: 30_000 }
const ask = (command: string, options: object = {}) =>
  stage.discord.control.command({
    guildId: guild.id,
    channelId: news,
    userId: guild.ownerId,
    command,
    options: { ...options },
  })

async function startPod(): Promise<void> {
  pod = await stage.start('manager', 'manager')
  await ready(pod)
  await stage.discord.control.untilConnected(1, { timeoutMs: 60_000 })
  stage.kick.setWebhookUrl(`${pod.url}/webhooks/kick`)
}
const killPod = () => pod.program.kill('SIGKILL')

beforeAll(async () => {
  drand = new DrandStandIn({ periodSeconds: 3 })
  await drand.start()
  onCleanUp(() => drand.stop())
  const env = { KICK_BOT_NAME: 'app_bot', DRAND_URL: drand.url, DRAND_CHAIN: drand.setting }
  stage = await buildStage({ shardCount: 1, shardsPerGroup: 1, maxConcurrency: 16, env })
  guild = stage.discord.world.addGuild({ id: aGuildId(), name: 'Givers' })
  news = guild.addChannel({ name: 'news' }).id
  channel = stage.kick.control.addChannel({ username: 'Streamer' })
  viewers = ['Anna', 'Bob', 'Carl'].map((username) => stage.kick.control.addViewer({ username }))
  await startPod()
  stage.kick.registerRedirect(`${pod.url}/oauth/kick/callback`)
  const answer = await ask('setup', { channel: 'streamer' }).message(patient)
  const url = buttonsOf(answer).find((button) => button.url?.includes('/link/'))?.url
  expect((await signIn(stage.kick.control.browser(channel), String(url))).status).toBe(200)
}, 120_000)

const messages = (part: RegExp): readonly SeenMessage[] =>
  stage.discord.control.messagesIn(news).filter((message) => part.test(textOf(message)))
const posted = (part: RegExp) => until(() => messages(part)[0], { what: `a message with ${part}`, timeoutMs: 40_000 })
const said = (part: RegExp): readonly string[] =>
  stage.kick.control.spoken.map(({ content }) => content).filter((line) => part.test(line))
const statusOf = async (id: number): Promise<string> =>
  (
    await stage.sql<{ status: string }[]>`
      select status from giveaways where discord_server_id = ${guild.id} and id = ${id}`
  )[0]?.status ?? ''

/** Begins one for an hour, and has everybody enter by signed webhooks. */
async function begin(id: number, title: string): Promise<void> {
  const modal = await ask('giveaway create', { method: 'keyword' }).modal(patient)
  await stage.discord.control.submit(modal, { title, duration: '1h', keyword: '!win' }).message(patient)
  for (const viewer of viewers) stage.kick.control.chat(channel, viewer, '!win')
  await stage.kick.control.drained()
  await until(
    async () =>
      (await stage.sql`select 1 from giveaway_entries where discord_server_id = ${guild.id} and giveaway_id = ${id}`)
        .length === viewers.length,
    { what: 'everybody to enter', timeoutMs: 30_000 },
  )
}

/** Its time is over. */
async function end(id: number): Promise<void> {
  await stage.sql`update giveaways set ends_at = now() where discord_server_id = ${guild.id} and id = ${id}`
  await stage.sql`
    update job set next_run_at = now() where discord_server_id = ${guild.id} and kind = 'giveaways.end' and job_ref = ${String(id)}`
}

/** Nothing is owed any more, and no job is due. */
const settled = () =>
  until(
    async () => {
      const owed = await stage.sql`select 1 from outbox where discord_server_id = ${guild.id} and state = 'due'`
      const due = await stage.sql`select 1 from job where discord_server_id = ${guild.id} and next_run_at <= now()`
      return owed.length + due.length === 0
    },
    { what: 'everything that is owed to be paid', timeoutMs: 40_000 },
  )

/** Asks for the round again at once, however often it was not to be had. */
const hurry = () => stage.sql`update randomness_round set next_try_at = now() where randomness is null`

const drawn = (id: number) =>
  until(async () => (await hurry()) && (await statusOf(id)) === 'completed', { what: 'the draw', timeoutMs: 60_000 })

async function isWonOnce(id: number, title: string): Promise<void> {
  await posted(new RegExp(`The winner of \\*\\*${title}\\*\\* is drawn`))
  await until(() => said(new RegExp(`wins “${title}”`)).length > 0, { what: 'the line in chat', timeoutMs: 40_000 })
  await settled()
  expect(messages(new RegExp(`The winner of \\*\\*${title}\\*\\* is drawn`))).toHaveLength(1)
  expect(messages(new RegExp(`${title}[\\s\\S]*The list is frozen`))).toHaveLength(1)
  expect(said(new RegExp(`wins “${title}”`))).toHaveLength(1)
  const winners = await stage.sql`
    select nonce, announced from giveaway_winners where discord_server_id = ${guild.id} and giveaway_id = ${id}`
  expect(winners).toEqual([{ nonce: 0, announced: true }])
  const proof = (await (await fetch(`${pod.url}/giveaways/${guild.id}/${id}/proof.json`)).json()) as Proof
  expect(proof.entrants).toHaveLength(viewers.length)
  expect(proof.draws).toHaveLength(1)
  expect((await verify(proof)).filter(({ holds }) => !holds)).toEqual([])
}

it('is ended, drawn and announced once by a bot that is away at its end, dies after it, and dies once more at the draw', async () => {
  await begin(1, 'A hat')
  await killPod()
  await end(1)
  expect(await statusOf(1)).toBe('active')
  drand.fault = 'down' // so that it cannot be drawn yet
  await startPod()
  await posted(/A hat[\s\S]*The list is frozen/)
  expect(await statusOf(1)).toBe('drawing')
  await killPod()
  drand.fault = undefined
  await startPod()
  await drawn(1)
  await killPod() // it has announced the winner by now, or not
  await startPod()
  await isWonOnce(1, 'A hat')
}, 240_000)
