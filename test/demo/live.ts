import type { Cast } from './cast.ts'
import { createReader, type Figures } from './figures.ts'
import type { DemoOptions } from './options.ts'
import { openScreen } from './screen.ts'
import { type Stage, shardCount, shardsPerGroup } from './stage.ts'
import type { Story } from './story.ts'
import type { Scene } from './view.ts'

export interface LiveView {
  close(): void
}

export interface LiveViewOptions {
  readonly options: DemoOptions
  readonly stage: Stage
  readonly cast: Cast
  readonly story: Story
  /** Where one sees what members see. */
  readonly discordUrl: string
  readonly onQuit: () => void
}

const readMs = 1_000
const growthKept = 200

/** Shows what happens while it happens, and lets whoever looks on break something. */
export function openLiveView({ options, stage, cast, story, discordUrl, onQuit }: LiveViewOptions): LiveView {
  const openedAt = performance.now()
  const growth: number[] = []
  let figures: Figures | undefined
  const scene = (): Scene => ({
    phase: story.phase,
    elapsedSeconds: (performance.now() - openedAt) / 1000,
    url: stage.balancer.url,
    discordUrl,
    observedAt: story.observedAt,
    guilds: cast.guilds.length,
    channels: cast.channels.length,
    liveChannels: cast.streams.filter((stream) => stream.endedAt === null).length,
    viewers: cast.guilds.length * options.viewers,
    linksWanted: cast.linksWanted,
    shardCount,
    shardsPerGroup,
    figures,
    growth,
    pods: [...stage.managers, ...stage.schedulers],
    happenings: story.latest,
  })

  const readFigures = createReader(stage)
  const read = async (): Promise<void> => {
    const before = figures
    figures = await readFigures()
    growth.push(before === undefined ? 0 : figures.minutes - before.minutes)
    growth.splice(0, Math.max(0, growth.length - growthKept))
    if (figures.leader !== undefined && before?.leader?.epoch !== figures.leader.epoch)
      story.tell(`${figures.leader.pod} leads, epoch ${figures.leader.epoch}`, 'news')
    story.lookAt(stage.discord, cast)
  }
  let isClosed = false
  let timer: NodeJS.Timeout | undefined
  const keepReading = (): void => {
    if (isClosed) return
    read()
      .catch(() => {}) // before the tables exist, or while something is down; the old figures stay
      .finally(() => {
        timer = setTimeout(keepReading, readMs)
      })
  }
  keepReading()

  const screen = openScreen({
    scene,
    onKey: (key) => {
      if (key === 'q' || key === '\x03') onQuit()
      if (key === 'k') killLeader(stage, figures?.leader?.pod, story)
      if (key === 's') killShardProcess(story)
    },
  })
  return {
    close() {
      if (isClosed) return
      isClosed = true
      clearTimeout(timer)
      screen.stop()
    },
  }
}

function killLeader(stage: Stage, name: string | undefined, story: Story): void {
  const pod = stage.schedulers.find((scheduler) => scheduler.name === name)
  if (pod === undefined || pod.program.exit !== undefined) return
  pod.program.signal('SIGKILL')
  story.tell(`${pod.name} was killed while it led`, 'bad')
}

function killShardProcess(story: Story): void {
  const processes = [...story.shardProcesses]
  const [groupId, pid] = processes[Math.floor(Math.random() * processes.length)] ?? []
  if (groupId === undefined || pid === undefined) return
  story.shardProcesses.delete(groupId) // until its successor is heard of
  try {
    process.kill(pid, 'SIGKILL')
    story.tell(`shard process ${groupId} was killed`, 'bad')
  } catch {
    // it ended by itself a moment ago
  }
}
