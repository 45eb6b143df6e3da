import { type APIActionRowComponent, type APIButtonComponent, ButtonStyle, ComponentType } from 'discord.js'
import type { GuildId, UserId } from '../../../cluster/runtime/ids.ts'
import type { Standing } from '../../../sql/queries/standing.ts'
import type { GrantState, LedgerLine, StreamCredit } from '../../../sql/queries/trust.ts'
import type { Reply } from '../feature.ts'
import type { Say } from '../language.ts'
import { ago, colour, linesWithin, plain } from '../text.ts'

export const recentDays = 7
const longestDescription = 4096

export interface Facts {
  readonly standing: Standing
  readonly windowSeconds: number
  readonly streams: readonly StreamCredit[]
  readonly recent: { readonly credited: number; readonly uncredited: number; readonly overCap: number }
  /** Minutes of a day that count at most now; 0 for no limit. */
  readonly dailyCap: number
  readonly isExcluded: boolean
  readonly isTrackingOff: boolean
  readonly rate: number
  readonly converted: number
  /** 64-bit, as a decimal string. */
  readonly awarded: string
  readonly ledger: readonly LedgerLine[]
  readonly grants: readonly GrantState[]
  readonly tierLines: readonly string[]
  readonly streakLines: readonly string[]
}

const day = (at: Date): string => `<t:${Math.floor(at.getTime() / 1000)}:d>`
const signed = (say: Say, delta: string): string =>
  `${BigInt(delta) < 0n ? '−' : '+'}${say.number(delta.replace('-', ''))}`

/** Where minutes, points and roles of a viewer come from, by the facts. */
export function whyView(say: Say, facts: Facts): Reply {
  const { standing } = facts
  const reasons = [
    say('trust:why.reason_offline'),
    ...(facts.isTrackingOff ? [say('trust:why.reason_tracking')] : []),
    ...(facts.isExcluded ? [say('trust:why.reason_excluded')] : []),
  ]
  const others = BigInt(standing.points) - BigInt(facts.awarded)
  const carried = Math.max(0, standing.minutes - facts.converted)
  const lines = [
    say('trust:why.minutes', { time: say.duration(standing.minutes) }),
    ...facts.streakLines,
    say('trust:why.rule', { count: facts.windowSeconds }),
    ...facts.streams
      .filter((stream) => stream.present > 0 || stream.folded > 0)
      .map(({ startedAt, minutes, present, folded }) =>
        folded > 0
          ? say('trust:why.old_stream', { when: day(startedAt), minutes })
          : say('trust:why.stream', { when: day(startedAt), minutes, present }),
      ),
    facts.recent.uncredited > 0
      ? say('trust:why.uncounted', { count: facts.recent.uncredited, days: recentDays, reasons: reasons.join('; ') })
      : '',
    facts.recent.overCap > 0
      ? say('trust:why.cap', { count: facts.recent.overCap, cap: say.duration(facts.dailyCap) })
      : '',
    '',
    say('trust:why.points', {
      points: say.number(standing.points),
      awarded: say.number(facts.awarded),
      sign: others < 0n ? '−' : '+',
      others: say.number(others < 0n ? -others : others),
    }),
    say('trust:why.rate', { count: facts.rate, carried }),
    ...facts.ledger.map(({ at, delta, kind, reason }) =>
      say('trust:why.ledger', {
        when: day(at),
        delta: signed(say, delta),
        kind: plain(kind),
        reason: reason === null ? '' : `: ${plain(reason)}`,
      }),
    ),
    '',
    ...facts.tierLines,
    ...facts.grants
      .filter((grant) => grant.state === 'blocked')
      .map((grant) => say('trust:why.blocked', { role: `<@&${grant.roleId}>` })),
  ]
  const title = say('trust:why.title', { name: plain(standing.displayName) })
  return { embeds: [{ color: colour, title, description: linesWithin(say, lines, longestDescription).trim() }] }
}

/** What is kept about a member, and what they can do about it. */
export function privacyView(
  say: Say,
  p: {
    readonly link: { readonly displayName: string; readonly linkedAt: Date } | undefined
    readonly isHidden: boolean
    readonly days: number
  },
): Reply {
  const lines =
    p.link === undefined
      ? [say('trust:privacy.no_account')]
      : [
          say('trust:privacy.account', { name: plain(p.link.displayName), when: ago(p.link.linkedAt) }),
          say('trust:privacy.rows'),
          say(p.isHidden ? 'trust:privacy.boards_no' : 'trust:privacy.boards_yes'),
        ]
  lines.push(say('trust:privacy.yours', { days: p.days }))
  return { embeds: [{ color: colour, title: say('trust:privacy.title'), description: lines.join('\n') }] }
}

/** The question before everything is erased; only the member that it names may answer. */
export function eraseView(say: Say, guildId: GuildId, userId: UserId): Reply {
  const button = (
    style: ButtonStyle.Danger | ButtonStyle.Secondary,
    label: string,
    action: string,
  ): APIButtonComponent => ({
    type: ComponentType.Button,
    style,
    label,
    custom_id: `trust:${action}:${guildId}:${userId}`,
  })
  const row: APIActionRowComponent<APIButtonComponent> = {
    type: ComponentType.ActionRow,
    components: [
      button(ButtonStyle.Danger, say('trust:erase.yes'), 'erase'),
      button(ButtonStyle.Secondary, say('trust:erase.no'), 'keep'),
    ],
  }
  return { content: say('trust:erase.question'), components: [row] }
}
