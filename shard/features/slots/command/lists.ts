import type { ChatInputCommandInteraction } from 'discord.js'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { type GuildId, userId } from '../../../../cluster/runtime/ids.ts'
import { transaction } from '../../../../sql/client.ts'
import { type AuditEntry, audit } from '../../../../sql/queries/audit.ts'
import {
  blacklist,
  blacklistOf,
  catalogueOf,
  removeCatalogueSlot,
  saveCatalogueSlot,
  unblacklist,
} from '../../../../sql/queries/slotlists.ts'
import { addReward, removeReward, rewardsOf } from '../../../../sql/queries/slotpicks.ts'
import { beginLists, holdLists } from '../../../../sql/queries/slots.ts'
import type { Reply, Tools } from '../../feature.ts'
import { speakTo } from '../../language.ts'
import { money, plain } from '../../text.ts'
import { viewerOf } from '../../viewer.ts'
import { limits, readCall } from '../rules.ts'
import { blacklistView, catalogueView, rewardsView } from '../view.ts'

type Run = (interaction: ChatInputCommandInteraction, guildId: GuildId, tools: Tools) => Promise<Reply>

const noteOf = (
  interaction: ChatInputCommandInteraction,
  guildId: GuildId,
  entry: Pick<AuditEntry, 'action' | 'subject' | 'oldValue' | 'newValue' | 'reason'>,
): AuditEntry => ({ guildId, source: 'discord', actorId: userId(interaction.user.id), ...entry })

// --- Who may not ask ------------------------------------------------------------------------------------------------------

const blacklistRuns: Readonly<Record<string, Run>> = {
  async add(interaction, guildId, { sql }) {
    const say = speakTo(interaction)
    const username = await viewerOf(say, interaction, guildId, sql)
    const reason = interaction.options.getString('reason')?.trim().slice(0, limits.reason) || null
    const isNews = await transaction(sql, async (db) => {
      const rows = await blacklist(db, { guildId, username, reason, by: userId(interaction.user.id) })
      if (rows.length === 0) return false
      await audit(db, [noteOf(interaction, guildId, { action: 'slots.block', subject: username, reason })])
      return true
    })
    return { content: say(isNews ? 'slots:blacklist.added' : 'slots:blacklist.was_on', { name: plain(username) }) }
  },
  async remove(interaction, guildId, { sql }) {
    const say = speakTo(interaction)
    const username = await viewerOf(say, interaction, guildId, sql)
    const wasOn = await transaction(sql, async (db) => {
      const rows = await unblacklist(db, { guildId, username })
      if (rows.length === 0) return false
      await audit(db, [noteOf(interaction, guildId, { action: 'slots.unblock', subject: username })])
      return true
    })
    return { content: say(wasOn ? 'slots:blacklist.removed' : 'slots:blacklist.not_on', { name: plain(username) }) }
  },
  async list(interaction, guildId, { sql }) {
    return blacklistView(speakTo(interaction), await blacklistOf(sql, { guildId, limit: 100 }))
  },
  async check(interaction, guildId, { sql }) {
    const say = speakTo(interaction)
    const username = await viewerOf(say, interaction, guildId, sql)
    const found = await blacklistOf(sql, { guildId, username, limit: 1 })
    return found.length === 0
      ? { content: say('slots:blacklist.not_on', { name: plain(username) }) }
      : blacklistView(say, found)
  },
}

// --- What may be won ------------------------------------------------------------------------------------------------------

const cents = (amount: number): number => Math.round(amount * 100)

const rewardRuns: Readonly<Record<string, Run>> = {
  async add(interaction, guildId, { sql }) {
    const say = speakTo(interaction)
    const { options } = interaction
    const reward = {
      type: readCall([options.getString('type', true)]).slice(0, 60),
      amount: cents(options.getNumber('amount', true)),
      chance: cents(options.getNumber('chance', true)),
    }
    if (reward.type === '' || reward.amount < 1 || reward.chance < 1)
      throw new UserError('reward', say('slots:error.reward'))
    const number = await transaction(sql, async (db) => {
      await beginLists(db, [guildId])
      await holdLists(db, [guildId])
      const id = await addReward(db, { guildId, reward, most: limits.rewards })
      if (id === undefined) throw new UserError('rewards', say('slots:error.rewards', { max: limits.rewards }))
      const newValue = JSON.stringify([reward.type, reward.amount, reward.chance])
      await audit(db, [noteOf(interaction, guildId, { action: 'slots.reward', subject: `#${id}`, newValue })])
      return id
    })
    return rewardsView(say, await rewardsOf(sql, guildId), say('slots:reward.added', { number }))
  },
  async remove(interaction, guildId, { sql }) {
    const say = speakTo(interaction)
    const id = interaction.options.getInteger('number', true)
    await transaction(sql, async (db) => {
      const [gone] = await removeReward(db, { guildId, id })
      if (gone === undefined) throw new UserError('no_reward', say('slots:error.no_reward', { number: id }))
      const oldValue = JSON.stringify([gone.type, gone.amount, gone.chance])
      await audit(db, [noteOf(interaction, guildId, { action: 'slots.reward', subject: `#${id}`, oldValue })])
    })
    return rewardsView(say, await rewardsOf(sql, guildId), say('slots:reward.removed', { number: id }))
  },
  async list(interaction, guildId, { sql }) {
    return rewardsView(speakTo(interaction), await rewardsOf(sql, guildId))
  },
}

// --- What there is --------------------------------------------------------------------------------------------------------

const catalogueRuns: Readonly<Record<string, Run>> = {
  async set(interaction, guildId, { sql }) {
    const say = speakTo(interaction)
    const { options } = interaction
    const name = readCall([options.getString('slot', true)])
    if (name === '') throw new UserError('slot', say('slots:error.slot'))
    const state = options.getString('state') ?? 'allowed'
    const provider = options.getString('provider')?.trim().slice(0, 60) || null
    const slot = { name, provider, banned: state === 'banned', isActive: state !== 'unavailable' }
    await transaction(sql, async (db) => {
      const [saved] = await saveCatalogueSlot(db, { guildId, slot, most: limits.catalogue })
      if (saved === undefined) throw new UserError('catalogue', say('slots:error.catalogue', { max: limits.catalogue }))
      await audit(db, [noteOf(interaction, guildId, { action: 'slots.catalogue', subject: name, newValue: state })])
    })
    return catalogueView(say, [slot])
  },
  async remove(interaction, guildId, { sql }) {
    const say = speakTo(interaction)
    const name = readCall([interaction.options.getString('slot', true)])
    await transaction(sql, async (db) => {
      const [gone] = await removeCatalogueSlot(db, { guildId, name })
      if (gone === undefined) throw new UserError('no_slot', say('slots:error.no_slot', { slot: plain(name) }))
      await audit(db, [noteOf(interaction, guildId, { action: 'slots.catalogue', subject: gone.name })])
    })
    return { content: say('slots:catalogue.removed', { slot: plain(name) }) }
  },
  async list(interaction, guildId, { sql }) {
    const typed = interaction.options.getString('slot')
    const slots = await catalogueOf(sql, { guildId, ...(typed === null ? {} : { typed }), limit: 200 })
    return catalogueView(speakTo(interaction), slots)
  },
}

/** By subcommand group and subcommand. */
export const listRuns: Readonly<Record<string, Readonly<Record<string, Run>>>> = {
  blacklist: blacklistRuns,
  reward: rewardRuns,
  catalogue: catalogueRuns,
}

/** What can be chosen for a slot of the catalogue, and for the number of a reward. */
export async function completeLists(
  name: string,
  typed: string,
  guildId: GuildId,
  say: ReturnType<typeof speakTo>,
  { sql }: Tools,
) {
  if (name === 'slot') {
    const found = await catalogueOf(sql, { guildId, typed, limit: 25 })
    return found.map((slot) => ({ name: slot.name.slice(0, 100), value: slot.name.slice(0, 100) }))
  }
  const rewards = await rewardsOf(sql, guildId)
  return rewards.map(({ id, type, amount }) => ({
    name: `#${id} ${money(say, amount)} ${type}`.slice(0, 100),
    value: id,
  }))
}
