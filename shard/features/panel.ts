/** Panels of rooms: messages with buttons that show how things stand. All of it is in the database; any process may answer any press. */
import { createHash } from 'node:crypto'
import { type RESTPostAPIChannelMessageJSONBody, Routes } from 'discord.js'
import { z } from 'zod'
import { UserError } from '../../cluster/runtime/errors.ts'
import type { ChannelId, GuildId, UserId } from '../../cluster/runtime/ids.ts'
import { type Db, transaction } from '../../sql/client.ts'
import { owe } from '../../sql/queries/outbox.ts'
import {
  dropRoomPanel,
  noteRoomPanel,
  type PanelRoom,
  putRoomPanel,
  roomPanelOf,
  scheduleRoomPanels,
} from '../../sql/queries/panels.ts'
import { codeOf, discordCode, paymentFor } from './discord.ts'
import type { JobHandler, OutboxPayer, Payment, Reply, Tools } from './feature.ts'
import { type Say, speakIn } from './language.ts'

/** A panel without the time at which it was written. */
export type PanelBody = Pick<RESTPostAPIChannelMessageJSONBody, 'embeds' | 'components'>

export interface Panel {
  readonly room: PanelRoom
  /** Reads how things stand and says it in the guild's language. */
  body(say: Say, guildId: GuildId, tools: Tools): Promise<PanelBody>
}

/** A panel is edited no more often than this, unless somebody presses one of its buttons. */
const everySeconds = 30

const hashOf = (body: PanelBody): string => createHash('sha256').update(JSON.stringify(body)).digest('hex')

async function render(panel: Panel, guildId: GuildId, tools: Tools) {
  const say = (await speakIn(tools.sql, [guildId]))(guildId)
  const body = await panel.body(say, guildId, tools)
  const timestamp = new Date(tools.clock.now()).toISOString()
  const stamped = { ...body, embeds: (body.embeds ?? []).map((embed) => ({ ...embed, timestamp })) }
  return { stamped, contentHash: hashOf(body) }
}

const posted = z.object({ id: z.string() })
const refused: readonly (number | undefined)[] = [
  discordCode.missingAccess,
  discordCode.missingPermissions,
  discordCode.unknownChannel,
]

/** Posts the panel and has the one before taken away, so that a guild has one. A `UserError` where the bot may not write. */
export async function postPanel(
  panel: Panel,
  p: {
    readonly guildId: GuildId
    readonly channelId: ChannelId
    readonly by: UserId
    /** The same for the same request, so that it is posted once however often it is tried. */
    readonly nonce: string
    readonly say: Say
  },
  tools: Tools,
): Promise<void> {
  const { guildId, channelId } = p
  const { room } = panel
  const { stamped, contentHash } = await render(panel, guildId, tools)
  const once = { nonce: p.nonce, enforce_nonce: true, allowed_mentions: { parse: [] } }
  const sent = await tools.rest
    .post(Routes.channelMessages(channelId), { body: { ...stamped, ...once } })
    .catch((error: unknown) => {
      if (!refused.includes(codeOf(error) ?? -1)) throw error
      throw new UserError('cannot_post', p.say('common:panel.cannot_post', { channel: `<#${channelId}>` }))
    })
  const { id: messageId } = posted.parse(sent)
  await transaction(tools.sql, async (db) => {
    const before = await putRoomPanel(db, { guildId, room, channelId, messageId, contentHash, postedBy: p.by })
    if (before === undefined || before.messageId === messageId) return
    const payload = { channelId: before.channelId, messageId: before.messageId }
    await owe(db, [{ guildId, kind: `${room}.unpanel`, sourceRef: before.messageId, payload }])
  })
  tools.wakeOutbox()
}

/** What a pressed panel shows now; the answer to the press replaces it. */
export async function pressedPanel(
  panel: Panel,
  interaction: { readonly message: { readonly id: string } | null },
  guildId: GuildId,
  tools: Tools,
): Promise<Reply> {
  const { stamped, contentHash } = await render(panel, guildId, tools)
  if (interaction.message !== null)
    await noteRoomPanel(tools.sql, { guildId, room: panel.room, messageId: interaction.message.id, contentHash })
  return stamped as Reply
}

/** Has the panels of these guilds looked at soon. Belongs in the transaction that changes what they show. */
export const touchPanels = (db: Db, room: PanelRoom, guildIds: readonly GuildId[]) =>
  scheduleRoomPanels(db, { guildIds, room, everySeconds })

/** `<room>.panel`: edits are owed one for each time that a look was planned. */
export const onPanelDue =
  (room: PanelRoom): JobHandler =>
  async (jobs, db, tools) => {
    await owe(
      db,
      jobs.map(({ guildId, dueAt }) => ({
        guildId,
        kind: `${room}.panel`,
        sourceRef: String(dueAt.getTime()),
        payload: {},
      })),
    )
    tools.wakeOutbox()
  }

const paid: Payment = { kind: 'paid' }

/** `<room>.panel`: makes the panel say what is true now, when that is news. One that somebody deleted is forgotten. */
export const payPanel =
  (panel: Panel): OutboxPayer =>
  async ({ guildId }, tools) => {
    const { room } = panel
    const stands = await roomPanelOf(tools.sql, { guildId, room })
    if (stands === undefined) return paid
    const { messageId } = stands
    const { stamped, contentHash } = await render(panel, guildId, tools)
    if (contentHash === stands.contentHash) return paid
    try {
      await tools.rest.patch(Routes.channelMessage(stands.channelId, messageId), {
        body: { ...stamped, allowed_mentions: { parse: [] } },
      })
    } catch (error) {
      const code = codeOf(error)
      if (code !== discordCode.unknownMessage && code !== discordCode.unknownChannel) return paymentFor(error)
      await dropRoomPanel(tools.sql, { guildId, room, messageId })
      return paid
    }
    await noteRoomPanel(tools.sql, { guildId, room, messageId, contentHash })
    return paid
  }

const gone = z.object({ channelId: z.string(), messageId: z.string() })

/** `<room>.unpanel`: takes a panel away that stands elsewhere now. Safe to repeat. */
export const payUnpanel: OutboxPayer = async (row, tools) => {
  const { channelId, messageId } = gone.parse(row.payload)
  try {
    await tools.rest.delete(Routes.channelMessage(channelId, messageId))
  } catch (error) {
    const code = codeOf(error)
    if (code !== discordCode.unknownMessage && code !== discordCode.unknownChannel) return paymentFor(error)
  }
  return paid
}
