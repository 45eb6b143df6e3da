import { z } from 'zod'
import { UserError } from '../../../cluster/runtime/errors.ts'
import { owe } from '../../../sql/queries/outbox.ts'
import { saleOf } from '../../../sql/queries/sales.ts'
import { actor, dataOf } from '../dashboard.ts'
import type { DashboardHandler } from '../feature.ts'
import { oweOrder } from './command/buy.ts'
import { limits, readImage } from './rules.ts'

const number = z.coerce.number().int().min(1).max(999_999_999)

/** Posts the shop in a channel of the guild. */
export const onPost: DashboardHandler = async (event, db, tools) => {
  const data = dataOf(event, z.object({ channel_id: z.coerce.string().regex(/^\d{15,20}$/), ...actor }))
  const payload = { channelId: data.channel_id, actorId: data.actor_id ?? null }
  await owe(db, [{ guildId: event.guildId, kind: 'shop.post', sourceRef: event.id, payload }])
  tools.wakeOutbox()
}

/** The dashboard has written rows by itself: members are shown what there is now. */
export const onSync: DashboardHandler = async (event, db, tools) => {
  await owe(db, [{ guildId: event.guildId, kind: 'shop.front', sourceRef: event.id, payload: {} }])
  tools.wakeOutbox()
}

const instant = z
  .string()
  .refine(
    (text) => !Number.isNaN(Date.parse(text)) && /[zZ]$|[+-]\d\d:?\d\d$/.test(text),
    'a time with its zone, as ISO 8601',
  )
  .transform((text) => new Date(text).toISOString())
  .nullable()
  .optional()

const optional = (max: number) => z.string().trim().min(1).max(max).nullable().optional()

/** Names of fields as they stand in the table; what is absent stays. */
export const itemChange = z.object({
  type: z.enum(['create', 'update', 'delete', 'restocked']).optional(),
  item_id: number.optional(),
  name: z.string().trim().min(1).max(limits.name).optional(),
  description: optional(limits.description),
  image_url: z
    .string()
    .refine((url) => readImage(url) !== undefined, 'an https address with a host name')
    .nullable()
    .optional(),
  price: z.coerce.number().int().min(0).max(limits.price).optional(),
  /** Null or negative: no end. */
  stock: z.number().int().max(limits.stock).nullable().optional(),
  is_active: z.boolean().optional(),
  per_user_limit: z.number().int().max(limits.perUser).nullable().optional(),
  limit_window_seconds: z
    .number()
    .int()
    .min(0)
    .max(limits.windowHours * 3600)
    .optional(),
  requirement_title: optional(limits.question),
  requirement_footer: optional(limits.hint),
  required_role_id: z
    .string()
    .regex(/^\d{15,20}$/)
    .nullable()
    .optional(),
  available_from: instant,
  available_until: instant,
  item_type: z.enum(['custom', 'raffle_tickets']).optional(),
  /** What is sold; 0 makes it an item without tickets again. */
  raffle_ticket_amount: z.number().int().min(0).max(limits.tickets).optional(),
  ...actor,
})
export type ItemChange = z.infer<typeof itemChange>

/**
 * Adds, changes or removes an item as the commands do. As everything that takes locks of the shop it is owed to the outbox, since the
 * dashboard's events of many servers are handled in one transaction.
 */
export const onItem: DashboardHandler = async (event, db, tools) => {
  const data = dataOf(event, itemChange)
  await owe(db, [{ guildId: event.guildId, kind: 'shop.item', sourceRef: event.id, payload: data }])
  tools.wakeOutbox()
}

/** The dashboard has put up more of an item by itself: who waits for it is told. */
export const onRestocked: DashboardHandler = async (event, db, tools) => {
  const { item_id } = dataOf(event, z.object({ item_id: number }))
  const payload = { item_id, type: 'restocked' }
  await owe(db, [{ guildId: event.guildId, kind: 'shop.item', sourceRef: event.id, payload }])
  tools.wakeOutbox()
}

const order = z.object({
  sale_id: number,
  new_status: z.enum(['completed', 'refunded', 'cancelled']),
  restock: z.boolean().optional(),
  reason: z.string().max(200).nullish(),
  ...actor,
})

/** Completes or refunds an order. */
export const onOrder: DashboardHandler = async (event, db, tools) => {
  const data = dataOf(event, order)
  const payload = {
    sale: data.sale_id,
    to: data.new_status === 'completed' ? 'completed' : 'refunded',
    restores: data.restock !== false,
    reason: data.reason ?? null,
    actorId: data.actor_id ?? null,
  }
  await owe(db, [{ guildId: event.guildId, kind: 'shop.end', sourceRef: event.id, payload }])
  tools.wakeOutbox()
}

const made = z.object({
  sale_id: number.optional(),
  type: z.string().optional(),
  data: z.object({ sale_id: number.optional() }).optional(),
})

/** The dashboard has taken an order by itself: it is posted where orders are, once. What the bot has sold stands there already. */
export const onOrderMade: DashboardHandler = async (event, db, tools) => {
  const { sale_id, type, data } = dataOf(event, made)
  if (type !== undefined && type !== 'new_sale')
    throw new UserError('type', 'type: only a new_sale is posted; write messages of your own with a command or a timer')
  const id = sale_id ?? data?.sale_id
  const sale = id === undefined ? undefined : await saleOf(db, { guildId: event.guildId, id })
  if (sale === undefined) throw new UserError('no_sale', 'sale_id: there is no such order on this server')
  await oweOrder(db, event.guildId, sale)
  tools.wakeOutbox()
}

/** Purchases until now do not count towards limits any more. */
export const onLimitsReset: DashboardHandler = async (event, db, tools) => {
  await owe(db, [{ guildId: event.guildId, kind: 'shop.reset', sourceRef: event.id, payload: {} }])
  tools.wakeOutbox()
}
