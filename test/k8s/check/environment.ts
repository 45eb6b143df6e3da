import { existsSync } from 'node:fs'
import { projectFile } from '../../../cluster/runtime/build.ts'
import {
  ConfigError,
  readBridgeConfig,
  readConfig,
  readSchedulerConfig,
  variables,
} from '../../../cluster/runtime/config.ts'
import type { Manifest } from '../render.ts'
import { type Container, isOurs, podsOf } from './pods.ts'
import { type Problem, problemOf } from './problem.ts'

type Environment = Readonly<Record<string, string>>

/** How each of our programs reads its environment. */
const programs: Readonly<Record<string, (environment: Environment) => unknown>> = {
  'dist/cluster/main.js': readConfig,
  'dist/scheduler/main.js': readSchedulerConfig,
  'dist/cluster/bridge.js': readBridgeConfig,
  'dist/sql/main.js': ({ DATABASE_URL }) => {
    if (DATABASE_URL === undefined) throw new ConfigError(['DATABASE_URL is missing'])
  },
}

/** What stands in for a secret: of the right form, where it has one. */
const samples: Environment = {
  DATABASE_URL: 'postgres://belfry@database/belfry',
  REDIS_URL: 'redis://dashboard',
  SECRETS_KEY: '0'.repeat(64),
}
const sampleOf = (name: string): string => samples[name] ?? 'a secret of some length'

/** The variables of a container as the kubelet would set them; `secretOf` gives what a key of a Secret holds, or nothing. */
export function environmentOf(
  container: Container,
  manifests: readonly Manifest[],
  secretOf: (variable: string, ref: { name: string; key: string }) => string | undefined,
): Record<string, string> {
  const found: Record<string, string> = {}
  for (const { configMapRef } of container.envFrom ?? []) {
    const map = manifests.find(({ kind, name }) => kind === 'ConfigMap' && name === configMapRef?.name)
    Object.assign(found, map?.value.data)
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const secret = valueFrom?.secretKeyRef
    const given = value ?? (secret === undefined ? valueFrom?.fieldRef && 'pod-0' : secretOf(name, secret))
    if (given !== undefined) found[name] = given
  }
  return found
}

/** Every variable is one that our programs know, each that is needed is set, and what it is set to is accepted. */
export function environmentProblems(manifests: readonly Manifest[]): Problem[] {
  return manifests.flatMap((manifest) => {
    const ours = podsOf(manifest)?.containers.filter(({ container }) => isOurs(container)) ?? []
    return ours.flatMap(({ at, container }) => containerProblems(manifest, at, container, manifests))
  })
}

function containerProblems(
  manifest: Manifest,
  at: string,
  container: Container,
  manifests: readonly Manifest[],
): Problem[] {
  const [file = ''] = container.args ?? []
  const read = programs[file]
  if (read === undefined || !existsSync(projectFile(file.replace(/^dist\//, '').replace(/\.js$/, '.ts'))))
    return [
      problemOf(manifest, `${at}.args[0]`, `is ${file === '' ? 'missing' : file}, which is no program of the image`),
    ]
  const environment = environmentOf(container, manifests, sampleOf)
  const strange = Object.keys(environment).filter((name) => !variables.includes(name))
  const fieldOf = (name: string) => {
    const index = (container.env ?? []).findIndex((one) => one.name === name)
    return index < 0 ? `${at}.env` : `${at}.env[${index}]`
  }
  return [
    ...strange.map((name) => problemOf(manifest, fieldOf(name), `sets ${name}, which no program of ours knows`)),
    ...faultsOf(() => read(environment)).map((fault) => problemOf(manifest, fieldOf(fault.split(' ')[0] ?? ''), fault)),
  ]
}

function faultsOf(work: () => unknown): readonly string[] {
  try {
    work()
    return []
  } catch (err) {
    if (err instanceof ConfigError) return err.faults
    throw err
  }
}
