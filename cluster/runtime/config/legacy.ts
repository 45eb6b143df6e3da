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

/** Python's names of log levels, where pino has another. */
const levels: Readonly<Record<string, string>> = { WARNING: 'warn', CRITICAL: 'error', NOTSET: 'trace' }
const isPythonLevel = /^(DEBUG|INFO|WARNING|ERROR|CRITICAL|NOTSET)$/

/** Names that mean the same here as there. */
export const unchanged: readonly string[] = [
  'DATABASE_URL',
  'DISCORD_GUILD_ID',
  'DISCORD_TOKEN',
  'FLASK_SECRET_KEY',
  'KICK_CHANNEL',
  'KICK_CLIENT_ID',
  'KICK_CLIENT_SECRET',
  'LOG_LEVEL',
  'REDIS_MSG_SECRET',
  'REDIS_URL',
]

const ofGame = 'a setting of each server, which no server inherits from the operator'

/** Without effect, and why. A star stands for any ending. */
export const ended: Readonly<Record<string, string>> = {
  BOT_AUTH_TOKEN: 'the broadcaster lets the bot into the chat by the button under /setup',
  CLIPS_API_KEY: 'there are no clips',
  CODE_EXPIRY_MINUTES: 'accounts are proved by signing in at Kick; there are no codes',
  ENABLE_TEST_WEBHOOKS: 'no webhook is believed without its signature',
  GUNICORN_WORKERS: 'front doors scale by pods',
  KICK_BOT_USER_TOKEN: 'the broadcaster lets the bot into the chat by the button under /setup',
  KICK_CHATROOM_ID: 'chat comes by webhooks of the channel; there is no chat room to join',
  KICK_USER_TOKEN: 'the broadcaster lets the bot into the chat by the button under /setup',
  KICK_USE_KICKPYTHON_WS: 'chat comes by webhooks',
  KICK_WEBHOOK_SECRET: "webhooks are checked with Kick's public key",
  'RAFFLE_*': ofGame,
  ROLE_UPDATE_INTERVAL_SECONDS: 'roles follow minutes at once',
  'SETTINGS_ENCRYPTION_KEY*':
    'SECRETS_KEY takes its place; stored tokens are not taken over, the broadcaster connects again',
  'SHUFFLE_*': ofGame,
  SLOT_CALLS_CHANNEL_ID: ofGame,
  'TWITCH_*': 'only Kick is watched',
  USE_DUAL_MODE: 'chat comes by webhooks, once',
  'WAGER_*': ofGame,
  WEBHOOK_TEST_TOKEN: 'no webhook is believed without its signature',
}

const families = Object.entries(ended).flatMap(([name, why]) =>
  name.endsWith('*') ? [{ beginning: name.slice(0, -1), why }] : [],
)

const isSet = (value: string | undefined): value is string => value !== undefined && value.trim() !== ''

export interface LegacyNames {
  /** With our names added. */
  readonly environment: Environment
  /** Taken over, by the old name. */
  readonly used: readonly string[]
  /** Set, and without effect: why, by name. */
  readonly ended: Readonly<Record<string, string>>
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
  // Whoever gives a PORT sends requests to the machine's own address, where the legacy bot listened.
  if (added.HTTP_PORT !== undefined && !isSet(environment.HTTP_HOST)) added.HTTP_HOST = '0.0.0.0'
  const level = environment.LOG_LEVEL?.trim() ?? ''
  if (isPythonLevel.test(level)) {
    added.LOG_LEVEL = levels[level] ?? level.toLowerCase()
    used.push('LOG_LEVEL')
  }
  const whyEnded = (name: string) => ended[name] ?? families.find(({ beginning }) => name.startsWith(beginning))?.why
  const without = Object.entries(environment).flatMap(([name, value]) => {
    const why = isSet(value) ? whyEnded(name) : undefined
    return why === undefined ? [] : [[name, why] as const]
  })
  return { environment: { ...environment, ...added }, used, ended: Object.fromEntries(without) }
}
