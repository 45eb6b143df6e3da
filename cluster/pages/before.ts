/** Draws of the bot before: what it left of them, and what that proves. */
import type { OldDraw } from '../../sql/queries/olddraws.ts'
import type { Answer } from '../answer.ts'
import { verifyPath } from './assets.ts'
import { checkBox, timeOf } from './draw.ts'
import { type Html, html } from './html.ts'
import { page } from './layout.ts'
import type { PageKey, PageSay } from './texts.ts'

export interface BeforePage {
  readonly guildId: string
  readonly serverName: string
  readonly draws: readonly OldDraw[]
}

export const beforePathOf = (guildId: string): string => `/raffles/${guildId}/before`

const sentences = {
  v1_seed: 'raffle.check.v1_seed',
  v1_hash: 'raffle.check.v1_hash',
  v1_ticket: 'raffle.check.v1_ticket',
} as const satisfies Record<string, PageKey>

/** Whoever won stays unnamed where they hide or were erased. */
const winnerOf = (say: PageSay, { displayName, isHidden }: OldDraw): string =>
  isHidden || displayName === null ? say('raffle.unnamed') : displayName

function factsOf(say: PageSay, draw: OldDraw): Html {
  const fact = (name: PageKey, value: Html | string | null): Html | undefined =>
    value === null ? undefined : html`<dt>${say(name)}</dt><dd>${value}</dd>`
  const id = (value: string): Html => html`<span class="id">${value}</span>`
  const { serverSeed: seed, clientSeed, nonce, proofHash: hash, commitment } = draw
  const total = say.number(draw.totalTickets)
  return html`<h2>${say('raffle.before.draw', { number: draw.drawId })}${
    draw.periodNumber !== null && html` · ${say('raffle.title', { number: String(draw.periodNumber) })}`
  }</h2>
<section class="card"><dl class="facts">
${fact('raffle.winner', winnerOf(say, draw))}
${fact('raffle.ticket', say('raffle.ticket.of', { ticket: say.number(draw.winningTicket), total }))}
${fact('raffle.prize', draw.prize)}
${fact('raffle.drawn', draw.drawnAt && timeOf(draw.drawnAt))}
${
  seed === null || clientSeed === null || nonce === null || hash === null
    ? fact('raffle.before.hash', say('raffle.before.no_proof'))
    : html`${fact('raffle.commitment', commitment === null ? say('raffle.before.no_commitment') : id(commitment))}
${fact('raffle.seed', id(seed))}
${fact('raffle.before.client', id(clientSeed))}
${fact('raffle.before.nonce', id(nonce))}
${fact('raffle.before.hash', id(hash))}`
}
</dl></section>`
}

/** All that the bot before left of its draws, with what can be checked by its formula and what cannot. */
export function beforePage(say: PageSay, { guildId, serverName, draws }: BeforePage): Answer {
  const title = say('raffle.before.title')
  return page(200, {
    locale: say.locale,
    title: `${title} · ${serverName} · Belfry`,
    isWide: true,
    module: verifyPath,
    body: html`<h1>${title}</h1>
<p class="lead">${say('raffle.on', { server: serverName })} · <a href="/raffles/${guildId}">${say('raffle.all')}</a></p>
<p>${say('raffle.before.lead')}</p>
<p class="note">${say('raffle.before.cannot')}</p>
${checkBox(say, {
  proof: `${beforePathOf(guildId)}/proof.json`,
  lead: say('raffle.before.how', { formula: 'seed:publicSeed:nonce' }),
  sentences,
})}
${draws.map((draw) => factsOf(say, draw))}`,
  })
}
