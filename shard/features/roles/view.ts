import type { RoleId, UserId } from '../../../cluster/runtime/ids.ts'
import { maxTiers, type RolePreview, type Tier } from '../../../sql/queries/tiers.ts'
import type { Reply } from '../feature.ts'
import type { Say } from '../language.ts'
import { colour, linesWithin, plain } from '../text.ts'
import type { Hindrance } from './power.ts'

/** Discord's limit of an embed's description. */
const longestDescription = 4096

const warningColour = 0xf0b132

/** Why a role cannot be given, as the end of a sentence, and what an admin can do about it. */
export const hindranceText = (say: Say, hindrance: Hindrance): { readonly what: string; readonly cure: string } => ({
  what: say(`roles:hindrance.${hindrance}`),
  cure: say(`roles:cure.${hindrance}`),
})

const needed = (say: Say, minutes: number): string =>
  say('roles:needed', { count: minutes, time: say.duration(minutes) })

/** What an admin reads after a change; `hindrance` is why the role cannot be given yet, null when Discord did not tell. */
export function changedView(
  say: Say,
  p: { roleId: RoleId; minutes: number; change: 'added' | 'edited' | 'unchanged' },
  hindrance: Hindrance | null | undefined,
): Reply {
  const done = say(`roles:change.${p.change}`, { role: `<@&${p.roleId}>`, needed: needed(say, p.minutes) })
  return { content: [done, ...hindranceLines(say, hindrance)].join('\n') }
}

/** What an admin reads of a role that cannot be given yet, and how it could; null when Discord did not tell. */
export function hindranceLines(say: Say, hindrance: Hindrance | null | undefined): string[] {
  if (hindrance === undefined) return []
  return [hindrance === null ? say('roles:unknown') : say('roles:not_yet', hindranceText(say, hindrance))]
}

export const removedView = (say: Say, roleId: RoleId, takesAway: boolean): Reply => ({
  content: say(takesAway ? 'roles:removed_taken' : 'roles:removed_kept', { role: `<@&${roleId}>` }),
})

/** All tiers, lowest first, with those that cannot be given marked; `hindranceOf` gives null when Discord did not tell. */
export function listView(
  say: Say,
  tiers: readonly Tier[],
  hindranceOf: (roleId: RoleId) => Hindrance | null | undefined,
): Reply {
  if (tiers.length === 0) return { content: say('roles:none') }
  const lines = tiers.map((tier) => {
    const hindrance = tier.enabled ? hindranceOf(tier.roleId) : undefined
    const mark = tier.enabled ? (hindrance ? '❌' : '✅') : '⏸️'
    const trouble = hindrance ? hindranceText(say, hindrance).what : tier.enabled ? '' : say('roles:is_off')
    return `${mark} <@&${tier.roleId}> · ${needed(say, tier.minutesRequired)}${trouble === '' ? '' : ` — ${trouble}`}`
  })
  const found = new Set(tiers.flatMap((tier) => (tier.enabled ? (hindranceOf(tier.roleId) ?? []) : [])))
  const cures = [...found].map((hindrance) => `→ ${hindranceText(say, hindrance).cure}`)
  const isUnknown = tiers.some((tier) => tier.enabled && hindranceOf(tier.roleId) === null)
  if (isUnknown) cures.push(say('roles:unknown_all'))
  const description = [linesWithin(say, lines, longestDescription - 500), ...cures].join('\n')
  const footer = { text: say('roles:footer', { shown: tiers.length, max: maxTiers }) }
  return { embeds: [{ color: colour, title: say('roles:title'), description, footer }] }
}

/** What would be given and taken, without doing it; `sentence` says which change is looked at. */
export function previewView(say: Say, sentence: string, preview: RolePreview, areRolesOn: boolean): Reply {
  const line = (row: RolePreview['rows'][number]) =>
    `${row.direction === 'give' ? '➕' : '➖'} <@${row.discordId}> (${plain(row.displayName)}) · <@&${row.roleId}>`
  const rows = preview.rows.map(line)
  const left = preview.gives + preview.takes - preview.rows.length
  if (left > 0) rows.push(say('common:and_more', { count: left }))
  const lines = [
    sentence,
    say('roles:preview.sum', { count: preview.gives, takes: preview.takes }),
    ...(areRolesOn ? [] : [say('roles:preview.off')]),
    '',
    ...rows,
  ]
  const description = linesWithin(say, lines, longestDescription)
  return { embeds: [{ color: colour, title: say('roles:preview.title'), description }] }
}

/** A tier in a message that is read outside of its guild. */
interface TierNotice {
  readonly roleName: string
  readonly minutesRequired: number
  readonly serverName: string | null
}

/** What a member reads, as a direct message, when they were given a tier's role. */
export function tierReached(say: Say, tier: TierNotice) {
  const values = { time: say.duration(tier.minutesRequired), role: plain(tier.roleName) }
  const description = tier.serverName
    ? say('roles:reached.text_in', { ...values, server: plain(tier.serverName) })
    : say('roles:reached.text', values)
  return { embeds: [{ color: colour, title: say('roles:reached.title'), description }] }
}

/** What everybody reads when a member has reached a tier. */
export const tierAnnounced = (say: Say, member: UserId, tier: TierNotice) => ({
  content: say('roles:reached.channel', {
    member: `<@${member}>`,
    time: say.duration(tier.minutesRequired),
    role: plain(tier.roleName),
  }),
})

/** What the admins read, once, when a role cannot be given; members get it by themselves once it can. */
export function tierWarning(say: Say, tier: TierNotice, hindrance: Hindrance) {
  const description = say('roles:warning.text', {
    role: plain(tier.roleName),
    needed: say.duration(tier.minutesRequired),
    server: tier.serverName ? plain(tier.serverName) : say('roles:this_server'),
    ...hindranceText(say, hindrance),
  })
  return { embeds: [{ color: warningColour, title: say('roles:warning.title'), description }] }
}

const shownTiers = 10

/** The roles that watch time gives here, lowest first; nothing where there are none. */
export function earningLines(say: Say, tiers: readonly Tier[]): readonly string[] {
  const given = tiers.filter((tier) => tier.enabled)
  if (given.length === 0) return []
  const shown = given.slice(0, shownTiers).map((tier) => `<@&${tier.roleId}> (${say.duration(tier.minutesRequired)})`)
  const rest = given.length - shown.length
  const roles = [...shown, ...(rest > 0 ? [say('common:and_more', { count: rest })] : [])].join(', ')
  return [say('roles:earning', { roles })]
}
