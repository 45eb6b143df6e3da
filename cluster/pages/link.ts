import type { Answer } from '../answer.ts'
import { html } from './html.ts'
import { type Message, messagePage, page } from './layout.ts'

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
export const confirmPage = (request: LinkRequest): Answer =>
  page(200, {
    title: request.purpose === 'link' ? 'Link your Kick account · Belfry' : 'Connect your Kick channel · Belfry',
    body: html`<section class="card">
<h1>${request.purpose === 'link' ? 'Link your Kick account' : 'Connect your Kick channel'}</h1>
<dl class="facts">
<dt>Discord server</dt><dd>${request.serverName || 'your server'}</dd>
<dt>Asked for by</dt><dd>the Discord member with the id <span class="id">${request.discordId}</span></dd>
<dt>Kick account</dt><dd>the one you are signed in with at Kick, or sign in with next</dd>
<dt>${request.purpose === 'link' ? 'Belfry will see' : 'Belfry may'}</dt><dd>${
      request.purpose === 'link'
        ? 'your Kick name and user id, nothing else'
        : 'read your channel, answer in your chat, and hear what happens there'
    }</dd>
</dl>
<p class="note">Go on only if you asked for this link yourself a moment ago. Did somebody else send it to you? Then close this page.</p>
<form method="post" action="${request.action}">
<input type="hidden" name="token" value="${request.formToken}">
<button type="submit">Continue to Kick</button>
</form>
</section>`,
  })

/** Everything that can come of a link, with its status. */
const outcomes = {
  unknown: [
    404,
    'This link is not known',
    'It may be incomplete, or it was used already. Ask for a new one in Discord, the way you got this one.',
  ],
  expired: [
    410,
    'This link has expired',
    'Links are good for ten minutes. Ask for a new one in Discord, the way you got this one.',
  ],
  used: [
    410,
    'This link was used already',
    'Each link works once. Ask for a new one in Discord, the way you got this one.',
  ],
  finished: [
    410,
    'This sign-in is over',
    'It was finished already or took longer than ten minutes. Look into Discord, or ask for a new link there.',
  ],
  wrong_browser: [
    403,
    'This is another browser',
    'The sign-in has to end in the browser in which it began. Open your link from Discord again in this one, with cookies allowed.',
  ],
  refused: [403, 'You said no at Kick', 'Nothing was linked. If that was a mistake, ask for a new link in Discord.'],
  kick_unavailable: [
    503,
    'Kick does not answer',
    'Nothing was linked. Wait a few minutes, then ask for a new link in Discord.',
  ],
  kick_refused: [
    502,
    'Kick did not accept the sign-in',
    'Nothing was linked. Ask for a new link in Discord and go through it without a long pause.',
  ],
  no_channel: [
    409,
    'This server has no Kick channel yet',
    'An admin of the server has to set the channel in Discord first. Then ask for a new link.',
  ],
  other_channel: [
    403,
    'This is another Kick account',
    'Only the owner of the channel that this server watches can connect it. Sign in at Kick as that account, then ask for a new link.',
  ],
  not_saved: [
    503,
    'Not saved',
    'Kick said yes, but our database did not answer; nothing was linked. Ask for a new link in Discord in a few minutes.',
  ],
  unavailable: [
    503,
    'Not possible right now',
    'Our database does not answer; nothing was linked. Try this link again in a few minutes.',
  ],
} as const satisfies Record<string, readonly [number, string, string]>

export type Outcome = keyof typeof outcomes

export function outcomePage(outcome: Outcome): Answer {
  const [status, title, text] = outcomes[outcome]
  return messagePage(status, { title, text })
}

export const donePage = (message: Message): Answer => messagePage(200, { tone: 'good', ...message })
