import { z } from 'zod'
import { userId } from '../../../cluster/runtime/ids.ts'
import { KickError } from '../../../cluster/runtime/kick.ts'
import { channelOf } from '../../../sql/queries/channel.ts'
import type { OutboxPayer } from '../feature.ts'
import { speakIn } from '../language.ts'
import { tellMember } from '../tell.ts'
import { watchChannel } from './command/setup.ts'
import { connectedMessage } from './view.ts'

const payload = z.object({
  discordId: z.string(),
  displayName: z.string(),
  interactionToken: z.string().min(1).nullish(),
})

/** Tells the admin who asked for it that the broadcaster has let the bot write in stream chat. */
export const payConnected: OutboxPayer = async (row, tools) => {
  const { discordId, displayName, interactionToken } = payload.parse(row.payload)
  const sayIn = await speakIn(tools.sql, [row.guildId])
  const ways = { to: userId(discordId), token: interactionToken, first: 'follow-up' } as const
  return tellMember(row, connectedMessage(sayIn(row.guildId), displayName), ways, tools)
}

const bindPayload = z.object({ channel: z.string(), replaces: z.boolean().optional() })

/** Binds the server to a channel that the dashboard chose, or the environment names: the latter unless there is one by now. */
export const payBind: OutboxPayer = async (row, tools) => {
  const { channel: typed, replaces } = bindPayload.parse(row.payload)
  if (!replaces && (await channelOf(tools.sql, row.guildId)) !== undefined) return { kind: 'paid' }
  try {
    const lookup = await tools.kick.channelBySlug(typed)
    if (lookup.kind !== 'found') return { kind: 'dead', reason: `Kick knows no channel ${typed.slice(0, 60)}` }
    await watchChannel(row.guildId, { channel: lookup.channel, userId: null }, tools)
    return { kind: 'paid' }
  } catch (error) {
    if (!(error instanceof KickError)) throw error
    return { kind: 'wait', reason: 'Kick does not answer', delayMs: 10_000 }
  }
}
