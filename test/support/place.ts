import { type GuildId, guildId } from '../../cluster/runtime/ids.ts'
import type { Guild, SeenMessage } from '../standins/discord/index.ts'
import type { KickUser } from '../standins/kick/index.ts'
import { buttonsOf, signIn, textOf } from './browsing.ts'
import { standingsIn } from './builders.ts'
import type { Stage } from './stage.ts'
import { until } from './wait.ts'

export type Options = Readonly<Record<string, string | number | boolean>>

const patience = { timeoutMs: 20_000 }

/** A server as its people see it: what they ask and what they read, on a stage whose programs run. */
export class Place {
  readonly id: GuildId
  readonly guild: Guild
  readonly #stage: Stage

  constructor(stage: Stage, guild: Guild) {
    this.#stage = stage
    this.guild = guild
    this.id = guildId(guild.id)
  }

  ask(userId: string, command: string, options: Options = {}): Promise<SeenMessage> {
    const { control } = this.#stage.discord
    return control.command({ guildId: this.guild.id, userId, command, options }).message(patience)
  }

  async text(userId: string, command: string, options: Options = {}): Promise<string> {
    return textOf(await this.ask(userId, command, options))
  }

  asOwner(command: string, options: Options = {}): Promise<string> {
    return this.text(this.guild.ownerId, command, options)
  }

  /** The member uses /link; gives the address of their sign-in, and the interaction under which the question will come. */
  async startLink(userId: string) {
    const { control } = this.#stage.discord
    const act = control.command({ guildId: this.guild.id, userId, command: 'link' })
    return { act, url: String(buttonsOf(await act.message(patience))[0]?.url) }
  }

  signIn(viewer: KickUser, url: string) {
    return signIn(this.#stage.kick.control.browser(viewer), url)
  }

  /** /link, the sign-in at Kick, and the question whether it was them. */
  async question(userId: string, viewer: KickUser): Promise<SeenMessage> {
    const { act, url } = await this.startLink(userId)
    const { status, body } = await this.signIn(viewer, url)
    if (status !== 200) throw new Error(`signing in ended with ${status}: ${body}`)
    const [question] = await act.followUps(1, patience)
    if (question === undefined) throw new Error('nobody asked the member')
    return question
  }

  /** Presses a button of a question by the action in its id; gives what then stands in its place. */
  async answer(userId: string, question: SeenMessage, action: 'yes' | 'no'): Promise<string> {
    const button = buttonsOf(question).find(({ id }) => id?.startsWith(`links:${action}:`))
    const press = this.#stage.discord.control.press({ userId, message: question, customId: String(button?.id) })
    const was = textOf(question)
    return textOf(await press.message({ ...patience, where: (message) => textOf(message) !== was }))
  }

  async link(userId: string, viewer: KickUser): Promise<string> {
    return this.answer(userId, await this.question(userId, viewer), 'yes')
  }

  /** Waits until these viewers have exactly so much, and nobody else has anything. */
  async have(expected: Readonly<Record<string, readonly [minutes: number, points: number]>>): Promise<void> {
    const wanted = JSON.stringify(Object.entries(expected).sort(([a], [b]) => (a < b ? -1 : 1)))
    let seen = ''
    const look = async () => {
      const rows = await standingsIn(this.#stage.sql, this.id)
      seen = JSON.stringify(rows.map((one) => [one.username, [one.minutes, one.points]]))
      return seen === wanted
    }
    await until(look, { what: `viewers to have ${wanted}`, timeoutMs: 30_000 }).catch((cause: unknown) => {
      throw new Error(`they have ${seen}`, { cause })
    })
  }
}
