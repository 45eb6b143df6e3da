import { openPages } from '../gallery/pages.ts'
import type { Prometheus } from '../support/prometheus.ts'
import { type Cast, makeCast } from './cast.ts'
import { type Chatter, startChatter } from './chatter.ts'
import { leaderOf } from './figures.ts'
import { linkByHand, seedLinks } from './linking.ts'
import { openLiveView } from './live.ts'
import { lookThrough, observe, setUpPrometheus, whereToLook } from './observe.ts'
import { setUp } from './opening.ts'
import type { DemoOptions } from './options.ts'
import { compare } from './outcome.ts'
import { report } from './report.ts'
import { settle } from './settle.ts'
import { buildStage, type Stage } from './stage.ts'
import { Story } from './story.ts'
import { beginStreams, endStreamsAround } from './streams.ts'
import { deadRows, misbehaviour } from './strictness.ts'

export interface Audience {
  /** Viewers stop writing when this is aborted. */
  readonly ending: AbortSignal
  /** From now on the demo can be ended early. */
  readonly onOpen: () => void
  /** Somebody at the terminal wants it to end. */
  readonly onQuit: () => void
}

/** So many members link themselves; the links of the others are there already. */
const linksByHand = 3

/** Plays the whole demo and reports; gives whether everything was as it should be. */
export async function play(options: DemoOptions, audience: Audience): Promise<boolean> {
  if (options.observe) setUpPrometheus()
  const story = new Story()
  if (!options.json) process.stdout.write('starting PostgreSQL and NATS\n')
  const stage = await buildStage({ ...options, onLine: (pod, line) => story.hear(pod, line) })
  const cast = makeCast(stage.discord, stage.kick, { ...options, now: Date.now() })
  const { url: discordUrl } = await openPages(stage.discord)
  const view = options.json
    ? undefined
    : openLiveView({ options, stage, cast, story, discordUrl, onQuit: audience.onQuit })
  try {
    await open(stage, cast, story)
    const prometheus = options.observe ? await observe(stage) : undefined
    if (prometheus !== undefined) tellWhereToLook(prometheus, options, story)
    story.begin('people write and watch')
    audience.onOpen()
    const chatter = await watch(stage, cast, { options, story, ending: audience.ending })
    const observed = prometheus && (await lookThrough(prometheus))
    const leader = (await leaderOf(stage.sql))?.pod ?? 'none'
    await settle(stage, (what) => story.begin(`waiting for ${what}`))
    const outcome = await compare({ ...stage, cast }, chatter.deeds)
    const faults = [...misbehaviour(stage), ...(await deadRows(stage.sql))]
    story.begin('stopping')
    await stage.close()
    view?.close()
    return report(options, { stage, outcome, faults, leader, messages: chatter.deeds.length, story, observed })
  } finally {
    view?.close()
  }
}

/** Until everything is set up and the streams are live. */
async function open(stage: Stage, cast: Cast, story: Story): Promise<void> {
  const isEarly = (channel: Cast['channels'][number]) => channel.isEarly
  beginStreams(cast, stage.kick, cast.channels.filter(isEarly))
  story.begin('starting two managers and two schedulers')
  await stage.raise()
  story.begin('setting up the servers')
  await setUp(stage, cast.guilds, (name) => story.tell(`${name} is set up`))
  beginStreams(
    cast,
    stage.kick,
    cast.channels.filter((channel) => !isEarly(channel)),
  )
  for (const [index, guild] of cast.guilds.entries())
    await seedLinks(stage, guild, guild.members.slice(index === 0 ? linksByHand : 0))
}

/** On the screen where there is one, else as lines; beside JSON they go to stderr. */
function tellWhereToLook(prometheus: Prometheus, options: DemoOptions, story: Story): void {
  story.observedAt = prometheus.url
  const isOnScreen = process.stdout.isTTY && !options.json
  if (!isOnScreen) (options.json ? process.stderr : process.stdout).write(`${whereToLook(prometheus).join('\n')}\n`)
}

/** While people write: some link themselves, some streams end. */
async function watch(
  stage: Stage,
  cast: Cast,
  { options, story, ending }: { options: DemoOptions; story: Story; ending: AbortSignal },
): Promise<Chatter> {
  const chatter = startChatter({ ...options, cast, kick: stage.kick })
  const isOver = over(options.seconds, ending)
  const stopEndings = endStreamsAround(stage.kick, cast, (options.seconds || 60) / 2, (names) =>
    story.tell(`these streams are over: ${names.join(', ')}`, 'news'),
  )
  try {
    const [first] = cast.guilds
    for (const member of first?.members.slice(0, linksByHand) ?? []) {
      if (first === undefined || ending.aborted) break
      await linkByHand(stage, first, member)
      story.tell(`${member.viewer.username} has linked their account in ${first.name}`, 'news')
    }
    await isOver
  } finally {
    stopEndings()
    chatter.stop()
  }
  return chatter
}

/** When the time is over or somebody wants it to end. */
const over = (seconds: number, ending: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = seconds === 0 ? undefined : setTimeout(resolve, seconds * 1000)
    const stop = () => {
      clearTimeout(timer)
      resolve()
    }
    if (ending.aborted) stop()
    ending.addEventListener('abort', stop, { once: true })
  })
