import { randomInt } from 'node:crypto'
import { type InteractionEditReplyOptions, MessageFlags } from 'discord.js'
import type { Reply } from '../../features/feature.ts'
import type { Say } from '../../features/language.ts'
import type { Deferrable } from './acknowledge.ts'
import type { Outcome } from './failure.ts'

/** Puts the answer in the place of the deferred reply, or of the message that holds the button. */
export async function edit(interaction: Deferrable, reply: Reply): Promise<void> {
  const isNewLayout = (Number(reply.flags ?? 0) & MessageFlags.IsComponentsV2) !== 0 // which knows no content
  const blank: InteractionEditReplyOptions = isNewLayout ? {} : { content: null, embeds: [], components: [] }
  await interaction.editReply({ ...blank, allowedMentions: { parse: [] }, ...reply })
}

/** Tells the member alone, whatever was deferred: a private reply, a public one, or a change of a message. */
export async function tellPrivately(interaction: Deferrable, content: string): Promise<void> {
  if (interaction.ephemeral) return edit(interaction, { content })
  // The first follow-up to a deferred reply takes that reply's place and is as public, so it goes away first.
  if (!interaction.isButton()) await interaction.deleteReply()
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
