import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { projectFile } from '../../sql/migrate.ts'
import type { Account, Day } from './play.ts'
import type { DrawnPanel } from './record.ts'

const folder = (...path: string[]): string => projectFile('grafana', 'gamedays', ...path)

/** Writes the page of a day with its picture, and what is known of it, from which the table of all days is made. */
export function writeDay(day: Day, account: Account, panels: readonly DrawnPanel[], picture: Buffer): void {
  mkdirSync(folder(), { recursive: true })
  writeFileSync(folder(`${day.name}.png`), picture)
  writeFileSync(folder(`${day.name}.json`), `${JSON.stringify(account, null, 2)}\n`)
  writeFileSync(folder(`${day.name}.md`), pageOf(day, account, panels))
}

const clock = (ms: number): string => {
  const seconds = Math.round(Math.abs(ms) / 1000)
  return `${ms < -500 ? '-' : ''}${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** Times of the first of each alert that fired, with how many more of its name there were. */
function firedOf({ alerts }: Account) {
  const fired = alerts
    .filter(({ firedAt }) => firedAt !== undefined)
    .sort((a, b) => (a.firedAt ?? 0) - (b.firedAt ?? 0))
  return [...new Set(fired.map(({ name }) => name))].map((name) => {
    const all = fired.filter((course) => course.name === name)
    const ends = all.map(({ endedAt }) => endedAt)
    const [first] = all
    return {
      name,
      severity: first?.severity ?? '',
      summary: first?.summary ?? '',
      runbook: first?.runbook ?? '',
      pendingAt: first?.pendingAt ?? 0,
      firedAt: first?.firedAt ?? 0,
      endedAt: ends.includes(undefined) ? undefined : Math.max(...ends.map((at) => at ?? 0)),
    }
  })
}

function pageOf(day: Day, account: Account, panels: readonly DrawnPanel[]): string {
  const after = (at: number): string => clock(at - account.brokenAt)
  const fired = firedOf(account)
  const pending = [...new Set(account.alerts.filter(({ firedAt }) => firedAt === undefined).map(({ name }) => name))]
  const quiet = pending.filter((name) => !fired.some((one) => one.name === name))
  return `${[
    `# ${day.title}`,
    day.intent,
    `Played at ${account.playedAt.slice(0, 16).replace('T', ' ')} UTC with \`npm run gameday -- ${day.name}\`. Times are minutes and seconds after the fault.`,
    '## What happened',
    table(
      ['when', 'what'],
      account.marks.map(({ at, text }) => [after(at), text]),
    ),
    '## Which alerts fired',
    fired.length === 0
      ? 'None; nobody is called.'
      : table(
          ['alert', 'severity', 'condition held from', 'fired after', 'over after', 'what it says'],
          fired.map((one) => [
            one.runbook === '' ? one.name : `[${one.name}](${linkOf(one.runbook)})`,
            one.severity,
            after(one.pendingAt),
            after(one.firedAt),
            one.endedAt === undefined ? 'still firing at the end' : after(one.endedAt),
            one.summary,
          ]),
        ),
    ...(quiet.length === 0
      ? []
      : [`Conditions that held, but not for long enough to call anybody: ${quiet.join(', ')}.`]),
    '## Which panels show it',
    `![${panels.map(({ name }) => name).join('; ')}](${day.name}.png)`,
    'The time of the fault is shaded; a red line stands where an alert fired.',
    '## What the runbook says',
    ...fired.map((one) => `**${one.name}.** ${adviceOf(one.runbook)}`),
    '## How it ended',
    endOf(account),
  ].join('\n\n')}\n`
}

const linkOf = (runbook: string): string =>
  runbook.replace(/^grafana\//, '../').replace(/^.*\/runbooks\//, '../runbooks/')

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heads, heads.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')

/** What a runbook tells to do, as it stands there. */
function adviceOf(runbook: string): string {
  const file = projectFile('grafana', 'runbooks', runbook.replace(/^.*\//, ''))
  if (!existsSync(file)) return 'It has no runbook.'
  const [, advice = ''] = /^## What to do\n+([\s\S]*?)(?=\n## |$(?![\s\S]))/m.exec(readFileSync(file, 'utf8')) ?? []
  return `What to do:\n\n${advice.trim()}`
}

function endOf({ outcome, missing }: Account): string {
  const row = (name: string, expected: number, actual: number) => [name, String(expected), String(actual)]
  const isWhole = outcome.differences.length === 0 && outcome.deadRows.length === 0
  return [
    table(
      ['', 'owed, by an independent model', 'paid'],
      [
        row('minutes', outcome.expectedMinutes, outcome.creditedMinutes),
        row('points', outcome.expectedPoints, outcome.points),
        row('roles', outcome.expectedRoles, outcome.grantedRoles),
      ],
    ),
    `${outcome.messages} messages of ${outcome.viewers} viewers in ${outcome.guilds} servers. ${
      isWhole
        ? 'Everybody has exactly what they are owed, and nothing was given up.'
        : `Not as it should be: ${[...outcome.differences, ...outcome.deadRows].join('; ')}.`
    } ${outcome.answered} of ${outcome.commands} commands were answered; ${outcome.identifiesAfter} IDENTIFYs were spent.`,
    ...(missing.length === 0 ? [] : [`Alerts that should have fired and did not: ${missing.join(', ')}.`]),
  ].join('\n\n')
}

/** Writes the table of all days that were played. */
export function writeIndex(days: readonly Day[]): void {
  const played = days.filter(({ name }) => existsSync(folder(`${name}.json`)))
  const rows = played.map((day) => {
    const account = JSON.parse(readFileSync(folder(`${day.name}.json`), 'utf8')) as Account
    const fired = firedOf(account)
    const { outcome } = account
    return [
      `[${day.title}](${day.name}.md)`,
      fired.map(({ name, firedAt }) => `${name} after ${clock(firedAt - account.brokenAt)}`).join(', ') || 'none',
      clock(account.mendedAt - account.brokenAt),
      fired.every(({ endedAt }) => endedAt !== undefined)
        ? clock(Math.max(0, ...fired.map(({ endedAt }) => (endedAt ?? 0) - account.mendedAt)))
        : 'still firing',
      `${outcome.creditedMinutes} of ${outcome.expectedMinutes}`,
      `${outcome.answered} of ${outcome.commands}`,
    ]
  })
  writeFileSync(
    folder('README.md'),
    `${[
      '# Game days',
      'What happens when something breaks, tried out: the local stage (two managers with four shard processes, two schedulers, PostgreSQL, NATS, stand-ins of Discord and Kick that refuse what the real ones refuse) with a real Prometheus and the rules of `grafana/rules`, while people write, watch and ask. Each day begins in calm, breaks something, mends it, waits until no alert fires, and compares what everybody has with what an independent model says they are owed.',
      'Everything on these pages and in their pictures was measured; `npm run gameday -- NAME` plays a day again and writes its page anew. The pictures show panels of the dashboards, drawn from the data of that Prometheus by uPlot, the library that draws in Grafana. Ticks have the cadence of production (60 s); Prometheus scrapes every 5 s, where production may take 15 s or 30 s and is later by as much. An alert about a budget that burns looks back at half an hour or more, and one about restarts at a quarter; where such a one still fired after all was mended, the day was ended four minutes later (eight, when the first of them were played).',
      'What the days have found wrong, and what became of it, stands in [findings](findings.md).',
      table(
        [
          'day',
          'alerts, and when they fired',
          'mended after',
          'calm after that',
          'minutes paid of those owed',
          'commands answered',
        ],
        rows,
      ),
    ].join('\n\n')}\n`,
  )
}
