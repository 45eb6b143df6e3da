import type { GuildId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

export type GiftKind = 'gift' | 'new' | 'renewal'
/**
 * What an event brought: `awarded`, tickets, which take part once the giver is linked; `unlinked`, nothing, since the guild wants a link first;
 * `no_raffle` or `no_rate`, nothing, since none was open or the rate was 0; `anonymous`, nothing, since nobody is known who could have it.
 */
export type GiftOutcome = 'awarded' | 'unlinked' | 'no_raffle' | 'no_rate' | 'anonymous'

export interface Gift {
  readonly guildId: GuildId
  /** Names the happening, without saying who it was. */
  readonly eventId: string
  readonly kind: GiftKind
  /** Null for somebody who does not want to be named. */
  readonly username: Username | null
  readonly subs: number
  /** When it happened, in milliseconds. */
  readonly at: number
}

/**
 * Records events that are not recorded yet, with the raffle that was open when they happened; gives those that are new. Safe to repeat;
 * no event may stand in the list twice.
 */
export const recordGifts = (db: Db, gifts: readonly (Gift & { readonly outcome: GiftOutcome })[]) => db<
  { guildId: GuildId; eventId: string }[]
>`
  insert into raffle_gifted_subs (
    discord_server_id, kick_event_id, kind, outcome, gifter_kick_name, sub_count, period_number, gifted_at
  )
  select g.discord_server_id, g.kick_event_id, g.kind, g.outcome, g.gifter_kick_name, g.sub_count, p.period_number, to_timestamp(g.at / 1000)
    from unnest(
           ${gifts.map((gift) => gift.guildId)}::bigint[],
           ${gifts.map((gift) => gift.eventId)}::text[],
           ${gifts.map((gift) => gift.kind)}::text[],
           ${gifts.map((gift) => gift.outcome)}::text[],
           ${gifts.map((gift) => gift.username)}::text[],
           ${gifts.map((gift) => gift.subs)}::int[],
           ${gifts.map((gift) => gift.at)}::float8[]
         ) as g (discord_server_id, kick_event_id, kind, outcome, gifter_kick_name, sub_count, at)
    left join raffle_periods p
      on p.discord_server_id = g.discord_server_id and p.status in ('active', 'scheduled')
     and p.starts_at <= to_timestamp(g.at / 1000) and to_timestamp(g.at / 1000) < p.ends_at
   order by g.discord_server_id, g.kick_event_id   -- always the same order, so that writers cannot deadlock
  on conflict (discord_server_id, kick_event_id) do nothing
  returning discord_server_id as guild_id, kick_event_id as event_id`

/** Writes down what recorded events brought; all of them in one statement. In the transaction that recorded them. */
export const noteAwards = (
  db: Db,
  awarded: readonly {
    readonly guildId: GuildId
    readonly eventId: string
    readonly outcome: GiftOutcome
    readonly tickets: number
    readonly periodNumber: number | null
  }[],
) => db`
  update raffle_gifted_subs g
     set outcome = a.outcome, tickets_awarded = a.tickets, period_number = a.period_number
    from unnest(
           ${awarded.map((one) => one.guildId)}::bigint[],
           ${awarded.map((one) => one.eventId)}::text[],
           ${awarded.map((one) => one.outcome)}::text[],
           ${awarded.map((one) => one.tickets)}::int[],
           ${awarded.map((one) => one.periodNumber)}::int[]
         ) as a (discord_server_id, kick_event_id, outcome, tickets, period_number)
   where g.discord_server_id = a.discord_server_id and g.kick_event_id = a.kick_event_id`

export interface RecordedGift {
  readonly kind: GiftKind
  readonly outcome: GiftOutcome
  readonly username: Username | null
  readonly displayName: string | null
  readonly subs: number
  readonly tickets: number
  readonly periodNumber: number | null
  /** Whether tickets wait: the giver has no link now. */
  readonly isUnlinked: boolean
  readonly at: Date
}

const columns = (db: Db) => db`
  g.kind, g.outcome, g.gifter_kick_name as username, a.display_name, g.sub_count as subs, g.tickets_awarded as tickets, g.period_number,
  g.gifted_at as at,
  not exists (
    select from links l where l.discord_server_id = g.discord_server_id and l.kick_name = g.gifter_kick_name
  ) as is_unlinked`

/** The last events of a guild, the newest first, of one viewer or of everybody. */
export const latestGifts = (
  db: Db,
  p: { readonly guildId: GuildId; readonly username: Username | null; readonly limit: number },
) => db<RecordedGift[]>`
  select ${columns(db)}
    from raffle_gifted_subs g
    left join kick_account a on a.discord_server_id = g.discord_server_id and a.username = g.gifter_kick_name
   where g.discord_server_id = ${p.guildId} ${p.username === null ? db`` : db`and g.gifter_kick_name = ${p.username}`}
   order by g.gifted_at desc
   limit ${p.limit}`

/** One event; none when it was forgotten. */
export const giftOf = (db: Db, p: { readonly guildId: GuildId; readonly eventId: string }) => db<RecordedGift[]>`
  select ${columns(db)}
    from raffle_gifted_subs g
    left join kick_account a on a.discord_server_id = g.discord_server_id and a.username = g.gifter_kick_name
   where g.discord_server_id = ${p.guildId} and g.kick_event_id = ${p.eventId}`

export interface GiftTotals {
  readonly gifts: number
  readonly gifted: number
  readonly subscriptions: number
  /** 64-bit, as a decimal string. */
  readonly tickets: string
}

/** What was bought since an instant, by one viewer or by everybody. */
export async function giftTotals(
  db: Db,
  p: { readonly guildId: GuildId; readonly username: Username | null; readonly since: Date },
): Promise<GiftTotals> {
  const [totals] = await db<GiftTotals[]>`
    select count(*) filter (where g.kind = 'gift')::int as gifts,
           coalesce(sum(g.sub_count) filter (where g.kind = 'gift'), 0)::int as gifted,
           count(*) filter (where g.kind <> 'gift')::int as subscriptions,
           coalesce(sum(g.tickets_awarded), 0)::text as tickets
      from raffle_gifted_subs g
     where g.discord_server_id = ${p.guildId} and g.gifted_at >= ${p.since}
           ${p.username === null ? db`` : db`and g.gifter_kick_name = ${p.username}`}`
  return totals ?? { gifts: 0, gifted: 0, subscriptions: 0, tickets: '0' }
}

/** When the raffle of a guild began that is open now; none when there is none. */
export async function openSince(db: Db, guildId: GuildId): Promise<Date | undefined> {
  const [period] = await db<{ startsAt: Date }[]>`
    select p.starts_at from raffle_periods p where p.discord_server_id = ${guildId} and p.status = 'active'`
  return period?.startsAt
}

/** Forgets what was bought longer ago than anybody tells it again. Safe to repeat. */
export const dropGifts = (db: Db, p: { readonly guildIds: GuildId[]; readonly keepDays: number }) => db`
  delete from raffle_gifted_subs g
   where g.discord_server_id = any(${p.guildIds}::bigint[])
     and g.gifted_at < now() - make_interval(days => ${p.keepDays})`
