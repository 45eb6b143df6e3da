import { parseArgs } from 'node:util'
import { benchTick } from './tick.ts'

/** Every benchmark there is. All figures are ratios within one run: machines differ, and this one is shared. */
const benchmarks = { tick: benchTick }

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    guilds: { type: 'string', default: '1000' },
    viewers: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
})

const benchmark = Object.entries(benchmarks).find(([name]) => name === positionals[0])?.[1]
const numbers = { guilds: Number(values.guilds), viewers: Number(values.viewers), rounds: Number(values.rounds) }
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
const result = await benchmark({ ...numbers, say })
process.stdout.write(`${JSON.stringify(result)}\n`)
process.exit(0)
