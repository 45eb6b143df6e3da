import { randomBytes } from 'node:crypto'
import type { DiscordStandIn } from '../standins/discord/index.ts'
import type { KickStandIn } from '../standins/kick/index.ts'

export interface World {
  readonly discord: DiscordStandIn
  readonly kick: KickStandIn
  readonly postgres: { readonly url: string }
  readonly nats: { readonly url: string }
}

/** What our programs have to know of a stage: all of them, and managers besides. Each call makes another key for secrets. */
export function environmentOf(
  { discord, kick, postgres, nats }: World,
  size: { readonly shardCount: number; readonly shardsPerGroup: number },
) {
  return {
    ofAll: {
      DATABASE_URL: postgres.url,
      NATS_URL: nats.url,
      SHARD_COUNT: String(size.shardCount),
      SHARDS_PER_GROUP: String(size.shardsPerGroup),
      LOG_LEVEL: 'info',
    },
    ofManagers: {
      DISCORD_TOKEN: discord.token,
      DISCORD_API_URL: discord.url,
      DISCORD_CDN_URL: discord.cdnUrl,
      KICK_CLIENT_ID: kick.clientId,
      KICK_CLIENT_SECRET: kick.clientSecret,
      KICK_ID_URL: kick.idUrl,
      KICK_API_URL: kick.apiUrl,
      SECRETS_KEY: randomBytes(32).toString('hex'),
    },
  }
}
