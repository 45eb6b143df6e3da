import { setTimeout as sleep } from 'node:timers/promises'
import { observe } from '../demo/observe.ts'
import { compare } from '../demo/outcome.ts'
import { settle } from '../demo/settle.ts'
import { deadRows } from '../demo/strictness.ts'
import type { Prometheus } from '../support/prometheus.ts'
import { type Ground, guilds, prepare } from './ground.ts'
import { type AlertCourse, keepLookout } from './lookout.ts'

/** A day on which something breaks. */
export interface Day {
  readonly name: string
  readonly title: string
  /** What the day is about and what should happen, for whoever reads it. */
  readonly intent: string
  /** Alerts that have to fire. */
  readonly alerts: readonly string[]
  /** How long the alerts get to end after all is mended; four minutes unless said. */
  readonly patienceMs?: number
  /** Panels that show it, as `dashboard / title`. */
  readonly panels: readonly string[]
  /** Breaks and mends; resolves when all is mended. `say` notes a moment. */
  play(ground: Ground, say: (text: string) => void): Promise<void>
}

/** A moment of the day. */
export interface Mark {
  readonly at: number
  readonly text: string
}

/** All that is known of a day that was played. */
export interface Account {
  readonly name: string
  readonly playedAt: string
  readonly from: number
  readonly to: number
  readonly brokenAt: number
  readonly mendedAt: number
  readonly marks: readonly Mark[]
  readonly alerts: readonly AlertCourse[]
  /** Those that had to fire and did not. */
  readonly missing: readonly string[]
  readonly outcome: {
    readonly guilds: number
    readonly viewers: number
    readonly messages: number
    readonly expectedMinutes: number
    readonly creditedMinutes: number
    readonly expectedPoints: number
    readonly points: number
    readonly expectedRoles: number
    readonly grantedRoles: number
    readonly differences: readonly string[]
    readonly deadRows: readonly string[]
    readonly identifiesAfter: number
    readonly commands: number
    readonly answered: number
  }
}

const calmMs = 40_000
const usualPatienceMs = 4 * 60_000

/** Plays a day from calm to calm. `draw` is called while Prometheus still knows everything. */
export async function playDay(
  day: Day,
  options: {
    readonly logFile: string
    readonly onSay: (text: string) => void
    readonly draw: (account: Account, prometheus: Prometheus) => Promise<void>
  },
): Promise<Account> {
  const ground = await prepare(day.name, options.logFile)
  const { stage, cast } = ground
  const prometheus = await observe(stage)
  const marks: Mark[] = []
  const note = (text: string): void => {
    marks.push({ at: Date.now(), text })
    options.onSay(text)
  }
  const lookout = keepLookout(prometheus, note)
  const from = Date.now()
  options.onSay(`calm; ${prometheus.url}`)
  await sleep(calmMs)
  const identifiesBefore = stage.discord.ledger.identifies.length

  const brokenAt = Date.now()
  await day.play(ground, note)
  const mendedAt = Date.now()
  note('all is mended')
  const hasCalmed = () => mendedAt + calmMs < Date.now() && lookout.firing().length === 0
  const patienceMs = day.patienceMs ?? usualPatienceMs
  while (!hasCalmed() && Date.now() < mendedAt + patienceMs) await sleep(1_000)
  note(lookout.firing().length === 0 ? 'no alert fires' : `still fires: ${[...new Set(lookout.firing())].join(', ')}`)

  const to = Date.now()
  await lookout.stop() // what follows, the end of everything, is no fault
  await ground.hush()
  await settle(stage, options.onSay)
  const { differences, ...sums } = await compare({ ...stage, cast }, ground.chatter.deeds)
  const fired = new Set(lookout.courses.filter(({ firedAt }) => firedAt !== undefined).map(({ name }) => name))
  const account: Account = {
    name: day.name,
    playedAt: new Date(from).toISOString(),
    from,
    to,
    brokenAt,
    mendedAt,
    marks,
    alerts: lookout.courses,
    missing: day.alerts.filter((name) => !fired.has(name)),
    outcome: {
      guilds,
      viewers: guilds * ground.size.viewers,
      messages: ground.chatter.deeds.length,
      ...sums,
      differences,
      deadRows: await deadRows(stage.sql),
      identifiesAfter: stage.discord.ledger.identifies.length - identifiesBefore,
      commands: ground.asked.count,
      answered: ground.asked.answered,
    },
  }
  await options.draw(account, prometheus)
  await stage.close()
  return account
}
