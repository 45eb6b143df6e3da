import { describe, expect, it } from 'vitest'
import { sourceFiles } from './tree.ts'

interface Metric {
  readonly file: string
  readonly type: string
  readonly name: string
  readonly help: string
  readonly labels: readonly string[]
  readonly text: string
}

const declaration = /new (Counter|Gauge|Histogram|Summary)(?:<[^(]*>)?\(\{(.*?)\n?\s*\}\)/gs
const field = (text: string, name: string): string | undefined =>
  new RegExp(`\\b${name}:\\s*(?:'((?:[^'\\\\]|\\\\.)*)'|"([^"]*)"|\`([^\`]*)\`)`)
    .exec(text)
    ?.slice(1)
    .find((found) => found !== undefined)

const metrics: readonly Metric[] = sourceFiles
  .filter(({ path }) => !path.startsWith('test/'))
  .flatMap(({ path, text }) =>
    [...text.matchAll(declaration)].map(([, type = '', body = '']) => ({
      file: path,
      type,
      name: field(body, 'name') ?? '',
      help: field(body, 'help') ?? '',
      labels: [...(/labelNames: \[([^\]]*)\]/.exec(body)?.[1] ?? '').matchAll(/'([^']*)'/g)].map(
        ([, label = '']) => label,
      ),
      text: body,
    })),
  )

/** Labels of which there would be as many as there are guilds, people or messages. */
const endless = /guild|server|user|member|viewer|account|channel|broadcaster|slug|message|_id$|^id$|url|path|error/
/** Units that are not the base one: seconds, bytes, ratios. */
const derived = /_(ms|millis|milliseconds|us|micros|ns|hours|days|kb|mb|kilobytes|megabytes|percent|percentage)(_|$)/

describe('a metric', () => {
  it('is declared where it is measured, once, and registered there', () => {
    expect(metrics.length).toBeGreaterThan(20)
    const uses = sourceFiles
      .filter(({ path }) => !path.startsWith('test/'))
      .flatMap(({ text }) => text.match(/\bnew (Counter|Gauge|Histogram|Summary)\b/g) ?? [])
    expect(metrics.length, 'every declaration can be read').toBe(uses.length)
    const names = metrics.map(({ name }) => name)
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
    expect(metrics.filter(({ text }) => !text.includes('registers: [registry]')).map(({ name }) => name)).toEqual([])
  })

  it.each(metrics.map((metric) => [metric.name, metric] as const))(
    'is named for what it measures, in base units, and explained: %s',
    (name, { file, type, help, labels }) => {
      expect(name, file).toMatch(/^bot(_[a-z][a-z0-9]*){2,}$/)
      expect(name, file).not.toMatch(derived)
      if (type === 'Counter') expect(name, file).toMatch(/_total$/)
      else expect(name, file).not.toMatch(/_(total|count|sum|bucket)$/)
      if (type === 'Histogram' || type === 'Summary') expect(name, file).toMatch(/_(seconds|bytes|ratio)$/)
      expect(help, file).toMatch(/^[A-Z].{10,}\.$/)
      expect(labels.length, file).toBeLessThanOrEqual(3)
      expect(
        labels.filter((label) => endless.test(label)),
        file,
      ).toEqual([])
    },
  )
})
