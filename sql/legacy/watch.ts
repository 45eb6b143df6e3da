import type postgres from 'postgres'
import type { Db } from '../client.ts'
import { type Move, send } from './context.ts'
import { patiently } from './patience.ts'
import { type SourceName, type ViewerSource, viewerSources } from './shape.ts'
import { noteColumns, noteValues } from './viewers.ts'

const isOfViewers = (name: SourceName): name is ViewerSource => viewerSources.some((source) => source === name)

/** The triggers run with our rights, since the old bot may have none in the schema `legacy`. */
const head = (name: string) =>
  `create or replace function legacy.note_${name}() returns trigger language plpgsql security definer set search_path = pg_catalog as`

/** Refuses to empty a table at once, which no difference could tell. */
const refusal = `
  create or replace function legacy.refuse_truncate() returns trigger language plpgsql as $function$
  begin
    raise exception 'this table is being brought over to the new bot; try again in a few minutes';
  end $function$`

function noteFunction(move: Move, name: SourceName): string {
  const table = move.tables.get(name)
  if (table === undefined) throw new Error(`there is no table ${name} to watch`)
  if (!isOfViewers(name))
    return `${head(name)} $function$
      begin
        insert into legacy.note (source) values ('${name}');
        return null;
      end $function$`
  const note = (alias: 'old' | 'new', sign: 1 | -1) =>
    `insert into legacy.note (${noteColumns}) values (${noteValues(name, table, alias, move.plan.guildId, sign)});`
  return `${head(name)} $function$
    begin
      if tg_op <> 'INSERT' then ${note('old', -1)} end if;
      if tg_op <> 'DELETE' then ${note('new', 1)} end if;
      return null;
    end $function$`
}

/**
 * Has the old tables note their changes from now on. Each trigger waits for the writers of the moment and holds off the next ones for as
 * long, so it gives up soon and tries again. Safe to repeat.
 */
export async function watchSources(sql: postgres.Sql, move: Move): Promise<void> {
  await send(sql, refusal)
  for (const name of move.tables.keys()) {
    await send(sql, noteFunction(move, name))
    await patiently(`the table ${name}`, () =>
      sql.begin(async (db) => {
        await db`set local lock_timeout = '300ms'`
        await createTriggers(db, name)
      }),
    )
  }
}

async function createTriggers(db: Db, name: SourceName): Promise<void> {
  const [found] = await db`
    select from pg_trigger where tgrelid = ${`public.${name}`}::regclass and tgname = 'belfry_note'`
  if (found !== undefined) return
  await send(
    db,
    `create trigger belfry_note after insert or update or delete on public.${name}
        for each ${isOfViewers(name) ? 'row' : 'statement'} execute function legacy.note_${name}()`,
  )
  await send(
    db,
    `create trigger belfry_truncate before truncate on public.${name}
        for each statement execute function legacy.refuse_truncate()`,
  )
}
