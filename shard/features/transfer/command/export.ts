import { gzipSync } from 'node:zlib'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import type { GuildId } from '../../../../cluster/runtime/ids.ts'
import { partNames, type Row, readPart } from '../../../../sql/queries/transfer.ts'
import type { Reply, Tools } from '../../feature.ts'
import type { Say } from '../../language.ts'
import { csvLine } from '../rules/csv.ts'
import { formatVersion } from '../rules/file.ts'

/** Discord takes files of a bot up to 10 MiB in servers without boosts; the rest is for what is around them. */
export const largestAttachment = 9.5 * 1024 * 1024

type Rows = Readonly<Record<string, readonly Row[]>>

/** All that is kept for a guild at one moment: no two parts of it disagree. */
async function readAll(guildId: GuildId, { sql }: Tools): Promise<Rows> {
  return sql.begin('isolation level repeatable read read only', async (db) => {
    const found: Record<string, readonly Row[]> = {}
    for (const name of partNames) found[name] = [...(await readPart(db, guildId, name))]
    return found
  }) as Promise<Rows>
}

/** A table of members for spreadsheets and other bots: name, id when linked, minutes, points. */
function membersOf(all: Rows): string {
  const linked = new Map((all.links ?? []).map((row) => [String(row.kickName), String(row.discordId)]))
  const points = new Map((all.points ?? []).map((row) => [String(row.kickUsername), String(row.points)]))
  const minutes = new Map((all.watchtime ?? []).map((row) => [String(row.username), Number(row.minutes)]))
  const names = [...new Set([...minutes.keys(), ...points.keys()])].sort()
  const lines = names.map((name) =>
    csvLine([name, linked.get(name) ?? '', minutes.get(name) ?? 0, points.get(name) ?? '0']),
  )
  return `${[csvLine(['name', 'discord_id', 'minutes', 'points']), ...lines].join('\r\n')}\r\n`
}

/** Larger files are packed; what is still too large cannot be sent. */
function attachmentOf(say: Say, name: string, text: string): { attachment: Buffer; name: string } {
  const bytes = Buffer.from(text)
  if (bytes.length <= largestAttachment) return { attachment: bytes, name }
  const packed = gzipSync(bytes)
  if (packed.length <= largestAttachment) return { attachment: packed, name: `${name}.gz` }
  throw new UserError('too_large', say('transfer:error.export_too_large'))
}

/** Everything but secrets, as a file that `/server import` takes, and a table of members. */
export async function exportAll(say: Say, guildId: GuildId, tools: Tools): Promise<Reply> {
  const all = await readAll(guildId, tools)
  const exportedAt = new Date(tools.clock.now()).toISOString()
  const file = { format: 'belfry', version: formatVersion, server: guildId, exportedAt, parts: all }
  const day = exportedAt.slice(0, 10)
  return {
    content: say('transfer:exported'),
    files: [
      attachmentOf(say, `server-${guildId}-${day}.json`, JSON.stringify(file)),
      attachmentOf(say, `members-${guildId}-${day}.csv`, membersOf(all)),
    ],
  }
}
