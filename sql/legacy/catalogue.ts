import type { Db } from '../client.ts'

export interface Column {
  readonly name: string
  /** As PostgreSQL writes it, without a length: `bigint`, `character varying`. */
  readonly type: string
  readonly default: string | null
}

export interface Table {
  readonly name: string
  readonly columns: ReadonlyMap<string, Column>
  /** The columns of its primary key and of its unique keys, sorted; whatever they are called. */
  readonly keys: readonly string[]
}

/** The tables of one schema, by name. */
export type Catalogue = ReadonlyMap<string, Table>

/** Reads what there is, never what it is called: the names of keys and indexes differ between installations. */
export async function readCatalogue(db: Db, schema: string): Promise<Catalogue> {
  const rows = await db<{ name: string; columns: Column[]; keys: string[] }[]>`
    select c.relname as name,
           (select coalesce(json_agg(json_build_object(
                     'name', a.attname,
                     'type', format_type(a.atttypid, null),
                     'default', pg_get_expr(d.adbin, d.adrelid)) order by a.attnum), '[]')
              from pg_attribute a
              left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
             where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
           (select coalesce(json_agg(k.columns), '[]')
              from pg_index i
             cross join lateral (
                   select string_agg(a.attname, ',' order by a.attname) as columns
                     from pg_attribute a
                    where a.attrelid = i.indrelid and a.attnum = any(i.indkey)
                   ) k
             where i.indrelid = c.oid and i.indisunique) as keys
      from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = ${schema} and c.relkind in ('r', 'p')`
  return new Map(
    rows.map(({ name, columns, keys }) => [
      name,
      { name, columns: new Map(columns.map((column) => [column.name, column])), keys },
    ]),
  )
}

/** Whether a table has all of these columns. */
export const hasColumns = (table: Table | undefined, ...names: readonly string[]): table is Table =>
  table !== undefined && names.every((name) => table.columns.has(name))
