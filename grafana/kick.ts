import type { Area } from './frame.ts'
import { guildTables } from './guilds.ts'
import { figure, graph, guildTable } from './panels.ts'
import { known, perSecond, usualAndSlow } from './promql.ts'

const fromKick = 'source="kick"'

export const kick: Area = {
  name: 'kick',
  title: 'Kick and the ways in',
  description:
    'Webhooks of Kick, what becomes of their events, what we ask of Kick, the dashboard of communities, and the front door.',
  asksDatabase: true,
  rows: [
    {
      title: 'Webhooks',
      panels: [
        graph({
          title: 'Webhooks by outcome',
          description:
            'What became of webhooks. Normal: stored; duplicate and unbound in passing; not_stored, no_key and wrong_shape never.',
          unit: 'ops',
          queries: [{ expr: perSecond('bot_ingress_events_total', 'outcome', fromKick), legend: '{{outcome}}' }],
          stacked: true,
          runbooks: ['webhooks-budget-burns-fast', 'webhooks-rejected'],
        }),
        graph({
          title: 'Webhooks by type',
          description:
            'What the webhooks of Kick tell of. Normal: chat by far; livestream changes when streams begin and end.',
          unit: 'ops',
          queries: [{ expr: perSecond('bot_ingress_events_total', 'type', fromKick), legend: '{{type}}' }],
          stacked: true,
        }),
        graph({
          title: 'Time to acknowledge',
          description:
            'From a whole webhook to our answer, after it is stored for good. Normal: below 20 ms; 1 s when JetStream does not acknowledge and the inbox takes it.',
          unit: 's',
          queries: usualAndSlow('bot_ingress_duration_seconds', '', fromKick),
          warn: 1,
          bad: 3,
          runbooks: ['webhooks-budget-burns-fast', 'bus-down'],
        }),
        graph({
          title: 'How late Kick delivers',
          description:
            'From the happening, by the time that Kick gives, to the arrival of its webhook. Normal: below 2 s; ten minutes have been seen.',
          unit: 's',
          queries: usualAndSlow('bot_ingress_late_seconds'),
          warn: 120,
          bad: 600,
          runbooks: ['kick-delivers-late'],
        }),
      ],
    },
    {
      title: 'Events',
      panels: [
        graph({
          title: 'Events that rooms have handled',
          description:
            'Events by type and by the way they came: the bus, or the inbox. Normal: chat by the bus, what is worth money or state by the inbox.',
          unit: 'ops',
          queries: [{ expr: perSecond('bot_events_handled_total', 'type, source'), legend: '{{type}} by {{source}}' }],
          stacked: true,
        }),
        graph({
          title: 'Age of events',
          description:
            "From the happening on Kick to the commit of what it changed, Kick's delay included. Normal: below 3 s.",
          unit: 's',
          queries: usualAndSlow('bot_events_age_seconds', 'type'),
          warn: 60,
          runbooks: ['kick-delivers-late', 'consumers-behind'],
        }),
        figure({
          title: 'Inbox: the oldest event',
          description: 'Age of the oldest event that is accepted and not handled. Normal: below 2 s.',
          unit: 's',
          queries: [{ expr: known('bot_inbox_oldest_seconds'), legend: 'oldest' }],
          warn: 60,
          bad: 300,
          span: 6,
          runbooks: ['inbox-old'],
        }),
        figure({
          title: 'Inbox: events that wait',
          description: 'Events that are accepted and not handled. Normal: below 10; thousands after NATS was away.',
          unit: 'short',
          queries: [{ expr: known('bot_inbox_rows'), legend: 'events' }],
          warn: 1000,
          span: 6,
          runbooks: ['inbox-old'],
        }),
        graph({
          title: 'Messages that cannot be read',
          description:
            'Messages of the bus that were terminated because no version of ours could read them. Normal: none.',
          unit: 'ops',
          queries: [{ expr: perSecond('bot_bus_unreadable_total', 'stream'), legend: '{{stream}}' }],
          runbooks: ['messages-unreadable'],
        }),
        guildTable(guildTables.inbox),
      ],
    },
    {
      title: 'Channels',
      panels: [
        graph({
          title: 'Channels',
          description:
            'Channels that servers are bound to, those that are live, and those that are live and silent for ten minutes. Normal: hardly any silent.',
          unit: 'short',
          queries: [
            { expr: known('bot_kick_bound_channels'), legend: 'bound' },
            { expr: known('bot_kick_live_channels'), legend: 'live' },
            { expr: known('bot_kick_live_silent_channels'), legend: 'live and silent' },
            { expr: known('bot_kick_signal_lost_channels'), legend: 'nobody knows whether live' },
          ],
          runbooks: ['kick-channels-silent', 'kick-signal-lost'],
        }),
        graph({
          title: 'Subscriptions of events',
          description:
            'Subscriptions at Kick by event, as the reconciler sees them. Normal: one for each event and bound channel.',
          unit: 'short',
          queries: [{ expr: known('bot_kick_subscriptions', 'type'), legend: '{{type}}' }],
          runbooks: ['kick-channels-silent'],
        }),
        graph({
          title: 'Share of the subscriptions that Kick allows',
          description: 'Used subscriptions against the limit of the app, by event. Normal: below 90 %.',
          unit: 'percentunit',
          queries: [{ expr: known('bot_kick_subscriptions_limit_ratio', 'type'), legend: '{{type}}' }],
          warn: 0.9,
          bad: 1,
          runbooks: ['kick-subscriptions-near-limit'],
        }),
        graph({
          title: 'Runs of the reconciler',
          description: 'Comparisons of what Kick has with what it should have, every three minutes. Normal: ok.',
          unit: 'ops',
          queries: [{ expr: perSecond('bot_kick_reconciles_total', 'outcome'), legend: '{{outcome}}' }],
          runbooks: ['kick-reconciler-stalled'],
        }),
        graph({
          title: 'Requests to Kick',
          description: 'Our requests by status; none means that no answer came. Normal: 200; few 429.',
          unit: 'ops',
          queries: [{ expr: perSecond('bot_kick_requests_total', 'route, status'), legend: '{{route}}: {{status}}' }],
          runbooks: ['kick-reconciler-stalled'],
        }),
      ],
    },
    {
      title: 'Other ways in',
      panels: [
        graph({
          title: 'Front door: time to answer',
          description:
            'From a request to its answer, by route. Normal: below 100 ms for 99 %; the front page up to 3 s.',
          unit: 's',
          queries: usualAndSlow('bot_http_request_duration_seconds', 'route'),
          warn: 3,
        }),
        graph({
          title: 'Front door: requests by status',
          description:
            'Requests by route and status. Normal: 200 and 302; 404 for strangers; no 500, and 503 only of /readyz.',
          unit: 'ops',
          queries: [
            {
              expr: perSecond('bot_http_request_duration_seconds_count', 'route, status'),
              legend: '{{route}}: {{status}}',
            },
          ],
        }),
        graph({
          title: 'Signing in at Kick',
          description:
            'Steps of linking an account, by what came of them. Normal: as many that came back as began, less those who changed their mind.',
          unit: 'ops',
          queries: [{ expr: perSecond('bot_oauth_steps_total', 'step, outcome'), legend: '{{step}}: {{outcome}}' }],
        }),
        graph({
          title: 'Dashboard events',
          description:
            'Events of the dashboard of communities: whether they were believed and new, and what became of them. Normal: accepted and done; refused ones are shown to admins.',
          unit: 'ops',
          queries: [
            { expr: perSecond('bot_dashboard_events_received_total', 'outcome'), legend: 'received: {{outcome}}' },
            {
              expr: perSecond('bot_dashboard_events_handled_total', 'event, outcome'),
              legend: '{{event}}: {{outcome}}',
            },
          ],
        }),
      ],
    },
  ],
}
