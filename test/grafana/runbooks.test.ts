import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { rulesIn } from '../../grafana/queries.ts'
import { projectFile } from '../../sql/migrate.ts'

const headings = ['What it means for users', 'How to confirm', 'What to do', 'How to know that it is over']
const folder = projectFile('grafana/runbooks')
const runbooks = readdirSync(folder).map((file) => ({ file, text: readFileSync(`${folder}/${file}`, 'utf8') }))
const alerts = rulesIn(projectFile('grafana')).flatMap(({ alert }) => (alert === undefined ? [] : [alert]))
const sectionsOf = (text: string) => text.split(/^## /m).slice(1)

describe('the runbooks', () => {
  it('are one for each alert, named for it', () => {
    const named = runbooks.map(({ text }) => /^# (\w+)\n/.exec(text)?.[1])
    expect(named.sort()).toEqual([...alerts].sort())
  })

  it.each(runbooks.map((runbook) => [runbook.file, runbook.text] as const))(
    'answer the four questions: %s',
    (_, text) => {
      expect(sectionsOf(text).map((section) => section.split('\n')[0])).toEqual(headings)
      for (const section of sectionsOf(text))
        expect(section.split('\n').slice(1).join(' ').trim().length).toBeGreaterThan(60)
    },
  )

  it.each(runbooks.map((runbook) => [runbook.file, runbook.text] as const))(
    'link only to what is there: %s',
    (_, text) => {
      const linked = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, to = '']) => to)
      expect(linked.filter((to) => !runbooks.some(({ file }) => file === to))).toEqual([])
    },
  )
})
