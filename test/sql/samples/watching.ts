import { username } from '../../../cluster/runtime/ids.ts'
import type { Sql } from '../../../sql/client.ts'
import * as activity from '../../../sql/queries/activity.ts'
import * as board from '../../../sql/queries/board.ts'
import * as cap from '../../../sql/queries/cap.ts'
import * as exclusion from '../../../sql/queries/exclusion.ts'
import * as multiplier from '../../../sql/queries/multiplier.ts'
import * as points from '../../../sql/queries/points.ts'
import * as presence from '../../../sql/queries/presence.ts'
import * as repeat from '../../../sql/queries/repeat.ts'
import * as retention from '../../../sql/queries/retention.ts'
import * as season from '../../../sql/queries/season.ts'
import * as span from '../../../sql/queries/span.ts'
import * as standing from '../../../sql/queries/standing.ts'
import * as watchtime from '../../../sql/queries/watchtime.ts'
import { aSlotAgo } from '../../support/builders.ts'
import {
  accounts,
  guildIds,
  id,
  kickUser,
  member,
  now,
  other,
  role,
  type Sample,
  ticks,
  usernames,
  viewer,
} from './sample.ts'

const hour = Math.floor(now / 3600)
const everyBoard: readonly board.Board[] = [
  { what: 'watchtime', within: { kind: 'all' } },
  { what: 'watchtime', within: { kind: 'span', from: (now - 86_400) * 1000, to: now * 1000 } },
  { what: 'watchtime', within: { kind: 'stream' } },
  { what: 'watchtime', within: { kind: 'season', seasonId: 8 } },
  { what: 'points', within: { kind: 'all' } },
  { what: 'points', within: { kind: 'season', seasonId: 8 } },
  { what: 'streak' },
]

export const ofWatching: Readonly<Record<string, Sample>> = {
  'activity.accountNews': { calls: [(sql) => activity.accountNews(sql, accounts)] },
  'activity.recordAccounts': { calls: [(sql) => activity.recordAccounts(sql, accounts)] },
  'activity.noteRenames': {
    calls: [
      (sql) =>
        activity.noteRenames(sql, {
          guildIds,
          kickUserIds: accounts.kickUserIds,
          oldNames: usernames,
          newNames: accounts.usernames,
        }),
    ],
  },
  'activity.moveViewer': {
    calls: [(sql) => activity.moveViewer(sql, { guildId: id, from: viewer, to: username('renamed') })],
  },
  'activity.recordStreams': {
    calls: [
      (sql) =>
        activity.recordStreams(sql, {
          guildIds,
          startedAt: [now - 600, now - 60],
          endedAt: [null, now],
          titles: ['one', 'two'],
          changedAt: [now, now],
        }),
    ],
  },
  'activity.chatPolicies': { calls: [(sql) => activity.chatPolicies(sql, guildIds)] },
  'activity.noteChat': { calls: [(sql) => activity.noteChat(sql, guildIds, now)] },

  'board.boardPage': {
    calls: everyBoard.map((each) => (sql: Sql) => board.boardPage(sql, { guildId: id, board: each, page: 1 })),
  },
  'board.streaksOf': { calls: [(sql) => board.streaksOf(sql, { guildIds, usernames })] },

  'cap.takeCaps': {
    calls: [
      async (sql) => {
        await sql`
          insert into bot_settings (discord_server_id, key, value) values (${id}, 'daily_cap_minutes', '60')
          on conflict (discord_server_id, key) do nothing`
        return cap.takeCaps(sql, guildIds)
      },
    ],
  },
  'exclusion.setExclusions': {
    calls: [
      (sql) =>
        exclusion.setExclusions(sql, {
          guildId: id,
          username: viewer,
          kinds: ['time', 'raffles'],
          origin: 'admin',
          reason: 'a bot',
          setBy: member,
        }),
    ],
  },
  'exclusion.removeExclusions': {
    calls: [
      (sql) => exclusion.removeExclusions(sql, { guildId: id, username: viewer, kinds: ['raffles'], origin: 'admin' }),
    ],
  },
  'exclusion.exclusionsIn': {
    calls: [
      (sql) => exclusion.exclusionsIn(sql, { guildId: id }),
      (sql) => exclusion.exclusionsIn(sql, { guildId: id, username: viewer, origin: 'member' }),
    ],
  },
  'exclusion.excludedFrom': {
    calls: [(sql) => exclusion.excludedFrom(sql, { kind: 'time', guildIds, usernames })],
  },
  'exclusion.viewersLike': {
    calls: [(sql) => exclusion.viewersLike(sql, { guildId: id, typed: viewer, limit: 25 })],
  },

  'multiplier.multipliersOf': { calls: [(sql) => multiplier.multipliersOf(sql, id)] },
  'multiplier.addMultiplier': {
    calls: [
      (sql) =>
        multiplier.addMultiplier(sql, { guildId: id, percent: 200, startsIn: 999_999, minutes: 60, setBy: member }),
    ],
  },
  'multiplier.lockMultipliers': { calls: [(sql) => multiplier.lockMultipliers(sql, guildIds)] },
  'multiplier.setFactor': {
    calls: [(sql) => multiplier.setFactor(sql, { guildId: id, kind: 'global', percent: 150, setBy: member })],
  },
  'multiplier.factorsOf': { calls: [(sql) => multiplier.factorsOf(sql, { guildId: id, username: viewer })] },
  'multiplier.endMultipliers': { calls: [(sql) => multiplier.endMultipliers(sql, id)] },

  'presence.markPresent': {
    calls: [
      (sql) =>
        presence.markPresent(sql, {
          guildIds,
          usernames,
          hours: [hour, hour],
          minutes: ['3', '6'],
          oldestSlots: [aSlotAgo(2), aSlotAgo(1)],
          newestSlots: [aSlotAgo(1), aSlotAgo(0)],
        }),
    ],
  },

  'retention.oldPresence': { calls: [(sql) => retention.oldPresence(sql, guildIds)] },
  'retention.foldPresence': {
    calls: [
      (sql) =>
        retention.foldPresence(sql, {
          guildIds,
          days: ['2026-01-01', '2026-01-01'],
          firstMinutes: [hour * 60 - 90 * 1440, hour * 60 - 90 * 1440],
          lastMinutes: [hour * 60 - 30 * 1440, hour * 60 - 30 * 1440],
          limit: 100,
        }),
    ],
  },

  'repeat.countTexts': {
    calls: [
      (sql) =>
        repeat.countTexts(sql, {
          guildIds,
          kickUserIds: [kickUser, kickUser],
          hashes: ['00', '01'],
          messageIds: ['one', 'two'],
          saidAt: [now, now],
          expiresAt: [now + 60, now + 60],
        }),
    ],
  },
  'repeat.forgetTexts': { calls: [(sql) => repeat.forgetTexts(sql, guildIds)] },

  'season.startSeason': {
    calls: [(sql) => season.startSeason(sql, { guildId: other, name: 'one', endsAt: null, userId: member })],
  },
  'season.runningSeason': { calls: [(sql) => season.runningSeason(sql, id)] },
  'season.seasonsOf': { calls: [(sql) => season.seasonsOf(sql, { guildId: id })] },
  'season.closeSeason': { calls: [(sql) => season.closeSeason(sql, { guildId: id, seasonId: 8, userId: member })] },
  'season.archiveSeason': { calls: [(sql) => season.archiveSeason(sql, { guildId: id, seasonId: 9 })] },
  'season.seasonPage': {
    calls: (['watchtime', 'points'] as const).map(
      (what) => (sql: Sql) => season.seasonPage(sql, { guildId: id, seasonId: 8, what, page: 1 }),
    ),
  },
  'season.holdSeasonPoints': {
    calls: (['before', 'after'] as const).map(
      (step) => (sql: Sql) => season.holdSeasonPoints(sql, { guildId: other, step }),
    ),
  },
  'span.noteSubscribers': { calls: [(sql) => span.noteSubscribers(sql, { guildIds, usernames, until: [now, now] })] },
  'span.countedRoles': { calls: [(sql) => span.countedRoles(sql, guildIds)] },
  'span.countedRolesOf': { calls: [(sql) => span.countedRolesOf(sql, { guildId: id, userId: member })] },
  'span.noteMemberRoles': {
    calls: [(sql) => span.noteMemberRoles(sql, [{ guildId: id, userId: member, roleId: role, has: true }])],
  },
  'span.noteGranted': { calls: [(sql) => span.noteGranted(sql, { guildId: id, roleId: role })] },
  'span.forgetUncounted': { calls: [(sql) => span.forgetUncounted(sql, other)] },
  'span.forgetMemberRoles': { calls: [(sql) => span.forgetMemberRoles(sql, { guildId: other, userId: member })] },
  'span.syncRoleSpans': {
    calls: [
      (sql) => span.syncRoleSpans(sql, { guildIds }),
      (sql) => span.syncRoleSpans(sql, { guildId: id, userIds: [member] }),
    ],
  },
  'span.pruneSpans': { calls: [(sql) => span.pruneSpans(sql, guildIds)] },
  'standing.standingOf': {
    calls: [(sql) => standing.standingOf(sql, { guildId: id, username: viewer })],
  },

  'watchtime.settleWatchtime': {
    calls: [
      (sql) => watchtime.settleWatchtime(sql, ticks, points.blockMinutes),
      (sql) =>
        watchtime.settleWatchtime(
          sql,
          ticks,
          points.blockMinutes,
          guildIds.map((each) => ({ guildId: each, minutes: 60, timezone: 'Europe/Berlin' })),
        ),
    ],
  },
}
