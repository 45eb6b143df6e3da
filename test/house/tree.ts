import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { projectFile } from '../../sql/migrate.ts'

export interface Import {
  /** A path from the root of the project, or the name of a package. */
  readonly to: string
  readonly isOurs: boolean
  /** Only types are taken, so that nothing of it runs. */
  readonly isType: boolean
}

export interface TextFile {
  /** From the root of the project. */
  readonly path: string
  readonly text: string
}

export interface SourceFile extends TextFile {
  readonly imports: readonly Import[]
}

const notOurs: ReadonlySet<string> = new Set(['node_modules', 'dist', '.git', '.data'])
const isText = /\.(ts|mjs|sql|json|md|ya?ml|css|html|sh|toml)$|(^|\/)(Dockerfile|LICENSE|\.[a-z]+ignore|\.npmrc|run)$/

/** Every text file of the project as it lies there, whether it is committed or not. */
export const textFiles: readonly TextFile[] = (() => {
  const root = projectFile()
  const walk = (folder: string): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      if (notOurs.has(entry.name)) return []
      const path = join(folder, entry.name)
      return entry.isDirectory() ? walk(path) : [path]
    })
  return walk(root)
    .map((path) => relative(root, path))
    .filter((path) => isText.test(path))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
})()

const statement = /^(?:import|export)\s+(type\s+)?(?:[\w*{][^'"`;=()]*?\sfrom\s+)?'([^']+)'/gm
const call = /\bimport\('([^']+)'\)/g

/** Every TypeScript file with what it imports. */
export const sourceFiles: readonly SourceFile[] = textFiles
  .filter(({ path }) => path.endsWith('.ts'))
  .map((file) => ({ ...file, imports: importsOf(file) }))

export function importsOf({ path, text }: TextFile): Import[] {
  const found = [
    ...[...text.matchAll(statement)].map(([, type, to = '']) => ({ to, isType: type !== undefined })),
    ...[...text.matchAll(call)].map(([, to = '']) => ({ to, isType: false })),
  ]
  return found.map(({ to, isType }) => {
    const isOurs = to.startsWith('.')
    return { to: isOurs ? normalize(join(dirname(path), to)) : to, isOurs, isType }
  })
}

/** Chains of names that end where they began, one for each that closes a circle. */
export function circlesIn(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const circles: string[] = []
  const finished = new Set<string>()
  const visit = (name: string, way: readonly string[]) => {
    const start = way.indexOf(name)
    if (start >= 0) return void circles.push([...way.slice(start), name].join(' → '))
    if (finished.has(name)) return
    for (const next of graph.get(name) ?? []) visit(next, [...way, name])
    finished.add(name)
  }
  for (const name of graph.keys()) visit(name, [])
  return circles
}
