import type { RawData, WebSocket } from 'ws'
import type { Core } from '../core.ts'
import { isObject } from '../json.ts'
import { requestMembers } from './members.ts'
import { frame, type Session } from './session.ts'

const largestPayload = 4_096
const payloadsPerMinute = 120
/** Presence, voice state, soundboard and channel info: taken, and without effect here. */
const ignoredOps = new Set([3, 4, 31, 43])

const parse = (text: string): { op: number; d: unknown } | null => {
  try {
    const payload: unknown = JSON.parse(text)
    return isObject(payload) && typeof payload.op === 'number' ? { op: payload.op, d: payload.d } : null
  } catch {
    // Not JSON: the caller closes with 4002, as for any other payload that it cannot read.
    return null
  }
}

/**
 * One WebSocket. Its states: greeted (HELLO is sent, only heartbeats, IDENTIFY and RESUME are taken) → bound to a session
 * → closed. It ends silent clients, counts payloads, and knows nothing of guilds.
 */
export class Connection {
  session: Session | null = null
  /** Set while READY is withheld: identified, but without a session. */
  isIdentified = false
  /** For the ledger, which wants to know the shard of a connection that has lost its session. */
  shard: readonly [number, number] | null = null
  readonly #core: Core
  readonly #socket: WebSocket
  readonly #payloadTimes: number[] = []
  #silence: NodeJS.Timeout | undefined
  #closedByUs: { code: number; reason: string } | null = null

  constructor(core: Core, socket: WebSocket) {
    this.#core = core
    this.#socket = socket
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary))
    socket.on('close', (code, reason) => this.#ended(code, reason.toString()))
    // A reset socket is reported by 'close' as well.
    socket.on('error', () => undefined)
    this.send(frame(10, { heartbeat_interval: core.settings.heartbeatIntervalMs }))
    this.#listenForSilence()
  }

  get isOpen(): boolean {
    return this.#closedByUs === null && this.#socket.readyState === this.#socket.OPEN
  }

  send(text: string): void {
    if (this.isOpen) this.#socket.send(text)
  }

  /** Never 4200: that code belongs to the client, which would hang on receiving it. */
  close(code: number, reason: string): void {
    if (code === 4200) throw new Error('4200 is private to discord.js; Discord never sends it')
    if (!this.isOpen) return
    this.#closedByUs = { code, reason }
    this.#socket.close(code, reason)
    // A client that does not answer the close frame (a stopped process) must not hold the session.
    setTimeout(() => this.#socket.terminate(), 1_000).unref()
    this.#core.gateway.detach(this, { code, reason, by: 'stand-in' })
  }

  /** Cuts the TCP connection; the client sees 1006. */
  cut(): void {
    if (!this.isOpen) return
    this.#closedByUs = { code: 1006, reason: 'cut' }
    this.#socket.terminate()
    this.#core.gateway.detach(this, { code: 1006, reason: 'cut', by: 'stand-in' })
  }

  /** Ends the connection for something that a correct client never does. */
  refuse(code: number, reason: string): void {
    this.#core.ledger.violated('gateway-protocol', `${code} ${reason}`)
    this.close(code, reason)
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (!this.isOpen) return
    const text = data.toString()
    const payload = parse(text)
    if (this.#isTooMany()) this.refuse(4008, 'Rate limited')
    else if (Buffer.byteLength(text) > largestPayload) this.refuse(4002, 'Payload too large')
    else if (isBinary || payload === null) this.refuse(4002, 'Error while decoding payload')
    else this.#handle(payload.op, payload.d)
  }

  #handle(op: number, d: unknown): void {
    if (op === 1) this.#beat(d)
    else if (op === 2) this.#core.gateway.identify(this, d)
    else if (op === 6) this.#core.gateway.resume(this, d)
    else if (op !== 8 && !ignoredOps.has(op)) this.refuse(4001, 'Unknown opcode')
    else if (!this.isIdentified) this.refuse(4003, 'Not authenticated')
    else if (op === 8 && this.session) requestMembers(this.#core, this.session, d)
  }

  #beat(d: unknown): void {
    if (d !== null && typeof d !== 'number') this.refuse(4002, 'Heartbeat without a sequence')
    else if (typeof d === 'number' && this.session && d > this.session.seq) this.refuse(4007, 'Invalid seq')
    else {
      this.#listenForSilence()
      if (!this.#core.faults.swallowsAcks(this.session?.shard[0] ?? null)) this.send(frame(11, null))
    }
  }

  #isTooMany(): boolean {
    const now = Date.now()
    this.#payloadTimes.push(now)
    while ((this.#payloadTimes[0] ?? now) <= now - 60_000) this.#payloadTimes.shift()
    return this.#payloadTimes.length > payloadsPerMinute
  }

  #listenForSilence(): void {
    clearTimeout(this.#silence)
    this.#silence = setTimeout(() => {
      this.#core.ledger.violated('silent-client', `no heartbeat from shard ${this.shard?.join('/') ?? '?'}`)
      this.close(4009, 'Session timed out')
    }, this.#core.settings.heartbeatIntervalMs * 1.5)
    this.#silence.unref()
  }

  #ended(code: number, reason: string): void {
    clearTimeout(this.#silence)
    if (this.#closedByUs === null) this.#core.gateway.detach(this, { code, reason, by: 'client' })
  }
}
