import { MessageFlags, type RESTPostAPIChannelMessageJSONBody, Routes } from 'discord.js'
import { z } from 'zod'
import type { UserId } from '../../cluster/runtime/ids.ts'
import { codeOf, discordCode, paymentFor } from './discord.ts'
import type { OutboxRow, Payment, Tools } from './feature.ts'

type Message = RESTPostAPIChannelMessageJSONBody

const dmChannel = z.object({ id: z.string() })

/**
 * Sends a direct message. Repeated for the same row it is not sent twice (Discord keeps to the nonce for some minutes). Throws what the REST
 * client throws: a member who takes none is refused with `discordCode.cannotSendToUser`.
 */
export async function sendDirect(row: OutboxRow, to: UserId, message: Message, tools: Tools): Promise<void> {
  const channel = await tools.rest.post(Routes.userChannels(), { body: { recipient_id: to } })
  const { id } = dmChannel.parse(channel)
  const once = { nonce: row.outboxId, enforce_nonce: true, allowed_mentions: { parse: [] } }
  await tools.rest.post(Routes.channelMessages(id), { body: { ...message, ...once } })
}

export interface Ways {
  readonly to: UserId
  /** Of an interaction of this member. It answers for 15 minutes. */
  readonly token: string | null | undefined
  readonly first: 'follow-up' | 'direct'
}

/** Discord's answers which say that this way to the member is closed, and not that something is wrong. */
const closed = new Set<number>([
  discordCode.unknownWebhook, // the token is too old
  discordCode.invalidWebhookToken,
  discordCode.cannotSendToUser,
  discordCode.unknownUser,
])

/**
 * Tells one member something that nobody else may see, by the first way that is open. Repeated after a crash, a direct
 * message is not sent twice; a follow-up may be.
 */
export async function tellMember(row: OutboxRow, message: Message, ways: Ways, tools: Tools): Promise<Payment> {
  const { to, token, first } = ways
  const followUp = async () => {
    if (!token) return false
    await tools.rest.post(Routes.webhook(tools.applicationId, token), {
      body: { ...message, allowed_mentions: { parse: [] }, flags: MessageFlags.Ephemeral },
      auth: false,
      query: new URLSearchParams({ wait: 'true' }),
    })
    return true
  }
  const direct = async () => {
    await sendDirect(row, to, message, tools)
    return true
  }
  for (const way of first === 'direct' ? [direct, followUp] : [followUp, direct]) {
    try {
      if (await way()) return { kind: 'paid' }
    } catch (error) {
      if (!closed.has(codeOf(error) ?? 0)) return paymentFor(error)
    }
  }
  return { kind: 'dead', reason: 'the member takes no direct messages and their interaction is too old' }
}
