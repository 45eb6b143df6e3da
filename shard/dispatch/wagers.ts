import type { AffiliateAnswer, Affiliates } from '../../cluster/runtime/affiliate.ts'
import type { Service } from '../../cluster/runtime/lifecycle.ts'
import { Counter, Histogram, registry } from '../../cluster/runtime/metrics.ts'
import { isTransient, transaction } from '../../sql/client.ts'
import { type ClaimedCampaign, claimCampaigns, keysOf } from '../../sql/queries/wagers.ts'
import type { Tools } from '../features/feature.ts'
import { wagers } from '../features/wagers/index.ts'

const polls = new Counter({
  name: 'bot_wagers_polls_total',
  help: 'Questions to affiliate platforms, by what became of them.',
  labelNames: ['platform', 'outcome'],
  registers: [registry],
})
const duration = new Histogram({
  name: 'bot_wagers_poll_duration_seconds',
  help: 'Time from the claim of a campaign to the commit of what its answer changed.',
  labelNames: ['platform'],
  buckets: [0.1, 0.3, 1, 3, 10, 30],
  registers: [registry],
})

const lookEveryMs = 2_000
const atOnce = 3

/**
 * Asks affiliate platforms, each campaign once for all guilds that are bound to it, outside of any transaction. Every shard process runs it;
 * whoever claims a campaign asks it. Nothing to ask costs one look at an index every two seconds.
 */
export function createWagers(options: { readonly tools: Tools; readonly affiliates: Affiliates }): Service & {
  /** Asks what is due now. */
  look(): Promise<void>
} {
  const { tools, affiliates } = options
  const { sql, log, secrets } = tools
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let isStopping = false

  /** What was typed by any of those who are bound to the campaign: it is the same for all of them. */
  const opened = async ({ campaignId, platform }: ClaimedCampaign) => {
    for (const { guildId, address, apiKey, keyId } of await keysOf(sql, { campaignId, limit: 5 })) {
      const open = (value: string, what: 'address' | 'key') =>
        secrets.decrypt(value, { keyId, purpose: wagers.purposeOf(guildId, platform, what) })
      try {
        return { address: open(address, 'address'), key: apiKey === null ? null : open(apiKey, 'key') }
      } catch (err) {
        log.warn({ guildId, platform, err }, 'the address of a campaign does not open')
      }
    }
    return undefined
  }

  const answerOf = async (campaign: ClaimedCampaign): Promise<AffiliateAnswer> => {
    const secret = await opened(campaign)
    if (secret === undefined) return { kind: 'failed', fault: 'no_url', retryAfterMs: null }
    return affiliates.ask({ ...campaign, ...secret, at: campaign.claimedAt })
  }

  const poll = async (campaign: ClaimedCampaign): Promise<void> => {
    const { platform } = campaign
    const startedAt = performance.now()
    try {
      const answer = await answerOf(campaign)
      const outcome = await transaction(sql, (db) => wagers.onAnswer(campaign, answer, db, tools))
      polls.inc({ platform, outcome: answer.kind === 'failed' && outcome === 'failed' ? answer.fault : outcome })
      duration.observe({ platform }, (performance.now() - startedAt) / 1_000)
    } catch (err) {
      // The claim runs out, and whoever asks next counts the same.
      polls.inc({ platform, outcome: 'error' })
      log.error({ platform, err }, 'an answer about wagers could not be counted')
    }
  }

  const look = async (): Promise<void> => {
    try {
      const claimed = await claimCampaigns(sql, { limit: atOnce, claimSeconds: wagers.claimSeconds })
      await Promise.all(claimed.map(poll))
    } catch (err) {
      if (!isTransient(err)) log.error({ err }, 'campaigns could not be looked for')
    }
  }

  return {
    name: 'wagers',
    look,
    async start() {
      timer = setInterval(() => {
        if (isStopping) return
        running ??= look().finally(() => {
          running = undefined
        })
      }, lookEveryMs)
    },
    async stop() {
      isStopping = true
      clearInterval(timer)
      await running
    },
  }
}
