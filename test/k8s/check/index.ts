import { relative } from 'node:path'
import { projectFile } from '../../../cluster/runtime/build.ts'
import { type Manifest, readObjects, render } from '../render.ts'
import { environmentProblems } from './environment.ts'
import { policyProblems } from './policy.ts'
import { type Problem, problemOf } from './problem.ts'
import { type ExternalSecrets, referenceProblems } from './references.ts'
import { schemaProblems } from './schema.ts'

export { type Problem, sentence } from './problem.ts'

const secretsFile = projectFile('k8s', 'secrets.example.yaml')

/** What `k8s/secrets.example.yaml` says that somebody has to create: names and keys, and no value. */
export async function externalSecrets(): Promise<{ secrets: ExternalSecrets; problems: readonly Problem[] }> {
  const secrets = new Map<string, ReadonlySet<string>>()
  const problems: Problem[] = []
  for (const value of await readObjects(secretsFile)) {
    const { name = '?' } = (value.metadata ?? {}) as { name?: string }
    const manifest = { file: relative(projectFile(), secretsFile), apiVersion: 'v1', kind: 'Secret', name, value }
    const { stringData = {}, data = {} } = value as {
      stringData?: Record<string, string>
      data?: Record<string, string>
    }
    for (const [key, text] of Object.entries({ ...data, ...stringData }))
      if (text !== '') problems.push(problemOf(manifest, `stringData.${key}`, 'has a value, and must not'))
    secrets.set(name, new Set([...Object.keys(stringData), ...Object.keys(data)]))
  }
  return { secrets, problems }
}

/** Renders a folder, and says all that is wrong with what comes out. */
export async function checkFolder(
  folder: string,
): Promise<{ manifests: readonly Manifest[]; problems: readonly Problem[] }> {
  const manifests = await render(folder)
  const { secrets, problems } = await externalSecrets()
  return { manifests, problems: [...problems, ...problemsIn(manifests, secrets)] }
}

/** Rules look at fields of valid objects; those of an invalid one would only confuse. */
export function problemsIn(manifests: readonly Manifest[], secrets: ExternalSecrets): Problem[] {
  const invalid = manifests.flatMap(schemaProblems)
  const broken = new Set(invalid.map(({ object }) => object))
  const valid = manifests.filter(({ kind, name }) => !broken.has(`${kind} ${name}`))
  const together = broken.size > 0 ? [] : [...referenceProblems(manifests, secrets), ...environmentProblems(manifests)]
  return [...invalid, ...valid.flatMap(policyProblems), ...together, ...isolationProblems(manifests)]
}

/** Without a policy for all pods, everything that no policy names may speak with everybody. */
function isolationProblems(manifests: readonly Manifest[]): Problem[] {
  const policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy')
  const isClosed = policies.some(({ value }) => {
    const { podSelector, policyTypes, ingress, egress } = value.spec as Record<string, unknown>
    const isAll = Object.keys(podSelector as object).length === 0
    return isAll && String(policyTypes) === 'Ingress,Egress' && ingress === undefined && egress === undefined
  })
  const [first] = manifests
  return isClosed || first === undefined
    ? []
    : [problemOf(first, 'spec', 'stands in a namespace that no NetworkPolicy closes')]
}
