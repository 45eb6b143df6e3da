import {
  type Affiliates,
  affiliateHosts,
  createAffiliates,
  type Platform,
  type WagerRow,
} from '../../cluster/runtime/affiliate.ts'
import type { GuildId } from '../../cluster/runtime/ids.ts'
import { createWagers } from '../../shard/dispatch/wagers.ts'
import type { Tools } from '../../shard/features/feature.ts'
import { wagers } from '../../shard/features/wagers/index.ts'
import { type Sql, transaction } from '../../sql/client.ts'
import { type ClaimedCampaign, claimCampaigns } from '../../sql/queries/wagers.ts'
import { AffiliateStandIn, type StatedAccount } from '../standins/affiliate/index.ts'
import { onCleanUp } from './cleanup.ts'

/** A platform, and whoever asks it; ends with the test file. */
export async function aPlatform(tools: Tools) {
  const platform = new AffiliateStandIn()
  await platform.start()
  onCleanUp(() => platform.stop())
  const affiliates = createAffiliates({ hosts: affiliateHosts, request: platform.request, timeoutMs: 2_000 })
  const { sql } = tools
  const dueNow = () => sql`update wager_campaign set next_poll_at = now()`
  return {
    platform,
    affiliates,
    dueNow,
    /** Asks once what is due. */
    look: () => createWagers({ tools, affiliates }).look(),
    /** What the address with this id tells from now on, by account. */
    tell: (id: string, amounts: Readonly<Record<string, string>>, more: Partial<StatedAccount> = {}) =>
      platform.tell(
        `affiliate.shuffle.com/stats/${id}`,
        Object.entries(amounts).map(([username, wager]) => ({ username, wager, ...more })),
      ),
    /** Everything is asked once, by whoever is given. */
    poll: async (by: { readonly tools?: Tools; readonly affiliates?: Affiliates } = {}) => {
      await dueNow()
      const service = createWagers({ tools, affiliates, ...by })
      while ((await sql`select 1 from wager_campaign where next_poll_at <= now()`).length > 0) await service.look()
    },
  }
}

/** Binds guilds to a campaign that nobody asks: a test answers for it. */
export async function bind(
  sql: Sql,
  p: {
    readonly campaignId: string
    readonly guildIds: readonly GuildId[]
    readonly platform?: Platform
    readonly codes?: string[]
  },
): Promise<void> {
  const platform = p.platform ?? 'shuffle'
  await sql`
    insert into wager_campaign (campaign_id, platform, next_poll_at) values (${p.campaignId}, ${platform}, 'infinity')
    on conflict do nothing`
  for (const id of p.guildIds)
    await sql`
      insert into wager_source (discord_server_id, platform, campaign_id, codes, address, key_id)
      values (${id}, ${platform}, ${p.campaignId}, ${p.codes ?? []}::text[], 'x', 'k')`
}

export const row = (name: string, cents: bigint, code: string | null = null): WagerRow => ({
  account: name.toLowerCase(),
  name,
  code,
  cents,
  weightedCents: null,
})

/** Claims one campaign, whenever it is due. */
export async function claimOne(sql: Sql, campaignId: string): Promise<ClaimedCampaign> {
  const claimed = await transaction(sql, async (db) => {
    await db`update wager_campaign set next_poll_at = '-infinity' where campaign_id = ${campaignId}`
    const [found] = await claimCampaigns(db, { limit: 1, claimSeconds: 60 })
    await db`update wager_campaign set next_poll_at = 'infinity' where campaign_id = ${campaignId}`
    return found
  })
  if (claimed?.campaignId !== campaignId) throw new Error('another campaign was claimed')
  return claimed
}

/** Answers for a campaign, as the dispatch does once the platform has. */
export const answer = (
  tools: Tools,
  claimed: ClaimedCampaign,
  rows: readonly WagerRow[],
  more: { readonly window?: string; readonly asOf?: Date | null } = {},
) =>
  transaction(tools.sql, (db) =>
    wagers.onAnswer(
      claimed,
      { kind: 'report', window: '', asOf: null, etag: null, lastModified: null, skipped: 0, rows, ...more },
      db,
      tools,
    ),
  )
