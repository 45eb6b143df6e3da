import type { Manifest } from '../render.ts'
import { type Container, isOurs, type PodSpec, type Pods, podsOf } from './pods.ts'
import { type Problem, problemOf } from './problem.ts'

/** What we ask of every object besides being valid: as Kubernetes' standard "restricted" does, and beyond. */
export function policyProblems(manifest: Manifest): Problem[] {
  const pods = podsOf(manifest)
  return [
    ...objectProblems(manifest),
    ...(pods === undefined
      ? []
      : [...podProblems(pods), ...pods.containers.flatMap((one) => containerProblems(pods, one))]),
  ]
}

/** Addresses with a password in them, keys, and tokens as Discord makes them. */
const secretText =
  /:\/\/[^/\s:@]+:[^/\s@]+@|-----BEGIN [A-Z ]*PRIVATE KEY|\b[\w-]{24,}\.[\w-]{6}\.[\w-]{27,}\b|\b[0-9a-f]{64}\b/
const secretName = /TOKEN|SECRET|PASSWORD|_KEY$|DATABASE_URL|REDIS_URL/

function objectProblems(manifest: Manifest): Problem[] {
  const { kind, value } = manifest
  if (kind === 'Secret') return [problemOf(manifest, 'kind', 'must not be committed: whoever deploys creates it')]
  if (kind === 'Namespace') {
    const { labels = {} } = (value.metadata ?? {}) as { labels?: Record<string, string> }
    const label = 'pod-security.kubernetes.io/enforce'
    return labels[label] === 'restricted'
      ? []
      : [problemOf(manifest, `metadata.labels.${label}`, 'must be "restricted"')]
  }
  if (kind !== 'ConfigMap') return []
  return Object.entries((value.data ?? {}) as Record<string, string>).flatMap(([key, text]) =>
    secretText.test(text) || (secretName.test(key) && text !== '')
      ? [problemOf(manifest, `data.${key}`, 'is a secret in plain text: it belongs into a Secret')]
      : [],
  )
}

/** Kinds of volumes that the standard "restricted" knows. */
const volumes = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]

function podProblems({ manifest, at, spec }: Pods): Problem[] {
  const must = (isSo: boolean, field: string, reason: string) =>
    isSo ? [] : [problemOf(manifest, `${at}.${field}`, reason)]
  const { replicas = 2 } = manifest.value.spec as { replicas?: number }
  return [
    ...must(spec.securityContext?.runAsNonRoot === true, 'securityContext.runAsNonRoot', 'must be true'),
    ...must(spec.securityContext?.runAsUser !== 0, 'securityContext.runAsUser', 'must not be root'),
    ...must(
      spec.securityContext?.seccompProfile?.type === 'RuntimeDefault',
      'securityContext.seccompProfile.type',
      'must be "RuntimeDefault"',
    ),
    ...must(spec.automountServiceAccountToken === false, 'automountServiceAccountToken', 'must be false'),
    ...must(
      spec.enableServiceLinks === false,
      'enableServiceLinks',
      'must be false, or every Service becomes variables',
    ),
    ...(['hostNetwork', 'hostPID', 'hostIPC'] as const).flatMap((name) =>
      must(spec[name] !== true, name, 'must not be'),
    ),
    ...(spec.volumes ?? []).flatMap((volume, i) =>
      Object.keys(volume).flatMap((kind) =>
        must(
          kind === 'name' || volumes.includes(kind),
          `volumes[${i}].${kind}`,
          'is a kind of volume that is not allowed',
        ),
      ),
    ),
    ...(manifest.kind === 'Job' ? jobProblems(manifest, spec) : []),
    ...(manifest.kind === 'Job' || replicas === 1
      ? []
      : must((spec.topologySpreadConstraints ?? []).length > 0, 'topologySpreadConstraints', 'are missing')),
  ]
}

/** A Job cannot be changed: one whose name does not change with its image could never be applied again. */
function jobProblems(manifest: Manifest, { containers = [] }: PodSpec): Problem[] {
  const tag = /:([^:/]+)$/.exec(containers[0]?.image ?? '')?.[1]
  return tag !== undefined && manifest.name.endsWith(`-${tag}`)
    ? []
    : [problemOf(manifest, 'metadata.name', `must end with the version of its image, ${tag ?? 'which has none'}`)]
}

function containerProblems(
  { manifest, spec }: Pods,
  { at, container }: { at: string; container: Container },
): Problem[] {
  const must = (isSo: boolean, field: string, reason: string) =>
    isSo ? [] : [problemOf(manifest, `${at}.${field}`, reason)]
  const { securityContext: security = {}, resources = {}, image = '' } = container
  const [, tag] = /(?::([\w.-]+)|@sha256:[0-9a-f]{64})$/.exec(image) ?? [undefined, undefined]
  const isPinned = image.includes('@sha256:') || (tag !== undefined && tag !== 'latest' && /\d/.test(tag))
  return [
    ...must(isPinned, 'image', 'must have a tag that is a version'),
    ...must(security.allowPrivilegeEscalation === false, 'securityContext.allowPrivilegeEscalation', 'must be false'),
    ...must(security.readOnlyRootFilesystem === true, 'securityContext.readOnlyRootFilesystem', 'must be true'),
    ...must(security.privileged !== true, 'securityContext.privileged', 'must not be'),
    ...must(security.runAsUser !== 0, 'securityContext.runAsUser', 'must not be root'),
    ...must(security.runAsNonRoot !== false, 'securityContext.runAsNonRoot', 'must not be false'),
    ...must(
      security.capabilities?.drop?.includes('ALL') === true,
      'securityContext.capabilities.drop',
      'must have ALL',
    ),
    ...must((security.capabilities?.add ?? []).length === 0, 'securityContext.capabilities.add', 'must not be'),
    ...(['requests', 'limits'] as const).flatMap((which) =>
      ['cpu', 'memory'].flatMap((what) =>
        must(resources[which]?.[what] !== undefined, `resources.${which}.${what}`, 'is missing'),
      ),
    ),
    ...(manifest.kind === 'Job' || at.includes('initContainers')
      ? []
      : (['startupProbe', 'readinessProbe', 'livenessProbe'] as const).flatMap((probe) =>
          must(container[probe] !== undefined, probe, 'is missing'),
        )),
    ...(isOurs(container) && container.livenessProbe !== undefined
      ? must(
          container.livenessProbe.httpGet?.path === '/healthz',
          'livenessProbe.httpGet.path',
          'must be /healthz: a restart cures no dependency',
        )
      : []),
    ...(isOurs(container) && manifest.kind !== 'Job'
      ? graceProblem(container, spec.terminationGracePeriodSeconds, must)
      : []),
    ...(container.env ?? []).flatMap(({ name, value = '' }, i) =>
      must(
        !secretText.test(value) && !(secretName.test(name) && value !== ''),
        `env[${i}].value`,
        `is a secret in plain text: ${name} belongs into a Secret`,
      ),
    ),
  ]
}

type Must = (isSo: boolean, field: string, reason: string) => Problem[]

/** A kill in the middle of a drain would cost a session, and with it an IDENTIFY. */
function graceProblem({ env = [], lifecycle }: Container, given: number | undefined, must: Must): Problem[] {
  const grace = Number(env.find(({ name }) => name === 'GRACE_SECONDS')?.value ?? 20)
  const needed = grace + (lifecycle?.preStop?.sleep?.seconds ?? 0)
  return must(
    (given ?? 30) > needed,
    'env',
    `GRACE_SECONDS and the pause before SIGTERM are ${needed} seconds together, and terminationGracePeriodSeconds must be longer`,
  )
}
