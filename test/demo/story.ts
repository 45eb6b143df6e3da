import type { DiscordStandIn } from '../standins/discord/index.ts'
import type { Line } from '../support/process.ts'
import type { Cast } from './cast.ts'

export interface Happening {
  readonly at: number
  readonly text: string
  readonly tone: 'good' | 'news' | 'bad' | 'plain'
}

/** Of each tone. */
const kept = 20

/** What happens, in words for people who look on. */
export class Story {
  readonly #happenings: Happening[] = []
  /** Process ids by shard group, as the managers log them. */
  readonly shardProcesses = new Map<number, number>()
  /** Lines of our programs that say that something went wrong. */
  readonly complaints: string[] = []
  /** What is going on as a whole. */
  phase = 'starting'
  /** Where a Prometheus is, if one looks on. */
  observedAt: string | undefined
  #seenUntil = 0

  get latest(): readonly Happening[] {
    return this.#happenings
  }

  tell(text: string, tone: Happening['tone'] = 'plain'): void {
    this.#happenings.push({ at: Date.now(), text, tone })
    const same = this.#happenings.filter((one) => one.tone === tone)
    const [oldest] = same
    if (same.length > kept && oldest !== undefined) this.#happenings.splice(this.#happenings.indexOf(oldest), 1)
  }

  /** The next chapter. */
  begin(phase: string): void {
    this.phase = phase
  }

  /** A line that one of our programs logged. */
  hear(pod: string, { msg, fields, text }: Line): void {
    const { level, groupId, childPid } = fields
    if (level !== 'info' && level !== 'debug') this.#complain(`${pod}: ${text}`)
    if (typeof groupId !== 'number') return
    if (msg === 'shard process started' && typeof childPid === 'number') {
      this.shardProcesses.set(groupId, childPid)
      this.tell(`${pod} starts shard process ${groupId}`, 'news')
    }
    if (msg === 'shard process is ready') this.tell(`${pod}: shard process ${groupId} is ready`, 'news')
    if (msg === 'shard process ended and is replaced')
      this.tell(`${pod}: shard process ${groupId} has ended and is replaced`, 'bad')
  }

  /** Tells of roles that Discord was asked to give since the last look. */
  lookAt(discord: DiscordStandIn, cast: Cast): void {
    const since = this.#seenUntil
    for (const entry of discord.ledger.rest.slice(-500)) {
      if (entry.at <= since) continue
      this.#seenUntil = Math.max(this.#seenUntil, entry.at)
      const [, guildId, userId, roleId] = /^\/guilds\/(\d+)\/members\/(\d+)\/roles\/(\d+)$/.exec(entry.path) ?? []
      if (entry.method !== 'PUT' || entry.status !== 204) continue
      const guild = cast.guilds.find(({ id }) => id === guildId)
      const tier = guild?.tiers.find((one) => one.roleId === roleId)
      const member = guild?.members.find((one) => one.userId === userId)
      if (guild && tier && member)
        this.tell(`${member.viewer.username} is now ${tier.name} in ${guild.name} (${tier.minutes} minutes)`, 'good')
    }
  }

  #complain(line: string): void {
    this.complaints.push(line)
    if (this.complaints.length > kept) this.complaints.shift()
  }
}
