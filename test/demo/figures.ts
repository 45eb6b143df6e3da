import type { Sql } from '../../sql/client.ts'
import { readSamples, type Sample } from '../support/samples.ts'
import { type Pod, type Stage, shardCount } from './stage.ts'

/** Everything that the live view shows, at one moment. */
export interface Figures {
  readonly leader: { readonly pod: string; readonly epoch: string } | undefined
  /** By pod: the groups that it holds. */
  readonly groups: ReadonlyMap<string, readonly number[]>
  readonly freeGroups: readonly number[]
  /** Pods that answer. */
  readonly alive: ReadonlySet<string>
  readonly connectedShards: number
  readonly ticksPublished: number
  readonly ticksSettled: number
  readonly lag: { readonly p50: number; readonly p99: number } | undefined
  readonly webhooks: { readonly accepted: number; readonly duplicates: number; readonly other: number }
  readonly minutes: number
  readonly points: number
  readonly viewers: number
  readonly links: number
  readonly rolesGranted: number
  readonly rolesWaiting: number
}

const lagsKept = 5_000
const acceptedOutcomes = new Set(['stored', 'stored_otherwise', 'unrouted'])

/** Reads the figures from where an operator would: /metrics of every pod, and the database. */
export function createReader(stage: Stage): () => Promise<Figures> {
  const settledSlots = new Map<string, number>()
  const lags: number[] = []
  const total = new Totaller()

  /** From the end of a slot to the moment at which a guild was settled up to it, once for each slot. */
  const watchLag = async (sql: Sql): Promise<void> => {
    const rows = await sql<{ guildId: string; slot: number; lag: number }[]>`
      select discord_server_id::text as guild_id, settled_slot::int as slot,
             extract(epoch from settled_at)::float8 - (settled_slot::int + 1) * 60 as lag
        from settlement
       where kind = 'watchtime' and settled_at is not null`
    for (const { guildId, slot, lag } of rows) {
      const before = settledSlots.get(guildId)
      settledSlots.set(guildId, slot)
      if (before !== undefined && slot > before) lags.push(Math.max(0, lag))
    }
    lags.splice(0, Math.max(0, lags.length - lagsKept))
  }

  return async () => {
    const [row, groups, scraped] = await Promise.all([
      readTotals(stage.sql),
      readGroups(stage.sql),
      Promise.all([...stage.managers, ...stage.schedulers].map(scrape)),
      watchLag(stage.sql),
    ])
    const count = (name: string, fits: (labels: Sample['labels']) => boolean = () => true) =>
      total.of(name, scraped, (sample) => sample.name === name && fits(sample.labels))
    const webhooks = (name: string, fits: (outcome: string) => boolean) =>
      total.of(name, scraped, (one) => one.name === 'bot_ingress_events_total' && fits(one.labels.outcome ?? ''))
    const sorted = [...lags].sort((a, b) => a - b)
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
    return {
      ...row,
      ...groups,
      alive: new Set(scraped.flatMap(({ pod, isUp }) => (isUp ? [pod] : []))),
      connectedShards: stage.discord.control.connectedShards.length,
      ticksPublished: count('bot_scheduler_ticks_total', ({ outcome }) => outcome === 'published'),
      ticksSettled: count('bot_tick_lag_seconds_count'),
      lag: sorted.length === 0 ? undefined : { p50: at(0.5), p99: at(0.99) },
      webhooks: {
        accepted: webhooks('accepted', (outcome) => acceptedOutcomes.has(outcome)),
        duplicates: webhooks('duplicates', (outcome) => outcome === 'duplicate'),
        other: webhooks('other', (outcome) => outcome !== 'duplicate' && !acceptedOutcomes.has(outcome)),
      },
    }
  }
}

interface Scraped {
  readonly pod: string
  readonly isUp: boolean
  readonly samples: readonly Sample[]
}

/** Adds up counters over pods; what a pod had counted before it died stays counted. */
class Totaller {
  readonly #seen = new Map<string, { value: number; before: number }>()

  of(name: string, scraped: readonly Scraped[], fits: (sample: Sample) => boolean): number {
    let sum = 0
    for (const { pod, isUp, samples } of scraped) {
      const key = `${pod}:${name}`
      const seen = this.#seen.get(key) ?? { value: 0, before: 0 }
      const value = isUp ? samples.filter(fits).reduce((all, sample) => all + sample.value, 0) : seen.value
      const now = { value, before: seen.before + (value < seen.value ? seen.value : 0) }
      this.#seen.set(key, now)
      sum += now.value + now.before
    }
    return sum
  }
}

async function scrape(pod: Pod): Promise<Scraped> {
  try {
    const answer = await fetch(`http://127.0.0.1:${pod.port}/metrics`, { signal: AbortSignal.timeout(1_500) })
    return { pod: pod.name, isUp: answer.ok, samples: readSamples(await answer.text()) }
  } catch {
    return { pod: pod.name, isUp: false, samples: [] } // killed, or about to come back
  }
}

/** Who leads the schedulers now. */
export const leaderOf = async (sql: Sql): Promise<Figures['leader']> => (await readTotals(sql)).leader

/** A holder adds to its pod's name what tells it from an earlier process of that name. */
const podOf = (holder: string): string => holder.replace(/[#/].*$/, '')

type Totals = Pick<Figures, 'leader' | 'minutes' | 'points' | 'viewers' | 'links' | 'rolesGranted' | 'rolesWaiting'>

async function readTotals(sql: Sql): Promise<Totals> {
  const [row] = await sql<(Omit<Totals, 'leader'> & { holder: string | null; epoch: string | null })[]>`
    select (select count(*)::int from watchtime) as viewers,
           (select coalesce(sum(minutes), 0)::int from watchtime) as minutes,
           (select coalesce(sum(points), 0)::int from user_points) as points,
           (select count(*)::int from links) as links,
           (select count(*)::int from role_grant where state = 'granted') as roles_granted,
           (select count(*)::int from role_grant where state <> 'granted') as roles_waiting,
           l.holder, l.epoch::text
      from (select 1) one
      left join scheduler_lease l on l.name = 'scheduler' and l.expires_at > now()`
  if (row === undefined) throw new Error('a statement that always gives a row gave none')
  const { holder, epoch, ...totals } = row
  return { ...totals, leader: holder === null || epoch === null ? undefined : { pod: podOf(holder), epoch } }
}

async function readGroups(sql: Sql): Promise<Pick<Figures, 'groups' | 'freeGroups'>> {
  const rows = await sql<{ groupId: number; holder: string | null }[]>`
    select group_id, case when expires_at > now() then holder end as holder
      from shard_group_lease
     where shard_count = ${shardCount}
     order by group_id`
  const groups = new Map<string, number[]>()
  for (const { groupId, holder } of rows) {
    if (holder === null) continue
    const pod = podOf(holder)
    groups.set(pod, [...(groups.get(pod) ?? []), groupId])
  }
  return { groups, freeGroups: rows.filter(({ holder }) => holder === null).map(({ groupId }) => groupId) }
}
