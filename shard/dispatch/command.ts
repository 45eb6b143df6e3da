import {
  type AutocompleteInteraction,
  type ChatInputCommandInteraction,
  type Client,
  Events,
  type Interaction,
} from 'discord.js'
import { UserError } from '../../cluster/runtime/errors.ts'
import { type GuildId, guildId, type RoleId, roleId, userId } from '../../cluster/runtime/ids.ts'
import type { Service } from '../../cluster/runtime/lifecycle.ts'
import { Counter, durationBuckets, Histogram, registry } from '../../cluster/runtime/metrics.ts'
import type { Answering, Feature, OpeningForm, Tools } from '../features/feature.ts'
import { speakTo } from '../features/language.ts'
import { type Acknowledgement, acknowledge, type Deferrable, type FirstAnswer } from './command/acknowledge.ts'
import { edit, faultSentence, newReference, sentenceOf, tellPrivately } from './command/answer.ts'
import { type Outcome, outcomeOfHandler, within } from './command/failure.ts'
import { open } from './command/open.ts'
import { routesOf, type Target, targetOfCommand, targetOfCustomId, type Use } from './command/target.ts'
import { type Way, wayOfCommand, wayOfUse } from './command/way.ts'
import { misrouted } from './metrics.ts'

const duration = new Histogram({
  name: 'bot_command_duration_seconds',
  help: 'From the arrival of an interaction to its answer, by command (buttons, menus and forms as room:action) and outcome.',
  labelNames: ['command', 'outcome'],
  buckets: durationBuckets,
  registers: [registry],
})

const interactions = new Counter({
  name: 'bot_interactions_total',
  help: 'Interactions that were ours to answer: within a second of their arrival, later, or not as they should be.',
  labelNames: ['outcome'],
  registers: [registry],
})
for (const outcome of ['in_time', 'late', 'failed']) interactions.inc({ outcome }, 0)

/** What is promised to whoever acts. */
const promisedSeconds = 1

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
 * Answers slash commands, buttons, menus, forms and autocompletion. The answer is deferred before anything else is done, since Discord
 * waits three seconds from the moment the member acted; the deferral also decides between processes that both got the
 * interaction: only one of them may go on. What may open a form is not deferred, and only looks. Stopping takes nothing new and
 * finishes what is in hand.
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

  /** Refuses, or runs the handler in its way; gives what became of it and never throws. */
  const answer = async <Handler>(
    interaction: Deferrable,
    target: Target<Handler>,
    wayOf: (handler: Handler) => Way,
  ): Promise<Outcome> => {
    const say = speakTo(interaction)
    const fields = { command: target.label, guildId: interaction.guildId, interactionId: interaction.id }
    if (target.kind === 'refused')
      return (await acknowledged(interaction, sentenceOf(target.reason(say)), fields)) ?? 'refused'
    const way = wayOf(target.handler)
    if (way.kind === 'answers') return answerLater(interaction, target.guildId, way, fields)
    const { outcome, acknowledgement } = await open(interaction, {
      say,
      limitMs,
      place: way.place,
      show: () => way.show(target.guildId),
      failed: (err, reason) => report(err, { ...fields, outcome: reason }),
    })
    noteUnacknowledged(acknowledgement, fields)
    return outcome
  }

  /** Acknowledges; gives an outcome when that is the end of it. */
  const acknowledged = async (interaction: Deferrable, first: FirstAnswer, fields: object) => {
    const acknowledgement = await acknowledge(interaction, first)
    noteUnacknowledged(acknowledgement, fields)
    return acknowledgement.kind === 'taken' ? undefined : acknowledgement.kind
  }

  /** Two processes may both get an interaction while shards move, so that being second is nothing to report. */
  const noteUnacknowledged = (acknowledgement: Acknowledgement, fields: object) => {
    if (acknowledgement.kind !== 'taken' && acknowledgement.kind !== 'answered')
      log.warn({ ...fields, acknowledgement }, 'interaction could not be acknowledged')
  }

  const answerLater = async (
    interaction: Deferrable,
    guildId: GuildId,
    way: Way & { kind: 'answers' },
    fields: object,
  ): Promise<Outcome> => {
    const say = speakTo(interaction)
    const end = await acknowledged(interaction, way.deferral, fields)
    if (end !== undefined) return end
    let outcome: Outcome = 'ok'
    let reply: () => Promise<unknown>
    try {
      const content = await within(limitMs, () => way.run(guildId))
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

  const count = (target: Target<unknown>, kind: 'command' | 'button' | 'select' | 'modal' | 'autocomplete') => {
    if (target.kind === 'found' && !owns(target.guildId)) misrouted.inc({ kind })
  }

  const use = async <Act extends Exclude<Deferrable, ChatInputCommandInteraction>>(
    interaction: Act,
    kind: 'button' | 'select' | 'modal',
    found: Target<Use<Answering<Act> | OpeningForm<Act>>>,
  ) => {
    const target = served(found)
    count(target, kind)
    const outcome = await answer(interaction, target, (used) => wayOfUse(used, interaction, tools))
    return { label: target.label, outcome }
  }

  const handle = async (interaction: Interaction): Promise<{ label: string; outcome: Outcome } | undefined> => {
    if (interaction.isChatInputCommand()) {
      const target = served(targetOfCommand(routes, interaction))
      count(target, 'command')
      const outcome = await answer(interaction, target, (command) => wayOfCommand(command, interaction, tools))
      return { label: target.label, outcome }
    }
    if (interaction.isButton()) return use(interaction, 'button', targetOfCustomId(routes.buttons, interaction))
    if (interaction.isStringSelectMenu())
      return use(interaction, 'select', targetOfCustomId(routes.selects, interaction, 'select:'))
    if (interaction.isModalSubmit())
      return use(interaction, 'modal', targetOfCustomId(routes.modals, interaction, 'modal:'))
    if (interaction.isAutocomplete()) {
      const target = served(targetOfCommand(routes, interaction))
      count(target, 'autocomplete')
      return { label: `complete:${target.label}`, outcome: await complete(interaction, target) }
    }
    return undefined // menus of members, roles and channels, and context commands: we send none, so nobody can use them
  }

  /** Every interaction shows its member's roles; the rooms hear of them after the answer, which must not wait. */
  const show = async (interaction: Interaction): Promise<void> => {
    const roleIds = rolesIn(interaction)
    if (roleIds === undefined || interaction.guildId === null || !serves(guildId(interaction.guildId))) return
    const member = { guildId: guildId(interaction.guildId), userId: userId(interaction.user.id), roleIds }
    for (const { gateway } of options.features) await gateway?.memberSeen?.(member, tools)
  }

  const onInteraction = (interaction: Interaction) => {
    if (isRepeated(interaction.id)) return
    const began = clock.monotonic()
    const work = handle(interaction)
      .catch((err: unknown) => {
        countPromise('failed', 0)
        throw err
      })
      .then(async (done) => {
        if (done === undefined) return
        const seconds = (clock.monotonic() - began) / 1000
        duration.observe({ command: done.label, outcome: done.outcome }, seconds)
        countPromise(done.outcome, seconds)
        if (!interaction.isAutocomplete()) await show(interaction)
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

/** One that another process answered was that one's to count. */
function countPromise(outcome: Outcome, seconds: number): void {
  if (outcome === 'answered') return
  const isAnswered = outcome === 'ok' || outcome === 'refused'
  interactions.inc({ outcome: !isAnswered ? 'failed' : seconds <= promisedSeconds ? 'in_time' : 'late' })
}

/** As Discord sends them; a guild that discord.js keeps in its cache has them as objects. */
function rolesIn({ member }: Interaction): readonly RoleId[] | undefined {
  if (member === null) return undefined
  return (Array.isArray(member.roles) ? member.roles : [...member.roles.cache.keys()]).map((id) => roleId(id))
}
