import type { Db } from '../client.ts'

/** A lease as the database sees it now: `holder` is null when the lease is free or has run out. */
export interface LeaseRow {
  readonly groupId: number
  readonly holder: string | null
}

export interface PodRow {
  readonly pod: string
  readonly maxGroups: number
}

/** Makes the rows of a deployment's groups. Safe to repeat. */
export const ensureGroups = (db: Db, deployment: { readonly shardCount: number; readonly groupCount: number }) => db`
  insert into shard_group_lease (shard_count, group_id)
  select ${deployment.shardCount}, g.group_id
    from generate_series(0, ${deployment.groupCount} - 1) as g (group_id)
  on conflict (shard_count, group_id) do nothing`

/** Says that a pod is alive, and forgets pods that have been dead for a day. Safe to repeat. */
export const beat = (
  db: Db,
  pod: { readonly pod: string; readonly maxGroups: number; readonly ttlSeconds: number },
) => db`
  with forgotten as (
    delete from cluster_pod p
     where p.expires_at < now() - interval '1 day'
  )
  insert into cluster_pod (pod, max_groups, expires_at)
  values (${pod.pod}, ${pod.maxGroups}, now() + make_interval(secs => ${pod.ttlSeconds}))
  on conflict (pod) do update
     set max_groups = excluded.max_groups,
         expires_at = excluded.expires_at`

/** Says that a pod takes no part any more, so that the others take its groups as it lets go of them. */
export const removePod = (db: Db, pod: string) => db`
  delete from cluster_pod p
   where p.pod = ${pod}`

/** All leases of a deployment. A lease that has run out has no holder, by the database's clock. */
export const readLeases = (db: Db, shardCount: number) => db<LeaseRow[]>`
  select l.group_id, case when l.expires_at > now() then l.holder end as holder
    from shard_group_lease l
   where l.shard_count = ${shardCount}
   order by l.group_id`

/** The pods that are alive, by the database's clock. */
export const readPods = (db: Db) => db<PodRow[]>`
  select p.pod, p.max_groups
    from cluster_pod p
   where p.expires_at > now()
   order by p.pod`

export interface Holding {
  readonly shardCount: number
  readonly holder: string
  readonly ttlSeconds: number
}

/**
 * Claims those of the groups that are free; of several pods that ask for one group, one gets it. Each claim raises the
 * epoch. Not to be repeated blindly: a claim whose answer was lost is found again by {@link readLeases}.
 */
export const claimGroups = (db: Db, claim: Holding & { readonly groupIds: number[] }) => db<
  { groupId: number; epoch: string }[]
>`
  update shard_group_lease l
     set holder = ${claim.holder},
         epoch = l.epoch + 1,
         expires_at = now() + make_interval(secs => ${claim.ttlSeconds})
   where l.shard_count = ${claim.shardCount}
     and l.group_id = any(${claim.groupIds}::integer[])
     and (l.holder is null or l.expires_at <= now())
  returning l.group_id, l.epoch`

/** Renews what this pod still holds, also when it has run out but nobody else claimed it. Gives what it holds. Safe to repeat. */
export const renewGroups = (db: Db, holding: Holding) => db<{ groupId: number; epoch: string }[]>`
  update shard_group_lease l
     set expires_at = now() + make_interval(secs => ${holding.ttlSeconds})
   where l.shard_count = ${holding.shardCount}
     and l.holder = ${holding.holder}
  returning l.group_id, l.epoch`

/** Lets go of a group, if this pod still holds it under this epoch. Safe to repeat. */
export const releaseGroup = (
  db: Db,
  lease: { readonly shardCount: number; readonly groupId: number; readonly holder: string; readonly epoch: number },
) => db`
  update shard_group_lease l
     set holder = null,
         expires_at = now()
   where l.shard_count = ${lease.shardCount}
     and l.group_id = ${lease.groupId}
     and l.holder = ${lease.holder}
     and l.epoch = ${lease.epoch}`
