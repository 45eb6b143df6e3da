import {
  type APIApplicationCommandBasicOption,
  ApplicationCommandOptionType,
  type ChatInputCommandInteraction,
} from 'discord.js'
import { type Platform, platformNames, platforms } from '../../../../cluster/runtime/affiliate.ts'
import { described } from '../../language.ts'

/** One of the platforms that there are. */
export const platformOption = (isRequired: boolean): APIApplicationCommandBasicOption => ({
  type: ApplicationCommandOptionType.String,
  name: 'platform',
  ...described('wagers:command.platform'),
  required: isRequired,
  choices: platforms.map((value) => ({ name: platformNames[value], value })),
})

/** A platform by its key, in whichever way it came. */
export const platformOf = (text: string | null): Platform | undefined => platforms.find((one) => one === text)

/** The platform that was chosen; Discord sends none but those that were offered. */
export function chosenPlatform({ options }: ChatInputCommandInteraction): Platform {
  const chosen = platformOf(options.getString('platform', true))
  if (chosen === undefined) throw new Error('a platform was chosen that was not offered')
  return chosen
}
