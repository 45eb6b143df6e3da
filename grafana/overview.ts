import type { Area } from './frame.ts'
import { figure, graph, type Query } from './panels.ts'
import { chosen, everywhere, known, perSecond, sumOf } from './promql.ts'

interface Promise {
  readonly name: string
  readonly promise: string
  /** As in `grafana/rules/promises.yaml`. */
  readonly series: string
  readonly objective: number
  readonly runbooks: readonly string[]
}

const promises: readonly Promise[] = [
  {
    name: 'Settling',
    promise: '99.9 % of the slots of guilds with something to settle are settled within 90 s of their end',
    series: 'settlement',
    objective: 0.999,
    runbooks: ['settlement-budget-burns-fast', 'settlement-budget-burns-slowly'],
  },
  {
    name: 'Interactions',
    promise: '99.9 % of commands, buttons and forms are answered within a second',
    series: 'interactions',
    objective: 0.999,
    runbooks: ['interactions-budget-burns-fast', 'interactions-budget-burns-slowly'],
  },
  {
    name: 'Webhooks',
    promise: '99.99 % of the webhooks that Kick has signed are acknowledged',
    series: 'webhooks',
    objective: 0.9999,
    runbooks: ['webhooks-budget-burns-fast', 'webhooks-budget-burns-slowly'],
  },
]

const percent = (share: number): string => `${Number((share * 100).toFixed(2))} %`

const errorRatio = (series: string, window: string): string =>
  `max(belfry:${series}_errors:ratio_rate${window}{${everywhere}})`

const burn = ({ series, objective }: Promise): Query[] =>
  ['5m', '1h', '6h', '3d'].map((window) => ({
    expr: `${errorRatio(series, window)} / ${Number((1 - objective).toFixed(4))}`,
    legend: `over ${window}`,
  }))

export const overview: Area = {
  name: 'overview',
  title: 'overview',
  description: 'What was promised and how it is kept; what fires; whether everything is there. Begin here.',
  rows: [
    {
      title: 'Now',
      panels: [
        figure({
          title: 'Pages',
          description: 'Alerts that wake somebody and fire now. Normal: 0.',
          unit: 'short',
          queries: [
            { expr: `count(ALERTS{alertstate="firing",severity="page",${everywhere}}) or vector(0)`, legend: 'pages' },
          ],
          bad: 1,
        }),
        figure({
          title: 'Tickets',
          description: 'Alerts that wait for the morning and fire now. Normal: 0.',
          unit: 'short',
          queries: [
            {
              expr: `count(ALERTS{alertstate="firing",severity="ticket",${everywhere}}) or vector(0)`,
              legend: 'tickets',
            },
          ],
          warn: 1,
        }),
        figure({
          title: 'Schedulers that lead',
          description:
            'Schedulers that hold the lease by their own clock. Normal: 1; for a second 0 while the lead changes.',
          unit: 'short',
          queries: [{ expr: sumOf('bot_lease_held', '', 'job="scheduler",name="scheduler"'), legend: 'leading' }],
          isFloor: true,
          bad: 1,
          runbooks: ['scheduler-leaderless'],
        }),
        figure({
          title: 'Shards that are missing',
          description:
            'Shards that should be connected to Discord and are not, of processes that run. Normal: 0; a few while pods roll.',
          unit: 'short',
          queries: [{ expr: `${sumOf('bot_shards_wanted')} - ${sumOf('bot_shards_ready')}`, legend: 'missing' }],
          warn: 1,
          runbooks: ['shards-disconnected'],
        }),
        figure({
          title: 'Behind by',
          description:
            'How far 95 % of the guilds with unsettled watch time are behind at most. Normal: below 60 s, the cadence of ticks.',
          unit: 's',
          queries: [{ expr: known('bot_settlement_lag_seconds', '', 'of="most"'), legend: 'behind' }],
          warn: 90,
          bad: 180,
          runbooks: ['settlement-behind'],
        }),
        figure({
          title: 'Credited twice or lost',
          description:
            'Viewers in the chosen time whose minutes or points grew or shrank without an entry in their books. Normal: 0, always.',
          unit: 'short',
          queries: [{ expr: `sum(increase(bot_books_wrong_total{${everywhere}}[$__range]))`, legend: 'viewers' }],
          bad: 1,
          runbooks: ['books-do-not-balance'],
        }),
      ],
    },
    {
      title: 'Promises over 30 days',
      panels: promises.map((promise) =>
        figure({
          title: `${promise.name}: budget that is left`,
          description: `The promise: ${promise.promise}. What is left of the errors that it allows in 30 days. Normal: above 50 %; below 0 it is broken.`,
          unit: 'percentunit',
          queries: [{ expr: `min(belfry:${promise.series}_budget:left30d{${everywhere}})`, legend: 'left' }],
          isFloor: true,
          warn: 0.5,
          bad: 0,
          decimals: 1,
          span: 8,
          runbooks: promise.runbooks,
        }),
      ),
    },
    {
      title: 'How fast the budgets burn',
      panels: promises.map((promise) =>
        graph({
          title: `${promise.name}: burn rate`,
          description: `Errors against what the promise of ${percent(promise.objective)} allows: at 1 the budget lasts 30 days, at 14.4 two. Normal: below 1 in all windows.`,
          unit: 'short',
          queries: burn(promise),
          warn: 1,
          bad: 14.4,
          span: 8,
          runbooks: promise.runbooks,
        }),
      ),
    },
    {
      title: 'What is there',
      panels: [
        graph({
          title: 'Targets that answer',
          description:
            'Pods whose metrics Prometheus can read, by job. Normal: as many as were deployed; a dip while pods roll.',
          unit: 'short',
          queries: [{ expr: `sum by (job) (up{job=~"cluster|scheduler",${chosen}})`, legend: '{{job}}' }],
          runbooks: ['target-down', 'cluster-absent'],
        }),
        graph({
          title: 'Builds',
          description:
            'Pods by the version and commit that they run. Normal: one build; two while a version is rolled out.',
          unit: 'short',
          queries: [
            { expr: `count by (version, commit) (bot_build_info{${chosen}})`, legend: '{{version}} {{commit}}' },
          ],
          stacked: true,
        }),
        graph({
          title: 'Whether the stores answer',
          description: 'Pods that reach PostgreSQL and pods that reach NATS. Normal: all of them reach both.',
          unit: 'short',
          queries: [
            { expr: sumOf('bot_database_up'), legend: 'PostgreSQL' },
            { expr: sumOf('bot_bus_connected'), legend: 'NATS' },
          ],
          runbooks: ['database-down', 'bus-down'],
        }),
        graph({
          title: 'What comes in and goes out',
          description:
            'Webhooks from Kick, interactions and requests to Discord, ticks. Normal: the course of the day; a line that falls to zero is a fault.',
          unit: 'ops',
          queries: [
            { expr: perSecond('bot_ingress_events_total', '', 'source="kick"'), legend: 'webhooks' },
            { expr: perSecond('bot_interactions_total'), legend: 'interactions' },
            { expr: perSecond('bot_discord_requests_total'), legend: 'requests to Discord' },
            { expr: perSecond('bot_scheduler_ticks_total'), legend: 'ticks' },
          ],
        }),
      ],
    },
  ],
}
