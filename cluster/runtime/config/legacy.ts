/** The environment of the legacy bot: what its variables are called here, and which of them have no effect any more. */

type Environment = Readonly<Record<string, string | undefined>>

interface Successor {
  /** Our name. */
  readonly name: string
  /** What the value looks like here. */
  readonly rewrite?: (value: string) => string
}

const withScheme = (value: string): string => (/^https?:\/\//.test(value) ? value : `https://${value}`)

/** Taken over where our own name is not set. The first that is set counts. */
export const successors: Readonly<Record<string, Successor>> = {
  BOT_PUBLIC_URL: { name: 'PUBLIC_URL', rewrite: withScheme },
  OAUTH_BASE_URL: { name: 'PUBLIC_URL', rewrite: withScheme },
  PORT: { name: 'HTTP_PORT' },
  OAUTH_PORT: { name: 'HTTP_PORT' },
  WATCH_INTERVAL_SECONDS: { name: 'TICK_CADENCE_SECONDS' },
}

/** Names that mean the same here as there. */
export const unchanged: readonly string[] = [
  'DATABASE_URL',
  'DISCORD_GUILD_ID',
  'DISCORD_TOKEN',
  'KICK_CHANNEL',
  'KICK_CLIENT_ID',
  'KICK_CLIENT_SECRET',
  'LOG_LEVEL',
]

/** Without effect, and why. */
export const ended: Readonly<Record<string, string>> = {
  BOT_AUTH_TOKEN: 'the broadcaster lets the bot into the chat by the button under /setup',
  CODE_EXPIRY_MINUTES: 'accounts are proved by signing in at Kick; there are no codes',
  FLASK_SECRET_KEY: 'addresses of sign-ins are random and kept as hashes; they are not signed',
  GUNICORN_WORKERS: 'front doors scale by pods',
  KICK_BOT_USER_TOKEN: 'the broadcaster lets the bot into the chat by the button under /setup',
  KICK_CHATROOM_ID: 'chat comes by webhooks of the channel; there is no chat room to join',
  KICK_USER_TOKEN: 'the broadcaster lets the bot into the chat by the button under /setup',
  KICK_USE_KICKPYTHON_WS: 'chat comes by webhooks',
  KICK_WEBHOOK_SECRET: "webhooks are checked with Kick's public key",
  REDIS_MSG_SECRET: 'dashboard events come over NATS',
  REDIS_URL: 'dashboard events come over NATS',
  ROLE_UPDATE_INTERVAL_SECONDS: 'roles follow minutes at once',
  SETTINGS_ENCRYPTION_KEY:
    'SECRETS_KEY takes its place; stored tokens are not taken over, the broadcaster connects again',
  USE_DUAL_MODE: 'chat comes by webhooks, once',
}

const isSet = (value: string | undefined): value is string => value !== undefined && value.trim() !== ''

export interface LegacyNames {
  /** With our names added. */
  readonly environment: Environment
  /** Taken over, by the old name. */
  readonly used: readonly string[]
  /** Set, and without effect. */
  readonly ended: readonly string[]
}

/** Adds our names to an environment that was written for the legacy bot. What is set under our own name stays. */
export function withLegacyNames(environment: Environment): LegacyNames {
  const added: Record<string, string> = {}
  const used: string[] = []
  for (const [old, { name, rewrite }] of Object.entries(successors)) {
    const value = environment[old]
    if (!isSet(value) || isSet(environment[name]) || added[name] !== undefined) continue
    added[name] = rewrite === undefined ? value : rewrite(value.trim())
    used.push(old)
  }
  const isWithoutEffect = (name: string) => isSet(environment[name])
  return { environment: { ...environment, ...added }, used, ended: Object.keys(ended).filter(isWithoutEffect) }
}
