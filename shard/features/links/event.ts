import { transaction } from '../../../sql/client.ts'
import { cancelJob, scheduleJobs } from '../../../sql/queries/job.ts'
import { forgetGrantsOf } from '../../../sql/queries/linking.ts'
import { linkOf } from '../../../sql/queries/links.ts'
import { readSettingsOf } from '../../../sql/queries/settings.ts'
import type { GatewayEvents } from '../feature.ts'
import { roles } from '../roles/index.ts'

const wipeJob = 'links.wipe'
const dayMs = 86_400_000

/** Discord took every role when the member left; what is to become of the rest the guild has chosen. */
export const memberLeft: NonNullable<GatewayEvents['memberLeft']> = async ({ guildId, userId }, { sql, clock }) =>
  transaction(sql, async (db) => {
    await forgetGrantsOf(db, { guildId, userId })
    if ((await linkOf(db, guildId, userId)) === undefined) return
    const { rejoin_policy, rejoin_wipe_days } = await readSettingsOf(db, guildId, ['rejoin_policy', 'rejoin_wipe_days'])
    if (rejoin_policy !== 'wipe') return
    const runAt = new Date(clock.now() + rejoin_wipe_days * dayMs)
    await scheduleJobs(db, [{ guildId, kind: wipeJob, ref: userId, runAt }])
  })

/** A linked member is back in time: nothing is deleted, and with `restore` they get at once what they are entitled to. */
export const memberJoined: NonNullable<GatewayEvents['memberJoined']> = async ({ guildId, userId }, tools) =>
  transaction(tools.sql, async (db) => {
    const link = await linkOf(db, guildId, userId)
    if (link === undefined) return
    await cancelJob(db, { guildId, kind: wipeJob, ref: userId })
    await forgetGrantsOf(db, { guildId, userId })
    const { rejoin_policy } = await readSettingsOf(db, guildId, ['rejoin_policy'])
    if (rejoin_policy !== 'keep') await roles.syncMembers(db, [{ guildId, username: link.kickName }], tools)
  })
