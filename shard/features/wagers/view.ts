import { type APIActionRowComponent, type APIButtonComponent, ButtonStyle, ComponentType } from 'discord.js'
import { type Platform, platformNames } from '../../../cluster/runtime/affiliate.ts'
import type { GuildId, UserId } from '../../../cluster/runtime/ids.ts'
import type { Claim, WagerLink } from '../../../sql/queries/wagerlinks.ts'
import type { SourceState, WagerLine } from '../../../sql/queries/wagers.ts'
import type { Reply } from '../feature.ts'
import type { Say, TextKey } from '../language.ts'
import { ago, colour, linesWithin, plain } from '../text.ts'
import { dollarsOf, failuresToOpen } from './rules.ts'

const longestDescription = 4096

const mention = (member: UserId): string => `<@${member}>`
export const accountText = (platform: Platform, name: string): string =>
  `**${plain(name)}** (${platformNames[platform]})`
const usd = (say: Say, cents: string): string =>
  new Intl.NumberFormat(say.locale, { style: 'currency', currency: 'USD' }).format(dollarsOf(cents) as `${number}`)
const ticketsText = (say: Say, tickets: string): string => say('wagers:tickets', { count: tickets })

const embedOf = (say: Say, title: TextKey, lines: readonly string[]) => ({
  color: colour,
  title: say(title),
  description: linesWithin(say, lines, longestDescription),
})

// --- What members read ------------------------------------------------------------------------------------------------

/** A member's accounts, and what they have brought in the raffle that runs. */
export function mineView(
  say: Say,
  links: readonly WagerLink[],
  grown: readonly { readonly platform: Platform; readonly cents: string; readonly tickets: string }[],
): Reply {
  if (links.length === 0) return { content: say('wagers:mine.none') }
  const lines = links.map((link) => {
    const account = accountText(link.platform, link.displayName)
    if (!link.verified) return say('wagers:mine.waits', { account, when: ago(link.expiresAt ?? link.linkedAt) })
    const its = grown.find(({ platform }) => platform === link.platform)
    const [amount, tickets] = [usd(say, its?.cents ?? '0'), ticketsText(say, its?.tickets ?? '0')]
    return say('wagers:mine.has', { account, amount, tickets })
  })
  return { embeds: [embedOf(say, 'wagers:mine.title', lines)] }
}

export const claimedView = (
  say: Say,
  p: { readonly account: string; readonly platform: Platform; readonly until: Date },
): Reply => ({
  content: say('wagers:claimed', { account: accountText(p.platform, p.account), when: ago(p.until) }),
})

export const toldText = (say: Say, what: 'approved' | 'denied' | 'moved', platform: Platform, name: string): string =>
  say(`wagers:told.${what}`, { account: accountText(platform, name) })

// --- What admins read -------------------------------------------------------------------------------------------------

function claimLines(say: Say, claim: Claim): string[] {
  const account = accountText(claim.platform, claim.displayName)
  const lines = [say('wagers:claim.who', { member: mention(claim.userId), account, when: ago(claim.linkedAt) })]
  if (claim.kickName !== null) lines.push(say('wagers:claim.kick', { name: plain(claim.kickName) }))
  lines.push(
    claim.reportedCents === null
      ? say('wagers:claim.unknown')
      : say('wagers:claim.known', { amount: usd(say, claim.reportedCents) }),
  )
  if (claim.heldBy !== null) lines.push(say('wagers:claim.held', { member: mention(claim.heldBy) }))
  return lines
}

/** A claim to be decided, with the two buttons. */
export function claimMessage(say: Say, guildId: GuildId, claim: Claim) {
  const id = (action: string) =>
    `wagers:${action}:${guildId}:${claim.platform}:${claim.userId}:${claim.linkedAt.getTime()}`
  const row: APIActionRowComponent<APIButtonComponent> = {
    type: ComponentType.ActionRow,
    components: [
      {
        type: ComponentType.Button,
        style: ButtonStyle.Success,
        label: say('wagers:button.approve'),
        custom_id: id('approve'),
      },
      {
        type: ComponentType.Button,
        style: ButtonStyle.Danger,
        label: say('wagers:button.deny'),
        custom_id: id('deny'),
      },
    ],
  }
  return {
    embeds: [embedOf(say, 'wagers:claim.title', [...claimLines(say, claim), '', say('wagers:claim.proof')])],
    components: [row],
  }
}

/** What a claim's message says once it is decided. */
export const decidedView = (
  say: Say,
  p: {
    readonly what: 'approved' | 'denied'
    readonly claim: WagerLink
    readonly by: UserId
    readonly movedFrom: UserId | null
  },
): Reply => {
  const account = accountText(p.claim.platform, p.claim.displayName)
  const first = say(`wagers:decided.${p.what}`, { member: mention(p.claim.userId), account, by: mention(p.by) })
  const content =
    p.movedFrom === null ? first : `${first} ${say('wagers:decided.moved', { member: mention(p.movedFrom) })}`
  return { content, embeds: [], components: [] }
}

export function claimsView(say: Say, claims: readonly Claim[]): Reply {
  if (claims.length === 0) return { content: say('wagers:claims.none') }
  const lines = claims.map((claim) => claimLines(say, claim).join('\n'))
  return { embeds: [embedOf(say, 'wagers:claims.title', [...lines, '', say('wagers:claims.hint')])] }
}

const faults: Readonly<Record<string, TextKey>> = {
  rate_limited: 'wagers:fault.rate_limited',
  refused: 'wagers:fault.refused',
  not_found: 'wagers:fault.not_found',
  redirect: 'wagers:fault.redirect',
  unreadable: 'wagers:fault.unreadable',
  unavailable: 'wagers:fault.unavailable',
}

function sourceLine(say: Say, source: SourceState): string {
  const parts = [`**${platformNames[source.platform]}**`]
  if (source.codes.length > 0)
    parts.push(say('wagers:status.codes', { codes: say.list(source.codes.map((code) => plain(code))) }))
  if (source.lastSuccessAt === null) parts.push(say('wagers:status.never'))
  else
    parts.push(
      say('wagers:status.answered', { when: ago(source.lastSuccessAt) }),
      say('wagers:status.accounts', { count: source.accounts ?? 0 }),
    )
  if ((source.skipped ?? 0) > 0) parts.push(say('wagers:status.skipped', { count: source.skipped ?? 0 }))
  const lines = [parts.join(' · ')]
  if (source.lastFault !== null) {
    const reason = say(faults[source.lastFault] ?? 'wagers:fault.address')
    lines.push(`⚠️ ${reason} ${say('wagers:status.failures', { count: source.failures })}`)
    if (source.failures >= failuresToOpen) lines.push(say('wagers:status.seldom'))
  }
  lines.push(say('wagers:status.next', { when: ago(source.nextPollAt) }))
  return lines.join('\n')
}

/** Where wagers are asked for and how that fares; never an address nor a key. `first` stands above. */
export function statusView(say: Say, sources: readonly SourceState[], first?: string): Reply {
  if (sources.length === 0) return { content: [first, say('wagers:status.none')].filter(Boolean).join('\n') }
  return {
    content: first ?? '',
    embeds: [
      embedOf(
        say,
        'wagers:status.title',
        sources.map((source) => sourceLine(say, source)),
      ),
    ],
  }
}

/** Who has wagered most, in the raffle that runs or of all time. */
export function boardView(
  say: Say,
  lines: readonly WagerLine[],
  p: { readonly isOfRaffle: boolean; readonly unlinked: boolean },
): Reply {
  const title = p.unlinked ? 'wagers:unlinked.title' : p.isOfRaffle ? 'wagers:board.raffle' : 'wagers:board.total'
  if (lines.length === 0) return { content: say('wagers:board.none') }
  const rows = lines.map((line, i) => {
    const who = line.userId === null ? '' : ` ${mention(line.userId)}`
    const tickets = p.isOfRaffle ? ` · ${ticketsText(say, line.tickets)}` : ''
    return `${i + 1}. ${accountText(line.platform, line.displayName)}${who} · ${usd(say, line.cents)}${tickets}`
  })
  return { embeds: [embedOf(say, title, rows)] }
}
