import { readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { projectFile } from '../../cluster/runtime/build.ts'
import { temporaryFolder } from '../support/folder.ts'
import { checkFolder, externalSecrets, problemsIn, sentence } from './check/index.ts'
import { isOurs, podsOf } from './check/pods.ts'
import { type Manifest, overlayFolder, overlayNames, render } from './render.ts'

const production = overlayFolder('production')

/** Somebody's overlay on one of ours: a kustomization with these lines more, and files beside it. */
async function overlayOn(
  base: string,
  lines: readonly string[],
  files: Readonly<Record<string, string>> = {},
): Promise<string> {
  const folder = await temporaryFolder()
  const head = ['resources:', `  - ${relative(folder, base)}`]
  await writeFile(join(folder, 'kustomization.yaml'), [...head, ...lines, ''].join('\n'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return folder
}

const sentencesOf = async (folder: string): Promise<string[]> => (await checkFolder(folder)).problems.map(sentence)

const patched = (target: string, ...operations: readonly string[]) =>
  overlayOn(production, [
    'patches:',
    `  - target: { ${target} }`,
    '    patch: |',
    ...operations.map((o) => `      - ${o}`),
  ])

const named = (manifests: readonly Manifest[], kind: string): string[] =>
  manifests.filter((one) => one.kind === kind).map(({ name }) => name)

describe('the overlays', () => {
  it('are what a server takes and what our rules ask for', async () => {
    const names = await overlayNames()
    expect(names).toEqual(['dev', 'production'])
    for (const name of names) expect(await sentencesOf(overlayFolder(name)), name).toEqual([])
  })

  it('hold everything that a deployment needs', async () => {
    const [dev, big] = await Promise.all([render(overlayFolder('dev')), render(production)])
    expect(named(dev, 'StatefulSet').sort()).toEqual(['manager', 'nats', 'postgres'])
    expect(named(big, 'StatefulSet').sort()).toEqual(['manager', 'nats'])
    expect(named(big, 'Cluster')).toEqual(['belfry-database'])
    expect(named(big, 'Deployment').sort()).toEqual(['front-door', 'nirn-proxy', 'scheduler'])
    expect(named(big, 'PodMonitor').sort()).toEqual(['cluster', 'scheduler'])
    expect(named(big, 'PodDisruptionBudget').sort()).toEqual([
      'front-door',
      'manager',
      'nats',
      'nirn-proxy',
      'scheduler',
    ])
    const replicas = big.map(({ kind, name, value }) => [
      `${kind} ${name}`,
      (value.spec as { replicas?: number })?.replicas,
    ])
    expect(Object.fromEntries(replicas)).toMatchObject({
      'StatefulSet manager': 3,
      'StatefulSet nats': 3,
      'Deployment scheduler': 2,
    })
  })

  it('run the version of package.json, and migrate with a Job of that version', async () => {
    const { version } = JSON.parse(await readFile(projectFile('package.json'), 'utf8'))
    const manifests = await render(overlayFolder('dev'))
    const images = manifests.flatMap(
      (one) => podsOf(one)?.containers.filter(({ container }) => isOurs(container)) ?? [],
    )
    expect(new Set(images.map(({ container }) => container.image))).toEqual(new Set([`belfry:${version}`]))
    expect(named(manifests, 'Job')).toEqual([`migrate-${version}`])
  })

  it('take the bridge, where somebody adds it', async () => {
    const component = relative(await temporaryFolder(), projectFile('k8s', 'components', 'bridge'))
    const folder = await overlayOn(production, ['namespace: belfry', 'components:', `  - ${component}`])
    const { manifests, problems } = await checkFolder(folder)
    expect(problems.map(sentence)).toEqual([])
    expect(named(manifests, 'Deployment')).toContain('bridge')
  })

  it('show the public every page of a front door, and neither health nor metrics', async () => {
    const ingress = (await render(production)).find(({ kind }) => kind === 'Ingress')
    if (ingress === undefined) throw new Error('there is no Ingress')
    const { rules } = ingress.value.spec as { rules: { http: { paths: { path: string; pathType: string }[] } }[] }
    const paths = rules.flatMap(({ http }) => http.paths)
    const isShown = (asked: string) =>
      paths.some(({ path, pathType }) => asked === path || (pathType === 'Prefix' && asked.startsWith(`${path}/`)))
    const text = await readFile(projectFile('cluster', 'http.ts'), 'utf8')
    const fixed = [...text.matchAll(/^ {4}'(\/[\w./]*)': \{/gm)].map(([, path = '']) => path)
    const begun = [...text.matchAll(/startsWith\('(\/\w+\/)'\)/g)].map(([, path]) => `${path}x`)
    const inside = ['/healthz', '/startupz', '/readyz', '/readyz/webhooks', '/metrics']
    expect(fixed.length).toBeGreaterThan(7)
    expect(begun.length).toBeGreaterThan(2)
    expect([...fixed, ...begun, '/assets/bell.svg'].filter((path) => isShown(path) === inside.includes(path))).toEqual(
      [],
    )
  })
})

interface Operation {
  readonly op: 'add' | 'replace' | 'remove'
  readonly path: string
  readonly value?: unknown
}

/** As `kubectl kustomize` patches (RFC 6902), so that not every case has to be rendered. */
function withOperation(
  manifests: readonly Manifest[],
  target: { readonly kind: string; readonly name?: string },
  { op, path, value }: Operation,
): Manifest[] {
  const isTarget = ({ kind, name }: Manifest) => kind === target.kind && name === (target.name ?? name)
  expect(manifests.filter(isTarget)).toHaveLength(1)
  return manifests.map((manifest) => {
    if (!isTarget(manifest)) return manifest
    const changed = structuredClone(manifest)
    const keys = path
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/'))
    const last = keys.pop() ?? ''
    const parent = keys.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], changed.value)
    if (Array.isArray(parent)) parent.splice(Number(last), op === 'add' ? 0 : 1, ...(op === 'remove' ? [] : [value]))
    else if (op === 'remove') delete (parent as Record<string, unknown>)[last]
    else (parent as Record<string, unknown>)[last] = value
    return changed
  })
}

describe('a manifest', () => {
  const rendered = render(production)
  const container = '/spec/template/spec/containers/0'
  const manager = 'k8s/base/manager.yaml: StatefulSet manager'
  const at = 'spec.template.spec.containers[0]'

  it.each<[string, string, string, string]>([
    // what a server would refuse
    [
      'a field that nobody knows',
      'kind: StatefulSet, name: manager',
      `{ op: add, path: ${container}/readynessProbe, value: {} }`,
      `${manager}: ${at}.readynessProbe is no field that Kubernetes knows`,
    ],
    [
      'a field of another type',
      'kind: StatefulSet, name: manager',
      '{ op: replace, path: /spec/replicas, value: three }',
      `${manager}: spec.replicas must be of type integer`,
    ],
    [
      'a field that is missing',
      'kind: Service, name: front-door',
      '{ op: remove, path: /spec/ports/0/port }',
      'k8s/base/front-door.yaml: Service front-door: spec.ports[0].port is missing',
    ],
    [
      'a field that a CRD does not know',
      'kind: PodMonitor, name: cluster',
      '{ op: add, path: /spec/podMetricsEndpoints/0/every, value: 15s }',
      'k8s/components/monitors/monitors.yaml: PodMonitor cluster: spec.podMetricsEndpoints[0].every is no field that Kubernetes knows',
    ],
    [
      'a field that CloudNativePG does not know',
      'kind: Cluster',
      '{ op: add, path: /spec/replicas, value: 3 }',
      'k8s/overlays/production/database.yaml: Cluster belfry-database: spec.replicas is no field that this check knows',
    ],
    [
      'a misspelt value of CloudNativePG',
      'kind: Cluster',
      '{ op: replace, path: /spec/postgresql/synchronous/method, value: all }',
      'k8s/overlays/production/database.yaml: Cluster belfry-database: spec.postgresql.synchronous.method Invalid option: expected one of "any"|"first"',
    ],
    // what a cluster with rules would refuse
    [
      'an image without a version',
      'kind: Deployment, name: scheduler',
      `{ op: replace, path: ${container}/image, value: "belfry:latest" }`,
      `k8s/base/scheduler.yaml: Deployment scheduler: ${at}.image must have a tag that is a version`,
    ],
    [
      'root',
      'kind: StatefulSet, name: manager',
      '{ op: remove, path: /spec/template/spec/securityContext/runAsNonRoot }',
      `${manager}: spec.template.spec.securityContext.runAsNonRoot must be true`,
    ],
    [
      'a root file system that can be written',
      'kind: StatefulSet, name: manager',
      `{ op: replace, path: ${container}/securityContext/readOnlyRootFilesystem, value: false }`,
      `${manager}: ${at}.securityContext.readOnlyRootFilesystem must be true`,
    ],
    [
      'no limit',
      'kind: StatefulSet, name: manager',
      `{ op: remove, path: ${container}/resources/limits/memory }`,
      `${manager}: ${at}.resources.limits.memory is missing`,
    ],
    [
      'no probe',
      'kind: StatefulSet, name: manager',
      `{ op: remove, path: ${container}/readinessProbe }`,
      `${manager}: ${at}.readinessProbe is missing`,
    ],
    [
      'a liveness that depends on others',
      'kind: StatefulSet, name: manager',
      `{ op: replace, path: ${container}/livenessProbe/httpGet/path, value: /readyz }`,
      `${manager}: ${at}.livenessProbe.httpGet.path must be /healthz: a restart cures no dependency`,
    ],
    [
      'too little time to drain',
      'kind: StatefulSet, name: manager',
      '{ op: replace, path: /spec/template/spec/terminationGracePeriodSeconds, value: 45 }',
      `${manager}: ${at}.env GRACE_SECONDS and the pause before SIGTERM are 45 seconds together, and terminationGracePeriodSeconds must be longer`,
    ],
    [
      'a volume of the node',
      'kind: StatefulSet, name: manager',
      '{ op: add, path: /spec/template/spec/volumes, value: [{ name: x, hostPath: { path: /x } }] }',
      `${manager}: spec.template.spec.volumes[0].hostPath is a kind of volume that is not allowed`,
    ],
    [
      'a token for Kubernetes',
      'kind: StatefulSet, name: manager',
      '{ op: remove, path: /spec/template/spec/automountServiceAccountToken }',
      `${manager}: spec.template.spec.automountServiceAccountToken must be false`,
    ],
    [
      'a secret in plain text',
      'kind: StatefulSet, name: manager',
      `{ op: add, path: ${container}/env/0, value: { name: DASHBOARD_SECRET, value: abc } }`,
      `${manager}: ${at}.env[0].value is a secret in plain text: DASHBOARD_SECRET belongs into a Secret`,
    ],
    [
      'a password in an address',
      'kind: StatefulSet, name: manager',
      `{ op: add, path: ${container}/env/0, value: { name: NATS_URL, value: "nats://a:b@nats:4222" } }`,
      `${manager}: ${at}.env[0].value is a secret in plain text: NATS_URL belongs into a Secret`,
    ],
    [
      'a namespace that takes anything',
      'kind: Namespace',
      '{ op: replace, path: /metadata/labels/pod-security.kubernetes.io~1enforce, value: baseline }',
      'k8s/base/namespace.yaml: Namespace belfry: metadata.labels.pod-security.kubernetes.io/enforce must be "restricted"',
    ],
    // what points into the void
    [
      'a Secret that nobody makes',
      'kind: Deployment, name: scheduler',
      `{ op: replace, path: ${container}/env/2/valueFrom/secretKeyRef/name, value: belfry-db }`,
      `k8s/base/scheduler.yaml: Deployment scheduler: ${at}.env[2].valueFrom.secretKeyRef.name names Secret belfry-db, which k8s/secrets.example.yaml does not list`,
    ],
    [
      'a key that a Secret has not',
      'kind: Deployment, name: scheduler',
      `{ op: replace, path: ${container}/env/2/valueFrom/secretKeyRef/key, value: url }`,
      `k8s/base/scheduler.yaml: Deployment scheduler: ${at}.env[2].valueFrom.secretKeyRef.key names url, which Secret belfry-database-app has not`,
    ],
    [
      'a map that is not there',
      'kind: Deployment, name: scheduler',
      `{ op: replace, path: ${container}/envFrom/0/configMapRef/name, value: other }`,
      `k8s/base/scheduler.yaml: Deployment scheduler: ${at}.envFrom[0].configMapRef.name names other, which is not there`,
    ],
    [
      'an account that is not there',
      'kind: Deployment, name: scheduler',
      '{ op: replace, path: /spec/template/spec/serviceAccountName, value: other }',
      'k8s/base/scheduler.yaml: Deployment scheduler: spec.template.spec.serviceAccountName names other, which is not there',
    ],
    [
      'a port that is not there',
      'kind: StatefulSet, name: manager',
      `{ op: replace, path: ${container}/startupProbe/httpGet/port, value: web }`,
      `${manager}: ${at}.startupProbe.httpGet.port names web, which is no port of the container`,
    ],
    [
      'a selector that selects nothing',
      'kind: Service, name: front-door',
      '{ op: replace, path: /spec/selector/app.kubernetes.io~1name, value: door }',
      'k8s/base/front-door.yaml: Service front-door: spec.selector names door, which no pod is',
    ],
    [
      'a policy for nobody',
      'kind: NetworkPolicy, name: internet',
      '{ op: replace, path: /spec/podSelector/matchExpressions/0/values/0, value: managers }',
      'k8s/base/network.yaml: NetworkPolicy internet: spec.podSelector names managers, which no pod is',
    ],
    [
      'a way in for everybody',
      'kind: NetworkPolicy, name: front-door',
      '{ op: remove, path: /spec/ingress/0/from }',
      'k8s/base/network.yaml: NetworkPolicy front-door: spec.ingress[0].from is missing, which means everybody',
    ],
    [
      'a name that stays when its image changes',
      'kind: Job',
      `{ op: replace, path: ${container}/image, value: "belfry:0.2.0" }`,
      'k8s/base/migrate.yaml: Job migrate-0.1.0: metadata.name must end with the version of its image, 0.2.0',
    ],
    // what our own programs would refuse
    [
      'a variable that nobody knows',
      'kind: StatefulSet, name: manager',
      `{ op: add, path: ${container}/env/0, value: { name: GRACE_SECOND, value: "5" } }`,
      `${manager}: ${at}.env[0] sets GRACE_SECOND, which no program of ours knows`,
    ],
    [
      'a value that is not accepted',
      'kind: StatefulSet, name: manager',
      `{ op: replace, path: ${container}/env/1/value, value: many }`,
      `${manager}: ${at}.env[1] MAX_GROUPS is wrong: it must be a number`,
    ],
    [
      'a variable that is missing',
      'kind: StatefulSet, name: manager',
      `{ op: remove, path: ${container}/env/4 }`,
      `${manager}: ${at}.env DISCORD_TOKEN is missing`,
    ],
    [
      'a program that the image has not',
      'kind: Deployment, name: scheduler',
      `{ op: replace, path: ${container}/args/0, value: dist/schedule/main.js }`,
      `k8s/base/scheduler.yaml: Deployment scheduler: ${at}.args[0] is dist/schedule/main.js, which is no program of the image`,
    ],
  ])('with %s is refused by file, object and field', async (_, target, operation, expected) => {
    const { secrets } = await externalSecrets()
    const changed = withOperation(await rendered, parse(`{ ${target} }`), parse(operation))
    expect(problemsIn(changed, secrets).map(sentence)).toContain(expected)
  })

  it('that is valid but for one field gets one sentence', async () => {
    const folder = await patched(
      'kind: StatefulSet, name: manager',
      '{ op: replace, path: /spec/replicas, value: three }',
    )
    expect(await sentencesOf(folder)).toHaveLength(1)
  })

  it('with a Secret in it, or of a kind that nobody has looked at, is refused', async () => {
    const secret = 'apiVersion: v1\nkind: Secret\nmetadata: { name: s }\nstringData: { a: b }\n'
    const gateway = 'apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: { name: g }\n'
    const folder = await overlayOn(production, ['  - secret.yaml', '  - gateway.yaml'], {
      'secret.yaml': secret,
      'gateway.yaml': gateway,
    })
    const said = await sentencesOf(folder)
    expect(said.map((one) => one.replace(/^\S*\//, ''))).toEqual([
      'gateway.yaml: Gateway g: kind gateway.networking.k8s.io/v1 Gateway has no schema in this check',
      'secret.yaml: Secret s: kind must not be committed: whoever deploys creates it',
    ])
  })

  it('that kustomize cannot read is refused with its words', async () => {
    const folder = await overlayOn(production, ['patchez: []'])
    await expect(checkFolder(folder)).rejects.toThrow(/cannot be rendered: .*unknown field "patchez"$/)
  })

  it('of a namespace that no policy closes is refused', async () => {
    const folder = await overlayOn(production, [
      'patches:',
      '  - target: { kind: NetworkPolicy, name: nobody }',
      '    patch: |',
      '      $patch: delete',
      '      apiVersion: networking.k8s.io/v1',
      '      kind: NetworkPolicy',
      '      metadata: { name: nobody }',
    ])
    expect((await sentencesOf(folder)).join()).toContain('stands in a namespace that no NetworkPolicy closes')
  })
})
