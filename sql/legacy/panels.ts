import type { Db } from '../client.ts'
import type { Table } from './catalogue.ts'
import { type Move, send } from './context.ts'
import { columnIn, guildIn, instantIn } from './rows.ts'

/** Every old link panel and its place within its guild, the newest first: a guild has one now. */
export const judgedPanels = ({ from, plan }: Move, table: Table): string => `
  select guild, channel_id, message_id, row_number() over (partition by guild order by made_at desc nulls last, id desc) as place
    from (
      select ${guildIn(table, 'p', plan.guildId)} as guild, p.channel_id, p.message_id, ${instantIn(table, 'p', 'created_at')} as made_at,
             ${columnIn(table, 'p', 'id', '0')} as id
        from ${from}.link_panels p
    ) r
   where guild > 0`

/** Notes where the old panels stand, so that the next one takes its place. Safe to repeat. */
export async function bringPanels(db: Db, move: Move): Promise<void> {
  const table = move.tables.get('link_panels')
  if (table === undefined) return
  await send(db, `delete from ${move.to}.link_panel`)
  await send(
    db,
    `insert into ${move.to}.link_panel (discord_server_id, channel_id, message_id)
     select guild, channel_id, message_id from (${judgedPanels(move, table)}) j where place = 1`,
  )
}
