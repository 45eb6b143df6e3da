import type { GuildId } from '../../../cluster/runtime/ids.ts'
import { readSettingsOf } from '../../../sql/queries/settings.ts'
import { guildsWithChat } from '../../../sql/queries/token.ts'
import { missingPermission } from '../discord.ts'
import type { Command, Feature, Tools } from '../feature.ts'
import { described, type Say, speakIn, speakTo } from '../language.ts'
import { earnView, helpView } from './view.ts'

type Features = () => readonly Feature[]

const howToEarn = async (features: Features, guildId: GuildId, say: Say, tools: Tools): Promise<readonly string[]> =>
  (await Promise.all(features().map(({ earning }) => earning?.(guildId, say, tools) ?? []))).flat()

/** The words that viewers can type in stream chat now: those that are answered only where the bot may write there. */
async function chatWords(features: Features, guildId: GuildId, tools: Tools): Promise<readonly string[]> {
  const { sql } = tools
  const [talkative, { chat_commands_off: off }, ...heard] = await Promise.all([
    guildsWithChat(sql, [guildId]),
    readSettingsOf(sql, guildId, ['chat_commands_off']),
    ...features().map(({ heardWords }) => heardWords?.(guildId, tools) ?? []),
  ])
  const answered = talkative.length === 0 ? [] : features().flatMap(({ chat }) => Object.keys(chat ?? {}))
  return [...answered, ...heard.flat()].filter((word) => !off.some((one) => one === word)).sort()
}

/** What whoever asks can do here, as far as Discord says what they may. */
export const help = (features: Features): Command => ({
  data: { name: 'help', ...described('help:command.help') },
  async run(interaction, guildId, tools) {
    const say = speakTo(interaction)
    const [earning, chat] = await Promise.all([
      howToEarn(features, guildId, say, tools),
      chatWords(features, guildId, tools),
    ])
    const commands = features()
      .flatMap((feature) => feature.commands ?? [])
      .filter(
        ({ data }) => missingPermission(data.default_member_permissions, interaction.memberPermissions) === undefined,
      )
      .map(({ data }) => ({
        name: data.name,
        description: data.description_localizations?.[interaction.locale] ?? data.description,
        isForAdmins: data.default_member_permissions !== undefined && data.default_member_permissions !== null,
      }))
    return helpView(say, { earning, chat, commands })
  },
})

/** The same for everybody to read, in the language of the server: how minutes, points and roles are earned here. */
export const earn = (features: Features): Command => ({
  isPublic: true,
  data: { name: 'earn', ...described('help:command.earn') },
  async run(_interaction, guildId, tools) {
    const say = (await speakIn(tools.sql, [guildId]))(guildId)
    return earnView(say, await howToEarn(features, guildId, say, tools))
  },
})
