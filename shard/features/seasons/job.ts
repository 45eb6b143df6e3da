import type { GuildId, UserId } from '../../../cluster/runtime/ids.ts'
import type { Db } from '../../../sql/client.ts'
import { audit } from '../../../sql/queries/audit.ts'
import { cancelJob } from '../../../sql/queries/job.ts'
import { owe } from '../../../sql/queries/outbox.ts'
import { archiveSeason, closeSeason, type Season, seasonJob } from '../../../sql/queries/season.ts'
import type { JobHandler, Tools } from '../feature.ts'
import { settleNow } from '../watchtime/index.ts'

/**
 * Ends a season in the caller's transaction: what was watched until then is credited, the boards are kept and the result is owed to the
 * channel for it. Once, however many ask for it at the same time; undefined when it is not running.
 */
export async function endSeason(
  db: Db,
  p: { readonly guildId: GuildId; readonly seasonId: number; readonly userId: UserId | null },
  tools: Tools,
): Promise<Season | undefined> {
  const { guildId, seasonId } = p
  const season = await closeSeason(db, p)
  if (season === undefined) return undefined
  await settleNow(guildId, db, tools)
  const viewers = await archiveSeason(db, { guildId, seasonId })
  await cancelJob(db, { guildId, kind: seasonJob, ref: String(seasonId) })
  await owe(db, [{ guildId, kind: 'seasons.result', sourceRef: String(seasonId), payload: { seasonId } }])
  await audit(db, [
    {
      guildId,
      ...(p.userId === null ? { source: 'bot' } : { source: 'discord', actorId: p.userId }),
      action: 'seasons.end',
      subject: `#${seasonId}`,
      oldValue: season.name,
      newValue: `${viewers} viewers`,
    },
  ])
  return season
}

/** Ends seasons whose time has come. */
export const onEnd: JobHandler = async (jobs, db, tools) => {
  for (const { guildId, ref } of jobs) await endSeason(db, { guildId, seasonId: Number(ref), userId: null }, tools)
  tools.wakeOutbox()
}
