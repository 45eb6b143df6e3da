import { setTimeout as sleep } from 'node:timers/promises'
import type { SessionInfo } from '@discordjs/ws'
import { GatewayIntentBits, type GatewayReadyDispatchData } from 'discord.js'
import { z } from 'zod'
import type { Log } from '../../cluster/runtime/log.ts'
import type { Sql } from '../../sql/client.ts'
import { findSession, forgetSession, type SessionState, storeSessions } from '../../sql/queries/session.ts'

/** What a process needs of the READY it never got: who the bot is. */
export type StoredReady = Pick<GatewayReadyDispatchData, 'user' | 'application'>

const storedReady = z.object({
  user: z.looseObject({ id: z.string() }),
  application: z.looseObject({ id: z.string() }),
  intents: z.number().default(GatewayIntentBits.Guilds),
})

export interface SessionsOptions {
  readonly sql: Sql
  readonly applicationId: string
  readonly shardCount: number
  /** A session keeps to the intents with which it began, so that one with others is not resumed. */
  readonly intents: number
  /** Of the lease under which this process works. */
  readonly epoch: number
  readonly log: Log
  /** Another process has our group under a newer lease. */
  readonly onSuperseded: () => void
}

interface State {
  info: SessionInfo
  ready: string | undefined
  readonly held: Set<number>
  storedSequence: number | undefined
}

const flushMs = 1_000
const retryMs = 1_000

/**
 * Gateway sessions, kept in the database so that the next owner of a shard can resume them. What is stored is at most a
 * second old, and never ahead of what was handled: events behind the stored sequence are sent again to whoever resumes, so
 * a crash repeats some and loses none.
 */
export class Sessions {
  readonly #options: SessionsOptions
  readonly #states = new Map<number, State>()
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> = Promise.resolve()

  constructor(options: SessionsOptions) {
    this.#options = options
  }

  /** The session to resume, if there is one. Waits for the database, since an IDENTIFY is the dearer way. */
  async load(shardId: number): Promise<{ info: SessionInfo; ready: StoredReady } | null> {
    const { sql, applicationId, shardCount, epoch, log, onSuperseded } = this.#options
    for (;;) {
      try {
        const [row] = await findSession(sql, { applicationId, shardCount, shardId })
        if (row === undefined) return null
        if (Number(row.epoch) > epoch) {
          onSuperseded()
          return await new Promise(() => {}) // the process ends; until then nothing may connect
        }
        const stored = storedReady.parse(row.ready)
        if (stored.intents !== this.#options.intents) return null
        const ready = stored as unknown as StoredReady
        const sequence = Number(row.sequence)
        const info = { shardId, shardCount, sessionId: row.sessionId, sequence, resumeURL: row.resumeUrl }
        const state = { info, ready: JSON.stringify(ready), held: new Set<number>(), storedSequence: sequence }
        this.#states.set(shardId, state)
        return { info, ready }
      } catch (err) {
        log.warn({ shardId, err }, 'session cannot be read and is asked for again')
        await sleep(retryMs)
      }
    }
  }

  /** A session has begun or has come further. */
  update(info: SessionInfo): void {
    const state = this.#states.get(info.shardId)
    if (state?.info.sessionId === info.sessionId) state.info = info
    else this.#states.set(info.shardId, { info, ready: undefined, held: new Set(), storedSequence: undefined })
  }

  /** Who the bot is in the session that has just begun. */
  began(shardId: number, ready: GatewayReadyDispatchData): void {
    const state = this.#states.get(shardId)
    if (state === undefined) return
    state.ready = JSON.stringify({ user: ready.user, application: ready.application, intents: this.#options.intents })
    void this.flush()
  }

  /** Keeps the stored sequence before this event until the event has been handled. */
  hold(shardId: number, sequence: number): () => void {
    const held = this.#states.get(shardId)?.held
    held?.add(sequence)
    return () => void held?.delete(sequence)
  }

  /** Discord does not know the session any more. */
  drop(shardId: number): void {
    const { sql, applicationId, shardCount, log } = this.#options
    const sessionId = this.#states.get(shardId)?.info.sessionId
    this.#states.delete(shardId)
    if (sessionId === undefined) return
    forgetSession(sql, { applicationId, shardCount, shardId, sessionId }).catch((err: unknown) =>
      // Whoever finds it tries in vain and identifies then.
      log.warn({ shardId, err }, 'session could not be forgotten'),
    )
  }

  start(): void {
    let isFlushing = false
    this.#timer = setInterval(async () => {
      if (isFlushing) return // a slow database gets one statement at a time, with all that is new
      isFlushing = true
      await this.flush()
      isFlushing = false
    }, flushMs)
  }

  /** Stores for the last time. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.flush()
  }

  /** Stores what is new, all shards in one statement; when that fails, with the next second. Resolves after what is new now. */
  async flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#flush())
    await this.#flushing
  }

  async #flush(): Promise<void> {
    const { sql, applicationId, shardCount, epoch, log, onSuperseded } = this.#options
    const due = [...this.#states.values()].flatMap((state): { state: State; row: SessionState }[] => {
      const { shardId, sessionId, resumeURL } = state.info
      const sequence = Math.min(state.info.sequence, ...[...state.held].map((held) => held - 1))
      if (state.ready === undefined || sequence === state.storedSequence) return []
      return [{ state, row: { shardId, sessionId, sequence, resumeUrl: resumeURL, ready: state.ready } }]
    })
    if (due.length === 0) return
    try {
      const stored = await storeSessions(
        sql,
        { applicationId, shardCount, epoch },
        due.map(({ row }) => row),
      )
      for (const { state, row } of due) state.storedSequence = row.sequence
      if (stored.length < due.length) onSuperseded()
    } catch (err) {
      log.warn({ err }, 'sessions could not be stored')
    }
  }
}
