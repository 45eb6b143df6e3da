import {
  ApplicationCommandOptionType,
  type ButtonInteraction,
  type ChatInputCommandInteraction,
  PermissionFlagsBits,
} from 'discord.js'
import { UserError } from '../../../cluster/runtime/errors.ts'
import { type GuildId, userId } from '../../../cluster/runtime/ids.ts'
import { type Db, transaction } from '../../../sql/client.ts'
import { audit } from '../../../sql/queries/audit.ts'
import { cancelJob } from '../../../sql/queries/job.ts'
import {
  addTimer,
  changeTimer,
  removeTimer,
  scheduleTimers,
  type Timer,
  timerJob,
  timersOf,
} from '../../../sql/queries/timers.ts'
import type { Button, Command, Reply, Tools } from '../feature.ts'
import { described, type Say, speakTo } from '../language.ts'
import { requireManager } from '../manager.ts'
import { needChange } from '../options.ts'
import { faultOf, limits } from './rules.ts'
import { timersView } from './view.ts'

type Interaction = ChatInputCommandInteraction | ButtonInteraction

async function existing(say: Say, db: Db, guildId: GuildId, id: number): Promise<Timer> {
  const [timer] = await timersOf(db, { guildId, id })
  if (timer === undefined) throw new UserError('no_timer', say('timers:error.unknown', { number: id }))
  return timer
}

function check(say: Say, timer: Omit<Timer, 'id' | 'lastSent'>): void {
  switch (faultOf(timer)) {
    case 'message':
      throw new UserError('message', say('timers:error.message', { max: limits.message, length: timer.message.length }))
    case 'interval':
      throw new UserError('interval', say('timers:error.interval', { max: limits.interval }))
    case 'lines':
      throw new UserError('lines', say('timers:error.lines', { max: limits.lines }))
    case undefined:
  }
}

const noted = (timer: Omit<Timer, 'id' | 'lastSent'>): string =>
  JSON.stringify([timer.message, timer.intervalMinutes, timer.minLines, timer.onlyLive, timer.enabled])

/** Changes what there is in one transaction, notes it, and shows everything. A message that is off has no job. */
async function change(
  interaction: Interaction,
  guildId: GuildId,
  { sql }: Tools,
  work: (db: Db, say: Say) => Promise<{ id: number; old?: string; new?: string; note: string }>,
): Promise<Reply> {
  const say = speakTo(interaction)
  const by = userId(interaction.user.id)
  const { note, timers } = await transaction(sql, async (db) => {
    const done = await work(db, say)
    await scheduleTimers(db, [guildId])
    await audit(db, [
      {
        guildId,
        source: 'discord',
        actorId: by,
        action: 'timers.set',
        subject: `#${done.id}`,
        oldValue: done.old ?? null,
        newValue: done.new ?? null,
      },
    ])
    return { note: done.note, timers: await timersOf(db, { guildId }) }
  })
  return timersView(say, guildId, timers, note)
}

/** Switches one and keeps its time when it goes on; off, it is due at once when it comes back and its interval has passed. */
const toggle = (interaction: Interaction, guildId: GuildId, id: number, tools: Tools): Promise<Reply> =>
  change(interaction, guildId, tools, async (db, say) => {
    const before = await existing(say, db, guildId, id)
    const timer = { ...before, enabled: !before.enabled }
    await changeTimer(db, { guildId, timer })
    await cancelJob(db, { guildId, kind: timerJob, ref: String(id) })
    const note = timer.enabled ? say('timers:is_on', { number: id }) : say('timers:is_off', { number: id })
    return { id, old: noted(before), new: noted(timer), note }
  })

/** Switches a message off or on: `timers:toggle:<guild>:<id>`. For whoever may use `/timer`. */
export const toggleButton: Button = {
  async run(interaction, guildId, [id], tools) {
    requireManager(speakTo(interaction), interaction)
    return toggle(interaction, guildId, /^\d{1,9}$/.test(id ?? '') ? Number(id) : 0, tools)
  },
}

type Run = (interaction: ChatInputCommandInteraction, guildId: GuildId, tools: Tools) => Promise<Reply>

const runs: Readonly<Record<string, Run>> = {
  add: (interaction, guildId, tools) =>
    change(interaction, guildId, tools, async (db, say) => {
      const { options } = interaction
      const timer = {
        message: options.getString('message', true).trim(),
        intervalMinutes: options.getInteger('minutes', true),
        minLines: options.getInteger('lines') ?? 0,
        onlyLive: options.getBoolean('only_live') ?? true,
        enabled: true,
      }
      check(say, timer)
      const id = await addTimer(db, { guildId, timer, userId: userId(interaction.user.id), most: limits.timers })
      if (id === undefined) throw new UserError('too_many', say('timers:error.too_many', { max: limits.timers }))
      return { id, new: noted(timer), note: say('timers:added', { number: id }) }
    }),
  edit: (interaction, guildId, tools) =>
    change(interaction, guildId, tools, async (db, say) => {
      const { options } = interaction
      needChange(say, interaction, 'number')
      const before = await existing(say, db, guildId, options.getInteger('number', true))
      const timer = {
        ...before,
        message: options.getString('message')?.trim() ?? before.message,
        intervalMinutes: options.getInteger('minutes') ?? before.intervalMinutes,
        minLines: options.getInteger('lines') ?? before.minLines,
        onlyLive: options.getBoolean('only_live') ?? before.onlyLive,
      }
      check(say, timer)
      await changeTimer(db, { guildId, timer })
      // With another interval it is due at another time.
      await cancelJob(db, { guildId, kind: timerJob, ref: String(timer.id) })
      return { id: timer.id, old: noted(before), new: noted(timer), note: say('timers:changed', { number: timer.id }) }
    }),
  remove: (interaction, guildId, tools) =>
    change(interaction, guildId, tools, async (db, say) => {
      const before = await existing(say, db, guildId, interaction.options.getInteger('number', true))
      await removeTimer(db, { guildId, id: before.id })
      await cancelJob(db, { guildId, kind: timerJob, ref: String(before.id) })
      return { id: before.id, old: noted(before), note: say('timers:removed', { number: before.id }) }
    }),
  toggle: (interaction, guildId, tools) =>
    toggle(interaction, guildId, interaction.options.getInteger('number', true), tools),
  list: async (interaction, guildId, { sql }) =>
    timersView(speakTo(interaction), guildId, await timersOf(sql, { guildId })),
}

const number = {
  type: ApplicationCommandOptionType.Integer as const,
  name: 'number',
  ...described('timers:command.number'),
  required: true,
  min_value: 1,
  autocomplete: true,
}
const details = (isNew: boolean) => [
  {
    type: ApplicationCommandOptionType.Integer as const,
    name: 'minutes',
    ...described('timers:command.minutes'),
    required: isNew,
    min_value: 1,
    max_value: limits.interval,
  },
  {
    type: ApplicationCommandOptionType.String as const,
    name: 'message',
    ...described('timers:command.message'),
    required: isNew,
  },
  {
    type: ApplicationCommandOptionType.Integer as const,
    name: 'lines',
    ...described('timers:command.lines'),
    min_value: 0,
    max_value: limits.lines,
  },
  {
    type: ApplicationCommandOptionType.Boolean as const,
    name: 'only_live',
    ...described('timers:command.only_live'),
  },
]

/** Messages that the bot says in stream chat by itself. */
export const timer: Command = {
  data: {
    name: 'timer',
    ...described('timers:command.timer'),
    default_member_permissions: String(PermissionFlagsBits.ManageGuild),
    options: [
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'add',
        ...described('timers:command.add'),
        options: details(true),
      },
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'edit',
        ...described('timers:command.edit'),
        options: [number, ...details(false)],
      },
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'toggle',
        ...described('timers:command.toggle'),
        options: [number],
      },
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'remove',
        ...described('timers:command.remove'),
        options: [number],
      },
      { type: ApplicationCommandOptionType.Subcommand, name: 'list', ...described('timers:command.list') },
    ],
  },
  run(interaction, guildId, tools) {
    const run = runs[interaction.options.getSubcommand()]
    if (run === undefined) throw new Error('a subcommand of /timer is not handled')
    return run(interaction, guildId, tools)
  },
  async complete(_interaction, guildId, { sql }) {
    const timers = await timersOf(sql, { guildId })
    return timers.map(({ id, message }) => ({ name: `#${id} ${message}`.slice(0, 100), value: id }))
  },
}
