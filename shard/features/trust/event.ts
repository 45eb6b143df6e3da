import { transaction } from '../../../sql/client.ts'
import { cancelJob, scheduleJobs } from '../../../sql/queries/job.ts'
import { readSettingsOf } from '../../../sql/queries/settings.ts'
import type { GatewayEvents } from '../feature.ts'

export const forgetJob = 'trust.forget'
const dayMs = 86_400_000

/** What a server had is kept for a while after the bot was removed, and not longer. */
export const gateway = {
  async guildLeft(guildId, tools) {
    await transaction(tools.sql, async (db) => {
      const { forget_after_days: days } = await readSettingsOf(db, guildId, ['forget_after_days'])
      const runAt = new Date(tools.clock.now() + days * dayMs)
      await scheduleJobs(db, [{ guildId, kind: forgetJob, ref: guildId, runAt }])
    })
  },
  async guildsAvailable(guilds, tools) {
    for (const { guildId } of guilds) await cancelJob(tools.sql, { guildId, kind: forgetJob, ref: guildId })
  },
} satisfies GatewayEvents
