/** What affiliate platforms answer. */
import { type AffiliateAnswer, platforms } from '../../../cluster/runtime/affiliate.ts'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import { Counter, registry } from '../../../cluster/runtime/metrics.ts'
import type { Db } from '../../../sql/client.ts'
import { tellDashboard } from '../../../sql/queries/dashboard.ts'
import { mostTickets } from '../../../sql/queries/tickets.ts'
import {
  boundGuilds,
  type ClaimedCampaign,
  finishPoll,
  type Growth,
  holdCampaign,
  owedWagers,
  recordReport,
  settleWagers,
} from '../../../sql/queries/wagers.ts'
import type { Tools } from '../feature.ts'
import { raffle } from '../raffle/index.ts'
import { dollarsOf, fallHours, graceMinutes, nextPollSeconds } from './rules.ts'

const growths = new Counter({
  name: 'bot_wagers_growths_total',
  help: 'Growths of what accounts have wagered, each once for each server that counts it.',
  labelNames: ['platform'],
  registers: [registry],
})
// A platform with which nobody's wagers have grown yet is shown as such, not left out.
for (const platform of platforms) growths.inc({ platform }, 0)

/** What became of an answer; `lost`, when somebody else has asked meanwhile, and `stale`, when it is older than the one before, change nothing. */
export type PollOutcome = 'recorded' | 'unchanged' | 'lost' | 'stale' | 'failed'

/**
 * Counts an answer for all guilds that are bound to its campaign, gives the tickets that follow, and says when to ask again; in one
 * transaction. A crash before its end changes nothing, and whoever asks next counts the same growth. Links are looked at as they are now, also
 * when nothing has grown.
 */
export async function onAnswer(
  campaign: ClaimedCampaign,
  answer: AffiliateAnswer,
  db: Db,
  tools: Pick<Tools, 'dashboardSecret' | 'wakeOutbox'>,
): Promise<PollOutcome> {
  const [held] = await holdCampaign(db, campaign)
  if (held === undefined) return 'lost'
  const again = { failures: 0, retryAfterMs: null, chance: Math.random() }
  if (answer.kind === 'failed') {
    const nextSeconds = nextPollSeconds({
      ...again,
      failures: campaign.failures + 1,
      retryAfterMs: answer.retryAfterMs,
    })
    await finishPoll(db, { ...campaign, nextSeconds, fault: answer.fault, answer: null })
    return 'failed'
  }
  const nextSeconds = nextPollSeconds(again)
  if (answer.kind === 'report' && held.asOf !== null && answer.asOf !== null && answer.asOf < held.asOf) {
    await finishPoll(db, { ...campaign, nextSeconds, fault: null, answer: null })
    return 'stale'
  }
  if (answer.kind === 'report') {
    const grown = await recordReport(db, { ...answer, ...campaign, at: campaign.claimedAt, graceMinutes, fallHours })
    for (const { platform } of grown) growths.inc({ platform })
    await tellGrowth(db, grown, tools)
  }
  const guildIds = (await boundGuilds(db, campaign.campaignId)).map(({ guildId }) => guildId)
  await payWagers(db, guildIds)
  await finishPoll(db, {
    ...campaign,
    nextSeconds,
    fault: null,
    answer: answer.kind === 'report' ? { ...answer, accounts: answer.rows.length } : null,
  })
  return answer.kind === 'report' ? 'recorded' : 'unchanged'
}

/** Gives the tickets that open raffles of these guilds owe for wagers; in the caller's transaction, safe to repeat. */
export async function payWagers(db: Db, guildIds: readonly GuildId[]): Promise<void> {
  if (guildIds.length === 0) return
  const owed = await owedWagers(db, { guildIds: [...guildIds], mostTickets })
  if (owed.length === 0) return
  const awards = await raffle.award(
    db,
    owed.map((one) => ({
      guildId: one.guildId,
      username: one.username,
      source: 'wager',
      tickets: Number(one.owed),
      sourceRef: `wager:${one.platform}:${one.account}:${one.periodNumber}:${one.ticketsTotal}`,
      at: one.at,
    })),
  )
  const given = owed.filter((_, i) => awards[i]?.outcome !== 'no_period')
  if (given.length > 0) await settleWagers(db, given)
}

async function tellGrowth(
  db: Db,
  grown: readonly Growth[],
  { dashboardSecret, wakeOutbox }: Pick<Tools, 'dashboardSecret' | 'wakeOutbox'>,
): Promise<void> {
  if (dashboardSecret === undefined || grown.length === 0) return
  await tellDashboard(
    db,
    grown.map(({ guildId, platform, account, displayName, deltaCents, reportedCents, grownCents, kickName }) => ({
      guildId,
      area: 'wager',
      action: 'wager_recorded',
      data: {
        shuffle_username: displayName,
        kick_name: kickName,
        platform,
        wager_delta: dollarsOf(deltaCents),
        total_wager_usd: dollarsOf(reportedCents),
      },
      ref: `${platform}:${account}:${grownCents}`,
    })),
  )
  wakeOutbox()
}
