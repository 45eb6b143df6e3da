import type { Reply } from '../feature.ts'
import type { Say } from '../language.ts'
import { colour, linesWithin } from '../text.ts'

export interface Offer {
  readonly name: string
  readonly description: string
  readonly isForAdmins: boolean
}

/** Discord counts all embeds of a message together, up to 6,000 characters; these three stay below. */
const longest = { earning: 1_500, members: 1_800, admins: 2_400 }

const listed = (offers: readonly Offer[]): readonly string[] =>
  [...offers]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, description }) => `**\`/${name}\`** ${description}`)

export const earnView = (say: Say, earning: readonly string[]): Reply => ({
  embeds: [{ color: colour, title: say('help:title'), description: linesWithin(say, earning, longest.earning) }],
})

/** How one earns here, what whoever asks can do, and, for those who may, what admins can do. */
export function helpView(
  say: Say,
  p: { readonly earning: readonly string[]; readonly chat: readonly string[]; readonly commands: readonly Offer[] },
): Reply {
  const chat = p.chat.map((word) => `\`!${word}\``).join(' ')
  const forMembers = [
    ...listed(p.commands.filter(({ isForAdmins }) => !isForAdmins)),
    ...(p.chat.length === 0 ? [] : [`${say('help:chat')}: ${chat}`]),
  ]
  const forAdmins = listed(p.commands.filter(({ isForAdmins }) => isForAdmins))
  const part = (title: string, lines: readonly string[], limit: number) =>
    lines.length === 0 ? [] : [{ color: colour, title, description: linesWithin(say, lines, limit) }]
  return {
    embeds: [
      ...(earnView(say, p.earning).embeds ?? []),
      ...part(say('help:members'), forMembers, longest.members),
      ...part(say('help:admins'), forAdmins, longest.admins),
    ],
  }
}
