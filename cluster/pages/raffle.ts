import type { NamedDraw } from '../../sql/queries/draws.ts'
import type { PublicPeriod } from '../../sql/queries/proof.ts'
import type { Answer } from '../answer.ts'
import { verifyPath } from './assets.ts'
import { type Html, html } from './html.ts'
import { page } from './layout.ts'
import type { PageKey, PageSay } from './texts.ts'

export interface RafflePage {
  readonly period: PublicPeriod
  readonly draws: readonly NamedDraw[]
  /** The beginning of the list. */
  readonly entries: readonly { readonly position: number; readonly entryId: string; readonly tickets: string }[]
  /** The entry that somebody asks about, and where it stands; undefined when it stands nowhere. */
  readonly asked?: { readonly entryId: string; readonly found: RafflePage['entries'][number] | undefined }
  /** Where drand shows the round. */
  readonly roundUrl: string | undefined
}

const statusKeys = {
  active: 'raffle.active',
  closed: 'raffle.closed',
  drawn: 'raffle.drawn',
} as const satisfies Record<string, PageKey>

const pathOf = ({ guildId, periodNumber }: PublicPeriod): string => `/raffles/${guildId}/${periodNumber}`

/** All raffles of a guild, the newest first. */
export const rafflesPage = (say: PageSay, serverName: string, periods: readonly PublicPeriod[]): Answer => {
  const title = say('raffle.list.title', { server: serverName })
  return page(200, {
    locale: say.locale,
    title: `${title} · Belfry`,
    isWide: true,
    body: html`<h1>${title}</h1>
<p class="lead">${say('raffle.list.lead')}</p>
${
  periods.length === 0
    ? html`<p class="empty">${say('raffle.list.none')}</p>`
    : html`<div class="scroll"><table><thead><tr><th scope="col">${say('raffle.title', { number: '' })}</th><th scope="col">${say('raffle.state')}</th><th scope="col">${say('raffle.ends')}</th><th scope="col" class="number">${say('raffle.entries')}</th><th scope="col" class="number">${say('raffle.tickets')}</th></tr></thead><tbody>${periods.map(
        (period) =>
          html`<tr><td><a href="${pathOf(period)}">${nameOf(say, period)}</a></td><td>${say(statusKeys[period.status])}</td><td>${timeOf(period.endsAt)}</td><td class="number">${say.number(period.participants)}</td><td class="number">${say.number(period.totalTickets)}</td></tr>`,
      )}</tbody></table></div>`
}`,
  })
}

const nameOf = (say: PageSay, { periodNumber, title }: PublicPeriod): string =>
  title === null ? say('raffle.title', { number: String(periodNumber) }) : `#${periodNumber} ${title}`

/** One raffle: what was published of it, who won, how to check it. Readable without a script; with one it checks by itself. */
export function rafflePage(say: PageSay, shown: RafflePage): Answer {
  const { period, draws } = shown
  return page(200, {
    locale: say.locale,
    title: `${nameOf(say, period)} · ${period.serverName} · Belfry`,
    isWide: true,
    module: verifyPath,
    body: html`<h1>${nameOf(say, period)}</h1>
<p class="lead">${say('raffle.on', { server: period.serverName })} · ${say(statusKeys[period.status])} · <a href="/raffles/${period.guildId}">${say('raffle.all')}</a></p>
<section class="card">${factsOf(say, shown)}</section>
<h2>${say('raffle.winners')}</h2>
${winnersOf(say, draws)}
${verifyOf(say, period)}
${howOf(say, period)}
${period.closedAt === null ? undefined : listOf(say, shown)}`,
  })
}

function factsOf(say: PageSay, { period, draws, roundUrl }: RafflePage): Html {
  const fact = (name: PageKey, value: Html | string | null): Html | undefined =>
    value === null ? undefined : html`<dt>${say(name)}</dt><dd>${value}</dd>`
  const id = (value: string | null): Html | null => (value === null ? null : html`<span class="id">${value}</span>`)
  return html`<dl class="facts">
${fact('raffle.prize', period.prize)}
${fact('raffle.begins', timeOf(period.startsAt))}
${fact('raffle.ends', timeOf(period.endsAt))}
${fact('raffle.when_closed', period.closedAt && timeOf(period.closedAt))}
${fact('raffle.when_drawn', period.drawnAt && timeOf(period.drawnAt))}
${fact('raffle.entries', period.closedAt && say.number(period.participants))}
${fact('raffle.tickets', period.closedAt && say.number(period.totalTickets))}
${fact('raffle.commitment', id(period.commitment))}
${fact('raffle.list_hash', id(period.listHash))}
${fact('raffle.round', roundOf(say, period, roundUrl))}
${fact('raffle.randomness', period.entropyRound === null ? null : (id(period.randomness) ?? say('raffle.randomness.waits')))}
${fact('raffle.signature', id(period.signature))}
${fact('raffle.seed', id(draws[0]?.serverSeed ?? null) ?? say('raffle.seed.secret'))}
</dl>`
}

function roundOf(say: PageSay, period: PublicPeriod, roundUrl: string | undefined): Html | string | null {
  if (period.entropyMessageId !== null) return say('raffle.randomness.message', { id: period.entropyMessageId })
  if (period.entropyRound === null) return null
  const time = period.roundAt === null ? '?' : timeOf(period.roundAt)
  return html`${say('raffle.round.at', { round: String(period.entropyRound), time })}${
    roundUrl !== undefined && html` · <a href="${roundUrl}" rel="noreferrer">${say('raffle.compare')}</a>`
  }`
}

function winnersOf(say: PageSay, draws: readonly NamedDraw[]): Html {
  if (draws.length === 0) return html`<p class="empty">${say('raffle.winners.none')}</p>`
  return html`<div class="scroll"><table><thead><tr><th scope="col">${say('raffle.winner')}</th><th scope="col">${say('raffle.entry')}</th><th scope="col" class="number">${say('raffle.tickets')}</th><th scope="col" class="number">${say('raffle.chance')}</th><th scope="col">${say('raffle.ticket')}</th><th scope="col">${say('raffle.prize')}</th><th scope="col">${say('raffle.state')}</th></tr></thead><tbody>${draws.map(
    (draw) => html`<tr class="${draw.status}">
<td>${draw.nonce + 1}. ${nameOfWinner(draw) ?? say('raffle.unnamed')}</td>
<td class="id">${draw.entryId}</td>
<td class="number">${say.number(draw.tickets)}</td>
<td class="number">${chanceOf(draw, say)}</td>
<td>${say('raffle.ticket.of', { ticket: say.number(draw.winningTicket), total: say.number(draw.totalTickets) })}</td>
<td>${draw.prize ?? ''}</td>
<td>${draw.status === 'valid' ? say('raffle.valid') : say('raffle.void', { reason: draw.voidReason ?? '' })}</td>
</tr>`,
  )}</tbody></table></div>`
}

/** Undefined for somebody who hides, or who was erased. */
export const nameOfWinner = (draw: NamedDraw): string | undefined =>
  draw.isHidden ? undefined : (draw.displayName ?? undefined)

/** Share of the tickets of all who were left, in percent with two decimals. */
const chanceOf = ({ tickets, totalTickets }: NamedDraw, say: PageSay): string =>
  new Intl.NumberFormat(say.locale, { style: 'percent', minimumFractionDigits: 2 }).format(
    Number((BigInt(tickets) * 1_000_000n) / BigInt(totalTickets)) / 1_000_000,
  )

/** The sentences that the script says, and their place in it. */
const sentences = {
  running: 'raffle.verify.running',
  good: 'raffle.verify.good',
  early: 'raffle.verify.early',
  bad: 'raffle.verify.bad',
  failed: 'raffle.verify.failed',
  insecure: 'raffle.verify.insecure',
  differs: 'raffle.verify.differs',
  list: 'raffle.check.list',
  seed: 'raffle.check.seed',
  round: 'raffle.check.round',
  randomness: 'raffle.check.randomness',
  winner: 'raffle.check.winner',
  entry: 'raffle.check.entry',
} as const satisfies Record<string, PageKey>
/** They stay open until the script knows the values. */
const open = { count: '{count}', number: '{number}', expected: '{expected}', found: '{found}' }

function verifyOf(say: PageSay, period: PublicPeriod): Html {
  return html`<h2>${say('raffle.verify.title')}</h2>
<section class="card" id="verify" data-proof="${pathOf(period)}/proof.json">
<p>${say('raffle.verify.lead')}</p>
<noscript><p class="note">${say('raffle.verify.no_script')}</p></noscript>
<p><button type="button" hidden>${say('raffle.verify.button')}</button></p>
<p id="verdict" role="status"></p>
<ul id="checks" class="checks"></ul>
<p><a href="${pathOf(period)}/proof.json">${say('raffle.json')}</a></p>
<div hidden>${Object.entries(sentences).map(([name, key]) => html`<span data-says="${name}">${say(key, open)}</span>`)}</div>
</section>`
}

function listOf(say: PageSay, { period, entries, asked }: RafflePage): Html {
  return html`<h2>${say('raffle.frozen.title')}</h2>
<p class="note">${say('raffle.frozen.lead', { command: '/tickets fair' })}${
    entries.length < period.participants && ` ${say('raffle.frozen.more', { count: say.number(entries.length) })}`
  }</p>
${
  asked !== undefined &&
  html`<p class="verdict ${asked.found === undefined ? 'bad' : 'good'}" role="status">${
    asked.found === undefined
      ? say('raffle.frozen.unknown', { entry: asked.entryId })
      : say('raffle.frozen.yours', {
          entry: asked.entryId,
          position: say.number(asked.found.position),
          tickets: say.number(asked.found.tickets),
        })
  }</p>`
}
<div class="scroll"><table><thead><tr><th scope="col" class="number">#</th><th scope="col">${say('raffle.entry')}</th><th scope="col" class="number">${say('raffle.tickets')}</th></tr></thead><tbody>${entries.map(
    ({ position, entryId, tickets }) =>
      html`<tr${asked?.entryId === entryId && html` class="mine"`}><td class="number">${position}</td><td class="id">${entryId}</td><td class="number">${say.number(tickets)}</td></tr>`,
  )}</tbody></table></div>`
}

/** Whole: whoever writes a verifier of their own needs nothing besides. */
function howOf(say: PageSay, period: PublicPeriod): Html {
  const chain = period.entropyChain ?? 'quicknet'
  const steps = [
    say('raffle.how.seed'),
    say('raffle.how.list', { formula: 'salt:person' }),
    say('raffle.how.hash', { formula: '[["id",tickets],…]' }),
    say('raffle.how.round', { chain }),
    say('raffle.how.public', {
      formula: 'period:listHash:round:randomness',
      fallback: 'period:listHash:discord:messageId',
    }),
    say('raffle.how.roll', { formula: 'publicSeed:nonce:counter' }),
    say('raffle.how.winner'),
    say('raffle.how.void'),
  ]
  return html`<h2>${say('raffle.how.title')}</h2>
<ol class="how">${steps.map((step) => html`<li>${step}</li>`)}</ol>`
}

const timeOf = (at: Date): string => `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`
