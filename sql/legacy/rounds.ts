import type { Db } from '../client.ts'
import type { Table } from './catalogue.ts'
import { type Move, send } from './context.ts'
import { columnIn, faultOfViewer, goOn, guildIn, guildNamedIn, instantIn, nameIn, shownIn } from './rows.ts'

/** Every old round under its own id and with its number within its server; of several that were open the newest stays so. */
export const judgedSessions = ({ from, plan }: Move, table: Table): string => {
  const column = (name: string, otherwise: string) => columnIn(table, 's', name, otherwise)
  return `
  with read as (
    select to_jsonb(s) as content, ${guildIn(table, 's', plan.guildId)} as guild, ${column('id', 'null::bigint')}::bigint as id,
           left(coalesce(s.opened_by::text, ''), 100) as opened_by, coalesce(${instantIn(table, 's', 'opened_at', 'created_at')}, now()) as opened_at,
           ${instantIn(table, 's', 'closed_at')} as closed_at, ${column('result_amount', 'null::numeric')}::numeric as result,
           coalesce(${column('status', "'open'")}, 'open') as status,
           least(greatest(coalesce(${column('winner_count', '3')}, 3), 1), 10) as winner_count
      from ${from}.gtb_sessions s
  ),
  checked as (
    select r.content, r.guild, r.id, r.opened_by, r.opened_at, r.closed_at, r.result, r.status, r.winner_count,
           case when r.guild <= 0 then 'it names no Discord server'
                when coalesce(r.id, 0) not between 1 and 2147483647 then 'it has no number' end as fault
      from read r
  )
  select c.content, c.guild, c.id, c.opened_by, c.opened_at, c.closed_at, c.winner_count, c.fault,
         row_number() over (partition by c.guild, c.fault is null order by c.id) as number,
         case when c.status = 'completed' and c.result > 0 then round(c.result, 2) end as result,
         case when c.status = 'completed' and c.result > 0 then 'completed'
              when c.status = 'open' and c.closed_at is null
                and c.id = max(c.id) filter (where c.status = 'open' and c.closed_at is null and c.fault is null) over (partition by c.guild) then 'open'
              else 'closed' end as status
    from checked c`
}

/** Rows of a round belong to its server, whatever they say themselves. */
const ofSession = (move: Move, table: Table, alias: string, sessions: Table): string =>
  `coalesce((select ${guildIn(sessions, 's', move.plan.guildId)} from ${move.from}.gtb_sessions s where s.id = ${alias}.session_id), ${guildNamedIn(table, alias)}, 0)`

/** Every old guess, the newest of a viewer in a round first; `fault` for what cannot be one of ours. */
export const judgedGuesses = (move: Move, table: Table, sessions: Table): string => `
  with read as (
    select to_jsonb(g) as content, ${ofSession(move, table, 'g', sessions)} as guild, g.session_id::bigint as session_id,
           ${nameIn('g.kick_username')} as name, ${shownIn(table, 'g')} as display_name, g.guess_amount::numeric as amount,
           ${instantIn(table, 'g', 'guessed_at')} as guessed_at
      from ${move.from}.gtb_guesses g
  )
  select r.content, r.guild, r.session_id, r.name, r.display_name, r.amount, r.guessed_at,
         coalesce(${faultOfViewer},
                  case when r.amount is null or r.amount < 0.01 or r.amount >= 10000000000 then 'its amount is none that can be guessed' end) as fault,
         row_number() over (partition by r.guild, r.session_id, r.name order by r.guessed_at desc nulls last, r.amount) as place
    from read r`

/** Every old winner; of several in one place the first. */
export const judgedPlaces = (move: Move, table: Table, sessions: Table): string => `
  with read as (
    select to_jsonb(w) as content, ${ofSession(move, table, 'w', sessions)} as guild, w.session_id::bigint as session_id, w.rank,
           ${nameIn('w.kick_username')} as name, ${shownIn(table, 'w')} as display_name, w.guess_amount::numeric as guess,
           w.result_amount::numeric as result, abs(w.guess_amount - w.result_amount)::numeric as difference,
           ${instantIn(table, 'w', 'created_at')} as created_at
      from ${move.from}.gtb_winners w
  )
  select r.content, r.guild, r.session_id, r.rank, r.name, r.display_name, r.guess, r.result, r.difference, r.created_at,
         coalesce(${faultOfViewer}, case when r.rank not between 1 and 10 then 'there are ten places' end) as fault,
         row_number() over (partition by r.guild, r.session_id, r.rank order by r.difference, r.name) as place
    from read r`

/** Writes rounds, guesses and winners anew. Safe to repeat. */
export async function bringRounds(db: Db, move: Move): Promise<void> {
  const { to, tables } = move
  const [sessions, guesses, winners] = [
    tables.get('gtb_sessions'),
    tables.get('gtb_guesses'),
    tables.get('gtb_winners'),
  ]
  for (const table of ['gtb_winners', 'gtb_guesses', 'gtb_sessions']) await send(db, `delete from ${to}.${table}`)
  if (sessions === undefined) return
  await send(
    db,
    `insert into ${to}.gtb_sessions (
       discord_server_id, id, number, status, opened_by, opened_at, created_at, closed_at, completed_at, result_amount, winner_count
     )
     select guild, id, number, status, opened_by, opened_at, opened_at, case when status <> 'open' then coalesce(closed_at, opened_at) end,
            case when status = 'completed' then coalesce(closed_at, opened_at) end, result, winner_count
       from (${judgedSessions(move, sessions)}) j
      where fault is null`,
  )
  await send(db, goOn(to, 'gtb_sessions'))
  const isOfOurs = (alias: string) =>
    `exists (select from ${to}.gtb_sessions o where o.discord_server_id = ${alias}.guild and o.id = ${alias}.session_id)`
  if (guesses !== undefined)
    await send(
      db,
      `insert into ${to}.gtb_guesses (discord_server_id, session_id, kick_username, display_name, guess_amount, guessed_at)
       select j.guild, j.session_id, j.name, coalesce(j.display_name, j.name), round(j.amount, 2), coalesce(j.guessed_at, now())
         from (${judgedGuesses(move, guesses, sessions)}) j
        where j.fault is null and j.place = 1 and ${isOfOurs('j')}`,
    )
  if (winners !== undefined)
    await send(
      db,
      `insert into ${to}.gtb_winners (
         discord_server_id, session_id, rank, kick_username, display_name, guess_amount, result_amount, difference, created_at
       )
       select j.guild, j.session_id, j.rank, j.name, coalesce(j.display_name, j.name), j.guess, j.result, j.difference, coalesce(j.created_at, now())
         from (${judgedPlaces(move, winners, sessions)}) j
        where j.fault is null and j.place = 1 and ${isOfOurs('j')}`,
    )
}
