import type { AutocompleteInteraction, ChatInputCommandInteraction, PermissionFlagsBits } from 'discord.js'
import { type GuildId, guildId } from '../../../cluster/runtime/ids.ts'
import { missingPermission } from '../../features/discord.ts'
import type { Button, Command, Feature, ModalSubmit, Select } from '../../features/feature.ts'
import type { Say } from '../../features/language.ts'

/** Every command by name; every button, menu and form by `<room>:<action>`. */
export interface Routes {
  readonly commands: ReadonlyMap<string, Command>
  readonly buttons: ReadonlyMap<string, Button>
  readonly selects: ReadonlyMap<string, Select>
  readonly modals: ReadonlyMap<string, ModalSubmit>
}

/** What an interaction leads to. `label` is for metrics and logs, and one of a fixed set, whatever came in. */
export type Target<Handler> =
  | { readonly kind: 'found'; readonly label: string; readonly guildId: GuildId; readonly handler: Handler }
  | { readonly kind: 'refused'; readonly label: string; readonly reason: (say: Say) => string }

/** Something that a custom id leads to, and what stands behind the guild in it. */
export interface Use<Handler> {
  readonly on: Handler
  readonly args: readonly string[]
}

/** Throws when two rooms want the same name, which is a fault in the code and shows at the first start. */
export function routesOf(features: readonly Feature[]): Routes {
  const commands = features.flatMap((feature) =>
    (feature.commands ?? []).map((command) => [command.data.name, command] as const),
  )
  return {
    commands: unique('command /', commands),
    buttons: unique(
      'button ',
      features.flatMap((feature) => byCustomId(feature.name, feature.buttons)),
    ),
    selects: unique(
      'menu ',
      features.flatMap((feature) => byCustomId(feature.name, feature.selects)),
    ),
    modals: unique(
      'form ',
      features.flatMap((feature) => byCustomId(feature.name, feature.modals)),
    ),
  }
}

const byCustomId = <Handler>(room: string, handlers: Readonly<Record<string, Handler>> = {}) =>
  Object.entries(handlers).map(([action, handler]) => [`${room}:${action}`, handler] as const)

function unique<Handler>(what: string, named: readonly (readonly [string, Handler])[]): ReadonlyMap<string, Handler> {
  const all = new Map<string, Handler>()
  for (const [name, handler] of named) {
    if (all.has(name)) throw new Error(`two rooms have a ${what}${name}`)
    all.set(name, handler)
  }
  return all
}

type CommandCall = Pick<
  ChatInputCommandInteraction | AutocompleteInteraction,
  'commandName' | 'guildId' | 'memberPermissions'
>

/** Finds the command, and whether this member may use it in this place. */
export function targetOfCommand(routes: Routes, call: CommandCall): Target<Command> {
  const command = routes.commands.get(call.commandName)
  if (command === undefined) return refused('unknown', (say) => say('common:refused.unknown_command'))
  const label = call.commandName
  if (call.guildId === null) return refused(label, (say) => say('common:refused.server_only'))
  const missing = missingPermission(command.data.default_member_permissions, call.memberPermissions)
  if (missing !== undefined)
    return refused(label, (say) => say('common:refused.permission', { permission: permissionName(say, missing) }))
  return { kind: 'found', label, guildId: guildId(call.guildId), handler: command }
}

const customIdForm = /^[a-z]+:[a-z]+:\d{1,20}(:[^:]+)*$/

/**
 * Finds what a custom id is for and the guild it is about. In a guild both must be the same; in a direct message the custom id alone
 * names it, and it can be believed: Discord accepts one only that we put on that message, or on the form that is open. Metrics tell a
 * menu and a form from a button of the same name by the `prefix` of their label.
 */
export function targetOfCustomId<Handler>(
  handlers: ReadonlyMap<string, Handler>,
  act: { readonly customId: string; readonly guildId: string | null },
  prefix: '' | 'select:' | 'modal:' = '',
): Target<Use<Handler>> {
  const [room = '', action = '', guild = '', ...args] = act.customId.split(':')
  const label = `${prefix}${room}:${action}`
  const on = customIdForm.test(act.customId) ? handlers.get(`${room}:${action}`) : undefined
  if (on === undefined) return refused('unknown', (say) => say('common:refused.old_button'))
  if (act.guildId !== null && act.guildId !== guild) return refused(label, (say) => say('common:refused.other_server'))
  return { kind: 'found', label, guildId: guildId(guild), handler: { on, args } }
}

const refused = (label: string, reason: (say: Say) => string) => ({ kind: 'refused', label, reason }) as const

/** A permission as Discord's client calls it. */
function permissionName(say: Say, name: keyof typeof PermissionFlagsBits): string {
  switch (name) {
    case 'Administrator':
    case 'ManageGuild':
    case 'ManageRoles':
      return say(`common:permission.${name}`)
    default:
      return name.replace(/Guild/, 'Server').replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
  }
}
