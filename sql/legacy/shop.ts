import type { Db } from '../client.ts'
import type { Table } from './catalogue.ts'
import { type Move, send } from './context.ts'
import { columnIn, guildIn, guildNamedIn, instantIn, isName, nameIn, snowflakeIn } from './rows.ts'
import { readOldSettings, translateSettings } from './settings.ts'

/** As our columns take them. */
const longest = { name: 100, description: 1000, image: 1000, question: 45, hint: 100, text: 1000 } as const
const mostPoints = '1000000000000'
const mostStock = 1_000_000

const textIn = (table: Table, alias: string, name: string, most: number): string =>
  `nullif(left(btrim(${columnIn(table, alias, name, 'null::text')}), ${most}), '')`

/** Every old item under its own number; `fault` for what cannot be an item of ours. A negative stock meant that there is no end of it. */
export const judgedItems = ({ from, plan }: Move, table: Table): string => {
  const column = (name: string, otherwise: string) => columnIn(table, 'i', name, otherwise)
  return `
    with read as (
      select to_jsonb(i) as content, ${guildIn(table, 'i', plan.guildId)} as guild, ${column('id', 'null::int')}::bigint as id,
             ${textIn(table, 'i', 'name', longest.name)} as name, ${textIn(table, 'i', 'description', longest.description)} as description,
             btrim(${column('image_url', 'null::text')}) as image, i.price::bigint as price, coalesce(${column('stock', '-1')}, -1)::bigint as stock,
             coalesce(${column('is_active', 'true')}, true) as is_active, ${column('item_type', "'custom'")} as item_type,
             least(coalesce(${column('raffle_ticket_amount', '0')}, 0), 1000000)::bigint as tickets,
             coalesce(${column('per_user_limit', '-1')}, -1)::bigint as per_user_limit,
             greatest(coalesce(${column('limit_window_seconds', '0')}, 0), 0)::bigint as window_seconds,
             ${textIn(table, 'i', 'requirement_title', longest.question)} as title, ${textIn(table, 'i', 'requirement_footer', longest.hint)} as footer,
             ${instantIn(table, 'i', 'created_at')} as created_at, ${instantIn(table, 'i', 'updated_at')} as updated_at
        from ${from}.point_shop_items i
    )
    select r.content, r.guild, r.id, r.name, r.description, case when r.image ~ '^https://' and length(r.image) <= ${longest.image} then r.image end as image,
           r.image <> '' and not (r.image ~ '^https://' and length(r.image) <= ${longest.image}) as has_other_image, r.price,
           case when r.stock >= 0 then least(r.stock, ${mostStock}) end as stock, r.is_active,
           r.item_type = 'raffle_tickets' and r.tickets > 0 as is_tickets, r.tickets, case when r.per_user_limit > 0 then r.per_user_limit end as per_user_limit,
           r.window_seconds, r.title, case when r.title is not null then r.footer end as footer, r.created_at, r.updated_at,
           case when r.guild <= 0 then 'it names no Discord server'
                when coalesce(r.id, 0) not between 1 and 999999999 then 'it has no number'
                when r.name is null then 'it has no name'
                when r.price is null or r.price not between 0 and ${mostPoints} then 'no item can have this price'
           end as fault
      from read r`
}

/** Every old sale under its own number, of the guild that it names, or else of its item's; `fault` for what cannot be a sale of ours. */
export const judgedSales = ({ from, plan, tables }: Move, table: Table): string => {
  const items = tables.get('point_shop_items')
  const column = (name: string, otherwise: string) => columnIn(table, 's', name, otherwise)
  const ofItem =
    items === undefined
      ? 'null::bigint'
      : `(select ${guildNamedIn(items, 'i')} from ${from}.point_shop_items i where i.id = ${column('item_id', 'null::int')})`
  const text = (name: string) => textIn(table, 's', name, longest.text)
  return `
    with read as (
      select to_jsonb(s) as content, coalesce(${guildNamedIn(table, 's')}, ${ofItem}, ${guildIn(table, 's', plan.guildId)}) as guild,
             ${column('id', 'null::int')}::bigint as id, ${column('item_id', 'null::int')}::bigint as item_id,
             coalesce(${textIn(table, 's', 'item_name', longest.name)}, '?') as item_name, ${nameIn('s.kick_username')} as username,
             ${snowflakeIn(table, 's', 'discord_id')} as member, s.price_paid::bigint as price, greatest(coalesce(${column('quantity', '1')}, 1), 1) as quantity,
             coalesce(lower(btrim(${column('status', "'pending'")})), 'pending') as status, ${text('notes')} as notes,
             ${text('requirement_input')} as answer, ${instantIn(table, 's', 'purchased_at')} as purchased_at,
             ${snowflakeIn(table, 's', 'discord_notification_channel_id')} as channel_id,
             ${snowflakeIn(table, 's', 'discord_notification_message_id')} as message_id
        from ${from}.point_sales s
    )
    select r.content, r.guild, r.id, r.item_id, r.item_name, r.username, r.member, r.price, r.quantity, r.status, r.notes, r.answer, r.purchased_at,
           case when r.message_id is not null then r.channel_id end as channel_id, case when r.channel_id is not null then r.message_id end as message_id,
           case when r.guild <= 0 then 'it names no Discord server'
                when coalesce(r.id, 0) not between 1 and 999999999 then 'it has no number'
                when r.username is null or not ${isName('r.username')} then 'no Kick account has this name'
                when r.price is null or r.price not between 0 and ${mostPoints} then 'no sale can have this price'
                when r.status not in ('pending', 'completed', 'cancelled', 'refunded') then 'nobody knows what became of it'
           end as fault
      from read r`
}

/** Sales of items that are not there, or not in the same server: a refund gives the points back, and no item. */
export const salesOfNothing = (move: Move, table: Table): string => `
  select j.guild, j.id, j.item_name, j.status
    from (${judgedSales(move, table)}) j
   where j.fault is null and not exists (select from (${itemsOf(move)}) i where i.guild = j.guild and i.id = j.item_id)`

/** The numbers of items that come over. */
const itemsOf = (move: Move): string => {
  const table = move.tables.get('point_shop_items')
  return table === undefined
    ? 'select 0::bigint as guild, 0::bigint as id where false'
    : `select guild, id from (${judgedItems(move, table)}) j where fault is null`
}

/** Writes items, sales and what is kept about the shop as a whole anew; old numbers stay, new ones go on behind them. Safe to repeat. */
export async function bringShop(db: Db, move: Move): Promise<void> {
  const { to } = move
  const [items, sales] = [move.tables.get('point_shop_items'), move.tables.get('point_sales')]
  for (const table of ['point_sales', 'point_shop_items', 'point_shop']) await send(db, `delete from ${to}.${table}`)
  if (items !== undefined)
    await send(
      db,
      `insert into ${to}.point_shop_items (
         discord_server_id, id, name, description, image_url, price, stock_total, stock_left, is_active, item_type, raffle_ticket_amount,
         per_user_limit, limit_window_seconds, requirement_title, requirement_footer, created_at, updated_at
       )
       select guild, id, name, description, image, price, stock, stock, is_active, case when is_tickets then 'raffle_tickets' else 'custom' end,
              case when is_tickets then tickets else 0 end, per_user_limit, window_seconds, title, footer,
              coalesce(created_at, now()), coalesce(updated_at, created_at, now())
         from (${judgedItems(move, items)}) j
        where fault is null`,
    )
  if (sales !== undefined)
    await send(
      db,
      `insert into ${to}.point_sales (
         discord_server_id, id, item_id, item_name, kick_username, discord_id, price_paid, quantity, status, requirement_input, notes, source_ref,
         purchased_at, finished_at, discord_notification_channel_id, discord_notification_message_id
       )
       select j.guild, j.id, i.id, j.item_name, j.username, j.member, j.price, j.quantity, j.status, j.answer, j.notes, 'legacy:' || j.id,
              coalesce(j.purchased_at, now()), case when j.status <> 'pending' then coalesce(j.purchased_at, now()) end, j.channel_id, j.message_id
         from (${judgedSales(move, sales)}) j
         left join ${to}.point_shop_items i on i.discord_server_id = j.guild and i.id = j.item_id
        where j.fault is null`,
    )
  const { shops } = translateSettings(await readOldSettings(db, move))
  await send(
    db,
    `insert into ${to}.point_shop (discord_server_id, last_item, last_sale, channel_id, message_id, limits_reset_at)
     select g.guild, coalesce(max(g.item), 0), coalesce(max(g.sale), 0), max(g.channel), max(g.message), max(g.reset_at)
       from (
         select discord_server_id as guild, id as item, null::int as sale, null::bigint as channel, null::bigint as message, null::timestamptz as reset_at
           from ${to}.point_shop_items
         union all
         select discord_server_id, item_id, id, null, null, null from ${to}.point_sales
         union all
         select guild, null, null, channel, message, reset_at
           from unnest($1::text[]::bigint[], $2::text[]::bigint[], $3::text[]::bigint[], $4::text[]::timestamptz[]) as s (guild, channel, message, reset_at)
       ) g
      group by g.guild`,
    [
      shops.map((shop) => shop.guildId),
      shops.map((shop) => shop.channelId),
      shops.map((shop) => shop.messageId),
      shops.map((shop) => shop.limitsResetAt),
    ],
  )
}
