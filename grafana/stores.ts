import type { Area } from './frame.ts'
import { figure, graph } from './panels.ts'
import { chosen, known, perSecond, quantile, sumOf, usualAndSlow } from './promql.ts'

export const stores: Area = {
  name: 'stores',
  title: 'PostgreSQL, NATS and processes',
  description: 'The stores as we see them, and what our processes need.',
  rows: [
    {
      title: 'PostgreSQL',
      panels: [
        graph({
          title: 'Asking the database',
          description:
            'Time until the smallest statement is answered: waiting for a connection of the pool, and the way. Normal: below 5 ms; above 50 ms a pool is exhausted or the server is.',
          unit: 's',
          queries: [
            { expr: quantile(0.5, 'bot_database_probe_seconds', 'job'), legend: '{{job}}: half' },
            { expr: quantile(0.99, 'bot_database_probe_seconds', 'job'), legend: '{{job}}: 99 %' },
          ],
          warn: 0.1,
          bad: 0.5,
          runbooks: ['database-slow', 'database-down'],
        }),
        graph({
          title: 'Transactions',
          description:
            'Time of ticks, events, jobs and commands in the database, from asking for a connection to the commit. Normal: half of them below 20 ms, 99 % below 500 ms.',
          unit: 's',
          queries: usualAndSlow('bot_database_transaction_seconds'),
          warn: 1,
          bad: 5,
          runbooks: ['database-slow', 'database-locked'],
        }),
        graph({
          title: 'Transactions a second',
          description:
            'Transactions that committed, and those that were repeated because of another one. Normal: repeats below one in a thousand, deadlocks none.',
          unit: 'ops',
          queries: [
            { expr: perSecond('bot_database_transaction_seconds_count'), legend: 'committed' },
            { expr: perSecond('bot_database_repeats_total', 'reason'), legend: 'repeated: {{reason}}' },
          ],
        }),
        graph({
          title: 'Connections',
          description:
            'Connections to our database by what they do, and how many PostgreSQL allows. Normal: mostly idle, far below the limit, none idle in transaction.',
          unit: 'short',
          queries: [
            { expr: known('bot_database_connections', 'state'), legend: '{{state}}' },
            { expr: known('bot_database_connections_limit'), legend: 'limit' },
          ],
          runbooks: ['database-connections-near-limit'],
        }),
        graph({
          title: 'Waiting for locks',
          description: 'Connections that wait for a lock of another one. Normal: 0, at times 1 or 2.',
          unit: 'short',
          queries: [{ expr: known('bot_database_lock_waits'), legend: 'waiting' }],
          warn: 5,
          runbooks: ['database-locked'],
        }),
        graph({
          title: 'The oldest transaction',
          description:
            'Age of the oldest transaction that is open; while it is, nothing can be cleaned up. Normal: below 5 s; minutes while a backup runs.',
          unit: 's',
          queries: [{ expr: known('bot_database_oldest_transaction_seconds'), legend: 'oldest' }],
          warn: 60,
          bad: 300,
          runbooks: ['database-transaction-old'],
        }),
        graph({
          title: 'Size of the database',
          description:
            'What the database takes on disk. Normal: grows with viewers, and stays level after 36 days, when presence is folded.',
          unit: 'bytes',
          queries: [{ expr: known('bot_database_size_bytes'), legend: 'size' }],
        }),
        graph({
          title: 'Bringing over a legacy database',
          description:
            'Time of each step of bringing the database of the bot before over. Normal: empty but for the day of the move.',
          unit: 's',
          queries: [
            {
              expr: `sum by (step) (bot_legacy_step_duration_seconds_sum{${chosen}})`,
              legend: '{{step}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'NATS',
      panels: [
        graph({
          title: 'Messages that wait',
          description:
            'Messages that consumers have not been given yet, by stream. Normal: below 100; a storm of chat makes thousands for seconds.',
          unit: 'short',
          queries: [{ expr: known('bot_bus_pending_messages', 'stream'), legend: '{{stream}}' }],
          warn: 1000,
          bad: 5000,
          runbooks: ['consumers-behind'],
        }),
        graph({
          title: 'Messages in hand',
          description:
            'Messages that were given out and are not ended, and those of them that were given out again. Normal: hundreds, hardly any again.',
          unit: 'short',
          queries: [
            { expr: known('bot_bus_unacknowledged_messages', 'stream'), legend: '{{stream}}' },
            { expr: known('bot_bus_redelivered_messages', 'stream'), legend: '{{stream}}: again' },
          ],
          runbooks: ['consumers-behind'],
        }),
        graph({
          title: 'Streams',
          description: 'What the streams hold. Normal: KICK holds a day, TICK ten minutes; level from day to day.',
          unit: 'bytes',
          queries: [{ expr: known('bot_bus_stream_bytes', 'stream'), legend: '{{stream}}' }],
        }),
        graph({
          title: 'Connections and consumers',
          description:
            'Pods that are connected to NATS, and consumers that had to be set up again. Normal: all pods, no consumer.',
          unit: 'short',
          queries: [
            { expr: sumOf('bot_bus_connected', 'job'), legend: '{{job}}: connected' },
            {
              expr: perSecond('bot_bus_consumer_failures_total', 'stream'),
              legend: '{{stream}}: set up again, a second',
            },
          ],
          runbooks: ['bus-down'],
        }),
      ],
    },
    {
      title: 'Processes',
      panels: [
        graph({
          title: 'Event loop: the longest stop',
          description:
            'The longest time between two scrapes for which a process of the pod did nothing else. Normal: below 100 ms.',
          unit: 's',
          queries: [
            {
              expr: `max by (job, pod, instance) (nodejs_eventloop_lag_max_seconds{${chosen}})`,
              legend: '{{job}} {{pod}} {{instance}}',
            },
          ],
          warn: 0.3,
          bad: 1,
          runbooks: ['event-loop-lags'],
        }),
        graph({
          title: 'Event loop: lag now',
          description:
            'How late the event loop was when it was asked, on the average of the processes of a pod. Normal: below 10 ms.',
          unit: 's',
          queries: [{ expr: `avg by (job) (nodejs_eventloop_lag_seconds{${chosen}})`, legend: '{{job}}' }],
          warn: 0.1,
          runbooks: ['event-loop-lags'],
        }),
        graph({
          title: 'CPU',
          description: 'Cores that the processes of a pod use. Normal: below one for each process.',
          unit: 'short',
          queries: [
            {
              expr: perSecond('process_cpu_seconds_total', 'job, pod, instance'),
              legend: '{{job}} {{pod}} {{instance}}',
            },
          ],
        }),
        graph({
          title: 'Garbage collection',
          description: 'Share of the time that processes collect garbage, by kind. Normal: below 5 %.',
          unit: 'percentunit',
          queries: [{ expr: perSecond('nodejs_gc_duration_seconds_sum', 'kind'), legend: '{{kind}}' }],
          warn: 0.1,
          runbooks: ['event-loop-lags'],
        }),
        graph({
          title: 'Memory',
          description:
            'Resident memory of the processes of a pod, and the heap of it that is used. Normal: level after an hour; about 150 MB for each process.',
          unit: 'bytes',
          queries: [
            {
              expr: sumOf('process_resident_memory_bytes', 'job, pod, instance'),
              legend: '{{job}} {{pod}} {{instance}}',
            },
            {
              expr: sumOf('nodejs_heap_size_used_bytes', 'job, pod, instance'),
              legend: '{{job}} {{pod}} {{instance}}: heap',
            },
          ],
          runbooks: ['pods-restart'],
        }),
        graph({
          title: 'File descriptors',
          description: 'Share of the file descriptors that a pod may open and has open. Normal: below 20 %.',
          unit: 'percentunit',
          queries: [
            {
              expr: `max by (job, pod, instance) (process_open_fds{${chosen}} / process_max_fds{${chosen}})`,
              legend: '{{job}} {{pod}} {{instance}}',
            },
          ],
          warn: 0.5,
          bad: 0.8,
          max: 1,
          runbooks: ['file-descriptors-near-limit'],
        }),
        figure({
          title: 'Restarts of pods in an hour',
          description:
            'How often the counters of pods began anew. Normal: 0; one for each pod while a version is rolled out.',
          unit: 'short',
          queries: [{ expr: `sum(resets(process_cpu_seconds_total{${chosen}}[1h]))`, legend: 'restarts' }],
          warn: 1,
          bad: 4,
          span: 6,
          runbooks: ['pods-restart'],
        }),
      ],
    },
  ],
}
