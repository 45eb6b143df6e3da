import {
  type AutocompleteInteraction,
  type ButtonInteraction,
  type ChatInputCommandInteraction,
  PermissionFlagsBits,
  type PermissionsBitField,
} from 'discord.js'
import { type GuildId, guildId } from '../../../cluster/runtime/ids.ts'
import type { Button, Command, Feature } from '../../features/feature.ts'
import type { Say } from '../../features/language.ts'

/** Every command by name and every button by `<room>:<action>`. */
export interface Routes {
  readonly commands: ReadonlyMap<string, Command>
  readonly buttons: ReadonlyMap<string, Button>
}

/** What an interaction leads to. `label` is for metrics and logs, and one of a fixed set, whatever came in. */
export type Target<Handler> =
  | { readonly kind: 'found'; readonly label: string; readonly guildId: GuildId; readonly handler: Handler }
  | { readonly kind: 'refused'; readonly label: string; readonly reason: (say: Say) => string }

export interface Press {
  readonly button: Button
  readonly args: readonly string[]
}

/** Throws when two rooms want the same name, which is a fault in the code and shows at the first start. */
export function routesOf(features: readonly Feature[]): Routes {
  const commands = new Map<string, Command>()
  const buttons = new Map<string, Button>()
  for (const feature of features) {
    for (const command of feature.commands ?? []) {
      if (commands.has(command.data.name)) throw new Error(`two rooms have a command /${command.data.name}`)
      commands.set(command.data.name, command)
    }
    for (const [action, button] of Object.entries(feature.buttons ?? {})) {
      const key = `${feature.name}:${action}`
      if (buttons.has(key)) throw new Error(`two rooms have a button ${key}`)
      buttons.set(key, button)
    }
  }
  return { commands, buttons }
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
 * Finds the button and the guild it is about. In a guild both must be the same; in a direct message the custom id alone
 * names it, and it can be believed: Discord accepts a press only with a custom id that we put on that message.
 */
export function targetOfButton(routes: Routes, press: Pick<ButtonInteraction, 'customId' | 'guildId'>): Target<Press> {
  const [room = '', action = '', guild = '', ...args] = press.customId.split(':')
  const label = `${room}:${action}`
  const button = customIdForm.test(press.customId) ? routes.buttons.get(label) : undefined
  if (button === undefined) return refused('unknown', (say) => say('common:refused.old_button'))
  if (press.guildId !== null && press.guildId !== guild)
    return refused(label, (say) => say('common:refused.other_server'))
  return { kind: 'found', label, guildId: guildId(guild), handler: { button, args } }
}

const refused = (label: string, reason: (say: Say) => string) => ({ kind: 'refused', label, reason }) as const

/**
 * The first permission that a command asks for and the member has not. Discord hides such a command already, but admins may
 * open it to others in the server's settings; what it does stays what it is.
 */
export function missingPermission(
  required: string | null | undefined,
  held: Readonly<PermissionsBitField> | null,
): keyof typeof PermissionFlagsBits | undefined {
  if (required === null || required === undefined) return undefined
  // "0" means that nobody but administrators may use it.
  const wanted = BigInt(required) === 0n ? PermissionFlagsBits.Administrator : BigInt(required)
  if (held?.has(wanted)) return undefined
  const names = Object.keys(PermissionFlagsBits) as (keyof typeof PermissionFlagsBits)[]
  return names.find((name) => (wanted & PermissionFlagsBits[name]) !== 0n && !held?.has(PermissionFlagsBits[name]))
}

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
