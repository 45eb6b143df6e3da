import { connect } from 'nats'
import { until } from '../support/wait.ts'
import { type Stage, stopPods } from './stage.ts'

/** What a process had in hand when it was killed waits until its claim runs out, a minute and a half. */
const patienceMs = 180_000

/** What still has to be done. */
interface Open {
  readonly inbox: number
  readonly outbox: number
  readonly unsettled: number
  /** Messages of JetStream that a consumer has not ended. */
  readonly bus: number
}

const isDone = (open: Open): boolean => Object.values(open).every((count) => count === 0)

const inWords = (open: Open): string =>
  Object.entries(open)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')

/**
 * Waits until everything that was said has had its effect: all webhooks delivered, all events handled, all guilds settled, all
 * roles given. Then the schedulers are stopped, so that nobody settles a further slot while it is looked at, and what they
 * had still published is awaited.
 */
export async function settle(stage: Stage, onWait: (what: string) => void): Promise<void> {
  onWait('every webhook to be delivered')
  await stage.kick.control.drained()
  const nats = await connect({ servers: stage.nats.url, name: 'demo' })
  try {
    const manager = await nats.jetstreamManager()
    const busOpen = async (): Promise<number> => {
      let open = 0
      for (const stream of ['KICK', 'TICK']) {
        for await (const consumer of manager.consumers.list(stream))
          open += consumer.num_pending + consumer.num_ack_pending
      }
      return open
    }
    const look = async (): Promise<Open> => ({ ...(await databaseOpen(stage)), bus: await busOpen() })
    const untilDone = (what: string) => {
      onWait(what)
      return until(
        async () => {
          const open = await look()
          if (isDone(open)) return true
          onWait(`${what}: ${inWords(open)}`)
          throw new Error(inWords(open))
        },
        { what, timeoutMs: patienceMs },
      )
    }
    await untilDone('everything to be settled and paid')
    await stopPods(stage.schedulers)
    await untilDone('the last ticks')
  } finally {
    await nats.close()
  }
}

async function databaseOpen({ sql }: Stage): Promise<Omit<Open, 'bus'>> {
  const [open] = await sql<Omit<Open, 'bus'>[]>`
    select (select count(*)::int from inbox where done_at is null) as inbox,
           (select count(*)::int from outbox where state = 'due') as outbox,
           (select count(*)::int from settlement where facts_revision > settled_revision) as unsettled`
  if (open === undefined) throw new Error('a statement that always gives a row gave none')
  return open
}
