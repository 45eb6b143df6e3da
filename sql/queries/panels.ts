/** Messages that show how things stand in a room and have buttons: one of each room for a guild. */
import type { ChannelId, GuildId, UserId } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

export const panelRooms = ['slots', 'balance'] as const
export type PanelRoom = (typeof panelRooms)[number]

interface PanelKey {
  readonly guildId: GuildId
  readonly room: PanelRoom
}

export interface RoomPanel {
  readonly channelId: ChannelId
  readonly messageId: string
  readonly contentHash: string
}

/** Where the panel of a room stands; undefined without one. */
export async function roomPanelOf(db: Db, key: PanelKey): Promise<RoomPanel | undefined> {
  const [panel] = await db<RoomPanel[]>`
    select p.channel_id, p.message_id, p.content_hash
      from room_panel p
     where p.discord_server_id = ${key.guildId} and p.room = ${key.room}`
  return panel
}

/** Notes where the panel stands now, and gives where it stood before. Inside a transaction. */
export async function putRoomPanel(
  db: Db,
  p: PanelKey & RoomPanel & { readonly postedBy: UserId | null },
): Promise<RoomPanel | undefined> {
  const [before] = await db<RoomPanel[]>`
    select p.channel_id, p.message_id, p.content_hash
      from room_panel p
     where p.discord_server_id = ${p.guildId} and p.room = ${p.room}
       for update`
  await db`
    insert into room_panel (discord_server_id, room, channel_id, message_id, content_hash, posted_by)
    values (${p.guildId}, ${p.room}, ${p.channelId}, ${p.messageId}, ${p.contentHash}, ${p.postedBy})
    on conflict (discord_server_id, room) do update
       set channel_id = excluded.channel_id,
           message_id = excluded.message_id,
           content_hash = excluded.content_hash,
           posted_by = excluded.posted_by,
           edited_at = now()`
  return before
}

/** Notes what a panel says now; nothing when it stands elsewhere by now. */
export const noteRoomPanel = (db: Db, p: PanelKey & Pick<RoomPanel, 'messageId' | 'contentHash'>) => db`
  update room_panel p
     set content_hash = ${p.contentHash}, edited_at = now()
   where p.discord_server_id = ${p.guildId} and p.room = ${p.room} and p.message_id = ${p.messageId}`

/** Forgets a panel that somebody deleted. */
export const dropRoomPanel = (db: Db, p: PanelKey & Pick<RoomPanel, 'messageId'>) => db`
  delete from room_panel p
   where p.discord_server_id = ${p.guildId} and p.room = ${p.room} and p.message_id = ${p.messageId}`

/**
 * Has the panels of these guilds looked at, in a moment or once the last edit is old enough; where that is planned already, it stays so.
 * Belongs in the transaction that changes what they show. Safe to repeat.
 */
export const scheduleRoomPanels = (
  db: Db,
  p: { readonly guildIds: readonly GuildId[]; readonly room: PanelRoom; readonly everySeconds: number },
) => db`
  insert into job (discord_server_id, kind, job_ref, next_run_at)
  select p.discord_server_id, p.room || '.panel', 'panel',
         greatest(now() + interval '1 second', p.edited_at + make_interval(secs => ${p.everySeconds}))
    from room_panel p
   where p.discord_server_id = any(${[...p.guildIds]}::bigint[]) and p.room = ${p.room}
   order by p.discord_server_id
  on conflict (discord_server_id, kind, job_ref) do nothing`
