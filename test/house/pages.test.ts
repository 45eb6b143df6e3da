import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { variables } from '../../cluster/runtime/config.ts'
import { features } from '../../shard/features/index.ts'
import { projectFile } from '../../sql/migrate.ts'
import { sourceFiles } from './tree.ts'

const pageOf = (name: string): string => readFileSync(projectFile(name), 'utf8')
/** What a newcomer opens first of each folder; the rest of them follow a pattern that the page explains. */
const shown = /^(?:cluster|cluster\/runtime|scheduler|shard|shard\/dispatch|shard\/features|sql)\/([\w-]+)\.(?:ts|mjs)$/

describe('ARCHITECTURE.md', () => {
  const page = pageOf('ARCHITECTURE.md')
  const tree = /## The tree\s+```([\s\S]*?)```/.exec(page)?.[1] ?? ''
  const rooms = /## The rooms\s+([\s\S]*?)\n## /.exec(page)?.[1] ?? ''

  it('shows every file of the folders that it draws', () => {
    const names = sourceFiles.flatMap(({ path }) => shown.exec(path)?.[1] ?? [])
    expect(names.length).toBeGreaterThan(40)
    expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(tree))).toEqual([])
  })

  it('lists every room, and no other', () => {
    const named = [...rooms.matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, names = '']) => names.match(/\w+/g) ?? [])
    expect(named.sort()).toEqual(features.map(({ name }) => name).sort())
  })
})

describe('README.md', () => {
  it('explains every variable that a process understands', () => {
    const table = pageOf('README.md')
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .join('\n')
    expect(variables.filter((name) => !table.includes(`\`${name}\``))).toEqual([])
  })
})
