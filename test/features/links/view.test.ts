import { describe, expect, it } from 'vitest'
import { guildId, kickUserId, userId } from '../../../cluster/runtime/ids.ts'
import { speak } from '../../../shard/features/language.ts'
import {
  alreadyLinkedView,
  chatLine,
  failedMessage,
  type LinkOutcome,
  linkedMessage,
  noLinkView,
  outcomeView,
  questionView,
  signInView,
} from '../../../shard/features/links/view.ts'

const say = speak('en')
const longestId = '18446744073709551615'

describe('the question', () => {
  const question = {
    guildId: guildId(longestId),
    userId: userId(longestId),
    kickUserId: kickUserId(longestId),
    displayName: 'An_na',
    serverName: 'The *Tower*',
  }

  it('has custom ids that fit, however long the ids are', () => {
    const ids = JSON.stringify(questionView(say, question).components).match(/links:[^"]+/g) ?? []
    expect(ids).toHaveLength(2)
    for (const id of ids) expect(id.length).toBeLessThanOrEqual(100)
  })

  it('names the account and the server without their markup', () => {
    expect(questionView(say, question).content).toContain('**An\\_na**')
    expect(questionView(say, question).content).toContain('**The \\*Tower\\***')
    expect(questionView(say, { ...question, serverName: undefined }).content).toContain('in the server?')
  })
})

describe('what became of a Yes', () => {
  it.each<[LinkOutcome, string]>([
    [{ kind: 'linked', displayName: 'Anna' }, 'you are linked to **Anna**'],
    [{ kind: 'expired' }, 'use `/link` again'],
    [{ kind: 'account_has_another', displayName: 'Anna' }, 'linked to another member'],
    [{ kind: 'member_has_another', kickName: 'bob' }, 'linked to **bob** in this server already'],
  ])('%j', (outcome, text) => {
    expect(outcomeView(say, outcome).content).toContain(text)
  })
})

describe('a failed sign-in', () => {
  it.each([
    ['refused', 'you did not allow it'],
    ['kick_unavailable', 'Kick did not answer'],
    ['<script>', 'the sign-in to Kick failed'],
  ])('says why (%s) and what to do', (reason, text) => {
    const { content } = failedMessage(say, reason, undefined)
    expect(content).toContain(text)
    expect(content).toContain('`/link`')
    expect(content).not.toContain('script')
  })
})

it('whoever has no link is pointed to /link, the member and others alike', () => {
  expect(noLinkView(say, true).content).toContain('Use `/link` once')
  expect(noLinkView(say, false).content).toContain('with `/link`')
})

it('says once, how long and for whom the sign-in works', () => {
  const { content, components } = signInView(say, 'https://bot.example/link/1.abc', 10)
  expect(content).toMatch(/works once, within 10 minutes.*do not share/)
  expect(JSON.stringify(components)).toContain('https://bot.example/link/1.abc')
})

it('tells a linked member how to change it', () => {
  const { content } = alreadyLinkedView(say, { displayName: 'Anna', linkedAt: new Date(1_700_000_000_000) })
  expect(content).toContain('**Anna**')
  expect(content).toContain('<t:1700000000:R>')
  expect(content).toContain('`/unlink`')
})

it('names account and server in the direct message', () => {
  expect(linkedMessage(say, 'Anna', 'Tower').content).toContain('**Anna** is linked in **Tower**')
})

it('answers in the stream chat with one line', () => {
  for (const line of [chatLine(say, true), chatLine(say, false)]) expect(line).not.toMatch(/\n|@/)
})
