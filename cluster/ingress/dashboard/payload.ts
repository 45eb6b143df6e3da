import { z } from 'zod'
import type { DashboardRow } from '../../../sql/queries/dashboard.ts'
import type { StreamDefinition } from '../../runtime/bus.ts'
import { guildId } from '../../runtime/ids.ts'
import { isSigned, type Json } from '../../runtime/signature.ts'

/** Events live a day: what cannot be taken now waits here. */
export const dashboardStream: StreamDefinition = {
  name: 'DASH',
  subjects: ['dash.*.*.*'],
  maxAgeSeconds: 86_400,
  duplicateWindowSeconds: 900,
}

export const dashboardSubject = (event: Pick<DashboardRow, 'guildId' | 'area' | 'action'>): string =>
  `dash.${event.guildId}.${event.area}.${event.action}`

/** How far what an event says of its time may lie from when it arrived on the bus, in either direction. */
export const maxAgeSeconds = 300

const word = z.string().regex(/^[a-z][a-z_]{0,39}$/)

/** Ids are text: a number of that size is not exact any more when it has passed through JSON. */
const envelope = z.object({
  guild_id: z.string().regex(/^\d{1,20}$/),
  area: word,
  action: word,
  data: z.record(z.string(), z.unknown()),
  timestamp: z.iso.datetime({ offset: true }),
  nonce: z.string().regex(/^[A-Za-z0-9_-]{16,64}$/),
  sig: z.string(),
})

const json: z.ZodType<{ readonly [key: string]: Json }> = z.record(z.string(), z.json())

export type ReadEvent =
  | { readonly kind: 'event'; readonly event: DashboardRow }
  | { readonly kind: 'refused'; readonly reason: 'wrong_shape' | 'wrong_signature' | 'wrong_subject' | 'stale' }

/**
 * Reads an event of the dashboard, and believes it only when it is signed, names the guild, area and action of its subject, and is
 * no older than five minutes at the moment at which the bus took it. That a nonce is new, the database decides. Pure.
 */
export function readDashboardEvent(
  message: { readonly subject: string; readonly body: unknown; readonly storedAt: number },
  secrets: readonly string[],
): ReadEvent {
  const raw = json.safeParse(message.body)
  const parsed = envelope.safeParse(message.body)
  if (!raw.success || !parsed.success) return { kind: 'refused', reason: 'wrong_shape' }
  if (!isSigned(raw.data, secrets)) return { kind: 'refused', reason: 'wrong_signature' }
  const { guild_id, area, action, data, timestamp, nonce } = parsed.data
  const event = { guildId: guildId(guild_id), id: nonce, area, action, data, at: Date.parse(timestamp) }
  if (message.subject !== dashboardSubject(event)) return { kind: 'refused', reason: 'wrong_subject' }
  if (Math.abs(message.storedAt - event.at) > maxAgeSeconds * 1_000) return { kind: 'refused', reason: 'stale' }
  return { kind: 'event', event }
}
