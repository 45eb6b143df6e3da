import { colour, countOf, hoursAndMinutes, plain } from '../text.ts'
import type { Hindrance } from './power.ts'

interface Tier {
  readonly roleName: string
  readonly minutesRequired: number
  readonly serverName: string | null
}

/** What a member reads, as a direct message, when they were given a tier's role. */
export const tierReached = ({ roleName, minutesRequired, serverName }: Tier) => ({
  allowed_mentions: { parse: [] },
  embeds: [
    {
      color: colour,
      title: 'You reached a new tier',
      description:
        `You have watched for ${hoursAndMinutes(minutesRequired)} and now have the role **${plain(roleName)}**` +
        `${serverName === null || serverName === '' ? '.' : ` in ${plain(serverName)}.`}`,
    },
  ],
})

const cures: Record<Hindrance, string> = {
  role_above: 'It stands above my own highest role. Open Server Settings → Roles and drag my role above it.',
  missing_permission:
    'I lack the permission “Manage Roles”. Open Server Settings → Roles, choose my role and switch it on.',
  role_managed: 'It belongs to an integration, so nobody can give it by hand. Choose another role with `/roles edit`.',
  role_gone: 'It does not exist any more. Remove the tier with `/roles remove`, or add it again with another role.',
}

/** What the admins read, once, when a role cannot be given; members get it by themselves once it can. */
export const tierWarning = ({ roleName, minutesRequired, serverName, reason }: Tier & { reason: string }) => ({
  allowed_mentions: { parse: [] },
  embeds: [
    {
      color: 0xf0b132,
      title: 'I cannot give a watch time role',
      description:
        `I cannot give **${plain(roleName)}** (${countOf(minutesRequired, 'minute')})` +
        `${serverName === null || serverName === '' ? '' : ` in ${plain(serverName)}`}. ` +
        `${cures[reason as Hindrance] ?? 'See `/status` there for what is missing.'} ` +
        'Members who wait for it get it as soon as I can.',
    },
  ],
})
