import type { Guild, SeenMessage } from '../standins/discord/index.ts'
import type { KickUser } from '../standins/kick/index.ts'
import { buttonsOf, menuOf } from '../support/browsing.ts'
import { type Options, Place } from '../support/place.ts'
import type { Stage } from '../support/stage.ts'
import { until } from '../support/wait.ts'
import type { Album } from './album.ts'

/** A member of the server with the Kick account that they link. */
export interface Person {
  readonly id: string
  readonly kick: KickUser
}

/** The server in which the rooms are played, with its channels and people. */
export class Scene extends Place {
  readonly stage: Stage
  readonly album: Album
  readonly streamer: KickUser
  readonly #channels = new Map<string, string>()

  constructor(stage: Stage, guild: Guild, album: Album, streamer: KickUser) {
    super(stage, guild)
    this.stage = stage
    this.album = album
    this.streamer = streamer
  }

  get owner(): string {
    return this.guild.ownerId
  }

  /** A channel of the server, made when it is first named. */
  channel(name: string): string {
    const id = this.#channels.get(name) ?? this.guild.addChannel({ name }).id
    this.#channels.set(name, id)
    return id
  }

  /** Somebody who joins, and has an account at Kick that they have not linked yet. */
  person(name: string): Person {
    const id = this.stage.discord.control.join(this.guild.id, { username: name.toLowerCase(), nick: name })
    return { id, kick: this.stage.kick.control.addViewer({ username: name }) }
  }

  /** Presses the button whose label holds these words; gives what answers, or what then stands in the message's place. */
  async press(by: string, message: SeenMessage, label: string): Promise<SeenMessage> {
    const found = this.buttonId(message, label)
    return this.stage.discord.control.press({ userId: by, message, customId: found }).message(patience)
  }

  buttonId(message: SeenMessage, label: string): string {
    const found = buttonsOf(message).find((button) => button.label?.includes(label))?.id
    if (found === undefined) throw new Error(`no button says ${label}: ${JSON.stringify(buttonsOf(message))}`)
    return found
  }

  /** Chooses from the only menu of a message. */
  choose(by: string, message: SeenMessage, label: string): Promise<SeenMessage> {
    const menu = menuOf(message)
    const value = menu.options.find(([shown]) => shown.includes(label))?.[1]
    if (value === undefined) throw new Error(`the menu does not offer ${label}: ${JSON.stringify(menu)}`)
    const { control } = this.stage.discord
    return control.choose({ userId: by, message, customId: menu.id, values: [value] }).message(patience)
  }

  /** The newest message of a channel that fits by all that stands in it, as soon as there is one. */
  async newest(channel: string, fits: (text: string) => boolean): Promise<SeenMessage> {
    const all = () => this.stage.discord.control.messagesIn(this.channel(channel))
    const look = () => all().findLast((one) => fits(JSON.stringify([one.content, one.embeds])))
    return until(look, { what: `a message in #${channel}`, timeoutMs: 150_000 }).catch((cause: unknown) => {
      throw new Error(`#${channel} has ${JSON.stringify(all().map(({ content, embeds }) => [content, embeds]))}`, {
        cause,
      })
    })
  }

  /** Asks, and takes a picture of the answer. */
  async picture(name: string, by: string, command: string, options: Options = {}): Promise<SeenMessage> {
    const answer = await this.ask(by, command, options)
    await this.album.ofMessages(name, [answer], by)
    return answer
  }

  say(who: Person, text: string): void {
    this.stage.kick.control.chat(this.streamer, who.kick, text)
  }
}

const patience = { timeoutMs: 30_000 }
