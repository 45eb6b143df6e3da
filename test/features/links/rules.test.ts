import { describe, expect, it } from 'vitest'
import { guildId, kickUserId, userId, username } from '../../../cluster/runtime/ids.ts'
import {
  type Decision,
  decideLink,
  type ExistingLink,
  stateOf,
  urlValueOf,
} from '../../../shard/features/links/rules.ts'

const link = (member: string, account: string | null, name: string): ExistingLink => ({
  userId: userId(member),
  kickUserId: account === null ? null : kickUserId(account),
  kickName: username(name),
})

describe('whether member 1 may link Kick account 50, called anna', () => {
  const wanted = { userId: userId('1'), kickUserId: kickUserId('50'), kickName: username('anna') }
  it.each<[string, ExistingLink[], Decision]>([
    ['nothing like it is linked', [], { kind: 'free' }],
    ['the very link exists', [link('1', '50', 'anna')], { kind: 'linked' }],
    ['the account is linked to them under an older name', [link('1', '50', 'anne')], { kind: 'linked' }],
    ['their link was imported by this name', [link('1', null, 'anna')], { kind: 'adopt' }],
    [
      'their link was imported by another name',
      [link('1', null, 'bob')],
      { kind: 'member_has_another', kickName: username('bob') },
    ],
    ['they have another account', [link('1', '60', 'bob')], { kind: 'member_has_another', kickName: username('bob') }],
    ['somebody else has the account', [link('2', '50', 'anna')], { kind: 'account_has_another' }],
    ['somebody else has it under an older name', [link('2', '50', 'anne')], { kind: 'account_has_another' }],
    ['somebody else was imported by this name', [link('2', null, 'anna')], { kind: 'account_has_another' }],
    [
      'another account had this name before',
      [link('2', '60', 'anna')],
      { kind: 'name_is_stale', heldBy: kickUserId('60') },
    ],
    [
      'both they and the account have others',
      [link('2', '50', 'anna'), link('1', '60', 'bob')],
      { kind: 'member_has_another', kickName: username('bob') },
    ],
  ])('%s', (_, existing, decision) => {
    expect(decideLink(wanted, existing)).toEqual(decision)
  })
})

describe('the URL of a sign-in', () => {
  const guild = guildId('18446744073709551615')

  it('names the guild and carries 32 random bytes', () => {
    const value = urlValueOf(guild, Buffer.alloc(32, 0xfb))
    expect(value).toMatch(/^18446744073709551615\.[\w-]{43}$/)
  })

  it('is kept as a hash only', () => {
    expect(stateOf('1.abc')).toBe('a21aa45668c0d0e79b0c4eac79c1c842d8473beaedf9c9bec1fdf5adb37dbdf2')
    expect(stateOf('1.abc')).not.toBe(stateOf('2.abc'))
  })
})
