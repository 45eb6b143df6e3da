import type { Say } from '../language.ts'
import { plain } from '../text.ts'

const warningColour = 0xf0b132

/** What the admins read, once, about tiers that came over and name roles which do not exist. */
export const missingRoles = (say: Say, names: readonly string[]) => ({
  embeds: [
    {
      color: warningColour,
      title: say('legacy:missing.title'),
      description: say('legacy:missing.text', {
        count: names.length,
        names: say.list(names.slice(0, 25).map((name) => `**${plain(name)}**`)),
      }),
    },
  ],
})
