import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { ApplicationIntegrationType, InteractionContextType, type REST, Routes } from 'discord.js'
import { z } from 'zod'
import type { Service } from '../../cluster/runtime/lifecycle.ts'
import type { Log } from '../../cluster/runtime/log.ts'
import type { Sql } from '../../sql/client.ts'
import { claimRegistration, finishRegistration, isRegistered } from '../../sql/queries/registration.ts'
import type { Feature } from '../features/feature.ts'

export interface RegistrationOptions {
  readonly sql: Sql
  readonly rest: REST
  readonly applicationId: string
  readonly features: readonly Feature[]
  readonly log: Log
}

/** How often somebody looks whether Discord still has our commands; another program may share the application. */
const checkSeconds = 600
const again = { whenElsewhereMs: 2_000, whenFailedMs: 30_000 }

const registeredCommands = z.array(z.object({ id: z.string(), version: z.string() }))

/** The commands of all rooms as Discord takes them: global, so that a guild that joins has them at once, and for servers only. */
export const definitionsOf = (features: readonly Feature[]) =>
  features
    .flatMap((feature) => feature.commands ?? [])
    .map(({ data }) => ({
      contexts: [InteractionContextType.Guild],
      integration_types: [ApplicationIntegrationType.GuildInstall],
      ...data,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))

const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex')

/** A command's version changes with every edit, whoever makes it, so ids and versions tell whether they are still ours. */
const hashOfRegistered = (answer: unknown): string =>
  hashOf(
    registeredCommands
      .parse(answer)
      .map(({ id, version }) => `${id}:${version}`)
      .sort(),
  )

/**
 * Tells Discord our commands when it knows others, and says what was done; `elsewhere` when another process is at it right
 * now. Overwriting keeps the id of every command whose name stays, and with it what admins have set for it. Safe to repeat
 * and to run in many processes.
 */
export async function registerCommands(
  options: RegistrationOptions,
): Promise<'registered' | 'unchanged' | 'elsewhere'> {
  const { sql, rest, applicationId } = options
  const definitions = definitionsOf(options.features)
  const wantedHash = hashOf(definitions)
  const [claim] = await claimRegistration(sql, { applicationId, wantedHash, checkSeconds })
  if (claim === undefined) {
    const [row] = await isRegistered(sql, { applicationId, wantedHash })
    return row?.isRegistered ? 'unchanged' : 'elsewhere'
  }
  const route = Routes.applicationCommands(applicationId)
  if (claim.wantedHash === wantedHash && hashOfRegistered(await rest.get(route)) === claim.registeredHash) {
    await finishRegistration(sql, { applicationId, wantedHash, registeredHash: claim.registeredHash })
    return 'unchanged'
  }
  const registeredHash = hashOfRegistered(await rest.put(route, { body: definitions }))
  await finishRegistration(sql, { applicationId, wantedHash, registeredHash })
  return 'registered'
}

/** Sees to it that Discord knows our commands, now and later. Neither Discord nor PostgreSQL has to be there at the start. */
export function createRegistration(options: RegistrationOptions): Service {
  const { log } = options
  const stopped = new AbortController()

  const pauseAfterRound = async (): Promise<number> => {
    try {
      const result = await registerCommands(options)
      if (result === 'registered') log.info('commands registered')
      if (result === 'elsewhere') return again.whenElsewhereMs
      return checkSeconds * 1000 * (1 + Math.random() / 2) // so that the processes do not all look at once
    } catch (err) {
      log.warn({ err }, 'commands could not be registered')
      return again.whenFailedMs
    }
  }

  const rounds = async () => {
    while (!stopped.signal.aborted) {
      const pauseMs = await pauseAfterRound()
      await sleep(pauseMs, undefined, { signal: stopped.signal, ref: false }).catch(() => {}) // aborted: the loop ends
    }
  }

  let running: Promise<void> = Promise.resolve()
  return {
    name: 'registration',
    async start() {
      running = rounds()
    },
    async stop() {
      stopped.abort()
      await running
    },
  }
}
