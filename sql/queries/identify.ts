import type { Db } from '../client.ts'

export interface GatewayRow {
  readonly maxConcurrency: number
  readonly gatewayUrl: string
  readonly total: number
  readonly remaining: number
  readonly resetsInMs: number
  readonly askedAgoMs: number
}

/** What Discord said last about its gateway, less what was spent since. */
export const readGateway = (db: Db, applicationId: string) => db<GatewayRow[]>`
  select b.max_concurrency, b.gateway_url, b.total, b.remaining,
         (extract(epoch from b.resets_at - clock_timestamp()) * 1000)::float8 as resets_in_ms,
         (extract(epoch from clock_timestamp() - b.asked_at) * 1000)::float8 as asked_ago_ms
    from identify_budget b
   where b.application_id = ${applicationId}::bigint`

/**
 * Takes down what Discord says. Within one period the lower count is believed, since Discord does not know yet of IDENTIFYs
 * that were granted and not sent; with a new period (the end has moved by more than a minute) Discord's count.
 */
export const writeGateway = (
  db: Db,
  said: {
    readonly applicationId: string
    readonly total: number
    readonly remaining: number
    readonly resetAfterMs: number
    readonly maxConcurrency: number
    readonly gatewayUrl: string
  },
) => db`
  insert into identify_budget as b (application_id, total, remaining, resets_at, max_concurrency, gateway_url)
  values (${said.applicationId}::bigint, ${said.total}, ${said.remaining},
          now() + make_interval(secs => ${said.resetAfterMs / 1000}), ${said.maxConcurrency}, ${said.gatewayUrl})
  on conflict (application_id) do update
     set total = excluded.total,
         remaining = case
           when b.resets_at <= now() or excluded.resets_at > b.resets_at + interval '1 minute' then excluded.remaining
           else least(b.remaining, excluded.remaining)
         end,
         resets_at = excluded.resets_at,
         max_concurrency = excluded.max_concurrency,
         gateway_url = excluded.gateway_url,
         asked_at = now()`

export interface TurnRow {
  /** Whether the IDENTIFY may be sent now; it has been taken off the budget. */
  readonly isGranted: boolean
  readonly remaining: number
  readonly resetsInMs: number
  /** When the bucket is free again. */
  readonly freeInMs: number
}

/**
 * Takes a bucket and one IDENTIFY of the budget, if the bucket is free and the budget is above the reserve; else says when
 * to ask again. No row: nothing is known of the budget. The bucket is taken rather than booked for later, because a
 * process that crashes with a booking would leave a hole, and a crash loop would book the whole day.
 */
export const takeTurn = (
  db: Db,
  turn: {
    readonly applicationId: string
    readonly bucket: number
    readonly reserve: number
    readonly spacingMs: number
  },
) => db<TurnRow[]>`
  with budget as (
    select b.remaining, b.resets_at
      from identify_budget b
     where b.application_id = ${turn.applicationId}::bigint
       for update
  ), taken as (
    insert into identify_gate as g (application_id, bucket, next_free_at)
    select ${turn.applicationId}::bigint, ${turn.bucket}::integer,
           clock_timestamp() + make_interval(secs => ${turn.spacingMs / 1000})
      from budget b
     where b.remaining > ${turn.reserve}
       and b.resets_at > clock_timestamp()
    on conflict (application_id, bucket) do update
       set next_free_at = clock_timestamp() + make_interval(secs => ${turn.spacingMs / 1000})
     where g.next_free_at <= clock_timestamp()
    returning g.bucket
  ), spent as (
    update identify_budget b
       set remaining = b.remaining - 1,
           spent_total = b.spent_total + 1
     where b.application_id = ${turn.applicationId}::bigint
       and exists (select from taken)
    returning b.remaining
  )
  select exists (select from taken) as is_granted,
         coalesce((select s.remaining from spent s), b.remaining) as remaining,
         (extract(epoch from b.resets_at - clock_timestamp()) * 1000)::float8 as resets_in_ms,
         coalesce((
           select (extract(epoch from g.next_free_at - clock_timestamp()) * 1000)::float8
             from identify_gate g
            where g.application_id = ${turn.applicationId}::bigint
              and g.bucket = ${turn.bucket}::integer
         ), 0) as free_in_ms
    from budget b`

/** A bucket that no shard has: whoever holds it asks Discord about its gateway, for all processes. */
const askBucket = -1

/** Takes the turn to ask Discord, when nobody has had it for so long; gives a row when it did. */
export const takeTurnToAsk = (db: Db, turn: { readonly applicationId: string; readonly spacingMs: number }) => db<
  { bucket: number }[]
>`
  insert into identify_gate as g (application_id, bucket, next_free_at)
  values (${turn.applicationId}::bigint, ${askBucket}, clock_timestamp() + make_interval(secs => ${turn.spacingMs / 1000}))
  on conflict (application_id, bucket) do update
     set next_free_at = excluded.next_free_at
   where g.next_free_at <= clock_timestamp()
  returning g.bucket`

/** IDENTIFYs that are left, the reserve included; no row when nothing is known, or a new period has begun since. */
export const readBudget = (db: Db) => db<{ remaining: number; total: number }[]>`
  select b.remaining, b.total
    from identify_budget b
   where b.resets_at > now()
   order by b.asked_at desc
   limit 1`
