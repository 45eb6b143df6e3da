import type { Area } from './frame.ts'
import { guildTables } from './guilds.ts'
import { figure, graph, guildTable } from './panels.ts'
import { known, perSecond, sumOf } from './promql.ts'

export const discord: Area = {
  name: 'discord',
  title: 'Discord REST and outbox',
  description: 'What we ask of Discord, how it answers, and what committed transactions still owe.',
  asksDatabase: true,
  rows: [
    {
      title: 'Outbox',
      panels: [
        figure({
          title: 'The oldest row',
          description:
            'Age of the oldest row that is neither paid nor given up. Normal: seconds; minutes while Discord refuses.',
          unit: 's',
          queries: [{ expr: known('bot_outbox_oldest_seconds'), legend: 'oldest' }],
          warn: 300,
          bad: 1200,
          runbooks: ['outbox-old'],
        }),
        figure({
          title: 'Nobody pays since',
          description: 'For how long a row has been due that no process has claimed. Normal: below 2 s.',
          unit: 's',
          queries: [{ expr: known('bot_outbox_overdue_seconds'), legend: 'overdue' }],
          warn: 30,
          bad: 120,
          runbooks: ['outbox-unpaid'],
        }),
        figure({
          title: 'Dead letters',
          description:
            'Rows that were given up after eight attempts; they stay until an admin removes the cause. Normal: 0, and not growing.',
          unit: 'short',
          queries: [{ expr: known('bot_outbox_dead_rows'), legend: 'dead' }],
          warn: 1,
          runbooks: ['dead-letters'],
        }),
        graph({
          title: 'Rows that wait',
          description:
            'Rows of the outbox that are due, by kind. Normal: tens; a draw or a stream that ends makes hundreds for seconds.',
          unit: 'short',
          queries: [{ expr: sumOf('bot_outbox_rows', 'kind', 'state="due"'), legend: '{{kind}}' }],
          stacked: true,
          runbooks: ['outbox-old'],
        }),
        graph({
          title: 'Payments',
          description:
            'Attempts to pay a row: paid, to be tried again (retry), put off (wait), given up (dead). Normal: nearly all paid.',
          unit: 'ops',
          queries: [{ expr: perSecond('bot_outbox_payments_total', 'outcome'), legend: '{{outcome}}' }],
          stacked: true,
          runbooks: ['outbox-old', 'dead-letters'],
        }),
        graph({
          title: 'Payments that did not succeed',
          description: 'Attempts that were not paid, by kind. Normal: none, or few while a server denies a permission.',
          unit: 'ops',
          queries: [
            {
              expr: perSecond('bot_outbox_payments_total', 'kind, outcome', 'outcome!="paid"'),
              legend: '{{kind}}: {{outcome}}',
            },
          ],
          runbooks: ['outbox-old', 'dead-letters'],
        }),
        guildTable(guildTables.outbox),
        guildTable(guildTables.dead),
      ],
    },
    {
      title: 'REST',
      panels: [
        graph({
          title: 'Answers by status',
          description:
            'Answers of Discord by HTTP status. Normal: 2xx; few 404 for what members have deleted; 429 and 5xx near zero.',
          unit: 'ops',
          queries: [{ expr: perSecond('bot_discord_requests_total', 'status'), legend: '{{status}}' }],
          stacked: true,
          runbooks: ['discord-fails', 'discord-invalid-requests'],
        }),
        graph({
          title: 'The ten busiest routes',
          description: 'Requests to Discord by route. Normal: answers to interactions lead, then changes of roles.',
          unit: 'ops',
          queries: [{ expr: `topk(10, ${perSecond('bot_discord_requests_total', 'route')})`, legend: '{{route}}' }],
        }),
        graph({
          title: 'Share of answers that are 5xx',
          description: 'Of all answers those with which Discord says that it is broken. Normal: below 1 %.',
          unit: 'percentunit',
          queries: [
            {
              expr: `(${perSecond('bot_discord_requests_total', '', 'status=~"5.."')} or vector(0)) / ${perSecond('bot_discord_requests_total')}`,
              legend: '5xx',
            },
          ],
          warn: 0.05,
          bad: 0.2,
          max: 1,
          runbooks: ['discord-fails'],
        }),
        graph({
          title: 'Requests that count as invalid',
          description:
            'Answers 401, 403 and 429 in ten minutes; at 10,000 Discord bans the address for a while. Normal: below 100.',
          unit: 'short',
          queries: [
            {
              expr: `(600 * ${perSecond('bot_discord_requests_total', '', 'status=~"401|403|429"')}) or vector(0)`,
              legend: 'in ten minutes',
            },
          ],
          warn: 2000,
          bad: 5000,
          runbooks: ['discord-invalid-requests'],
        }),
        graph({
          title: 'Waiting for limits',
          description:
            'Times a request had to wait for a limit, by scope. Normal: user, when many roles of one server change; global never.',
          unit: 'ops',
          queries: [{ expr: perSecond('bot_discord_rate_limited_total', 'scope'), legend: '{{scope}}' }],
          runbooks: ['discord-invalid-requests'],
        }),
        graph({
          title: 'Roles',
          description:
            'Roles that were given or taken, and those that could not be. Normal: mostly done; blocked where the bot stands too low, which its admins have been told.',
          unit: 'ops',
          queries: [
            { expr: perSecond('bot_roles_changed_total', 'direction, outcome'), legend: '{{direction}}: {{outcome}}' },
          ],
        }),
      ],
    },
  ],
}
