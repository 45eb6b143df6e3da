import type { GuildId, RoleId } from '../../../cluster/runtime/ids.ts'
import type { SubscriptionResult } from '../../../cluster/runtime/kick.ts'
import type { ChatReplies, Health } from '../../../sql/queries/channel.ts'
import type { Tier } from '../../../sql/queries/tiers.ts'
import { type Hindrance, hindranceOf, hindranceText, type RolePower } from '../roles/index.ts'
import { ago, count, countOf, hoursAndMinutes, plain } from '../text.ts'

/** One thing that works, half works or does not; whatever is not well says what to do about it. */
export type Check =
  | { readonly mark: 'well'; readonly text: string }
  | { readonly mark: 'watch' | 'broken'; readonly text: string; readonly cure: string }

const well = (text: string): Check => ({ mark: 'well', text })
const watch = (text: string, cure: string): Check => ({ mark: 'watch', text, cure })
const broken = (text: string, cure: string): Check => ({ mark: 'broken', text, cure })

/** The events of Kick without which nothing can be counted. */
export const chatEvent = 'chat.message.sent'
export const liveEvent = 'livestream.status.updated'

/** What Kick said when it was asked to tell us about chat and about the stream. */
export function subscriptionChecks(results: readonly SubscriptionResult[]): Check[] {
  const of = (event: string) => results.find((result) => result.event === event)?.kind ?? 'failed'
  const limit = "Kick's limit for this bot is reached; its operator has to ask Kick for a higher one"
  const chat = of(chatEvent)
  const live = of(liveEvent)
  return [
    chat === 'created'
      ? well('Kick sends me the stream chat.')
      : broken(
          'Kick does not send me the stream chat, so no minutes are counted.',
          chat === 'limit_reached' ? `${limit}. Then use \`/setup\` again.` : 'Use `/setup` again in a few minutes.',
        ),
    live === 'created'
      ? well('Kick tells me when the stream begins and ends.')
      : watch(
          'Kick does not tell me when the stream begins and ends; until it does, two people chatting within five minutes count as live.',
          live === 'limit_reached' ? `${limit}. Then use \`/setup\` again.` : 'Use `/setup` again in a few minutes.',
        ),
  ]
}

/** Whether the guild has tiers, and whether the bot can give their roles; `power` is undefined when Discord did not say. */
export function roleChecks(
  guildId: GuildId,
  tiers: readonly Tier[],
  power: RolePower | undefined,
  warned: readonly { readonly roleId: string; readonly reason: string }[] = [],
): Check[] {
  const enabled = tiers.filter((tier) => tier.enabled)
  if (enabled.length === 0) {
    const cure = 'Add the first with `/roles add`; many servers begin with 120, 600 and 2,000 minutes.'
    const missing = watch('There are no roles for watch time yet.', cure)
    return power?.canManageRoles === false ? [missing, roleCheck([], 'missing_permission')] : [missing]
  }
  if (power === undefined) {
    const unknown = watch(
      'Discord did not tell me about the roles of this server just now.',
      'Use `/status` again in a minute.',
    )
    const stuck = enabled.filter((tier) => warned.some((warning) => warning.roleId === tier.roleId))
    if (stuck.length === 0) return [unknown]
    return [
      unknown,
      broken(
        `I could not give ${mentions(stuck)} lately.`,
        'Look at Server Settings → Roles: my role must stand above them.',
      ),
    ]
  }
  const stuck = new Map<Hindrance, Tier[]>()
  for (const tier of enabled) {
    const hindrance = hindranceOf(power, guildId, tier.roleId)
    if (hindrance !== undefined) stuck.set(hindrance, [...(stuck.get(hindrance) ?? []), tier])
  }
  if (stuck.size === 0) return [well(`${countOf(enabled.length, 'role')} for watch time, and I can give all of them.`)]
  return [...stuck].map(([hindrance, some]) => roleCheck(some, hindrance))
}

const roleCheck = (tiers: readonly Tier[], hindrance: Hindrance): Check => {
  const { what, cure } = hindranceText(hindrance)
  if (tiers.length === 0) return broken(`I cannot give roles: ${what}.`, cure)
  return broken(`I cannot give ${mentions(tiers)}: ${what}.`, cure)
}

/** At most five roles by mention, which pings nobody, and how many more there are. */
function mentions(tiers: readonly { readonly roleId: RoleId }[]): string {
  const shown = tiers.slice(0, 5).map((tier) => `<@&${tier.roleId}>`)
  const rest = tiers.length - shown.length
  return rest > 0 ? `${shown.join(', ')} and ${count(rest)} more` : shown.join(', ')
}

export function replyCheck(replies: ChatReplies): Check {
  const cure = 'The owner of the Kick channel connects it with `/setup` and the button under its answer.'
  switch (replies) {
    case 'connected':
      return well('I can answer in the stream chat.')
    case 'expired':
      return watch('Kick has ended my permission to answer in the stream chat.', cure)
    case 'other_account':
      return watch('I may answer in the chat of another channel than the one set up here.', cure)
    case 'missing':
      return watch('I cannot answer in the stream chat yet; everything else works without.', cure)
  }
}

const quietMinutes = 30
const lagWorthSayingMinutes = 5

/** What `/status` says, most important first. `now` in milliseconds. */
export function statusChecks(
  p: {
    guildId: GuildId
    health: Health
    tiers: readonly Tier[]
    power: RolePower | undefined
    areRolesOn: boolean
    rate: number
    /** The guild chose what happens to members who come back, and nobody tells us who does. */
    isPolicyDeaf?: boolean
  },
  now: number,
): Check[] {
  const { health } = p
  return [
    ...channelChecks(health, now),
    ...trackingChecks(health),
    settlementCheck(health),
    p.rate === 0
      ? watch('Points are paused: the rate is 0.', 'Change `points_per_5min` with `/settings set`.')
      : well(`Five watched minutes are worth ${countOf(p.rate, 'point')}.`),
    ...(p.areRolesOn
      ? roleChecks(p.guildId, p.tiers, p.power, health.roleWarnings)
      : [watch('Roles for watch time are switched off.', 'Change `watchtime_roles_enabled` with `/settings set`.')]),
    health.links === 0
      ? watch('No member has linked a Kick account yet.', 'Tell your members about `/link`; roles need it.')
      : well(`${countOf(health.links, 'member')} linked a Kick account.`),
    replyCheck(health.chatReplies),
    ...(p.isPolicyDeaf
      ? [
          watch(
            'I do not hear who leaves and comes back, so `rejoin_policy` has no effect.',
            'The operator of this bot has to allow the Server Members Intent at Discord and set `DISCORD_MEMBERS_INTENT`.',
          ),
        ]
      : []),
    ...deliveryChecks(health),
  ]
}

function channelChecks({ channel, liveSince }: Health, now: number): Check[] {
  if (channel === undefined)
    return [broken('No Kick channel is set up.', 'Use `/setup` with the address of your channel.')]
  const { lastChatAt, signalLostAt } = channel
  const isQuiet = (lastChatAt?.getTime() ?? 0) < now - quietMinutes * 60_000
  const heard = lastChatAt === null ? 'I have not heard any chat yet' : `The last chat I heard was ${ago(lastChatAt)}`
  return [
    well(`The Kick channel is **${plain(channel.displayName)}**.`),
    signalLostAt === null
      ? well(liveSince === null ? 'The stream is offline now.' : `The stream is live since ${ago(liveSince)}.`)
      : watch(
          `I do not hear when the stream begins and ends (since ${ago(signalLostAt)}); two people chatting within five minutes count as live.`,
          'Use `/setup` with the same channel again.',
        ),
    liveSince !== null && isQuiet
      ? watch(
          `${heard}, although the stream is live.`,
          'If people are chatting, use `/setup` with the same channel again.',
        )
      : well(`${heard}.`),
  ]
}

function trackingChecks({ overrides }: Health): Check[] {
  if (overrides.length === 0) return [well('Minutes are counted while the stream is live.')]
  return overrides.map((override) => {
    const since = `${ago(override.startedAt)}${override.setBy === null ? '' : `, by <@${override.setBy}>`}`
    return override.mode === 'off'
      ? broken(`Tracking is off (${since}): nobody earns minutes.`, 'Use `/tracking on`.')
      : watch(
          `Tracking is forced (${since}): chat counts although the stream is offline.`,
          'Use `/tracking auto` to end it.',
        )
  })
}

function settlementCheck({ settlement }: Health): Check {
  if (settlement === undefined) return well('There are no minutes to count yet.')
  const { settledAt, lagMinutes } = settlement
  if (lagMinutes < lagWorthSayingMinutes) {
    return well(
      settledAt === null
        ? 'The first minutes are being counted.'
        : `Minutes are up to date, last counted ${ago(settledAt)}.`,
    )
  }
  return watch(
    `Minutes are ${hoursAndMinutes(lagMinutes)} behind.`,
    'Nothing is lost and nothing is to be done here: they are added as soon as I catch up.',
  )
}

function deliveryChecks({ deadMessages, lastDeadReason }: Health): Check[] {
  if (deadMessages === 0) return []
  const reason = lastDeadReason === null ? '' : ` The last one: ${plain(lastDeadReason)}.`
  return [
    watch(
      `${countOf(deadMessages, 'message or role change', 'messages or role changes')} could not be delivered.${reason}`,
      'Check that I may see and write in the channels I was given, and that my role stands high enough.',
    ),
  ]
}
