import type { ChatInputCommandInteraction } from 'discord.js'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { channelId, type GuildId, type UserId, userId } from '../../../../cluster/runtime/ids.ts'
import { type Db, transaction } from '../../../../sql/client.ts'
import { audit } from '../../../../sql/queries/audit.ts'
import { eligibleIn, listedEntry } from '../../../../sql/queries/entries.ts'
import {
  cancelGiveaway,
  type Giveaway,
  type GiveawayStatus,
  giveawaysIn,
  lockGiveaway,
  stopGiveaway,
  totalsOf,
} from '../../../../sql/queries/giveaways.ts'
import { cancelJob } from '../../../../sql/queries/job.ts'
import { owe } from '../../../../sql/queries/outbox.ts'
import { drawOf, openingsOf, voidWinner, winnersOf } from '../../../../sql/queries/winners.ts'
import { codeOf } from '../../discord.ts'
import type { Reply, Tools } from '../../feature.ts'
import { type Say, speakTo } from '../../language.ts'
import { drawNext, freeze } from '../job/draw.ts'
import { announceClosing, sayInChat } from '../job/tell.ts'
import { announceWinners } from '../job/winners.ts'
import { postPanel } from '../outbox/panel.ts'
import { asksRoleOfWinners } from '../rules/choices.ts'
import { proofOf } from '../rules/proof.ts'
import { listView, proofView, showView } from '../view/admin.ts'
import { pageOf, personView } from '../view/panel.ts'
import { existing, refusals } from './permission.ts'

export type Run = (interaction: ChatInputCommandInteraction, guildId: GuildId, tools: Tools) => Promise<Reply>

const numberOf = ({ options }: ChatInputCommandInteraction): number => options.getInteger('number', true)

/** Who does something, and by which way. */
export interface By {
  readonly source: 'discord' | 'dashboard'
  readonly actorId?: UserId
}

const byOf = (interaction: ChatInputCommandInteraction): By => ({
  source: 'discord',
  actorId: userId(interaction.user.id),
})

/** Has the panel say what was just decided. In the transaction that decides. */
const oweChange = (db: Db, { guildId, id }: Giveaway, what: string) =>
  owe(db, [{ guildId, kind: 'giveaways.panel', sourceRef: `${what}:${id}`, payload: { id } }])

/** Ends a giveaway without a draw; gives whether it ran. In the caller's transaction. */
export async function stop(db: Db, of: { guildId: GuildId; id: number }, by: By, tools: Tools): Promise<boolean> {
  const [stopped] = await stopGiveaway(db, of)
  if (stopped === undefined) return false
  await cancelJob(db, { guildId: of.guildId, kind: 'giveaways.end', ref: String(of.id) })
  await oweChange(db, stopped, 'stopped')
  await sayInChat(db, stopped, { kind: 'stopped' }, tools)
  await audit(db, [{ guildId: of.guildId, ...by, action: 'giveaways.stop', subject: `#${of.id}` }])
  tools.wakeOutbox()
  return true
}

/**
 * Freezes the list of a giveaway so that it is drawn when its round has come; gives how many people stand in it. Throws a `UserError` for
 * one that cannot be drawn or has no entrants, which changes nothing. In the caller's transaction.
 */
export async function beginDraw(
  say: Say,
  db: Db,
  of: { guildId: GuildId; id: number },
  by: By,
  tools: Tools,
): Promise<{ readonly giveaway: Giveaway; readonly people: number }> {
  const giveaway = await lockGiveaway(db, of)
  const number = String(of.id)
  if (giveaway === undefined) throw new UserError('no_giveaway', say('giveaways:error.unknown', { number }))
  const key = { guildId: of.guildId, giveawayId: of.id }
  switch (giveaway.status) {
    case 'active':
    case 'ended':
      break
    case 'drawing':
      throw new UserError('drawing', say('giveaways:error.drawing', { number }))
    case 'completed':
      throw new UserError('drawn', say('giveaways:error.drawn', { number }))
    case 'cancelled':
    case 'pending':
      throw new UserError('not_drawable', say('giveaways:error.not_drawable', { number }))
  }
  if (giveaway.commitment === null) throw new UserError('no_seed', say('giveaways:error.no_seed', { number }))
  const people = (await eligibleIn(db, key)) === 0 ? 0 : await freeze(db, key, by.actorId ?? null, tools)
  if (people === 0) throw new UserError('no_entrants', say('giveaways:error.no_entrants', { number }))
  await cancelJob(db, { guildId: of.guildId, kind: 'giveaways.end', ref: number })
  await audit(db, [{ guildId: of.guildId, ...by, action: 'giveaways.draw', subject: `#${number}` }])
  tools.wakeOutbox()
  return { giveaway, people }
}

const everyStatus: readonly GiveawayStatus[] = ['active', 'drawing', 'ended', 'completed', 'cancelled', 'pending']

export const manage: Readonly<Record<string, Run>> = {
  async list(interaction, guildId, { sql }) {
    const all = await giveawaysIn(sql, { guildId, statuses: everyStatus, limit: 25 })
    const totals = await totalsOf(sql, { guildId, ids: all.map(({ id }) => id) })
    return listView(speakTo(interaction), all, totals)
  },

  async show(interaction, guildId, tools) {
    const say = speakTo(interaction)
    const id = numberOf(interaction)
    await existing(say, tools.sql, guildId, id)
    let note = ''
    if (interaction.options.getBoolean('post') === true) {
      const channel = channelId(interaction.channelId)
      try {
        await postPanel({ guildId, id, channelId: channel, nonce: interaction.id }, tools)
      } catch (error) {
        if (!refusals.has(codeOf(error))) throw error
        throw new UserError('cannot_post', say('giveaways:error.cannot_post', { channel: `<#${channel}>` }))
      }
      await closeAgain(tools, { guildId, id }, interaction.id)
      note = say('giveaways:posted', { channel: `<#${channel}>` })
    }
    const [giveaway, [totals], winners] = await Promise.all([
      existing(say, tools.sql, guildId, id),
      totalsOf(tools.sql, { guildId, ids: [id] }),
      winnersOf(tools.sql, { guildId, giveawayId: id }),
    ])
    return showView(say, { giveaway, totals: totals ?? { people: 0, tickets: '0' }, winners, note })
  },

  async stop(interaction, guildId, tools) {
    const say = speakTo(interaction)
    const id = numberOf(interaction)
    const number = String(id)
    const { status } = await existing(say, tools.sql, guildId, id)
    const stopped = await transaction(tools.sql, (db) => stop(db, { guildId, id }, byOf(interaction), tools))
    if (!stopped) {
      const now = say(`giveaways:status.${status === 'active' ? 'ended' : status}`)
      throw new UserError('not_running', say('giveaways:error.not_running', { number, status: now }))
    }
    return { content: say('giveaways:stopped', { number }) }
  },

  async draw(interaction, guildId, tools) {
    const say = speakTo(interaction)
    const id = numberOf(interaction)
    const { giveaway, people } = await transaction(tools.sql, (db) =>
      beginDraw(say, db, { guildId, id }, byOf(interaction), tools),
    )
    const winners = Math.min(people, giveaway.maxWinners)
    const channel = giveaway.channelId === null ? '' : `<#${giveaway.channelId}>`
    return {
      content: say('giveaways:drawing', {
        number: String(id),
        people: say('giveaways:people', { count: people }),
        count: winners,
        channel,
      }),
    }
  },

  async reroll(interaction, guildId, tools) {
    const say = speakTo(interaction)
    const id = numberOf(interaction)
    const number = String(id)
    const place = interaction.options.getInteger('winner')
    const of = { guildId, giveawayId: id }
    const next = await transaction(tools.sql, async (db) => {
      const giveaway = await lockGiveaway(db, { guildId, id })
      if (giveaway === undefined) throw new UserError('no_giveaway', say('giveaways:error.unknown', { number }))
      const standing = (await winnersOf(db, of)).filter(({ state }) => state !== 'void')
      const isOurs = giveaway.status === 'completed' && giveaway.listHash !== null
      if (!isOurs) throw new UserError('not_drawn', say('giveaways:error.not_drawn', { number }))
      if (place === null && standing.length > 1)
        throw new UserError('which_winner', say('giveaways:error.which_winner', { count: standing.length }))
      const old = place === null ? standing[0] : standing.find(({ nonce }) => nonce === place - 1)
      if (old === undefined) throw new UserError('no_winner', say('giveaways:error.no_winner', { number }))
      const nonce = await drawNext(db, of, tools)
      if (nonce === undefined) throw new UserError('nobody_left', say('giveaways:error.nobody_left', { number }))
      await voidWinner(db, { ...of, nonce: old.nonce, reason: 'rerolled', evenClaimed: true })
      await cancelJob(db, { guildId, kind: 'giveaways.claim', ref: `${id}:${old.nonce}` })
      const news = { kind: 'won', nonces: [nonce], instead: old.nonce } as const
      await announceWinners(db, giveaway, news, tools)
      await audit(db, [
        {
          guildId,
          ...byOf(interaction),
          action: 'giveaways.reroll',
          subject: `#${number}`,
          oldValue: `roll ${old.nonce + 1}`,
          newValue: `roll ${nonce + 1}`,
        },
      ])
      return { nonce, isAsked: asksRoleOfWinners(giveaway) }
    })
    tools.wakeOutbox()
    const winner = (await winnersOf(tools.sql, of)).find(({ nonce }) => nonce === next.nonce)
    const name = winner === undefined ? '?' : personView(winner)
    return { content: say(next.isAsked ? 'giveaways:rerolled_role' : 'giveaways:rerolled', { number, name }) }
  },

  async cancel(interaction, guildId, tools) {
    const say = speakTo(interaction)
    const id = numberOf(interaction)
    const number = String(id)
    const { status } = await existing(say, tools.sql, guildId, id)
    const isCancelled = await transaction(tools.sql, async (db) => {
      const [cancelled] = await cancelGiveaway(db, { guildId, id })
      if (cancelled === undefined) return false
      await cancelJob(db, { guildId, kind: 'giveaways.end', ref: number })
      await oweChange(db, cancelled, 'cancelled')
      await sayInChat(db, cancelled, { kind: 'cancelled' }, tools)
      await audit(db, [{ guildId, ...byOf(interaction), action: 'giveaways.cancel', subject: `#${number}` }])
      return true
    })
    if (!isCancelled)
      throw new UserError(
        'not_cancellable',
        say('giveaways:error.not_cancellable', { number, status: say(`giveaways:status.${status}`) }),
      )
    tools.wakeOutbox()
    return { content: say('giveaways:cancelled', { number }) }
  },

  async proof(interaction, guildId, tools) {
    const by = userId(interaction.user.id)
    return showProof(speakTo(interaction), { guildId, id: numberOf(interaction), by }, tools)
  },
}

/** A frozen list that could be announced nowhere is announced where the panel stands now. */
async function closeAgain(tools: Tools, of: { guildId: GuildId; id: number }, wish: string): Promise<void> {
  await transaction(tools.sql, async (db) => {
    const giveaway = await lockGiveaway(db, of)
    if (giveaway?.status !== 'drawing' || giveaway.closingMessageId !== null) return
    await announceClosing(db, { guildId: of.guildId, giveawayId: of.id }, `:${wish}`)
  })
  tools.wakeOutbox()
}

/** What anybody may see of how a giveaway was drawn, and to whoever asks their own entry. */
export async function showProof(
  say: Say,
  { guildId, id, by }: { readonly guildId: GuildId; readonly id: number; readonly by: UserId },
  { sql, publicUrl }: Tools,
): Promise<Reply> {
  const of = { guildId, giveawayId: id }
  const [giveaway, draw, winners, openings, [own]] = await Promise.all([
    existing(say, sql, guildId, id),
    drawOf(sql, of),
    winnersOf(sql, of),
    openingsOf(sql, of),
    listedEntry(sql, { ...of, userId: by }),
  ])
  const url = pageOf(publicUrl, giveaway)
  return proofView(say, { giveaway, proof: proofOf(of, draw, winners, openings), winners, own, url })
}
