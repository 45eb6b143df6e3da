import { transaction } from '../../../sql/client.ts'
import { unblockRoles } from '../../../sql/queries/roles.ts'
import { touchSettlement } from '../../../sql/queries/settlement.ts'
import type { GatewayEvents } from '../feature.ts'
import { forget } from './power.ts'

/** Something about roles has changed in a guild: what could not be given may be possible now. */
export const rolesChanged: NonNullable<GatewayEvents['rolesChanged']> = async (guildId, tools) => {
  forget(guildId)
  await transaction(tools.sql, async (db) => {
    const [result] = await unblockRoles(db, guildId)
    if ((result?.blocked ?? 0) > 0) await touchSettlement(db, { kind: 'roles', guildIds: [guildId] })
  })
}
