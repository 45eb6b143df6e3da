import { Routes } from 'discord.js'
import { z } from 'zod'
import {
  type ClipAnswer,
  type ClipCall,
  type ClipRefusal,
  callClipService,
  readClip,
  readRecording,
} from '../../../cluster/runtime/clips.ts'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import { Counter, registry } from '../../../cluster/runtime/metrics.ts'
import { transaction } from '../../../sql/client.ts'
import {
  type Clip,
  type ClipService,
  channelKeys,
  clipOf,
  clipServicesOf,
  finishClip,
  isBuffering,
  releaseWatch,
} from '../../../sql/queries/clips.ts'
import { tellDashboard } from '../../../sql/queries/dashboard.ts'
import { owe } from '../../../sql/queries/outbox.ts'
import { chatAnswer } from '../activity/index.ts'
import { paymentFor } from '../discord.ts'
import type { OutboxPayer, OutboxRow, Payment, Tools } from '../feature.ts'
import { speakIn } from '../language.ts'
import { bufferRef, dashboardRequest, patienceMs } from './rules.ts'
import { clipMessage } from './view.ts'

const calls = new Counter({
  name: 'bot_clips_calls_total',
  help: 'What clip services were asked for, and what they answered.',
  labelNames: ['call', 'outcome'],
  registers: [registry],
})

const paid: Payment = { kind: 'paid' }
const makeForm = z.object({ id: z.int() })
const bufferForm = z.object({ ref: z.string(), action: z.enum(['start', 'stop', 'watch', 'tell']) })

/** What a key is encrypted for: it opens in its own row only. */
export const keyPurpose = (guildId: GuildId): string => `clip service key of guild ${guildId}`

/** Asks the guild's service. Outside of any transaction. */
export function askService(
  service: ClipService,
  call: Omit<ClipCall, 'origin' | 'key'>,
  { secrets, clipHosts }: Tools,
): Promise<ClipAnswer> {
  const key = secrets.decrypt(service.keySealed, { keyId: service.keyId, purpose: keyPurpose(service.guildId) })
  return callClipService({ ...call, origin: service.url, key }, clipHosts)
}

/** Has a clip cut, once: the service is told the same id however often it is asked. Says in the chat what came of it. */
export const payMake: OutboxPayer = async (row, tools) => {
  const { id } = makeForm.parse(row.payload)
  const { guildId } = row
  const [clip, [service]] = await Promise.all([
    clipOf(tools.sql, { guildId, id }),
    clipServicesOf(tools.sql, [guildId]),
  ])
  if (clip === undefined || clip.state !== 'asked') return paid
  if (service === undefined || !service.enabled) return conclude(guildId, clip, { failure: 'failed' }, service, tools)
  const answer = await askService(
    service,
    {
      method: 'POST',
      path: '/api/clips/create',
      requestId: `${guildId}-${clip.requestRef}`,
      body: {
        request_id: `${guildId}-${clip.requestRef}`,
        channel: clip.channel,
        duration: clip.durationSeconds,
        username: clip.displayName,
        title: clip.title,
        discord_server_id: guildId,
      },
    },
    tools,
  )
  const result = readClip(answer)
  calls.inc({ call: 'create', outcome: result.kind === 'refused' ? result.code : result.kind })
  switch (result.kind) {
    case 'made':
      return conclude(guildId, clip, { url: result.url }, service, tools)
    case 'refused':
      return conclude(guildId, clip, { failure: result.code }, service, tools)
    case 'unavailable':
      if (tools.clock.now() - clip.createdAt.getTime() < patienceMs) return { kind: 'retry', reason: result.reason }
      return conclude(guildId, clip, { failure: 'unavailable' }, service, tools)
  }
}

/** What the dashboard hears of a clip that somebody asked for, in the chat or there. */
const toldOf = (clip: Clip, result: Result) => ({
  id: clip.id,
  request_id: dashboardRequest(clip.requestRef) ?? null,
  success: 'url' in result,
  watch_url: 'url' in result ? result.url : null,
  error_code: 'failure' in result ? result.failure : null,
  title: clip.title,
  username: clip.displayName,
})

type Result = { readonly url: string } | { readonly failure: ClipRefusal | 'unavailable' }

/** Writes down what came of a wish, and owes the line and the post about it; whoever is second changes nothing. */
async function conclude(
  guildId: GuildId,
  clip: Clip,
  result: Result,
  service: ClipService | undefined,
  tools: Tools,
): Promise<Payment> {
  const url = 'url' in result ? result.url : null
  const failure = 'failure' in result ? result.failure : null
  const say = (await speakIn(tools.sql, [guildId]))(guildId)
  const text =
    failure === null
      ? say('clips:chat.made', { title: clip.title ?? '', url: url ?? '' })
      : say(`clips:chat.${failure}`)
  await transaction(tools.sql, async (db) => {
    const [finished] = await finishClip(db, { guildId, id: clip.id, url, failure })
    if (finished === undefined) return
    const asked = dashboardRequest(clip.requestRef)
    const line = chatAnswer({
      guildId,
      sourceRef: `clip:${clip.id}`,
      messageId: clip.requestRef,
      at: tools.clock.now(),
      content: `@${clip.displayName} ${text}`,
    })
    const post = { guildId, kind: 'clips.post', sourceRef: String(clip.id), payload: { id: clip.id } }
    const lines = asked === undefined ? [line] : []
    await owe(db, url === null || service?.channelId == null ? lines : [...lines, post])
    if (tools.dashboardSecret !== undefined)
      await tellDashboard(db, [
        { guildId, area: 'clips', action: 'created', data: toldOf(clip, result), ref: String(clip.id) },
      ])
  })
  tools.wakeOutbox()
  return paid
}

/** Posts a clip into the guild's channel, once; as a plain address, so that Discord shows it. */
export const payPost: OutboxPayer = async (row, tools) => {
  const { id } = makeForm.parse(row.payload)
  const { guildId } = row
  const [clip, [service], sayFor] = await Promise.all([
    clipOf(tools.sql, { guildId, id }),
    clipServicesOf(tools.sql, [guildId]),
    speakIn(tools.sql, [guildId]),
  ])
  if (clip?.url == null || service?.channelId == null) return paid
  try {
    await tools.rest.post(Routes.channelMessages(service.channelId), {
      body: { ...clipMessage(sayFor(guildId), clip), nonce: row.outboxId, enforce_nonce: true },
    })
    return paid
  } catch (error) {
    return paymentFor(error)
  }
}

const statusPath = (slug: string): string => `/api/clips/buffer/status?channel=${encodeURIComponent(slug)}`

/** Says to the dashboard whether the recording runs, as the service sees it; null when it does not tell. */
async function tellStatus(
  row: OutboxRow,
  p: { readonly service: ClipService; readonly slug: string },
  tools: Tools,
): Promise<Payment> {
  const runs = readRecording(await askService(p.service, { method: 'GET', path: statusPath(p.slug) }, tools))
  calls.inc({ call: 'status', outcome: runs === undefined ? 'unavailable' : runs ? 'recording' : 'idle' })
  const data = { channel: p.slug, recording: runs ?? null }
  await tellDashboard(tools.sql, [
    { guildId: row.guildId, area: 'clips', action: 'buffer_status', data, ref: row.sourceRef },
  ])
  tools.wakeOutbox()
  return paid
}

/** Starts or stops a recording, or looks whether it runs and starts it if not. */
export const payBuffer: OutboxPayer = async (row, tools) => {
  const { ref, action } = bufferForm.parse(row.payload)
  const { guildId } = row
  const [[service], [channel], isWanted] = await Promise.all([
    clipServicesOf(tools.sql, [guildId]),
    channelKeys(tools.sql, [guildId]),
    isBuffering(tools.sql, ref),
  ])
  if (service === undefined || channel === undefined || bufferRef(service.url, channel.broadcasterUserId) !== ref) {
    await releaseWatch(tools.sql, ref) // somebody else may follow it still
    return paid
  }
  if (action === 'tell') return tellStatus(row, { service, slug: channel.slug }, tools)
  // What was owed while something else has happened since is not done any more.
  if (isWanted === (action === 'stop')) return paid
  if (action === 'watch') {
    const seen = await askService(service, { method: 'GET', path: statusPath(channel.slug) }, tools)
    const runs = readRecording(seen)
    // Whose key is no good any more leaves it to the next server that follows it.
    if (seen.kind === 'answer' && (seen.status === 401 || seen.status === 403)) await releaseWatch(tools.sql, ref)
    calls.inc({ call: 'status', outcome: runs === undefined ? 'unavailable' : runs ? 'recording' : 'idle' })
    if (runs !== false) return paid
  }
  const path = `/api/clips/buffer/${action === 'stop' ? 'stop' : 'start'}`
  const answer = await askService(service, { method: 'POST', path, body: { channel: channel.slug } }, tools)
  const isDone = answer.kind === 'answer' && answer.status < 300
  calls.inc({ call: action === 'stop' ? 'stop' : 'start', outcome: isDone ? 'done' : 'failed' })
  if (isDone || (action === 'stop' && answer.kind === 'answer' && answer.status === 404)) return paid
  if (action !== 'stop') await releaseWatch(tools.sql, ref)
  const reason = answer.kind === 'answer' ? `the clip service answered ${answer.status}` : answer.reason
  const mayHeal = answer.kind === 'unreachable' || answer.status >= 500 || answer.status === 429
  return mayHeal ? { kind: 'retry', reason } : { kind: 'dead', reason }
}
