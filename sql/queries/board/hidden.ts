import type { GuildId } from '../../../cluster/runtime/ids.ts'
import type { Db } from '../../client.ts'

/** Whether somebody stands on no board of the guild, by an admin's choice or their own. */
export const isHidden = (db: Db, guildId: GuildId, name: ReturnType<Db>) => db`
  exists (
    select from exclusion e
     where e.discord_server_id = ${guildId} and e.username = ${name} and e.kind = 'boards'
  )`
