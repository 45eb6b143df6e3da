import type { Answer } from '../answer.ts'
import type { Overview } from '../overview.ts'
import type { Readiness } from '../readiness.ts'
import { type Html, html } from './html.ts'
import { page } from './layout.ts'
import { type PageSay, speakPage } from './texts.ts'

/** The front page: what this is, whether it works, and totals. Never anything of one guild: tenants do not see each other. */
export const overviewPage = (
  overview: Overview | undefined,
  readiness: Readiness,
  say: PageSay = speakPage('en'),
): Answer =>
  page(200, {
    locale: say.locale,
    title: 'Belfry',
    isLive: true,
    isWide: true,
    body: html`<h1>${say('front.title')}</h1>
<p class="lead">${say('front.lead')}
${say('front.members', { me: '/me', setup: '/setup' })}</p>
<div id="live">
<ul class="pills" aria-label="${say('front.pod')}">${Object.entries(readiness.parts).map(
      ([name, state]) => html`<li class="${state === 'ok' ? 'ok' : 'bad'}">${name}: ${state}</li>`,
    )}</ul>
${overview && figuresOf(say, overview)}
</div>`,
  })

function figuresOf(say: PageSay, overview: Overview): Html {
  const { figures } = overview
  return html`${
    figures === undefined
      ? html`<p class="note" role="status">${say('front.no_figures')}</p>`
      : html`${overview.isStale && html`<p class="note" role="status">${say('front.stale', { time: timeOf(figures.readAt) })}</p>`}
${tilesOf(say, figures)}`
  }
<div class="columns">
${figures && groupsOf(say, figures.placement)}
${webhooksOf(say, overview.webhooks)}
</div>
<p class="note">${say('front.totals')}${figures && !overview.isStale && ` ${say('front.read_at', { time: timeOf(figures.readAt) })}`}</p>`
}

function tilesOf(say: PageSay, { totals, placement }: NonNullable<Overview['figures']>): Html {
  const { leader } = placement
  const whole = say.number
  const lagNote = totals.lagMinutes > 2 ? say('tile.lag.behind') : say('tile.lag.level')
  return html`<h2>${say('front.now')}</h2>
<dl class="tiles">
${tile(say('tile.servers'), whole(totals.guilds), say('tile.servers.note', { channels: whole(totals.channels), live: whole(totals.live) }))}
${tile(say('tile.viewers'), whole(totals.viewersToday))}
${tile(say('tile.minutes'), whole(totals.minutesToday), say('tile.minutes.note', { minutes: whole(totals.minutes) }))}
${tile(say('tile.points'), whole(totals.points))}
${tile(say('tile.roles'), whole(totals.roles))}
${tile(say('tile.links'), whole(totals.links))}
${tile(say('tile.lag'), `${whole(totals.lagMinutes)} min`, lagNote)}
${tile(
  say('tile.leader'),
  leader ? say('tile.leader.epoch', { epoch: String(leader.epoch) }) : say('tile.leader.none'),
  leader ? podOf(leader.holder) : say('tile.leader.waits'),
)}
</dl>`
}

const tile = (name: string, value: string, note?: string): Html =>
  html`<div><dt>${name}</dt><dd>${value}${note !== undefined && html` <small>${note}</small>`}</dd></div>`

function groupsOf(say: PageSay, { groups, pods }: NonNullable<Overview['figures']>['placement']): Html {
  return html`<section><h2>${say('groups.title', { count: say.number(pods) })}</h2>
<table><thead><tr><th scope="col">${say('groups.group')}</th><th scope="col">${say('groups.pod')}</th><th scope="col" class="number">${say('groups.epoch')}</th></tr></thead><tbody>${
    groups.length === 0
      ? html`<tr><td colspan="3" class="empty">${say('table.none')}</td></tr>`
      : groups.map(
          ({ groupId, holder, epoch }) =>
            html`<tr><td>${groupId}</td><td>${holder === null ? say('groups.waits') : podOf(holder)}</td><td class="number">${epoch}</td></tr>`,
        )
  }</tbody></table></section>`
}

function webhooksOf(say: PageSay, webhooks: Overview['webhooks']): Html {
  return html`<section><h2>${say('webhooks.title')}</h2>
<table><thead><tr><th scope="col">${say('webhooks.type')}</th><th scope="col">${say('webhooks.outcome')}</th><th scope="col" class="number">${say('webhooks.count')}</th></tr></thead><tbody>${
    webhooks.length === 0
      ? html`<tr><td colspan="3" class="empty">${say('table.none')}</td></tr>`
      : webhooks
          .slice(0, 30)
          .map(
            ({ type, outcome, count }) =>
              html`<tr><td>${type}</td><td>${outcome.replaceAll('_', ' ')}</td><td class="number">${say.number(count)}</td></tr>`,
          )
  }</tbody></table></section>`
}

/** A holder adds to its pod's name what tells it from an earlier process of that name. */
const podOf = (holder: string): string => holder.replace(/[#/][0-9a-f]+$/, '')

const timeOf = (ms: number): string => `${new Date(ms).toISOString().slice(11, 19)} UTC`
