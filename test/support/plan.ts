import postgres from 'postgres'
import type { Sql } from '../../sql/client.ts'

/** A node of a plan as `explain (format json, verbose)` gives it; conditions name their columns with the alias of the table. */
export interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly Alias?: string
  readonly Plans?: readonly PlanNode[]
  readonly [field: string]: unknown
}

export interface Plan {
  /** The statement that was sent; of a statement inside a function, what PostgreSQL calls it. */
  readonly statement: string
  readonly root: PlanNode
}

export interface Planner {
  /** A pool of one connection, which tells about every plan that it carries out. */
  readonly sql: Sql
  /** Plans for the parameters at hand, as the first executions of a prepared statement have them, or one plan for all parameters. */
  use(plans: 'custom' | 'generic'): Promise<void>
  /** Row by row as long as there is an index for it, although the table is small enough to be read at once. */
  preferIndexes(prefer: boolean): Promise<void>
  /** Everything that was carried out since the last call, also inside of functions. */
  taken(): Plan[]
}

/** Opens a connection on which PostgreSQL's own `auto_explain` tells how each statement is carried out. */
export function createPlanner(url: string): Planner {
  let plans: Plan[] = []
  const sql = postgres(url, {
    max: 1,
    transform: { column: { from: postgres.toCamel } },
    connection: {
      session_preload_libraries: 'auto_explain',
      'auto_explain.log_min_duration': '0',
      'auto_explain.log_nested_statements': true,
      'auto_explain.log_verbose': true,
      'auto_explain.log_format': 'json',
      'auto_explain.log_level': 'notice',
    },
    onnotice({ message }) {
      const json = /^duration: .*? plan:\n(\{.*\})$/s.exec(message ?? '')?.[1]
      if (json === undefined) return
      const plan = JSON.parse(json) as { 'Query Text'?: string; Plan: PlanNode }
      plans.push({ statement: plan['Query Text'] ?? '', root: plan.Plan })
    },
  })
  return {
    sql,
    use: async (kind) => void (await sql`select set_config('plan_cache_mode', ${`force_${kind}_plan`}, false)`),
    async preferIndexes(prefer) {
      await sql`
        select set_config(name, ${prefer ? 'off' : 'on'}, false)
          from unnest('{enable_seqscan,enable_hashjoin,enable_mergejoin}'::text[]) as name`
    },
    taken() {
      const taken = plans
      plans = []
      return taken
    },
  }
}

export function nodesOf(root: PlanNode): PlanNode[] {
  return [root, ...(root.Plans ?? []).flatMap(nodesOf)]
}

/** Every condition of a plan, on scans and on joins, taken apart at its outermost `and`s as far as that is easy. */
const conditionsOf = (root: PlanNode): string[] =>
  nodesOf(root).flatMap((node) =>
    Object.entries(node).flatMap(([field, value]) =>
      / Cond$|Filter$/.test(field) ? String(value).split(/ AND /) : [],
    ),
  )

/**
 * Tables of which a plan reads rows without knowing whose: nothing compares the guild of the rows with a parameter, or with
 * rows whose guild is known. What a subquery, a function or a list gives is known; the tables below it are looked at
 * themselves. Tables in `known` count as known, and so does what is joined to them.
 */
export function tablesOfNobody(
  root: PlanNode,
  isOfGuilds: (table: string) => boolean,
  known: readonly string[],
): string[] {
  const scans = new Map<string, string>() // alias to table
  for (const { 'Node Type': type, 'Relation Name': table, Alias: alias } of nodesOf(root)) {
    if (table !== undefined && alias !== undefined && / Scan$/.test(type) && isOfGuilds(table)) scans.set(alias, table)
  }
  const isKnown = new Set([...scans].filter(([, table]) => known.includes(table)).map(([alias]) => alias))
  const comparisons = conditionsOf(root).map((condition) =>
    [...condition.matchAll(/(\w+)\.discord_server_id\b(?! IS )/g)].map(([, alias = '']) => alias),
  )
  for (let found = true; found; ) {
    found = false
    for (const aliases of comparisons) {
      const unknown = [...new Set(aliases)].filter((alias) => scans.has(alias) && !isKnown.has(alias))
      // alone, it is compared with a value; with others, one of which is known, with that one
      const first = unknown[0]
      if (first === undefined || unknown.length > 1) continue
      isKnown.add(first)
      found = true
    }
  }
  return [...scans].filter(([alias]) => !isKnown.has(alias)).map(([, table]) => table)
}

/** Whether a node reads a table or an index of it from one end to the other; a partial index is as short as it is meant to be. */
export function readsAll(node: PlanNode, partialIndexes: ReadonlySet<string>): boolean {
  if (node['Relation Name'] === undefined) return false
  if (/^(Seq|Sample|Tid Range) Scan$/.test(node['Node Type'])) return true
  if (!/^Index (Only )?Scan$/.test(node['Node Type'])) return false
  return node['Index Cond'] === undefined && !partialIndexes.has(node['Index Name'] ?? '')
}

// --- Rows ---------------------------------------------------------------------------------------------------------------

interface ColumnToFill {
  readonly table: string
  readonly column: string
  readonly type: string
  /** The values that a check allows, as an SQL array. */
  readonly choices: string | null
}

export interface Filling {
  readonly tables: readonly string[]
  readonly guilds: number
  readonly rowsOfAGuild: number
  /** `table.column` to an SQL expression of `n`, the number of the row, and `i`, its number within its guild. */
  readonly values: Readonly<Record<string, string>>
}

/** Row n is about guild `n % guilds` and, wherever a viewer is named, about `viewer<n>`: so the rows of all tables belong together. */
export const idOfGuild = (n: number): string => ((1_200_000_000_000n + BigInt(n)) << 22n).toString()

/** Fills tables, whatever columns they have, so that the planner sees them as large as they will be, and analyzes them. */
export async function fillTables(sql: Sql, filling: Filling): Promise<void> {
  const columns = await sql<ColumnToFill[]>`
    select c.relname as table, a.attname as column, format_type(a.atttypid, null) as type,
           (select substring(pg_get_constraintdef(k.oid) from 'ARRAY\\[.*\\]')
              from pg_constraint k
             where k.conrelid = c.oid and k.contype = 'c' and k.conkey = array[a.attnum]) as choices
      from pg_class c
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relnamespace = 'public'::regnamespace and c.relname = any(${[...filling.tables]}::text[])
       and a.attidentity = '' and a.attgenerated = ''
     order by c.relname, a.attnum`
  const oneRowEach = new Set(
    (
      await sql<{ table: string }[]>`
        select k.conrelid::regclass::text as table
          from pg_constraint k
          join pg_attribute a on a.attrelid = k.conrelid and k.conkey = array[a.attnum]
         where k.contype = 'p' and a.attname = 'discord_server_id'`
    ).map(({ table }) => table),
  )
  for (const table of filling.tables) {
    const theirs = columns.filter((column) => column.table === table)
    const rows = filling.guilds * (oneRowEach.has(table) ? 1 : filling.rowsOfAGuild)
    await sql.unsafe(`
      insert into ${table} (${theirs.map(({ column }) => column).join(', ')})
      select ${theirs.map((column) => expressionFor(column, filling)).join(', ')}
        from generate_series(0, ${rows - 1}) as n, lateral (select n / ${filling.guilds} as i)`)
  }
  await sql.unsafe(`vacuum analyze ${filling.tables.join(', ')}`)
}

function expressionFor({ table, column, type, choices }: ColumnToFill, { guilds, values }: Filling): string {
  const own = values[`${table}.${column}`]
  if (own !== undefined) return own
  if (column === 'discord_server_id') return `(1200000000000 + n % ${guilds})::bigint << 22`
  if (choices !== null) return `(${choices})[1 + n % cardinality(${choices})]`
  switch (type) {
    case 'text':
      return `'viewer' || n`
    case 'bigint':
    case 'integer':
      return 'n + 1'
    case 'smallint':
      return 'n % 3600'
    case 'boolean':
      return 'n % 2 = 0'
    case 'date':
      return `current_date - n % 30`
    case 'timestamp with time zone':
      return `now() - n * interval '1 second'`
    case 'bytea':
      return `decode(lpad(to_hex(n), 8, '0'), 'hex')`
    case 'jsonb':
      return `'{}'`
    case 'numeric':
      return 'n % 100 + 1'
    case 'bigint[]':
      return 'array[n]'
    default:
      throw new Error(`test/support/plan.ts has no value for ${table}.${column} of type ${type}; give it one`)
  }
}
