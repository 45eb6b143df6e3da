/**
 * Belfry on one machine, with a Discord and a Kick of its own and people who watch: `npm run demo`. In the end it compares what
 * everybody has with an independent model of what they are owed.
 */
import { cleanUp } from '../support/cleanup.ts'
import { readOptions, UsageError, usage } from './options.ts'
import { play } from './play.ts'

/** Asked once, viewers stop early and all is settled and compared; asked again, or before anybody writes, it ends at once. */
const ending = new AbortController()
let isAsked = false
const onSignal = (): void => {
  if (isAsked || !canEndEarly) void leave(130)
  isAsked = true
  ending.abort()
}
let canEndEarly = false
process.on('SIGINT', onSignal)
process.on('SIGTERM', onSignal)

try {
  const options = readOptions(process.argv.slice(2), process.stdout.isTTY === true)
  if (options === 'help') {
    process.stdout.write(usage)
    process.exit(0)
  }
  const isOk = await play(options, {
    ending: ending.signal,
    onQuit: onSignal,
    onOpen: () => {
      canEndEarly = true
    },
  })
  await leave(isOk ? 0 : 1)
} catch (err) {
  if (err instanceof UsageError) {
    process.stderr.write(`${err.message}\n\n${usage}`)
    process.exit(2)
  }
  process.stderr.write(`demo failed: ${err instanceof Error ? (err.stack ?? err.message) : String(err)}\n`)
  await leave(1)
}

async function leave(code: number): Promise<never> {
  await cleanUp().catch((err: unknown) => process.stderr.write(`demo could not clean up: ${String(err)}\n`))
  process.exit(code)
}
