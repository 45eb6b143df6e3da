import type { Manifest } from '../render.ts'
import { type Container, type Labels, namesIn, type Pods, podsOf, type Selector, selects } from './pods.ts'
import { type Problem, problemOf } from './problem.ts'

/** Names and keys of Secrets that somebody outside makes. */
export type ExternalSecrets = ReadonlyMap<string, ReadonlySet<string>>

const nameLabel = 'app.kubernetes.io/name'

/** Whatever one object says of another: that it is there, and has what is asked of it. */
export function referenceProblems(manifests: readonly Manifest[], secrets: ExternalSecrets): Problem[] {
  const all = new References(manifests, secrets)
  return manifests.flatMap((manifest) => all.problemsOf(manifest))
}

class References {
  readonly #manifests: readonly Manifest[]
  readonly #secrets: ExternalSecrets
  readonly #pods: readonly Pods[]
  /** Values of the label that says whose pods they are, those that operators make included. */
  readonly #names: ReadonlySet<string>

  constructor(manifests: readonly Manifest[], secrets: ExternalSecrets) {
    this.#manifests = manifests
    this.#secrets = secrets
    this.#pods = manifests.flatMap((manifest) => podsOf(manifest) ?? [])
    this.#names = new Set(this.#pods.map(({ labels }) => labels[nameLabel] ?? ''))
  }

  problemsOf(manifest: Manifest): Problem[] {
    const spec = (manifest.value.spec ?? {}) as Record<string, unknown>
    const pods = podsOf(manifest)
    switch (manifest.kind) {
      case 'Deployment':
      case 'StatefulSet':
      case 'Job':
        return pods === undefined ? [] : [...this.#workload(manifest, spec, pods), ...this.#podOf(pods)]
      case 'Service':
        return this.#service(manifest, spec as { selector?: Labels; ports?: { targetPort?: string | number }[] })
      case 'PodDisruptionBudget':
        return this.#selector(manifest, 'spec.selector', (spec.selector ?? {}) as Selector)
      case 'HorizontalPodAutoscaler': {
        const { kind, name } = spec.scaleTargetRef as { kind: string; name: string }
        return this.#has(kind, name)
          ? []
          : [problemOf(manifest, 'spec.scaleTargetRef.name', `names ${kind} ${name}, which is not there`)]
      }
      case 'NetworkPolicy':
        return this.#network(manifest, spec)
      case 'Ingress':
        return this.#ingress(manifest, spec)
      case 'PodMonitor':
        return this.#monitor(manifest, spec)
      default:
        return []
    }
  }

  #has(kind: string, name: string): boolean {
    return this.#manifests.some((other) => other.kind === kind && other.name === name)
  }

  #selected(selector: Selector): readonly Pods[] {
    return this.#pods.filter(({ labels }) => selects(selector, labels))
  }

  /** What a selector selects is there, and so is every name that it lists. */
  #selector(manifest: Manifest, field: string, selector: Selector): Problem[] {
    const strangers = namesIn(selector, nameLabel).filter((name) => !this.#names.has(name) && name !== 'bridge')
    if (strangers.length > 0) return [problemOf(manifest, field, `names ${strangers.join(', ')}, which no pod is`)]
    const isOperators = Object.keys(selector.matchLabels ?? {}).some((key) => key.startsWith('cnpg.io/'))
    if (isOperators || this.#selected(selector).length > 0) return []
    return [problemOf(manifest, field, 'selects no pod')]
  }

  #workload(manifest: Manifest, spec: Record<string, unknown>, { labels }: Pods): Problem[] {
    const {
      selector,
      serviceName,
      replicas = 1,
    } = spec as { selector?: Selector; serviceName?: string; replicas?: number }
    const service = this.#manifests.find((other) => other.kind === 'Service' && other.name === serviceName)
    const isScaled = this.#manifests.some(
      (other) =>
        other.kind === 'HorizontalPodAutoscaler' &&
        (other.value.spec as { scaleTargetRef: { name: string } }).scaleTargetRef.name === manifest.name,
    )
    const hasBudget = this.#manifests.some(
      (other) =>
        other.kind === 'PodDisruptionBudget' && selects((other.value.spec as { selector: Selector }).selector, labels),
    )
    return [
      ...(manifest.kind === 'Job' || selects(selector ?? {}, labels)
        ? []
        : [problemOf(manifest, 'spec.selector', "does not select the workload's own pods")]),
      ...(serviceName === undefined || (service?.value.spec as { clusterIP?: string })?.clusterIP === 'None'
        ? []
        : [problemOf(manifest, 'spec.serviceName', `names ${serviceName}, which is no headless Service here`)]),
      ...((replicas > 1 || isScaled) && manifest.kind !== 'Job' && !hasBudget
        ? [problemOf(manifest, 'spec.replicas', 'is more than one, and no PodDisruptionBudget is for its pods')]
        : []),
    ]
  }

  #podOf({ manifest, at, spec, containers }: Pods): Problem[] {
    const account = spec.serviceAccountName
    const names = new Set((spec.volumes ?? []).map(({ name }) => name))
    const { volumeClaimTemplates = [] } = manifest.value.spec as {
      volumeClaimTemplates?: { metadata: { name: string } }[]
    }
    for (const claim of volumeClaimTemplates) names.add(claim.metadata.name)
    return [
      ...(account === undefined || this.#has('ServiceAccount', account)
        ? []
        : [problemOf(manifest, `${at}.serviceAccountName`, `names ${account}, which is not there`)]),
      ...(spec.volumes ?? []).flatMap((volume, i) => {
        const map = (volume.configMap as { name?: string } | undefined)?.name
        const secret = (volume.secret as { secretName?: string } | undefined)?.secretName
        return [
          ...(map === undefined || this.#has('ConfigMap', map)
            ? []
            : [problemOf(manifest, `${at}.volumes[${i}].configMap.name`, `names ${map}, which is not there`)]),
          ...(secret === undefined || this.#secrets.has(secret)
            ? []
            : [problemOf(manifest, `${at}.volumes[${i}].secret.secretName`, notListed(secret))]),
        ]
      }),
      ...containers.flatMap((one) => this.#container(manifest, one, names)),
    ]
  }

  #container(
    manifest: Manifest,
    { at, container }: { at: string; container: Container },
    volumes: ReadonlySet<string>,
  ): Problem[] {
    const ports = new Set((container.ports ?? []).map(({ name }) => name))
    return [
      ...(container.envFrom ?? []).flatMap(({ configMapRef, secretRef }, i) => [
        ...(configMapRef === undefined || this.#has('ConfigMap', configMapRef.name)
          ? []
          : [
              problemOf(
                manifest,
                `${at}.envFrom[${i}].configMapRef.name`,
                `names ${configMapRef.name}, which is not there`,
              ),
            ]),
        ...(secretRef === undefined || this.#secrets.has(secretRef.name)
          ? []
          : [problemOf(manifest, `${at}.envFrom[${i}].secretRef.name`, notListed(secretRef.name))]),
      ]),
      ...(container.env ?? []).flatMap(({ valueFrom }, i) => {
        const ref = valueFrom?.secretKeyRef
        const map = valueFrom?.configMapKeyRef
        if (map !== undefined && !this.#has('ConfigMap', map.name))
          return [
            problemOf(
              manifest,
              `${at}.env[${i}].valueFrom.configMapKeyRef.name`,
              `names ${map.name}, which is not there`,
            ),
          ]
        if (ref === undefined) return []
        const keys = this.#secrets.get(ref.name)
        if (keys === undefined)
          return [problemOf(manifest, `${at}.env[${i}].valueFrom.secretKeyRef.name`, notListed(ref.name))]
        return keys.has(ref.key)
          ? []
          : [
              problemOf(
                manifest,
                `${at}.env[${i}].valueFrom.secretKeyRef.key`,
                `names ${ref.key}, which Secret ${ref.name} has not`,
              ),
            ]
      }),
      ...(['startupProbe', 'readinessProbe', 'livenessProbe'] as const).flatMap((probe) =>
        (['httpGet', 'tcpSocket'] as const).flatMap((how) => {
          const port = container[probe]?.[how]?.port
          return typeof port !== 'string' || ports.has(port)
            ? []
            : [problemOf(manifest, `${at}.${probe}.${how}.port`, `names ${port}, which is no port of the container`)]
        }),
      ),
      ...(container.volumeMounts ?? []).flatMap(({ name }, i) =>
        volumes.has(name)
          ? []
          : [problemOf(manifest, `${at}.volumeMounts[${i}].name`, `names ${name}, which is no volume`)],
      ),
    ]
  }

  #service(
    manifest: Manifest,
    { selector, ports = [] }: { selector?: Labels; ports?: { targetPort?: string | number }[] },
  ): Problem[] {
    if (selector === undefined) return []
    const wrong = this.#selector(manifest, 'spec.selector', { matchLabels: selector })
    if (wrong.length > 0) return wrong
    return ports.flatMap(({ targetPort }, i) =>
      this.#port(manifest, `spec.ports[${i}].targetPort`, targetPort, this.#selected({ matchLabels: selector })),
    )
  }

  #port(manifest: Manifest, field: string, port: string | number | undefined, pods: readonly Pods[]): Problem[] {
    if (typeof port !== 'string' || pods.length === 0) return []
    const lacking = pods.filter(
      ({ containers }) => !containers.some(({ container }) => container.ports?.some(({ name }) => name === port)),
    )
    return lacking.map((pod) =>
      problemOf(manifest, field, `names ${port}, which ${pod.manifest.kind} ${pod.manifest.name} has not`),
    )
  }

  #network(manifest: Manifest, spec: Record<string, unknown>): Problem[] {
    const {
      podSelector = {},
      ingress = [],
      egress = [],
    } = spec as {
      podSelector?: Selector
      ingress?: { from?: Peer[]; ports?: { port?: string | number }[] }[]
      egress?: { to?: Peer[]; ports?: { port?: string | number }[] }[]
    }
    const isAll = Object.keys(podSelector).length === 0
    const rules = [
      ...ingress.map(({ from: peers = [], ports = [] }, i) => ({
        at: `spec.ingress[${i}]`,
        side: 'from',
        peers,
        ports,
        isIn: true,
      })),
      ...egress.map(({ to: peers = [], ports = [] }, i) => ({
        at: `spec.egress[${i}]`,
        side: 'to',
        peers,
        ports,
        isIn: false,
      })),
    ]
    return [
      ...(isAll ? [] : this.#selector(manifest, 'spec.podSelector', podSelector)),
      ...rules.flatMap(({ at, side, peers, ports, isIn }) => [
        ...(peers.length === 0 ? [problemOf(manifest, `${at}.${side}`, 'is missing, which means everybody')] : []),
        ...peers.flatMap((peer, i) =>
          peer.podSelector === undefined || peer.namespaceSelector !== undefined
            ? []
            : this.#selector(manifest, `${at}.${side}[${i}].podSelector`, peer.podSelector),
        ),
        ...ports.flatMap(({ port }, i) => {
          const ofPeers = peers.flatMap((peer) =>
            peer.podSelector === undefined || peer.namespaceSelector !== undefined
              ? []
              : this.#selected(peer.podSelector),
          )
          return this.#port(manifest, `${at}.ports[${i}].port`, port, isIn ? this.#selected(podSelector) : ofPeers)
        }),
      ]),
    ]
  }

  #ingress(manifest: Manifest, spec: Record<string, unknown>): Problem[] {
    const { rules = [], tls = [] } = spec as {
      rules?: { http?: { paths: { backend: { service?: { name: string; port: { name?: string } } } }[] } }[]
      tls?: { secretName?: string }[]
    }
    return [
      ...tls.flatMap(({ secretName }, i) =>
        secretName === undefined || this.#secrets.has(secretName)
          ? []
          : [problemOf(manifest, `spec.tls[${i}].secretName`, notListed(secretName))],
      ),
      ...rules.flatMap(({ http }, i) =>
        (http?.paths ?? []).flatMap(({ backend: { service } }, j) => {
          const at = `spec.rules[${i}].http.paths[${j}].backend.service`
          const found = this.#manifests.find((other) => other.kind === 'Service' && other.name === service?.name)
          if (found === undefined)
            return [problemOf(manifest, `${at}.name`, `names ${service?.name}, which is not there`)]
          const { ports } = found.value.spec as { ports: { name?: string }[] }
          return ports.some(({ name }) => name === service?.port.name)
            ? []
            : [
                problemOf(
                  manifest,
                  `${at}.port.name`,
                  `names ${service?.port.name}, which Service ${found.name} has not`,
                ),
              ]
        }),
      ),
    ]
  }

  #monitor(manifest: Manifest, spec: Record<string, unknown>): Problem[] {
    const { selector, podMetricsEndpoints = [] } = spec as {
      selector: Selector
      podMetricsEndpoints?: { port?: string }[]
    }
    return [
      ...this.#selector(manifest, 'spec.selector', selector),
      ...podMetricsEndpoints.flatMap(({ port }, i) =>
        this.#port(manifest, `spec.podMetricsEndpoints[${i}].port`, port, this.#selected(selector)),
      ),
    ]
  }
}

interface Peer {
  readonly podSelector?: Selector
  readonly namespaceSelector?: Selector
}

const notListed = (name: string): string => `names Secret ${name}, which k8s/secrets.example.yaml does not list`
