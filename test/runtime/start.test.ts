import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { freePort } from '../../cluster/runtime/embedded.ts'
import { DiscordStandIn } from '../standins/discord/index.ts'
import { KickStandIn } from '../standins/kick/index.ts'
import { onCleanUp } from '../support/cleanup.ts'
import { temporaryFolder } from '../support/folder.ts'
import { type Program, startProgram } from '../support/process.ts'
import { until } from '../support/wait.ts'

describe('npm start', () => {
  it('names everything that is missing and ends before it starts anything', async () => {
    const folder = await temporaryFolder()
    const start = startProgram('cluster/start.js', { env: { DATA_DIR: join(folder, 'data'), GRACE_SECONDS: 'soon' } })
    expect((await start.exited).code).toBe(1)
    expect(start.lines.map(({ text }) => text.trim())).toEqual([
      'belfry: the configuration has 4 faults:',
      'DISCORD_TOKEN is missing',
      'KICK_CLIENT_ID is missing',
      'KICK_CLIENT_SECRET is missing',
      'GRACE_SECONDS is wrong: it must be a number',
    ])
  })

  it('runs everything on one machine, replaces who dies, and leaves nobody behind', { timeout: 120_000 }, async () => {
    const { env, port, discord } = await aWorld()
    const first = startProgram('cluster/start.js', { env })
    await untilReady(port, first)
    expect(discord.control.connectedShards).toHaveLength(2)

    const scheduler = await pidOf(first, 'scheduler')
    process.kill(scheduler, 'SIGKILL')
    await until(async () => (await pidOf(first, 'scheduler')) !== scheduler, { what: 'another scheduler' })
    await until(async () => (await fetch(`http://127.0.0.1:${port + 1}/readyz`)).ok, { what: 'it to be ready' })

    const pids = pidsOf(first)
    expect(await first.kill('SIGTERM', { timeoutMs: 30_000 })).toEqual({ code: 0, signal: null })
    await until(() => pids.every((pid) => !isAlive(pid)), { what: 'everyone to be gone' })

    // Everything is kept: the database, the key, and the session at Discord.
    const identifies = discord.ledger.identifies.length
    const second = startProgram('cluster/start.js', { env })
    await untilReady(port, second)
    expect(second.lines.some(({ msg }) => msg === 'service failed to start')).toBe(false)
    expect(discord.ledger.identifies).toHaveLength(identifies)
    expect((await second.kill('SIGTERM', { timeoutMs: 30_000 })).code).toBe(0)
  })
})

async function aWorld() {
  const discord = new DiscordStandIn({ maxConcurrency: 2 })
  const kick = new KickStandIn()
  await Promise.all([discord.start(), kick.start()])
  onCleanUp(() => Promise.all([discord.stop(), kick.stop()]))
  discord.world.addGuild()
  const port = await freePort()
  const env = {
    DISCORD_TOKEN: discord.token,
    DISCORD_API_URL: discord.url,
    KICK_CLIENT_ID: kick.clientId,
    KICK_CLIENT_SECRET: kick.clientSecret,
    KICK_ID_URL: kick.idUrl,
    KICK_API_URL: kick.apiUrl,
    HTTP_PORT: String(port),
    SHARD_COUNT: '2',
    DATA_DIR: join(await temporaryFolder(), 'data'),
  }
  return { env, port, discord, kick }
}

async function untilReady(port: number, program: Program): Promise<void> {
  await until(
    async () => {
      if (program.exit !== undefined) throw new Error(`it ended:\n${program.tail()}`)
      return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok
    },
    { what: 'the front door to be ready', timeoutMs: 60_000 },
  )
}

/** The process ids of everyone who has logged something. */
const pidsOf = (program: Program): number[] => [
  ...new Set(program.lines.flatMap(({ fields }) => (typeof fields.pid === 'number' ? [fields.pid] : []))),
]

/** Of the one that logged last. */
async function pidOf(program: Program, name: string): Promise<number> {
  const pid = program.lines.findLast(({ fields }) => fields.process === name)?.fields.pid
  if (typeof pid !== 'number') throw new Error(`no ${name} has logged anything`)
  return pid
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
