import { ApplicationCommandOptionType, type ChatInputCommandInteraction } from 'discord.js'
import { UserError } from '../../../cluster/runtime/errors.ts'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import type {
  Answering,
  ChatCommand,
  ChatWord,
  EventHandler,
  Feature,
  GatewayEvents,
  OpeningForm,
  TickHandler,
} from '../../../shard/features/feature.ts'

/** The ways into a room. */
export type Way =
  | 'command'
  | 'complete'
  | 'button'
  | 'select'
  | 'modal'
  | 'chat'
  | 'words'
  | 'tick'
  | 'event'
  | 'gateway'
  | 'outbox'
  | 'job'
  | 'dashboard'

/** Which handler ran for which guild, and what it threw. */
export class Heard {
  readonly #ran = new Map<GuildId, Map<string, number>>()
  #inHand = 0
  readonly #faults: { readonly guildId: GuildId; readonly what: string; readonly error: unknown }[] = []

  async note<T>(way: Way, name: string, guildIds: readonly GuildId[], work: () => Promise<T>): Promise<T> {
    for (const guildId of guildIds) {
      const counts = this.#ran.get(guildId) ?? new Map<string, number>()
      this.#ran.set(guildId, counts)
      counts.set(`${way} ${name}`, (counts.get(`${way} ${name}`) ?? 0) + 1)
    }
    this.#inHand += 1
    try {
      return await work()
    } catch (error) {
      // A deadlock is undone and tried again, and so nobody's fault.
      if (isDeadlock(error)) throw error
      for (const guildId of guildIds) this.#faults.push({ guildId, what: `${way} ${name}`, error })
      throw error
    } finally {
      this.#inHand -= 1
    }
  }

  /** Whether no handler is at work. */
  get isQuiet(): boolean {
    return this.#inHand === 0
  }

  /** How often one ran for a guild. */
  count(name: string, guildId: GuildId): number {
    return this.#ran.get(guildId)?.get(name) ?? 0
  }

  /** What handlers threw for a guild since somebody asked, each as a line. */
  faultsOf(guildId: GuildId): string[] {
    const theirs = this.#faults.filter((fault) => fault.guildId === guildId)
    this.#faults.splice(0, this.#faults.length, ...this.#faults.filter((fault) => fault.guildId !== guildId))
    return theirs.map(({ what, error }) =>
      error instanceof UserError
        ? `${what}: ${error.code}: ${error.message}`
        : `${what}: ${error instanceof Error ? error.stack : String(error)}`,
    )
  }

  /** Of these, what never ran for the guild. */
  missing(names: readonly string[], guildId: GuildId): string[] {
    return names.filter((name) => this.count(name, guildId) === 0)
  }
}

const isDeadlock = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === '40P01' || error.code === '40001')

type Options = NonNullable<NonNullable<Feature['commands']>[number]['data']['options']>

/** The paths of a command, `points-admin give`: one for each subcommand, or the command itself. */
export function pathsOf(name: string, options: Options = []): string[] {
  const inner = options.flatMap((option) =>
    option.type === ApplicationCommandOptionType.Subcommand ||
    option.type === ApplicationCommandOptionType.SubcommandGroup
      ? pathsOf(`${name} ${option.name}`, option.options ?? [])
      : [],
  )
  return inner.length > 0 ? inner : [name]
}

/** The paths whose options complete what is typed. */
const completing = (name: string, options: Options = []): string[] => {
  const inner = options.flatMap((option) =>
    option.type === ApplicationCommandOptionType.Subcommand ||
    option.type === ApplicationCommandOptionType.SubcommandGroup
      ? completing(`${name} ${option.name}`, option.options ?? [])
      : [],
  )
  return options.some((option) => 'autocomplete' in option && option.autocomplete === true) ? [...inner, name] : inner
}

/** Everything that rooms can be asked in, as {@link Heard} names it. */
export const waysInto = (features: readonly Feature[]): string[] =>
  features.flatMap((feature) => {
    const of = (way: Way, table: object = {}, prefix = '') =>
      Object.keys(table).map((name) => `${way} ${prefix}${name}`)
    const commands = feature.commands ?? []
    return [
      ...commands.flatMap(({ data }) => pathsOf(data.name, data.options).map((path) => `command ${path}`)),
      ...commands.flatMap(({ data }) => completing(data.name, data.options).map((path) => `complete ${path}`)),
      ...of('button', feature.buttons, `${feature.name}:`),
      ...of('select', feature.selects, `${feature.name}:`),
      ...of('modal', feature.modals, `${feature.name}:`),
      ...of('chat', feature.chat),
      ...(feature.chatWords === undefined ? [] : [`words ${feature.name}`]),
      ...of('tick', feature.ticks),
      ...of('event', feature.events, `${feature.name}:`),
      ...of('gateway', feature.gateway, `${feature.name}:`),
      ...of('outbox', feature.outbox),
      ...of('job', feature.jobs),
      ...of('dashboard', feature.dashboard),
    ]
  })

const mapped = <T>(
  table: Readonly<Record<string, T>>,
  wrap: (name: string, one: T) => T,
): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(table).map(([name, one]) => [name, wrap(name, one)]))

const pathOf = ({
  commandName,
  options,
}: Pick<ChatInputCommandInteraction, 'commandName'> & { options: Choosing }): string =>
  [commandName, options.getSubcommandGroup(false), options.getSubcommand(false)]
    .filter((part) => part !== null)
    .join(' ')
interface Choosing {
  getSubcommandGroup(required: false): string | null
  getSubcommand(required: false): string | null
}

const distinct = (guildIds: readonly GuildId[]): readonly GuildId[] => [...new Set(guildIds)]

/** The same rooms, which tell what they are asked. */
export function recorded(features: readonly Feature[], heard: Heard): readonly Feature[] {
  const used =
    <Act>(way: Way, room: string) =>
    (name: string, on: Answering<Act> | OpeningForm<Act>) =>
      on.opens === 'modal'
        ? {
            ...on,
            open: (...call: Parameters<OpeningForm<Act>['open']>) =>
              heard.note(way, `${room}:${name}`, [call[1]], () => on.open(...call)),
          }
        : {
            ...on,
            run: (...call: Parameters<Answering<Act>['run']>) =>
              heard.note(way, `${room}:${name}`, [call[1]], () => on.run(...call)),
          }
  return features.map((feature): Feature => {
    const { name: room, commands, buttons, selects, modals, chat, chatWords, ticks, events, gateway } = feature
    const { outbox, jobs, dashboard } = feature
    return {
      ...feature,
      ...(commands && {
        commands: commands.map((command) => {
          const { opens, complete } = command
          return {
            ...command,
            ...(opens && {
              opens: mapped(
                opens,
                (_, open) => (act, guildId, tools) =>
                  heard.note('command', pathOf(act), [guildId], () => open(act, guildId, tools)),
              ),
            }),
            run: (act, guildId, tools) =>
              heard.note('command', pathOf(act), [guildId], () => command.run(act, guildId, tools)),
            ...(complete && {
              complete: (act, guildId, tools) =>
                heard.note('complete', pathOf(act), [guildId], () => complete(act, guildId, tools)),
            }),
          }
        }),
      }),
      ...(buttons && { buttons: mapped(buttons, used('button', room)) }),
      ...(selects && { selects: mapped(selects, used('select', room)) }),
      ...(modals && {
        modals: mapped(modals, (name, on) => ({
          ...on,
          run: (...call: Parameters<typeof on.run>) =>
            heard.note('modal', `${room}:${name}`, [call[1]], () => on.run(...call)),
        })),
      }),
      ...(chat && {
        chat: mapped<ChatCommand<ChatWord>>(
          chat,
          (name, answer) => (call, db, tools) =>
            heard.note('chat', name, [call.guildId], () => answer(call, db, tools)),
        ),
      }),
      ...(chatWords && {
        chatWords: (words, db, tools) =>
          heard.note('words', room, distinct(words.map(({ guildId }) => guildId)), () => chatWords(words, db, tools)),
      }),
      ...(ticks && {
        ticks: mapped<TickHandler>(
          ticks,
          (name, handle) => (batch, db, tools) =>
            heard.note('tick', name, distinct(batch.ticks.map(({ guildId }) => guildId)), () =>
              handle(batch, db, tools),
            ),
        ),
      }),
      ...(events && {
        events: mapped(
          events as Readonly<Record<string, EventHandler>>,
          (name, handle) => (all, db, tools) =>
            heard.note('event', `${room}:${name}`, distinct(all.flatMap(({ guildIds }) => guildIds)), () =>
              handle(all, db, tools),
            ),
        ) as NonNullable<Feature['events']>,
      }),
      ...(gateway && { gateway: recordedGateway(room, gateway, heard) }),
      ...(outbox && {
        outbox: mapped(
          outbox,
          (name, pay) => (row, tools) => heard.note('outbox', name, [row.guildId], () => pay(row, tools)),
        ),
      }),
      ...(jobs && {
        jobs: mapped(
          jobs,
          (name, handle) => (all, db, tools) =>
            heard.note('job', name, distinct(all.map(({ guildId }) => guildId)), () => handle(all, db, tools)),
        ),
      }),
      ...(dashboard && {
        dashboard: mapped(
          dashboard,
          (name, handle) => (event, db, tools) =>
            heard.note('dashboard', name, [event.guildId], () => handle(event, db, tools)),
        ),
      }),
    }
  })
}

function recordedGateway(room: string, gateway: GatewayEvents, heard: Heard): GatewayEvents {
  const { guildsAvailable, guildLeft, rolesChanged, memberJoined, memberLeft, memberSeen } = gateway
  const note = (name: string, guildIds: readonly GuildId[], work: () => Promise<void>) =>
    heard.note('gateway', `${room}:${name}`, guildIds, work)
  return {
    ...(guildsAvailable && {
      guildsAvailable: (guilds, tools) =>
        note(
          'guildsAvailable',
          guilds.map(({ guildId }) => guildId),
          () => guildsAvailable(guilds, tools),
        ),
    }),
    ...(guildLeft && { guildLeft: (guildId, tools) => note('guildLeft', [guildId], () => guildLeft(guildId, tools)) }),
    ...(rolesChanged && {
      rolesChanged: (guildId, tools) => note('rolesChanged', [guildId], () => rolesChanged(guildId, tools)),
    }),
    ...(memberJoined && {
      memberJoined: (member, tools) => note('memberJoined', [member.guildId], () => memberJoined(member, tools)),
    }),
    ...(memberLeft && {
      memberLeft: (member, tools) => note('memberLeft', [member.guildId], () => memberLeft(member, tools)),
    }),
    ...(memberSeen && {
      memberSeen: (member, tools) => note('memberSeen', [member.guildId], () => memberSeen(member, tools)),
    }),
  }
}
