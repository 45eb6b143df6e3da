import type { Area } from './frame.ts'
import { guildTables } from './guilds.ts'
import { chosen, figure, graph, guildTable } from './panels.ts'

export const ticks: Area = {
  name: 'ticks',
  title: 'ticks and scheduler',
  description: 'Who leads, which guilds are due, and how long after the end of a minute it is settled.',
  asksDatabase: true,
  rows: [
    {
      title: 'The leader',
      panels: [
        figure({
          title: 'Schedulers that lead',
          description:
            'Schedulers that hold the lease by their own clock. Normal: 1; for a second 0 while the lead changes.',
          unit: 'none',
          queries: [
            {
              expr: `sum(bot_lease_held{job="scheduler",name="scheduler",${chosen}})`,
              legend: 'leading',
            },
          ],
          isFloor: true,
          bad: 1,
          runbooks: ['scheduler-leaderless'],
        }),
      ],
    },
    {
      title: 'Settling',
      panels: [
        graph({
          title: 'Lag of ticks',
          description:
            'From the end of a slot to the commit that settled a guild up to it, by kind of tick. Normal: the median near 30 s, since guilds are spread over the minute, and 99 % below 65 s.',
          unit: 's',
          queries: [
            {
              expr: `histogram_quantile(0.5, sum by (le, tick) (rate(bot_tick_lag_seconds_bucket{${chosen}}[$__rate_interval])))`,
              legend: '{{tick}}: half of them',
            },
            {
              expr: `histogram_quantile(0.99, sum by (le, tick) (rate(bot_tick_lag_seconds_bucket{${chosen}}[$__rate_interval])))`,
              legend: '{{tick}}: 99 %',
            },
          ],
          warn: 90,
          runbooks: ['scheduler-leaderless'],
        }),
        guildTable(guildTables.unsettled),
      ],
    },
  ],
}
