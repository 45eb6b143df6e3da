import { ApplicationCommandOptionType, type ChatInputCommandInteraction } from 'discord.js'
import { accountOf, type Platform, platformNames } from '../../../../cluster/runtime/affiliate.ts'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { type GuildId, userId } from '../../../../cluster/runtime/ids.ts'
import { transaction } from '../../../../sql/client.ts'
import { scheduleJobs } from '../../../../sql/queries/job.ts'
import { owe } from '../../../../sql/queries/outbox.ts'
import { accountNamed, claimAccount, wagerLinksOf, wagersOfMember } from '../../../../sql/queries/wagerlinks.ts'
import { sourcesOf } from '../../../../sql/queries/wagers.ts'
import type { Command, Reply, Tools } from '../../feature.ts'
import { described, type Say, speakTo } from '../../language.ts'
import { linkOf, noLinkView } from '../../links/index.ts'
import { expireJob, expireRef } from '../job.ts'
import { accountNameOf, claimDays } from '../rules.ts'
import { accountText, claimedView, mineView } from '../view.ts'
import { releaseAccount } from './decide.ts'
import { chosenPlatform, platformOption } from './platform.ts'

/** The account that is meant: by its name, or where names may change by the platform's own number, which a name that is known leads to. */
async function accountTyped(
  say: Say,
  p: { readonly guildId: GuildId; readonly platform: Platform; readonly typed: string },
  { sql }: Tools,
): Promise<string> {
  const name = accountNameOf(p.typed)
  if (name === undefined) throw new UserError('bad_account', say('wagers:error.account'))
  if (p.platform !== 'howl' || /^\d+$/.test(name)) return accountOf(name)
  const account = await accountNamed(sql, { ...p, name })
  if (account === undefined)
    throw new UserError('unknown_account', say('wagers:error.number', { platform: platformNames[p.platform] }))
  return account
}

/** Says that an account is theirs; it counts once an admin has seen that it is. */
async function claim(
  say: Say,
  interaction: ChatInputCommandInteraction,
  guildId: GuildId,
  tools: Tools,
): Promise<Reply> {
  const { sql, clock, wakeOutbox } = tools
  const platform = chosenPlatform(interaction)
  const member = userId(interaction.user.id)
  if (!(await sourcesOf(sql, guildId)).some((source) => source.platform === platform))
    throw new UserError('no_source', say('wagers:error.no_source', { platform: platformNames[platform] }))
  if ((await linkOf(sql, guildId, member)) === undefined) return noLinkView(say, true)
  const displayName = interaction.options.getString('name', true).trim().replace(/^@/, '')
  const account = await accountTyped(say, { guildId, platform, typed: displayName }, tools)
  const until = new Date(clock.now() + claimDays * 86_400_000)
  await transaction(sql, async (db) => {
    const [claimed] = await claimAccount(db, {
      guildId,
      platform,
      userId: member,
      account,
      displayName,
      expiresAt: until,
    })
    if (claimed === undefined) {
      const proved = (await wagerLinksOf(db, { guildId, userId: member })).find((link) => link.platform === platform)
      throw new UserError(
        'has_account',
        say('wagers:error.has_account', { account: accountText(platform, proved?.displayName ?? '') }),
      )
    }
    await scheduleJobs(db, [{ guildId, kind: expireJob, ref: expireRef(platform, member), runAt: until }])
    await owe(db, [
      {
        guildId,
        kind: 'wagers.ask',
        sourceRef: `${platform}:${member}:${claimed.linkedAt.getTime()}`,
        payload: { discordId: member, platform },
      },
    ])
  })
  wakeOutbox()
  return claimedView(say, { account: displayName, platform, until })
}

/** A member's accounts on the platforms whose wagers bring raffle tickets. */
export const wager: Command = {
  data: {
    name: 'wager',
    ...described('wagers:command.wager'),
    options: [
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'link',
        ...described('wagers:command.wager.link'),
        options: [
          platformOption(true),
          {
            type: ApplicationCommandOptionType.String,
            name: 'name',
            ...described('wagers:command.wager.name'),
            required: true,
            max_length: 64,
          },
        ],
      },
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'unlink',
        ...described('wagers:command.wager.unlink'),
        options: [platformOption(true)],
      },
      { type: ApplicationCommandOptionType.Subcommand, name: 'mine', ...described('wagers:command.wager.mine') },
    ],
  },
  async run(interaction, guildId, tools) {
    const say = speakTo(interaction)
    const { sql } = tools
    const member = userId(interaction.user.id)
    switch (interaction.options.getSubcommand()) {
      case 'link':
        return claim(say, interaction, guildId, tools)
      case 'unlink': {
        const platform = chosenPlatform(interaction)
        const released = await transaction(sql, (db) =>
          releaseAccount(db, { guildId, platform, userId: member, by: member }, tools),
        )
        tools.wakeOutbox()
        return { content: say(released === undefined ? 'wagers:mine.none' : 'wagers:released') }
      }
      default: {
        const [links, grown] = await Promise.all([
          wagerLinksOf(sql, { guildId, userId: member }),
          wagersOfMember(sql, { guildId, userId: member }),
        ])
        return mineView(say, links, grown)
      }
    }
  },
}
