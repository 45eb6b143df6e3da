import type { Area } from './frame.ts'
import { guildTables } from './guilds.ts'
import { figure, graph, guildTable } from './panels.ts'
import { chosen, everywhere, known, perSecond, usualAndSlow } from './promql.ts'

export const ticks: Area = {
  name: 'ticks',
  title: 'ticks and scheduler',
  description: 'Who leads, which guilds are due, and how long after the end of a minute it is settled.',
  asksDatabase: true,
  rows: [
    {
      title: 'The leader',
      panels: [
        graph({
          title: 'Who leads',
          description:
            'Pods that hold a lease of leaders: scheduler and reconciler. Normal: one pod for each; more than one for a second only.',
          unit: 'short',
          queries: [{ expr: `bot_lease_held{${chosen}} == 1`, legend: '{{name}}: {{pod}} {{instance}}' }],
          runbooks: ['scheduler-leaderless', 'kick-reconciler-stalled'],
        }),
        graph({
          title: 'Rounds of the scheduler',
          description:
            'Time to ask which guilds are due and to publish their ticks, once a second. Normal: below 100 ms; at 1 s it cannot keep up.',
          unit: 's',
          queries: usualAndSlow('bot_scheduler_round_seconds'),
          warn: 0.5,
          bad: 1,
          runbooks: ['settlement-behind'],
        }),
        graph({
          title: 'Guilds that are due',
          description:
            'Guilds that the last round of a second found due, by kind of tick. Normal: live guilds divided by the cadence of 60; a peak when the lead changes.',
          unit: 'short',
          queries: [{ expr: known('bot_scheduler_due_guilds', 'tick'), legend: '{{tick}}' }],
          stacked: true,
          runbooks: ['settlement-behind'],
        }),
        graph({
          title: 'Ticks that are published',
          description:
            'Guild ticks by kind; duplicates were published before by another leader or in the same second. Normal: flat over the minute, few duplicates.',
          unit: 'ops',
          queries: [{ expr: perSecond('bot_scheduler_ticks_total', 'tick, outcome'), legend: '{{tick}}: {{outcome}}' }],
          stacked: true,
        }),
      ],
    },
    {
      title: 'Settling',
      panels: [
        graph({
          title: 'Slots that are settled',
          description:
            'Slots of guilds with something to settle that were settled, in time (within 90 s of their end) and late. Normal: none late.',
          unit: 'ops',
          queries: [{ expr: perSecond('bot_watchtime_slots_total', 'outcome'), legend: '{{outcome}}' }],
          stacked: true,
          runbooks: ['settlement-budget-burns-fast', 'settlement-budget-burns-slowly'],
        }),
        graph({
          title: 'Guilds that are behind',
          description:
            'How far guilds with unsettled watch time are behind: the one that is behind longest, and 95 % of them. Normal: both below 65 s.',
          unit: 's',
          queries: [{ expr: known('bot_settlement_lag_seconds', 'of'), legend: '{{of}}' }],
          warn: 180,
          bad: 900,
          runbooks: ['settlement-behind', 'guild-not-settled'],
        }),
        graph({
          title: 'Lag of ticks',
          description:
            'From the end of a slot to the commit that settled a guild up to it, by kind of tick. Normal: half of them below 35 s, since guilds are spread over the minute, and 99 % below 65 s.',
          unit: 's',
          queries: usualAndSlow('bot_tick_lag_seconds', 'tick'),
          warn: 90,
          runbooks: ['settlement-behind'],
        }),
        graph({
          title: 'Guilds with unsettled watch time',
          description:
            'Guilds that a tick will find something to do for. Normal: about the guilds that are live, never growing for minutes.',
          unit: 'short',
          queries: [{ expr: known('bot_settlement_unsettled_guilds'), legend: 'guilds' }],
          runbooks: ['settlement-behind'],
        }),
        graph({
          title: 'Time of a batch of ticks',
          description:
            'From the receipt of a batch to its commit, by kind. Normal: below 100 ms for half of them, below 1 s for 99 %.',
          unit: 's',
          queries: usualAndSlow('bot_tick_duration_seconds', 'tick'),
          warn: 5,
          runbooks: ['ticks-fail', 'database-slow'],
        }),
        graph({
          title: 'Batches that fail',
          description:
            'Batches of ticks that failed as a whole, or for some guilds (partly). Normal: none; they are tried again, and no credit is lost.',
          unit: 'ops',
          queries: [
            {
              expr: perSecond('bot_tick_duration_seconds_count', 'tick, outcome', 'outcome!="settled"'),
              legend: '{{tick}}: {{outcome}}',
            },
          ],
          runbooks: ['ticks-fail'],
        }),
        graph({
          title: 'Ticks that said nothing new',
          description:
            'Ticks that found everything settled, ticks of an old leader, and what came to a process that no longer owns the guild. Normal: near zero; a peak when the lead or groups change.',
          unit: 'ops',
          queries: [
            { expr: perSecond('bot_tick_repeated_total', 'tick'), legend: '{{tick}}: repeated' },
            { expr: perSecond('bot_tick_refused_total'), legend: 'old leader' },
            { expr: perSecond('bot_misrouted_total', 'kind'), legend: '{{kind}}: of another owner' },
          ],
        }),
        guildTable(guildTables.unsettled),
      ],
    },
    {
      title: 'Work with a time of its own',
      panels: [
        graph({
          title: 'Jobs',
          description:
            'Jobs that were done or put off, by kind: draws, closings, timed messages, ends of giveaways. Normal: none failed.',
          unit: 'ops',
          queries: [{ expr: perSecond('bot_jobs_total', 'kind, outcome'), legend: '{{kind}}: {{outcome}}' }],
          runbooks: ['jobs-overdue'],
        }),
        graph({
          title: 'How late jobs are done',
          description: 'From the moment at which a job was due to its commit, by kind. Normal: 1 to 2 s.',
          unit: 's',
          queries: usualAndSlow('bot_jobs_late_seconds', 'kind'),
          warn: 60,
          runbooks: ['jobs-overdue'],
        }),
        figure({
          title: 'A job waits since',
          description: 'For how long the job that was due first has been left alone. Normal: below 2 s.',
          unit: 's',
          queries: [{ expr: known('bot_jobs_overdue_seconds'), legend: 'overdue' }],
          warn: 60,
          bad: 600,
          span: 6,
          runbooks: ['jobs-overdue'],
        }),
      ],
    },
    {
      title: 'The leader as a witness',
      panels: [
        graph({
          title: 'Measuring',
          description:
            'Rounds in which the leader measured what waits in PostgreSQL and on NATS, every 15 s, for most figures of these dashboards. Normal: 4 a minute, none failed.',
          unit: 'ops',
          queries: [{ expr: perSecond('bot_vitals_rounds_total', 'outcome'), legend: '{{outcome}}' }],
          runbooks: ['vitals-not-measured'],
        }),
        graph({
          title: 'Books',
          description:
            'Viewers of whom the leader compared minutes and points with their books, and those for whom they did not balance. Normal: up to 20 a minute compared while somebody watches; none wrong.',
          unit: 'ops',
          queries: [
            { expr: perSecond('bot_books_checked_total'), legend: 'compared' },
            { expr: perSecond('bot_books_wrong_total', 'subject, how'), legend: '{{subject}} {{how}}' },
          ],
          runbooks: ['books-do-not-balance'],
        }),
        figure({
          title: 'Changes of the lead',
          description:
            'How often within an hour a scheduler stopped to lead. Normal: 0; one for each leader that is rolled.',
          unit: 'short',
          queries: [
            {
              expr: `sum(resets(bot_lease_held{job="scheduler",name="scheduler",${everywhere}}[1h]))`,
              legend: 'changes',
            },
          ],
          warn: 5,
          span: 6,
          runbooks: ['scheduler-leaderless'],
        }),
      ],
    },
  ],
}
