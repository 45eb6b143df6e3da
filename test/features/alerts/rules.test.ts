import { describe, expect, it } from 'vitest'
import { fill, readButton, unknownPlaceholders } from '../../../shard/features/alerts/rules.ts'

const values = { streamer: 'An_na', channel: 'an-na', title: '{streamer} $& wins', category: 'Slots' }

describe('a template', () => {
  it('is filled in one pass: what a value says is never read as a template', () => {
    expect(fill('{streamer}: {title} ({category}) {Channel} {other} {}', values)).toBe(
      'An_na: {streamer} $& wins (Slots) {Channel} {other} {}',
    )
  })

  it.each([
    ['{streamer} plays {category}', []],
    ['{game} and {game} and {}', ['game', '']],
    ['{STREAMER}', ['STREAMER']],
    ['no braces', []],
  ])('names what it does not know: %s', (template, unknown) => expect(unknownPlaceholders(template)).toEqual(unknown))
})

describe('a button', () => {
  it.each([
    [
      { label: ' Watch ', url: 'https://kick.com/{channel}' },
      { label: 'Watch', url: 'https://kick.com/{channel}' },
    ],
    [{ label: '', url: 'https://kick.com' }, 'label'],
    [{ label: 'x'.repeat(81), url: 'https://kick.com' }, 'label'],
    [{ label: 'x', url: 'http://kick.com' }, 'url'],
    [{ label: 'x', url: 'javascript:alert(1)' }, 'url'],
    [{ label: 'x', url: 'https://user:secret@kick.com' }, 'url'],
    [{ label: 'x', url: 'kick.com' }, 'url'],
    [{ label: 'x', url: 'https://localhost' }, 'url'],
    [{ label: 'x', url: 'https://kick.com/a b' }, 'url'],
    [{ label: 'x', url: 'https://kick.com/{game}' }, 'placeholder'],
  ])('is taken or refused: %j', (typed, result) => expect(readButton(typed)).toEqual(result))
})
