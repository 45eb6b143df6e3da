/** What this bot says to a dashboard and to whoever else may listen: signed as the dashboard signs what it says to the bot. */
import { createHash } from 'node:crypto'
import type { StreamDefinition } from './bus.ts'
import type { GuildId } from './ids.ts'
import { type Json, signatureOf } from './signature.ts'

/** What is said of one guild, to it or by it. */
export interface Said {
  readonly guildId: GuildId | string
  readonly area: string
  readonly action: string
  readonly data: { readonly [key: string]: Json }
  /** The same for the same event, however often it is published; 16 to 64 letters, digits, `_` and `-`. */
  readonly nonce: string
}

/** The event as it stands on the bus; `at`, in milliseconds, is when it is published. */
export function signedEvent(said: Said, p: { readonly secret: string; readonly at: number }): { [key: string]: Json } {
  const { guildId, area, action, data, nonce } = said
  const event = { guild_id: guildId, area, action, data, timestamp: new Date(p.at).toISOString(), nonce }
  return { ...event, sig: signatureOf(event, p.secret) }
}

/** A nonce that follows from what an event is about. */
export const nonceFor = (...about: readonly string[]): string =>
  createHash('sha256').update(about.join('\n')).digest('hex').slice(0, 40)

/** Events of ours live a day: a dashboard that was away reads on where it stopped. */
export const toldStream: StreamDefinition = {
  name: 'EVT',
  subjects: ['evt.*.*.*'],
  maxAgeSeconds: 86_400,
  duplicateWindowSeconds: 900,
}

export const toldSubject = ({ guildId, area, action }: Pick<Said, 'guildId' | 'area' | 'action'>): string =>
  `evt.${guildId}.${area}.${action}`
