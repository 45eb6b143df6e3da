import { randomBytes } from 'node:crypto'
import { ApplicationCommandOptionType, PermissionFlagsBits } from 'discord.js'
import { userId } from '../../../../cluster/runtime/ids.ts'
import { transaction } from '../../../../sql/client.ts'
import { deleteLink, dropSignIns, linkOf, setOwner, signInMinutes, startSignIn } from '../../../../sql/queries/links.ts'
import { touchSettlement } from '../../../../sql/queries/settlement.ts'
import type { Command } from '../../feature.ts'
import { stateOf, urlValueOf } from '../rules.ts'
import { alreadyLinkedView, notLinkedView, signInView, unlinkedView } from '../view.ts'

/**
 * Gives the member a button that leads to Kick. The URL alone links nothing: whoever opens it only proves which Kick
 * account is theirs, and the member is asked about that account before anything is written.
 */
export const link: Command = {
  data: {
    name: 'link',
    description: 'Link your Kick account, so that watching counts for you',
  },
  async run(interaction, guildId, { sql, publicUrl }) {
    const member = userId(interaction.user.id)
    const existing = await linkOf(sql, guildId, member)
    if (existing !== undefined) return alreadyLinkedView(existing)
    const urlValue = urlValueOf(guildId, randomBytes(32))
    await transaction(sql, (db) =>
      startSignIn(db, { guildId, userId: member, state: stateOf(urlValue), interactionToken: interaction.token }),
    )
    return signInView(`${publicUrl}/link/${urlValue}`, signInMinutes)
  },
}

/** Takes a link away. Members cannot do it for themselves: changing accounts at will is how watch time would be farmed. */
export const unlink: Command = {
  data: {
    name: 'unlink',
    description: 'Take away the link between a member and their Kick account',
    default_member_permissions: String(PermissionFlagsBits.ManageGuild),
    options: [{ type: ApplicationCommandOptionType.User, name: 'member', description: 'Whose link', required: true }],
  },
  async run(interaction, guildId, { sql, log }) {
    const member = userId(interaction.options.getUser('member', true).id)
    const removed = await transaction(sql, async (db) => {
      await dropSignIns(db, { guildId, userId: member })
      const [found] = await deleteLink(db, { guildId, userId: member })
      if (found === undefined) return undefined
      await setOwner(db, { guildId, kickName: found.kickName, userId: null })
      await touchSettlement(db, { kind: 'roles', guildIds: [guildId] })
      return found
    })
    if (removed === undefined) return notLinkedView(member)
    log.info({ guildId, memberId: member, adminId: interaction.user.id }, 'member unlinked')
    return unlinkedView(member, removed.displayName)
  },
}
