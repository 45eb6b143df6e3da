/** What a shop offers, and the message that shows it. Who bought what is in `sales.ts`. */
import type { ChannelId, GuildId, RoleId, UserId } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

export type ItemType = 'custom' | 'raffle_tickets'

/** What admins decide about an item. Amounts of points are 64-bit integers as decimal strings. */
export interface ItemTerms {
  readonly name: string
  readonly description: string | null
  readonly imageUrl: string | null
  readonly price: string
  readonly isActive: boolean
  readonly itemType: ItemType
  /** 0 for other items. */
  readonly raffleTicketAmount: number
  /** How many one buyer may have, within the window; null for no limit. */
  readonly perUserLimit: number | null
  /** 0: for good. */
  readonly limitWindowSeconds: number
  /** What the buyer is asked; null asks nothing. */
  readonly requirementTitle: string | null
  readonly requirementFooter: string | null
  readonly requiredRoleId: RoleId | null
  readonly availableFrom: Date | null
  readonly availableUntil: Date | null
}

export interface Item extends ItemTerms {
  /** Counts from 1 in each guild and is never given twice. */
  readonly id: number
  /** Null: there is no end of it. */
  readonly stockTotal: number | null
  readonly stockLeft: number | null
  /** Grows when anything changes that a buyer was shown. */
  readonly version: number
  readonly restocks: number
  /** Whether it is not on sale yet, or not any more, by the database's clock. */
  readonly isEarly: boolean
  readonly isOver: boolean
}

const columns = (db: Db) => db`
  i.id, i.name, i.description, i.image_url, i.price, i.is_active, i.item_type, i.raffle_ticket_amount, i.per_user_limit,
  i.limit_window_seconds, i.requirement_title, i.requirement_footer, i.required_role_id, i.available_from, i.available_until,
  i.stock_total, i.stock_left, i.version, i.restocks, coalesce(i.available_from > now(), false) as is_early,
  coalesce(i.available_until <= now(), false) as is_over`

/** Every item of a guild, also those that are hidden, the cheapest first. */
export const itemsOf = (db: Db, guildId: GuildId) => db<Item[]>`
  select ${columns(db)}
    from point_shop_items i
   where i.discord_server_id = ${guildId} and i.removed_at is null
   order by i.price, i.id`

interface ItemKey {
  readonly guildId: GuildId
  readonly id: number
}

export async function itemOf(db: Db, key: ItemKey): Promise<Item | undefined> {
  const [item] = await db<Item[]>`
    select ${columns(db)}
      from point_shop_items i
     where i.discord_server_id = ${key.guildId} and i.id = ${key.id} and i.removed_at is null`
  return item
}

/** The same, held until the transaction ends. Whoever holds a balance as well takes that first. */
export async function holdItem(db: Db, key: ItemKey): Promise<Item | undefined> {
  const [item] = await db<Item[]>`
    select ${columns(db)}
      from point_shop_items i
     where i.discord_server_id = ${key.guildId} and i.id = ${key.id} and i.removed_at is null
       for update`
  return item
}

const instant = (at: Date | null): string | null => at?.toISOString() ?? null

/** Keeps a new item under the next number, unless the guild has `most` already, and has it shown. Inside a transaction. */
export async function addItem(
  db: Db,
  p: {
    readonly guildId: GuildId
    readonly terms: ItemTerms
    readonly stock: number | null
    readonly userId: UserId | null
    readonly most: number
  },
): Promise<number | undefined> {
  const [counter] = await db<{ lastItem: number }[]>`
    insert into point_shop as s (discord_server_id, last_item)
    values (${p.guildId}, 1)
    on conflict (discord_server_id) do update
       set last_item = s.last_item + 1
    returning s.last_item`
  const { terms } = p
  const [row] = await db<{ id: number }[]>`
    insert into point_shop_items (
      discord_server_id, id, name, description, image_url, price, stock_total, stock_left, is_active, item_type, raffle_ticket_amount,
      per_user_limit, limit_window_seconds, requirement_title, requirement_footer, required_role_id, available_from, available_until, updated_by
    )
    select ${p.guildId}::bigint, ${counter?.lastItem ?? null}::int, ${terms.name}, ${terms.description}::text, ${terms.imageUrl}::text,
           ${terms.price}::bigint, ${p.stock}::int, ${p.stock}::int, ${terms.isActive}::boolean, ${terms.itemType}, ${terms.raffleTicketAmount}::int,
           ${terms.perUserLimit}::int, ${terms.limitWindowSeconds}::int, ${terms.requirementTitle}::text, ${terms.requirementFooter}::text,
           ${terms.requiredRoleId}::bigint, ${instant(terms.availableFrom)}::timestamptz, ${instant(terms.availableUntil)}::timestamptz,
           ${p.userId}::bigint
      from point_shop_items i
     where i.discord_server_id = ${p.guildId} and i.removed_at is null
    having count(*) < ${p.most}
    returning id`
  return row?.id
}

/** Writes an item that is held. Its version grows when anything is another that a buyer was shown. */
export const writeItem = (
  db: Db,
  p: ItemKey & {
    readonly terms: ItemTerms
    readonly stockTotal: number | null
    readonly stockLeft: number | null
    readonly userId: UserId | null
  },
) => db<{ version: number; restocks: number; isBack: boolean }[]>`
  with next as (
    select ${p.terms.name}::text as name, ${p.terms.price}::bigint as price, ${p.terms.itemType}::text as item_type,
           ${p.terms.raffleTicketAmount}::int as tickets, ${p.terms.description}::text as description,
           ${p.terms.requirementTitle}::text as title, ${p.terms.requirementFooter}::text as footer, ${p.stockLeft}::int as stock_left
  ),
  old as (
    select i.id, i.stock_left is not distinct from 0 and n.stock_left is distinct from 0 as is_back
      from point_shop_items i
     cross join next n
     where i.discord_server_id = ${p.guildId} and i.id = ${p.id}
  )
  update point_shop_items i
     set name = n.name, price = n.price, item_type = n.item_type, raffle_ticket_amount = n.tickets, description = n.description,
         requirement_title = n.title, requirement_footer = n.footer,
         version = i.version + case when (i.name, i.price, i.item_type, i.raffle_ticket_amount, i.description, i.requirement_title, i.requirement_footer)
                                         is distinct from (n.name, n.price, n.item_type, n.tickets, n.description, n.title, n.footer) then 1 else 0 end,
         image_url = ${p.terms.imageUrl}, is_active = ${p.terms.isActive}, per_user_limit = ${p.terms.perUserLimit},
         limit_window_seconds = ${p.terms.limitWindowSeconds}, required_role_id = ${p.terms.requiredRoleId},
         available_from = ${instant(p.terms.availableFrom)}::timestamptz, available_until = ${instant(p.terms.availableUntil)}::timestamptz,
         stock_total = ${p.stockTotal}, stock_left = n.stock_left, restocks = i.restocks + case when o.is_back then 1 else 0 end,
         updated_at = now(), updated_by = ${p.userId}
    from next n, old o
   where i.discord_server_id = ${p.guildId} and i.id = ${p.id} and o.id = i.id and i.removed_at is null
  returning i.version, i.restocks, o.is_back`

/** Notes that an item is back, when somebody wrote its stock past the bot; gives a row when there is any of it. */
export const noteBack = (db: Db, key: ItemKey) => db<{ restocks: number }[]>`
  update point_shop_items i
     set restocks = i.restocks + 1
   where i.discord_server_id = ${key.guildId} and i.id = ${key.id} and i.removed_at is null and i.stock_left is distinct from 0
  returning i.restocks`

/** Takes an item out of the shop; what was sold stays, and nobody waits for it any more. Gives a row when it was there. */
export const removeItem = (db: Db, p: ItemKey & { readonly userId: UserId | null }) => db<{ name: string }[]>`
  with unwanted as (
    delete from shop_notice n
     where n.discord_server_id = ${p.guildId} and n.item_id = ${p.id}
  )
  update point_shop_items i
     set removed_at = now(), updated_at = now(), updated_by = ${p.userId}
   where i.discord_server_id = ${p.guildId} and i.id = ${p.id} and i.removed_at is null
  returning i.name`

/** Takes one of an item that is held, if one is left. Gives a row when it did, or when there is no end of it. */
export const takeOne = (db: Db, key: ItemKey) => db<{ stockLeft: number | null }[]>`
  update point_shop_items i
     set stock_left = i.stock_left - 1
   where i.discord_server_id = ${key.guildId} and i.id = ${key.id} and i.removed_at is null
     and (i.stock_left is null or i.stock_left > 0)
  returning i.stock_left`

/** Puts one back. Gives a row when the item is there and is counted, and whether it was sold out. */
export const putOneBack = (db: Db, key: ItemKey) => db<{ restocks: number; isBack: boolean }[]>`
  update point_shop_items i
     set stock_left = i.stock_left + 1,
         stock_total = greatest(i.stock_total, i.stock_left + 1),
         restocks = i.restocks + case when i.stock_left = 0 then 1 else 0 end
   where i.discord_server_id = ${key.guildId} and i.id = ${key.id} and i.removed_at is null and i.stock_left is not null
  returning i.restocks, i.stock_left = 1 as is_back`

// --- Who waits for an item ------------------------------------------------------------------------------------------

/** Notes that a member wants to be told; gives a row when the item is sold out now and this is new. */
export const wantNotice = (
  db: Db,
  p: { readonly guildId: GuildId; readonly itemId: number; readonly userId: UserId; readonly locale: string },
) => db<{ itemId: number }[]>`
  insert into shop_notice (discord_server_id, item_id, discord_id, locale)
  select i.discord_server_id, i.id, ${p.userId}::bigint, ${p.locale}
    from point_shop_items i
   where i.discord_server_id = ${p.guildId} and i.id = ${p.itemId} and i.removed_at is null and i.stock_left = 0
     for share of i   -- so that an item which comes back at this moment is not missed
  on conflict (discord_server_id, item_id, discord_id) do nothing
  returning item_id`

/** Takes it back; gives a row when it was wanted. */
export const dropNotice = (
  db: Db,
  p: { readonly guildId: GuildId; readonly itemId: number; readonly userId: UserId },
) => db<{ itemId: number }[]>`
  delete from shop_notice n
   where n.discord_server_id = ${p.guildId} and n.item_id = ${p.itemId} and n.discord_id = ${p.userId}
  returning n.item_id`

/** Owes a direct message to everybody who waits for an item, once for each time that it comes back. In the transaction that brings it back. */
export const oweNotices = (
  db: Db,
  p: { readonly guildId: GuildId; readonly itemId: number; readonly restocks: number },
) => db`
  with told as (
    delete from shop_notice n
     where n.discord_server_id = ${p.guildId} and n.item_id = ${p.itemId}
    returning n.discord_server_id, n.item_id, n.discord_id, n.locale
  )
  insert into outbox (discord_server_id, kind, source_ref, payload)
  select t.discord_server_id, 'shop.back', t.item_id || ':' || ${p.restocks}::int || ':' || t.discord_id,
         jsonb_build_object('userId', t.discord_id::text, 'itemId', t.item_id, 'locale', t.locale)
    from told t
   order by t.discord_id
  on conflict (discord_server_id, kind, source_ref) do nothing`

// --- The message that shows it all ----------------------------------------------------------------------------------

export interface Front {
  readonly channelId: ChannelId | null
  readonly messageId: string | null
  readonly revision: string
  readonly shownHash: string | null
  readonly shownAt: Date | null
}

export async function frontOf(db: Db, guildId: GuildId): Promise<Front | undefined> {
  const [front] = await db<Front[]>`
    select s.channel_id, s.message_id, s.revision, s.shown_hash, s.shown_at
      from point_shop s
     where s.discord_server_id = ${guildId}`
  return front
}

/**
 * Says that members could see something else now. Owes one edit of the message for everything that comes before it is made: the row of the
 * outbox is named for the revision that is shown. In the transaction that changes something, as its last lock.
 */
export const touchFront = (db: Db, guildId: GuildId) => db`
  with touched as (
    insert into point_shop as s (discord_server_id)
    values (${guildId})
    on conflict (discord_server_id) do update
       set revision = s.revision + 1
    returning s.discord_server_id, s.message_id, s.shown_revision
  )
  insert into outbox (discord_server_id, kind, source_ref, payload)
  select t.discord_server_id, 'shop.front', t.shown_revision::text, '{}'
    from touched t
   where t.message_id is not null
  on conflict (discord_server_id, kind, source_ref) do nothing`

/** Has somebody look whether the message is still there, once in an hour; nothing where the shop stands nowhere. Safe to repeat. */
export const oweLook = (db: Db, p: { readonly guildId: GuildId; readonly hour: number }) => db<{ outboxId: string }[]>`
  insert into outbox (discord_server_id, kind, source_ref, payload)
  select s.discord_server_id, 'shop.front', 'look:' || ${p.hour}::bigint, '{}'
    from point_shop s
   where s.discord_server_id = ${p.guildId} and s.message_id is not null
  on conflict (discord_server_id, kind, source_ref) do nothing
  returning outbox_id`

/** Gives the number of the next sale; it is never given again. */
export async function nextSale(db: Db, guildId: GuildId): Promise<number> {
  const [row] = await db<{ lastSale: number }[]>`
    insert into point_shop as s (discord_server_id, last_sale)
    values (${guildId}, 1)
    on conflict (discord_server_id) do update
       set last_sale = s.last_sale + 1
    returning s.last_sale`
  if (row === undefined) throw new Error('a sale got no number')
  return row.lastSale
}

/** What a message shows by now. `hash` is null when it could not be edited. */
export interface Shown {
  readonly guildId: GuildId
  readonly messageId: string
  /** The same, or the one that was posted in its place. */
  readonly newMessageId: string
  readonly revision: string
  readonly hash: string | null
}

/** Keeps what the message shows; gives a row with the revision by now, unless there is another message. */
export const keepShown = (db: Db, p: Shown) => db<{ revision: string }[]>`
  update point_shop s
     set shown_revision = ${p.revision}, shown_hash = ${p.hash}, shown_at = now(), message_id = ${p.newMessageId}
   where s.discord_server_id = ${p.guildId} and s.message_id = ${p.messageId}
  returning s.revision`

/** Keeps which message shows the shop from now on; gives the one before. Inside a transaction. */
export async function putFront(
  db: Db,
  p: {
    readonly guildId: GuildId
    readonly channelId: ChannelId | null
    readonly messageId: string | null
    readonly revision: string
    readonly hash: string | null
  },
): Promise<{ readonly channelId: ChannelId; readonly messageId: string } | undefined> {
  const [before] = await db<{ channelId: ChannelId | null; messageId: string | null }[]>`
    select s.channel_id, s.message_id
      from point_shop s
     where s.discord_server_id = ${p.guildId}
       for update`
  await db`
    insert into point_shop as s (discord_server_id, channel_id, message_id, shown_revision, shown_hash, shown_at)
    values (${p.guildId}, ${p.channelId}, ${p.messageId}, ${p.revision}, ${p.hash}, now())
    on conflict (discord_server_id) do update
       set channel_id = excluded.channel_id, message_id = excluded.message_id, shown_revision = excluded.shown_revision,
           shown_hash = excluded.shown_hash, shown_at = excluded.shown_at`
  if (before === undefined || before.channelId === null || before.messageId === null) return undefined
  return { channelId: before.channelId, messageId: before.messageId }
}

/** Purchases until now do not count towards limits any more. */
export const resetLimits = (db: Db, guildId: GuildId) => db`
  insert into point_shop as s (discord_server_id, limits_reset_at)
  values (${guildId}, now())
  on conflict (discord_server_id) do update
     set limits_reset_at = now()`

/** A local time of a guild's zone, such as `2026-03-01 18:00`, as an instant; undefined when there is no such time. */
export async function instantIn(
  db: Db,
  p: { readonly local: string; readonly timeZone: string },
): Promise<Date | undefined> {
  const [row] = await db<{ at: Date }[]>`
    select ${p.local}::text::timestamp at time zone ${p.timeZone}::text as at`
  return row?.at
}
