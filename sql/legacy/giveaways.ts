import type { Db } from '../client.ts'
import type { Table } from './catalogue.ts'
import { type Move, send } from './context.ts'
import { columnIn, guildIn, instantIn, isName, nameIn, snowflakeIn } from './rows.ts'

const methods = `'{keyword,active_chatter,discord}'::text[]`
/** A list or object of JSON from a column of that type or of text; what is none is empty. */
const jsonIn = (table: Table, alias: string, name: string, kind: 'array' | 'object'): string => {
  const empty = kind === 'array' ? '[]' : '{}'
  const column = table.columns.get(name)
  if (column?.type !== 'jsonb') return `'${empty}'::jsonb`
  return `case when jsonb_typeof(${alias}.${name}) = '${kind}' then ${alias}.${name} else '${empty}'::jsonb end`
}
const within = (value: string, min: number, max: number): string =>
  `least(greatest(coalesce(${value}, ${min}), ${min}), ${max})`

/** How a giveaway was run, by the columns that are there; those of a later version have defaults. */
const ways = (table: Table, alias: string): string => {
  const column = (name: string, otherwise: string) => columnIn(table, alias, name, otherwise)
  const many = `coalesce(${column('allow_multiple_entries', 'false')}, false)`
  const method = `lower(btrim(coalesce(${column('entry_method', `'keyword'`)}, '')))`
  const prompts = jsonIn(table, alias, 'entry_prompts', 'array')
  return `
    case when ${method} = any(${methods}) then ${method} else 'keyword' end as method,
    nullif(left(btrim(${column('keyword', 'null::text')}), 50), '') as keyword,
    ${within(column('messages_required', '1'), 1, 100)} as messages, ${within(column('time_window_minutes', '10'), 1, 1440)} as minutes,
    case when ${many} then ${within(column('max_entries_per_user', '1'), 1, 100)} else 1 end as most,
    case when ${column('max_winners', '1')} < 0 then 50 else ${within(column('max_winners', '1'), 1, 50)} end as winners,
    ${snowflakeIn(table, alias, 'required_role_id')} as role,
    coalesce((
      select jsonb_object_agg(b.key, least(floor((b.value #>> '{}')::numeric), 100))
        from jsonb_each(${jsonIn(table, alias, 'bonus_roles', 'object')}) b
       where b.key ~ '^[0-9]{15,20}$' and b.value #>> '{}' ~ '^[1-9][0-9]{0,5}$'
    ), '{}'::jsonb) as bonus,
    coalesce((
      select jsonb_agg(left(q.prompt, 45) order by q.n)
        from jsonb_array_elements_text(${prompts}) with ordinality q (prompt, n)
       where btrim(q.prompt) <> '' and q.n <= 5
    ), '[]'::jsonb) as prompts`
}

/** Every old giveaway and its number within its guild; `fault` for what cannot be one of ours. */
export const judgedGiveaways = ({ from, plan }: Move, table: Table): string => `
  with read as (
    select to_jsonb(g) as content, ${guildIn(table, 'g', plan.guildId)} as guild, g.id as old_id, btrim(g.title) as title,
           left(nullif(btrim(${columnIn(table, 'g', 'description', 'null::text')}), ''), 4000) as description,
           lower(btrim(coalesce(g.status, ''))) as old_status, ${ways(table, 'g')},
           ${instantIn(table, 'g', 'started_at', 'created_at')} as started_at,
           ${instantIn(table, 'g', 'ended_at', 'ends_at', 'updated_at')} as ended_at,
           ${instantIn(table, 'g', 'created_at')} as created_at, ${snowflakeIn(table, 'g', 'created_by')} as created_by,
           ${snowflakeIn(table, 'g', 'discord_channel_id')} as channel_id,
           nullif(btrim(${columnIn(table, 'g', 'winner_kick_username', 'null::text')}), '') as last_winner,
           ${snowflakeIn(table, 'g', 'winner_discord_id')} as last_winner_id,
           jsonb_strip_nulls(jsonb_build_object(
             'server_seed', ${columnIn(table, 'g', 'server_seed', 'null::text')}, 'client_seed', ${columnIn(table, 'g', 'client_seed', 'null::text')},
             'nonce', ${columnIn(table, 'g', 'nonce', 'null::text')}, 'proof_hash', ${columnIn(table, 'g', 'proof_hash', 'null::text')}
           )) as proof
      from ${from}.giveaways g
  ),
  checked as (
    select r.content, r.guild, r.old_id, r.title, r.description, r.old_status, r.method, r.keyword, r.messages, r.minutes, r.most, r.winners,
           r.role, r.bonus, r.prompts, r.started_at, r.ended_at, r.created_at, r.created_by, r.channel_id, r.last_winner, r.last_winner_id,
           r.proof,
           case when r.guild <= 0 then 'it names no Discord server'
                when coalesce(length(r.title), 0) not between 1 and 255 then 'it has no title of 1 to 255 characters'
           end as fault
      from read r
  )
  select c.content, c.guild, c.old_id, c.title, c.description, c.old_status, c.method, c.keyword, c.messages, c.minutes, c.most, c.winners,
         c.role, c.bonus, c.prompts, c.started_at, c.ended_at, c.created_at, c.created_by, c.channel_id, c.last_winner, c.last_winner_id,
         c.proof, c.fault, row_number() over (partition by c.guild, c.fault is null order by c.old_id) as number
    from checked c`

const parent = (move: Move): string => {
  const table = move.tables.get('giveaways')
  return table === undefined
    ? '(select null::bigint as guild, null::bigint as old_id, null::bigint as number, null::text as fault where false)'
    : `(${judgedGiveaways(move, table)})`
}

/** Every old entry with its giveaway; several of one person are one, with the most tickets that any of them had. */
export const judgedEntries = (move: Move, table: Table): string => `
  with read as (
    select to_jsonb(e) as content, g.guild, g.number, e.id as old_id,
           ${nameIn(`coalesce(e.kick_username, '')`)} as name,
           coalesce(nullif(btrim(${columnIn(table, 'e', 'display_name', 'null::text')}), ''), btrim(e.kick_username)) as display_name,
           ${snowflakeIn(table, 'e', 'discord_id')} as member, lower(${columnIn(table, 'e', 'entry_method', `'keyword'`)}) as method,
           ${within(columnIn(table, 'e', 'entry_count', '1'), 1, 1_000_000)} as tickets,
           ${instantIn(table, 'e', 'created_at')} as created_at
      from ${move.from}.giveaway_entries e
      left join ${parent(move)} g on g.old_id = e.giveaway_id and g.fault is null
  )
  select r.content, coalesce(r.guild, 0) as guild, r.number, r.old_id, case when ${isName('r.name')} then r.name end as name,
         coalesce(r.display_name, 'member ' || r.member, '?') as display_name, r.member, r.method, r.tickets, r.created_at,
         case when r.guild is null then 'its giveaway is not there'
              when not ${isName('r.name')} and r.member is null then 'it names nobody'
         end as fault
    from read r`

/** Every old winner with the giveaway. */
export const judgedWinners = (move: Move, table: Table): string => `
  select to_jsonb(w) as content, coalesce(g.guild, 0) as guild, g.number, w.id as old_id,
         case when ${isName(nameIn(`coalesce(w.kick_username, '')`))} then ${nameIn('w.kick_username')} end as name,
         btrim(w.kick_username) as display_name, ${snowflakeIn(table, 'w', 'discord_id')} as member,
         ${instantIn(table, 'w', 'drawn_at')} as drawn_at,
         case when g.guild is null then 'its giveaway is not there' end as fault
    from ${move.from}.giveaway_winners w
    left join ${parent(move)} g on g.old_id = w.giveaway_id and g.fault is null`

/** Every old template. */
export const judgedTemplates = ({ from, plan }: Move, table: Table): string => `
  with read as (
    select to_jsonb(t) as content, ${guildIn(table, 't', plan.guildId)} as guild, btrim(t.name) as display_name, ${ways(table, 't')},
           ${columnIn(table, 't', 'id', '0')} as old_id
      from ${from}.giveaway_templates t
  ),
  placed as (
    select r.content, r.guild, r.display_name, r.method, r.keyword, r.messages, r.minutes, r.most, r.winners, r.role, r.bonus, r.prompts,
           row_number() over (partition by r.guild, lower(r.display_name) order by r.old_id desc) as place
      from read r
  )
  select p.content, p.guild, p.display_name, p.method, p.keyword, p.messages, p.minutes, p.most, p.winners, p.role, p.bonus, p.prompts,
         case when p.guild <= 0 then 'it names no Discord server'
              when coalesce(length(p.display_name), 0) not between 1 and 50 then 'its name is not of 1 to 50 characters'
              when p.place > 1 then 'a newer template has the same name'
         end as fault
    from placed p`

/**
 * Writes giveaways anew: those that were drawn with their winners, those that ran as ended, since neither their deadline nor their seed can
 * go on; who entered them is kept. Safe to repeat.
 */
export async function bringGiveaways(db: Db, move: Move): Promise<void> {
  const { to } = move
  for (const table of ['giveaway_winners', 'giveaway_entries', 'giveaways', 'giveaway_templates'])
    await send(db, `delete from ${to}.${table}`)
  const templates = move.tables.get('giveaway_templates')
  if (templates !== undefined) await bringTemplates(db, move, templates)
  const giveaways = move.tables.get('giveaways')
  if (giveaways === undefined) return
  await send(
    db,
    `insert into ${to}.giveaways (
       discord_server_id, id, title, description, entry_method, keyword, messages_required, time_window_minutes, allow_multiple_entries,
       max_entries_per_user, max_winners, required_role_id, bonus_roles, entry_prompts, status, created_at, created_by, started_at, ended_at,
       ends_at, discord_channel_id, legacy_proof
     )
     select guild, number, title, description, method, keyword, messages, minutes, most > 1, most, winners, role, bonus, prompts,
            case when old_status = 'pending' then 'pending' when old_status = 'completed' then 'completed' else 'ended' end,
            coalesce(created_at, now()), created_by, started_at,
            case when old_status <> 'pending' then least(coalesce(ended_at, now()), now()) end,
            case when old_status <> 'pending' then least(coalesce(ended_at, now()), now()) end, channel_id,
            case when old_status <> 'pending' then proof end
       from (${judgedGiveaways(move, giveaways)}) j
      where fault is null`,
  )
  const entries = move.tables.get('giveaway_entries')
  if (entries !== undefined) await bringEntries(db, move, entries)
  await bringWinners(db, move, giveaways)
}

const bringTemplates = (db: Db, move: Move, table: Table) =>
  send(
    db,
    `insert into ${move.to}.giveaway_templates (discord_server_id, name, display_name, choices)
     select guild, lower(display_name), display_name, jsonb_build_object(
              'entryMethod', method, 'withButton', false, 'keyword', keyword, 'messagesRequired', messages, 'timeWindowMinutes', minutes,
              'maxEntriesPerUser', most, 'maxWinners', winners, 'needsLink', false, 'requiredRoleId', role::text, 'bonusRoles', bonus,
              'entryPrompts', prompts, 'claimMinutes', 0)
       from (${judgedTemplates(move, table)}) j
      where fault is null`,
  )

const bringEntries = (db: Db, move: Move, table: Table) =>
  send(
    db,
    `insert into ${move.to}.giveaway_entries (
       discord_server_id, giveaway_id, kick_username, display_name, discord_id, entry_method, entry_count, join_refs, salt, created_at
     )
     select p.guild, p.number, p.name, p.display_name, case when p.place = 1 then p.member end, p.method, p.tickets,
            array['legacy:' || p.first_id], replace(gen_random_uuid()::text, '-', ''), coalesce(p.created_at, now())
       from (
         select m.guild, m.number, m.name, m.display_name, m.member, m.method, m.tickets, m.first_id, m.created_at,
                case when m.member is null then 2
                     else row_number() over (partition by m.guild, m.number, m.member order by m.name nulls last, m.first_id) end as place
           from (
             select guild, number, name, max(display_name) as display_name, max(member) as member,
                    case when max(method) = 'discord' then 'discord' else 'chat' end as method, max(tickets) as tickets,
                    min(old_id) as first_id, min(created_at) as created_at
               from (${judgedEntries(move, table)}) j
              where fault is null
              group by guild, number, name, case when name is null then member end
           ) m
       ) p
      where p.name is not null or p.place = 1`,
  )

/** Winners by their rows; of a giveaway without any, the one that it named itself. */
const bringWinners = (db: Db, move: Move, giveaways: Table) => {
  const winners = move.tables.get('giveaway_winners')
  const rows =
    winners === undefined
      ? 'select null::bigint as guild, null::bigint as number, null::text as name, null::text as display_name, null::bigint as member, null::timestamptz as drawn_at, 0 as old_id where false'
      : `select guild, number, name, display_name, member, drawn_at, old_id from (${judgedWinners(move, winners)}) j where fault is null`
  return send(
    db,
    `with told as (${rows}),
     named as (
       select guild, number, case when ${isName(nameIn('last_winner'))} then ${nameIn('last_winner')} end as name, last_winner as display_name,
              last_winner_id as member, ended_at as drawn_at, 0 as old_id
         from (${judgedGiveaways(move, giveaways)}) j
        where fault is null and old_status <> 'pending' and (last_winner is not null or last_winner_id is not null)
          and not exists (select from told t where t.guild = j.guild and t.number = j.number)
     ),
     placed as (
       select a.guild, a.number, a.name, a.display_name, a.member, a.drawn_at,
              row_number() over (partition by a.guild, a.number order by a.drawn_at, a.old_id) - 1 as nonce
         from (
           select guild, number, name, display_name, member, drawn_at, old_id from told
           union all
           select guild, number, name, display_name, member, drawn_at, old_id from named
         ) a
     ),
     kept as (
       insert into ${move.to}.giveaway_winners (
         discord_server_id, giveaway_id, nonce, kick_username, display_name, discord_id, drawn_at, announced
       )
       select guild, number, nonce, name, display_name, member, coalesce(drawn_at, now()), true
         from placed
       returning discord_server_id, giveaway_id
     )
     update ${move.to}.giveaways g
        set status = 'completed'
       from (select distinct discord_server_id, giveaway_id from kept) k
      where g.discord_server_id = k.discord_server_id and g.id = k.giveaway_id and g.status = 'ended'`,
  )
}
