import { parseArgs } from 'node:util'

export interface DemoOptions {
  readonly guilds: number
  /** In each channel. */
  readonly viewers: number
  /** How long viewers write; 0 until somebody ends it. */
  readonly seconds: number
  /** One line of JSON on stdout and nothing else. */
  readonly json: boolean
  /** Same seed, same people and the same choices of who writes when. */
  readonly seed: string
  /** A Prometheus of its own scrapes every process. */
  readonly observe: boolean
  /** Where everything goes that the programs write. */
  readonly logFile: string | undefined
}

export class UsageError extends Error {}

export const usage = `npm run demo -- [options]

  --guilds N     Discord servers (2 to 500; 30 unless said)
  --viewers N    viewers of each channel (2 to 200; 20 unless said)
  --seconds N    how long viewers write; 0 until q or Ctrl-C (0 in a terminal, else 45)
  --seed TEXT    other people, other choices
  --json         one line of JSON and nothing else; exit code 0 exactly when everything is as it should be
  --observe      with a Prometheus that scrapes every process and knows the alerts; says where it is
  --log FILE     keep what the programs log
`

/** Reads the command line; throws {@link UsageError}. */
export function readOptions(args: readonly string[], isTerminal: boolean): DemoOptions | 'help' {
  let values: Record<string, string | boolean | undefined>
  try {
    values = parseArgs({
      args: [...args],
      options: {
        guilds: { type: 'string' },
        viewers: { type: 'string' },
        seconds: { type: 'string' },
        seed: { type: 'string' },
        json: { type: 'boolean' },
        observe: { type: 'boolean' },
        log: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (err) {
    throw new UsageError(err instanceof Error ? err.message : String(err))
  }
  if (values.help) return 'help'
  const whole = (name: string, otherwise: number, min: number, max: number): number => {
    const text = values[name]
    if (text === undefined) return otherwise
    const value = Number(text)
    if (typeof text === 'string' && /^\d+$/.test(text) && value >= min && value <= max) return value
    throw new UsageError(`--${name} must be a whole number from ${min} to ${max}`)
  }
  const json = values.json === true
  return {
    guilds: whole('guilds', 30, 2, 500),
    viewers: whole('viewers', 20, 2, 200),
    seconds: whole('seconds', isTerminal && !json ? 0 : 45, 0, 86_400),
    seed: typeof values.seed === 'string' ? values.seed : 'belfry',
    json,
    observe: values.observe === true,
    logFile: typeof values.log === 'string' ? values.log : undefined,
  }
}
