/** Who bought what in a shop, for how much, and what became of it. */
import type { ChannelId, GuildId, UserId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'
import type { ItemType } from './shop.ts'

export type SaleStatus = 'pending' | 'completed' | 'cancelled' | 'refunded'

/** A sale as it was when it was made. The price is a 64-bit integer as a decimal string. */
export interface Sale {
  /** The number of the order: counts from 1 in each guild. */
  readonly id: number
  readonly itemId: number | null
  readonly itemName: string
  readonly itemType: ItemType
  readonly raffleTicketAmount: number
  readonly username: Username
  readonly userId: UserId | null
  readonly pricePaid: string
  readonly quantity: number
  readonly status: SaleStatus
  readonly requirementTitle: string | null
  readonly requirementInput: string | null
  readonly notes: string | null
  readonly locale: string | null
  readonly purchasedAt: Date
  readonly finishedAt: Date | null
  readonly finishedBy: UserId | null
  readonly reason: string | null
  readonly channelId: ChannelId | null
  readonly messageId: string | null
}

const columns = (db: Db) => db`
  s.id, s.item_id, s.item_name, s.item_type, s.raffle_ticket_amount, s.kick_username as username, s.discord_id as user_id, s.price_paid,
  s.quantity, s.status, s.requirement_title, s.requirement_input, s.notes, s.locale, s.purchased_at, s.finished_at, s.finished_by, s.reason,
  s.discord_notification_channel_id as channel_id, s.discord_notification_message_id as message_id`

interface SaleKey {
  readonly guildId: GuildId
  readonly id: number
}

export async function saleOf(db: Db, key: SaleKey): Promise<Sale | undefined> {
  const [sale] = await db<Sale[]>`
    select ${columns(db)}
      from point_sales s
     where s.discord_server_id = ${key.guildId} and s.id = ${key.id}`
  return sale
}

/** The same, held until the transaction ends. Whoever holds the buyer's balance as well takes that first. */
export async function holdSale(db: Db, key: SaleKey): Promise<Sale | undefined> {
  const [sale] = await db<Sale[]>`
    select ${columns(db)}
      from point_sales s
     where s.discord_server_id = ${key.guildId} and s.id = ${key.id}
       for update`
  return sale
}

/** The sale that was made for a confirmation. */
export async function saleFor(
  db: Db,
  asked: { readonly guildId: GuildId; readonly sourceRef: string },
): Promise<Sale | undefined> {
  const [sale] = await db<Sale[]>`
    select ${columns(db)}
      from point_sales s
     where s.discord_server_id = ${asked.guildId} and s.source_ref = ${asked.sourceRef}`
  return sale
}

/** Keeps all other purchases of a member waiting until the transaction ends. The first lock of a purchase. */
export const holdBuyer = (db: Db, buyer: { readonly guildId: GuildId; readonly userId: UserId }) => db`
  select pg_advisory_xact_lock(hashtextextended('shop:' || ${buyer.userId}::text, ${buyer.guildId}::bigint))`

/** A balance, held until the transaction ends; one of 0 is begun for somebody who never had points, so that there is something to hold. */
export async function holdBalance(
  db: Db,
  viewer: { readonly guildId: GuildId; readonly username: Username },
): Promise<string> {
  const held = () => db<{ points: string }[]>`
    select u.points
      from user_points u
     where u.discord_server_id = ${viewer.guildId} and u.kick_username = ${viewer.username}
       for update`
  const [row] = await held()
  if (row !== undefined) return row.points
  const [begun] = await db<{ points: string }[]>`
    insert into user_points as u (discord_server_id, kick_username, discord_id)
    values (
      ${viewer.guildId}, ${viewer.username},
      (select l.discord_id from links l where l.discord_server_id = ${viewer.guildId} and l.kick_name = ${viewer.username})
    )
    on conflict (discord_server_id, kick_username) do update
       set last_updated = now()
    returning u.points`
  return begun?.points ?? '0'
}

export async function balanceOf(
  db: Db,
  viewer: { readonly guildId: GuildId; readonly username: Username },
): Promise<string> {
  const [row] = await db<{ points: string }[]>`
    select u.points
      from user_points u
     where u.discord_server_id = ${viewer.guildId} and u.kick_username = ${viewer.username}`
  return row?.points ?? '0'
}

export interface Buyer {
  readonly guildId: GuildId
  readonly username: Username
  readonly userId: UserId
}

/**
 * What of an item's limit a buyer has used: purchases of the member or of the Kick account that stand, within the window, since the limits
 * were reset. `freeAt` is when the oldest of the last `limit` of them leaves the window.
 */
export async function usedLimit(
  db: Db,
  p: Buyer & { readonly itemId: number; readonly limit: number; readonly windowSeconds: number },
): Promise<{ readonly used: number; readonly freeAt: Date | null }> {
  const since = db`
    case when ${p.windowSeconds}::int > 0 then now() - make_interval(secs => ${p.windowSeconds}::int) else '-infinity' end`
  const [row] = await db<{ used: number; freeAt: Date | null }[]>`
    with bought as (
      select s.id, s.purchased_at
        from point_sales s
       where s.discord_server_id = ${p.guildId} and s.kick_username = ${p.username} and s.item_id = ${p.itemId}
         and s.status in ('pending', 'completed') and s.purchased_at > ${since}
       union
      select s.id, s.purchased_at
        from point_sales s
       where s.discord_server_id = ${p.guildId} and s.discord_id = ${p.userId} and s.item_id = ${p.itemId}
         and s.status in ('pending', 'completed') and s.purchased_at > ${since}
    ),
    counted as (
      select b.purchased_at, row_number() over (order by b.purchased_at desc, b.id desc) as place
        from bought b
       where b.purchased_at > coalesce((
               select f.limits_reset_at from point_shop f where f.discord_server_id = ${p.guildId}
             ), '-infinity')
    )
    select count(*)::int as used,
           case when ${p.windowSeconds}::int > 0
                then min(c.purchased_at) filter (where c.place <= ${p.limit}::int) + make_interval(secs => ${p.windowSeconds}::int) end as free_at
      from counted c`
  return row ?? { used: 0, freeAt: null }
}

export interface NewSale extends Buyer {
  readonly id: number
  readonly itemId: number
  readonly itemName: string
  readonly itemType: ItemType
  readonly raffleTicketAmount: number
  readonly price: string
  /** Whether there is nothing left for anybody to do about it. */
  readonly isComplete: boolean
  readonly requirementTitle: string | null
  readonly requirementInput: string | null
  readonly notes: string | null
  readonly locale: string
  readonly sourceRef: string
}

export const insertSale = (db: Db, sale: NewSale) => db<Sale[]>`
  insert into point_sales as s (
    discord_server_id, id, item_id, item_name, item_type, raffle_ticket_amount, kick_username, discord_id, price_paid, status,
    requirement_title, requirement_input, notes, locale, source_ref, finished_at
  )
  values (
    ${sale.guildId}, ${sale.id}, ${sale.itemId}, ${sale.itemName}, ${sale.itemType}, ${sale.raffleTicketAmount}, ${sale.username}, ${sale.userId},
    ${sale.price}, ${sale.isComplete ? 'completed' : 'pending'}, ${sale.requirementTitle}, ${sale.requirementInput}, ${sale.notes}, ${sale.locale},
    ${sale.sourceRef}, case when ${sale.isComplete}::boolean then now() end
  )
  returning ${columns(db)}`

/** Ends an order that stands in one of these states; gives it as it is then, or no row when it does not any more. */
export const finishSale = (
  db: Db,
  p: SaleKey & {
    readonly from: readonly SaleStatus[]
    readonly to: Exclude<SaleStatus, 'pending'>
    readonly by: UserId | null
    readonly reason: string | null
  },
) => db<Sale[]>`
  update point_sales s
     set status = ${p.to}, finished_at = now(), finished_by = ${p.by}, reason = ${p.reason}
   where s.discord_server_id = ${p.guildId} and s.id = ${p.id} and s.status = any(${[...p.from]}::text[])
  returning ${columns(db)}`

/** Orders of a guild that wait for somebody, the oldest first, and how many there are. */
export async function pendingSales(
  db: Db,
  p: { readonly guildId: GuildId; readonly offset: number; readonly limit: number },
): Promise<{ readonly all: number; readonly sales: readonly Sale[] }> {
  const [count] = await db<{ all: number }[]>`
    select count(*)::int as all
      from point_sales s
     where s.discord_server_id = ${p.guildId} and s.status = 'pending'`
  const sales = await db<Sale[]>`
    select ${columns(db)}
      from point_sales s
     where s.discord_server_id = ${p.guildId} and s.status = 'pending'
     order by s.id
    offset ${p.offset}
     limit ${p.limit}`
  return { all: count?.all ?? 0, sales }
}

/** What a member bought, the newest first. */
export const salesOfMember = (
  db: Db,
  p: { readonly guildId: GuildId; readonly userId: UserId; readonly limit: number },
) => db<Sale[]>`
  select ${columns(db)}
    from point_sales s
   where s.discord_server_id = ${p.guildId} and s.discord_id = ${p.userId}
   order by s.id desc
   limit ${p.limit}`

/** What a viewer bought, the newest first. */
export const salesOfViewer = (
  db: Db,
  p: { readonly guildId: GuildId; readonly username: Username; readonly limit: number },
) => db<Sale[]>`
  select ${columns(db)}
    from point_sales s
   where s.discord_server_id = ${p.guildId} and s.kick_username = ${p.username}
   order by s.id desc
   limit ${p.limit}`

/** Keeps where an order was posted; the first post stays the one. */
export const keepOrderMessage = (
  db: Db,
  p: SaleKey & { readonly channelId: ChannelId; readonly messageId: string },
) => db`
  update point_sales s
     set discord_notification_channel_id = ${p.channelId}, discord_notification_message_id = ${p.messageId}
   where s.discord_server_id = ${p.guildId} and s.id = ${p.id} and s.discord_notification_message_id is null`

/** Owes that messages about a person's orders are taken away. In the transaction that erases the person, before it does. */
export const forgetOrders = (
  db: Db,
  person: { readonly guildId: GuildId; readonly userId: UserId; readonly username: Username | null },
) => db`
  insert into outbox (discord_server_id, kind, source_ref, payload)
  select s.discord_server_id, 'shop.gone', s.discord_notification_message_id::text,
         jsonb_build_object('channelId', s.discord_notification_channel_id::text, 'messageId', s.discord_notification_message_id::text)
    from point_sales s
   where s.discord_server_id = ${person.guildId} and s.discord_notification_message_id is not null
     and (s.kick_username = ${person.username}::text or s.discord_id = ${person.userId}::bigint)
   order by s.id
  on conflict (discord_server_id, kind, source_ref) do nothing`
