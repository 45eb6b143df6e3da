import type { PublicDraw, PublicEntry, Published } from '../../sql/queries/proof.ts'
import type { Answer } from '../answer.ts'
import { verifyPath } from './assets.ts'
import { type Html, html } from './html.ts'
import { page } from './layout.ts'
import type { PageKey, PageSay } from './texts.ts'

/** As they stand in an address. */
export type DrawKind = 'raffles' | 'giveaways'

export interface DrawPage {
  readonly kind: DrawKind
  readonly published: Published
  readonly draws: readonly PublicDraw[]
  /** The beginning of the list. */
  readonly entries: readonly PublicEntry[]
  /** The entry that somebody asks about, and where it stands; undefined when it stands nowhere. */
  readonly asked?: { readonly entryId: string; readonly found: PublicEntry | undefined }
  /** Where drand shows the round. */
  readonly roundUrl: string | undefined
}

const statusKeys = {
  active: 'raffle.active',
  closed: 'raffle.closed',
  drawn: 'raffle.drawn',
} as const satisfies Record<string, PageKey>

/** What is said of raffles in other words than of giveaways. */
const words = {
  raffles: {
    listTitle: 'raffle.list.title',
    listLead: 'raffle.list.lead',
    listNone: 'raffle.list.none',
    title: 'raffle.title',
    all: 'raffle.all',
    checkList: 'raffle.check.list',
    checkSeed: 'raffle.check.seed',
    frozenLead: 'raffle.frozen.lead',
    howSeed: 'raffle.how.seed',
    howList: 'raffle.how.list',
    howPublic: 'raffle.how.public',
    howVoid: 'raffle.how.void',
  },
  giveaways: {
    listTitle: 'giveaway.list.title',
    listLead: 'giveaway.list.lead',
    listNone: 'giveaway.list.none',
    title: 'giveaway.title',
    all: 'giveaway.all',
    checkList: 'giveaway.check.list',
    checkSeed: 'giveaway.check.seed',
    frozenLead: 'giveaway.frozen.lead',
    howSeed: 'giveaway.how.seed',
    howList: 'giveaway.how.list',
    howPublic: 'giveaway.how.public',
    howVoid: 'giveaway.how.void',
  },
} as const satisfies Record<DrawKind, Record<string, PageKey>>

const pathOf = (kind: DrawKind, { guildId, number }: Published): string => `/${kind}/${guildId}/${number}`

/** All raffles or giveaways of a guild, the newest first; and where draws of the bot before stand, if there are any. */
export const drawsPage = (
  say: PageSay,
  kind: DrawKind,
  serverName: string,
  all: readonly Published[],
  beforePath?: string,
): Answer => {
  const title = say(words[kind].listTitle, { server: serverName })
  return page(200, {
    locale: say.locale,
    title: `${title} · Belfry`,
    isWide: true,
    body: html`<h1>${title}</h1>
<p class="lead">${say(words[kind].listLead)}</p>
${
  all.length === 0
    ? html`<p class="empty">${say(words[kind].listNone)}</p>`
    : html`<div class="scroll"><table><thead><tr><th scope="col">${say(words[kind].title, { number: '' })}</th><th scope="col">${say('raffle.state')}</th><th scope="col">${say('raffle.ends')}</th><th scope="col" class="number">${say('raffle.entries')}</th><th scope="col" class="number">${say('raffle.tickets')}</th></tr></thead><tbody>${all.map(
        (one) =>
          html`<tr><td><a href="${pathOf(kind, one)}">${nameOf(say, kind, one)}</a></td><td>${say(statusKeys[one.status])}</td><td>${one.endsAt === null ? undefined : timeOf(one.endsAt)}</td><td class="number">${say.number(one.participants)}</td><td class="number">${say.number(one.totalTickets)}</td></tr>`,
      )}</tbody></table></div>`
}
${beforePath !== undefined && html`<p><a href="${beforePath}">${say('raffle.before.title')}</a></p>`}`,
  })
}

const nameOf = (say: PageSay, kind: DrawKind, { number, title }: Published): string =>
  title === null ? say(words[kind].title, { number: String(number) }) : `#${number} ${title}`

/** One raffle or giveaway: what was published of it, who won, how to check it. Readable without a script; with one it checks by itself. */
export function drawPage(say: PageSay, shown: DrawPage): Answer {
  const { kind, published } = shown
  const name = nameOf(say, kind, published)
  return page(200, {
    locale: say.locale,
    title: `${name} · ${published.serverName} · Belfry`,
    isWide: true,
    module: verifyPath,
    body: html`<h1>${name}</h1>
<p class="lead">${say('raffle.on', { server: published.serverName })} · ${say(statusKeys[published.status])} · <a href="/${kind}/${published.guildId}">${say(words[kind].all)}</a></p>
<section class="card">${factsOf(say, shown)}</section>
<h2>${say('raffle.winners')}</h2>
${winnersOf(say, shown)}
${verifyOf(say, shown)}
${howOf(say, shown)}
${published.closedAt === null ? undefined : listOf(say, shown)}`,
  })
}

function factsOf(say: PageSay, { published: period, draws, roundUrl }: DrawPage): Html {
  const fact = (name: PageKey, value: Html | string | null): Html | undefined =>
    value === null ? undefined : html`<dt>${say(name)}</dt><dd>${value}</dd>`
  const id = (value: string | null): Html | null => (value === null ? null : html`<span class="id">${value}</span>`)
  return html`<dl class="facts">
${fact('raffle.prize', period.prize)}
${fact('raffle.begins', timeOf(period.startsAt))}
${fact('raffle.ends', period.endsAt && timeOf(period.endsAt))}
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

function roundOf(say: PageSay, period: Published, roundUrl: string | undefined): Html | string | null {
  if (period.entropyMessageId !== null) return say('raffle.randomness.message', { id: period.entropyMessageId })
  if (period.entropyRound === null) return null
  const time = period.roundAt === null ? '?' : timeOf(period.roundAt)
  return html`${say('raffle.round.at', { round: String(period.entropyRound), time })}${
    roundUrl !== undefined && html` · <a href="${roundUrl}" rel="noreferrer">${say('raffle.compare')}</a>`
  }`
}

/** Why a roll of a giveaway came to nothing; of raffles an admin says it in words of their own. */
const voidKeys: Readonly<Record<string, PageKey>> = {
  excluded: 'giveaway.void.excluded',
  gone: 'giveaway.void.gone',
  unclaimed: 'giveaway.void.unclaimed',
  rerolled: 'giveaway.void.rerolled',
  role: 'giveaway.void.role',
}

function reasonOf(say: PageSay, kind: DrawKind, { voidReason }: PublicDraw): string {
  const known = kind === 'giveaways' ? voidKeys[voidReason ?? ''] : undefined
  return known === undefined ? (voidReason ?? '') : say(known)
}

function winnersOf(say: PageSay, { kind, published, draws }: DrawPage): Html {
  if (kind === 'giveaways' && published.status === 'drawn' && published.listHash === null)
    return html`<p class="empty">${say('giveaway.told')}</p>`
  if (draws.length === 0) return html`<p class="empty">${say('raffle.winners.none')}</p>`
  const hasPrizes = draws.some(({ prize }) => prize !== null)
  return html`<div class="scroll"><table><thead><tr><th scope="col">${say('raffle.winner')}</th><th scope="col">${say('raffle.entry')}</th><th scope="col" class="number">${say('raffle.tickets')}</th><th scope="col" class="number">${say('raffle.chance')}</th><th scope="col">${say('raffle.ticket')}</th>${hasPrizes && html`<th scope="col">${say('raffle.prize')}</th>`}<th scope="col">${say('raffle.state')}</th></tr></thead><tbody>${draws.map(
    (draw) => html`<tr class="${draw.status}">
<td>${draw.nonce + 1}. ${nameOfWinner(draw) ?? say('raffle.unnamed')}</td>
<td class="id">${draw.entryId}</td>
<td class="number">${say.number(draw.tickets)}</td>
<td class="number">${chanceOf(draw, say)}</td>
<td>${say('raffle.ticket.of', { ticket: say.number(draw.winningTicket), total: say.number(draw.totalTickets) })}</td>
${hasPrizes && html`<td>${draw.prize ?? ''}</td>`}
<td>${draw.status === 'valid' ? say('raffle.valid') : say('raffle.void', { reason: reasonOf(say, kind, draw) })}</td>
</tr>`,
  )}</tbody></table></div>`
}

/** Undefined for somebody who hides, or who was erased. */
export const nameOfWinner = (draw: PublicDraw): string | undefined =>
  draw.isHidden ? undefined : (draw.displayName ?? undefined)

/** Share of the tickets of all who were left, in percent with two decimals. */
const chanceOf = ({ tickets, totalTickets }: PublicDraw, say: PageSay): string =>
  new Intl.NumberFormat(say.locale, { style: 'percent', minimumFractionDigits: 2 }).format(
    Number((BigInt(tickets) * 1_000_000n) / BigInt(totalTickets)) / 1_000_000,
  )

/** The sentences that the script says, and their place in it. */
const sayings = {
  running: 'raffle.verify.running',
  good: 'raffle.verify.good',
  early: 'raffle.verify.early',
  bad: 'raffle.verify.bad',
  failed: 'raffle.verify.failed',
  insecure: 'raffle.verify.insecure',
  differs: 'raffle.verify.differs',
} as const satisfies Record<string, PageKey>
const sentencesFor = (kind: DrawKind): Readonly<Record<string, PageKey>> => ({
  list: words[kind].checkList,
  seed: words[kind].checkSeed,
  round: 'raffle.check.round',
  randomness: 'raffle.check.randomness',
  winner: 'raffle.check.winner',
  entry: 'raffle.check.entry',
})
/** They stay open until the script knows the values. */
const open = { count: '{count}', number: '{number}', expected: '{expected}', found: '{found}' }

/** The box in which the script checks what it finds under `proof`, and what it says there. */
export const checkBox = (
  say: PageSay,
  p: { readonly proof: string; readonly lead: string; readonly sentences: Readonly<Record<string, PageKey>> },
): Html => html`<h2>${say('raffle.verify.title')}</h2>
<section class="card" id="verify" data-proof="${p.proof}">
<p>${p.lead}</p>
<noscript><p class="note">${say('raffle.verify.no_script')}</p></noscript>
<p><button type="button" hidden>${say('raffle.verify.button')}</button></p>
<p id="verdict" role="status"></p>
<ul id="checks" class="checks"></ul>
<p><a href="${p.proof}">${say('raffle.json')}</a></p>
<div hidden>${Object.entries({ ...sayings, ...p.sentences }).map(([name, key]) => html`<span data-says="${name}">${say(key, open)}</span>`)}</div>
</section>`

const verifyOf = (say: PageSay, { kind, published }: DrawPage): Html =>
  checkBox(say, {
    proof: `${pathOf(kind, published)}/proof.json`,
    lead: say('raffle.verify.lead'),
    sentences: sentencesFor(kind),
  })

function listOf(say: PageSay, { kind, published, entries, asked }: DrawPage): Html {
  return html`<h2>${say('raffle.frozen.title')}</h2>
<p class="note">${say(words[kind].frozenLead, { command: '/tickets fair' })}${
    entries.length < published.participants && ` ${say('raffle.frozen.more', { count: say.number(entries.length) })}`
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
function howOf(say: PageSay, { kind, published }: DrawPage): Html {
  const chain = published.entropyChain ?? 'quicknet'
  const steps = [
    say(words[kind].howSeed),
    say(words[kind].howList, { formula: 'salt:person' }),
    say('raffle.how.hash', { formula: '[["id",tickets],…]' }),
    say('raffle.how.round', { chain }),
    say(words[kind].howPublic, {
      formula: 'period:listHash:round:randomness',
      fallback: 'period:listHash:discord:messageId',
    }),
    say('raffle.how.roll', { formula: 'publicSeed:nonce:counter' }),
    say('raffle.how.winner'),
    say(words[kind].howVoid),
  ]
  return html`<h2>${say('raffle.how.title')}</h2>
<ol class="how">${steps.map((step) => html`<li>${step}</li>`)}</ol>`
}

export const timeOf = (at: Date): string => `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`
