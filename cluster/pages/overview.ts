import type { Answer } from '../answer.ts'
import type { Overview } from '../overview.ts'
import type { Readiness } from '../readiness.ts'
import { type Html, html } from './html.ts'
import { page } from './layout.ts'

/** The front page: what this is, whether it works, and totals. Never anything of one guild: tenants do not see each other. */
export const overviewPage = (overview: Overview | undefined, readiness: Readiness): Answer =>
  page(200, {
    title: 'Belfry',
    isLive: true,
    isWide: true,
    body: html`<h1>Watch time, points and roles for Discord</h1>
<p class="lead">Belfry connects a Discord server with a Kick channel: people who watch the stream earn minutes, points and roles.
Members see theirs with <span class="id">/me</span>; admins begin with <span class="id">/setup</span>.</p>
<div id="live">
<ul class="pills" aria-label="State of this pod">${Object.entries(readiness.parts).map(
      ([name, state]) => html`<li class="${state === 'ok' ? 'ok' : 'bad'}">${name}: ${state}</li>`,
    )}</ul>
${overview && figuresOf(overview)}
</div>`,
  })

function figuresOf(overview: Overview): Html {
  const { figures } = overview
  return html`${
    figures === undefined
      ? html`<p class="note" role="status">The database does not answer, so there are no figures yet.</p>`
      : html`${overview.isStale && html`<p class="note" role="status">The database does not answer; these figures are from ${timeOf(figures.readAt)}.</p>`}
${tilesOf(figures)}`
  }
<div class="columns">
${figures && groupsOf(figures.placement)}
${webhooksOf(overview.webhooks)}
</div>
<p class="note">Totals over all servers. Days begin at midnight UTC.${figures && !overview.isStale && ` Read at ${timeOf(figures.readAt)}.`}</p>`
}

function tilesOf({ totals, placement }: NonNullable<Overview['figures']>): Html {
  const { leader } = placement
  return html`<h2>Now</h2>
<dl class="tiles">
${tile('Servers', whole(totals.guilds), `${whole(totals.channels)} with a channel, ${whole(totals.live)} live`)}
${tile('Viewers today', whole(totals.viewersToday))}
${tile('Minutes today', whole(totals.minutesToday), `${whole(totals.minutes)} in total`)}
${tile('Points held', whole(totals.points))}
${tile('Roles granted', whole(totals.roles))}
${tile('Linked members', whole(totals.links))}
${tile('Tick lag', `${whole(totals.lagMinutes)} min`, totals.lagMinutes > 2 ? 'catching up' : 'up to date')}
${tile('Leader', leader ? `epoch ${leader.epoch}` : 'none', leader ? podOf(leader.holder) : 'ticks wait; nothing is lost')}
</dl>`
}

const tile = (name: string, value: string, note?: string): Html =>
  html`<div><dt>${name}</dt><dd>${value}${note !== undefined && html` <small>${note}</small>`}</dd></div>`

function groupsOf({ groups, pods }: NonNullable<Overview['figures']>['placement']): Html {
  return html`<section><h2>Shard groups on ${whole(pods)} ${pods === 1 ? 'pod' : 'pods'}</h2>
<table><thead><tr><th scope="col">Group</th><th scope="col">Pod</th><th scope="col" class="number">Epoch</th></tr></thead><tbody>${
    groups.length === 0
      ? html`<tr><td colspan="3" class="empty">None yet</td></tr>`
      : groups.map(
          ({ groupId, holder, epoch }) =>
            html`<tr><td>${groupId}</td><td>${holder === null ? 'waits for a pod' : podOf(holder)}</td><td class="number">${epoch}</td></tr>`,
        )
  }</tbody></table></section>`
}

function webhooksOf(webhooks: Overview['webhooks']): Html {
  return html`<section><h2>Webhooks of this pod</h2>
<table><thead><tr><th scope="col">Type</th><th scope="col">Outcome</th><th scope="col" class="number">Count</th></tr></thead><tbody>${
    webhooks.length === 0
      ? html`<tr><td colspan="3" class="empty">None yet</td></tr>`
      : webhooks
          .slice(0, 30)
          .map(
            ({ type, outcome, count }) =>
              html`<tr><td>${type}</td><td>${outcome.replaceAll('_', ' ')}</td><td class="number">${whole(count)}</td></tr>`,
          )
  }</tbody></table></section>`
}

/** A holder adds to its pod's name what tells it from an earlier process of that name. */
const podOf = (holder: string): string => holder.replace(/[#/][0-9a-f]+$/, '')

const whole = (value: number | string): string => BigInt(value).toLocaleString('en')
const timeOf = (ms: number): string => `${new Date(ms).toISOString().slice(11, 19)} UTC`
