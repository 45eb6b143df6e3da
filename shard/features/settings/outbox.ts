import { z } from 'zod'
import { userId } from '../../../cluster/runtime/ids.ts'
import type { OutboxPayer } from '../feature.ts'
import { tellMember } from '../tell.ts'
import { connectedMessage } from './view.ts'

const payload = z.object({
  discordId: z.string(),
  displayName: z.string(),
  interactionToken: z.string().min(1).nullish(),
})

/** Tells the admin who asked for it that the broadcaster has let the bot write in stream chat. */
export const payConnected: OutboxPayer = (row, tools) => {
  const { discordId, displayName, interactionToken } = payload.parse(row.payload)
  const ways = { to: userId(discordId), token: interactionToken, first: 'follow-up' } as const
  return tellMember(row, connectedMessage(displayName), ways, tools)
}
