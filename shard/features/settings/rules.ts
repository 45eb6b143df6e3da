import type { GuildId, RoleId } from '../../../cluster/runtime/ids.ts'
import type { SubscriptionResult } from '../../../cluster/runtime/kick.ts'
import type { ChatReplies, Health, Override } from '../../../sql/queries/channel.ts'
import type { Tier } from '../../../sql/queries/tiers.ts'
import type { Say } from '../language.ts'
import { type Hindrance, hindranceOf, hindranceText, type RolePower } from '../roles/index.ts'
import { ago, plain } from '../text.ts'

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
export function subscriptionChecks(say: Say, results: readonly SubscriptionResult[]): Check[] {
  const of = (event: string) => results.find((result) => result.event === event)?.kind ?? 'failed'
  const cureOf = (kind: string) =>
    say(kind === 'limit_reached' ? 'settings:check.limit.cure' : 'settings:check.again.cure')
  const chat = of(chatEvent)
  const live = of(liveEvent)
  return [
    chat === 'created'
      ? well(say('settings:check.chat.well'))
      : broken(say('settings:check.chat.broken'), cureOf(chat)),
    live === 'created' ? well(say('settings:check.live.well')) : watch(say('settings:check.live.watch'), cureOf(live)),
  ]
}

/** Whether the guild has tiers, and whether the bot can give their roles; `power` is undefined when Discord did not say. */
export function roleChecks(
  say: Say,
  guildId: GuildId,
  tiers: readonly Tier[],
  power: RolePower | undefined,
  warned: readonly { readonly roleId: string; readonly reason: string }[] = [],
): Check[] {
  const enabled = tiers.filter((tier) => tier.enabled)
  if (enabled.length === 0) {
    const cure = say('settings:check.tiers.none.cure', { first: 120, second: 600, third: 2000 })
    const missing = watch(say('settings:check.tiers.none'), cure)
    return power?.canManageRoles === false ? [missing, roleCheck(say, [], 'missing_permission')] : [missing]
  }
  if (power === undefined) {
    const unknown = watch(say('settings:check.tiers.unknown'), say('settings:check.tiers.unknown.cure'))
    const stuck = enabled.filter((tier) => warned.some((warning) => warning.roleId === tier.roleId))
    if (stuck.length === 0) return [unknown]
    return [
      unknown,
      broken(
        say('settings:check.tiers.stuck', { roles: mentions(say, stuck) }),
        say('settings:check.tiers.stuck.cure'),
      ),
    ]
  }
  const stuck = new Map<Hindrance, Tier[]>()
  for (const tier of enabled) {
    const hindrance = hindranceOf(power, guildId, tier.roleId)
    if (hindrance !== undefined) stuck.set(hindrance, [...(stuck.get(hindrance) ?? []), tier])
  }
  if (stuck.size === 0) return [well(say('settings:check.tiers.well', { count: enabled.length }))]
  return [...stuck].map(([hindrance, some]) => roleCheck(say, some, hindrance))
}

const roleCheck = (say: Say, tiers: readonly Tier[], hindrance: Hindrance): Check => {
  const { what, cure } = hindranceText(say, hindrance)
  if (tiers.length === 0) return broken(say('settings:check.tiers.none_given', { what }), cure)
  return broken(say('settings:check.tiers.not_given', { roles: mentions(say, tiers), what }), cure)
}

/** At most five roles by mention, which pings nobody, and how many more there are. */
function mentions(say: Say, tiers: readonly { readonly roleId: RoleId }[]): string {
  const shown = tiers.slice(0, 5).map((tier) => `<@&${tier.roleId}>`)
  const rest = tiers.length - shown.length
  return rest > 0 ? say('settings:roles_and_more', { roles: shown.join(', '), count: rest }) : shown.join(', ')
}

export function replyCheck(say: Say, replies: ChatReplies): Check {
  const cure = say('settings:check.replies.cure')
  switch (replies) {
    case 'connected':
      return well(say('settings:check.replies.connected'))
    case 'expired':
      return watch(say('settings:check.replies.expired'), cure)
    case 'other_account':
      return watch(say('settings:check.replies.other_account'), cure)
    case 'missing':
      return watch(say('settings:check.replies.missing'), cure)
  }
}

const quietMinutes = 30
const lagWorthSayingMinutes = 5

/** What `/status` says, most important first. `now` in milliseconds. */
export function statusChecks(
  say: Say,
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
    ...channelChecks(say, health, now),
    ...trackingChecks(say, health),
    settlementCheck(say, health),
    p.rate === 0
      ? watch(say('settings:check.rate.paused'), say('settings:check.setting.cure', { key: 'points_per_5min' }))
      : well(say('settings:check.rate', { count: p.rate })),
    ...(p.areRolesOn
      ? roleChecks(say, p.guildId, p.tiers, p.power, health.roleWarnings)
      : [
          watch(
            say('settings:check.roles_off'),
            say('settings:check.setting.cure', { key: 'watchtime_roles_enabled' }),
          ),
        ]),
    health.links === 0
      ? watch(say('settings:check.links.none'), say('settings:check.links.none.cure'))
      : well(say('settings:check.links', { count: health.links })),
    replyCheck(say, health.chatReplies),
    ...(p.isPolicyDeaf ? [watch(say('settings:check.deaf'), say('settings:check.deaf.cure'))] : []),
    ...deliveryChecks(say, health),
  ]
}

function channelChecks(say: Say, { channel, liveSince }: Health, now: number): Check[] {
  if (channel === undefined)
    return [broken(say('settings:check.channel.none'), say('settings:check.channel.none.cure'))]
  const { lastChatAt, signalLostAt } = channel
  const isQuiet = (lastChatAt?.getTime() ?? 0) < now - quietMinutes * 60_000
  const when = lastChatAt === null ? undefined : { when: ago(lastChatAt) }
  return [
    well(say('settings:check.channel', { name: plain(channel.displayName) })),
    signalLostAt === null
      ? well(
          liveSince === null
            ? say('settings:check.offline')
            : say('settings:check.live_since', { when: ago(liveSince) }),
        )
      : watch(say('settings:check.signal_lost', { when: ago(signalLostAt) }), say('settings:check.signal_lost.cure')),
    liveSince !== null && isQuiet
      ? watch(
          when === undefined ? say('settings:check.quiet.never') : say('settings:check.quiet', when),
          say('settings:check.quiet.cure'),
        )
      : well(when === undefined ? say('settings:check.heard.never') : say('settings:check.heard', when)),
  ]
}

/** Since when a decision holds, and whose it is. */
export const sinceText = (say: Say, { startedAt, setBy }: Pick<Override, 'startedAt' | 'setBy'>): string =>
  setBy === null ? ago(startedAt) : say('settings:since_by', { when: ago(startedAt), who: `<@${setBy}>` })

function trackingChecks(say: Say, { overrides }: Health): Check[] {
  if (overrides.length === 0) return [well(say('settings:check.tracking'))]
  return overrides.map((override) => {
    const since = sinceText(say, override)
    return override.mode === 'off'
      ? broken(say('settings:check.tracking.off', { since }), say('settings:check.tracking.off.cure'))
      : watch(say('settings:check.tracking.force', { since }), say('settings:check.tracking.force.cure'))
  })
}

function settlementCheck(say: Say, { settlement }: Health): Check {
  if (settlement === undefined) return well(say('settings:check.settled.none'))
  const { settledAt, lagMinutes } = settlement
  if (lagMinutes < lagWorthSayingMinutes) {
    return well(
      settledAt === null
        ? say('settings:check.settled.first')
        : say('settings:check.settled', { when: ago(settledAt) }),
    )
  }
  return watch(say('settings:check.lag', { time: say.duration(lagMinutes) }), say('settings:check.lag.cure'))
}

const longestReason = 200

function deliveryChecks(say: Say, { deadMessages, lastDeadReason, refusal }: Health): Check[] {
  const checks: Check[] = []
  if (deadMessages > 0) {
    const text = say('settings:check.dead', { count: deadMessages })
    const reason = lastDeadReason === null ? undefined : plain(lastDeadReason, longestReason)
    const last = reason === undefined ? '' : ` ${say('settings:check.dead.last', { reason })}`
    checks.push(watch(`${text}${last}`, say('settings:check.dead.cure')))
  }
  if (refusal !== undefined) {
    const { event, reason, handledAt } = refusal
    const what = { event: plain(event), reason: plain(reason, longestReason), when: ago(handledAt) }
    checks.push(watch(say('settings:check.refusal', what), say('settings:check.refusal.cure')))
  }
  return checks
}
