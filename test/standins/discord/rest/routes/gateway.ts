import type { JsonObject } from '../../json.ts'
import { userWire } from '../../world/wire.ts'
import { type RestRequest, route } from '../router.ts'

const guildsPerRecommendedShard = 1_000

const gatewayBot = ({ core }: RestRequest): JsonObject => ({
  url: core.gateway.url,
  shards: core.settings.recommendedShards ?? Math.max(1, Math.ceil(core.world.guilds.size / guildsPerRecommendedShard)),
  session_start_limit: {
    total: core.settings.identifyBudget,
    remaining: core.gateway.gate.remaining,
    reset_after: core.gateway.gate.resetAfterMs,
    max_concurrency: core.settings.maxConcurrency,
  },
})

const application = ({ core }: RestRequest): JsonObject => ({
  id: core.world.applicationId,
  name: core.world.bot.username,
  icon: null,
  description: '',
  bot_public: true,
  bot_require_code_grant: false,
  verify_key: '0'.repeat(64),
  flags: 0,
  bot: userWire(core.world.bot),
  owner: null,
  team: null,
  approximate_guild_count: core.world.guilds.size,
  redirect_uris: [],
  tags: [],
})

export const gatewayRoutes = [
  route('GET', '/gateway', ({ core }) => ({ url: core.gateway.url }), { authorized: false }),
  route('GET', '/gateway/bot', gatewayBot, { bucket: 'gateway-bot' }),
  route('GET', '/applications/@me', application),
  route('GET', '/oauth2/applications/@me', application),
]
