import { isObject, type Json, type JsonObject, numberOf, stringOf } from '../../json.ts'
import type { CommandScope } from '../../world/commands.ts'
import { checkCommand, normalCommand, readCommand } from '../command-form.ts'
import { failure } from '../errors.ts'
import { Form } from '../form.ts'
import { created, param, type RestAnswer, type RestRequest, route } from '../router.ts'

const mostOfType: readonly [type: number, most: number][] = [
  [1, 100],
  [2, 15],
  [3, 15],
]

/** Checks that the application is ours and the bot in the guild; the scope of the route. */
const scopeOf = (request: RestRequest): CommandScope => {
  if (param(request, 'applicationId') !== request.core.world.applicationId) throw failure.missingAccess()
  const { guildId } = request.params
  if (guildId === undefined) return null
  if (!request.core.world.guilds.has(guildId)) throw failure.missingAccess()
  return guildId
}

const commandOf = (request: RestRequest, scope: CommandScope): JsonObject => {
  const command = request.core.world.commands.get(scope, param(request, 'commandId'))
  if (command === undefined) throw failure.unknownCommand()
  return command
}

const checkCounts = (commands: readonly JsonObject[]): void => {
  for (const [type, most] of mostOfType)
    if (commands.filter((command) => command.type === type).length > most) throw failure.tooManyCommands(most)
}

const checkCreates = (request: RestRequest, scope: CommandScope, commands: readonly JsonObject[]): void => {
  const fresh = commands.filter((command) => request.core.world.commands.isNew(scope, command)).length
  if (fresh > request.core.world.commands.createsLeft(scope)) throw failure.tooManyCommandCreates()
}

const list = (request: RestRequest): Json => request.core.world.commands.in(scopeOf(request))

/** Replaces all commands of the scope, of every type. */
const overwrite = (request: RestRequest): Json => {
  const scope = scopeOf(request)
  if (!Array.isArray(request.body)) {
    throw failure.invalidForm({
      _errors: [{ code: 'LIST_TYPE_CONVERT', message: 'Only iterables may be used in a ListType' }],
    })
  }
  const form = Form.of({ commands: request.body })
  const names = new Set<string>()
  const commands = form.list('commands', { max: 1_000 }).map((entry) => {
    checkCommand(entry)
    const command = normalCommand(entry.values())
    const identity = `${numberOf(command.type)}/${stringOf(command.name)}`
    if (names.has(identity))
      entry.fault('name', 'APPLICATION_COMMANDS_DUPLICATE_NAME', 'Application command names must be unique')
    names.add(identity)
    return command
  })
  form.check('commands')
  checkCounts(commands)
  checkCreates(request, scope, commands)
  return request.core.world.commands.overwrite(scope, commands)
}

const create = (request: RestRequest): RestAnswer => {
  const scope = scopeOf(request)
  const command = readCommand(request.body)
  const { commands } = request.core.world
  const isNew = commands.isNew(scope, command)
  if (isNew) checkCounts([...commands.in(scope), command])
  checkCreates(request, scope, [command])
  const stored = commands.put(scope, command)
  return isNew ? created(stored) : stored
}

const update = (request: RestRequest): Json => {
  const scope = scopeOf(request)
  const current = commandOf(request, scope)
  const { id: _id, version: _version, ...before } = current
  const changed = readCommand({ ...before, ...(isObject(request.body) ? request.body : {}), type: current.type })
  if (changed.name !== current.name) request.core.world.commands.delete(scope, stringOf(current.id))
  return request.core.world.commands.put(scope, changed)
}

const remove = (request: RestRequest): undefined => {
  const scope = scopeOf(request)
  request.core.world.commands.delete(scope, stringOf(commandOf(request, scope).id))
}

const one = (request: RestRequest): Json => commandOf(request, scopeOf(request))

export const commandRoutes = [
  '/applications/:applicationId/commands',
  '/applications/:applicationId/guilds/:guildId/commands',
].flatMap((base) => [
  route('GET', base, list),
  route('PUT', base, overwrite, { bucket: 'commands' }),
  route('POST', base, create, { bucket: 'commands' }),
  route('GET', `${base}/:commandId`, one),
  route('PATCH', `${base}/:commandId`, update),
  route('DELETE', `${base}/:commandId`, remove),
])
