import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { z } from 'zod'
import type { Manifest } from '../render.ts'
import { cluster } from './cnpg.ts'
import { type Problem, problemOf } from './problem.ts'

interface Fault {
  readonly instancePath: string
  readonly keyword: string
  readonly message?: string
  readonly params: Readonly<Record<string, unknown>>
}

type Validate = ((value: unknown) => boolean) & { readonly errors: readonly Fault[] | null }

const require = createRequire(import.meta.url)

/** Of the models of Kubernetes 1.33 and of Prometheus' operator, which are made from their own schemas. */
const models: Readonly<Record<string, readonly [pack: string, schema: string]>> = {
  'v1 Namespace': ['kubernetes-models', 'IoK8sApiCoreV1Namespace'],
  'v1 ServiceAccount': ['kubernetes-models', 'IoK8sApiCoreV1ServiceAccount'],
  'v1 ConfigMap': ['kubernetes-models', 'IoK8sApiCoreV1ConfigMap'],
  'v1 Secret': ['kubernetes-models', 'IoK8sApiCoreV1Secret'],
  'v1 Service': ['kubernetes-models', 'IoK8sApiCoreV1Service'],
  'apps/v1 Deployment': ['kubernetes-models', 'IoK8sApiAppsV1Deployment'],
  'apps/v1 StatefulSet': ['kubernetes-models', 'IoK8sApiAppsV1StatefulSet'],
  'batch/v1 Job': ['kubernetes-models', 'IoK8sApiBatchV1Job'],
  'policy/v1 PodDisruptionBudget': ['kubernetes-models', 'IoK8sApiPolicyV1PodDisruptionBudget'],
  'autoscaling/v2 HorizontalPodAutoscaler': ['kubernetes-models', 'IoK8sApiAutoscalingV2HorizontalPodAutoscaler'],
  'networking.k8s.io/v1 NetworkPolicy': ['kubernetes-models', 'IoK8sApiNetworkingV1NetworkPolicy'],
  'networking.k8s.io/v1 Ingress': ['kubernetes-models', 'IoK8sApiNetworkingV1Ingress'],
  'monitoring.coreos.com/v1 PodMonitor': ['@kubernetes-models/prometheus-operator', 'MonitoringCoreosComV1PodMonitor'],
}
const ours: Readonly<Record<string, z.ZodType>> = { 'postgresql.cnpg.io/v1 Cluster': cluster }

/** The packages hand out classes, whose constructors lose what they do not know; the validators lie beside them. */
function validatorOf(pack: string, schema: string): Validate {
  const file = join(dirname(require.resolve(pack)), '_schemas', `${schema}.js`)
  return (require(file) as { validate: Validate }).validate
}

/** What the server would refuse: wrong types, fields that are missing, and fields that it does not know. */
export function schemaProblems(manifest: Manifest): Problem[] {
  const { apiVersion, kind, value } = manifest
  const model = models[`${apiVersion} ${kind}`]
  const own = ours[`${apiVersion} ${kind}`]
  if (own !== undefined) return zodProblems(manifest, own)
  if (model === undefined) return [problemOf(manifest, 'kind', `${apiVersion} ${kind} has no schema in this check`)]
  const validate = validatorOf(...model)
  const looked = new Looked()
  validate(looked.watch(value, ''))
  const faults = (validate.errors ?? []).map((fault) => {
    const { missingProperty, type, allowedValues } = fault.params
    const path = fault.instancePath + (missingProperty === undefined ? '' : `/${missingProperty}`)
    const reason =
      missingProperty !== undefined
        ? 'is missing'
        : type !== undefined
          ? `must be of type ${type}`
          : allowedValues !== undefined
            ? `must be one of ${(allowedValues as unknown[]).join(', ')}`
            : (fault.message ?? `is not as "${fault.keyword}" wants it`)
    return problemOf(manifest, fieldOf(path), reason)
  })
  return [
    ...faults,
    ...looked.unknown(value).map((path) => problemOf(manifest, fieldOf(path), 'is no field that Kubernetes knows')),
  ]
}

/**
 * The models check what they know and pass over the rest, so that a misspelt field would be found by the server alone. A validator asks
 * for every property that it knows, and for the keys of a map: so what it never asked for, in an object that it has looked into, is unknown.
 */
class Looked {
  readonly #asked = new Map<string, Set<string>>()
  readonly #maps = new Set<string>()

  watch(value: unknown, path: string): unknown {
    if (typeof value !== 'object' || value === null) return value
    return new Proxy(value, {
      get: (target, key, receiver) => {
        const found: unknown = Reflect.get(target, key, receiver)
        if (typeof key !== 'string') return found
        const asked = this.#asked.get(path) ?? new Set()
        this.#asked.set(path, asked.add(key))
        return Array.isArray(target) && !/^\d+$/.test(key) ? found : this.watch(found, `${path}/${key}`)
      },
      ownKeys: (target) => {
        this.#maps.add(path)
        return Reflect.ownKeys(target)
      },
    })
  }

  unknown(value: unknown, path = ''): string[] {
    const asked = this.#asked.get(path)
    if (typeof value !== 'object' || value === null || asked === undefined) return []
    const isClosed = !Array.isArray(value) && !this.#maps.has(path)
    return Object.entries(value).flatMap(([key, inner]) =>
      isClosed && !asked.has(key) ? [`${path}/${key}`] : this.unknown(inner, `${path}/${key}`),
    )
  }
}

function zodProblems(manifest: Manifest, schema: z.ZodType): Problem[] {
  const { error } = schema.safeParse(manifest.value)
  return (error?.issues ?? []).flatMap((issue) => {
    const path = issue.path.map((key) => `/${String(key)}`).join('')
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) =>
        problemOf(manifest, fieldOf(`${path}/${key}`), 'is no field that this check knows'),
      )
    const isMissing = issue.code === 'invalid_type' && /received undefined/.test(issue.message)
    return [problemOf(manifest, fieldOf(path), isMissing ? 'is missing' : issue.message)]
  })
}

/** `/spec/ports/0/name` as `spec.ports[0].name`. */
const fieldOf = (path: string): string =>
  path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((field, part) => (/^\d+$/.test(part) ? `${field}[${part}]` : field === '' ? part : `${field}.${part}`), '')
