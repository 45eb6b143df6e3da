import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, expect, it } from 'vitest'
import { type NamedQuery, queriesIn } from '../../grafana/queries.ts'
import { projectFile } from '../../sql/migrate.ts'
import { makeCast } from '../demo/cast.ts'
import { startChatter } from '../demo/chatter.ts'
import { seedLinks } from '../demo/linking.ts'
import { observeWith } from '../demo/observe.ts'
import { setUp } from '../demo/opening.ts'
import { buildStage } from '../demo/stage.ts'
import { Story } from '../demo/story.ts'
import { beginStreams } from '../demo/streams.ts'
import { build, g0, guildA, threeViewers } from '../sql/legacy/fixtures.ts'
import { onCleanUp } from '../support/cleanup.ts'
import { temporaryFolder } from '../support/folder.ts'
import type { Prometheus } from '../support/prometheus.ts'
import { life } from './life.ts'
import { trouble } from './trouble.ts'
import { aNeighbourhood, type World } from './world.ts'

/** Rates over minutes need minutes; here every window is this long, in panels and in rules, and alerts fire at once. */
const window = '15s'
const everySeconds = 2
const hurried = (text: string): string =>
  text.replace(/\[\d+[smhd](:[^\]]*)?\]/g, (_, rest = '') => `[${window}${rest}]`).replace(/\bfor: \w+/g, 'for: 0s')

/** The randomness that decides a draw comes within a minute. */
const patienceMs = 60_000

let world: World
let prometheus: Prometheus
const queries = queriesIn(projectFile('grafana'))

beforeAll(async () => {
  const { clips, env } = await aNeighbourhood()
  const story = new Story()
  const stage = await buildStage({
    seed: 'observed',
    logFile: undefined,
    isDurable: true,
    env: { ...env, LEGACY_GUILD_ID: guildA },
    onLine: (pod, line) => story.hear(pod, line),
  })
  const cast = makeCast(stage.discord, stage.kick, { guilds: 2, viewers: 6, seed: 'observed', now: Date.now() })
  world = { stage, cast, story, clips }
  await build(stage.sql, g0, threeViewers) // the bot before was here
  await stage.raise()
  prometheus = await observeWith(stage, { ruleFiles: await hurriedRules(), everySeconds })
  await setUp(stage, cast.guilds, () => {})
  beginStreams(cast, stage.kick, cast.channels)
  for (const guild of cast.guilds) await seedLinks(stage, guild, guild.members)
  const chatter = startChatter({ cast, kick: stage.kick, seed: 'observed', seconds: 15 })
  onCleanUp(async () => chatter.stop())
}, 180_000)

/** The rules as they are committed, but for their windows. */
async function hurriedRules(): Promise<string[]> {
  const folder = await temporaryFolder()
  return readdirSync(projectFile('grafana', 'rules')).map((file) => {
    const copy = join(folder, file)
    writeFileSync(copy, hurried(readFileSync(projectFile('grafana', 'rules', file), 'utf8')))
    return copy
  })
}

/** A figure that is not a number draws nothing. */
const hasData = async ({ expr }: NamedQuery): Promise<boolean> =>
  (await prometheus.query(hurried(expr))).some(({ points }) => points.some(([, value]) => Number.isFinite(value)))

/** Looks again and again until everything asked has been seen, or it is over; gives what was never seen. */
async function lookOut(asked: readonly NamedQuery[], isOver: () => boolean): Promise<readonly NamedQuery[]> {
  let missing = asked
  do {
    const found = await Promise.all(missing.map(hasData))
    missing = missing.filter((_, index) => !found[index])
    await sleep(500)
  } while (missing.length > 0 && !isOver())
  return missing
}

it('gives data for every query of every panel and every rule', async () => {
  const asked = queries.filter(({ kind }) => kind !== 'alert')
  expect(asked.length).toBeGreaterThan(4)
  let endsAt = Number.POSITIVE_INFINITY
  const looking = lookOut(asked, () => Date.now() > endsAt)
  try {
    for (const act of [...life, ...trouble]) {
      await act.play(world).catch((cause: unknown) => {
        const said = world.story.complaints.slice(-8).join('\n')
        throw new Error(`it did not come about that ${act.what}\n${said}`, { cause })
      })
    }
    endsAt = Date.now() + patienceMs
  } catch (err) {
    endsAt = 0
    await looking
    throw err
  }
  expect((await looking).map(({ where, expr }) => `${where}: ${expr}`)).toEqual([])
  // An alert gives data only when it should fire, which promtool and the game days show; here Prometheus must understand it.
  await Promise.all(queries.filter(({ kind }) => kind === 'alert').map(({ expr }) => prometheus.query(hurried(expr))))
}, 240_000)
