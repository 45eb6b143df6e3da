import type { Db } from '../client.ts'

/** A round of public randomness; it belongs to nobody, and every guild that fixed it at closing reads the same. */
export interface Round {
  readonly chain: string
  readonly round: number
}

export interface FetchedRound extends Round {
  readonly randomness: string
  readonly signature: string
}

/** Has rounds fetched when they come. Belongs in the transaction that fixes them. Safe to repeat; no round may stand in the list twice. */
export const wantRounds = (db: Db, rounds: readonly (Round & { readonly dueAt: Date })[]) => db`
  insert into randomness_round (chain, round, due_at, next_try_at)
  select w.chain, w.round, w.due_at, w.due_at
    from unnest(
           ${rounds.map((each) => each.chain)}::text[],
           ${rounds.map((each) => each.round)}::bigint[],
           ${rounds.map((each) => each.dueAt.toISOString())}::timestamptz[]
         ) as w (chain, round, due_at)
   order by w.chain, w.round
  on conflict (chain, round) do nothing`

/**
 * Takes rounds that have come, so that one process fetches each. Whoever took one and failed leaves it for later: fifteen seconds, then
 * twice as long each time, up to five minutes. After a week nobody asks any more.
 */
export const claimRounds = (db: Db, claim: { readonly chain: string; readonly limit: number }) => db<
  { readonly round: number; readonly lateMs: number }[]
>`
  update randomness_round r
     set attempts = r.attempts + 1,
         next_try_at = now() + least(interval '15 seconds' * 2 ^ least(r.attempts, 10), interval '5 minutes')
    from (
      select w.chain, w.round
        from randomness_round w
       where w.randomness is null
         and w.next_try_at <= now()
         and w.chain = ${claim.chain}
         and w.due_at > now() - interval '7 days'
       order by w.next_try_at
       limit ${claim.limit}
         for update skip locked
    ) due
   where r.chain = due.chain and r.round = due.round
  returning r.round::float8 as round, (extract(epoch from now() - r.due_at) * 1000)::float8 as late_ms`

/** Keeps what was fetched. The first answer stays; it was verified, and there is only one that can be. */
export const storeRound = (db: Db, fetched: FetchedRound) => db`
  update randomness_round r
     set randomness = ${fetched.randomness}, signature = ${fetched.signature}, fetched_at = now()
   where r.chain = ${fetched.chain} and r.round = ${fetched.round} and r.randomness is null`

/** Those of the rounds that are known. All lists have one entry for each. */
export const knownRounds = (db: Db, asked: { readonly chains: string[]; readonly rounds: number[] }) => db<
  FetchedRound[]
>`
  select r.chain, r.round::float8 as round, r.randomness, r.signature
    from unnest(${asked.chains}::text[], ${asked.rounds}::bigint[]) as a (chain, round)
    join randomness_round r on r.chain = a.chain and r.round = a.round
   where r.randomness is not null`
