import type { Figures } from './figures.ts'
import type { Happening } from './story.ts'

/** What is shown besides the figures. */
export interface Scene {
  readonly phase: string
  readonly elapsedSeconds: number
  readonly url: string
  /** Where a Prometheus is, if one looks on. */
  /** Where one sees what members see. */
  readonly discordUrl: string
  readonly observedAt: string | undefined
  readonly guilds: number
  readonly channels: number
  readonly liveChannels: number
  readonly viewers: number
  readonly linksWanted: number
  readonly shardCount: number
  readonly shardsPerGroup: number
  readonly figures: Figures | undefined
  /** Minutes credited in each of the last moments, oldest first. */
  readonly growth: readonly number[]
  readonly pods: readonly { readonly name: string; readonly kind: 'manager' | 'scheduler' }[]
  readonly happenings: readonly Happening[]
}

const ansi =
  (code: string) =>
  (text: string | number): string =>
    `\x1b[${code}m${text}\x1b[0m`
const bold = ansi('1')
const dim = ansi('90')
const green = ansi('32')
const amber = ansi('33')
const red = ansi('31')
const blue = ansi('36')
const title = ansi('1;97;44')

const whole = (value: number): string => Math.round(value).toLocaleString('en')
const clock = (seconds: number): string =>
  `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are made of
const ansiPattern = /(\x1b\[[0-9;]*m)/
const bare = (text: string): string =>
  text
    .split(ansiPattern)
    .filter((_, index) => index % 2 === 0)
    .join('')
const widthOf = (text: string): number => [...bare(text)].length
const padded = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)))

const narrowest = 72
const widest = 96

/** The whole screen as lines, none of them longer than `columns`. */
export function frame(scene: Scene, columns: number, rows: number): string[] {
  const width = Math.max(narrowest, Math.min(columns, widest))
  const time = clock(scene.elapsedSeconds)
  const head = ` ${title(' Belfry ')} ${bold(scene.phase)}`
  const lines = [
    '',
    padded(head, width - time.length - 1) + dim(time),
    ` ${dim('front page')} ${blue(scene.url)}  ${dim('what members see')} ${blue(scene.discordUrl)}`,
    ...(scene.observedAt === undefined
      ? []
      : [` ${dim('Prometheus')} ${blue(`${scene.observedAt}/graph`)} ${dim('and')} ${blue('/alerts')}`]),
    rule('People', width),
    ...people(scene),
    rule('Pods', width),
    ...scene.pods.map((pod) => podLine(pod, scene)),
    rule('Work', width),
    ...work(scene, width),
    rule('Latest', width),
  ]
  const keys = ` ${key('q')} quit    ${key('k')} kill the leader    ${key('s')} kill a shard process`
  const room = Math.max(3, Math.min(10, rows - lines.length - 3))
  const latest = latestOf(scene.happenings, room)
  const blank = Array.from({ length: room - latest.length }, () => '')
  return [...lines, ...latest.map((one) => happeningLine(one, width)), ...blank, '', keys].map((line) =>
    cut(line, columns),
  )
}

/** The latest, so chosen that what is seldom is not driven out by what happens all the time. */
function latestOf(happenings: readonly Happening[], room: number): Happening[] {
  const isRare = ({ tone }: Happening) => tone === 'news' || tone === 'bad'
  const rare = happenings.filter(isRare).slice(-Math.ceil(room / 2))
  const often = happenings.filter((one) => !isRare(one)).slice(-(room - rare.length))
  return [...rare, ...often].sort((a, b) => a.at - b.at)
}

const rule = (name: string, width: number): string => ` ${dim(`── ${name} ${'─'.repeat(width - name.length - 6)}`)}`
const key = (letter: string): string => ansi('7')(` ${letter} `)
const cell = (name: string, value: string, width = 24): string => padded(`${dim(name)} ${bold(value)}`, width)

function people({ guilds, channels, liveChannels, viewers, linksWanted, figures }: Scene): string[] {
  const cells = [
    cell('servers', whole(guilds), 15),
    cell('channels', `${whole(channels)}, ${whole(liveChannels)} live`, 25),
    cell('viewers', whole(viewers), 16),
    cell('linked', `${whole(figures?.links ?? 0)} of ${whole(linksWanted)}`),
  ]
  return [` ${cells.join('')}`]
}

function podLine({ name, kind }: Scene['pods'][number], scene: Scene): string {
  const { figures, shardsPerGroup, shardCount } = scene
  if (figures === undefined) return ` ${dim('○')} ${padded(name, 13)} ${dim('starting')}`
  if (!figures.alive.has(name)) return ` ${red('✕')} ${padded(name, 13)} ${red('does not answer')}`
  if (kind === 'scheduler') {
    const isLeader = figures.leader?.pod === name
    return isLeader
      ? ` ${amber('★')} ${padded(name, 13)} ${bold('leads')}, epoch ${figures.leader?.epoch ?? ''}`
      : ` ${green('●')} ${padded(name, 13)} ${dim('stands by')}`
  }
  const groups = figures.groups.get(name) ?? []
  const shards = groups.flatMap((group) =>
    Array.from({ length: shardsPerGroup }, (_, i) => group * shardsPerGroup + i).filter((shard) => shard < shardCount),
  )
  const what = `${cell('shard processes', groups.join(' ') || 'none', 28)}${cell('shards', shards.join(' ') || 'none', 22)}`
  return ` ${green('●')} ${padded(name, 13)} ${what}`
}

function work({ figures, growth }: Scene, width: number): string[] {
  if (figures === undefined) return Array.from({ length: 5 }, () => '')
  const { webhooks, lag } = figures
  const seconds = (value: number | undefined) => (value === undefined ? '–' : `${value.toFixed(1)} s`)
  const row = (name: string, ...cells: string[]) => ` ${padded(name, 10)}${cells.join('')}`
  return [
    row(
      'Ticks',
      cell('published', whole(figures.ticksPublished)),
      cell('settled', whole(figures.ticksSettled), 20),
      cell('lag p50', seconds(lag?.p50), 17),
      cell('p99', seconds(lag?.p99), 10),
    ),
    row(
      'Webhooks',
      cell('accepted', whole(webhooks.accepted)),
      cell('duplicates', whole(webhooks.duplicates), 20),
      cell('other', webhooks.other === 0 ? '0' : red(whole(webhooks.other)), 10),
    ),
    row(
      'Minutes',
      padded(green(bold(whole(figures.minutes))), 24),
      green(sparkline(growth.slice(growth.findIndex((value) => value > 0)), width - 38)),
    ),
    row('Points', padded(green(bold(whole(figures.points))), 24)),
    row(
      'Roles',
      padded(green(bold(whole(figures.rolesGranted))), 24),
      cell('on their way', whole(figures.rolesWaiting), 20),
      cell('gateway sessions', whole(figures.connectedShards), 20),
    ),
  ]
}

const bars = '▁▂▃▄▅▆▇█'

/** The newest values that fit, as bars of eight heights. */
export function sparkline(values: readonly number[], width: number): string {
  const shown = values.slice(-Math.max(0, width))
  const most = Math.max(1, ...shown)
  return shown.map((value) => bars[Math.min(7, Math.round((value / most) * 7))] ?? ' ').join('')
}

const tones = { good: green, news: blue, bad: red, plain: (text: string) => text } as const

const happeningLine = ({ at, text, tone }: Happening, width: number): string => {
  const room = width - 12
  const short = [...text].length > room ? `${[...text].slice(0, room - 1).join('')}…` : text
  return ` ${dim(new Date(at).toISOString().slice(11, 19))}  ${tones[tone](short)}`
}

/** Cuts what is too long for the terminal; escape sequences take no room. */
function cut(line: string, columns: number): string {
  let room = columns
  return line
    .trimEnd()
    .split(ansiPattern)
    .map((part, index) => {
      if (index % 2 === 1) return part // a colour
      const shown = [...part].slice(0, room)
      room -= shown.length
      return shown.join('')
    })
    .join('')
}

/** The same figures as one line of plain text. */
export function plainLine({ phase, figures, elapsedSeconds }: Scene): string {
  if (figures === undefined) return `${clock(elapsedSeconds)} ${phase}`
  const { webhooks, leader, lag } = figures
  return [
    `${clock(elapsedSeconds)} ${phase}`,
    `leader ${leader ? `${leader.pod} (epoch ${leader.epoch})` : 'none'}`,
    `ticks ${whole(figures.ticksPublished)} published, ${whole(figures.ticksSettled)} settled`,
    `lag p50 ${lag?.p50.toFixed(1) ?? '–'} s, p99 ${lag?.p99.toFixed(1) ?? '–'} s`,
    `webhooks ${whole(webhooks.accepted)} accepted, ${whole(webhooks.duplicates)} duplicates`,
    `minutes ${whole(figures.minutes)}`,
    `points ${whole(figures.points)}`,
    `roles ${whole(figures.rolesGranted)}`,
  ].join(' | ')
}
