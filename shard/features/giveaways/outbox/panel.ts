import { createHash } from 'node:crypto'
import { Routes } from 'discord.js'
import { z } from 'zod'
import type { ChannelId, GuildId } from '../../../../cluster/runtime/ids.ts'
import { giveawayOf, savePanel, totalsOf } from '../../../../sql/queries/giveaways.ts'
import { winnersOf } from '../../../../sql/queries/winners.ts'
import { codeOf, discordCode, paymentFor } from '../../discord.ts'
import type { OutboxPayer, Payment, Tools } from '../../feature.ts'
import { speakIn } from '../../language.ts'
import { panelMessage } from '../view/panel.ts'

const paid: Payment = { kind: 'paid' }
const posted = z.object({ id: z.string() })
const panelForm = z.object({ id: z.int(), isNew: z.boolean().optional() })

/** What the panel of a giveaway has to say now, and a fingerprint of it; undefined when there is no such giveaway. */
async function panelNow(guildId: GuildId, id: number, tools: Tools) {
  const [giveaway, [totals], winners, sayFor] = await Promise.all([
    giveawayOf(tools.sql, { guildId, id }),
    totalsOf(tools.sql, { guildId, ids: [id] }),
    winnersOf(tools.sql, { guildId, giveawayId: id }),
    speakIn(tools.sql, [guildId]),
  ])
  if (giveaway === undefined) return undefined
  const body = panelMessage(sayFor(guildId), { giveaway, totals: totals ?? { people: 0, tickets: '0' }, winners })
  return { giveaway, body, hash: createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 32) }
}

/**
 * Posts the panel of a giveaway into a channel, which becomes the one where its news appear. The same `nonce` posts it once. Throws what
 * the REST client throws.
 */
export async function postPanel(
  p: { readonly guildId: GuildId; readonly id: number; readonly channelId: ChannelId; readonly nonce: string },
  tools: Tools,
): Promise<void> {
  const now = await panelNow(p.guildId, p.id, tools)
  if (now === undefined) return
  const body = { ...now.body, nonce: p.nonce, enforce_nonce: true }
  const message = posted.parse(await tools.rest.post(Routes.channelMessages(p.channelId), { body }))
  await savePanel(tools.sql, { ...p, messageId: message.id, hash: now.hash })
}

/** Has the panel say what is true now: posts one that is new, edits one that says something else, and leaves one alone that was deleted. */
export const payPanel: OutboxPayer = async (row, tools) => {
  const { id, isNew } = panelForm.parse(row.payload)
  const now = await panelNow(row.guildId, id, tools)
  if (now === undefined) return paid
  const { channelId, messageId, panelHash } = now.giveaway
  try {
    if (channelId === null || (messageId === null && isNew !== true)) return paid
    if (messageId === null) await postPanel({ guildId: row.guildId, id, channelId, nonce: row.outboxId }, tools)
    else if (panelHash !== now.hash) {
      await tools.rest.patch(Routes.channelMessage(channelId, messageId), { body: now.body })
      await savePanel(tools.sql, { guildId: row.guildId, id, channelId: null, messageId, hash: now.hash })
    }
    return paid
  } catch (error) {
    if (codeOf(error) !== discordCode.unknownMessage) return paymentFor(error)
    await savePanel(tools.sql, { guildId: row.guildId, id, channelId: null, messageId: null, hash: null })
    return paid
  }
}
