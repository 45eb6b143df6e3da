import {
  type APIApplicationCommandBasicOption,
  ApplicationCommandOptionType,
  ChannelType,
  type ChatInputCommandInteraction,
  PermissionFlagsBits,
} from 'discord.js'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { channelId, type GuildId, userId } from '../../../../cluster/runtime/ids.ts'
import { transaction } from '../../../../sql/client.ts'
import { audit } from '../../../../sql/queries/audit.ts'
import { pendingSales, salesOfViewer } from '../../../../sql/queries/sales.ts'
import { itemOf, itemsOf, resetLimits } from '../../../../sql/queries/shop.ts'
import { codeOf, discordCode } from '../../discord.ts'
import type { Button, Command, Reply, Tools } from '../../feature.ts'
import { described, named, type Say, speakTo } from '../../language.ts'
import { plain } from '../../text.ts'
import { completeViewer, viewerOf, viewerOptions } from '../../viewer.ts'
import { lookAtFront, sendFront, takeFront } from '../outbox/front.ts'
import { limits, readNumber } from '../rules.ts'
import { listView } from '../view/admin.ts'
import { ownOrdersView } from '../view/orders.ts'
import { pointsOf } from '../view/parts.ts'
import { add, edit, moreOf, remove } from './change.ts'
import { checkAdmin, queue, refundOrder } from './orders.ts'
import { clearable, noTerms, termsFrom } from './terms.ts'

type Run = (interaction: ChatInputCommandInteraction, guildId: GuildId, tools: Tools) => Promise<Reply>

const changeBy = (interaction: ChatInputCommandInteraction, guildId: GuildId, { clock }: Tools) => ({
  guildId,
  by: { source: 'discord', actorId: userId(interaction.user.id) } as const,
  now: clock.now(),
})

const list = async (say: Say, guildId: GuildId, { sql }: Tools, note?: string, page = 0): Promise<Reply> =>
  listView(say, { guildId, items: await itemsOf(sql, guildId), page, ...(note === undefined ? {} : { note }) })

/** The item that was chosen, or typed by its name or number. */
async function itemFrom(say: Say, { options }: ChatInputCommandInteraction, guildId: GuildId, { sql }: Tools) {
  const typed = options.getString('item', true).trim()
  const number = readNumber(typed.replace(/^#/, ''))
  const item =
    number > 0
      ? await itemOf(sql, { guildId, id: number })
      : (await itemsOf(sql, guildId)).find(({ name }) => name.toLowerCase() === typed.toLowerCase())
  if (item === undefined) throw unknownItem(say)
  return item
}
const unknownItem = (say: Say) => new UserError('no_item', say('shop:error.no_item'))

const refusals: ReadonlySet<number | undefined> = new Set([
  discordCode.missingAccess,
  discordCode.missingPermissions,
  discordCode.unknownChannel,
])

const runs: Readonly<Record<string, Run>> = {
  async post(interaction, guildId, tools) {
    const say = speakTo(interaction)
    const channel = channelId(interaction.options.getChannel('channel')?.id ?? interaction.channelId)
    const { by } = changeBy(interaction, guildId, tools)
    try {
      await sendFront({ guildId, channelId: channel, by, nonce: interaction.id }, tools)
    } catch (error) {
      if (!refusals.has(codeOf(error))) throw error
      throw new UserError('cannot_post', say('shop:error.cannot_post', { channel: `<#${channel}>` }))
    }
    return { content: `✅ ${say('shop:posted', { channel: `<#${channel}>` })}` }
  },
  async unpost(interaction, guildId, tools) {
    const say = speakTo(interaction)
    const wasThere = await transaction(tools.sql, (db) => takeFront(db, guildId))
    if (!wasThere) throw new UserError('no_front', say('shop:error.no_front'))
    tools.wakeOutbox()
    return { content: say('shop:unposted') }
  },
  async add(interaction, guildId, tools) {
    const say = speakTo(interaction)
    const terms = await termsFrom(tools.sql, say, guildId, interaction, noTerms)
    const stock = interaction.options.getInteger('stock')
    const id = await transaction(tools.sql, (db) =>
      add(db, say, { ...changeBy(interaction, guildId, tools), terms, stock }),
    )
    tools.wakeOutbox()
    return list(say, guildId, tools, `✅ ${say('shop:added', { number: `#${id}`, name: plain(terms.name, 100) })}`)
  },
  async edit(interaction, guildId, tools) {
    const say = speakTo(interaction)
    const { options } = interaction
    const { id } = await itemFrom(say, interaction, guildId, tools)
    const stock = options.getInteger('stock')
    const isEndless = options.getString('clear') === 'stock'
    const before = await transaction(tools.sql, (db) =>
      edit(db, {
        ...changeBy(interaction, guildId, tools),
        id,
        next: async (item) => {
          const terms = await termsFrom(db, say, guildId, interaction, item)
          if (isEndless) return { terms, stockTotal: null, stockLeft: null }
          return stock === null
            ? { terms, stockTotal: item.stockTotal, stockLeft: item.stockLeft }
            : { terms, stockTotal: stock, stockLeft: stock }
        },
      }),
    )
    if (before === undefined) throw unknownItem(say)
    tools.wakeOutbox()
    return list(say, guildId, tools, `✅ ${say('shop:changed', { number: `#${id}` })}`)
  },
  async remove(interaction, guildId, tools) {
    const say = speakTo(interaction)
    const { id } = await itemFrom(say, interaction, guildId, tools)
    const name = await transaction(tools.sql, (db) => remove(db, { ...changeBy(interaction, guildId, tools), id }))
    if (name === undefined) throw unknownItem(say)
    tools.wakeOutbox()
    return list(say, guildId, tools, say('shop:removed', { number: `#${id}`, name: plain(name, 100) }))
  },
  async restock(interaction, guildId, tools) {
    const say = speakTo(interaction)
    const { id, stockLeft, name } = await itemFrom(say, interaction, guildId, tools)
    if (stockLeft === null) throw new UserError('endless', say('shop:error.endless', { name: plain(name, 100) }))
    const amount = interaction.options.getInteger('amount', true)
    const before = await transaction(tools.sql, (db) =>
      edit(db, { ...changeBy(interaction, guildId, tools), id, next: (item) => moreOf(item, amount) }),
    )
    if (before === undefined) throw unknownItem(say)
    tools.wakeOutbox()
    return list(say, guildId, tools, `✅ ${say('shop:changed', { number: `#${id}` })}`)
  },
  async list(interaction, guildId, tools) {
    await lookAtFront(guildId, tools)
    return list(speakTo(interaction), guildId, tools)
  },
  async orders(interaction, guildId, tools) {
    const { options } = interaction
    if (options.getString('name') === null && options.getUser('member') === null)
      return queue(interaction, guildId, tools, 0)
    const say = speakTo(interaction)
    const username = await viewerOf(say, interaction, guildId, tools.sql)
    const sales = await salesOfViewer(tools.sql, { guildId, username, limit: 20 })
    return ownOrdersView(say, say('shop:orders.of', { name: plain(username) }), sales)
  },
  async refund(interaction, guildId, tools) {
    const { options } = interaction
    const wanted = {
      id: options.getInteger('order', true),
      restores: options.getBoolean('restock') ?? true,
      reason: options.getString('reason'),
    }
    return { content: await refundOrder(interaction, guildId, wanted, tools) }
  },
  async 'reset-limits'(interaction, guildId, tools) {
    const { by } = changeBy(interaction, guildId, tools)
    await transaction(tools.sql, async (db) => {
      await resetLimits(db, guildId)
      await audit(db, [{ guildId, ...by, action: 'shop.reset_limits', subject: 'shop' }])
    })
    return { content: `✅ ${speakTo(interaction)('shop:limits_reset')}` }
  },
}

/** A page of all items, `shop:list:<guild>:<page>`. */
export const listButton: Button = {
  run(act, guildId, [page], tools) {
    const say = speakTo(act)
    checkAdmin(say, act)
    return list(say, guildId, tools, undefined, readNumber(page))
  },
}

// --- What Discord shows of it -----------------------------------------------------------------------------------------

const whole = (
  name: 'price' | 'stock' | 'limit' | 'limit_hours' | 'tickets' | 'amount' | 'order',
  range: { min: number; max: number },
  more: { required?: boolean; autocomplete?: boolean } = {},
): APIApplicationCommandBasicOption => ({
  type: ApplicationCommandOptionType.Integer,
  name,
  ...described(`shop:command.${name}`),
  min_value: range.min,
  max_value: range.max,
  required: more.required ?? false,
  ...(more.autocomplete === true ? { autocomplete: true } : {}),
})
const text = (
  name: 'name' | 'description' | 'image' | 'question' | 'hint' | 'from' | 'until' | 'reason',
  max: number,
  required = false,
): APIApplicationCommandBasicOption => ({
  type: ApplicationCommandOptionType.String,
  name,
  ...described(`shop:command.${name}`),
  max_length: max,
  required,
})
const item: APIApplicationCommandBasicOption = {
  type: ApplicationCommandOptionType.String,
  name: 'item',
  ...described('shop:command.item'),
  required: true,
  autocomplete: true,
}
const details = (isNew: boolean): APIApplicationCommandBasicOption[] => [
  text('name', limits.name, isNew),
  whole('price', { min: 0, max: limits.price }, { required: isNew }),
  text('description', limits.description),
  text('image', limits.image),
  whole('stock', { min: 0, max: limits.stock }),
  whole('limit', { min: 1, max: limits.perUser }),
  whole('limit_hours', { min: 0, max: limits.windowHours }),
  text('question', limits.question),
  text('hint', limits.hint),
  { type: ApplicationCommandOptionType.Role, name: 'role', ...described('shop:command.role') },
  text('from', 16),
  text('until', 16),
  whole('tickets', { min: 1, max: limits.tickets }),
]
const sub = (
  name: 'post' | 'unpost' | 'add' | 'edit' | 'remove' | 'restock' | 'list' | 'orders_admin' | 'refund' | 'reset_limits',
  options: APIApplicationCommandBasicOption[] = [],
  as: string = name,
) => ({
  type: ApplicationCommandOptionType.Subcommand as const,
  name: as,
  ...described(`shop:command.${name}`),
  options,
})

/** What admins do about the shop; a command of its own, since Discord shows all of one to the same people. */
export const shopAdmin: Command = {
  data: {
    name: 'shop-admin',
    ...described('shop:command.admin'),
    default_member_permissions: String(PermissionFlagsBits.ManageGuild),
    options: [
      sub('post', [
        {
          type: ApplicationCommandOptionType.Channel,
          name: 'channel',
          ...described('shop:command.channel'),
          channel_types: [ChannelType.GuildText, ChannelType.GuildAnnouncement],
        },
      ]),
      sub('unpost'),
      sub('add', details(true)),
      sub('edit', [
        item,
        ...details(false),
        { type: ApplicationCommandOptionType.Boolean, name: 'active', ...described('shop:command.active') },
        {
          type: ApplicationCommandOptionType.String,
          name: 'clear',
          ...described('shop:command.clear'),
          choices: clearable.map((part) => ({ ...named(`shop:choice.${part}`), value: part })),
        },
      ]),
      sub('remove', [item]),
      sub('restock', [item, whole('amount', { min: 1, max: limits.stock }, { required: true })]),
      sub('list'),
      sub('orders_admin', [...viewerOptions], 'orders'),
      sub('refund', [
        whole('order', { min: 1, max: 999_999_999 }, { required: true, autocomplete: true }),
        { type: ApplicationCommandOptionType.Boolean, name: 'restock', ...described('shop:command.restock_refund') },
        text('reason', 200),
      ]),
      sub('reset_limits', [], 'reset-limits'),
    ],
  },
  run(interaction, guildId, tools) {
    const run = runs[interaction.options.getSubcommand()]
    if (run === undefined) throw new Error('a subcommand of /shop-admin is not handled')
    return run(interaction, guildId, tools)
  },
  async complete(interaction, guildId, { sql }) {
    const { name, value } = interaction.options.getFocused(true)
    const typed = value.toLowerCase()
    const say = speakTo(interaction)
    if (name === 'name') return completeViewer(interaction, guildId, sql)
    if (name === 'order') {
      const { sales } = await pendingSales(sql, { guildId, offset: 0, limit: 100 })
      return sales
        .filter((sale) => `${sale.id} ${sale.itemName} ${sale.username}`.toLowerCase().includes(typed))
        .map((sale) => ({ name: `#${sale.id} ${sale.itemName} · ${sale.username}`.slice(0, 100), value: sale.id }))
    }
    const found = (await itemsOf(sql, guildId)).filter((one) => `#${one.id} ${one.name}`.toLowerCase().includes(typed))
    return found.map((one) => ({
      name: `#${one.id} ${one.name}`.slice(0, 70) + ` · ${pointsOf(say, one.price)}`.slice(0, 30),
      value: String(one.id),
    }))
  },
}
