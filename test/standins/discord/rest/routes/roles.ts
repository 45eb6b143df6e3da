import type { Json } from '../../json.ts'
import { highestPosition, Permission } from '../../world/permissions.ts'
import type { Guild, Role } from '../../world/types.ts'
import { roleWire } from '../../world/wire.ts'
import { guildOf, needInGuild, needToHave, roleOf } from '../access.ts'
import { failure } from '../errors.ts'
import { Form } from '../form.ts'
import { param, type RestRequest, route } from '../router.ts'

const mostRoles = 250

const readRole = (request: RestRequest, guild: Guild): Partial<Omit<Role, 'id' | 'managed' | 'botId'>> => {
  const form = Form.of(request.body)
  const name = form.text('name', { max: 100 })
  const permissions = form.bits('permissions')
  const color =
    form.integer('color', { min: 0, max: 0xffffff }) ??
    form.nested('colors')?.integer('primary_color', { min: 0, max: 0xffffff })
  const hoist = form.boolean('hoist')
  const mentionable = form.boolean('mentionable')
  form.check()
  if (permissions !== undefined) needToHave(request.core, guild, permissions)
  return {
    ...(name === undefined ? {} : { name }),
    ...(permissions === undefined ? {} : { permissions }),
    ...(color === undefined ? {} : { color }),
    ...(hoist === undefined ? {} : { hoist }),
    ...(mentionable === undefined ? {} : { mentionable }),
  }
}

const needBelowBot = (guild: Guild, position: number): void => {
  if (position >= highestPosition(guild, guild.botMember)) throw failure.missingPermissions()
}

const list = (request: RestRequest): Json => {
  const guild = guildOf(request)
  return guild.rolesInOrder().map((role) => roleWire(guild, role))
}

const one = (request: RestRequest): Json => {
  const guild = guildOf(request)
  return roleWire(guild, roleOf(guild, param(request, 'roleId')))
}

const create = (request: RestRequest): Json => {
  const guild = guildOf(request)
  needInGuild(request.core, guild, Permission.ManageRoles)
  if (guild.roles.size >= mostRoles) throw failure.tooManyRoles()
  const draft = readRole(request, guild)
  const everyone = guild.roles.get(guild.id)?.permissions ?? 0n
  const role = guild.addRole({ name: 'new role', permissions: everyone, ...draft })
  guild.audit(30, role.id, request.reason)
  return roleWire(guild, role)
}

const update = (request: RestRequest): Json => {
  const guild = guildOf(request)
  needInGuild(request.core, guild, Permission.ManageRoles)
  const role = roleOf(guild, param(request, 'roleId'))
  if (role.id !== guild.id) needBelowBot(guild, guild.positionOf(role.id))
  guild.updateRole(role.id, readRole(request, guild))
  guild.audit(31, role.id, request.reason)
  return roleWire(guild, role)
}

const remove = (request: RestRequest): undefined => {
  const guild = guildOf(request)
  needInGuild(request.core, guild, Permission.ManageRoles)
  const role = roleOf(guild, param(request, 'roleId'))
  if (role.id === guild.id || role.managed) throw failure.invalidRole()
  needBelowBot(guild, guild.positionOf(role.id))
  guild.removeRole(role.id)
  guild.audit(32, role.id, request.reason)
}

/** PATCH of the list moves roles; neither the role nor its new place may be at or above the bot. */
const move = (request: RestRequest): Json => {
  const guild = guildOf(request)
  needInGuild(request.core, guild, Permission.ManageRoles)
  const form = Form.of({ roles: request.body })
  const moves = form.list('roles', { max: mostRoles }).map((entry) => ({
    id: entry.snowflake('id', true) ?? '',
    position: entry.integer('position', { min: 0 }) ?? 0,
  }))
  form.check('roles')
  for (const { id, position } of moves) {
    needBelowBot(guild, guild.positionOf(roleOf(guild, id).id))
    needBelowBot(guild, position)
  }
  for (const { id, position } of moves) guild.moveRole(id, position)
  return list(request)
}

export const roleRoutes = [
  route('GET', '/guilds/:guildId/roles', list),
  route('POST', '/guilds/:guildId/roles', create),
  route('PATCH', '/guilds/:guildId/roles', move),
  route('GET', '/guilds/:guildId/roles/:roleId', one),
  route('PATCH', '/guilds/:guildId/roles/:roleId', update),
  route('DELETE', '/guilds/:guildId/roles/:roleId', remove),
]
