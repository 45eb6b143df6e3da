import type { Core } from '../core.ts'
import { type JsonObject, stringOf } from '../json.ts'
import { channelPermissions, has, Permission } from '../world/permissions.ts'
import { type Interaction, InteractionType } from './interaction.ts'
import { descend, fillOptions, type OptionValues, Refused, type Resolved, resolve } from './options.ts'
import { type Actor, noneResolved, type Place, placeOf, withLocale } from './place.ts'

export interface CommandAct extends Actor {
  /** `points`, or with a subcommand `points give`. */
  command: string
  options?: OptionValues
}

/** The registered command; refuses one that is missing, or that this member may not use here. */
const registered = (core: Core, place: Place, name: string, type: number): JsonObject => {
  const { guild, channel, user } = place
  const command = core.world.commands.find(guild?.id ?? null, name, type)
  if (command === undefined) throw new Refused(`no command "${name}" is registered here`)
  if (guild === null) {
    const isInDms = Array.isArray(command.contexts) ? command.contexts.includes(1) : command.dm_permission !== false
    if (!isInDms) throw new Refused(`"${name}" cannot be used in DMs`)
    return command
  }
  if (Array.isArray(command.contexts) && !command.contexts.includes(0))
    throw new Refused(`"${name}" cannot be used in guilds`)
  const bits = channelPermissions(guild, guild.member(user.id), channel, core.clock.now())
  if (!has(bits, Permission.UseApplicationCommands)) throw new Refused(`user ${user.id} may not use commands here`)
  const wanted = command.default_member_permissions
  // "0" means administrators only, who have every bit.
  const needed = wanted === '0' ? Permission.Administrator : BigInt(stringOf(wanted) || '0')
  if (!has(bits, needed)) throw new Refused(`user ${user.id} lacks the permissions that "${name}" asks for`)
  return command
}

const commandData = (command: JsonObject, resolved: Resolved): JsonObject => ({
  id: command.id,
  name: command.name,
  type: command.type,
  guild_id: command.guild_id,
  resolved: Object.fromEntries(Object.entries(resolved).filter(([, values]) => Object.keys(values).length > 0)),
})

const slash = (core: Core, act: CommandAct, focused?: string): Interaction => {
  const place = placeOf(core, act)
  const [name = '', ...path] = act.command.trim().replace(/^\//, '').split(/\s+/)
  const command = registered(core, place, name, 1)
  const { specs, wrap } = descend(command, path)
  const resolved = noneResolved()
  const around = {
    world: core.world,
    guild: place.guild,
    resolved,
    uploads: core.cdn.uploads,
    ...(focused === undefined ? {} : { focused }),
  }
  const options = wrap(fillOptions(specs, act.options ?? {}, around))
  if (focused !== undefined && !specs.some((spec) => spec.name === focused && spec.autocomplete === true))
    throw new Refused(`option "${focused}" has no autocomplete`)
  return core.interactions.begin({
    ...place,
    ...withLocale(act.locale),
    type: focused === undefined ? InteractionType.Command : InteractionType.Autocomplete,
    name: act.command,
    data: { ...commandData(command, resolved), options: options.length > 0 ? options : undefined },
  })
}

export const runCommand = (core: Core, act: CommandAct): Interaction => slash(core, act)

/** `focused` names the option being typed; its text stands in `options`. */
export const autocomplete = (core: Core, act: CommandAct & { focused: string }): Interaction =>
  slash(core, { ...act, options: { [act.focused]: '', ...act.options } }, act.focused)

/** A context menu command on a user. */
export const runUserCommand = (core: Core, act: Actor & { command: string; targetId: string }): Interaction => {
  const place = placeOf(core, act)
  const command = registered(core, place, act.command, 2)
  const resolved = noneResolved()
  if (!resolve('user', act.targetId, { world: core.world, guild: place.guild, resolved }))
    throw new Refused(`there is no user ${act.targetId}`)
  const data = { ...commandData(command, resolved), target_id: act.targetId }
  return core.interactions.begin({
    ...place,
    ...withLocale(act.locale),
    type: InteractionType.Command,
    name: act.command,
    data,
  })
}

/** A context menu command on a message of the channel. */
export const runMessageCommand = (core: Core, act: Actor & { command: string; targetId: string }): Interaction => {
  const place = placeOf(core, act)
  const command = registered(core, place, act.command, 3)
  const target = place.channel.messages.get(act.targetId)
  if (target === undefined || (target.visibleTo ?? act.userId) !== act.userId)
    throw new Refused(`there is no message ${act.targetId}`)
  const data = {
    ...commandData(command, noneResolved()),
    target_id: act.targetId,
    resolved: { messages: { [act.targetId]: core.world.messages.wire(target) } },
  }
  return core.interactions.begin({
    ...place,
    ...withLocale(act.locale),
    type: InteractionType.Command,
    name: act.command,
    data,
  })
}
