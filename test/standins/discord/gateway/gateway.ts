import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { Core } from '../core.ts'
import { isObject, type JsonObject } from '../json.ts'
import { shardOf } from '../snowflake.ts'
import type { Emission, Guild } from '../world/types.ts'
import { guildCreateWire, userWire } from '../world/wire.ts'
import { Connection } from './connection.ts'
import { type Identified, IdentifyGate } from './identify.ts'
import { Intent, isWanted, mustHideContent, withoutContent } from './intents.ts'
import { frame, Session } from './session.ts'

/** Close codes after which a session cannot be resumed. A client that wants to resume closes with any other code. */
const endsSession = { client: new Set([1000, 1001]), 'stand-in': new Set([1000, 4003, 4004, 4005, 4007, 4009]) }

/** Takes connections, binds them to sessions, and carries every event to the sessions of its shard. */
export class Gateway {
  readonly connections = new Set<Connection>()
  readonly sessions = new Map<string, Session>()
  readonly gate: IdentifyGate
  #held: Emission[] | null = null
  readonly #core: Core
  readonly #server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 1 << 20 })

  constructor(core: Core) {
    this.#core = core
    this.gate = new IdentifyGate(core)
  }

  get url(): string {
    return `ws://${this.#core.host}/gateway`
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '/', 'http://stand-in')
    if (!/^\/gateway(\/resume)?\/?$/.test(url.pathname) || this.#core.faults.refusesSockets) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const connection = new Connection(this.#core, webSocket)
      this.connections.add(connection)
      this.#core.signal.fire()
      if (url.searchParams.get('v') !== '10') connection.refuse(4012, 'Invalid API version')
      else if (url.searchParams.get('encoding') !== 'json') connection.refuse(4002, 'Unknown encoding')
    })
  }

  identify(connection: Connection, payload: unknown): void {
    const identified = this.gate.judge(payload, connection.isIdentified)
    const { outcome } = identified
    if (outcome === 'over-budget') this.resetToken()
    else if (outcome === 'bucket') connection.send(frame(9, false))
    else if (outcome === 'close-4004') connection.close(4004, 'Authentication failed')
    else if (outcome === 'ready') {
      connection.isIdentified = true
      this.#core.faults.whenReadyMayGo(() => {
        if (connection.isOpen) this.#begin(connection, identified)
      })
    } else connection.refuse(Number(outcome.slice('close-'.length)), `IDENTIFY refused: ${outcome}`)
  }

  resume(connection: Connection, payload: unknown): void {
    const { token, session_id: sessionId, seq } = isObject(payload) ? payload : {}
    if (typeof sessionId !== 'string' || typeof seq !== 'number') connection.refuse(4002, 'Malformed RESUME')
    else if (connection.isIdentified) connection.refuse(4005, 'Already authenticated')
    else this.#tryResume(connection, { token, sessionId, seq })
  }

  #tryResume(
    connection: Connection,
    { token, sessionId, seq }: { token: unknown; sessionId: string; seq: number },
  ): void {
    const session = this.sessions.get(sessionId)
    const entry = { sessionId, seq, shard: session?.shard ?? null, replayed: 0 }
    if (typeof token !== 'string' || !this.#core.credentials.accepts(token)) {
      this.#core.ledger.violated('bad-token', 'RESUME with a wrong token')
      this.#core.ledger.resumed({ ...entry, outcome: 'close-4004' })
      connection.close(4004, 'Authentication failed')
    } else if (session && seq > session.seq) {
      this.sessions.delete(session.id)
      this.#core.ledger.resumed({ ...entry, outcome: 'close-4007' })
      connection.refuse(4007, 'Invalid seq')
    } else if (!session || this.#isExpired(session) || !session.canReplayFrom(seq)) {
      this.sessions.delete(sessionId)
      this.#core.ledger.resumed({ ...entry, outcome: 'invalid-session' })
      connection.send(frame(9, false))
    } else {
      const replayed = this.#bind(connection, session, seq)
      this.#core.ledger.resumed({ ...entry, outcome: 'resumed', replayed })
    }
  }

  #bind(connection: Connection, session: Session, seq: number): number {
    const previous = session.connection
    session.connection = connection
    session.detachedAt = null
    connection.session = session
    connection.shard = session.shard
    connection.isIdentified = true
    // The old connection no longer carries the session, so that closing it cannot end it.
    if (previous) {
      previous.session = null
      previous.close(4000, 'Resumed elsewhere')
    }
    const replayed = session.replayFrom(seq)
    session.dispatch('RESUMED', JSON.stringify({ _trace: ['stand-in'] }))
    return replayed
  }

  /** Called once per connection, when it is gone or as good as gone. */
  detach(connection: Connection, how: { code: number; reason: string; by: 'client' | 'stand-in' }): void {
    if (!this.connections.delete(connection)) return
    const { session } = connection
    if (session && session.connection === connection) {
      session.connection = null
      session.detachedAt = this.#core.clock.now()
      if (endsSession[how.by].has(how.code)) this.sessions.delete(session.id)
    }
    this.#core.ledger.closed({ ...how, shard: connection.shard })
  }

  /** Forgets a session, as Discord does on its own now and then; its client hears op 9 `isResumable`. */
  invalidate(session: Session, isResumable: boolean): void {
    const { connection } = session
    if (!isResumable) {
      this.sessions.delete(session.id)
      session.connection = null
    }
    if (connection) {
      connection.session = null
      connection.isIdentified = false
      if (isResumable) {
        session.connection = null
        session.detachedAt = this.#core.clock.now()
      }
      connection.send(frame(9, isResumable))
    }
  }

  /** Keeps events back until the returned function is called. */
  hold(): () => void {
    const held: Emission[] = []
    this.#held = held
    return () => {
      if (this.#held === held) this.#held = null
      for (const emission of held) this.deliver(emission)
    }
  }

  deliver(emission: Emission): void {
    if (this.#held) {
      this.#held.push(emission)
      return
    }
    const texts = new Map<boolean, string>()
    for (const session of [...this.sessions.values()]) {
      if (!this.#isFor(emission, session)) continue
      const isHidden = mustHideContent(emission, session.intents, this.#core.world.bot.id)
      const text = texts.get(isHidden) ?? JSON.stringify(isHidden ? withoutContent(emission.data) : emission.data)
      texts.set(isHidden, text)
      session.dispatch(emission.event, text)
    }
    this.#core.signal.fire()
  }

  /** Sends a guild that was held back to the sessions that wait for it. */
  deliverGuild(guild: Guild): void {
    this.deliver({ event: 'GUILD_CREATE', data: guildCreateWire(guild), guildId: guild.id })
  }

  /** Ends every session with 4004; from now on nothing that uses the token works. */
  resetToken(): void {
    this.#core.credentials.reset()
    for (const connection of [...this.connections]) connection.close(4004, 'Authentication failed')
    this.sessions.clear()
  }

  stop(keepSessions: boolean): void {
    for (const connection of [...this.connections]) connection.cut()
    // Those that were told to close and have not answered yet.
    for (const socket of this.#server.clients) socket.terminate()
    if (!keepSessions) this.sessions.clear()
  }

  #begin(connection: Connection, { shard, intents }: Identified): void {
    const { world, settings, ids, faults } = this.#core
    const session = new Session(ids.secret(32), shard, intents, connection, settings.replayBuffer)
    connection.session = session
    connection.shard = shard
    this.sessions.set(session.id, session)
    const guilds = [...world.guilds.values()].filter((guild) => shardOf(guild.id, shard[1]) === shard[0])
    const ready: JsonObject = {
      v: 10,
      user: { ...userWire(world.bot), bot: true, verified: true, mfa_enabled: true, flags: 0, email: null },
      guilds: guilds.map((guild) => ({ id: guild.id, unavailable: true })),
      session_id: session.id,
      session_type: 'normal',
      resume_gateway_url: `${this.url}/resume`,
      shard: [...shard],
      application: { id: world.applicationId, flags: applicationFlags(settings.privilegedIntents) },
      private_channels: [],
      presences: [],
      relationships: [],
      geo_ordered_rtc_regions: [],
      user_settings: {},
      _trace: ['stand-in'],
    }
    session.dispatch('READY', JSON.stringify(ready))
    if ((intents & Intent.Guilds) !== 0) {
      for (const guild of guilds) {
        if (guild.isUnavailable) session.dispatch('GUILD_DELETE', JSON.stringify({ id: guild.id, unavailable: true }))
        else if (!faults.withholdsGuild(guild.id))
          session.dispatch('GUILD_CREATE', JSON.stringify(guildCreateWire(guild)))
      }
    }
    this.#core.signal.fire()
  }

  #isFor(emission: Emission, session: Session): boolean {
    const shard = emission.guildId === null ? 0 : shardOf(emission.guildId, session.shard[1])
    if (shard !== session.shard[0]) return false
    if (this.#isExpired(session)) {
      this.sessions.delete(session.id)
      return false
    }
    return isWanted(emission, session.intents, this.#core.world.bot.id)
  }

  #isExpired(session: Session): boolean {
    const { detachedAt } = session
    return detachedAt !== null && this.#core.clock.now() - detachedAt > this.#core.settings.resumeWindowMs
  }
}

/** The "limited" flags of an application whose privileged intents are switched on and not yet reviewed. */
const applicationFlags = (allowed: readonly string[]): number =>
  (allowed.includes('GuildPresences') ? 1 << 13 : 0) |
  (allowed.includes('GuildMembers') ? 1 << 15 : 0) |
  (allowed.includes('MessageContent') ? 1 << 19 : 0)
