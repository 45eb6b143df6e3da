import type { Connection } from './connection.ts'

export const frame = (op: number, d: unknown): string => JSON.stringify({ op, d, s: null, t: null })

/**
 * One gateway session. Its states:
 *   attached   a connection carries it; dispatches are sent and kept
 *   detached   the connection is gone; dispatches are only kept, until `resumeWindowMs` have passed
 *   ended      closed with 1000 or 1001 by the client, or invalidated; RESUME answers op 9 false
 */
export class Session {
  readonly id: string
  readonly shard: readonly [number, number]
  readonly intents: number
  connection: Connection | null
  /** When the connection was lost, in the stand-in's time. */
  detachedAt: number | null = null
  seq = 0
  readonly #kept: { seq: number; text: string }[] = []
  readonly #keep: number

  constructor(id: string, shard: readonly [number, number], intents: number, connection: Connection, keep: number) {
    this.id = id
    this.shard = shard
    this.intents = intents
    this.connection = connection
    this.#keep = keep
  }

  /** `data` is JSON already, so that one event for many sessions is written once. */
  dispatch(event: string, data: string): void {
    this.seq += 1
    const text = `{"op":0,"s":${this.seq},"t":"${event}","d":${data}}`
    this.#kept.push({ seq: this.seq, text })
    if (this.#kept.length > this.#keep * 1.1) this.#kept.splice(0, this.#kept.length - this.#keep)
    this.connection?.send(text)
  }

  /** Whether all that came after `seq` is still kept. */
  canReplayFrom(seq: number): boolean {
    const oldest = this.#kept[0]
    return oldest === undefined ? seq === this.seq : seq >= oldest.seq - 1
  }

  /** Sends what came after `seq` over the present connection; the number of dispatches. */
  replayFrom(seq: number): number {
    const missed = this.#kept.filter((dispatch) => dispatch.seq > seq)
    for (const dispatch of missed) this.connection?.send(dispatch.text)
    return missed.length
  }
}
