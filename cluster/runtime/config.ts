import { z } from 'zod'
import { affiliateHosts } from './affiliate.ts'
import { withLegacyNames } from './config/legacy.ts'
import { type DrandChain, quicknet } from './drand.ts'
import { guildId } from './ids.ts'
import type { Log } from './log.ts'

/** One sentence naming every variable that is missing or wrong; never a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(
      `the configuration has ${faults.length} fault${faults.length === 1 ? '' : 's'}:\n${faults.map((f) => `  ${f}`).join('\n')}`,
    )
    this.faults = faults
  }
}

const whole = (min: number, max: number) => z.coerce.number().int().min(min).max(max)
const url = (protocols: RegExp) => z.url({ protocol: protocols })
const httpUrl = url(/^https?$/).transform((value) => value.replace(/\/+$/, ''))

const mirrors = [
  'https://api.drand.sh',
  'https://api2.drand.sh',
  'https://api3.drand.sh',
  'https://drand.cloudflare.com',
].join(',')

function chainOf(text: string): DrandChain {
  const [hash = '', publicKey = '', genesis, period] = text.split(':')
  return { hash, publicKey, genesisSeconds: Number(genesis), periodSeconds: Math.max(1, Number(period)) }
}

/** What every process understands. An empty variable counts as unset. */
const schema = z.object({
  DISCORD_TOKEN: z.string().min(1),
  /** Serves this server alone; every other one is told so. */
  DISCORD_GUILD_ID: z
    .string()
    .regex(/^\d{15,20}$/, 'must be the id of a server, 15 to 20 digits')
    .transform(guildId)
    .optional(),
  /** With DISCORD_GUILD_ID: the Kick channel of that server, as long as nobody has chosen one by /setup. */
  KICK_CHANNEL: z.string().min(1).max(200).optional(),
  /** Hears who joins and leaves servers, for the policy about members who come back. Discord has to allow this privileged intent. */
  DISCORD_MEMBERS_INTENT: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true'),
  /** Base of Discord's REST API, without a version and without a slash at the end. */
  DISCORD_API_URL: httpUrl.default('https://discord.com/api'),
  /** Where files of members are; nothing is fetched from anywhere else. */
  DISCORD_CDN_URL: httpUrl.default('https://cdn.discordapp.com'),
  /** A rate-limit proxy that all pods share; unset, each process keeps to its share of the limit by itself. */
  DISCORD_PROXY_URL: httpUrl.optional(),
  DATABASE_URL: url(/^postgres(ql)?$/),
  NATS_URL: url(/^(nats|tls)$/),
  /** Servers of a NATS cluster that keep each stream. */
  NATS_REPLICAS: whole(1, 5).default(1),

  KICK_CLIENT_ID: z.string().min(1),
  KICK_CLIENT_SECRET: z.string().min(1),
  KICK_ID_URL: httpUrl.default('https://id.kick.com'),
  KICK_API_URL: httpUrl.default('https://api.kick.com'),
  /** Name of the app's own bot account on Kick, which never earns nor is answered. */
  KICK_BOT_NAME: z.string().min(1).optional(),
  /** Pins Kick's webhook key (PEM) instead of asking the API for it. */
  KICK_PUBLIC_KEY: z.string().includes('BEGIN PUBLIC KEY').optional(),

  /** Signs the start addresses of the legacy bot's links. As long as it is set, those that are out still begin a sign-in. */
  FLASK_SECRET_KEY: z.string().min(1).optional(),

  /** Where browsers and Kick reach the front door. */
  PUBLIC_URL: httpUrl,
  HTTP_HOST: z.string().min(1).default('127.0.0.1'),
  HTTP_PORT: whole(0, 65535).default(8080),
  /** Encrypts Kick tokens at rest: 32 bytes as 64 hexadecimal digits. */
  SECRETS_KEY: z.string().regex(/^[0-9a-fA-F]{64}$/, 'must be 64 hexadecimal digits'),

  /** Signs the dashboard's events; unset, none are taken. The previous one is believed as well, while a new one is brought out. */
  DASHBOARD_SECRET: z.string().min(16).optional(),
  DASHBOARD_SECRET_PREVIOUS: z.string().min(16).optional(),

  /** Where the legacy dashboard publishes; only the bridge (`npm run bridge`) reads it. The scheme may be left out. */
  REDIS_URL: z
    .string()
    .transform((value) => (value.includes('://') ? value : `redis://${value}`))
    .pipe(url(/^rediss?$/))
    .optional(),
  /** The legacy dashboard's own secret; set, the bridge takes nothing that is not signed with it. */
  REDIS_MSG_SECRET: z.string().min(1).optional(),

  /** Mirrors of the public randomness that decides draws, with commas between them; whichever answers first is believed if its signature holds. */
  DRAND_URL: z
    .string()
    .default(mirrors)
    .transform((value) => value.split(',').map((each) => each.trim()))
    .pipe(z.array(httpUrl).min(1).max(8)),
  /**
   * Clip services that servers may use, with commas between them: host names, reached by https and outside of private networks, or whole
   * origins (`http://127.0.0.1:9000`), which are taken at their word. None by default.
   */
  CLIP_HOSTS: z
    .string()
    .default('')
    .transform((value) => value.split(',').flatMap((each) => each.trim().replace(/\/+$/, '') || []))
    .pipe(
      z.array(
        z
          .string()
          .regex(
            /^(https?:\/\/)?[a-z0-9.[\]:-]+$/,
            'must be host names or origins, in lower case, with commas between them',
          ),
      ),
    ),
  /** Another chain of drand's than quicknet: its hash, public key, first second and seconds between rounds, with colons between them. */
  DRAND_CHAIN: z
    .string()
    .regex(
      /^[0-9a-f]{64}:[0-9a-f]{192}:\d{1,12}:\d{1,4}$/,
      'must be hash, public key, genesis and period, with colons between them',
    )
    .transform(chainOf)
    .default(quicknet),

  /** The only hosts at which affiliate platforms are asked what people have wagered, with commas between them. */
  WAGER_HOSTS: z
    .string()
    .default(affiliateHosts.join(','))
    .transform((value) => value.split(',').map((each) => each.trim().toLowerCase()))
    .pipe(
      z
        .array(
          z
            .string()
            .regex(/^(?=.{1,253}$)[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'must be names of hosts, with commas between them'),
        )
        .min(1)
        .max(50),
    ),

  /** Fixed for a deployment; about four times what Discord recommends, so that growing moves shards instead of adding them. */
  SHARD_COUNT: whole(1, 100_000).default(4),
  /** Shards that one shard process runs. */
  SHARDS_PER_GROUP: whole(1, 64).default(2),
  /** Most groups this pod takes; 0 makes it a pure front door. */
  MAX_GROUPS: whole(0, 10_000).default(10_000),
  /** How long a pod's claim on a group outlives its last sign of life. */
  GROUP_LEASE_SECONDS: whole(2, 300).default(15),
  /** IDENTIFYs of the daily budget that are never spent by starting up. */
  IDENTIFY_RESERVE: whole(0, 1_000_000).default(100),

  /** How often a guild is brought up to date; the unit of credit stays one minute. */
  TICK_CADENCE_SECONDS: whole(1, 3600).default(60),
  SCHEDULER_LEASE_SECONDS: whole(2, 60).default(5),

  /** Where rows of the bot before go that name no guild; `none` sets them aside. Asked for once, when its database is brought over. */
  LEGACY_GUILD_ID: z
    .string()
    .regex(/^(\d{15,20}|none)$/, 'must be a Discord server id or none')
    .optional(),

  /** Whether this process brings the schema up to date at its start, or waits until `npm run migrate` has done so. */
  MIGRATIONS: z.enum(['apply', 'wait']).default('apply'),

  GRACE_SECONDS: whole(1, 600).default(20),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** Name of this pod in leases and logs; the host name and process id when unset. */
  POD_NAME: z.string().min(1).optional(),
})

export type Config = z.output<typeof schema>
/** Every variable that some process understands. */
export const variables: readonly string[] = Object.keys(schema.shape)
type Name = keyof Config

/** What the scheduler needs; it knows neither Discord nor Kick. */
export const schedulerVariables = [
  'DATABASE_URL',
  'NATS_URL',
  'NATS_REPLICAS',
  'HTTP_HOST',
  'HTTP_PORT',
  'SHARD_COUNT',
  'SHARDS_PER_GROUP',
  'TICK_CADENCE_SECONDS',
  'SCHEDULER_LEASE_SECONDS',
  'MIGRATIONS',
  'GRACE_SECONDS',
  'LOG_LEVEL',
  'POD_NAME',
] as const satisfies readonly Name[]

export type SchedulerConfig = Pick<Config, (typeof schedulerVariables)[number]>

type Environment = Readonly<Record<string, string | undefined>>

function read<T>(part: z.ZodType<T>, environment: Environment): T {
  const given = Object.fromEntries(
    Object.entries(withLegacyNames(environment).environment).filter(
      ([, value]) => value !== undefined && value.trim() !== '',
    ),
  )
  const result = part.safeParse(given)
  if (result.success) return result.data
  throw new ConfigError(
    result.error.issues.map((issue) => {
      const name = String(issue.path[0])
      return given[name] === undefined ? `${name} is missing` : `${name} is wrong: ${reasonFor(issue)}`
    }),
  )
}

/** Says what is allowed without repeating what was given. */
function reasonFor(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_format':
      return issue.format === 'url'
        ? 'it must be a complete URL of the right kind'
        : (issue.message ?? 'it has the wrong form')
    case 'too_small':
      return `it must be at least ${issue.minimum}`
    case 'too_big':
      return `it must be at most ${issue.maximum}`
    case 'invalid_value':
      return `it must be one of ${issue.values.join(', ')}`
    case 'invalid_type':
      return `it must be a ${issue.expected === 'int' ? 'whole number' : issue.expected}`
    default:
      return 'it has the wrong form'
  }
}

/** Reads what a manager and its shard processes need. Throws {@link ConfigError} with every fault at once. */
export const readConfig = (environment: Environment): Config => read(schema, environment)

/** Reads what the scheduler needs. Throws {@link ConfigError} with every fault at once. */
export const readSchedulerConfig = (environment: Environment): SchedulerConfig =>
  read(
    schema.pick(
      Object.fromEntries(schedulerVariables.map((name) => [name, true])) as Record<
        (typeof schedulerVariables)[number],
        true
      >,
    ),
    environment,
  )

/** What the bridge to the legacy dashboard needs. Throws {@link ConfigError} with every fault at once. */
export function readBridgeConfig(environment: Environment) {
  const names = [
    'NATS_URL',
    'NATS_REPLICAS',
    'REDIS_URL',
    'REDIS_MSG_SECRET',
    'DASHBOARD_SECRET',
    'DISCORD_GUILD_ID',
    'HTTP_HOST',
    'LOG_LEVEL',
    'GRACE_SECONDS',
  ] as const
  const part = schema.pick(
    Object.fromEntries(names.map((name) => [name, true])) as Record<(typeof names)[number], true>,
  )
  const needed = part.required({ REDIS_URL: true, DASHBOARD_SECRET: true })
  // It may run beside a front door on one machine, so that it has a door of its own only where it is told to.
  return read(needed.extend({ HTTP_PORT: whole(0, 65535).optional() }), environment)
}

/** Says once which variables of the legacy bot were taken over, and which have no effect any more and why. Names, never values. */
export function reportLegacyNames(log: Log, environment: Environment = process.env): void {
  const { used, ended } = withLegacyNames(environment)
  if (used.length > 0) log.info({ variables: used }, 'legacy variables taken over')
  if (Object.keys(ended).length > 0) log.warn({ variables: ended }, 'legacy variables without effect')
}

/** How many groups a deployment has. */
export const groupCountOf = (config: Pick<Config, 'SHARD_COUNT' | 'SHARDS_PER_GROUP'>): number =>
  Math.ceil(config.SHARD_COUNT / config.SHARDS_PER_GROUP)

/** Reads the configuration or says what is wrong with it on stderr and ends the process with code 1, before it connects anywhere. */
export function configOrExit<T>(readFrom: (environment: Environment) => T): T {
  try {
    return readFrom(process.env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`belfry: ${error.message}\n`)
    process.exit(1)
  }
}
