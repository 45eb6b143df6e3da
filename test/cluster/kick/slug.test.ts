import { describe, expect, it } from 'vitest'
import { slugOf } from '../../../cluster/runtime/kick.ts'

describe('the slug in what somebody typed', () => {
  it.each([
    ['name', 'name'],
    ['  @Some_Name ', 'some_name'],
    ['https://kick.com/Some-Name?tab=1#x', 'some-name'],
    ['kick.com/name/videos', 'name'],
    ['http://www.kick.com/name', 'name'],
    ['https://kick.com/@name', 'name'],
    ['', null],
    ['two words', null],
    ['näme', null],
    ['https://example.com/name', null],
  ])('of %j is %j', (input, slug) => expect(slugOf(input)).toBe(slug))
})
