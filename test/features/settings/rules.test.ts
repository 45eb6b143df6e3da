import { describe, expect, it } from 'vitest'
import { guildId, kickUserId, roleId, userId } from '../../../cluster/runtime/ids.ts'
import type { SubscriptionResult } from '../../../cluster/runtime/kick.ts'
import { speak } from '../../../shard/features/language.ts'
import type { RolePower } from '../../../shard/features/roles/power.ts'
import {
  type Check,
  chatEvent,
  liveEvent,
  replyCheck,
  roleChecks,
  statusChecks,
  subscriptionChecks,
} from '../../../shard/features/settings/rules.ts'
import { checksView } from '../../../shard/features/settings/view.ts'
import type { Health } from '../../../sql/queries/channel.ts'
import { times } from '../../support/builders.ts'

const say = speak('en')
const guild = guildId('9007199254740993')
const now = Date.UTC(2026, 0, 2, 12)
const minutesAgo = (minutes: number) => new Date(now - minutes * 60_000)
const tier = (id: number, enabled = true) => ({
  roleId: roleId(String(id)),
  roleName: `Tier ${id}`,
  minutesRequired: id,
  enabled,
})
const power = (p: Partial<RolePower> & { positions?: Record<string, number> } = {}): RolePower => ({
  canManageRoles: true,
  topPosition: 10,
  roles: new Map(
    Object.entries(p.positions ?? { 1: 1, 2: 2 }).map(([id, position]) => [
      roleId(id),
      { name: id, position, managed: false },
    ]),
  ),
  ...p,
})

describe('what Kick said about subscriptions', () => {
  const result = (event: string, kind: SubscriptionResult['kind']): SubscriptionResult => {
    if (kind === 'created') return { kind, event, id: '1' }
    return kind === 'failed' ? { kind, event, reason: 'x' } : { kind, event }
  }
  it.each<[SubscriptionResult['kind'], SubscriptionResult['kind'], Check['mark'][]]>([
    ['created', 'created', ['well', 'well']],
    ['limit_reached', 'created', ['broken', 'well']],
    ['failed', 'limit_reached', ['broken', 'watch']],
  ])('chat %s and live state %s', (chat, live, expected) => {
    const checks = subscriptionChecks(say, [result(chatEvent, chat), result(liveEvent, live)])
    expect(checks.map((check) => check.mark)).toEqual(expected)
  })

  it('takes a missing row for a failure', () => {
    expect(subscriptionChecks(say, []).map((check) => check.mark)).toEqual(['broken', 'watch'])
  })
})

describe('roles', () => {
  it.each<[string, Parameters<typeof roleChecks>, string[]]>([
    ['no tiers', [say, guild, [], power()], ['watch']],
    ['no tiers and no permission', [say, guild, [], power({ canManageRoles: false })], ['watch', 'broken']],
    ['all can be given', [say, guild, [tier(1), tier(2)], power()], ['well']],
    [
      'one gone and one too high',
      [say, guild, [tier(1), tier(3)], power({ positions: { 1: 10 } })],
      ['broken', 'broken'],
    ],
    ['a tier that is switched off', [say, guild, [tier(1), tier(3, false)], power()], ['well']],
    ['Discord did not tell', [say, guild, [tier(1)], undefined], ['watch']],
    [
      'Discord did not tell, a warning stands',
      [say, guild, [tier(1)], undefined, [{ roleId: '1', reason: 'role_above' }]],
      ['watch', 'broken'],
    ],
  ])('%s', (_name, args, expected) => {
    expect(roleChecks(...args).map((check) => check.mark)).toEqual(expected)
  })

  it('names a few of many', () => {
    const [check] = roleChecks(
      say,
      guild,
      times(8, (n) => tier(n + 1)),
      power({ positions: {} }),
    )
    expect(check?.text).toContain('<@&1>, <@&2>, <@&3>, <@&4>, <@&5> and 3 more')
  })
})

describe('the state of a guild', () => {
  const health = (p: Partial<Health> = {}): Health => ({
    channel: {
      broadcasterUserId: kickUserId(7),
      slug: 'owl',
      displayName: 'Owl',
      boundAt: minutesAgo(1000),
      signalLostAt: null,
      lastChatAt: minutesAgo(1),
    },
    liveSince: minutesAgo(60),
    links: 3,
    tiers: 1,
    chatReplies: 'connected',
    deadMessages: 0,
    lastDeadReason: null,
    refusal: undefined,
    overrides: [],
    settlement: { settledAt: minutesAgo(1), lagMinutes: 0 },
    roleWarnings: [],
    ...p,
  })
  const checksOf = (p: Partial<Health>, rest: { areRolesOn?: boolean; rate?: number } = {}) =>
    statusChecks(
      say,
      { guildId: guild, health: health(p), tiers: [tier(1)], power: power(), areRolesOn: true, rate: 1, ...rest },
      now,
    )
  const troubles = (checks: readonly Check[]) =>
    checks.filter((check) => check.mark !== 'well').map((check) => check.text)
  const channel = health().channel
  if (channel === undefined) throw new Error('a healthy guild has a channel')

  it.each<[string, Partial<Health>, string | undefined]>([
    ['all well', {}, undefined],
    ['offline and quiet', { liveSince: null, channel: { ...channel, lastChatAt: minutesAgo(900) } }, undefined],
    ['nothing settled yet', { settlement: undefined }, undefined],
    ['a little behind', { settlement: { settledAt: minutesAgo(4), lagMinutes: 4 } }, undefined],
    ['no channel', { channel: undefined }, 'No Kick channel is set up.'],
    ['live but quiet', { channel: { ...channel, lastChatAt: minutesAgo(31) } }, 'although the stream is live'],
    ['live and never heard', { channel: { ...channel, lastChatAt: null } }, 'I have not heard any chat yet, although'],
    [
      'no live signal',
      { channel: { ...channel, signalLostAt: minutesAgo(5) } },
      'I do not hear when the stream begins',
    ],
    ['off', { overrides: [{ mode: 'off', startedAt: minutesAgo(5), setBy: userId('1') }] }, 'Tracking is off'],
    ['forced', { overrides: [{ mode: 'force', startedAt: minutesAgo(5), setBy: null }] }, 'Tracking is forced'],
    ['behind', { settlement: { settledAt: minutesAgo(90), lagMinutes: 65 } }, 'Minutes are 1 h 5 min behind.'],
    ['no links', { links: 0 }, 'No member has linked'],
    [
      'dead messages',
      { deadMessages: 2, lastDeadReason: 'gone' },
      '2 messages or role changes could not be delivered. The last one: gone.',
    ],
    [
      'the dashboard in vain',
      { refusal: { event: 'link.forced', reason: 'discord_id: an id', handledAt: minutesAgo(1) } },
      'I did not do what the dashboard asked (link.forced, ',
    ],
    ['replies ended', { chatReplies: 'expired' }, 'Kick has ended my permission'],
  ])('%s', (_name, part, trouble) => {
    const found = troubles(checksOf(part))
    if (trouble === undefined) expect(found).toEqual([])
    else expect(found).toEqual([expect.stringContaining(trouble)])
  })

  it('tells of paused points and of roles that are switched off', () => {
    expect(troubles(checksOf({}, { rate: 0 }))).toEqual(['Points are paused: the rate is 0.'])
    expect(troubles(checksOf({}, { areRolesOn: false }))).toEqual(['Roles for watch time are switched off.'])
  })

  it.each(['expired', 'other_account', 'missing'] as const)('has a cure for chat replies that are %s', (replies) => {
    expect(replyCheck(say, replies)).toMatchObject({ mark: 'watch', cure: expect.stringContaining('/setup') })
  })
})

describe('a list of checks', () => {
  it('counts what is to be done and stays within Discord’s limits', () => {
    const checks = times(60, (n): Check => ({ mark: 'broken', text: `${n} ${'x'.repeat(200)}`, cure: 'y'.repeat(100) }))
    const [embed] = checksView(say, { title: 'Status', checks }).embeds as [
      { description: string; footer: { text: string } },
    ]
    expect(embed.description.length).toBeLessThanOrEqual(4096)
    expect(embed.footer.text).toBe('60 things to look at.')
  })
})
