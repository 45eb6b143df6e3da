import { setTimeout as sleep } from 'node:timers/promises'
import { type APIGatewayBotInfo, type REST, type RESTGetAPIGatewayBotResult, Routes } from 'discord.js'
import type { Sql } from '../sql/client.ts'
import { type GatewayRow, readGateway, takeTurn, takeTurnToAsk, writeGateway } from '../sql/queries/identify.ts'
import type { Log } from './runtime/log.ts'
import { Counter, Gauge, registry } from './runtime/metrics.ts'

/** The shard processes count; the manager adds them up, and alone says what is left. */
const identifies = new Counter({
  name: 'bot_gateway_identifies_total',
  help: 'IDENTIFYs that were granted.',
  registers: [registry],
})
const refusals = new Counter({
  name: 'bot_gateway_identifies_refused_total',
  help: 'Times that an IDENTIFY was refused because the budget of the day is down to its reserve.',
  registers: [registry],
})
export const identifiesLeft = new Gauge({
  name: 'bot_gateway_identifies_left',
  help: 'IDENTIFYs left of the budget of the day, the reserve included.',
  registers: [registry],
})
export const identifiesOfDay = new Gauge({
  name: 'bot_gateway_identifies_limit',
  help: 'IDENTIFYs that Discord allows in a day; 0 while nobody knows.',
  registers: [registry],
})

/**
 * Discord takes one IDENTIFY per bucket in five seconds; the rest is for the way from our statement to Discord, which is
 * not always equally long.
 */
const defaultSpacingMs = 5_500
/** A grant that reached us later than this is not used, since the next one may already be on its way. */
const usableMs = 400
/** What Discord said is believed for this long. */
const freshMs = 30_000
/** The route allows two calls in five seconds, to all processes together. */
const askSpacingMs = 3_000
/** How often those who did not get to ask look whether there is an answer. */
const lookMs = 200
const databaseRetryMs = 1_000
/** How often Discord is asked, at the reserve, whether there is a new budget. */
const reserveCheckMs = 60_000

export interface IdentifyGateOptions {
  readonly sql: Sql
  readonly rest: REST
  readonly applicationId: string
  readonly shardCount: number
  /** IDENTIFYs of the daily budget which are never spent here. */
  readonly reserve: number
  readonly log: Log
  readonly spacingMs?: number
}

export interface IdentifyGate {
  /** What `GET /gateway/bot` says, as one process asked it for all. Throws Discord's error when it cannot be asked. */
  information(): Promise<APIGatewayBotInfo>
  /** Resolves when this shard may send its IDENTIFY, at once. Rejects only when the signal aborts; it waits for days if it must. */
  waitForTurn(shardId: number, signal: AbortSignal): Promise<void>
  /** The shard is connected, so that its next IDENTIFY is no repetition. */
  identified(shardId: number): void
  /** Shards that wait here, which may take long and is no fault. */
  readonly waiting: number
}

/**
 * The gate before every IDENTIFY of an application, whichever process sends it. Without the database nobody identifies. A
 * shard whose IDENTIFYs lead nowhere waits longer each time: an outage of Discord, where READY stays away, would otherwise
 * cost one every twenty seconds.
 */
export function createIdentifyGate(options: IdentifyGateOptions): IdentifyGate {
  const { sql, rest, applicationId, log } = options
  const spacingMs = options.spacingMs ?? defaultSpacingMs
  const fruitless = new Map<number, number>()
  let waiting = 0

  const ask = async (): Promise<RESTGetAPIGatewayBotResult> => {
    const said = (await rest.get(Routes.gatewayBot())) as RESTGetAPIGatewayBotResult
    const { total, remaining, reset_after, max_concurrency } = said.session_start_limit
    await writeGateway(sql, {
      applicationId,
      total,
      remaining,
      resetAfterMs: reset_after,
      maxConcurrency: max_concurrency,
      gatewayUrl: said.url,
    })
    return said
  }

  /** Undefined when Discord has to be asked. */
  const known = async (): Promise<GatewayRow | undefined> => {
    const [row] = await readGateway(sql, applicationId)
    return row !== undefined && row.resetsInMs > 0 ? row : undefined
  }

  /** Asks Discord, or takes the answer of another process that asks just now. Without the database everyone asks for themselves. */
  const refreshed = async (): Promise<APIGatewayBotInfo> => {
    for (;;) {
      const isOurs = await takeTurnToAsk(sql, { applicationId, spacingMs: askSpacingMs }).then(
        (turns) => turns.length > 0,
        () => true,
      )
      if (isOurs) return ask()
      await sleep(lookMs * (1 + Math.random()))
      const row = await known().catch(() => undefined)
      if (row !== undefined && row.askedAgoMs <= freshMs) return toInformation(row)
    }
  }

  const toInformation = (row: GatewayRow): APIGatewayBotInfo => ({
    url: row.gatewayUrl,
    shards: options.shardCount,
    session_start_limit: {
      total: row.total,
      remaining: row.remaining,
      reset_after: row.resetsInMs,
      max_concurrency: row.maxConcurrency,
    },
  })

  const information = async (): Promise<APIGatewayBotInfo> => {
    const row = await known().catch(() => undefined) // then Discord itself must do; IDENTIFY still waits for the database
    if (row !== undefined && row.askedAgoMs <= freshMs) return toInformation(row)
    return refreshed().catch((err: unknown) => {
      if (row === undefined) throw err
      log.warn({ err }, 'gateway information could not be refreshed')
      return toInformation(row)
    })
  }

  /** Undefined when the turn is ours, else how long to wait until asking again. */
  const attempt = async (shardId: number): Promise<number | undefined> => {
    const row = (await known()) ?? (await refreshed().then(known))
    if (row === undefined) return databaseRetryMs
    const askedAt = performance.now()
    const [turn] = await takeTurn(sql, {
      applicationId,
      bucket: shardId % row.maxConcurrency,
      reserve: options.reserve,
      spacingMs,
    })
    if (turn === undefined) return databaseRetryMs
    if (turn.isGranted) return performance.now() - askedAt <= usableMs ? undefined : 0
    if (turn.remaining > options.reserve) return Math.max(turn.freeInMs, 25) + Math.random() * 100
    refusals.inc()
    log.error(
      { shardId, left: turn.remaining, reserve: options.reserve, resetsInSeconds: Math.round(turn.resetsInMs / 1000) },
      'identify budget is down to its reserve; this shard waits for a new one',
    )
    if (row.askedAgoMs > reserveCheckMs) await refreshed()
    return Math.min(reserveCheckMs, Math.max(turn.resetsInMs, 0) + 1_000)
  }

  const turn = async (shardId: number, signal: AbortSignal): Promise<void> => {
    const before = fruitless.get(shardId) ?? 0
    fruitless.set(shardId, before + 1)
    if (before > 0) {
      const delayMs = Math.min(5_000 * 2 ** (before - 1), 300_000) * (0.75 + Math.random() / 2)
      log.warn({ shardId, fruitless: before, delayMs: Math.round(delayMs) }, 'shard did not connect and waits')
      await sleep(delayMs, undefined, { signal })
    }
    for (;;) {
      const waitMs = await attempt(shardId).catch((err: unknown) => {
        log.warn({ shardId, err }, 'identify gate cannot be asked')
        return databaseRetryMs
      })
      signal.throwIfAborted()
      if (waitMs === undefined) return
      await sleep(waitMs, undefined, { signal })
    }
  }

  return {
    information,
    async waitForTurn(shardId, signal) {
      waiting++
      try {
        await turn(shardId, signal)
      } finally {
        waiting--
      }
      identifies.inc()
    },
    identified: (shardId) => void fruitless.delete(shardId),
    get waiting() {
      return waiting
    },
  }
}
