import { describe, expect, it } from 'vitest'
import { readValue } from '../../../shard/features/transfer/rules/check.ts'
import { csvLine, readTable } from '../../../shard/features/transfer/rules/csv.ts'
import { readFile } from '../../../shard/features/transfer/rules/file.ts'
import { type Chosen, mapColumns, readTotals } from '../../../shard/features/transfer/rules/totals.ts'
import type { Column } from '../../../sql/queries/transfer.ts'

describe('a table as text', () => {
  it.each<[string, string, string[], [number, string[]][]]>([
    ['commas', 'a,b\n1,2\n', ['a', 'b'], [[2, ['1', '2']]]],
    ['semicolons, a mark of byte order, no last line end', '\uFEFFa;b\r\n1;"x;y"', ['a', 'b'], [[2, ['1', 'x;y']]]],
    ['tabs', 'a\tb\n1\t2', ['a', 'b'], [[2, ['1', '2']]]],
    [
      'quotes and line ends in quotes',
      'a,b\n"say ""hi""","1\n2"\n3,4',
      ['a', 'b'],
      [
        [2, ['say "hi"', '1\n2']],
        [4, ['3', '4']],
      ],
    ],
    ['empty lines and old line ends', 'a,b\r\r1,2\r', ['a', 'b'], [[3, ['1', '2']]]],
    ['a quote that never ends', 'a,b\n"1,2\n3,4', ['a', 'b'], [[2, ['1,2\n3,4']]]],
    ['nothing', '', [], []],
  ])('reads %s', (_name, text, headings, rows) => {
    const table = readTable(text)
    expect(table.headings).toEqual(headings)
    expect(table.rows.map(({ line, cells }) => [line, cells])).toEqual(rows)
  })

  it('is written so that it reads the same, and is no formula anywhere', () => {
    const cells = ['a,b', 'say "hi"', 'two\nlines', '5']
    expect(readTable(`w,x,y,z\n${csvLine(cells)}`).rows[0]?.cells).toEqual(cells)
    expect(csvLine(['=1+1', '-2', '@x', -2, null])).toBe("'=1+1,'-2,'@x,-2,")
  })
})

describe('a value of a file', () => {
  it.each<[Column, unknown, unknown]>([
    [{ kind: 'id' }, '9223372036854775807', '9223372036854775807'],
    [{ kind: 'id' }, '9223372036854775808', undefined],
    [{ kind: 'id' }, 4711, undefined],
    [{ kind: 'id' }, null, undefined],
    [{ kind: 'id', optional: true }, null, null],
    [{ kind: 'name' }, ' Night_Owl ', 'night_owl'],
    [{ kind: 'name' }, '#4711', '#4711'],
    [{ kind: 'name' }, "x'; drop table links", undefined],
    [{ kind: 'whole64' }, '-1000000000000000', '-1000000000000000'],
    [{ kind: 'whole64' }, '1000000000000001', undefined],
    [{ kind: 'whole64' }, '1e3', undefined],
    [{ kind: 'whole', min: 0, max: 5 }, 5, 5],
    [{ kind: 'whole', min: 0, max: 5 }, '5', undefined],
    [{ kind: 'whole', min: 0, max: 5 }, 0.5, undefined],
    [{ kind: 'text', max: 3 }, 'abc', 'abc'],
    [{ kind: 'text', max: 3 }, 'a\0c', undefined],
    [{ kind: 'text', max: 3 }, 'abcd', undefined],
    [{ kind: 'time' }, '2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    [{ kind: 'time' }, 'yesterday', undefined],
    [{ kind: 'switch' }, 'true', undefined],
    [{ kind: 'json' }, [{ a: 1 }], [{ a: 1 }]],
    [{ kind: 'json' }, ['\0'], undefined],
    [{ kind: 'choice', values: ['a'] }, 'b', undefined],
  ])('%o reads %o as %o', (column, given, expected) => expect(readValue(column, given)).toEqual(expected))
})

describe('a table of another bot', () => {
  const table = (head: string) => readTable(`${head}\nx,1,2,3`)
  it.each<[string, Chosen['columns'], ReturnType<typeof mapColumns>]>([
    [
      'Username,Watch Time,Points',
      {},
      { kind: 'mapped', mapping: { columns: { name: 0, time: 1, points: 2 }, unit: 'minutes' } },
    ],
    [
      'discord_id,kick_name,hours',
      {},
      { kind: 'mapped', mapping: { columns: { name: 1, time: 2, discord_id: 0 }, unit: 'hours' } },
    ],
    ['who,coins', { name: 'WHO' }, { kind: 'mapped', mapping: { columns: { name: 0, points: 1 }, unit: 'minutes' } }],
    ['who,coins', {}, { kind: 'missing', role: 'name' }],
    ['name,age', {}, { kind: 'missing', role: 'time' }],
    ['name,minutes', { points: 'coins' }, { kind: 'missing', role: 'points', asked: 'coins' }],
  ])('%s with %o', (head, columns, expected) => expect(mapColumns(table(head), { columns })).toEqual(expected))

  it('gives minutes, points and members, whatever is empty being not spoken of', () => {
    const read = readTotals(
      'name,hours,points,discord_id\n@Ann,1.5,,9007199254740993\n\'bob,"0,25",7,\n',
      { columns: {} },
      0,
    )
    expect(read).toMatchObject({
      kind: 'read',
      content: {
        totals: [
          { username: 'ann', minutes: 90, points: null, discord_id: '9007199254740993' },
          { username: 'bob', minutes: 15, points: '7', discord_id: null },
        ],
        rows: { links: [{ discord_id: '9007199254740993', kick_name: 'ann', kick_user_id: null }] },
      },
    })
  })

  it('names every wrong cell with its line', () => {
    const read = readTotals('name,minutes,points\nann,1,1\nAnn,x,1.5\n,-3,2\n', { columns: {} }, 0)
    if (read.kind !== 'faulty') throw new Error('it was read')
    expect(read.faults.map(({ row, field, why }) => [row, field, why.kind])).toEqual([
      [3, 'minutes', 'whole'],
      [3, 'points', 'whole'],
      [3, 'name', 'repeated'],
      [4, 'name', 'name'],
      [4, 'minutes', 'whole'],
    ])
  })
})

describe('a file of an export', () => {
  const file = (parts: unknown, more = {}) =>
    JSON.stringify({ format: 'belfry', version: 1, server: '1', exportedAt: 'x', parts, ...more })
  it.each<[string, string, string]>([
    ['no JSON', '{', 'unreadable'],
    ['another JSON', '{"a":1}', 'unreadable'],
    ['a later version', file({}, { version: 2 }), 'newer'],
    ['an unknown part', file({ wizards: [] }), 'newer'],
    ['a part named like something of the language', file({ constructor: [] }), 'newer'],
    ['nothing', file({}), 'empty'],
    ['a wrong row', file({ settings: [{ key: 'constructor', value: 'x' }] }), 'faulty'],
  ])('is refused: %s', (_name, text, kind) => expect(readFile(text, '1').kind).toBe(kind))
})
