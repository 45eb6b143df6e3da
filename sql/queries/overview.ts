import type { Sql } from '../client.ts'

/** Totals over all guilds, for people who look at the whole: nothing in them tells about one guild. Big sums are decimal strings. */
export interface Totals {
  readonly guilds: number
  readonly channels: number
  readonly live: number
  readonly links: number
  readonly viewersToday: number
  readonly minutesToday: string
  readonly minutes: string
  readonly points: string
  readonly roles: number
  /** Minutes that the guild which waits longest is behind. */
  readonly lagMinutes: number
}

export interface Placement {
  readonly leader: { readonly holder: string; readonly epoch: string } | undefined
  readonly pods: number
  readonly groups: readonly { readonly groupId: number; readonly holder: string | null; readonly epoch: string }[]
}

const patienceMs = 3_000

/**
 * The figures of the front page, from one snapshot. They read tables which grow with the viewers, on purpose: whoever asks
 * keeps the answer for a multiple of the time it took, and gives up after three seconds.
 */
export async function readOverview(sql: Sql, shardCount: number): Promise<{ totals: Totals; placement: Placement }> {
  return sql.begin('isolation level repeatable read read only', async (db) => {
    await db`select set_config('statement_timeout', ${String(patienceMs)}, true)`
    const [[totals], [leader], groups, [pods]] = await Promise.all([
      db<Totals[]>`
        select (select count(*)::int from guild where left_at is null) as guilds,
               (select count(*)::int from kick_channel) as channels,
               (select count(*)::int from stream_session where ended_at is null) as live,
               (select count(*)::int from links) as links,
               today.viewers as viewers_today,
               today.minutes as minutes_today,
               (select coalesce(sum(minutes), 0)::bigint from watchtime) as minutes,
               (select coalesce(sum(points), 0)::bigint from user_points) as points,
               (select count(*)::int from role_grant where state = 'granted') as roles,
               (select coalesce(max(greatest(0, least(now_slot.due, s.newest_slot) - case
                         when s.settled_at is null and s.oldest_slot is not null then s.oldest_slot - 1
                         else s.settled_slot
                       end)), 0)::int
                  from settlement s
                 where s.kind = 'watchtime'
                   and (s.facts_revision > s.settled_revision or s.newest_slot > s.settled_slot)) as lag_minutes
          from (
                 select count(distinct (p.discord_server_id, p.username))::int as viewers,
                        coalesce(sum(bit_count(p.paid::bit(64))), 0)::bigint as minutes
                   from presence p
                  where p.hour >= floor(extract(epoch from date_trunc('day', now(), 'UTC')) / 3600)::int
               ) today
         cross join (select floor(extract(epoch from now()) / 60)::bigint - 1 as due) now_slot`,
      db<{ holder: string; epoch: string }[]>`
        select holder, epoch from scheduler_lease where name = 'scheduler' and expires_at > now()`,
      db<Placement['groups'][number][]>`
        select group_id, case when expires_at > now() then holder end as holder, epoch
          from shard_group_lease
         where shard_count = ${shardCount}
         order by group_id
         limit 200`,
      db<{ pods: number }[]>`select count(*)::int as pods from cluster_pod where expires_at > now()`,
    ])
    if (totals === undefined) throw new Error('a statement that always gives a row gave none')
    return { totals, placement: { leader, groups: [...groups], pods: pods?.pods ?? 0 } }
  })
}
