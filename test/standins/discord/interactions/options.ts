import { type JsonObject, numberOf, objectsOf, stringOf } from '../json.ts'
import type { Channel, Guild } from '../world/types.ts'
import { channelWire, memberWire, roleWire, userWire } from '../world/wire.ts'
import type { World } from '../world/world.ts'

/** Something that Discord's client would not let a member do. */
export class Refused extends Error {
  override readonly name = 'Refused'
}

export type OptionValue = string | number | boolean
export type OptionValues = Readonly<Record<string, OptionValue>>

export interface Resolved {
  users: JsonObject
  members: JsonObject
  roles: JsonObject
  channels: JsonObject
  attachments: JsonObject
}

const addUser = (world: World, guild: Guild | null, id: string, resolved: Resolved): boolean => {
  const user = world.users.get(id)
  if (user === undefined) return false
  resolved.users[id] = userWire(user)
  const member = guild?.members.get(id)
  if (member) {
    const { user: _, ...withoutUser } = memberWire(member)
    resolved.members[id] = { ...withoutUser, permissions: '0' }
  }
  return true
}

const addRole = (guild: Guild | null, id: string, resolved: Resolved): boolean => {
  const role = guild?.roles.get(id)
  if (guild === null || role === undefined) return false
  resolved.roles[id] = roleWire(guild, role)
  return true
}

const addChannel = (guild: Guild | null, id: string, resolved: Resolved, types: unknown): boolean => {
  const channel: Channel | undefined = guild?.channels.get(id)
  if (channel === undefined) return false
  if (Array.isArray(types) && types.length > 0 && !types.includes(channel.type)) return false
  resolved.channels[id] = { ...channelWire(channel, null), permissions: '0' }
  return true
}

/** Adds what an id of this option or select type stands for; false when there is no such thing. */
export const resolve = (
  kind: 'user' | 'role' | 'channel' | 'mentionable',
  id: string,
  around: { world: World; guild: Guild | null; resolved: Resolved; channelTypes?: unknown },
): boolean => {
  const { world, guild, resolved } = around
  if (kind === 'user') return addUser(world, guild, id, resolved)
  if (kind === 'role') return addRole(guild, id, resolved)
  if (kind === 'channel') return addChannel(guild, id, resolved, around.channelTypes)
  return addRole(guild, id, resolved) || addUser(world, guild, id, resolved)
}

const kinds = { 6: 'user', 7: 'channel', 8: 'role', 9: 'mentionable' } as const
const isKindType = (type: number): type is keyof typeof kinds => type in kinds

const fault = (spec: JsonObject, value: OptionValue): string | null => {
  const type = numberOf(spec.type)
  const { choices, autocomplete } = spec
  if (type === 3) {
    if (typeof value !== 'string') return 'wants text'
    if (value.length < numberOf(spec.min_length)) return `wants at least ${numberOf(spec.min_length)} characters`
    if (value.length > (numberOf(spec.max_length) || 6_000))
      return `wants at most ${numberOf(spec.max_length) || 6_000} characters`
  } else if (type === 4 || type === 10) {
    if (typeof value !== 'number' || (type === 4 && !Number.isInteger(value)))
      return `wants ${type === 4 ? 'an integer' : 'a number'}`
    if (typeof spec.min_value === 'number' && value < spec.min_value) return `wants at least ${spec.min_value}`
    if (typeof spec.max_value === 'number' && value > spec.max_value) return `wants at most ${spec.max_value}`
  } else if (type === 5) {
    if (typeof value !== 'boolean') return 'wants a boolean'
  } else if (typeof value !== 'string') return 'wants an id'
  const offered = objectsOf(choices)
  if (offered.length > 0 && autocomplete !== true && !offered.some((choice) => choice.value === value))
    return `offers only ${offered.map((choice) => String(choice.value)).join(', ')}`
  return null
}

/** The options as Discord sends them; refuses what its client would not let through. */
export const fillOptions = (
  specs: readonly JsonObject[],
  values: OptionValues,
  around: {
    world: World
    guild: Guild | null
    resolved: Resolved
    uploads: ReadonlyMap<string, JsonObject>
    focused?: string
  },
): JsonObject[] => {
  for (const name of Object.keys(values))
    if (!specs.some((spec) => spec.name === name)) throw new Refused(`the command has no option "${name}"`)
  return specs.flatMap((spec) => {
    const name = stringOf(spec.name)
    const value = values[name]
    const type = numberOf(spec.type)
    const isFocused = around.focused === name
    if (value === undefined) {
      if (spec.required === true && around.focused === undefined) throw new Refused(`option "${name}" is required`)
      return []
    }
    if (isFocused) return [{ name, type, value, focused: true }]
    const wrong = fault(spec, value)
    if (wrong !== null) throw new Refused(`option "${name}" ${wrong}`)
    if (type === 11) {
      const upload = around.uploads.get(String(value))
      if (upload === undefined) throw new Refused(`option "${name}": no file ${value} was chosen`)
      around.resolved.attachments[String(value)] = { ...upload, ephemeral: true }
    }
    if (isKindType(type) && !resolve(kinds[type], String(value), { ...around, channelTypes: spec.channel_types }))
      throw new Refused(`option "${name}": there is no ${kinds[type]} ${value} to choose`)
    return [{ name, type, value }]
  })
}

/** Walks `points give` down to its subcommand: the option specs there, and a function that wraps the filled options. */
export const descend = (
  command: JsonObject,
  path: readonly string[],
): { specs: JsonObject[]; wrap: (options: JsonObject[]) => JsonObject[] } => {
  let specs = objectsOf(command.options)
  const wraps: { name: string; type: number }[] = []
  for (const name of path) {
    const next = specs.find((spec) => spec.name === name && numberOf(spec.type) <= 2)
    if (next === undefined) throw new Refused(`/${stringOf(command.name)} has no subcommand "${name}"`)
    wraps.unshift({ name, type: numberOf(next.type) })
    specs = objectsOf(next.options)
  }
  if (specs.some((spec) => numberOf(spec.type) <= 2))
    throw new Refused(`/${[stringOf(command.name), ...path].join(' ')} needs a subcommand`)
  return {
    specs,
    wrap: (options) => wraps.reduce((inner, outer) => [{ ...outer, options: inner }], options),
  }
}
