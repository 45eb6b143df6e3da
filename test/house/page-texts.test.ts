import { describe, expect, it } from 'vitest'
import { pageTexts, speakPage, wantedLocale } from '../../cluster/pages/texts.ts'
import { locales } from '../../sql/queries/settings.ts'
import { sourceFiles } from './tree.ts'

const english: Readonly<Record<string, string>> = pageTexts.en
const others = locales.filter((locale) => locale !== 'en')
const placeholders = (text = ''): string[] => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name = '']) => name).sort()

describe('the texts of the pages', () => {
  it.each(others)('say all that the English ones say, with the same values: %s', (locale) => {
    const texts: Readonly<Record<string, string>> = pageTexts[locale]
    expect(Object.keys(texts).sort()).toEqual(Object.keys(english).sort())
    for (const [key, text] of Object.entries(english)) {
      expect({ key, values: placeholders(texts[key]) }).toEqual({ key, values: placeholders(text) })
      expect(texts[key]?.trim(), key).not.toBe('')
    }
  })

  it.each(others)('are translated: %s', (locale) => {
    const texts: Readonly<Record<string, string>> = pageTexts[locale]
    const long = Object.entries(english).filter(([, text]) => text.length > 24)
    expect(long.filter(([key, text]) => texts[key] === text)).toEqual([])
  })

  it('are all said somewhere', () => {
    const code = sourceFiles
      .filter(({ path }) => path.startsWith('cluster/') && !path.includes('/texts'))
      .map(({ text }) => text)
      .join('\n')
    // Outcomes and purposes are put together from their names.
    const isSaid = (key: string) =>
      code.includes(`'${key}'`) || /^(\w+|fact\.(link|broadcaster)(\.what)?)(\.(title|text))?$/.test(key)
    expect(Object.keys(english).filter((key) => !isSaid(key))).toEqual([])
  })

  it('are not said without a value, and what is put in is never read as a text', () => {
    expect(() => speakPage('de')('proven.text')).toThrow('lacks its value name')
    expect(speakPage('en')('connected.text', { name: '{{name}} $&' })).toContain('chat of {{name}} $&.')
  })
})

describe('the language that a browser asks for', () => {
  it.each([
    [undefined, undefined],
    ['*', undefined],
    ['nl-NL, ja', undefined],
    ['de-AT,de;q=0.9,en;q=0.8', 'de'],
    ['en;q=0.4, tr;q=0.5', 'tr'],
    ['es;q=0, fr;q=0.1', 'fr'],
    ['PT-br', 'pt'],
    [`${'x,'.repeat(5_000)}de`, undefined],
  ])('%j is answered with %s', (header, locale) => {
    expect(wantedLocale(header === undefined ? {} : { 'accept-language': header })).toBe(locale)
  })
})
