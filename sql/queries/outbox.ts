import type { GuildId } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

/** Rows to be written; `payload` is JSON. */
export interface Owed {
  readonly guildId: GuildId
  readonly kind: string
  /** What it is owed for; the same reference is owed once. */
  readonly sourceRef: string
  readonly payload: unknown
}

/**
 * Owes something to Discord or Kick, once for each source reference; gives what was not owed before. Belongs in the transaction that
 * causes it.
 */
export const owe = (db: Db, owed: readonly Owed[]) => db<{ guildId: GuildId; sourceRef: string }[]>`
  insert into outbox (discord_server_id, kind, source_ref, payload)
  select o.discord_server_id, o.kind, o.source_ref, o.payload::jsonb
    from unnest(
           ${owed.map((row) => row.guildId)}::bigint[],
           ${owed.map((row) => row.kind)}::text[],
           ${owed.map((row) => row.sourceRef)}::text[],
           ${owed.map((row) => JSON.stringify(row.payload))}::text[] -- as jsonb the driver would encode it once more
         ) as o (discord_server_id, kind, source_ref, payload)
   order by o.discord_server_id, o.kind, o.source_ref
  on conflict (discord_server_id, kind, source_ref) do nothing
  returning discord_server_id as guild_id, source_ref`

export interface ClaimedRow {
  readonly guildId: GuildId
  readonly outboxId: string
  readonly kind: string
  readonly sourceRef: string
  readonly payload: unknown
  readonly attempts: number
}

/**
 * Claims rows that are due, for guilds of these shards, for `claimSeconds`: nobody else gets them in that time, and after a
 * crash somebody gets them again. The oldest first.
 */
export const claimOutbox = (
  db: Db,
  claim: {
    readonly shardCount: number
    readonly shardIds: number[]
    readonly limit: number
    readonly claimSeconds: number
    /** Guilds that have enough in hand already, so that one of them does not keep the others waiting. */
    readonly busyGuildIds: GuildId[]
  },
) => db<ClaimedRow[]>`
  with due as (
    select o.discord_server_id, o.outbox_id
      from outbox o
     where o.state = 'due'
       and o.next_attempt_at <= now()
       and (o.discord_server_id >> 22) % ${claim.shardCount}::bigint = any(${claim.shardIds}::bigint[])
       and o.discord_server_id <> all(${claim.busyGuildIds}::bigint[])
     order by o.next_attempt_at
     limit ${claim.limit}
       for update skip locked
  )
  update outbox o
     set next_attempt_at = now() + make_interval(secs => ${claim.claimSeconds}),
         attempts = o.attempts + 1
    from due d
   where o.discord_server_id = d.discord_server_id and o.outbox_id = d.outbox_id
  returning o.discord_server_id as guild_id, o.outbox_id, o.kind, o.source_ref, o.payload, o.attempts`

/**
 * Frees the claims that a predecessor took with it when it was killed, so that its rows do not wait for them to run out. A process
 * does it once, when it begins to own these shards; a predecessor that still lives pays such a row a second time, which payers allow.
 */
export const freeClaims = (db: Db, owner: { readonly shardCount: number; readonly shardIds: number[] }) => db`
  update outbox o
     set next_attempt_at = now()
   where o.state = 'due'
     and o.next_attempt_at > now()
     and o.attempts > 0 and o.last_error is null   -- what failed before waits for its own time
     and (o.discord_server_id >> 22) % ${owner.shardCount}::bigint = any(${owner.shardIds}::bigint[])`

export interface FinishedRow {
  readonly guildId: GuildId
  readonly outboxId: string
  readonly state: 'paid' | 'due' | 'dead'
  /** For a row that stays due: when to try again. */
  readonly delaySeconds: number
  /** 1 takes back the attempt that was counted when the row was claimed. */
  readonly uncount: number
  readonly error: string | null
}

/** Writes down what became of claimed rows, in one statement. */
export const finishOutbox = (db: Db, rows: readonly FinishedRow[]) => db`
  update outbox o
     set state = f.state,
         next_attempt_at = now() + make_interval(secs => f.delay_seconds),
         attempts = o.attempts - f.uncount,
         last_error = f.error,
         finished_at = case when f.state = 'due' then null else now() end
    from unnest(
           ${rows.map((row) => row.guildId)}::bigint[],
           ${rows.map((row) => row.outboxId)}::bigint[],
           ${rows.map((row) => row.state)}::text[],
           ${rows.map((row) => row.delaySeconds)}::float8[],
           ${rows.map((row) => row.uncount)}::int[],
           ${rows.map((row) => row.error)}::text[]
         ) as f (discord_server_id, outbox_id, state, delay_seconds, uncount, error)
   where o.discord_server_id = f.discord_server_id and o.outbox_id = f.outbox_id`

/** How many rows of these shards are due or dead now, by kind. */
export const outboxDepth = (db: Db, asked: { readonly shardCount: number; readonly shardIds: number[] }) => db<
  { kind: string; state: 'due' | 'dead'; rows: number }[]
>`
  select o.kind, o.state, count(*)::int as rows
    from (
      select d.discord_server_id, d.kind, d.state from outbox d where d.state = 'due'
      union all   -- each by its own index; "in ('due', 'dead')" would use neither and read all that was ever paid
      select d.discord_server_id, d.kind, d.state from outbox d where d.state = 'dead'
    ) o
   where (o.discord_server_id >> 22) % ${asked.shardCount}::bigint = any(${asked.shardIds}::bigint[])
   group by o.kind, o.state`

/** Removes rows that were paid long ago; a reference that old does not come again. A bounded number at a time. */
export const pruneOutbox = (db: Db, keepDays: number) => db`
  delete from outbox o
   using (
     select p.discord_server_id, p.outbox_id
       from outbox p
      where p.state = 'paid' and p.finished_at < now() - make_interval(days => ${keepDays})
      order by p.finished_at
      limit 1000
        for update skip locked
   ) old
   where o.discord_server_id = old.discord_server_id and o.outbox_id = old.outbox_id`
