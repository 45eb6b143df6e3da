import type { GuildId } from '../../../cluster/runtime/ids.ts'
import type { Sql } from '../../../sql/client.ts'
import type { World } from './world.ts'

/** What tells one server's data from another's that has the same names: a word in its texts, how its amounts end, and its ids. */
export interface Marks {
  readonly word: string
  /** How amounts end: `3571` in 13571 and in 1,313,571. */
  readonly ending: string
  readonly ids: ReadonlySet<string>
}

const notAmounts = [
  /<t:\d+(:\w)?>/g, // a moment
  /\b[0-9a-f]{24,}\b/g, // hashes, seeds and nonces
  /\bhttps?:\/\/[\d.]+:\d+/g, // stand-ins on this machine
  /\b\d{4}-\d\d-\d\dT[\d:.]+Z?/g,
]

/** The marks of somebody else that stand in a text; amounts may be written with separators and cents. */
export function foreignIn(text: string, marks: Marks): string[] {
  const found: string[] = []
  if (text.toLowerCase().includes(marks.word)) found.push(marks.word)
  for (const [id] of text.matchAll(/\d{15,20}/g)) if (marks.ids.has(id)) found.push(id)
  const plain = notAmounts.reduce((rest, pattern) => rest.replace(pattern, ' '), text)
  for (const [amount] of plain.matchAll(/(?<![\w.])\d[\d,]{3,12}(?!\w)/g)) {
    const digits = amount.replaceAll(',', '')
    if (digits.length <= 9 && digits.endsWith(marks.ending)) found.push(amount)
  }
  return found
}

/** Every table whose rows belong to guilds. */
export async function tablesOfGuilds(sql: Sql): Promise<readonly string[]> {
  const rows = await sql<{ name: string }[]>`
    select c.relname as name from pg_class c
      join pg_attribute a on a.attrelid = c.oid and a.attname = 'discord_server_id' and not a.attisdropped
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
     order by c.relname`
  return rows.map(({ name }) => name)
}

/** A checksum of all rows of a table that are not this guild's, by table. */
export async function othersThan(
  sql: Sql,
  guildId: GuildId,
  tables: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const parts = tables.map(
    (table) =>
      `select '${table}' as name, count(*) || ':' || coalesce(sum(hashtextextended(t::text, 0)), 0) as checksum
         from "${table}" t where t.discord_server_id <> ${BigInt(guildId)}`,
  )
  const rows = await sql.unsafe<{ name: string; checksum: string }[]>(parts.join(' union all '))
  return Object.fromEntries(rows.map(({ name, checksum }) => [name, checksum]))
}

/** What went out into the world since somebody looked: to Discord, into stream chat, and to the dashboard. */
export class Sent {
  readonly #world: World
  #rest = 0
  #spoken = 0
  #told = 0

  constructor(world: World) {
    this.#world = world
  }

  look() {
    const { discord, kick, told } = this.#world
    const rest = discord.ledger.rest.slice(this.#rest)
    const spoken = kick.control.spoken.slice(this.#spoken)
    const events = told.slice(this.#told)
    this.#rest += rest.length
    this.#spoken += spoken.length
    this.#told += events.length
    return {
      /** Each as a line. */
      asked: rest.map(({ method, path, query, body }) => `${method} ${path} ${query} ${JSON.stringify(body)}`),
      spoken: spoken.map(({ channel, content }) => ({ slug: channel.slug, content })),
      events: events.map(({ subject, body }) => ({ guildId: subject.split('.')[1], text: JSON.stringify(body) })),
    }
  }
}
