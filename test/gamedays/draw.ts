import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser } from 'playwright-core'
import type { Account } from './play.ts'
import { type DrawnPanel, stepSeconds } from './record.ts'

/** Figures and words for the page that draws; plain data, since it goes into a browser. */
interface Sheet {
  readonly panels: readonly {
    readonly title: string
    readonly unit: string
    readonly names: readonly string[]
    readonly data: readonly (readonly (number | null)[])[]
  }[]
  /** Minutes since the fault. */
  readonly fault: readonly [number, number]
  readonly fired: readonly { readonly name: string; readonly at: number }[]
}

const width = 1000
const mostLines = 8

/**
 * Draws panels below each other as Grafana would, by the library that draws Grafana's own (uPlot), in a browser: the time of the
 * fault is shaded, and a line stands where an alert fired. Gives a PNG.
 */
export async function draw(browser: Browser, account: Account, panels: readonly DrawnPanel[]): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width, height: 400 } })
  try {
    const library = createRequire(import.meta.url)
      .resolve('uplot')
      .replace(/[^/]+$/, '')
    await page.setContent(`<!doctype html><meta charset="utf-8"><style>${readFileSync(`${library}uPlot.min.css`, 'utf8')}
      body { margin: 0; font: 13px sans-serif; color: #222; background: #fff }
      h2 { font-size: 14px; margin: 10px 12px 0 }
      .names { margin: 0 12px 6px 60px; font-size: 12px } .names span { margin-right: 14px; white-space: nowrap }
      .names i { display: inline-block; width: 12px; height: 3px; margin-right: 5px; vertical-align: middle }</style>`)
    await page.addScriptTag({ path: `${library}uPlot.iife.min.js` })
    await page.evaluate(`(${paint.toString()})(${JSON.stringify(sheetOf(account, panels))}, ${width})`)
    return await page.screenshot({ fullPage: true })
  } finally {
    await page.close()
  }
}

function sheetOf(account: Account, panels: readonly DrawnPanel[]): Sheet {
  const minutes = (at: number): number => (at - account.brokenAt) / 60_000
  const times: number[] = []
  for (let at = account.from; at <= account.to; at += stepSeconds * 1000) times.push(at)
  return {
    panels: panels.map(({ name, unit, lines }) => {
      const shown = [...lines].sort((a, b) => highest(b.points) - highest(a.points)).slice(0, mostLines)
      return {
        title: name,
        unit,
        names: shown.map((line) => line.name),
        data: [times.map(minutes), ...shown.map(({ points }) => onGrid(points, times))],
      }
    }),
    fault: [0, minutes(account.mendedAt)],
    fired: account.alerts.flatMap(({ name, firedAt }) =>
      firedAt === undefined ? [] : [{ name, at: minutes(firedAt) }],
    ),
  }
}

const highest = (points: DrawnPanel['lines'][number]['points']): number =>
  Math.max(...points.map(([, value]) => (Number.isFinite(value) ? value : 0)))

/** Where Prometheus gave nothing for a moment the line is broken. */
function onGrid(points: DrawnPanel['lines'][number]['points'], times: readonly number[]): (number | null)[] {
  const known = new Map(
    points.map(([at, value]) => [Math.round((at * 1000 - (times[0] ?? 0)) / (stepSeconds * 1000)), value]),
  )
  return times.map((_, index) => {
    const value = known.get(index)
    return value === undefined || !Number.isFinite(value) ? null : value
  })
}

/** Runs in the browser, and knows nothing but its arguments and uPlot. */
function paint(sheet: Sheet, width: number): void {
  const colours = ['#3274d9', '#e0752d', '#299c46', '#c4162a', '#8f3bb8', '#b7950b', '#0f9e9e', '#777777']
  const page = globalThis as unknown as {
    document: {
      body: { append(...nodes: unknown[]): void }
      createElement(name: string): {
        textContent: string
        className: string
        style: Record<string, string>
        append(...nodes: unknown[]): void
      }
    }
    uPlot: new (options: object, data: unknown, target: unknown) => unknown
  }
  const { document } = page
  const words = (value: number, unit: string): string => {
    if (unit === 'percentunit') return `${+(value * 100).toFixed(2)} %`
    if (unit === 's') return value >= 1 || value === 0 ? `${+value.toFixed(1)} s` : `${+(value * 1000).toFixed(1)} ms`
    if (unit === 'bytes') return `${+(value / 1_048_576).toFixed(1)} MB`
    return `${+value.toFixed(3)}${unit === 'ops' ? '/s' : ''}`
  }
  for (const panel of sheet.panels) {
    const title = document.createElement('h2')
    title.textContent = panel.title
    const box = document.createElement('div')
    const names = document.createElement('div')
    names.className = 'names'
    for (const [index, name] of panel.names.entries()) {
      const entry = document.createElement('span')
      const dash = document.createElement('i')
      dash.style.background = colours[index] ?? '#000'
      entry.append(dash, name || 'value')
      names.append(entry)
    }
    document.body.append(title, box, names)
    const shade = {
      hooks: {
        drawClear: (u: { ctx: CanvasLike; bbox: Box; valToPos(v: number, scale: string, canvas: boolean): number }) => {
          const { ctx, bbox } = u
          const [from, to] = sheet.fault.map((at) => u.valToPos(at, 'x', true)) as [number, number]
          ctx.fillStyle = 'rgba(224, 47, 68, 0.10)'
          ctx.fillRect(from, bbox.top, to - from, bbox.height)
        },
        draw: (u: { ctx: CanvasLike; bbox: Box; valToPos(v: number, scale: string, canvas: boolean): number }) => {
          const { ctx, bbox } = u
          let row = 0
          for (const { name, at } of sheet.fired) {
            const x = u.valToPos(at, 'x', true)
            ctx.fillStyle = '#c4162a'
            ctx.fillRect(x, bbox.top, 1.5, bbox.height)
            ctx.font = '11px sans-serif'
            ctx.textAlign = 'left'
            ctx.fillText(name, x + 4, bbox.top + 11 + 13 * (row++ % 8))
          }
        },
      },
    }
    new page.uPlot(
      {
        width,
        height: 190,
        legend: { show: false },
        cursor: { show: false },
        plugins: [shade],
        scales: {
          x: { time: false },
          y: { range: (_: unknown, __: number, max: number) => [0, max > 0 ? max * 1.1 : 1] },
        },
        axes: [
          { values: (_: unknown, ticks: number[]) => ticks.map((tick) => `${+tick.toFixed(1)} min`) },
          { size: 70, values: (_: unknown, ticks: number[]) => ticks.map((tick) => words(tick, panel.unit)) },
        ],
        series: [
          {},
          ...panel.names.map((_, index) => ({ stroke: colours[index], width: 1.5, points: { show: false } })),
        ],
      },
      panel.data,
      box,
    )
  }
}

interface Box {
  readonly top: number
  readonly height: number
}

interface CanvasLike {
  fillStyle: string
  font: string
  textAlign: string
  fillRect(x: number, y: number, width: number, height: number): void
  fillText(text: string, x: number, y: number): void
}
