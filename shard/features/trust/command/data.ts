import { ApplicationCommandOptionType, AttachmentBuilder, type ButtonInteraction } from 'discord.js'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { type GuildId, userId } from '../../../../cluster/runtime/ids.ts'
import { type Db, transaction } from '../../../../sql/client.ts'
import { readSettingsOf } from '../../../../sql/queries/settings.ts'
import { collectPerson, erasePerson, type Person } from '../../../../sql/queries/trust.ts'
import { exclusions, isLeftOut } from '../../exclusions/index.ts'
import type { Button, Command } from '../../feature.ts'
import { described, speakTo } from '../../language.ts'
import { linkOf, noLinkView } from '../../links/index.ts'
import { eraseView, privacyView } from '../view.ts'

async function personOf(db: Db, guildId: GuildId, memberId: string): Promise<Person> {
  const member = userId(memberId)
  const link = await linkOf(db, guildId, member)
  return { guildId, userId: member, username: link?.kickName ?? null, kickUserId: link?.kickUserId ?? null }
}

const subcommand = (name: string, key: Parameters<typeof described>[0]) => ({
  type: ApplicationCommandOptionType.Subcommand as const,
  name,
  ...described(key),
})

/** Whether a member stands on boards, and what is kept about them. */
export const privacy: Command = {
  data: {
    name: 'privacy',
    ...described('trust:command.privacy'),
    options: [
      subcommand('hide', 'trust:command.privacy.hide'),
      subcommand('show', 'trust:command.privacy.show'),
      subcommand('status', 'trust:command.privacy.status'),
    ],
  },
  async run(interaction, guildId, { sql }) {
    const say = speakTo(interaction)
    const member = userId(interaction.user.id)
    const link = await linkOf(sql, guildId, member)
    const wish = { guildId, kinds: ['boards'], origin: 'member' } as const
    switch (interaction.options.getSubcommand()) {
      case 'hide':
        if (link === undefined) return noLinkView(say, true)
        await exclusions.set(sql, { ...wish, username: link.kickName, reason: null, setBy: member })
        return { content: say('trust:hidden') }
      case 'show':
        if (link === undefined) return noLinkView(say, true)
        await exclusions.remove(sql, { ...wish, username: link.kickName })
        return { content: say('trust:shown') }
      default: {
        const [{ forget_after_days: days }, isHidden] = await Promise.all([
          readSettingsOf(sql, guildId, ['forget_after_days']),
          link === undefined ? false : isLeftOut(sql, { guildId, username: link.kickName, kind: 'boards' }),
        ])
        return privacyView(say, { link, isHidden, days })
      }
    }
  },
}

/** A copy of what is kept about a member, and the way to have it erased. Both are about this server alone. */
export const data: Command = {
  data: {
    name: 'data',
    ...described('trust:command.data'),
    options: [subcommand('export', 'trust:command.data.export'), subcommand('erase', 'trust:command.data.erase')],
  },
  async run(interaction, guildId, { sql, clock }) {
    const say = speakTo(interaction)
    if (interaction.options.getSubcommand() === 'erase') return eraseView(say, guildId, userId(interaction.user.id))
    const person = await personOf(sql, guildId, interaction.user.id)
    const copy = {
      guildId,
      userId: person.userId,
      username: person.username,
      at: new Date(clock.now()).toISOString(),
      data: await collectPerson(sql, person),
    }
    const file = new AttachmentBuilder(Buffer.from(JSON.stringify(copy, null, 2)), { name: 'my-data.json' })
    return { content: say('trust:export.here'), files: [file] }
  },
}

/** Only the member whom the question names may answer it; in Discord nobody else sees it. */
function checkAsked(interaction: ButtonInteraction, asked: string | undefined): void {
  if (interaction.user.id !== asked) throw new UserError('other_member', speakTo(interaction)('trust:erase.other'))
}

/** `trust:erase:<guild>:<member>`; pressed again it finds nothing and says the same. */
export const eraseButton: Button = {
  async run(interaction, guildId, [asked], { sql, log }) {
    checkAsked(interaction, asked)
    const rows = await transaction(sql, async (db) => erasePerson(db, await personOf(db, guildId, interaction.user.id)))
    log.info({ guildId, rows }, 'member erased')
    return { content: speakTo(interaction)('trust:erase.done') }
  },
}

/** `trust:keep:<guild>:<member>` */
export const keepButton: Button = {
  async run(interaction, _guildId, [asked]) {
    checkAsked(interaction, asked)
    return { content: speakTo(interaction)('trust:erase.kept') }
  },
}
