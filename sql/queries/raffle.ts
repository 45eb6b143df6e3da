/** The life of a raffle: scheduled, open, closed with a frozen list. What is drawn from it stands elsewhere. */
import type { ChannelId, GuildId, UserId } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

export type PeriodStatus = 'scheduled' | 'active' | 'closed' | 'drawn' | 'archived'

export interface Period {
  readonly guildId: GuildId
  readonly periodNumber: number
  readonly status: PeriodStatus
  readonly startsAt: Date
  /** The first instant that does not count any more. */
  readonly endsAt: Date
  readonly timeZone: string
  readonly title: string | null
  readonly prize: string | null
  readonly endedManually: boolean
  readonly commitment: string | null
  readonly listHash: string | null
  /** Of drand, fixed when the list was; it decides who wins. */
  readonly entropyRound: number | null
  /** Of the frozen list; 64-bit, as a decimal string. */
  readonly totalTickets: string
  readonly participants: number
  readonly openingMessageId: string | null
  readonly closingMessageId: string | null
}

const columns = (db: Db) => db`
  p.discord_server_id as guild_id, p.period_number, p.status, p.starts_at, p.ends_at, p.time_zone, p.title, p.prize,
  p.ended_manually, p.commitment, p.list_hash, p.entropy_round::float8 as entropy_round, p.total_tickets, p.participants, p.opening_message_id, p.closing_message_id`

/** The last raffles of a guild, the newest first; the one that runs is never more than one behind. */
export const latestPeriods = (db: Db, asked: { readonly guildId: GuildId; readonly limit: number }) => db<Period[]>`
  select ${columns(db)}
    from raffle_periods p
   where p.discord_server_id = ${asked.guildId}
   order by p.period_number desc
   limit ${asked.limit}`

export const periodOf = (db: Db, key: PeriodKey) => db<Period[]>`
  select ${columns(db)}
    from raffle_periods p
   where p.discord_server_id = ${key.guildId} and p.period_number = ${key.periodNumber}`

/** One raffle of a guild, held until the transaction ends, so that nothing is given in it meanwhile. */
export const holdPeriod = (db: Db, key: PeriodKey) => db<Period[]>`
  select ${columns(db)}
    from raffle_periods p
   where p.discord_server_id = ${key.guildId} and p.period_number = ${key.periodNumber}
     for update of p`

export interface PeriodKey {
  readonly guildId: GuildId
  readonly periodNumber: number
}

const unnestKeys = (db: Db, keys: readonly PeriodKey[]) => db`
  unnest(${keys.map((key) => key.guildId)}::bigint[], ${keys.map((key) => key.periodNumber)}::int[])
    as k (discord_server_id, period_number)`

export interface PlannedPeriod {
  readonly guildId: GuildId
  readonly startsAt: Date
  readonly endsAt: Date
  readonly timeZone: string
  readonly title: string | null
  readonly prize: string | null
  readonly createdBy: UserId | null
  /** The raffle after which it comes; when there is a newer one already, nothing is planned. Null: after whichever is the last. */
  readonly after: number | null
}

/**
 * Writes down raffles that are to begin, with the next number of their guild; gives those that are new. A guild has one at most that
 * waits, so that planned again, or by two at once, it is planned once.
 */
export const planPeriods = (db: Db, planned: readonly PlannedPeriod[]) => db<PeriodKey[]>`
  insert into raffle_periods (discord_server_id, period_number, status, starts_at, ends_at, time_zone, title, prize, created_by)
  select n.discord_server_id, l.last + 1, 'scheduled', n.starts_at, n.ends_at, n.time_zone, n.title, n.prize, n.created_by
    from unnest(
           ${planned.map((period) => period.guildId)}::bigint[],
           ${planned.map((period) => period.startsAt.toISOString())}::timestamptz[],
           ${planned.map((period) => period.endsAt.toISOString())}::timestamptz[],
           ${planned.map((period) => period.timeZone)}::text[],
           ${planned.map((period) => period.title)}::text[],
           ${planned.map((period) => period.prize)}::text[],
           ${planned.map((period) => period.createdBy)}::bigint[],
           ${planned.map((period) => period.after)}::int[]
         ) as n (discord_server_id, starts_at, ends_at, time_zone, title, prize, created_by, after)
   cross join lateral (
      select coalesce(max(p.period_number), 0) as last
        from raffle_periods p
       where p.discord_server_id = n.discord_server_id
   ) l
   where n.after is null or l.last = n.after
   order by n.discord_server_id
  on conflict do nothing
  returning discord_server_id as guild_id, period_number`

/** Changes what a raffle that has not ended says about itself and how long it lasts; gives a row when it has not. */
export const changePeriod = (
  db: Db,
  p: PeriodKey & {
    readonly startsAt: Date
    readonly endsAt: Date
    readonly title: string | null
    readonly prize: string | null
  },
) => db<PeriodKey[]>`
  update raffle_periods p
     set starts_at = ${p.startsAt}, ends_at = ${p.endsAt}, title = ${p.title}, prize = ${p.prize}
   where p.discord_server_id = ${p.guildId} and p.period_number = ${p.periodNumber} and p.status in ('scheduled', 'active')
  returning p.discord_server_id as guild_id, p.period_number`

/** Calls off a raffle that has not begun; gives a row when it had not. */
export const callOffPeriod = (db: Db, key: PeriodKey) => db<PeriodKey[]>`
  update raffle_periods p
     set status = 'archived', ended_manually = true
   where p.discord_server_id = ${key.guildId} and p.period_number = ${key.periodNumber} and p.status = 'scheduled'
  returning p.discord_server_id as guild_id, p.period_number`

// --- Opening --------------------------------------------------------------------------------------------------------

/** Holds the raffles of these guilds whose time to begin has come and whose guild has no other one open. Inside a transaction. */
export const duePeriods = (db: Db, guildIds: readonly GuildId[]) => db<PeriodKey[]>`
  select p.discord_server_id as guild_id, p.period_number
    from raffle_periods p
   where p.discord_server_id = any(${[...guildIds]}::bigint[])
     and p.status = 'scheduled'
     and p.starts_at <= now()
     and not exists (
           select from raffle_periods o
            where o.discord_server_id = p.discord_server_id and o.status = 'active'
         )
   order by p.discord_server_id
     for update of p`

/** Those of these raffles that wait to be opened. */
export const waitingPeriods = (db: Db, keys: readonly PeriodKey[]) => db<(PeriodKey & { startsAt: Date })[]>`
  select p.discord_server_id as guild_id, p.period_number, p.starts_at
    from ${unnestKeys(db, keys)}
    join raffle_periods p on p.discord_server_id = k.discord_server_id and p.period_number = k.period_number
   where p.status = 'scheduled'
   order by p.discord_server_id, p.period_number`

/** A secret that was made for a raffle, encrypted, and what may be published of it. */
export interface SealedSeed extends PeriodKey {
  readonly seed: string
  readonly keyId: string
  readonly commitment: string
}

/** Opens raffles that {@link duePeriods} holds. */
export const openPeriods = (db: Db, seeds: readonly SealedSeed[]) => db<Period[]>`
  update raffle_periods p
     set status = 'active', opened_at = now(), seed = s.seed, seed_key_id = s.key_id, commitment = s.commitment
    from unnest(
           ${seeds.map((seed) => seed.guildId)}::bigint[],
           ${seeds.map((seed) => seed.periodNumber)}::int[],
           ${seeds.map((seed) => seed.seed)}::text[],
           ${seeds.map((seed) => seed.keyId)}::text[],
           ${seeds.map((seed) => seed.commitment)}::text[]
         ) as s (discord_server_id, period_number, seed, key_id, commitment)
   where p.discord_server_id = s.discord_server_id and p.period_number = s.period_number and p.status = 'scheduled'
  returning ${columns(db)}`

// --- Closing --------------------------------------------------------------------------------------------------------

/** A raffle whose end may have come, held until the transaction ends. */
export interface EndingPeriod extends Period {
  readonly isOver: boolean
  /** Whether minutes of it are known that have not been credited yet. */
  readonly isBehind: boolean
}

/** Holds those of these raffles that are open, by the database's clock. Inside a transaction; whoever else closes one waits, and then has none. */
export const endingPeriods = (db: Db, keys: readonly PeriodKey[]) => db<EndingPeriod[]>`
  select ${columns(db)}, p.ends_at <= now() as is_over,
         exists (
           select from settlement s
            where s.discord_server_id = p.discord_server_id and s.kind = 'watchtime'
              and ((s.facts_revision > s.settled_revision and s.oldest_slot * 60 < extract(epoch from p.ends_at))
                   or (s.newest_slot > s.settled_slot and (s.settled_slot + 2) * 60 <= extract(epoch from p.ends_at)))
         ) as is_behind
    from ${unnestKeys(db, keys)}
    join raffle_periods p on p.discord_server_id = k.discord_server_id and p.period_number = k.period_number
   where p.status = 'active'
   order by p.discord_server_id, p.period_number
     for update of p`

/** Ends an open raffle now, since somebody wants it: nothing from now on counts. It is closed in the same transaction. */
export const endNow = (db: Db, key: PeriodKey) => db`
  update raffle_periods p
     set ends_at = greatest(least(p.ends_at, now()), p.starts_at + interval '1 millisecond'), ended_manually = true
   where p.discord_server_id = ${key.guildId} and p.period_number = ${key.periodNumber} and p.status = 'active'`

/**
 * Makes every balance of these raffles the sum of its ledger; gives how many were not, which nobody but somebody who wrote past the bot can
 * have caused. For raffles that the transaction holds. Balances and entries are laid side by side and summed up rather than joined, since
 * the planner cannot know how many of them there are.
 */
export const rebuildBalances = (db: Db, keys: readonly PeriodKey[]) => db<{ corrected: number }[]>`
  with key as materialized (
    select k.discord_server_id, k.period_number from ${unnestKeys(db, keys)}
  ),
  wrong as materialized (
    select n.discord_server_id, n.period_number, n.kick_username,
           sum(n.watchtime) as watchtime, sum(n.gifted_sub) as gifted_sub, sum(n.subscription) as subscription,
           sum(n.wager) as wager, sum(n.bonus) as bonus
      from (
        select l.discord_server_id, l.period_number, l.kick_username,
               case l.counts_as when 'watchtime' then l.delta else 0 end as watchtime,
               case l.counts_as when 'gifted_sub' then l.delta else 0 end as gifted_sub,
               case l.counts_as when 'subscription' then l.delta else 0 end as subscription,
               case l.counts_as when 'wager' then l.delta else 0 end as wager,
               case l.counts_as when 'bonus' then l.delta else 0 end as bonus,
               0::bigint as has_watchtime, 0::bigint as has_gifted_sub, 0::bigint as has_subscription, 0::bigint as has_wager,
               0::bigint as has_bonus
          from key k
          join ticket_ledger l on l.discord_server_id = k.discord_server_id and l.period_number = k.period_number
        union all
        select t.discord_server_id, t.period_number, t.kick_username, 0, 0, 0, 0, 0,
               t.watchtime_tickets, t.gifted_sub_tickets, t.subscription_tickets, t.wager_tickets, t.bonus_tickets
          from key k
          join raffle_tickets t on t.discord_server_id = k.discord_server_id and t.period_number = k.period_number
      ) n
     group by n.discord_server_id, n.period_number, n.kick_username
    having sum(n.watchtime) <> sum(n.has_watchtime) or sum(n.gifted_sub) <> sum(n.has_gifted_sub)
        or sum(n.subscription) <> sum(n.has_subscription) or sum(n.wager) <> sum(n.has_wager) or sum(n.bonus) <> sum(n.has_bonus)
  ),
  written as (
    insert into raffle_tickets as t (
      discord_server_id, period_number, kick_username,
      watchtime_tickets, gifted_sub_tickets, subscription_tickets, wager_tickets, bonus_tickets
    )
    select w.discord_server_id, w.period_number, w.kick_username, w.watchtime, w.gifted_sub, w.subscription, w.wager, w.bonus
      from wrong w
     order by w.discord_server_id, w.period_number, w.kick_username
    on conflict (discord_server_id, period_number, kick_username) do update
       set watchtime_tickets = excluded.watchtime_tickets,
           gifted_sub_tickets = excluded.gifted_sub_tickets,
           subscription_tickets = excluded.subscription_tickets,
           wager_tickets = excluded.wager_tickets,
           bonus_tickets = excluded.bonus_tickets,
           last_updated = now()
    returning t.kick_username
  )
  select count(*)::int as corrected from written`

/**
 * Closes raffles that the transaction holds, in one statement for all of them: whoever has tickets, is linked and not left out stands in the
 * frozen list, under an entry that names nobody without its salt, in the order of the entries; its hash is that of `canonicalList`
 * (`cluster/runtime/fairness.ts`), worked out here so that no list has to travel.
 */
export const freezePeriods = (db: Db, keys: readonly PeriodKey[]) => db<Period[]>`
  with key as materialized (
    select k.discord_server_id, k.period_number from ${unnestKeys(db, keys)}
  ),
  salted as materialized (
    select t.discord_server_id, t.period_number, t.kick_username, t.total_tickets, l.discord_id, l.kick_user_id,
           replace(gen_random_uuid()::text, '-', '') as salt
      from key k
      join raffle_tickets t on t.discord_server_id = k.discord_server_id and t.period_number = k.period_number
      join links l on l.discord_server_id = t.discord_server_id and l.kick_name = t.kick_username
     where t.total_tickets > 0
       and not exists (
             select from exclusion e
              where e.discord_server_id = t.discord_server_id and e.username = t.kick_username and e.kind = 'raffles'
           )
  ),
  named as materialized (
    select s.discord_server_id, s.period_number, s.kick_username, s.total_tickets, s.discord_id, s.kick_user_id, s.salt,
           left(encode(sha256(convert_to(
             s.salt || ':' || coalesce(s.kick_user_id::text, 'discord:' || s.discord_id), 'UTF8')), 'hex'), 40) as entry_id
      from salted s
  ),
  entrant as materialized (
    select n.discord_server_id, n.period_number, n.kick_username, n.total_tickets, n.discord_id, n.kick_user_id, n.salt, n.entry_id,
           row_number() over (partition by n.discord_server_id, n.period_number order by n.entry_id collate "C") as position
      from named n
  ),
  frozen as (
    insert into raffle_entrants (
      discord_server_id, period_number, position, entry_id, tickets, salt, kick_user_id, discord_id, kick_username
    )
    select e.discord_server_id, e.period_number, e.position, e.entry_id, e.total_tickets, e.salt, e.kick_user_id, e.discord_id, e.kick_username
      from entrant e
     order by e.discord_server_id, e.period_number, e.position
  ),
  list as materialized (
    select e.discord_server_id, e.period_number, count(*)::int as participants, sum(e.total_tickets)::bigint as tickets,
           string_agg('["' || e.entry_id || '",' || e.total_tickets || ']', ',' order by e.position) as entries
      from entrant e
     group by e.discord_server_id, e.period_number
  )
  update raffle_periods p
     set status = 'closed',
         closed_at = now(),
         list_hash = encode(sha256(convert_to('[' || coalesce(l.entries, '') || ']', 'UTF8')), 'hex'),
         total_tickets = coalesce(l.tickets, 0),
         participants = coalesce(l.participants, 0)
    from key k
    left join list l on l.discord_server_id = k.discord_server_id and l.period_number = k.period_number
   where p.discord_server_id = k.discord_server_id and p.period_number = k.period_number and p.status = 'active'
  returning ${columns(db)}`

export interface FrozenEntrant {
  readonly position: number
  readonly entryId: string
  /** 64-bit, as a decimal string. */
  readonly tickets: string
  /** Null, as the next two, once the person was erased. */
  readonly salt: string | null
  readonly discordId: UserId | null
  readonly kickUsername: string | null
}

/** A frozen list, in its order. */
export const entrantsOf = (db: Db, key: PeriodKey) => db<FrozenEntrant[]>`
  select e.position, e.entry_id, e.tickets, e.salt, e.discord_id, e.kick_username
    from raffle_entrants e
   where e.discord_server_id = ${key.guildId} and e.period_number = ${key.periodNumber}
   order by e.position`

// --- Announcements and the board --------------------------------------------------------------------------------------

/** Notes where a raffle's opening or closing was announced. */
export const noteAnnounced = (
  db: Db,
  said: PeriodKey & {
    readonly what: 'opened' | 'closed'
    readonly channelId: ChannelId
    readonly messageId: string
  },
) => db`
  update raffle_periods p
     set announcement_channel_id = ${said.channelId},
         opening_message_id = case when ${said.what} = 'opened' then ${said.messageId}::bigint else p.opening_message_id end,
         closing_message_id = case when ${said.what} = 'closed' then ${said.messageId}::bigint else p.closing_message_id end
   where p.discord_server_id = ${said.guildId} and p.period_number = ${said.periodNumber}`

export interface PostedBoard {
  readonly channelId: ChannelId
  readonly messageId: string
  readonly contentHash: string
}

export const boardOf = (db: Db, guildId: GuildId) => db<PostedBoard[]>`
  select b.channel_id, b.message_id, b.content_hash
    from raffle_board b
   where b.discord_server_id = ${guildId}`

export const saveBoard = (db: Db, board: PostedBoard & { readonly guildId: GuildId }) => db`
  insert into raffle_board (discord_server_id, channel_id, message_id, content_hash)
  values (${board.guildId}, ${board.channelId}, ${board.messageId}, ${board.contentHash})
  on conflict (discord_server_id) do update
     set channel_id = excluded.channel_id,
         message_id = excluded.message_id,
         content_hash = excluded.content_hash,
         edited_at = now()`

export const dropBoard = (db: Db, guildId: GuildId) => db`
  delete from raffle_board b
   where b.discord_server_id = ${guildId}`

/** The job that brings a guild's board up to date; a guild has one. */
export const boardJob = { kind: 'raffle.board', ref: 'board' } as const
/** Not edited more often than that. */
const boardSeconds = 60

/**
 * Sees to it that the boards of these guilds are brought up to date, a minute after they were last edited or at once; nothing where there
 * is none and none is wanted. Belongs in the transaction that changes what they show. Safe to repeat: a job that waits goes on waiting.
 */
export const refreshBoards = (db: Db, guildIds: readonly GuildId[]) => db`
  insert into job (discord_server_id, kind, job_ref, next_run_at)
  select g.discord_server_id, ${boardJob.kind}, ${boardJob.ref},
         greatest(now(), coalesce(b.edited_at + make_interval(secs => ${boardSeconds}), now()))
    from (select distinct unnest(${[...guildIds]}::bigint[]) as discord_server_id) g
    left join raffle_board b on b.discord_server_id = g.discord_server_id
   where b.discord_server_id is not null or coalesce(setting(g.discord_server_id, 'raffle_board_channel_id'), '') <> ''
   order by g.discord_server_id
  on conflict (discord_server_id, kind, job_ref) do nothing`
