import { randomBytes } from 'node:crypto'
import type { GuildId } from '../../cluster/runtime/ids.ts'
import type { Json } from '../../cluster/runtime/signature.ts'
import { signedEvent } from '../../cluster/runtime/told.ts'

export interface Said {
  readonly guildId: GuildId | string
  /** `<area>.<action>`. */
  readonly event: string
  readonly data?: { readonly [key: string]: Json }
  readonly at?: number
  readonly nonce?: string
  readonly secret: string
}

/** An event as the dashboard signs it, and the subject under which it is published. */
export function saidByDashboard(said: Said): { subject: string; body: { [key: string]: Json } } {
  const [area = '', action = ''] = said.event.split('.')
  const { guildId, data = {}, at = Date.now(), nonce = randomBytes(16).toString('hex'), secret } = said
  const body = signedEvent({ guildId, area, action, data, nonce }, { secret, at })
  return { subject: `dash.${guildId}.${area}.${action}`, body }
}
