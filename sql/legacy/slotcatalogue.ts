import type { Db } from '../client.ts'
import { hasColumns, readCatalogue, type Table } from './catalogue.ts'
import { type Move, type Outcome, send } from './context.ts'
import { columnIn, guildIn } from './rows.ts'
import { readOldSettings } from './settings.ts'

/** The casino whose slots a server asked for when nobody had said another. */
const usual = 'shuffle'
const fold = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '')

/** The lists of slots that a dashboard keeps, one table for each casino (`shuffle_slots`). They are its own and stay where they are. */
async function listsOf(db: Db): Promise<readonly { readonly casino: string; readonly table: Table }[]> {
  const all = [...(await readCatalogue(db, 'public')).values()]
  return all.flatMap((table) => {
    const casino = /^([a-z0-9_]+)_slots$/.exec(table.name)?.[1]
    const says = hasColumns(table, 'name') && (table.columns.has('banned') || table.columns.has('is_active'))
    return casino === undefined || !says ? [] : [{ casino: fold(casino), table }]
  })
}

/**
 * Every slot that could not be asked for, by the list that counted in its server: that of the casino which was chosen there, or everywhere.
 * Those that may be asked for need no row. Undefined without any such list.
 */
async function judgedCatalogue(db: Db, move: Move): Promise<string | undefined> {
  const lists = await listsOf(db)
  if (lists.length === 0) return undefined
  const chosen = new Map<string, string>()
  for (const wanted of ['slot_platform_name', 'wager_platform_name'])
    for (const { guildId, key, value } of await readOldSettings(db, move))
      if (key === wanted && guildId !== null && /^\d+$/.test(guildId) && fold(value) !== '' && !chosen.has(guildId))
        chosen.set(guildId, fold(value))
  const everywhere = chosen.get('0') ?? usual
  const choices = [...chosen].map(([guildId, casino]) => `when ${guildId} then '${casino}'`)
  const counts = choices.length === 0 ? `'${everywhere}'` : `case r.guild ${choices.join(' ')} else '${everywhere}' end`
  const parts = lists.map(
    ({ casino, table }) => `
    select '${casino}' as casino, ${guildIn(table, 's', move.plan.guildId)} as guild, btrim(left(btrim(s.name::text), 200)) as name,
           nullif(left(btrim(${columnIn(table, 's', 'provider', 'null::text')}::text), 60), '') as provider,
           coalesce(${columnIn(table, 's', 'banned', 'false')}, false) as banned,
           coalesce(${columnIn(table, 's', 'is_active', 'true')}, true) as is_active
      from public.${table.name} s`,
  )
  return `
    select r.casino, r.guild, r.name, r.provider, r.banned, r.is_active
      from (${parts.join(' union all ')}) r
     where r.guild > 0 and r.name <> '' and (r.banned or not r.is_active) and r.casino = ${counts}`
}

/** Writes down anew which slots may not be asked for. Safe to repeat. */
export async function bringCatalogue(db: Db, move: Move): Promise<void> {
  const judged = await judgedCatalogue(db, move)
  await send(db, `delete from ${move.to}.slot_catalogue`)
  if (judged === undefined) return
  await send(
    db,
    `insert into ${move.to}.slot_catalogue (discord_server_id, name, provider, banned, is_active)
     select guild, name, provider, banned, is_active
       from (${judged}) j
      order by guild, banned desc, name
     on conflict (discord_server_id, slot_key) do nothing`,
  )
}

/** How many slots came over to each server, and what became of the others. */
export async function broughtCatalogue(db: Db, move: Move): Promise<readonly Outcome[]> {
  const judged = await judgedCatalogue(db, move)
  if (judged === undefined) return []
  return send<Outcome>(
    db,
    `select guild::text as "guildId", 'brought' as outcome, casino || '_slots' as table, 'slots that may not be asked for' as subject,
            count(*) || ' in /slots catalogue; whatever is not in it may be asked for, so that the others need no entry' as detail
       from (${judged}) j
      group by guild, casino
      order by guild`,
  )
}
