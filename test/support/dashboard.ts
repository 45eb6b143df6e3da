import { randomBytes } from 'node:crypto'
import { type Json, signatureOf } from '../../cluster/ingress/dashboard/signature.ts'
import type { GuildId } from '../../cluster/runtime/ids.ts'

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
  const event: { [key: string]: Json } = {
    guild_id: said.guildId,
    area,
    action,
    data: said.data ?? {},
    timestamp: new Date(said.at ?? Date.now()).toISOString(),
    nonce: said.nonce ?? randomBytes(16).toString('hex'),
  }
  return { subject: `dash.${said.guildId}.${area}.${action}`, body: { ...event, sig: signatureOf(event, said.secret) } }
}
