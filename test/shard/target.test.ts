import { PermissionFlagsBits, PermissionsBitField } from 'discord.js'
import { describe, expect, it } from 'vitest'
import { routesOf, targetOfCommand, targetOfCustomId } from '../../shard/dispatch/command/target.ts'
import { missingPermission } from '../../shard/features/discord.ts'
import { type Button, type Command, defineFeature } from '../../shard/features/feature.ts'

const command = (name: string, permissions?: string): Command => ({
  data: { name, description: name, ...(permissions === undefined ? {} : { default_member_permissions: permissions }) },
  run: async () => ({ content: name }),
})
const button: Button = { run: async () => ({ content: 'pressed' }) }
const bits = (...names: (keyof typeof PermissionFlagsBits)[]) => new PermissionsBitField(names).freeze()
const manageServer = String(PermissionFlagsBits.ManageGuild)

const room = defineFeature({
  name: 'room',
  commands: [command('look'), command('change', manageServer)],
  buttons: { press: button },
})
const routes = routesOf([room])

describe('a command', () => {
  it.each([
    ['is found', 'look', '1', bits(), { kind: 'found', label: 'look', guildId: '1' }],
    ['is found for whoever has the permission', 'change', '1', bits('ManageGuild'), { kind: 'found' }],
    ['is found for administrators', 'change', '1', bits('Administrator'), { kind: 'found' }],
    [
      'is refused to others, whatever their client let them do',
      'change',
      '1',
      bits('SendMessages'),
      { kind: 'refused' },
    ],
    ['is refused in direct messages', 'look', null, null, { kind: 'refused', label: 'look' }],
    ['that is not ours is refused, under one label', 'anything', '1', bits(), { kind: 'refused', label: 'unknown' }],
  ] as const)('%s', (_, commandName, guildId, memberPermissions, target) => {
    expect(targetOfCommand(routes, { commandName, guildId, memberPermissions })).toMatchObject(target)
  })
})

describe('a button', () => {
  it.each([
    ['is found in its guild', 'room:press:1', '1', { kind: 'found', guildId: '1', handler: { on: button, args: [] } }],
    ['takes arguments', 'room:press:1:a:b-c', '1', { kind: 'found', handler: { on: button, args: ['a', 'b-c'] } }],
    [
      'names its guild in direct messages',
      'room:press:18446744073709551615',
      null,
      { guildId: '18446744073709551615' },
    ],
    ['of another guild is refused', 'room:press:2', '1', { kind: 'refused', label: 'room:press' }],
    ['without a guild is refused', 'room:press', '1', { kind: 'refused', label: 'unknown' }],
    ['with something else as guild is refused', 'room:press:x', null, { kind: 'refused', label: 'unknown' }],
    ['of no room is refused', 'cellar:press:1', '1', { kind: 'refused', label: 'unknown' }],
    ['with empty arguments is refused', 'room:press:1::', '1', { kind: 'refused', label: 'unknown' }],
  ] as const)('%s', (_, customId, guildId, target) => {
    expect(targetOfCustomId(routes.buttons, { customId, guildId })).toMatchObject(target)
  })
})

it.each([
  [undefined, bits(), undefined],
  [null, null, undefined],
  [manageServer, bits('ManageGuild'), undefined],
  [manageServer, bits(), 'ManageGuild'],
  [manageServer, null, 'ManageGuild'],
  [String(PermissionFlagsBits.ManageRoles | PermissionFlagsBits.ManageGuild), bits('ManageGuild'), 'ManageRoles'],
  ['0', bits('ManageGuild'), 'Administrator'],
  ['0', bits('Administrator'), undefined],
] as const)('of %s, %s lacks %s', (required, held, missing) => {
  expect(missingPermission(required, held)).toBe(missing)
})

it('does not start with two commands or two buttons of one name', () => {
  expect(() => routesOf([room, defineFeature({ name: 'other', commands: [command('look')] })])).toThrow('/look')
  expect(() => routesOf([room, defineFeature({ name: 'room', buttons: { press: button } })])).toThrow('room:press')
})
