import { describe, expect, it } from 'vitest'
import { sourceFiles } from './tree.ts'

const tests = sourceFiles.filter(({ path }) => path.endsWith('.test.ts'))
/** Names of tests and of groups of tests that begin with a number, as the promises do. */
const numbered = /\b(?:it|describe)(?:\.each\([^)]*\))?\(\s*['"`](\d+)\. /g

describe('what was promised', () => {
  it('has a test for each of its twenty-two points, by number', () => {
    const promised = tests.filter(({ path }) => !/^test\/(house|runtime|standins)\//.test(path))
    const numbers = promised.flatMap(({ text }) => [...text.matchAll(numbered)].map(([, number]) => Number(number)))
    expect([...new Set(numbers)].sort((a, b) => a - b)).toEqual(Array.from({ length: 22 }, (_, i) => i + 1))
  })

  it('has the thirteen points of the two modes by their own names', () => {
    const list = tests.find(({ path }) => path === 'test/flows/checklist.test.ts')?.text ?? ''
    const names = [...list.matchAll(/^\s*(?:it|describe)\('([^']*)'/gm)].map(([, name]) => name)
    expect(names).toEqual([
      'Single-server mode',
      'bot starts without errors',
      'existing commands work',
      'settings load correctly',
      'watchtime tracking works',
      'point system works',
      'links work',
      'Multi-server mode',
      'join a second Discord server',
      'configure it',
      'run commands in both servers simultaneously',
      'watchtime in both',
      'points in both',
      'linking in both',
      'data does not leak between servers',
    ])
  })
})
