import type { Answer } from '../answer.ts'
import { html } from './html.ts'
import { messagePage, page } from './layout.ts'
import type { PageSay } from './texts.ts'

export interface LinkRequest {
  readonly purpose: 'link' | 'broadcaster'
  readonly serverName: string
  readonly discordId: string
  /** Proves that the form was filled in on our page, in this browser. */
  readonly formToken: string
  /** Where the form goes: this page's own path. */
  readonly action: string
}

/**
 * Asks before anything happens, so that a preview or a crawler which opens the address uses up nothing, and so that somebody
 * who was sent here by another person sees whose link this is.
 */
export function confirmPage(say: PageSay, request: LinkRequest): Answer {
  const title = say(`${request.purpose}.title`)
  return page(200, {
    locale: say.locale,
    title: `${title} · Belfry`,
    body: html`<section class="card">
<h1>${title}</h1>
<dl class="facts">
<dt>${say('fact.server')}</dt><dd>${request.serverName || say('fact.server.unnamed')}</dd>
<dt>${say('fact.by')}</dt><dd>${say('fact.by.member')} <span class="id">${request.discordId}</span></dd>
<dt>${say('fact.account')}</dt><dd>${say('fact.account.which')}</dd>
<dt>${say(`fact.${request.purpose}`)}</dt><dd>${say(`fact.${request.purpose}.what`)}</dd>
</dl>
<p class="note">${say('beware')}</p>
<form method="post" action="${request.action}">
<input type="hidden" name="token" value="${request.formToken}">
<button type="submit">${say('continue')}</button>
</form>
</section>`,
  })
}

/** Everything that can come of a link, with its status; the words stand in the texts. */
const outcomes = {
  unknown: 404,
  expired: 410,
  used: 410,
  finished: 410,
  wrong_browser: 403,
  refused: 403,
  kick_unavailable: 503,
  kick_refused: 502,
  no_channel: 409,
  other_channel: 403,
  not_saved: 503,
  unavailable: 503,
} as const satisfies Record<string, number>

export type Outcome = keyof typeof outcomes

export const outcomePage = (say: PageSay, outcome: Outcome): Answer =>
  messagePage(outcomes[outcome], {
    locale: say.locale,
    title: say(`${outcome}.title`),
    text: say(`${outcome}.text`),
  })

/** The end of a sign-in that went well, for the account of this name. */
export const donePage = (say: PageSay, end: 'proven' | 'connected', name: string): Answer =>
  messagePage(200, { tone: 'good', locale: say.locale, title: say(`${end}.title`), text: say(`${end}.text`, { name }) })
