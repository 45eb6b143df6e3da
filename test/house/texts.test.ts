import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { locales, speak, type TextKey } from '../../shard/features/language.ts'
import { projectFile } from '../../sql/migrate.ts'
import { sourceFiles } from './tree.ts'

const features = projectFile('shard', 'features')

/** What a room says in a language, as the file says it. */
async function textsOf(room: string, locale: string): Promise<Readonly<Record<string, string>>> {
  const module: Record<string, Readonly<Record<string, string>>> = await import(
    join(features, room, 'texts', `${locale}.ts`)
  )
  return module[locale] ?? {}
}

const folders = readdirSync(features, { recursive: true, encoding: 'utf8' })
  .filter((path) => /[/\\]texts[/\\]en\.ts$/.test(path))
  .map((path) => path.split(/[/\\]/)[0] ?? '')
const placeholders = (text: string): string[] =>
  [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name = '']) => name).sort()
/** Marks of Discord's that a translation must not lose: commands, mentions, bold, code. */
const marks = (text: string): string[] => (text.match(/`\/[a-z-]+( [a-z-]+)*`|\*\*|<[@#]/g) ?? []).sort()

const rooms = await Promise.all(folders.map(async (room) => ({ room, english: await textsOf(room, 'en') })))
const translations = await Promise.all(
  rooms.flatMap(({ room, english }) =>
    locales
      .filter((locale) => locale !== 'en')
      .map(async (locale) => ({ room, locale, english, texts: await textsOf(room, locale) })),
  ),
)

describe('the texts of a room', () => {
  it('are there for every room that speaks', () => expect(rooms.length).toBeGreaterThan(0))

  it.each(translations)('say all that the English ones say: $room in $locale', ({ english, texts }) => {
    expect(Object.keys(texts).sort()).toEqual(Object.keys(english).sort())
    expect(Object.entries(texts).filter(([, text]) => text.trim() === '')).toEqual([])
  })

  it.each(translations)('have the same values and the same marks: $room in $locale', ({ english, texts }) => {
    for (const [key, text] of Object.entries(english)) {
      // One thing may be counted without its number: "one minute", "una vez".
      const isCounted = /_(one|other)$/.test(key)
      const values = (of: string) => [...new Set(placeholders(of))].filter((name) => !isCounted || name !== 'count')
      expect({ key, values: values(texts[key] ?? '') }).toEqual({ key, values: values(text) })
      expect({ key, marks: marks(texts[key] ?? '') }).toEqual({ key, marks: marks(text) })
    }
  })

  it.each(translations)('are translated: $room in $locale', ({ english, texts }) => {
    const long = Object.entries(english).filter(([, text]) => text.replace(/\{\{\w+\}\}|`[^`]*`/g, '').length > 24)
    expect(long.filter(([key, text]) => texts[key] === text).map(([key]) => key)).toEqual([])
  })

  it('have both forms of what is counted', () => {
    for (const { room, english } of rooms) {
      const keys = Object.keys(english)
      for (const key of keys.filter((each) => each.endsWith('_one')))
        expect(keys, `${room}:${key}`).toContain(key.replace(/_one$/, '_other'))
      for (const key of keys.filter((each) => each.endsWith('_other')))
        expect(keys, `${room}:${key}`).toContain(key.replace(/_other$/, '_one'))
    }
  })

  it('are all said somewhere', () => {
    const code = sourceFiles
      .filter(({ path }) => path.startsWith('shard/') && !path.includes('/texts'))
      .map(({ text }) => text)
      .join('\n')
    // A key may be put together from a kind: `links:failed.${reason}`.
    const beginnings = [...code.matchAll(/`([a-z]+:[\w.]+)\$\{/g)].map(([, beginning = '']) => beginning)
    const unsaid = rooms.flatMap(({ room, english }) =>
      Object.keys(english)
        .map((key) => `${room === 'language' ? 'common' : room}:${key.replace(/_(one|other)$/, '')}`)
        .filter((key) => !code.includes(`'${key}'`) && !beginnings.some((beginning) => key.startsWith(beginning))),
    )
    expect(unsaid).toEqual([])
  })

  it('stay within what Discord allows for descriptions and names', async () => {
    for (const { room, english } of rooms)
      for (const locale of locales) {
        const texts = locale === 'en' ? english : await textsOf(room, locale)
        const long = Object.entries(texts).filter(
          ([key, text]) => /^(command|choice)\./.test(key) && [...text].length > 100,
        )
        expect(long, `${room} in ${locale}`).toEqual([])
      }
  })
})

describe('a sentence', () => {
  it('is written with the numbers of its language', () => {
    expect(speak('en').duration(74_045)).toBe('1,234 h 5 min')
    expect(speak('de').duration(74_045)).toBe('1.234 Std. 5 Min.')
    expect(speak('tr').number('9007199254740993')).toBe('9.007.199.254.740.993')
    expect(speak('fr').list(['a', 'b', 'c'])).toBe('a, b et c')
  })

  it('never reads what is put into it as a sentence', () => {
    const say = speak('en')
    const key = 'common:hours' satisfies TextKey
    expect(say(key, { hours: '{{minutes}} $t(common:hours) <b>&' })).toBe('{{minutes}} $t(common:hours) <b>& h')
  })

  it('is not said without one of its values', () => {
    expect(() => speak('de')('common:hours')).toThrow('lacks its value hours')
  })
})
