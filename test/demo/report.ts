import type { Observed } from './observe.ts'
import type { DemoOptions } from './options.ts'
import type { Outcome } from './outcome.ts'
import type { Stage } from './stage.ts'
import type { Story } from './story.ts'

export interface Findings {
  readonly stage: Stage
  readonly outcome: Outcome
  /** Where our programs misbehaved. */
  readonly faults: readonly string[]
  readonly leader: string
  readonly messages: number
  readonly story: Story
  readonly observed: Observed | undefined
}

const mostLines = 10

/** Prints how it went; gives whether everything was as it should be. */
export function report(options: DemoOptions, findings: Findings): boolean {
  const { stage, outcome, faults, leader, observed } = findings
  const problems = [...outcome.differences, ...faults]
  const isOk = problems.length === 0
  const viewers = options.guilds * options.viewers
  const identifies = stage.discord.ledger.identifies.length
  if (options.json) {
    const { differences, ...figures } = outcome
    process.stdout.write(
      `${JSON.stringify({ ok: isOk, guilds: options.guilds, viewers, ...figures, identifies, leader, observed })}\n`,
    )
  } else {
    const row = (name: string, expected: number, actual: number) =>
      `  ${name.padEnd(8)} ${String(expected).padStart(8)} expected  ${String(actual).padStart(8)} found  ${expected === actual ? 'equal' : 'NOT EQUAL'}\n`
    const { counts } = stage.kick.control
    process.stdout.write(
      `\n${findings.messages} messages of ${viewers} viewers in ${options.guilds} servers; ${counts.attempts} webhooks, ${stage.balancer.counts.join(' and ')} connections to the two front doors\n\n` +
        row('minutes', outcome.expectedMinutes, outcome.creditedMinutes) +
        row('points', outcome.expectedPoints, outcome.points) +
        row('roles', outcome.expectedRoles, outcome.grantedRoles) +
        (observed
          ? `\n  Prometheus scraped ${observed.up} of ${observed.targets} processes, ${observed.series} series; alerts: ${observed.firing.join(', ') || 'none'}\n`
          : '') +
        `\n  ${isOk ? 'Everybody has exactly what they are owed.' : `${problems.length} problems.`}\n`,
    )
  }
  if (!isOk) {
    for (const problem of problems.slice(0, mostLines)) process.stderr.write(`${problem}\n`)
    if (problems.length > mostLines) process.stderr.write(`and ${problems.length - mostLines} more\n`)
    for (const line of findings.story.complaints.slice(-mostLines)) process.stderr.write(`${line.slice(0, 400)}\n`)
  }
  return isOk
}
