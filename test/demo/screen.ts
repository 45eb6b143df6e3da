import { frame, plainLine, type Scene } from './view.ts'

export interface Screen {
  stop(): void
}

const drawMs = 500
const plainMs = 5_000
const enter = '\x1b[?1049h\x1b[?25l'
const leave = '\x1b[?25h\x1b[?1049l'

export interface ScreenOptions {
  readonly scene: () => Scene
  readonly onKey: (key: string) => void
}

/** Shows the scene on the terminal, twice a second, or as a line every few seconds where there is none. */
export function openScreen({ scene, onKey }: ScreenOptions): Screen {
  const { stdin, stdout } = process
  if (!stdout.isTTY) {
    const timer = setInterval(() => stdout.write(`${plainLine(scene())}\n`), plainMs)
    return { stop: () => clearInterval(timer) }
  }
  const draw = (): void => {
    const lines = frame(scene(), stdout.columns, stdout.rows).slice(0, stdout.rows)
    // Line by line over what is there: clearing first would flicker.
    stdout.write(`\x1b[H${lines.map((line) => `${line}\x1b[K`).join('\r\n')}\x1b[J`)
  }
  const onData = (data: Buffer): void => {
    for (const key of data.toString()) onKey(key)
  }
  stdout.write(enter)
  process.once('exit', restore)
  if (stdin.isTTY) {
    stdin.setRawMode(true)
    stdin.resume()
    stdin.on('data', onData)
  }
  draw()
  const timer = setInterval(draw, drawMs)
  return {
    stop() {
      clearInterval(timer)
      stdin.off('data', onData)
      process.off('exit', restore)
      restore()
    },
  }
}

function restore(): void {
  const { stdin, stdout } = process
  if (stdin.isTTY) {
    stdin.setRawMode(false)
    stdin.pause()
  }
  stdout.write(leave)
}
