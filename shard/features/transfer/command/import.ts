import { createHash, randomBytes } from 'node:crypto'
import { type ButtonInteraction, type ChatInputCommandInteraction, PermissionFlagsBits, Routes } from 'discord.js'
import { z } from 'zod'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { type GuildId, type UserId, userId } from '../../../../cluster/runtime/ids.ts'
import { type Db, transaction } from '../../../../sql/client.ts'
import { audit } from '../../../../sql/queries/audit.ts'
import { scheduleJobs } from '../../../../sql/queries/job.ts'
import { touchSettlement } from '../../../../sql/queries/settlement.ts'
import { scheduleTimers } from '../../../../sql/queries/timers.ts'
import { partOf } from '../../../../sql/queries/transfer/parts.ts'
import {
  claimFile,
  clearPart,
  clearSame,
  countTogether,
  explainBalances,
  isFileKnown,
  lockViewers,
  noteReplacedMinutes,
  partNames,
  saveDraft,
  takeDraft,
  type Way,
  writePart,
  writeTiersByName,
} from '../../../../sql/queries/transfer.ts'
import type { Button, Reply, Tools } from '../../feature.ts'
import { type Say, speakTo } from '../../language.ts'
import { seasons } from '../../seasons/index.ts'
import { bringItems } from '../../shop/index.ts'
import { type Content, namesChannels, readFile, withinChannels } from '../rules/file.ts'
import { type Chosen, type Mapping, readTotals, roles, type Unit } from '../rules/totals.ts'
import { doneView, faultsView, previewView } from '../view.ts'
import { download } from './download.ts'

const draftMinutes = 60
export const forgetKind = 'transfer.forget'

function needAdministrator(say: Say, interaction: ChatInputCommandInteraction | ButtonInteraction): void {
  if (!interaction.memberPermissions?.has(PermissionFlagsBits.Administrator))
    throw new UserError('administrator', say('transfer:error.administrator'))
}

interface Understood {
  readonly kind: 'understood'
  readonly content: Content
  readonly mapping?: Mapping
  readonly headings?: readonly string[]
}

/** What is in a file, or the answer that says why it is not taken. */
function understand(
  say: Say,
  text: string,
  p: { readonly guildId: GuildId; readonly chosen: Chosen; readonly now: number },
): Understood | { readonly kind: 'faulty'; readonly reply: Reply } {
  if (/^\uFEFF?\s*[{[]/.test(text)) {
    const read = readFile(text, p.guildId)
    if (read.kind === 'read') return { kind: 'understood', content: read.content }
    if (read.kind === 'faulty') return { kind: 'faulty', reply: faultsView(say, read.faults) }
    throw new UserError('bad_file', say(`transfer:error.${read.kind}`))
  }
  const read = readTotals(text, p.chosen, p.now)
  switch (read.kind) {
    case 'read':
      return { kind: 'understood', content: read.content, mapping: read.mapping, headings: read.table.headings }
    case 'faulty':
      return { kind: 'faulty', reply: faultsView(say, read.faults) }
    case 'empty':
      throw new UserError('bad_file', say('transfer:error.empty'))
    case 'no_column': {
      const headings = read.headings.slice(0, 20).map((heading) => heading.slice(0, 40).replaceAll('`', ''))
      throw new UserError(
        'no_column',
        say('transfer:error.no_column', { option: read.role, headings: `\`${headings.join('`, `')}\`` }),
      )
    }
  }
}

const channelsForm = z.array(z.object({ id: z.string() }))

/** Whatever a file says of itself: nobody may have the bot write into a channel of another server. */
async function within(content: Content, guildId: GuildId, { rest }: Tools): Promise<Content> {
  if (!namesChannels(content)) return content
  const own = channelsForm.parse(await rest.get(Routes.guildChannels(guildId)))
  return withinChannels(content, new Set(own.map(({ id }) => id)))
}

/** Reads and checks a file, and shows what it would change; nothing changes yet. */
export async function previewImport(
  interaction: ChatInputCommandInteraction,
  guildId: GuildId,
  tools: Tools,
): Promise<Reply> {
  const say = speakTo(interaction)
  needAdministrator(say, interaction)
  const text = await download(say, interaction.options.getAttachment('file', true), tools)
  const way = interaction.options.getString('way', true) as Way
  const unit = interaction.options.getString('unit') as Unit | null
  const columns = Object.fromEntries(
    roles.flatMap((role) => {
      const heading = interaction.options.getString(role)
      return heading === null ? [] : [[role, heading]]
    }),
  )
  const chosen = { columns, ...(unit !== null && { unit }) }
  const understood = understand(say, text, { guildId, chosen, now: tools.clock.now() })
  if (understood.kind === 'faulty') return understood.reply
  const content = await within(understood.content, guildId, tools)
  const body = JSON.stringify(content)
  // Of what is brought in, not of the file: read in another way, the same table is another one.
  const hashed = JSON.stringify({ ...content.rows, links: undefined, totals: content.totals })
  const fileRef = `import:${createHash('sha256').update(hashed).digest('hex').slice(0, 24)}`
  const draftRef = randomBytes(9).toString('base64url')
  const by = userId(interaction.user.id)
  await transaction(tools.sql, async (db) => {
    await saveDraft(db, { guildId, userId: by, draftRef, way, fileRef, body })
    const runAt = new Date(tools.clock.now() + draftMinutes * 60_000)
    await scheduleJobs(db, [{ guildId, kind: forgetKind, ref: by, runAt, payload: { draftRef } }])
  })
  const isKnown = way !== 'replace' && (await isFileKnown(tools.sql, { guildId, fileRef }))
  return previewView(say, { ...understood, content, way, isKnown, guildId, draftRef })
}

export interface Brought {
  readonly viewers: number
  readonly minutes: string
  readonly points: string
}

/** Writes all that is in a file in this transaction; undefined when it was added or merged before. */
async function bringIn(
  db: Db,
  say: Say,
  p: {
    readonly guildId: GuildId
    readonly by: UserId
    readonly way: Way
    readonly fileRef: string
    readonly draftRef: string
    readonly content: Content
    /** Milliseconds. */
    readonly now: number
  },
): Promise<Brought | undefined> {
  const { guildId, way, content } = p
  if (way !== 'replace' && !(await claimFile(db, { guildId, fileRef: p.fileRef, way, userId: p.by }))) return undefined
  // What a file replaces it may replace again, and every change of a balance is written down.
  const fileRef = way === 'replace' ? `${p.fileRef}:${p.draftRef}` : p.fileRef
  await lockViewers(db, guildId)
  await seasons.holdPoints(db, { guildId, step: 'before' })
  if (way === 'replace' && content.rows.watchtime !== undefined)
    await noteReplacedMinutes(db, { guildId, fileRef, actorId: p.by, rows: JSON.stringify(content.rows.watchtime) })
  const isWhole = content.rows.watchtime !== undefined || content.rows.points !== undefined
  for (const name of partNames) {
    const given = content.rows[name]
    if (given === undefined) continue
    const written = { guildId, name, rows: JSON.stringify(given) }
    const { wins } = partOf(name)
    if (wins === 'matched') continue
    if (way === 'replace' && (isWhole || wins === 'file')) await clearPart(db, { guildId, name })
    else if (wins === 'counted') continue
    else if (wins === 'file') await clearSame(db, written)
    await writePart(db, written)
  }
  if (content.rows.timers !== undefined) await scheduleTimers(db, [guildId])
  if (content.tiersByName.length > 0) await writeTiersByName(db, { guildId, rows: JSON.stringify(content.tiersByName) })
  const brought = await countIn()
  await seasons.holdPoints(db, { guildId, step: 'after' })
  const items = content.rows.shop_items
  if (items !== undefined)
    await bringItems(db, say, {
      guildId,
      by: p.by,
      rows: JSON.stringify(items),
      isWhole: way === 'replace',
      now: p.now,
    })
  return brought

  async function countIn(): Promise<Brought | undefined> {
    if (way === 'replace' && isWhole) {
      await explainBalances(db, { guildId, fileRef, actorId: p.by })
      return {
        viewers: content.totals.length,
        minutes: sumOf(content.totals, 'minutes'),
        points: sumOf(content.totals, 'points'),
      }
    }
    const rows = JSON.stringify(content.totals)
    const [sums] = await countTogether(db, { guildId, way, fileRef, actorId: p.by, rows })
    return sums
  }
}

const sumOf = (totals: Content['totals'], what: 'minutes' | 'points'): string =>
  String(totals.reduce((sum, total) => sum + BigInt(total[what] ?? 0), 0n))

/** Brings in what was shown, all of it or nothing. A second press finds nothing to do. */
export const confirm: Button = {
  async run(interaction, guildId, [draftRef = ''], tools) {
    const say = speakTo(interaction)
    needAdministrator(say, interaction)
    const by = userId(interaction.user.id)
    const brought = await transaction(tools.sql, async (db) => {
      const draft = await takeDraft(db, { guildId, userId: by, draftRef })
      if (draft === undefined) throw new UserError('gone', say('transfer:error.gone'))
      const content = JSON.parse(draft.body) as Content
      const done = await bringIn(db, say, { ...draft, guildId, by, draftRef, content, now: tools.clock.now() })
      if (done === undefined) return undefined
      for (const kind of ['watchtime', 'points', 'roles'] as const)
        await touchSettlement(db, { kind, guildIds: [guildId] })
      const newValue = `${draft.way}: ${done.viewers} viewers, ${done.minutes} minutes, ${done.points} points`
      await audit(db, [
        { guildId, source: 'import', actorId: by, action: 'transfer.import', subject: draft.fileRef, newValue },
      ])
      return done
    })
    tools.wakeOutbox()
    return doneView(say, brought)
  },
}

/** Throws a draft away. */
export const cancel: Button = {
  async run(interaction, guildId, [draftRef = ''], tools) {
    await takeDraft(tools.sql, { guildId, userId: userId(interaction.user.id), draftRef })
    return { content: speakTo(interaction)('transfer:cancelled') }
  },
}
