import type { Db } from '../client.ts'
import type { Catalogue, Table } from './catalogue.ts'
import { send } from './context.ts'
import { guildNamedIn, namesGuild } from './rows.ts'
import { isSetAside, type Shape, type SourceName, shapeOf, sourceNames } from './shape.ts'

/** How rows that name no guild find one. */
export interface Answers {
  /** What the operator says: a guild id, or `none`, which sets these rows aside. */
  readonly guild?: string | undefined
  /** `DISCORD_GUILD_ID`. */
  readonly onlyGuild?: string | undefined
  /** Asks Discord for the guilds the bot is in; two are enough to know that there is more than one. Undefined without a token. */
  readonly guildsOfBot?: (() => Promise<readonly string[]>) | undefined
}

/** All decisions, made before anything is changed; plain JSON. */
export interface Plan {
  readonly generation: string
  /** Where rows without a guild go; null when there are none, or when they are set aside. */
  readonly guildId: string | null
  /** Who said so; ends the sentence "rows without a guild go to …, …". */
  readonly decidedBy: string
  /** Every guild that the old rows name. */
  readonly guilds: readonly string[]
  /** By table, how many rows there were and how many named no guild. */
  readonly rows: Readonly<Record<string, { readonly all: number; readonly withoutGuild: number }>>
  /** What an operator should know beforehand. */
  readonly warnings: readonly string[]
}

/** The migration cannot decide; nothing was changed. The message is one question, and how to answer it. */
export class LegacyQuestion extends Error {
  override readonly name = 'LegacyQuestion'
}

/** Decides what becomes of the old database, or throws a {@link LegacyQuestion}. Reads only. */
export async function decide(db: Db, catalogue: Catalogue, answers: Answers): Promise<Plan> {
  const shape = shapeOf(catalogue)
  refuseStrange(shape)
  await refuseWithoutRights(db, [...catalogue.keys()])
  const rows: Record<string, { all: number; withoutGuild: number }> = {}
  for (const [name, table] of shape.tables) rows[name] = await countRows(db, name, table)
  const guilds = await guildsNamed(db, shape)
  const homeless = Object.entries(rows)
    .map(([name, { withoutGuild }]) => ({ name, rows: withoutGuild }))
    .filter(({ name, rows: count }) => count > 0 && !findsItself(name, shape, guilds))
  const answer = homeless.length === 0 ? undefined : await findGuild(db, shape, answers, homeless)
  // It becomes part of statements.
  if (answer?.guildId != null && !/^[1-9]\d{0,18}$/.test(answer.guildId))
    throw new RangeError('a guild id is a number of at most 19 digits')
  return {
    generation: shape.generation,
    guildId: answer?.guildId ?? null,
    decidedBy: answer?.decidedBy ?? 'every row names its own',
    guilds,
    rows,
    warnings: warningsAbout(shape),
  }
}

function refuseStrange({ strange }: Shape): void {
  if (strange.length === 0) return
  throw new LegacyQuestion(
    `Is ${strange.map((name) => `the table ${name}`).join(' and ')} in schema public needed? The columns are neither ours nor those of ` +
      `the bot before. Rename what is to be kept, drop what is not, and start again. Nothing was changed.`,
  )
}

/** What cannot be done half way: a schema has to be made, and tables moved, which takes their owner. */
async function refuseWithoutRights(db: Db, tables: readonly string[]): Promise<void> {
  const lacking = await db<{ what: string; user: string }[]>`
    select 'the table ' || c.relname as what, current_user::text as user
      from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relname = any(${tables.filter(isOfBot)}::text[])
       and not pg_has_role(c.relowner, 'usage')
    union all
    select 'the database', current_user::text
     where not has_database_privilege(current_database(), 'create')
    union all
    select 'the schema public', current_user::text
     where not has_schema_privilege('public', 'create')
    order by 1`
  if (lacking.length === 0) return
  const first = lacking.slice(0, 3).map(({ what }) => what)
  throw new LegacyQuestion(
    `May the user ${lacking[0]?.user} of DATABASE_URL change ${first.join(', ')}${lacking.length > first.length ? ', …' : ''}? Its tables must belong ` +
      'to it, and it needs the right to create in the database and in schema public. Grant that, or use another user, and start again. Nothing ' +
      'was changed.',
  )
}

const isOfBot = (name: string): boolean => isSetAside(name) || sourceNames.some((source) => source === name)

async function countRows(db: Db, name: string, table: Table) {
  const [row] = await send<{ all: string; without: string }>(
    db,
    `select count(*) as all, count(*) filter (where ${guildNamedIn(table, 't')} is null) as without from public.${name} t`,
  )
  return { all: Number(row?.all ?? 0), withoutGuild: Number(row?.without ?? 0) }
}

/** Rows that name no guild and are for all of them: settings of a table that has guilds, rates that applied to several, default tiers. */
function findsItself(name: string, { tables }: Shape, guilds: readonly string[]): boolean {
  const table = tables.get(name as SourceName)
  switch (name) {
    case 'bot_settings':
      return table !== undefined && namesGuild(table)
    case 'point_settings':
      return table !== undefined && (namesGuild(table) || guilds.length > 1)
    case 'watchtime_roles':
      return guilds.length > 0
    case 'gtb_guesses':
    case 'gtb_winners':
      return tables.has('gtb_sessions') // which says whose they are
    case 'raffle_tickets':
    case 'raffle_watchtime_converted':
    case 'raffle_gifted_subs':
    case 'raffle_shuffle_wagers':
    case 'raffle_draws':
      return tables.has('raffle_periods')
    default:
      return false
  }
}

async function guildsNamed(db: Db, { tables, servers }: Shape): Promise<string[]> {
  const named = [...tables, ...(servers === undefined ? [] : [['servers', servers] as const])].filter(([, table]) =>
    namesGuild(table),
  )
  if (named.length === 0) return []
  const rows = await send<{ guild: string }>(
    db,
    `select distinct guild::text as guild
       from (${named.map(([name, table]) => `select distinct ${guildNamedIn(table, 't')} as guild from public.${name} t`).join(' union all ')}) g
      where guild > 0
      order by guild`,
  )
  return rows.map(({ guild }) => guild)
}

async function findGuild(
  db: Db,
  { servers }: Shape,
  answers: Answers,
  homeless: readonly { name: string; rows: number }[],
): Promise<{ guildId: string | null; decidedBy: string }> {
  if (answers.guild === 'none') return { guildId: null, decidedBy: 'the operator sets them aside' }
  if (answers.guild !== undefined) return { guildId: answers.guild, decidedBy: 'as the operator says' }
  if (answers.onlyGuild !== undefined) return { guildId: answers.onlyGuild, decidedBy: 'as DISCORD_GUILD_ID says' }
  const known = servers === undefined ? [] : await serversKnown(db, servers)
  const [only] = known
  if (only !== undefined && known.length === 1) return { guildId: only, decidedBy: 'the only row of the table servers' }
  const { guilds: joined, failure } = await askDiscord(answers)
  const [single] = joined
  if (single !== undefined && joined.length === 1)
    return { guildId: single, decidedBy: 'the only server the bot is in' }
  const where = homeless.map(({ name, rows }) => `${rows} in ${name}`).join(', ')
  const candidates = known.length > 1 ? ` The table servers knows ${known.join(', ')}.` : ''
  throw new LegacyQuestion(
    `To which Discord server do the rows of the bot before belong that name none (${where})?${candidates}${failure} Answer with ` +
      'LEGACY_GUILD_ID=<server id>, or npm run migrate -- --guild <server id>; "none" in place of the id sets these rows aside. Then start ' +
      'again. Nothing was changed.',
  )
}

async function serversKnown(db: Db, servers: Table): Promise<string[]> {
  const rows = await send<{ guild: string }>(
    db,
    `select distinct guild::text as guild from (select ${guildNamedIn(servers, 't')} as guild from public.servers t) g where guild > 0 order by 1 limit 20`,
  )
  return rows.map(({ guild }) => guild)
}

async function askDiscord({ guildsOfBot }: Answers): Promise<{ guilds: readonly string[]; failure: string }> {
  if (guildsOfBot === undefined) return { guilds: [], failure: '' }
  try {
    return { guilds: await guildsOfBot(), failure: '' }
  } catch {
    return { guilds: [], failure: ' Discord could not be asked.' } // then the operator is
  }
}

function warningsAbout({ tables, refused }: Shape): string[] {
  const fixed = [...tables].flatMap(([name, table]) => {
    const column = table.columns.get('discord_server_id')
    const guild = /\d{15,20}/.exec(column?.default ?? '')?.[0]
    return guild === undefined
      ? []
      : [
          `${name}.discord_server_id has the default ${guild}: rows of that guild may have been written by code that forgot the column`,
        ]
  })
  return [...refused.map(({ table, why }) => `${table} is not brought over: ${why}`), ...fixed]
}
