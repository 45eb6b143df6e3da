import { randomInt } from 'node:crypto'
import { type InteractionEditReplyOptions, InteractionResponseType, MessageFlags, MessagePayload } from 'discord.js'
import type { Reply } from '../../features/feature.ts'
import type { Say } from '../../features/language.ts'
import type { Deferrable, FirstAnswer } from './acknowledge.ts'
import type { Outcome } from './failure.ts'

/** The whole of a message, so that nothing of what stood there before is left; mentions are off unless it says otherwise. */
function whole(reply: Reply): InteractionEditReplyOptions {
  const isNewLayout = (Number(reply.flags ?? 0) & MessageFlags.IsComponentsV2) !== 0 // which knows no content
  const blank: InteractionEditReplyOptions = isNewLayout ? {} : { content: null, embeds: [], components: [] }
  return { ...blank, allowedMentions: { parse: [] }, ...reply }
}

/** Puts the answer in the place of the deferred reply, or of the message that holds the component. */
export async function edit(interaction: Deferrable, reply: Reply): Promise<void> {
  await interaction.editReply(whole(reply))
}

/** The answer as a first answer: in the place of the message that holds the component, or as one that nobody else sees. */
export function asFirstAnswer(interaction: Deferrable, reply: Reply, place: 'update' | 'private'): FirstAnswer {
  const { body } = MessagePayload.create(interaction, whole(reply)).resolveBody()
  if (place === 'update') return { type: InteractionResponseType.UpdateMessage, data: { ...body } }
  const flags = Number(reply.flags ?? 0) | MessageFlags.Ephemeral
  return { type: InteractionResponseType.ChannelMessageWithSource, data: { ...body, flags } }
}

/** A sentence as a first answer that nobody else sees. */
export const sentenceOf = (content: string): FirstAnswer => ({
  type: InteractionResponseType.ChannelMessageWithSource,
  data: { content, flags: MessageFlags.Ephemeral, allowed_mentions: { parse: [] } },
})

/** Tells the member alone, whatever was deferred: a private reply, a public one, or a change of a message. */
export async function tellPrivately(interaction: Deferrable, content: string): Promise<void> {
  if (interaction.ephemeral) return edit(interaction, { content })
  // The first follow-up to a deferred reply takes that reply's place and is as public, so it goes away first.
  if (interaction.ephemeral === false) await interaction.deleteReply()
  await interaction.followUp({ content, flags: MessageFlags.Ephemeral, allowedMentions: { parse: [] } })
}

/** What a member reads when their command came to nothing through no fault of theirs. */
export function faultSentence(say: Say, outcome: Outcome, reference: string): string {
  const kind = outcome === 'timeout' || outcome === 'unavailable' || outcome === 'undelivered' ? outcome : 'failed'
  return say(`common:fault.${kind}`, { reference })
}

/** Six characters that are not mistaken for one another, for a member to tell and an operator to search for. */
const alphabet = 'ABCDEFGHJKMNPQRSTVWXYZ23456789'
export const newReference = (): string => Array.from({ length: 6 }, () => alphabet[randomInt(alphabet.length)]).join('')
