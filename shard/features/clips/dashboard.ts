import { z } from 'zod'
import { username } from '../../../cluster/runtime/ids.ts'
import { clipServicesOf, finishClip, wishClip } from '../../../sql/queries/clips.ts'
import { owe } from '../../../sql/queries/outbox.ts'
import { dataOf } from '../dashboard.ts'
import type { DashboardHandler } from '../feature.ts'
import { cleanTitle } from './rules.ts'

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
    requestRef: `dashboard:${event.id}`,
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
