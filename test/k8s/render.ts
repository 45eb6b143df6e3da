import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import { projectFile } from '../../cluster/runtime/build.ts'
import { installedProgram } from '../support/program.ts'

/** An object of Kubernetes, and the file that it comes from. */
export interface Manifest {
  /** From the root of the project. */
  readonly file: string
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly value: Readonly<Record<string, unknown>>
}

const overlays = projectFile('k8s', 'overlays')
const run = promisify(execFile)

export const overlayNames = async (): Promise<string[]> =>
  (await readdir(overlays, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name)

export const overlayFolder = (name: string): string => join(overlays, name)

/** The kubectl that the set-up step fetched, or the one that is installed. */
export function kubectl(): string {
  const own = projectFile('.data', 'tools', 'kubectl')
  return existsSync(own) ? own : installedProgram(['kubectl'], '--kubectl')
}

/** Everything that `kubectl apply -k` would send of this folder. Throws what kubectl says when it cannot be rendered. */
export async function render(folder: string): Promise<Manifest[]> {
  const around = projectFile('.data')
  await mkdir(around, { recursive: true })
  const top = await mkdtemp(join(around, 'render-'))
  try {
    // One more kustomization around it, which asks to be told where each object comes from.
    const lines = ['resources:', `  - ${relative(top, resolve(folder))}`, 'buildMetadata: [originAnnotations]', '']
    await writeFile(join(top, 'kustomization.yaml'), lines.join('\n'))
    const { stdout } = await run(kubectl(), ['kustomize', top], { maxBuffer: 64 * 1024 * 1024 })
    return objectsIn(stdout).map((value) => manifestOf(value, top))
  } catch (err) {
    const said = err instanceof Error && 'stderr' in err ? String(err.stderr).trim() : ''
    if (said === '') throw err
    const [, quoted = said] = /err="(.*)"$/s.exec(said) ?? []
    throw new Error(`${relative(projectFile(), resolve(folder))} cannot be rendered: ${quoted.replaceAll('\\"', '"')}`)
  } finally {
    await rm(top, { recursive: true, force: true })
  }
}

/** The objects of a file that is not part of an overlay. */
export const readObjects = async (file: string): Promise<Record<string, unknown>[]> =>
  objectsIn(await readFile(file, 'utf8'))

const objectsIn = (text: string): Record<string, unknown>[] =>
  parseAllDocuments(text)
    .map((document) => document.toJS() as unknown)
    .filter((value): value is Record<string, unknown> => typeof value === 'object' && value !== null)

const originKey = 'config.kubernetes.io/origin'

function manifestOf(value: Record<string, unknown>, top: string): Manifest {
  const metadata = (value.metadata ?? {}) as { name?: string; annotations?: Record<string, string> }
  const origin = metadata.annotations?.[originKey] ?? ''
  if (metadata.annotations !== undefined) {
    delete metadata.annotations[originKey]
    if (Object.keys(metadata.annotations).length === 0) delete metadata.annotations
  }
  const [, path = '?'] = /^(?:path|configuredIn): (.+)$/m.exec(origin) ?? []
  return {
    file: relative(projectFile(), resolve(dirname(join(top, 'kustomization.yaml')), path)),
    apiVersion: String(value.apiVersion),
    kind: String(value.kind),
    name: String(metadata.name),
    value,
  }
}
