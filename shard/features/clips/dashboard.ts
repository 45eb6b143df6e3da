import { z } from 'zod'
import { UserError } from '../../../cluster/runtime/errors.ts'
import { type GuildId, username } from '../../../cluster/runtime/ids.ts'
import type { Db } from '../../../sql/client.ts'
import {
  type ClipService,
  channelKeys,
  clipServicesOf,
  finishClip,
  liveSince,
  wishClip,
} from '../../../sql/queries/clips.ts'
import { owe } from '../../../sql/queries/outbox.ts'
import { dataOf } from '../dashboard.ts'
import type { DashboardEvent, DashboardHandler } from '../feature.ts'
import { speak } from '../language.ts'
import { record } from './event.ts'
import { bufferRef, cleanTitle, limits, refOfDashboard } from './rules.ts'

const uploaded = z.object({
  watch_url: z.string().regex(/^https:\/\/[^\s<>"@]{3,480}$/, 'an address that begins with https://'),
  title: z.string().max(500).default(''),
  username: z.string().trim().min(1).max(100).default('dashboard'),
  duration: z.int().min(1).max(600).default(30),
})

/** A clip that was made at the dashboard stands among the others, and is posted where the server has its clips posted. */
export const onUploaded: DashboardHandler = async (event, db, tools) => {
  const { guildId } = event
  const data = dataOf(event, uploaded)
  const id = await wishClip(db, {
    guildId,
    requestRef: refOfDashboard(event.id),
    username: username(data.username),
    displayName: data.username,
    title: cleanTitle(data.title),
    durationSeconds: data.duration,
    channel: '',
    userCooldown: 0,
    channelCooldown: 0,
  })
  if (id === undefined) return
  await finishClip(db, { guildId, id, url: data.watch_url, failure: null })
  const [service] = await clipServicesOf(db, [guildId])
  if (service?.channelId == null) return
  await owe(db, [{ guildId, kind: 'clips.post', sourceRef: String(id), payload: { id } }])
  tools.wakeOutbox()
}

/** Refusals are written down as an administrator reads them there, in English. */
const say = speak('en')

/** What is asked, and of which channel; a `UserError` where clips are not set up or turned off. */
async function serviceOf(db: Db, guildId: GuildId): Promise<{ service: ClipService; slug: string; ref: string }> {
  const [services, channels] = [await clipServicesOf(db, [guildId]), await channelKeys(db, [guildId])]
  const [service, channel] = [services[0], channels[0]]
  if (service === undefined || !service.enabled) throw new UserError('not_set_up', say('clips:error.not_set_up'))
  if (channel === undefined) throw new UserError('no_channel', say('clips:error.no_channel'))
  return { service, slug: channel.slug, ref: bufferRef(service.url, channel.broadcasterUserId) }
}

async function liveOrRefused(db: Db, guildId: GuildId): Promise<Date> {
  const since = await liveSince(db, guildId)
  if (since === undefined) throw new UserError('not_live', say('clips:error.not_live'))
  return since
}

const oweBuffer = (db: Db, { guildId, id }: DashboardEvent, ref: string, action: 'watch' | 'tell') =>
  owe(db, [{ guildId, kind: 'clips.buffer', sourceRef: `${action}:${ref}:${id}`, payload: { ref, action } }])

/** Sees to it that the recording runs while the stream is live: one that should run already is looked after at once. */
export const onBufferStart: DashboardHandler = async (event, db, tools) => {
  const { guildId } = event
  const { ref } = await serviceOf(db, guildId)
  const since = await liveOrRefused(db, guildId)
  await record(db, { followers: [{ guildId, ref }], startedAt: since.getTime(), isLive: true }, tools)
  await oweBuffer(db, event, ref, 'watch')
  tools.wakeOutbox()
}

/** A recording stops with its stream. One that runs may be that of other servers too, and none of them stops it for the others. */
export const onBufferStop: DashboardHandler = async (event, db, tools) => {
  const { guildId } = event
  const { ref } = await serviceOf(db, guildId)
  if ((await liveSince(db, guildId)) !== undefined) throw new UserError('shared', say('clips:error.shared'))
  await record(db, { followers: [{ guildId, ref }], startedAt: event.at, isLive: false }, tools)
}

/** Says whether the recording runs: `clips.buffer_status`. */
export const onBufferStatus: DashboardHandler = async (event, db, tools) => {
  const { ref } = await serviceOf(db, event.guildId)
  await oweBuffer(db, event, ref, 'tell')
  tools.wakeOutbox()
}

const wanted = z.object({
  request_id: z.string().trim().min(1).max(100),
  username: z.string().trim().min(1).max(100).default('dashboard'),
  title: z.string().max(500).default(''),
  duration: z.coerce.number().int().min(limits.duration.min).max(limits.duration.max).optional(),
})

/** Has a clip cut, once for each request; what became of it is said as `clips.created`. Admins wait for no cooldown. */
export const onCreate: DashboardHandler = async (event, db, tools) => {
  const { guildId } = event
  const data = dataOf(event, wanted)
  const { service, slug } = await serviceOf(db, guildId)
  await liveOrRefused(db, guildId)
  const title = cleanTitle(data.title)
  const id = await wishClip(db, {
    guildId,
    requestRef: refOfDashboard(data.request_id),
    username: username(data.username),
    displayName: data.username,
    title: title === '' ? say('clips:title', { name: data.username }) : title,
    durationSeconds: data.duration ?? service.durationSeconds,
    channel: slug,
    userCooldown: 0,
    channelCooldown: 0,
  })
  if (id === undefined) return
  await owe(db, [{ guildId, kind: 'clips.make', sourceRef: String(id), payload: { id } }])
  tools.wakeOutbox()
}
