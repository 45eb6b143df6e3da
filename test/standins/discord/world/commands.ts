import type { Clock } from '../clock.ts'
import { type JsonObject, numberOf, stringOf } from '../json.ts'
import type { Ids } from '../snowflake.ts'

const dayMs = 86_400_000
const createsPerDay = 200

/** `null` is the global scope. */
export type CommandScope = string | null

const identityOf = (command: JsonObject): string => `${numberOf(command.type) || 1}/${stringOf(command.name)}`
const comparable = ({ id: _id, version: _version, ...rest }: JsonObject): string => JSON.stringify(rest)

/** The registered application commands of every scope; a name keeps its id for as long as it is registered. */
export class Commands {
  readonly #applicationId: string
  readonly #clock: Clock
  readonly #ids: Ids
  readonly #scopes = new Map<CommandScope, Map<string, JsonObject>>()
  readonly #creates = new Map<CommandScope, number[]>()

  constructor(applicationId: string, clock: Clock, ids: Ids) {
    this.#applicationId = applicationId
    this.#clock = clock
    this.#ids = ids
  }

  in(scope: CommandScope): JsonObject[] {
    return [...(this.#scopes.get(scope)?.values() ?? [])]
  }

  get(scope: CommandScope, id: string): JsonObject | undefined {
    return this.in(scope).find((command) => command.id === id)
  }

  /** What a member of the guild gets by this name: the guild's own command before the global one. */
  find(guildId: string | null, name: string, type: number): JsonObject | undefined {
    const identity = `${type}/${name}`
    const own = guildId === null ? undefined : this.#scopes.get(guildId)?.get(identity)
    return own ?? this.#scopes.get(null)?.get(identity)
  }

  /** How many more commands may be created today. */
  createsLeft(scope: CommandScope): number {
    const since = this.#clock.now() - dayMs
    const recent = (this.#creates.get(scope) ?? []).filter((at) => at > since)
    this.#creates.set(scope, recent)
    return createsPerDay - recent.length
  }

  isNew(scope: CommandScope, command: JsonObject): boolean {
    return this.#scopes.get(scope)?.has(identityOf(command)) !== true
  }

  /** Registers or replaces by type and name; the version changes only with the content. */
  put(scope: CommandScope, command: JsonObject): JsonObject {
    const commands = this.#scopes.get(scope) ?? new Map<string, JsonObject>()
    this.#scopes.set(scope, commands)
    const identity = identityOf(command)
    const known = commands.get(identity)
    if (known === undefined) this.#creates.set(scope, [...(this.#creates.get(scope) ?? []), this.#clock.now()])
    const stored: JsonObject = {
      id: known?.id ?? this.#ids.next(),
      application_id: this.#applicationId,
      guild_id: scope ?? undefined,
      version: known?.version ?? this.#ids.next(),
      ...command,
    }
    if (known !== undefined && comparable(known) !== comparable(stored)) stored.version = this.#ids.next()
    commands.set(identity, stored)
    return stored
  }

  /** Replaces everything in the scope, of all types. */
  overwrite(scope: CommandScope, commands: readonly JsonObject[]): JsonObject[] {
    const wanted = new Set(commands.map(identityOf))
    const stored = this.#scopes.get(scope)
    for (const identity of [...(stored?.keys() ?? [])]) if (!wanted.has(identity)) stored?.delete(identity)
    return commands.map((command) => this.put(scope, command))
  }

  delete(scope: CommandScope, id: string): void {
    const command = this.get(scope, id)
    if (command) this.#scopes.get(scope)?.delete(identityOf(command))
  }
}
