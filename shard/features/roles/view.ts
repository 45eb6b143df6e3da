import type { RoleId } from '../../../cluster/runtime/ids.ts'
import { maxTiers, type RolePreview, type Tier } from '../../../sql/queries/tiers.ts'
import type { Reply } from '../feature.ts'
import { speak } from '../language.ts'
import { colour, count, countOf, hoursAndMinutes, linesWithin, plain } from '../text.ts'
import type { Hindrance } from './power.ts'

/** Discord's limit of an embed's description. */
const longestDescription = 4096

const warningColour = 0xf0b132

const hindrances: Record<Hindrance, { readonly what: string; readonly cure: string }> = {
  missing_permission: {
    what: 'I may not manage roles here',
    cure: 'Give my role the permission "Manage Roles" in Server Settings → Roles.',
  },
  role_above: {
    what: 'it does not stand below my own highest role',
    cure: 'In Server Settings → Roles, drag my role above it.',
  },
  role_managed: {
    what: 'it belongs to an integration, which alone can give it',
    cure: 'Use `/roles remove` for it and `/roles add` with a role of your own.',
  },
  role_gone: {
    what: 'it does not exist any more',
    cure: 'Use `/roles remove` for it and `/roles add` with another one.',
  },
}

/** Why a role cannot be given, as the end of a sentence, and what an admin can do about it. */
export const hindranceText = (hindrance: Hindrance): { readonly what: string; readonly cure: string } =>
  hindrances[hindrance]

const needed = (minutes: number): string => `${countOf(minutes, 'minute')} (${hoursAndMinutes(minutes)})`

/** What an admin reads after a change; `hindrance` is why the role cannot be given yet, null when Discord did not tell. */
export function changedView(
  p: { roleId: RoleId; minutes: number; change: 'added' | 'edited' | 'unchanged' },
  hindrance: Hindrance | null | undefined,
): Reply {
  const done = {
    added: `✅ <@&${p.roleId}> is now given after ${needed(p.minutes)} of watch time.`,
    edited: `✅ <@&${p.roleId}> now asks for ${needed(p.minutes)} of watch time.`,
    unchanged: `<@&${p.roleId}> asks for ${needed(p.minutes)} already; nothing has changed.`,
  }[p.change]
  return { content: [done, ...hindranceLines(hindrance)].join('\n') }
}

function hindranceLines(hindrance: Hindrance | null | undefined): string[] {
  if (hindrance === undefined) return []
  if (hindrance === null) return ['⚠️ Discord did not tell me whether I can give it; `/status` checks again.']
  const { what, cure } = hindrances[hindrance]
  return [`⚠️ I cannot give it yet: ${what}.\n→ ${cure}`]
}

export const removedView = (roleId: RoleId, takesAway: boolean): Reply => ({
  content: takesAway
    ? `✅ <@&${roleId}> is no longer given for watch time, and is taken from the members who got it from me.`
    : `✅ <@&${roleId}> is no longer given for watch time. Members who have it keep it.`,
})

/** All tiers, lowest first, with those that cannot be given marked; `hindranceOf` gives null when Discord did not tell. */
export function listView(tiers: readonly Tier[], hindranceOf: (roleId: RoleId) => Hindrance | null | undefined): Reply {
  if (tiers.length === 0) {
    return {
      content:
        'There are no roles for watch time yet. Add the first with `/roles add`; many servers begin with 120, 600 and 2,000 minutes.',
    }
  }
  const lines = tiers.map((tier) => {
    const hindrance = tier.enabled ? hindranceOf(tier.roleId) : undefined
    const mark = tier.enabled ? (hindrance ? '❌' : '✅') : '⏸️'
    const trouble = hindrance ? ` — ${hindrances[hindrance].what}` : tier.enabled ? '' : ' — switched off'
    return `${mark} <@&${tier.roleId}> · ${needed(tier.minutesRequired)}${trouble}`
  })
  const found = new Set(tiers.flatMap((tier) => (tier.enabled ? (hindranceOf(tier.roleId) ?? []) : [])))
  const cures = [...found].map((hindrance) => `→ ${hindrances[hindrance].cure}`)
  const isUnknown = tiers.some((tier) => tier.enabled && hindranceOf(tier.roleId) === null)
  if (isUnknown) cures.push('Discord did not tell me which of them I can give; `/status` checks again.')
  const description = [linesWithin(speak('en'), lines, longestDescription - 500), ...cures].join('\n')
  const footer = { text: `${count(tiers.length)} of ${maxTiers} roles` }
  return { embeds: [{ color: colour, title: 'Roles for watch time', description, footer }] }
}

/** What would be given and taken, without doing it; `sentence` says which change is looked at. */
export function previewView(sentence: string, preview: RolePreview, areRolesOn: boolean): Reply {
  const line = (row: RolePreview['rows'][number]) =>
    `${row.direction === 'give' ? '➕' : '➖'} <@${row.discordId}> (${plain(row.displayName)}) · <@&${row.roleId}>`
  const rows = preview.rows.map(line)
  const left = preview.gives + preview.takes - preview.rows.length
  if (left > 0) rows.push(`… and ${count(left)} more`)
  const lines = [
    sentence,
    `**${countOf(preview.gives, 'role')} given, ${count(preview.takes)} taken away.** Nothing has been changed.`,
    ...(areRolesOn
      ? []
      : ['⚠️ Roles are switched off now (`watchtime_roles_enabled`), so nothing happens until they are on.']),
    '',
    ...rows,
  ]
  return {
    embeds: [{ color: colour, title: 'Preview', description: linesWithin(speak('en'), lines, longestDescription) }],
  }
}

/** A tier in a message that is read outside of its guild. */
interface TierNotice {
  readonly roleName: string
  readonly minutesRequired: number
  readonly serverName: string | null
}

const inServer = ({ serverName }: TierNotice): string => (serverName ? ` in ${plain(serverName)}` : '')

/** What a member reads, as a direct message, when they were given a tier's role. */
export const tierReached = (tier: TierNotice) => ({
  embeds: [
    {
      color: colour,
      title: 'You reached a new tier',
      description: `You have watched for ${hoursAndMinutes(tier.minutesRequired)} and now have the role **${plain(tier.roleName)}**${inServer(tier)}.`,
    },
  ],
})

/** What the admins read, once, when a role cannot be given; members get it by themselves once it can. */
export function tierWarning(tier: TierNotice, hindrance: Hindrance) {
  const { what, cure } = hindrances[hindrance]
  return {
    embeds: [
      {
        color: warningColour,
        title: 'I cannot give a watch time role',
        description:
          `I cannot give or take **${plain(tier.roleName)}** (${countOf(tier.minutesRequired, 'minute')})${inServer(tier)}: ` +
          `${what}.\n→ ${cure}\nMembers who wait for it get it as soon as I can.`,
      },
    ],
  }
}
