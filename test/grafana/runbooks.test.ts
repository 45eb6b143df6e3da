import { readdirSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { variables } from '../../cluster/runtime/config.ts'
import { dashboardFiles } from '../../grafana/dashboards.ts'
import { rulesIn } from '../../grafana/queries.ts'
import { features } from '../../shard/features/index.ts'
import type { Sql } from '../../sql/client.ts'
import { projectFile } from '../../sql/migrate.ts'
import { sourceFiles, textFiles } from '../house/tree.ts'
import { createDatabase } from '../support/database.ts'

const headings = ['What it means for users', 'How to confirm', 'What to do', 'How to know that it is over']
const folder = projectFile('grafana/runbooks')
const runbooks = readdirSync(folder).map((file) => ({ file, text: readFileSync(`${folder}/${file}`, 'utf8') }))
const alerts = rulesIn(projectFile('grafana')).flatMap(({ alert }) => (alert === undefined ? [] : [alert]))
const each = runbooks.map(({ file, text }) => [file, text] as const)
const inOneLine = (text: string): string => text.replaceAll(/\s*\n\s*/g, ' ')
const codeIn = (text: string): string[] => [...inOneLine(text).matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
const statementsIn = (text: string): string[] => codeIn(text).filter((code) => /^select /.test(code))

const ours = sourceFiles.filter(({ path }) => !path.startsWith('test/')).map(({ text }) => text)
const isSaid = (phrase: string): boolean => ours.some((text) => text.includes(phrase))
const commands = features.flatMap(({ commands = [] }) => commands.map(({ data }) => `/${data.name}`))
const boards = dashboardFiles().map(({ dashboard }) => dashboard)
const titles = boards.flatMap(({ panels = [] }) => panels.map(({ title }) => title))
const workloads = textFiles
  .filter(({ path }) => /^k8s\/.*\.yaml$/.test(path))
  .flatMap(({ text }) =>
    [...text.matchAll(/^kind: (StatefulSet|Deployment)\nmetadata:\n {2}name: (\S+)/gm)].map(
      ([, kind = '', name = '']) => `${kind.toLowerCase()}/${name}`,
    ),
  )

/** Why what stands in code cannot be followed; undefined when it can. */
function faultOf(code: string): string | undefined {
  if (/^select /.test(code)) return undefined // asked of the database below
  if (code.startsWith('kubectl ')) {
    const what = /(?:statefulset|deployment)\/[\w-]+/.exec(code)?.[0]
    if (!/^kubectl -n belfry (get pods|scale|rollout (undo|restart|status)|delete pod|describe pod|logs) ?/.test(code))
      return 'no such way of using kubectl'
    return what === undefined || workloads.includes(what) ? undefined : `there is no ${what}`
  }
  if (code.startsWith('npm run ')) return isSaid(code) || scripts.includes(code.slice(8)) ? undefined : 'no such script'
  if (/^\/[a-z-]+$/.test(code))
    return commands.includes(code) || isSaid(`'${code}'`) ? undefined : 'no such command or page'
  if (/^[A-Z][A-Z_]{4,}$/.test(code))
    return (variables as readonly string[]).includes(code) ? undefined : 'no such variable'
  if (code.startsWith('belfry-')) return boards.some(({ uid }) => uid === code) ? undefined : 'no such dashboard'
  const metric = /\bbot_\w+/.exec(code)?.[0]
  if (metric !== undefined) return isSaid(`name: '${metric}'`) ? undefined : 'no such metric'
  return isSaid(code) || textFiles.some(({ path }) => path === code || path.startsWith(`${code}/`))
    ? undefined
    : 'neither said by us nor a file'
}

const scripts = Object.keys(
  (JSON.parse(readFileSync(projectFile('package.json'), 'utf8')) as { scripts: Record<string, string> }).scripts,
)

describe('the runbooks', () => {
  let sql: Sql
  beforeAll(async () => {
    sql = (await createDatabase()).sql
  })

  it('are one for each alert, named for it', () => {
    const named = runbooks.map(({ text }) => /^# (\w+)\n/.exec(text)?.[1])
    expect(named.sort()).toEqual([...alerts].sort())
  })

  it.each(each)('answer the four questions: %s', (_, text) => {
    const sections = text.split(/^## /m).slice(1)
    expect(sections.map((section) => section.split('\n')[0])).toEqual(headings)
    for (const section of sections) expect(section.split('\n').slice(1).join(' ').trim().length).toBeGreaterThan(15)
  })

  it.each(each)('speak only of what is there: %s', (_, text) => {
    const linked = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, to = '']) => to)
    expect(linked.filter((to) => !runbooks.some(({ file }) => file === to))).toEqual([])
    const panels = [
      ...inOneLine(text)
        .replaceAll(/`[^`]*`/g, '')
        .matchAll(/(?<![*\w])\*([^*]+)\*/g),
    ].map(([, title = '']) => title)
    expect(panels.length).toBeGreaterThan(0)
    expect(panels.filter((title) => !titles.includes(title))).toEqual([])
    expect(codeIn(text).flatMap((code) => faultOf(code)?.concat(`: ${code}`) ?? [])).toEqual([])
  })

  it.each(each.filter(([, text]) => statementsIn(text).length > 0))(
    'ask the database what it can answer: %s',
    async (_, text) => {
      for (const statement of statementsIn(text)) {
        expect(statement).toMatch(/;$/)
        expect(statement, 'a table is not read to its end by somebody in a hurry').toMatch(
          /limit \d+;$|pg_terminate_backend|^select count|where discord_server_id = |from (scheduler_lease|job where)/,
        )
        await sql.unsafe(`explain ${statement}`)
      }
    },
  )

  it('would not do with what is not there', () => {
    expect(faultOf('bot_nothing_total')).toBe('no such metric')
    expect(faultOf('/no-such-command')).toBe('no such command or page')
    expect(faultOf('NO_SUCH_VARIABLE')).toBe('no such variable')
    expect(faultOf('kubectl -n belfry exec manager-0')).toBe('no such way of using kubectl')
    expect(faultOf('kubectl -n belfry rollout undo deployment/nobody')).toBe('there is no deployment/nobody')
    expect(faultOf('nobody has ever said this')).toBe('neither said by us nor a file')
  })
})
