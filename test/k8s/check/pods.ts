import type { Manifest } from '../render.ts'

/** The shape that the schema has checked, as far as rules look at it. */
export interface Probe {
  readonly httpGet?: { readonly path?: string; readonly port?: string | number }
  readonly tcpSocket?: { readonly port?: string | number }
}

export interface EnvVar {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: {
    readonly secretKeyRef?: { readonly name: string; readonly key: string; readonly optional?: boolean }
    readonly configMapKeyRef?: { readonly name: string; readonly key: string }
    readonly fieldRef?: object
  }
}

export interface Container {
  readonly name: string
  readonly image?: string
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[]
  readonly env?: readonly EnvVar[]
  readonly envFrom?: readonly {
    readonly configMapRef?: { readonly name: string }
    readonly secretRef?: { readonly name: string }
  }[]
  readonly lifecycle?: { readonly preStop?: { readonly sleep?: { readonly seconds: number } } }
  readonly startupProbe?: Probe
  readonly readinessProbe?: Probe
  readonly livenessProbe?: Probe
  readonly resources?: {
    readonly requests?: Readonly<Record<string, unknown>>
    readonly limits?: Readonly<Record<string, unknown>>
  }
  readonly securityContext?: Security
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[]
}

export interface Security {
  readonly runAsNonRoot?: boolean
  readonly runAsUser?: number
  readonly privileged?: boolean
  readonly allowPrivilegeEscalation?: boolean
  readonly readOnlyRootFilesystem?: boolean
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] }
  readonly seccompProfile?: { readonly type?: string }
}

export interface PodSpec {
  readonly serviceAccountName?: string
  readonly automountServiceAccountToken?: boolean
  readonly enableServiceLinks?: boolean
  readonly hostNetwork?: boolean
  readonly hostPID?: boolean
  readonly hostIPC?: boolean
  readonly terminationGracePeriodSeconds?: number
  readonly securityContext?: Security
  readonly topologySpreadConstraints?: readonly object[]
  readonly initContainers?: readonly Container[]
  readonly containers?: readonly Container[]
  readonly volumes?: readonly ({ readonly name: string } & Readonly<Record<string, unknown>>)[]
}

export type Labels = Readonly<Record<string, string>>

/** Pods that a manifest makes. */
export interface Pods {
  readonly manifest: Manifest
  /** Where the pod's own specification begins. */
  readonly at: string
  readonly spec: PodSpec
  readonly labels: Labels
  readonly containers: readonly { readonly at: string; readonly container: Container }[]
}

/** Of a workload; undefined for whatever makes no pods. */
export function podsOf(manifest: Manifest): Pods | undefined {
  if (!['Deployment', 'StatefulSet', 'Job'].includes(manifest.kind)) return undefined
  const { template } = (manifest.value.spec ?? {}) as {
    template?: { metadata?: { labels?: Labels }; spec?: PodSpec }
  }
  const spec = template?.spec ?? {}
  const at = 'spec.template.spec'
  return {
    manifest,
    at,
    spec,
    labels: template?.metadata?.labels ?? {},
    containers: (['initContainers', 'containers'] as const).flatMap((list) =>
      (spec[list] ?? []).map((container, i) => ({ at: `${at}.${list}[${i}]`, container })),
    ),
  }
}

/** Whether a container runs our image, which is known by its name whatever registry it comes from. */
export const isOurs = ({ image = '' }: Container): boolean => /(^|\/)belfry(:|@|$)/.test(image)

export interface Selector {
  readonly matchLabels?: Labels
  readonly matchExpressions?: readonly {
    readonly key: string
    readonly operator: string
    readonly values?: readonly string[]
  }[]
}

export function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  const byLabels = Object.entries(matchLabels).every(([key, value]) => labels[key] === value)
  return byLabels && matchExpressions.every((expression) => expresses(expression, labels))
}

function expresses(p: NonNullable<Selector['matchExpressions']>[number], labels: Labels): boolean {
  const value = labels[p.key]
  switch (p.operator) {
    case 'In':
      return value !== undefined && p.values?.includes(value) === true
    case 'NotIn':
      return value === undefined || p.values?.includes(value) !== true
    case 'Exists':
      return value !== undefined
    default:
      return value === undefined
  }
}

/** Every value that some pod must have for the selector, so that a misspelt one of a list is found. */
export const namesIn = (selector: Selector, key: string): readonly string[] => [
  ...(selector.matchLabels?.[key] === undefined ? [] : [selector.matchLabels[key]]),
  ...(selector.matchExpressions ?? []).flatMap((p) => (p.key === key && p.operator === 'In' ? (p.values ?? []) : [])),
]
