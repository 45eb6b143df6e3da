/** Items of a file of another shop, or of the same one at another time: an item is known by its name, since numbers belong to one shop. */
import type { GuildId, UserId } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

interface Brought {
  readonly guildId: GuildId
  /** A JSON list of rows with the columns of items. */
  readonly rows: string
}

/** The rows of a file and the items that are here, as `f` and `h`, side by side where they have the same name; of several the first ones. */
const matched = (db: Db, { guildId, rows }: Brought) => db`
  (
    select r.id, r.name, r.description, r.image_url, r.price, r.stock_total, r.stock_left, r.is_active, r.item_type, r.raffle_ticket_amount,
           r.per_user_limit, r.limit_window_seconds, r.requirement_title, r.requirement_footer, r.required_role_id, r.available_from,
           r.available_until, lower(r.name) as folded, row_number() over (partition by lower(r.name) order by r.id) as nth
      from jsonb_populate_recordset(null::point_shop_items, ${rows}::text::jsonb) r
  ) f
  full join (
    select i.id, lower(i.name) as folded, row_number() over (partition by lower(i.name) order by i.id) as nth
      from point_shop_items i
     where i.discord_server_id = ${guildId} and i.removed_at is null
  ) h on h.folded = f.folded and h.nth = f.nth`

/** Holds every item of a guild until the transaction ends; gives how many there are. Whoever holds a balance as well takes that first. */
export const holdItems = (db: Db, guildId: GuildId) => db<{ items: number }[]>`
  select count(*)::int as items
    from (
      select i.id
        from point_shop_items i
       where i.discord_server_id = ${guildId} and i.removed_at is null
       order by i.id
         for update
    ) held`

/**
 * Changes the items that are here to what the file says of those with their names. What is left of them is counted here, unless the file
 * stands for the whole shop. Gives those that changed, and which came back by it. The caller holds the items.
 */
export const changeItems = (db: Db, p: Brought & { readonly isWhole: boolean; readonly userId: UserId }) => db<
  {
    id: number
    restocks: number
    isBack: boolean
    availableFrom: Date | null
    availableUntil: Date | null
  }[]
>`
  with both_sides as materialized (
    select h.id as here, f.name, f.description, f.image_url, f.price, f.stock_total, f.stock_left, f.is_active, f.item_type,
           f.raffle_ticket_amount, f.per_user_limit, f.limit_window_seconds, f.requirement_title, f.requirement_footer, f.required_role_id,
           f.available_from, f.available_until
      from ${matched(db, p)}
     where f.id is not null and h.id is not null
  ),
  old as materialized (
    select i.id, ${p.isWhole}::boolean and i.stock_left is not distinct from 0 and b.stock_left is distinct from 0 as is_back
      from point_shop_items i
      join both_sides b on b.here = i.id
     where i.discord_server_id = ${p.guildId}
  )
  update point_shop_items i
     set version = i.version + case when (i.name, i.price, i.item_type, i.raffle_ticket_amount, i.description, i.requirement_title, i.requirement_footer)
                                         is distinct from (b.name, b.price, b.item_type, b.raffle_ticket_amount, b.description, b.requirement_title, b.requirement_footer)
                                    then 1 else 0 end,
         name = b.name, price = b.price, item_type = b.item_type, raffle_ticket_amount = b.raffle_ticket_amount, description = b.description,
         requirement_title = b.requirement_title, requirement_footer = b.requirement_footer, image_url = b.image_url, is_active = b.is_active,
         per_user_limit = b.per_user_limit, limit_window_seconds = b.limit_window_seconds, required_role_id = b.required_role_id,
         available_from = b.available_from, available_until = b.available_until,
         stock_total = case when ${p.isWhole}::boolean then b.stock_total else i.stock_total end,
         stock_left = case when ${p.isWhole}::boolean then b.stock_left else i.stock_left end,
         restocks = i.restocks + case when o.is_back then 1 else 0 end,
         updated_at = now(), updated_by = ${p.userId}
    from both_sides b
    join old o on o.id = b.here
   where i.discord_server_id = ${p.guildId} and i.id = b.here
  returning i.id, i.restocks, o.is_back, i.available_from, i.available_until`

/** Items that are here and not in the file. */
export const itemsMissing = (db: Db, p: Brought) => db<{ id: number }[]>`
  select h.id
    from ${matched(db, p)}
   where f.id is null and h.id is not null
   order by h.id`

/** Items that are in the file and not here: how many. */
export async function countNew(db: Db, p: Brought): Promise<number> {
  const [row] = await db<{ items: number }[]>`
    select count(*)::int as items
      from ${matched(db, p)}
     where f.id is not null and h.id is null`
  return row?.items ?? 0
}

/** Keeps the items of the file that are not here, under new numbers in the order of theirs. The caller holds the items. */
export const addMissing = (db: Db, p: Brought & { readonly userId: UserId; readonly count: number }) => db<
  { id: number; availableFrom: Date | null; availableUntil: Date | null }[]
>`
  with numbered as (
    insert into point_shop as s (discord_server_id, last_item)
    values (${p.guildId}, ${p.count}::int)
    on conflict (discord_server_id) do update
       set last_item = s.last_item + excluded.last_item
    returning s.last_item - ${p.count}::int as before
  ),
  fresh as (
    select row_number() over (order by f.id) as place, f.name, f.description, f.image_url, f.price, f.stock_total, f.stock_left, f.is_active,
           f.item_type, f.raffle_ticket_amount, f.per_user_limit, f.limit_window_seconds, f.requirement_title, f.requirement_footer,
           f.required_role_id, f.available_from, f.available_until
      from ${matched(db, p)}
     where f.id is not null and h.id is null
  )
  insert into point_shop_items (
    discord_server_id, id, name, description, image_url, price, stock_total, stock_left, is_active, item_type, raffle_ticket_amount,
    per_user_limit, limit_window_seconds, requirement_title, requirement_footer, required_role_id, available_from, available_until, updated_by
  )
  select ${p.guildId}::bigint, n.before + f.place, f.name, f.description, f.image_url, f.price, f.stock_total, f.stock_left, f.is_active,
         f.item_type, f.raffle_ticket_amount, f.per_user_limit, f.limit_window_seconds, f.requirement_title, f.requirement_footer,
         f.required_role_id, f.available_from, f.available_until, ${p.userId}::bigint
    from fresh f
   cross join numbered n
  returning id, available_from, available_until`
