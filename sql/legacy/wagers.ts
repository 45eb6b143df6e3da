import type { Db } from '../client.ts'
import type { Table } from './catalogue.ts'
import { type Move, send } from './context.ts'
import { mostTickets, noRaffle, periods } from './periods.ts'
import { columnIn, guildIn, guildNamedIn, instantIn, snowflakeIn } from './rows.ts'

const platformIn = (table: Table, alias: string): string =>
  `replace(replace(lower(btrim(coalesce(${columnIn(table, alias, 'platform', "'shuffle'")}, 'shuffle'))), '.', '_'), 'stakeus', 'stake_us')`
const isPlatform = `(r.platform = any('{shuffle,stake,stake_us,howl}'::text[]))`
const accountIn = (table: Table, alias: string): string =>
  `lower(btrim(coalesce(nullif(btrim(${columnIn(table, alias, 'howl_uid', 'null::text')}), ''), ${alias}.shuffle_username)))`
const faultOfAccount = `when not ${isPlatform} then 'it is an account of a platform that nobody asks'
                when coalesce(length(r.account), 0) not between 1 and 64 then 'no account has this name'`

/** Every old link with an account of a platform, and its place: 1 for the one that counts for its member and its account; confirmed and newer ones go first. */
export const judgedAccounts = ({ from, plan }: Move, table: Table): string => {
  const order = 'verified desc, linked_at desc nulls last'
  return `
    with read as (
      select to_jsonb(l) as content, ${guildIn(table, 'l', plan.guildId)} as guild, ${platformIn(table, 'l')} as platform,
             ${accountIn(table, 'l')} as account, left(btrim(l.shuffle_username), 64) as display_name,
             ${snowflakeIn(table, 'l', 'discord_id')} as member, coalesce(${columnIn(table, 'l', 'verified', 'false')}, false) as verified,
             ${snowflakeIn(table, 'l', 'verified_by_discord_id')} as verified_by,
             ${instantIn(table, 'l', 'verified_at')} as verified_at, ${instantIn(table, 'l', 'linked_at')} as linked_at
        from ${from}.raffle_shuffle_links l
    ),
    checked as (
      select r.content, r.guild, r.platform, r.account, r.display_name, r.member, r.verified, r.verified_by, r.verified_at, r.linked_at,
             case when r.guild <= 0 then 'it names no Discord server'
                  ${faultOfAccount}
                  when r.member is null or r.member <= 0 then 'no Discord member has this id' end as fault
        from read r
    ),
    by_member as (
      select c.content, c.guild, c.platform, c.account, c.display_name, c.member, c.verified, c.verified_by, c.verified_at, c.linked_at, c.fault,
             row_number() over (partition by guild, platform, member, fault is null order by ${order}, account) as member_place
        from checked c
    ),
    placed as (
      select b.content, b.guild, b.platform, b.account, b.display_name, b.member, b.verified, b.verified_by, b.verified_at, b.linked_at, b.fault,
             b.member_place,
             row_number() over (partition by guild, platform, account, fault is null, member_place = 1 order by ${order}, member) as account_place
        from by_member b
    )
    select p.content, p.guild, p.platform, p.account, p.display_name, p.member, p.verified, p.verified_by, p.verified_at, p.linked_at,
           case when p.fault is not null then p.fault
                when p.member_place > 1 then 'the same member has a newer link'
                when p.account_place > 1 then 'another member has a newer link to the same account' end as fault
      from placed p`
}

/** Every old sum of what an account brought in a raffle. */
export const judgedWagers = (move: Move, table: Table): string => `
  with read as (
    select to_jsonb(w) as content, coalesce(p.guild, ${guildNamedIn(table, 'w')}, 0) as guild, p.number, ${platformIn(table, 'w')} as platform,
           lower(btrim(w.shuffle_username)) as account, left(btrim(w.shuffle_username), 64) as display_name,
           least(greatest(coalesce(w.tickets_awarded, 0), 0), ${mostTickets}) as tickets,
           least(greatest(coalesce(${columnIn(table, 'w', 'total_wager_usd', '0')}, 0), 0), 100000000000)::numeric as usd
      from ${move.from}.raffle_shuffle_wagers w
      left join ${periods(move)} p on p.old_id = w.period_id and p.fault is null
  )
  select r.content, r.guild, r.number, r.platform, r.account, r.display_name, r.tickets, r.usd,
         case ${noRaffle} ${faultOfAccount} end as fault
    from read r`

/** Every old total of an account. */
export const judgedTotals = ({ from, plan }: Move, table: Table): string => `
  with read as (
    select to_jsonb(w) as content, ${guildIn(table, 'w', plan.guildId)} as guild, ${platformIn(table, 'w')} as platform,
           lower(btrim(w.shuffle_username)) as account, left(btrim(w.shuffle_username), 64) as display_name,
           least(greatest(coalesce(w.total_wager_usd, 0), 0), 100000000000)::numeric as usd
      from ${from}.shuffle_wager_totals w
  )
  select r.content, r.guild, r.platform, r.account, r.display_name, r.usd,
         case when r.guild <= 0 then 'it names no Discord server' ${faultOfAccount} end as fault
    from read r`

/** Accounts that members have confirmed themselves, as the bot before let them. */
export const selfConfirmed = (move: Move, table: Table): string => `
  select guild::text as "guildId", member || ' on ' || platform as subject,
         'the member has confirmed ' || display_name || ' without a proof; take it away with /wagers unlink if it is not theirs' as detail
    from (${judgedAccounts(move, table)}) j
   where fault is null and verified and verified_by = member
   order by guild, platform, member`

/** What was confirmed stays so, whoever has confirmed it; what was only said waits for an admin for a week. */
export async function bringAccounts(db: Db, move: Move, table: Table): Promise<void> {
  const { to } = move
  await send(
    db,
    `insert into ${to}.raffle_shuffle_links (
       discord_server_id, platform, discord_id, shuffle_username, display_name, verified, linked_at, expires_at, verified_by_discord_id, verified_at
     )
     select guild, platform, member, account, display_name, verified, coalesce(linked_at, now()),
            case when not verified then now() + interval '7 days' end, case when verified then verified_by end,
            case when verified then coalesce(verified_at, linked_at, now()) end
       from (${judgedAccounts(move, table)}) j
      where fault is null`,
  )
  await send(
    db,
    `insert into ${to}.job (discord_server_id, kind, job_ref, next_run_at)
     select l.discord_server_id, 'wagers.expire', l.platform || ':' || l.discord_id, l.expires_at
       from ${to}.raffle_shuffle_links l
      where not l.verified`,
  )
}

/** What an account is at when a platform is asked again is where it begins: which campaign it was, nobody wrote down. */
export const bringTotals = (db: Db, move: Move, judged: string) =>
  send(
    db,
    `insert into ${move.to}.shuffle_wager_totals (
       discord_server_id, platform, shuffle_username, display_name, campaign_id, report_window, reported_cents, weighted_cents
     )
     select guild, platform, account, max(display_name), '', '', floor(max(usd) * 100)::bigint, floor(max(usd) * 100)::bigint
       from (${judged}) j
      where fault is null
      group by guild, platform, account
     on conflict do nothing`,
  )

/** Tickets for wagers are in the balances; here stands how many an account has brought, so that what grows from now on goes on from there. */
export async function bringWagers(db: Db, move: Move, table: Table): Promise<void> {
  await bringTotals(db, move, judgedWagers(move, table))
  await send(
    db,
    `insert into ${move.to}.raffle_shuffle_wagers (
       discord_server_id, period_number, platform, shuffle_username, baseline_cents, period_cents, tickets_total, remainder, tickets_settled,
       tickets_awarded
     )
     select guild, number, platform, account, 0, 0, sum(tickets), 0, sum(tickets), sum(tickets)
       from (${judgedWagers(move, table)}) j
      where fault is null
      group by guild, number, platform, account`,
  )
}
