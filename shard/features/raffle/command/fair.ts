import { type GuildId, userId } from '../../../../cluster/runtime/ids.ts'
import { ownEntry } from '../../../../sql/queries/draws.ts'
import { latestPeriods } from '../../../../sql/queries/raffle.ts'
import type { Reply, Tools } from '../../feature.ts'
import type { Say } from '../../language.ts'
import { fairView, pageOf } from '../view/draw.ts'

const looksBack = 25

/** Where the last raffle can be checked, and the member's own entry in its list. */
export async function showFair(
  say: Say,
  guildId: GuildId,
  memberId: string,
  { sql, publicUrl }: Tools,
): Promise<Reply> {
  const periods = await latestPeriods(sql, { guildId, limit: looksBack })
  const period = periods.find(({ status }) => status === 'closed' || status === 'drawn' || status === 'active')
  if (period === undefined) return { content: say('raffle:info.none') }
  const [own] = await ownEntry(sql, { guildId, periodNumber: period.periodNumber, userId: userId(memberId) })
  return fairView(say, {
    period,
    url: pageOf(publicUrl, period),
    own: own && { ...own, person: own.kickUserId ?? `discord:${memberId}` },
  })
}
