import type { ChatInputCommandInteraction } from 'discord.js'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { type GuildId, roleId } from '../../../../cluster/runtime/ids.ts'
import type { Db } from '../../../../sql/client.ts'
import { readSettingsOf } from '../../../../sql/queries/settings.ts'
import { type ItemTerms, instantIn } from '../../../../sql/queries/shop.ts'
import type { Say } from '../../language.ts'
import { limits, readImage, readLocalTime } from '../rules.ts'

/** What can be taken away from an item; a stock that is taken away has no end. */
export const clearable = [
  'description',
  'image',
  'stock',
  'limit',
  'question',
  'role',
  'from',
  'until',
  'tickets',
] as const
export type Clearable = (typeof clearable)[number]

export const noTerms: ItemTerms = {
  name: '',
  description: null,
  imageUrl: null,
  price: '0',
  isActive: true,
  itemType: 'custom',
  raffleTicketAmount: 0,
  perUserLimit: null,
  limitWindowSeconds: 0,
  requirementTitle: null,
  requirementFooter: null,
  requiredRoleId: null,
  availableFrom: null,
  availableUntil: null,
}

const without: Readonly<Record<Exclude<Clearable, 'stock'>, Partial<ItemTerms>>> = {
  description: { description: null },
  image: { imageUrl: null },
  limit: { perUserLimit: null, limitWindowSeconds: 0 },
  question: { requirementTitle: null, requirementFooter: null },
  role: { requiredRoleId: null },
  from: { availableFrom: null },
  until: { availableUntil: null },
  tickets: { itemType: 'custom', raffleTicketAmount: 0 },
}

/** What an item is after this command; throws a `UserError` that says what is wrong with it. */
export async function termsFrom(
  db: Db,
  say: Say,
  guildId: GuildId,
  { options }: ChatInputCommandInteraction,
  before: ItemTerms,
): Promise<ItemTerms> {
  const cleared = clearable.find((part) => part === options.getString('clear'))
  const terms: { -readonly [Key in keyof ItemTerms]: ItemTerms[Key] } = {
    ...before,
    ...(cleared === undefined || cleared === 'stock' ? {} : without[cleared]),
  }
  const name = options.getString('name')
  if (name !== null) terms.name = name.replace(/\s+/g, ' ').trim()
  if (terms.name === '') throw new UserError('name', say('shop:error.name'))
  const description = options.getString('description')
  if (description !== null) terms.description = description.trim() || null
  const image = options.getString('image')
  if (image !== null) terms.imageUrl = imageFrom(say, image)
  const price = options.getInteger('price')
  if (price !== null) terms.price = String(price)
  const limit = options.getInteger('limit')
  if (limit !== null) terms.perUserLimit = limit
  const hours = options.getInteger('limit_hours')
  if (hours !== null) terms.limitWindowSeconds = hours * 3600
  if (hours !== null && hours > 0 && terms.perUserLimit === null) throw new UserError('limit', say('shop:error.hours'))
  const question = options.getString('question')
  if (question !== null) terms.requirementTitle = question.trim() || null
  const hint = options.getString('hint')
  if (hint !== null) terms.requirementFooter = hint.trim() || null
  if (terms.requirementTitle === null && terms.requirementFooter !== null)
    throw new UserError('hint', say('shop:error.hint'))
  const role = options.getRole('role')
  if (role !== null) terms.requiredRoleId = roleId(role.id)
  const tickets = options.getInteger('tickets')
  if (tickets !== null) Object.assign(terms, { itemType: 'raffle_tickets', raffleTicketAmount: tickets })
  const active = options.getBoolean('active')
  if (active !== null) terms.isActive = active
  for (const [option, key] of [
    ['from', 'availableFrom'],
    ['until', 'availableUntil'],
  ] as const) {
    const typed = options.getString(option)
    if (typed !== null) terms[key] = await instantFrom(db, say, guildId, typed)
  }
  if (terms.availableFrom !== null && terms.availableUntil !== null && terms.availableUntil <= terms.availableFrom)
    throw new UserError('window', say('shop:error.window'))
  return terms
}

export function imageFrom(say: Say, typed: string): string {
  const url = readImage(typed)
  if (url === undefined) throw new UserError('image', say('shop:error.image', { max: limits.image }))
  return url
}

async function instantFrom(db: Db, say: Say, guildId: GuildId, typed: string): Promise<Date> {
  const { timezone } = await readSettingsOf(db, guildId, ['timezone'])
  const local = readLocalTime(typed)
  const found = local === undefined ? undefined : await instantIn(db, { local, timeZone: timezone })
  if (found === undefined) throw new UserError('time', say('shop:error.time', { zone: timezone }))
  return found
}
