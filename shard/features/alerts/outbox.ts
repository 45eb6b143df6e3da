import { Routes } from 'discord.js'
import { z } from 'zod'
import type { ChannelId, GuildId } from '../../../cluster/runtime/ids.ts'
import { KickError } from '../../../cluster/runtime/kick.ts'
import { transaction } from '../../../sql/client.ts'
import {
  type Alert,
  type AlertSetup,
  alertOf,
  alertSetupOf,
  chattersOf,
  savePost,
  saveTitle,
} from '../../../sql/queries/alerts.ts'
import { type BoundChannel, channelOf } from '../../../sql/queries/channel.ts'
import { scheduleJobs } from '../../../sql/queries/job.ts'
import { owe } from '../../../sql/queries/outbox.ts'
import { codeOf, discordCode, paymentFor } from '../discord.ts'
import type { OutboxPayer, OutboxRow, Payment, Tools } from '../feature.ts'
import { type Say, speakIn } from '../language.ts'
import { latestSeconds } from './rules.ts'
import { alertMessage } from './view.ts'

const payload = z.object({ startedAt: z.number() })
const posted = z.object({ id: z.string() })
const paid: Payment = { kind: 'paid' }
const refreshMs = 5 * 60_000
/** Added to what is late already: Discord may have been away for a while, and late is still better than never. */
const patienceMs = 30 * 60_000

/** All that a post is made of. */
interface Scene {
  readonly alert: Alert
  readonly setup: AlertSetup
  readonly channel: BoundChannel
  readonly say: Say
}

async function sceneOf(guildId: GuildId, startedAt: number, tools: Tools): Promise<Scene | undefined> {
  const [[alert], setup, channel, sayFor] = await Promise.all([
    alertOf(tools.sql, { guildId, startedAt }),
    alertSetupOf(tools.sql, guildId),
    channelOf(tools.sql, guildId),
    speakIn(tools.sql, [guildId]),
  ])
  if (alert === undefined || setup === undefined || channel === undefined) return undefined
  return { alert, setup, channel, say: sayFor(guildId) }
}

/** Posts that a stream is live, once: Discord keeps to the nonce, and a post that is kept is not made again. */
export const payPost: OutboxPayer = async (row, tools) => {
  const { startedAt } = payload.parse(row.payload)
  await readTitle(row.guildId, startedAt, tools)
  const scene = await sceneOf(row.guildId, startedAt, tools)
  if (scene === undefined || !scene.setup.enabled || scene.alert.messageId !== null || scene.alert.endedAt !== null)
    return paid
  if (tools.clock.now() - startedAt > latestSeconds * 1_000 + patienceMs)
    return { kind: 'dead', reason: 'too late to say that the stream has begun' }
  const { setup, alert, channel } = scene
  const message = alertMessage(scene.say, { setup, channel, title: alert.title, category: alert.category })
  try {
    const id = await send(row, setup.channelId, message, tools)
    await savePost(tools.sql, { guildId: row.guildId, startedAt, channelId: setup.channelId, messageId: id })
    return paid
  } catch (error) {
    return paymentFor(error)
  }
}

async function send(row: OutboxRow, channel: ChannelId, message: object, tools: Tools): Promise<string> {
  const body = { ...message, nonce: row.outboxId, enforce_nonce: true }
  return posted.parse(await tools.rest.post(Routes.channelMessages(channel), { body })).id
}

/** Makes the post say what is true now. Safe to repeat; a post that somebody deleted stays deleted. */
export const payEdit: OutboxPayer = async (row, tools) => {
  const { startedAt } = payload.parse(row.payload)
  const scene = await sceneOf(row.guildId, startedAt, tools)
  if (scene === undefined) return paid
  const { alert, setup, channel } = scene
  if (alert.messageId === null || alert.channelId === null) return paid // it was never posted
  const ended =
    alert.endedAt === null
      ? undefined
      : {
          minutes: Math.max(0, Math.round((alert.endedAt.getTime() - alert.startedAt.getTime()) / 60_000)),
          chatters: await chattersOf(tools.sql, { guildId: row.guildId, from: alert.startedAt, to: alert.endedAt }),
        }
  const body = alertMessage(scene.say, { setup, channel, title: alert.title, category: alert.category, ended })
  try {
    await tools.rest.patch(Routes.channelMessage(alert.channelId, alert.messageId), { body })
    return paid
  } catch (error) {
    const code = codeOf(error)
    return code === discordCode.unknownMessage || code === discordCode.unknownChannel ? paid : paymentFor(error)
  }
}

/** Looks at the title of a stream that runs, has the post edited when it is another, and looks again later. */
export const payRefresh: OutboxPayer = async (row, tools) => {
  const { startedAt } = payload.parse(row.payload)
  const scene = await sceneOf(row.guildId, startedAt, tools)
  if (scene === undefined || scene.alert.endedAt !== null || scene.setup.updates !== 'all') return paid
  await readTitle(row.guildId, startedAt, tools)
  const runAt = new Date(tools.clock.now() + refreshMs)
  await scheduleJobs(tools.sql, [{ guildId: row.guildId, kind: 'alerts.refresh', ref: String(startedAt), runAt }])
  return paid
}

/** Keeps what Kick calls the stream now, and owes an edit when that is news. What Kick does not tell stays as the event told it. */
async function readTitle(guildId: GuildId, startedAt: number, tools: Tools): Promise<void> {
  const channel = await channelOf(tools.sql, guildId)
  if (channel === undefined) return
  const streams = await tools.kick.livestreamsByIds([channel.broadcasterUserId]).catch((error: unknown) => {
    if (error instanceof KickError) return []
    throw error
  })
  const [stream] = streams
  if (stream === undefined) return
  await transaction(tools.sql, async (db) => {
    const [changed] = await saveTitle(db, { guildId, startedAt, title: stream.title, category: stream.category })
    if (changed === undefined) return
    const sourceRef = `${startedAt}:${changed.revision}`
    await owe(db, [{ guildId, kind: 'alerts.edit', sourceRef, payload: { startedAt } }])
  })
  tools.wakeOutbox()
}

/** Posts an alert that is marked as a test. Throws what the REST client throws. */
export async function sendTest(guildId: GuildId, tools: Tools): Promise<ChannelId | 'not_set_up' | 'no_channel'> {
  const [setup, channel, sayFor] = await Promise.all([
    alertSetupOf(tools.sql, guildId),
    channelOf(tools.sql, guildId),
    speakIn(tools.sql, [guildId]),
  ])
  if (setup === undefined) return 'not_set_up'
  if (channel === undefined) return 'no_channel'
  const say = sayFor(guildId)
  const body = alertMessage(say, { setup, channel, title: channel.displayName, category: null, isTest: true })
  await tools.rest.post(Routes.channelMessages(setup.channelId), { body })
  return setup.channelId
}

/** For whoever asks from outside of Discord; nobody reads an answer, so it goes the way of all messages. */
export const payTest: OutboxPayer = async (row, tools) => {
  try {
    await sendTest(row.guildId, tools)
    return paid
  } catch (error) {
    return paymentFor(error)
  }
}
