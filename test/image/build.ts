import { spawn } from 'node:child_process'
import { cp, mkdir, readdir, readFile, stat, symlink } from 'node:fs/promises'
import { basename, join, posix } from 'node:path'
import { projectFile } from '../../cluster/runtime/build.ts'
import {
  DockerfileError,
  execForm,
  expand,
  type Instruction,
  parseDockerfile,
  readIgnore,
  type Stage,
  splitOnce,
} from './dockerfile.ts'

/** What an engine would have made: a tree of files, and how a container of it is started. */
export interface Image {
  /** Its `/`, with what was added to the base image and nothing of the base image itself. */
  readonly root: string
  /** The image that it begins with, as it stands behind FROM. */
  readonly base: string
  readonly workdir: string
  readonly env: Readonly<Record<string, string>>
  readonly user: { readonly uid: number; readonly gid: number } | undefined
  readonly entrypoint: readonly string[]
  readonly cmd: readonly string[]
}

export interface BuildOptions {
  /** An empty folder. */
  readonly folder: string
  readonly args?: Readonly<Record<string, string>>
  /** The text of the Dockerfile; that of the project when absent. */
  readonly text?: string
  readonly say?: (line: string) => void
  /** Takes the packages of this checkout, which its set-up keeps as the lock has them, where all of them are asked for. */
  readonly reusesPackages?: boolean
}

/**
 * Carries out the lines of `k8s/Dockerfile` in a folder, all stages at the same time as an engine does. RUN runs here, in the stage's
 * folder, with the Node of this machine in place of that of the base image. Throws when a line cannot be carried out.
 */
export async function buildImage(options: BuildOptions): Promise<Image> {
  const { folder } = options
  const { globals, stages } = parseDockerfile(
    options.text ?? (await readFile(projectFile('k8s', 'Dockerfile'), 'utf8')),
  )
  const isSent = readIgnore(await readFile(projectFile('.dockerignore'), 'utf8'))
  const done = new Map<string, Promise<Image>>()
  const context: Context = {
    ...options,
    args: { ...globals, ...options.args },
    isSent,
    imageOf: (name, line) => {
      const image = done.get(name)
      if (image === undefined) throw new DockerfileError(line, `there is no stage ${name} before this one`)
      return image
    },
  }
  for (const stage of stages) {
    const built = mkdir(join(folder, stage.name), { mode: 0o755 }).then(() =>
      buildStage(stage, join(folder, stage.name), context),
    )
    done.set(stage.name, built)
    built.catch(() => {}) // looked at below
  }
  const images = await Promise.all(done.values())
  return images.at(-1) as Image
}

interface Context extends BuildOptions {
  readonly args: Readonly<Record<string, string>>
  readonly isSent: (topName: string) => boolean
  readonly imageOf: (name: string, line: number) => Promise<Image>
}

async function buildStage(stage: Stage, root: string, context: Context): Promise<Image> {
  const image = {
    root,
    base: stage.base,
    workdir: '/',
    env: {} as Record<string, string>,
    user: undefined as Image['user'],
    entrypoint: [] as string[],
    cmd: [] as string[],
  }
  /** ARGs of this stage so far, and ENVs. */
  const values: Record<string, string> = {}
  for (const instruction of stage.instructions) {
    const { line, text } = instruction
    switch (instruction.name) {
      case 'ARG': {
        const [name = '', value] = splitOnce(text, '=')
        const given = context.args[name] ?? value
        if (given === undefined) throw new DockerfileError(line, `${name} has no default and was not given`)
        values[name] = given
        break
      }
      case 'WORKDIR':
        image.workdir = posix.resolve(image.workdir, expand(text, values, line))
        await mkdir(join(root, image.workdir), { recursive: true, mode: 0o755 })
        break
      case 'ENV': {
        const [name = '', value] = splitOnce(text, '=')
        if (value === undefined || value.includes(' ')) throw new DockerfileError(line, 'ENV must be NAME=value')
        image.env[name] = values[name] = expand(value, values, line)
        break
      }
      case 'USER': {
        const [, uid, gid] = /^(\d+):(\d+)$/.exec(text) ?? []
        if (uid === undefined)
          throw new DockerfileError(line, 'USER must be two numbers, or nobody can tell that it is not root')
        image.user = { uid: Number(uid), gid: Number(gid) }
        break
      }
      case 'ENTRYPOINT':
        image.entrypoint = execForm(instruction)
        break
      case 'CMD':
        image.cmd = execForm(instruction)
        break
      case 'COPY':
        await copy(instruction, image, context)
        break
      case 'RUN':
        context.say?.(`${stage.name}: ${text}`)
        if (context.reusesPackages === true && /^npm ci(?!.* --omit)/.test(text)) {
          await symlink(projectFile('node_modules'), join(root, image.workdir, 'node_modules'))
          break
        }
        await runIn(join(root, image.workdir), instruction, { ...image.env, ...values })
    }
  }
  return image
}

/** As the engine does it: of a folder its contents, of a file the file; into a folder where the target ends with a slash. */
async function copy(
  { line, text }: Instruction,
  image: { root: string; workdir: string },
  context: Context,
): Promise<void> {
  const words = text.split(/\s+/)
  const flag = words[0]?.startsWith('--') ? words.shift() : undefined
  const from = flag === undefined ? undefined : /^--from=(\S+)$/.exec(flag)?.[1]
  if (flag !== undefined && from === undefined) throw new DockerfileError(line, `${flag} is not understood`)
  const target = words.pop()
  if (target === undefined || words.length === 0) throw new DockerfileError(line, 'COPY needs a source and a target')
  if (words.length > 1 && !target.endsWith('/')) throw new DockerfileError(line, `${target} must end with a slash`)
  const to = join(image.root, posix.resolve(image.workdir, target))
  for (const word of words) {
    const source = from === undefined ? sent(word, line, context) : join((await context.imageOf(from, line)).root, word)
    const found = await stat(source).catch(() => {
      throw new DockerfileError(line, `${word} is not there`)
    })
    if (found.isDirectory()) await cp(source, to, { recursive: true, verbatimSymlinks: true })
    else await cp(source, target.endsWith('/') ? join(to, basename(word)) : to)
  }
}

function sent(word: string, line: number, context: Context): string {
  const path = posix.normalize(word)
  const [top = ''] = path.split('/')
  if (top === '..' || path.startsWith('/') || path === '.')
    throw new DockerfileError(line, `${word} must be named by itself`)
  if (!context.isSent(top)) throw new DockerfileError(line, `${word} is kept from the engine by .dockerignore`)
  return projectFile(path)
}

async function runIn(
  folder: string,
  { line, text }: Instruction,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  if (/(^|[\s"'=>])\//.test(text))
    throw new DockerfileError(line, 'RUN names an absolute path, which here would be one of this machine')
  const output: Buffer[] = []
  // Packages that the set-up has fetched already are not fetched again.
  const env = { ...process.env, npm_config_prefer_offline: 'true', npm_config_update_notifier: 'false', ...values }
  const child = spawn('/bin/sh', ['-c', `umask 022; ${text}`], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk))
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status, signal) => resolve(signal ?? status))
  })
  if (code !== 0)
    throw new DockerfileError(line, `RUN failed (${code}):\n${Buffer.concat(output).toString().slice(-3_000)}`)
}

/** Every file of a tree, relative to it. */
export async function filesIn(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort()
}
