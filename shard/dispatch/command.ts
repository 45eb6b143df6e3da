import {
  type APIInteractionResponse,
  type AutocompleteInteraction,
  type Client,
  Events,
  type Interaction,
  InteractionResponseType,
  MessageFlags,
} from 'discord.js'
import { UserError } from '../../cluster/runtime/errors.ts'
import type { GuildId } from '../../cluster/runtime/ids.ts'
import type { Service } from '../../cluster/runtime/lifecycle.ts'
import { durationBuckets, Histogram, registry } from '../../cluster/runtime/metrics.ts'
import type { Command, Feature, Reply, Tools } from '../features/feature.ts'
import { speakTo } from '../features/language.ts'
import { acknowledge, type Deferrable } from './command/acknowledge.ts'
import { edit, faultSentence, newReference, tellPrivately } from './command/answer.ts'
import { HandlerTimeout, type Outcome, outcomeOfHandler } from './command/failure.ts'
import { routesOf, type Target, targetOfButton, targetOfCommand } from './command/target.ts'
import { misrouted } from './metrics.ts'

const duration = new Histogram({
  name: 'bot_command_duration_seconds',
  help: 'From the arrival of an interaction to its answer, by command (buttons as room:action) and outcome.',
  labelNames: ['command', 'outcome'],
  buckets: durationBuckets,
  registers: [registry],
})

export interface CommandDispatchOptions {
  readonly client: Client
  readonly features: readonly Feature[]
  readonly tools: Tools
  /** Whether this process holds the guild's shard. Only counted: a guild of another process is answered all the same. */
  readonly owns: (guildId: GuildId) => boolean
  /** Whether this deployment serves the guild at all; every guild when absent. Somebody in another one is told so. */
  readonly serves?: (guildId: GuildId) => boolean
  /** For how long a handler may work; 25 s when absent. Its token would be good for 15 minutes, a person is not. */
  readonly handlerLimitMs?: number
}

/** Choices must be there within three seconds of the keystroke, so less is left for the handler. */
const completionLimitMs = 2_500
/** Gateway events can be delivered twice, after a RESUME for example; older ids than these many are forgotten. */
const rememberedInteractions = 5_000

/**
 * Answers slash commands, buttons and autocompletion. The answer is deferred before anything else is done, since Discord
 * waits three seconds from the moment the member acted; the deferral also decides between processes that both got the
 * interaction: only one of them may go on. Stopping takes nothing new and finishes what is in hand.
 */
export function createCommandDispatch(options: CommandDispatchOptions): Service {
  const { client, tools, owns, serves = () => true } = options
  const { log, clock } = tools
  const routes = routesOf(options.features)
  const limitMs = options.handlerLimitMs ?? 25_000
  const seen = new Set<string>()
  const inHand = new Set<Promise<void>>()

  const isRepeated = (id: string): boolean => {
    if (seen.has(id)) return true
    seen.add(id)
    for (const oldest of seen) {
      if (seen.size <= rememberedInteractions) break
      seen.delete(oldest)
    }
    return false
  }

  /** Refuses, or runs the handler between the acknowledgement and the answer; gives what became of it and never throws. */
  const answer = async <Handler>(
    interaction: Deferrable,
    target: Target<Handler>,
    steps: {
      defer(handler: Handler): APIInteractionResponse
      run(handler: Handler, guildId: GuildId): Promise<Reply>
    },
  ): Promise<Outcome> => {
    const say = speakTo(interaction)
    const fields = { command: target.label, guildId: interaction.guildId, interactionId: interaction.id }
    const first = target.kind === 'refused' ? refusalOf(target.reason(say)) : steps.defer(target.handler)
    const acknowledgement = await acknowledge(interaction, first)
    if (acknowledgement.kind !== 'taken') {
      // Two processes may both get an interaction while shards move, so that being second is nothing to report.
      if (acknowledgement.kind !== 'answered')
        log.warn({ ...fields, acknowledgement }, 'interaction could not be acknowledged')
      return acknowledgement.kind
    }
    if (target.kind === 'refused') return 'refused'
    const { handler, guildId } = target
    let outcome: Outcome = 'ok'
    let reply: () => Promise<unknown>
    try {
      const content = await within(limitMs, () => steps.run(handler, guildId))
      reply = () => edit(interaction, content)
    } catch (err) {
      outcome = outcomeOfHandler(err)
      const told =
        err instanceof UserError ? err.message : faultSentence(say, outcome, report(err, { ...fields, outcome }))
      reply = () => tellPrivately(interaction, told)
    }
    try {
      await reply()
      return outcome
    } catch (err) {
      const reference = newReference()
      log.warn({ ...fields, reference, err }, 'answer could not be delivered')
      // Once more in plain words, in case it was the form of the answer that Discord did not like; that it may not get
      // through either was just said.
      if (outcome === 'ok')
        await tellPrivately(interaction, faultSentence(say, 'undelivered', reference)).catch(() => {})
      return 'undelivered'
    }
  }

  const report = (err: unknown, fields: object): string => {
    const reference = newReference()
    log.error({ ...fields, reference, err }, 'command failed')
    return reference
  }

  const complete = async (
    interaction: AutocompleteInteraction,
    target: ReturnType<typeof targetOfCommand>,
  ): Promise<Outcome> => {
    try {
      if (target.kind === 'refused') {
        await interaction.respond([])
        return 'refused'
      }
      const { handler, guildId } = target
      const choices = await within(completionLimitMs, async () => handler.complete?.(interaction, guildId, tools))
      await interaction.respond(choices?.slice(0, 25) ?? [])
      return 'ok'
    } catch (err) {
      const outcome = interaction.responded ? 'undelivered' : outcomeOfHandler(err)
      log.warn({ command: target.label, outcome, err }, 'autocompletion failed')
      return outcome
    }
  }

  const served = <Handler>(target: Target<Handler>): Target<Handler> =>
    target.kind === 'refused' || serves(target.guildId)
      ? target
      : { kind: 'refused', label: target.label, reason: (say) => say('common:refused.not_served') }

  const count = (target: Target<unknown>, kind: 'command' | 'button' | 'autocomplete') => {
    if (target.kind === 'found' && !owns(target.guildId)) misrouted.inc({ kind })
  }

  const handle = async (interaction: Interaction): Promise<{ label: string; outcome: Outcome } | undefined> => {
    if (interaction.isChatInputCommand()) {
      const target = served(targetOfCommand(routes, interaction))
      count(target, 'command')
      const outcome = await answer(interaction, target, {
        defer: (command) => deferralOf(command),
        run: (command, guildId) => command.run(interaction, guildId, tools),
      })
      return { label: target.label, outcome }
    }
    if (interaction.isButton()) {
      const target = served(targetOfButton(routes, interaction))
      count(target, 'button')
      const outcome = await answer(interaction, target, {
        defer: ({ button }) =>
          button.isPrivate ? privateDeferral : { type: InteractionResponseType.DeferredMessageUpdate },
        run: ({ button, args }, guildId) => button.run(interaction, guildId, args, tools),
      })
      return { label: target.label, outcome }
    }
    if (interaction.isAutocomplete()) {
      const target = served(targetOfCommand(routes, interaction))
      count(target, 'autocomplete')
      return { label: `complete:${target.label}`, outcome: await complete(interaction, target) }
    }
    return undefined // menus, forms and context commands: we send none, so nobody can use them
  }

  const onInteraction = (interaction: Interaction) => {
    if (isRepeated(interaction.id)) return
    const began = clock.monotonic()
    const work = handle(interaction)
      .then((done) => {
        if (done === undefined) return
        duration.observe({ command: done.label, outcome: done.outcome }, (clock.monotonic() - began) / 1000)
      })
      .catch((err: unknown) => log.error({ interactionId: interaction.id, err }, 'interaction could not be handled'))
      .finally(() => inHand.delete(work))
    inHand.add(work)
  }

  return {
    name: 'commands',
    async start() {
      client.on(Events.InteractionCreate, onInteraction)
    },
    async stop() {
      client.off(Events.InteractionCreate, onInteraction)
      await Promise.all(inHand)
    },
  }
}

const deferralOf = (command: Command): APIInteractionResponse => ({
  type: InteractionResponseType.DeferredChannelMessageWithSource,
  data: command.isPublic ? {} : { flags: MessageFlags.Ephemeral },
})

const privateDeferral: APIInteractionResponse = {
  type: InteractionResponseType.DeferredChannelMessageWithSource,
  data: { flags: MessageFlags.Ephemeral },
}

const refusalOf = (content: string): APIInteractionResponse => ({
  type: InteractionResponseType.ChannelMessageWithSource,
  data: { content, flags: MessageFlags.Ephemeral },
})

/** Waits for the work, but not longer than this. What the work does later is not heard of any more. */
async function within<T>(limitMs: number, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new HandlerTimeout(limitMs)), limitMs)
  })
  try {
    return await Promise.race([work(), limit])
  } finally {
    clearTimeout(timer)
  }
}
