/**
 * Plays game days on the local stage with a real Prometheus, and writes them up in `grafana/gamedays`:
 *
 *   npm run gameday -- NAME …     plays these days, one after the other; without a name it lists them
 *   npm run gameday -- --draw NAME …   writes their pages and pictures again, from what was measured then
 */
import { readdirSync } from 'node:fs'
import { projectFile } from '../../sql/migrate.ts'
import { setUpPrometheus } from '../demo/observe.ts'
import { startChromium } from '../support/chromium.ts'
import { cleanUp } from '../support/cleanup.ts'
import { days } from './days.ts'
import { draw } from './draw.ts'
import { type Day, playDay } from './play.ts'
import { keep, type Recording, readPanels, recall, record } from './record.ts'
import { writeDay, writeIndex } from './write.ts'

const [first, ...more] = process.argv.slice(2)
const isDrawing = first === '--draw'
const names = isDrawing ? more : [first, ...more].filter((name) => name !== undefined)
const chosen = names.flatMap((name) => days.find((day) => day.name === name) ?? [])
if (chosen.length === 0 || chosen.length < names.length) {
  const list = days.map(({ name, title }) => `  ${name.padEnd(16)} ${title}`)
  process.stderr.write(`npm run gameday -- [--draw] NAME …\n\n${list.join('\n')}\n`)
  process.exit(2)
}

process.once('SIGINT', () => void cleanUp().finally(() => process.exit(130)))
process.once('SIGTERM', () => void cleanUp().finally(() => process.exit(143)))
let isWell = true
try {
  if (!isDrawing) setUpPrometheus()
  for (const day of chosen) {
    const recording = isDrawing ? recall(day.name) : await play(day)
    const { account } = recording
    await writeUp(day, recording)
    await cleanUp()
    isWell &&= account.missing.length + account.outcome.differences.length + account.outcome.deadRows.length === 0
  }
  writeIndex(days)
} catch (err) {
  process.stderr.write(`game day failed: ${err instanceof Error ? (err.stack ?? err.message) : String(err)}\n`)
  isWell = false
  await cleanUp().catch(() => {}) // what failed has been told
}
process.exit(isWell ? 0 : 1)

async function play(day: Day): Promise<Recording> {
  const dashboards = readdirSync(projectFile('grafana', 'dashboards')).map((file) => file.replace(/\.json$/, ''))
  const startedAt = Date.now()
  const say = (text: string): void => {
    const seconds = Math.round((Date.now() - startedAt) / 1000)
    process.stdout.write(`${day.name} ${String(seconds).padStart(4)} s  ${text}\n`)
  }
  let recording: Recording | undefined
  await playDay(day, {
    logFile: projectFile('.data', `gameday-${day.name}.log`),
    onSay: say,
    draw: async (account, prometheus) => {
      recording = await record(account, prometheus, readPanels(dashboards))
      keep(recording)
    },
  })
  if (recording === undefined) throw new Error(`nothing was recorded of ${day.name}`)
  return recording
}

async function writeUp(day: Day, { account, panels }: Recording): Promise<void> {
  const wanted = day.panels.flatMap((name) => {
    const panel = panels.find((one) => one.name === name)
    if (panel === undefined) throw new Error(`there is no panel ${name}`)
    return [panel]
  })
  writeDay(day, account, wanted, await draw(await startChromium(), account, wanted))
}
