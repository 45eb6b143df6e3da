import { isObject, type JsonObject, objectsOf, stringOf } from '../json.ts'
import type { Signal, WaitOptions } from '../signal.ts'
import { type Channel, type Guild, type Message, MessageFlag, type User } from '../world/types.ts'

export const InteractionType = { Command: 2, Component: 3, Autocomplete: 4, Modal: 5 } as const

/** A message as someone in the channel sees it. */
export interface SeenMessage {
  readonly id: string
  readonly channelId: string
  readonly authorId: string
  readonly content: string
  readonly embeds: readonly JsonObject[]
  readonly components: readonly JsonObject[]
  readonly attachments: readonly JsonObject[]
  readonly isEphemeral: boolean
  readonly isThinking: boolean
  readonly isEdited: boolean
  readonly flags: number
  /** As sent by the bot, or null. */
  readonly allowedMentions: JsonObject | null
  /** Who was really notified. */
  readonly pings: Message['pings']
}

export const seen = (message: Message): SeenMessage => ({
  id: message.id,
  channelId: message.channelId,
  authorId: message.author.id,
  content: message.content,
  embeds: message.embeds,
  components: message.components,
  attachments: message.attachments,
  isEphemeral: message.visibleTo !== null,
  isThinking: (message.flags & MessageFlag.Loading) !== 0,
  isEdited: message.editedAt !== null,
  flags: message.flags,
  allowedMentions: message.allowedMentions,
  pings: message.pings,
})

/**
 * The states of an answer:
 *   none      → message | thinking | kept | updated | choices | modal, by the first callback, within 3 s
 *   thinking  → message, by the first edit or follow-up
 *   kept      → updated, by the first edit (a component was acknowledged and its message left as it is)
 */
export type Answer =
  | { kind: 'none' | 'kept' | 'updated' }
  | { kind: 'message' | 'thinking' }
  | { kind: 'choices'; choices: readonly JsonObject[] }
  | { kind: 'modal'; modal: JsonObject }

export interface SeenModal {
  readonly customId: string
  readonly title: string
  /** The inputs in order, as the bot described them. */
  readonly inputs: readonly JsonObject[]
  /** For `control.submit`. */
  readonly interaction: Interaction
}

export const firstAnswerWithinMs = 3_000
export const tokenLastsMs = 900_000

export interface InteractionDraft {
  id: string
  token: string
  type: number
  createdAt: number
  user: User
  /** The language of the member's client at that moment. */
  locale: string
  guild: Guild | null
  channel: Channel
  name: string | null
  source: Message | null
}

/** One thing that a member did, and all that they get to see of the bot's answer. */
export class Interaction {
  readonly id: string
  readonly token: string
  readonly type: number
  readonly createdAt: number
  readonly user: User
  readonly locale: string
  readonly guild: Guild | null
  readonly channel: Channel
  /** The command's name. */
  readonly name: string | null
  /** The message whose component was used. */
  readonly source: Message | null
  answer: Answer = { kind: 'none' }
  /** The message that `@original` means. */
  originalId: string | null = null
  /** What came of the modal that this opened, the last time that it was sent off. */
  submission: Interaction | null = null
  readonly followUpIds: string[] = []
  readonly #signal: Signal

  constructor(draft: InteractionDraft, signal: Signal) {
    this.id = draft.id
    this.token = draft.token
    this.type = draft.type
    this.createdAt = draft.createdAt
    this.user = draft.user
    this.locale = draft.locale
    this.guild = draft.guild
    this.channel = draft.channel
    this.name = draft.name
    this.source = draft.source
    this.#signal = signal
  }

  /** Resolves with the kind of the first answer, as soon as there is one. */
  acknowledged(options: WaitOptions = {}): Promise<Answer['kind']> {
    return this.#until((answer) => (answer.kind === 'none' ? null : answer.kind), 'an answer', options)
  }

  /**
   * Resolves with the answer's message once it is more than "thinking": a reply, a filled-in deferred reply, or the
   * updated message of a component. `where` waits on through later edits.
   */
  message(options: WaitOptions & { where?: (message: SeenMessage) => boolean } = {}): Promise<SeenMessage> {
    return this.#until(
      (answer) => {
        if (answer.kind !== 'message' && answer.kind !== 'updated') return null
        const message = this.originalId === null ? undefined : this.channel.messages.get(this.originalId)
        if (message === undefined) return null
        const view = seen(message)
        return options.where === undefined || options.where(view) ? view : null
      },
      'the message that answers',
      options,
    )
  }

  /** Resolves with the follow-ups once there are so many. */
  followUps(count = 1, options: WaitOptions = {}): Promise<SeenMessage[]> {
    return this.#until(
      () => {
        const messages = this.followUpIds.flatMap((id) => this.channel.messages.get(id) ?? [])
        return messages.length >= count ? messages.map(seen) : null
      },
      `${count} follow-ups`,
      options,
    )
  }

  choices(options: WaitOptions = {}): Promise<{ name: string; value: string | number }[]> {
    return this.#until(
      (answer) =>
        answer.kind === 'choices'
          ? answer.choices.map(({ name, value }) => ({
              name: stringOf(name),
              value: typeof value === 'number' ? value : stringOf(value),
            }))
          : null,
      'the choices',
      options,
    )
  }

  modal(options: WaitOptions = {}): Promise<SeenModal> {
    return this.#until(
      (answer) =>
        answer.kind === 'modal'
          ? {
              customId: stringOf(answer.modal.custom_id),
              title: stringOf(answer.modal.title),
              inputs: modalInputs(answer.modal),
              interaction: this,
            }
          : null,
      'the modal',
      options,
    )
  }

  #until<T>(probe: (answer: Answer) => T | null, what: string, options: WaitOptions): Promise<T> {
    return this.#signal.until(() => probe(this.answer), {
      what: `${what} to ${this.name === null ? 'the interaction' : `/${this.name}`} of ${this.user.username}`,
      ...options,
    })
  }
}

export const modalInputs = (modal: JsonObject): JsonObject[] =>
  objectsOf(modal.components).flatMap((component) =>
    isObject(component.component) ? [component.component] : objectsOf(component.components),
  )
