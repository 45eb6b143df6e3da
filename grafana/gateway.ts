import type { Area } from './frame.ts'
import { figure, graph } from './panels.ts'
import { known, perSecond, quantile, sumOf, usualAndSlow } from './promql.ts'

export const gateway: Area = {
  name: 'gateway',
  title: 'gateway and commands',
  description: 'Shards and who holds them, the budget of IDENTIFYs, and how members are answered.',
  rows: [
    {
      title: 'Budget of IDENTIFYs',
      panels: [
        figure({
          title: 'IDENTIFYs that are left',
          description:
            "Left of Discord's day, the reserve included. Normal: all but a few; moving groups and rolling pods cost none.",
          unit: 'short',
          queries: [{ expr: known('bot_gateway_identifies_left'), legend: 'left' }],
          isFloor: true,
          warn: 500,
          bad: 250,
          span: 6,
          runbooks: ['identify-budget-low', 'identify-refused'],
        }),
        figure({
          title: 'Share that is left',
          description: 'What is left against what Discord allows in a day. Normal: above 90 %.',
          unit: 'percentunit',
          queries: [
            {
              expr: `${known('bot_gateway_identifies_left')} / ${known('bot_gateway_identifies_limit')}`,
              legend: 'left',
            },
          ],
          isFloor: true,
          warn: 0.5,
          bad: 0.25,
          span: 6,
          runbooks: ['identify-budget-low'],
        }),
        graph({
          title: 'IDENTIFY and RESUME',
          description:
            'Sessions that began anew, sessions that went on, and IDENTIFYs that the reserve refused. Normal: RESUMEs when pods roll, IDENTIFYs only when Discord ends a session, none refused.',
          unit: 'ops',
          queries: [
            { expr: perSecond('bot_gateway_identifies_total'), legend: 'IDENTIFY' },
            { expr: perSecond('bot_gateway_resumes_total'), legend: 'RESUME' },
            { expr: perSecond('bot_gateway_identifies_refused_total'), legend: 'refused' },
          ],
          runbooks: ['identify-budget-low', 'identify-refused'],
        }),
      ],
    },
    {
      title: 'Shards',
      panels: [
        graph({
          title: 'Shards',
          description:
            'Shards of processes that run, and those that are connected. Normal: the same, and as many as SHARD_COUNT.',
          unit: 'short',
          queries: [
            { expr: sumOf('bot_shards_wanted'), legend: 'wanted' },
            { expr: sumOf('bot_shards_ready'), legend: 'connected' },
          ],
          runbooks: ['shards-disconnected'],
        }),
        graph({
          title: 'Groups of shards',
          description:
            'Groups that pods hold, shard processes that run, and groups that nobody holds. Normal: as many processes as groups, none free.',
          unit: 'short',
          queries: [
            { expr: sumOf('bot_group_leases_held'), legend: 'held' },
            { expr: sumOf('bot_shard_processes'), legend: 'processes' },
            { expr: known('bot_group_leases_free'), legend: 'free' },
          ],
          runbooks: ['groups-unheld'],
        }),
        graph({
          title: 'Groups that move',
          description:
            'Groups that pods took, gave back, or lost to another pod. Normal: none, but when pods come and go.',
          unit: 'ops',
          queries: [{ expr: perSecond('bot_group_moves_total', 'how'), legend: '{{how}}' }],
          runbooks: ['groups-unheld'],
        }),
        graph({
          title: 'Shard processes that were replaced',
          description:
            'Processes that ended by themselves, never came up, or were silent and killed, by reason. Normal: none.',
          unit: 'ops',
          queries: [{ expr: perSecond('bot_shard_restarts_total', 'reason'), legend: '{{reason}}' }],
          runbooks: ['shard-processes-restart'],
        }),
        graph({
          title: 'Connections that ended',
          description:
            "Gateway connections that ended, by close code; 4000 to 4009 and 1006 are resumed. Normal: a few an hour, by Discord's will; 4004 means that the token is refused.",
          unit: 'ops',
          queries: [{ expr: perSecond('bot_gateway_closes_total', 'code'), legend: '{{code}}' }],
          runbooks: ['shards-disconnected'],
        }),
      ],
    },
    {
      title: 'Interactions',
      panels: [
        graph({
          title: 'Interactions by promise',
          description:
            'Commands, buttons, menus, forms and completions that were answered within a second, later, or not as they should be. Normal: nearly all in time, none failed.',
          unit: 'ops',
          queries: [
            { expr: perSecond('bot_interactions_total', 'outcome'), legend: '{{outcome}}' },
            { expr: perSecond('bot_gateway_replays_skipped_total'), legend: 'came too late with a RESUME' },
          ],
          stacked: true,
          runbooks: ['interactions-budget-burns-fast', 'interactions-budget-burns-slowly'],
        }),
        graph({
          title: 'Time to answer',
          description:
            'From the arrival of an interaction to its answer. Normal: half of them below 150 ms, 99 % below 1 s.',
          unit: 's',
          queries: usualAndSlow('bot_command_duration_seconds'),
          warn: 1,
          bad: 3,
          runbooks: ['interactions-budget-burns-fast'],
        }),
        graph({
          title: 'The ten slowest commands',
          description:
            'Of all commands, buttons and forms those with the longest times, 95 % of their uses. Normal: below 1 s.',
          unit: 's',
          queries: [
            { expr: `topk(10, ${quantile(0.95, 'bot_command_duration_seconds', 'command')})`, legend: '{{command}}' },
          ],
          warn: 1,
          runbooks: ['interactions-budget-burns-slowly'],
        }),
        graph({
          title: 'Interactions that went wrong',
          description:
            'By outcome: failed is ours, unavailable is PostgreSQL or Discord, timeout, undelivered and late are about time. Normal: none; refused is what users did wrong and not shown.',
          unit: 'ops',
          queries: [
            {
              expr: perSecond('bot_command_duration_seconds_count', 'outcome', 'outcome!~"ok|refused|answered"'),
              legend: '{{outcome}}',
            },
          ],
          runbooks: ['interactions-budget-burns-fast'],
        }),
      ],
    },
  ],
}
