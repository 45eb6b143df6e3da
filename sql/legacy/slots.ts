import type { Db } from '../client.ts'
import type { Table } from './catalogue.ts'
import { type Move, send } from './context.ts'
import { columnIn, faultOfViewer, goOn, guildIn, instantIn, nameIn, shownIn, snowflakeIn } from './rows.ts'

const longestCall = 200

/** Every old request under its own id, which dashboards and proofs name; `fault` for what cannot be one of ours. */
export const judgedRequests = ({ from, plan }: Move, table: Table): string => `
  with read as (
    select to_jsonb(q) as content, ${guildIn(table, 'q', plan.guildId)} as guild, ${columnIn(table, 'q', 'id', 'null::bigint')}::bigint as id,
           ${nameIn('q.kick_username')} as name, ${shownIn(table, 'q')} as display_name, btrim(left(btrim(q.slot_call), ${longestCall})) as slot_call,
           ${instantIn(table, 'q', 'requested_at')} as requested_at, coalesce(${columnIn(table, 'q', 'picked', 'false')}, false) as picked,
           ${instantIn(table, 'q', 'picked_at')} as picked_at, coalesce(${columnIn(table, 'q', 'added_to_hunt', 'false')}, false) as added_to_hunt,
           ${columnIn(table, 'q', 'avatar_url', 'null::text')} as avatar_url
      from ${from}.slot_requests q
  )
  select r.content, r.guild, r.id, r.name, r.display_name, r.slot_call, r.requested_at, r.picked, r.picked_at, r.added_to_hunt, r.avatar_url,
         coalesce(${faultOfViewer},
                  case when coalesce(r.slot_call, '') = '' then 'it names no slot'
                       when coalesce(r.id, 0) <= 0 then 'it has no number' end) as fault
    from read r`

/** Everybody who could not ask, each once for each server, the newest entry first. */
export const judgedBlacklist = ({ from, plan }: Move, table: Table): string => `
  with read as (
    select to_jsonb(b) as content, ${guildIn(table, 'b', plan.guildId)} as guild, ${nameIn('b.kick_username')} as name,
           ${columnIn(table, 'b', 'reason', 'null::text')} as reason, ${snowflakeIn(table, 'b', 'blacklisted_by')} as by,
           ${instantIn(table, 'b', 'created_at')} as created_at
      from ${from}.slot_call_blacklist b
  )
  select r.content, r.guild, r.name, r.reason, r.by, r.created_at, ${faultOfViewer} as fault,
         row_number() over (partition by r.guild, r.name order by r.created_at desc nulls last, r.reason) as place
    from read r`

const mostRewards = 25

/** Every old reward and its number within its server; `fault` for what cannot be one of ours. */
export const judgedRewards = ({ from, plan }: Move, table: Table): string => `
  with read as (
    select to_jsonb(w) as content, ${guildIn(table, 'w', plan.guildId)} as guild, btrim(w.reward_type) as type, w.reward_amount::numeric as amount,
           w.reward_chance_percent::numeric as chance, coalesce(${columnIn(table, 'w', 'enabled', 'true')}, true) as enabled,
           ${columnIn(table, 'w', 'id', '0')} as id
      from ${from}.slot_rewards w
  ),
  checked as (
    select r.content, r.guild, r.type, r.amount, r.chance, r.enabled, r.id,
           case when r.guild <= 0 then 'it names no Discord server'
                when coalesce(length(r.type), 0) not between 1 and 60 then 'its name is not of 1 to 60 characters'
                when r.amount is null or r.amount < 0.01 or r.amount >= 10000000000 then 'its amount is none that can be won'
                when r.chance is null or r.chance not between 0 and 100 then 'its chance is not of 0 to 100 percent' end as fault
      from read r
  ),
  placed as (
    select c.content, c.guild, c.type, c.amount, c.chance, c.enabled, c.fault,
           row_number() over (partition by c.guild, c.fault is null order by c.enabled desc, c.id) as number
      from checked c
  )
  select p.content, p.guild, p.type, p.amount, p.chance, p.enabled, p.number,
         case when p.fault is not null then p.fault
              when p.number > ${mostRewards} then 'the server has ${mostRewards} rewards already' end as fault
    from placed p`

/**
 * Every old pick that can be checked: those that were written down for themselves, and those of which only the request says what they came
 * from. Numbered for each server in the order in which they were made.
 */
export function judgedPicks({ from, plan, tables }: Move): string | undefined {
  const [picks, requests] = [tables.get('slot_picks'), tables.get('slot_requests')]
  const part = (table: Table, alias: 'p' | 'q', request: string, extra: string) => {
    const column = (name: string, otherwise: string) => columnIn(table, alias, name, otherwise)
    return `
    select to_jsonb(${alias}) as content, ${guildIn(table, alias, plan.guildId)} as guild, ${request} as request_id,
           ${nameIn(`${alias}.kick_username`)} as name, ${shownIn(table, alias)} as display_name,
           btrim(left(btrim(${alias}.slot_call), ${longestCall})) as slot_call, ${instantIn(table, alias, 'picked_at', 'created_at')} as picked_at,
           ${column('server_seed', 'null::text')} as server_seed, ${column('client_seed', 'null::text')} as client_seed,
           ${column('nonce', 'null::text')}::text as nonce, ${column('proof_hash', 'null::text')} as proof_hash,
           least(greatest(${column('random_value', 'null::numeric')}::numeric, 0), 99.99) as random_value, ${extra}`
  }
  const parts: string[] = []
  if (picks !== undefined) {
    const won = columnIn(picks, 'p', 'reward_won', 'false')
    parts.push(`${part(
      picks,
      'p',
      'p.slot_request_id::bigint',
      `coalesce(${won}, false) as reward_won, ${columnIn(picks, 'p', 'reward_type', 'null::text')} as reward_type,
           ${columnIn(picks, 'p', 'reward_amount', 'null::numeric')}::numeric as reward_amount,
           ${columnIn(picks, 'p', 'chance_percent', 'null::numeric')}::numeric as chance_percent`,
    )}
      from ${from}.slot_picks p`)
  }
  if (requests?.columns.has('server_seed')) {
    const isWritten =
      picks === undefined ? '' : `and not exists (select from ${from}.slot_picks w where w.slot_request_id = q.id)`
    parts.push(`${part(
      requests,
      'q',
      'q.id::bigint',
      'false as reward_won, null::text as reward_type, null::numeric as reward_amount, null::numeric as chance_percent',
    )}
      from ${from}.slot_requests q
     where coalesce(q.picked, false) and q.server_seed is not null ${isWritten}`)
  }
  if (parts.length === 0) return undefined
  return `
  with read as (${parts.join(' union all ')}
  ),
  checked as (
    select r.content, r.guild, r.request_id, r.name, r.display_name, r.slot_call, r.picked_at, r.server_seed, r.client_seed, r.nonce, r.proof_hash,
           r.random_value, r.reward_won, r.reward_type, r.reward_amount, r.chance_percent,
           coalesce(${faultOfViewer},
                    case when coalesce(r.slot_call, '') = '' then 'it names no slot'
                         when r.request_id is null then 'it names no request' end) as fault
      from read r
  )
  select c.content, c.guild, c.request_id, c.name, c.display_name, c.slot_call, c.picked_at, c.server_seed, c.client_seed, c.nonce, c.proof_hash,
         c.random_value, c.reward_won, c.reward_type, c.reward_amount, c.chance_percent, c.fault,
         row_number() over (partition by c.guild, c.fault is null order by c.picked_at nulls first, c.request_id) as number
    from checked c`
}

/** Writes requests, who could not ask, rewards and picks anew, and that these servers use requests. Safe to repeat. */
export async function bringSlots(db: Db, move: Move): Promise<void> {
  const { to, tables } = move
  const [requests, blacklist, rewards] = [
    tables.get('slot_requests'),
    tables.get('slot_call_blacklist'),
    tables.get('slot_rewards'),
  ]
  const picks = judgedPicks(move)
  for (const table of ['slot_requests', 'slot_call_blacklist', 'slot_rewards', 'slot_picks', 'slot_state'])
    await send(db, `delete from ${to}.${table}`)
  if (requests !== undefined) {
    await send(
      db,
      `insert into ${to}.slot_requests (
         discord_server_id, id, kick_username, display_name, slot_call, requested_at, picked, picked_at, added_to_hunt, avatar_url
       )
       select guild, id, name, coalesce(display_name, name), slot_call, coalesce(requested_at, now()), picked, picked_at, added_to_hunt, avatar_url
         from (${judgedRequests(move, requests)}) j
        where fault is null`,
    )
    await send(db, goOn(to, 'slot_requests'))
  }
  if (blacklist !== undefined)
    await send(
      db,
      `insert into ${to}.slot_call_blacklist (discord_server_id, kick_username, reason, blacklisted_by, created_at)
       select guild, name, reason, by, coalesce(created_at, now())
         from (${judgedBlacklist(move, blacklist)}) j
        where fault is null and place = 1`,
    )
  if (rewards !== undefined)
    await send(
      db,
      `insert into ${to}.slot_rewards (discord_server_id, id, reward_type, reward_amount, reward_chance_percent, enabled)
       select guild, number, type, round(amount, 2), round(chance, 2), enabled
         from (${judgedRewards(move, rewards)}) j
        where fault is null`,
    )
  if (picks !== undefined)
    await send(
      db,
      `insert into ${to}.slot_picks (
         discord_server_id, number, source_ref, slot_request_id, kick_username, display_name, slot_call, picked_at, reward_won, reward_type,
         reward_amount, chance_percent, scheme, server_seed, client_seed, nonce, proof_hash, random_value
       )
       select guild, number, 'legacy:' || number, request_id, name, coalesce(display_name, name), slot_call, coalesce(picked_at, now()), reward_won,
              case when reward_won then reward_type end, case when reward_won then round(reward_amount, 2) end, round(chance_percent, 2), 'v1',
              server_seed, client_seed, nonce, proof_hash, random_value
         from (${picks}) j
        where fault is null`,
    )
  await send(
    db,
    `insert into ${to}.slot_state (discord_server_id, picks)
     select u.guild, coalesce((select max(p.number) from ${to}.slot_picks p where p.discord_server_id = u.guild), 0)
       from (
         select discord_server_id as guild from ${to}.slot_requests
         union
         select discord_server_id from ${to}.slot_picks
       ) u`,
  )
}
