import { parseArgs } from 'node:util'
import { benchDraw } from './draw.ts'
import { benchMigrate } from './migrate.ts'
import { benchTick } from './tick.ts'
import { benchTickets } from './tickets.ts'

/** Every benchmark there is. All figures are ratios within one run: machines differ, and this one is shared. */
const benchmarks = {
  tick: { run: benchTick, viewers: '100', guilds: '1000' },
  migrate: { run: benchMigrate, viewers: '200000', guilds: '1000' },
  draw: { run: benchDraw, viewers: '200', guilds: '10000' },
  tickets: { run: benchTickets, viewers: '5000', guilds: '2' },
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    guilds: { type: 'string' },
    viewers: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
})

const benchmark = Object.entries(benchmarks).find(([name]) => name === positionals[0])?.[1]
const numbers = {
  guilds: Number(values.guilds ?? benchmark?.guilds),
  viewers: Number(values.viewers ?? benchmark?.viewers),
  rounds: Number(values.rounds),
}
const areGood = Object.values(numbers).every((value) => Number.isInteger(value) && value > 0)
if (benchmark === undefined || !areGood) {
  process.stderr.write(
    `usage: npm run bench -- ${Object.keys(benchmarks).join('|')} [--guilds N] [--viewers N] [--rounds N] [--json]\n`,
  )
  process.exit(1)
}

const say = (line: string) => {
  if (!values.json) process.stdout.write(`${line}\n`)
}
const result = await benchmark.run({ ...numbers, say })
process.stdout.write(`${JSON.stringify(result)}\n`)
process.exit(0)
