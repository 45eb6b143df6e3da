import type { APIEmbed } from 'discord.js'
import type { NamedDraw } from '../../../../sql/queries/draws.ts'
import type { OldDraw } from '../../../../sql/queries/olddraws.ts'
import type { Period } from '../../../../sql/queries/raffle.ts'
import type { Reply } from '../../feature.ts'
import type { Say } from '../../language.ts'
import { ago, plain, shareText } from '../../text.ts'
import { limits } from '../rules.ts'
import { embed, nameOf, ticketsText } from '../view.ts'

/** The public page of a raffle, where anybody can check it. */
export const pageOf = (
  publicUrl: string,
  { guildId, periodNumber }: Pick<Period, 'guildId' | 'periodNumber'>,
): string => `${publicUrl}/raffles/${guildId}/${periodNumber}`

type Named = Pick<Period, 'periodNumber' | 'title'>

/** A winner as everybody may know them: by a mention, and by the Kick name unless they hide; somebody who was erased is nobody. */
function who(
  say: Say,
  { discordId, displayName, isHidden }: Pick<NamedDraw, 'discordId' | 'displayName' | 'isHidden'>,
): string {
  const name = isHidden || displayName === null ? undefined : `**${plain(displayName)}**`
  if (discordId === null) return name ?? say('raffle:drawn.nobody')
  return name === undefined ? `<@${discordId}>` : `<@${discordId}> (${name})`
}

const winnerLines = (say: Say, draw: NamedDraw): string[] => [
  say('raffle:drawn.winner', {
    place: String(draw.nonce + 1),
    winner: who(say, draw),
    tickets: ticketsText(say, draw.tickets),
    chance: shareText(say, draw.tickets, draw.totalTickets),
  }),
  say('raffle:drawn.proof', {
    ticket: BigInt(draw.winningTicket),
    total: BigInt(draw.totalTickets),
    proof: draw.proofHash.slice(0, 16),
  }),
  ...(draw.prize === null ? [] : [`🎁 ${plain(draw.prize, limits.prize)}`]),
]

const voidLine = (say: Say, draw: NamedDraw): string =>
  say('raffle:drawn.void', {
    place: String(draw.nonce + 1),
    winner: who(say, draw),
    reason: plain(draw.voidReason ?? '', limits.reason),
  })

interface Drawn {
  readonly period: Named
  readonly draws: readonly NamedDraw[]
  readonly url: string
  /** Of the request that is meant. */
  readonly ref: string
}

/** Who won by one request, and whose win it declared void. */
function drawnEmbed(say: Say, { period, draws, url, ref }: Drawn): APIEmbed {
  const won = draws.filter(({ requestRef }) => requestRef === ref)
  const lines = [
    ...draws.filter(({ voidedRef }) => voidedRef === ref).map((draw) => voidLine(say, draw)),
    ...won.flatMap((draw) => winnerLines(say, draw)),
    say('raffle:drawn.fair', { url }),
  ]
  return embed(say, say('raffle:drawn.title', { name: nameOf(say, period), count: won.length }), lines)
}

/** What everybody reads; the winners of this request are mentioned, and nobody else. */
export function drawnMessage(say: Say, drawn: Drawn) {
  const ids = drawn.draws.flatMap(({ requestRef, discordId }) =>
    requestRef === drawn.ref && discordId !== null ? [discordId] : [],
  )
  return {
    content: ids.length === 0 ? '' : `🎉 ${ids.map((id) => `<@${id}>`).join(' ')}`,
    embeds: [drawnEmbed(say, drawn)],
    allowed_mentions: { users: ids },
  }
}

/** The same for whoever asked for it; what was drawn before, by another request, is shown as it stands. */
export function drawnView(say: Say, drawn: Drawn & { readonly channelId: string | null }): Reply {
  const { draws, ref, channelId, period } = drawn
  if (!draws.some(({ requestRef }) => requestRef === ref))
    return { content: say('raffle:draw.before', { name: nameOf(say, period) }), embeds: [standing(say, drawn)] }
  const told =
    channelId === null ? say('raffle:started.no_channel') : say('raffle:draw.told', { channel: `<#${channelId}>` })
  return { content: `✅ ${told}`, embeds: [drawnEmbed(say, drawn)] }
}

/** All draws of a raffle as they stand, void ones with their reason. */
function standing(say: Say, { period, draws, url }: Drawn): APIEmbed {
  const lines = draws.flatMap((draw) => (draw.status === 'void' ? [voidLine(say, draw)] : winnerLines(say, draw)))
  return embed(say, nameOf(say, period), [...lines, say('raffle:drawn.fair', { url })])
}

/** That the draw is made later, by itself; `until` in milliseconds. */
export const waitsView = (
  say: Say,
  p: { readonly period: Named; readonly until: number; readonly isLate: boolean },
): Reply => {
  const values = { name: nameOf(say, p.period), when: ago(new Date(p.until)) }
  return { content: p.isLate ? say('raffle:draw.late', values) : say('raffle:draw.waits', values) }
}

/** For admins, of a draw that cannot be made. */
export const stuckMessage = (say: Say, period: Named): { content: string } => ({
  content: say('raffle:draw.stuck', { name: nameOf(say, period) }),
})

export interface PastRaffle {
  readonly period: Period
  readonly draws: readonly NamedDraw[]
  readonly url: string
}

/** A draw of the bot before, and whether its proof holds: undefined where it left none. */
export interface CheckedDraw {
  readonly draw: OldDraw
  readonly holds: boolean | undefined
}

function oldLine(say: Say, { draw, holds }: CheckedDraw): string {
  const mark =
    holds === undefined ? say('raffle:history.no_proof') : say(holds ? 'raffle:history.holds' : 'raffle:history.fails')
  const raffle = draw.periodNumber === null ? '' : `**#${draw.periodNumber}** · `
  const when = draw.drawnAt === null ? '' : `${ago(draw.drawnAt)} · `
  const ticket = say('raffle:history.ticket', { ticket: BigInt(draw.winningTicket), total: BigInt(draw.totalTickets) })
  return `${raffle}${when}${who(say, draw)} · ${ticket} · ${mark}`
}

/** The last raffles with their winners, and behind them those of the bot before, which have a page of their own. */
export function historyView(
  say: Say,
  raffles: readonly PastRaffle[],
  old: readonly CheckedDraw[],
  oldUrl: string,
): Reply {
  if (raffles.length === 0 && old.length === 0) return { content: say('raffle:history.none') }
  const lines = raffles.map(({ period, draws, url }) => {
    const valid = draws.filter(({ status }) => status === 'valid')
    const winners = valid.length === 0 ? say('raffle:history.not_drawn') : say.list(valid.map((draw) => who(say, draw)))
    return `**[${nameOf(say, period)}](${url})** · ${winners}`
  })
  if (old.length > 0)
    lines.push('', `[${say('raffle:history.before')}](${oldUrl})`, ...old.map((one) => oldLine(say, one)))
  return { embeds: [embed(say, say('raffle:history.title'), lines)] }
}

export interface OwnEntry {
  readonly entryId: string
  readonly salt: string | null
  readonly tickets: string
  /** What the salt goes with. */
  readonly person: string
}

/** Where to check a raffle, and for somebody who takes part by which entry. */
export function fairView(
  say: Say,
  p: { readonly period: Period; readonly url: string; readonly own: OwnEntry | undefined },
): Reply {
  const { period, url, own } = p
  const lines = [
    say('raffle:how.fair'),
    ...(period.commitment === null ? [] : [say('raffle:info.commitment', { hash: period.commitment })]),
    ...(period.listHash === null ? [] : [say('raffle:info.list', { hash: period.listHash })]),
  ]
  if (own !== undefined) {
    lines.push(say('raffle:fair.entry', { entry: own.entryId, tickets: ticketsText(say, own.tickets) }))
    if (own.salt !== null) lines.push(say('raffle:fair.salt', { formula: `${own.salt}:${own.person}` }))
  }
  lines.push(say('raffle:fair.page', { url: own === undefined ? url : `${url}?entry=${own.entryId}` }))
  return { embeds: [embed(say, nameOf(say, period), lines)] }
}

/** For the stream chat: the winners of one request by their Kick names, without those who hide; nothing when nobody is left to name. */
export function drawnChatLine(say: Say, { period, draws, url, ref }: Drawn): string | undefined {
  const names = draws.flatMap(({ requestRef, displayName, isHidden }) =>
    requestRef === ref && displayName !== null && !isHidden ? [`@${displayName}`] : [],
  )
  if (names.length === 0) return undefined
  const name = period.title ?? say('raffle:name', { number: String(period.periodNumber) })
  return say('raffle:chat.drawn', { names: say.list(names), name, url })
}
