import type { Alert, Prometheus } from '../support/prometheus.ts'

/** How an alert went; times in milliseconds. */
export interface AlertCourse {
  readonly name: string
  readonly severity: string
  readonly summary: string
  /** The file of its runbook, from the root of the project. */
  readonly runbook: string
  /** When its condition began to hold, by Prometheus. */
  readonly pendingAt: number
  firedAt: number | undefined
  endedAt: number | undefined
}

/** Watches which alerts come and go. */
export interface Lookout {
  /** Every alert there was, in the order in which they came; one that comes again has a course of its own. */
  readonly courses: readonly AlertCourse[]
  /** Names of those that fire now. */
  firing(): string[]
  stop(): Promise<void>
}

const lookEveryMs = 1_000

export function keepLookout(prometheus: Prometheus, onChange: (text: string) => void): Lookout {
  const courses: AlertCourse[] = []
  const current = new Map<string, AlertCourse>()
  let isOver = false

  const keyOf = ({ labels }: Alert): string => JSON.stringify(Object.entries(labels).sort())
  const look = async (): Promise<void> => {
    const seen = await prometheus.alerts()
    const now = Date.now()
    const keys = new Set(seen.map(keyOf))
    for (const [key, course] of current) {
      if (keys.has(key)) continue
      current.delete(key)
      course.endedAt = now
      if (course.firedAt !== undefined) onChange(`${course.name} is over`)
    }
    for (const alert of seen) {
      const key = keyOf(alert)
      const course = current.get(key) ?? begin(alert)
      if (!current.has(key)) courses.push(course)
      current.set(key, course)
      if (alert.state !== 'firing' || course.firedAt !== undefined) continue
      course.firedAt = now
      onChange(`${alert.name} fires (${course.severity})`)
    }
  }
  const over = (async () => {
    while (!isOver) {
      await look().catch(() => {}) // a busy machine answers the next time
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
    }
  })()

  return {
    courses,
    firing: () => [...current.values()].filter(({ firedAt }) => firedAt !== undefined).map(({ name }) => name),
    stop: () => {
      isOver = true
      return over
    },
  }
}

const begin = ({ name, labels, annotations, activeAt }: Alert): AlertCourse => ({
  name,
  severity: labels.severity ?? '',
  summary: annotations.summary ?? '',
  runbook: annotations.runbook_url ?? '',
  pendingAt: activeAt,
  firedAt: undefined,
  endedAt: undefined,
})
