import { channelId } from '../../../cluster/runtime/ids.ts'
import type { Sql } from '../../../sql/client.ts'
import * as audit from '../../../sql/queries/audit.ts'
import * as dashboard from '../../../sql/queries/dashboard.ts'
import * as guild from '../../../sql/queries/guild.ts'
import * as identify from '../../../sql/queries/identify.ts'
import * as inbox from '../../../sql/queries/inbox.ts'
import * as job from '../../../sql/queries/job.ts'
import * as legacy from '../../../sql/queries/legacy.ts'
import * as outbox from '../../../sql/queries/outbox.ts'
import * as overview from '../../../sql/queries/overview.ts'
import * as panels from '../../../sql/queries/panels.ts'
import * as placement from '../../../sql/queries/placement.ts'
import * as registration from '../../../sql/queries/registration.ts'
import * as session from '../../../sql/queries/session.ts'
import * as settings from '../../../sql/queries/settings.ts'
import * as settlement from '../../../sql/queries/settlement.ts'
import * as vitals from '../../../sql/queries/vitals.ts'
import { aSlotAgo } from '../../support/builders.ts'
import { aState, guildIds, id, member, now, other, role, type Sample, ticks, unknownGuild, viewer } from './sample.ts'

const shards = { shardCount: 16, shardIds: [3, 4] }
const application = '1'
const holding = { shardCount: 16, holder: 'a pod', ttlSeconds: 15 }
const happening = { ref: 'a happening', guildIds, events: ['{}', '{}'] }
const handled = { guildIds, sourceRefs: ['a happening', 'another'] }
const seen = [{ guildId: id, revision: '3' }]
/** For the front page, which is about all guilds. */
const figuresOf = (...tables: readonly string[]) =>
  Object.fromEntries(
    tables.map((table) => [
      table,
      'a sum over everything; its caller keeps the answer and gives up after three seconds',
    ]),
  )

export const ofCluster: Readonly<Record<string, Sample>> = {
  'audit.audit': {
    calls: [
      (sql) =>
        audit.audit(sql, [{ guildId: id, source: 'discord', actorId: member, action: 'room.what', subject: 'x' }]),
    ],
  },
  'audit.auditOf': { calls: [(sql) => audit.auditOf(sql, { guildId: id, limit: 10 })] },
  'audit.pruneAudit': {
    calls: [(sql) => audit.pruneAudit(sql, 400)],
    takesMany: true,
    acrossGuilds: { audit_log: 'notes that are too old for anybody, by age' },
  },

  'dashboard.answerDashboard': {
    calls: [
      (sql) =>
        dashboard.answerDashboard(sql, {
          guildId: id,
          requestId: 'r',
          event: 'raffle.draw',
          state: 'done',
          data: { winners: [] },
        }),
    ],
  },
  'dashboard.keepDashboardEvent': {
    calls: [
      (sql) =>
        dashboard.keepDashboardEvent(sql, {
          guildId: id,
          id: aState(),
          area: 'a',
          action: 'b',
          data: {},
          at: now * 1000,
        }),
    ],
  },
  'dashboard.dashboardEvents': { calls: [(sql) => dashboard.dashboardEvents(sql, { guildIds, ids: ['1', '2'] })] },
  'dashboard.finishDashboardEvent': {
    calls: [(sql) => dashboard.finishDashboardEvent(sql, { guildId: id, id: '1', outcome: 'done', reason: null })],
  },
  'dashboard.tellDashboard': {
    calls: [
      (sql) =>
        dashboard.tellDashboard(sql, [
          { guildId: id, area: 'stream', action: 'live', data: { streamer: 'one' }, ref: '1' },
        ]),
    ],
  },
  'dashboard.pruneDashboardEvents': {
    calls: [(sql) => dashboard.pruneDashboardEvents(sql, 3)],
    takesMany: true,
    acrossGuilds: { dashboard_event: 'rows that nobody needs any more, by age' },
  },

  'job.scheduleMissing': {
    calls: [
      (sql) =>
        job.scheduleMissing(
          sql,
          guildIds.map((each) => ({ guildId: each, kind: 'a kind', ref: 'missing', runAt: new Date() })),
        ),
    ],
  },

  'guild.recordGuilds': {
    calls: [
      (sql) =>
        guild.recordGuilds(
          sql,
          guildIds.map((each) => ({ guildId: each, name: 'another name' })),
        ),
    ],
  },
  'guild.guildsMissing': {
    calls: [(sql) => guild.guildsMissing(sql, { shardCount: 16, shardId: 3, guildIds })],
    readsAllOf: { guild: 'once when a shard is ready; no index knows the number of shards' },
  },
  'guild.guildsAfter': { calls: [(sql) => guild.guildsAfter(sql, { after: id, limit: 10 })] },
  'guild.recordAside': { calls: [(sql) => guild.recordAside(sql, [{ guildId: unknownGuild, name: 'aside' }])] },
  'guild.setOthersAside': {
    calls: [(sql) => guild.setOthersAside(sql, id)],
    readsAllOf: {
      guild: 'once when a process of a bot for one guild starts; after the first time there are no others',
    },
  },
  'guild.takeUpAgain': {
    calls: [(sql) => guild.takeUpAgain(sql, undefined), (sql) => guild.takeUpAgain(sql, id)],
    acrossGuilds: { guild: 'once when a process starts; the index holds only what was put aside' },
  },
  'guild.recordLeft': { calls: [(sql) => guild.recordLeft(sql, unknownGuild)] },

  'identify.readGateway': { calls: [(sql) => identify.readGateway(sql, application)] },
  'identify.readBudget': { calls: [(sql) => identify.readBudget(sql)] },
  'identify.writeGateway': {
    calls: [
      (sql) =>
        identify.writeGateway(sql, {
          applicationId: application,
          total: 1000,
          remaining: 900,
          resetAfterMs: 60_000,
          maxConcurrency: 1,
          gatewayUrl: 'wss://gateway.example',
        }),
    ],
  },
  'identify.takeTurnToAsk': {
    calls: [(sql) => identify.takeTurnToAsk(sql, { applicationId: application, spacingMs: 3_000 })],
  },
  'identify.takeTurn': {
    calls: [(sql) => identify.takeTurn(sql, { applicationId: application, bucket: 0, reserve: 100, spacingMs: 5_000 })],
  },

  'inbox.putIntoInbox': { calls: [(sql) => inbox.putIntoInbox(sql, happening)] },
  'inbox.putWebhookIntoInbox': {
    calls: [(sql) => inbox.putWebhookIntoInbox(sql, { id: 'a webhook', type: 'chat' }, happening)],
  },
  'inbox.wasProcessed': { calls: [(sql) => inbox.wasProcessed(sql, 'a webhook')] },
  'inbox.forgetWebhooks': { calls: [(sql) => inbox.forgetWebhooks(sql, 3)], takesMany: true },
  'inbox.takeInbox': { calls: [(sql) => inbox.takeInbox(sql, { ...shards, limit: 100 })] },
  'inbox.finishInbox': { calls: [(sql) => inbox.finishInbox(sql, handled)] },
  'inbox.postponeInbox': { calls: [(sql) => inbox.postponeInbox(sql, { ...handled, error: 'it failed' })] },
  'inbox.pruneInbox': {
    calls: [(sql) => inbox.pruneInbox(sql, 3)],
    takesMany: true,
    acrossGuilds: { inbox: 'rows that nobody needs any more, by age' },
  },

  'job.runJobNow': { calls: [(sql) => job.runJobNow(sql, { guildId: id, kind: 'raffle.show', ref: '1' })] },
  'job.waitingJobs': { calls: [(sql) => job.waitingJobs(sql, { guildId: id, kind: 'raffle.show' })] },
  'job.runJobsNow': { calls: [(sql) => job.runJobsNow(sql, { guildId: id, kind: 'slots.announce' })] },
  'job.scheduleJobs': {
    calls: [(sql) => job.scheduleJobs(sql, [{ guildId: id, kind: 'room.what', ref: '1', runAt: new Date() }])],
  },
  'job.cancelJob': { calls: [(sql) => job.cancelJob(sql, { guildId: id, kind: 'room.what', ref: '1' })] },
  'job.takeJobs': {
    calls: [(sql) => job.takeJobs(sql, { ...shards, kinds: ['room.what'], kindsOfLeft: [], limit: 100 })],
  },
  'job.postponeJob': {
    calls: [
      (sql) =>
        job.postponeJob(sql, { guildId: id, kind: 'room.what', ref: '1', dueAt: new Date(), error: 'it failed' }),
    ],
  },
  'job.restJobs': {
    calls: [(sql) => job.restJobs(sql, { kindsOfLeft: [], limit: 100, hours: 1 })],
    takesMany: true,
    acrossGuilds: { job: 'due jobs of guilds that the bot has left, by their time; a bounded number' },
  },

  'legacy.oweTierNames': { calls: [(sql) => legacy.oweTierNames(sql, { guildIds, again: true })] },
  'legacy.unnamedTiers': { calls: [(sql) => legacy.unnamedTiers(sql, id)] },
  'legacy.nameTiers': {
    calls: [(sql) => legacy.nameTiers(sql, { guildId: id, roles: [{ roleName: viewer, roleId: role }] })],
  },

  'outbox.owe': {
    calls: [(sql) => outbox.owe(sql, [{ guildId: id, kind: 'test.owe', sourceRef: 'a cause', payload: {} }])],
  },
  'outbox.claimOutbox': {
    calls: [(sql) => outbox.claimOutbox(sql, { ...shards, limit: 100, claimSeconds: 60, busyGuildIds: [other] })],
  },
  'outbox.freeClaims': { calls: [(sql) => outbox.freeClaims(sql, shards)] },
  'outbox.finishOutbox': {
    calls: [
      (sql) =>
        outbox.finishOutbox(sql, [
          { guildId: id, outboxId: '8', state: 'paid', delaySeconds: 0, uncount: 0, error: null },
        ]),
    ],
  },
  'outbox.outboxDepth': { calls: [(sql) => outbox.outboxDepth(sql, shards)] },
  'outbox.pruneOutbox': {
    calls: [(sql) => outbox.pruneOutbox(sql, 7)],
    takesMany: true,
    acrossGuilds: { outbox: 'rows that nobody needs any more, by age' },
  },

  'overview.readOverview': {
    calls: [(sql) => overview.readOverview(sql, 16)],
    readsAllOf: figuresOf(
      'guild',
      'kick_channel',
      'links',
      'presence',
      'role_grant',
      'stream_session',
      'user_points',
      'watchtime',
    ),
    acrossGuilds: { settlement: 'the guild that waits longest, by the index of those that are due' },
  },

  'placement.ensureGroups': { calls: [(sql) => placement.ensureGroups(sql, { shardCount: 16, groupCount: 8 })] },
  'placement.beat': { calls: [(sql) => placement.beat(sql, { pod: 'a pod', maxGroups: 4, ttlSeconds: 15 })] },
  'placement.removePod': { calls: [(sql) => placement.removePod(sql, 'a pod')] },
  'placement.readLeases': { calls: [(sql) => placement.readLeases(sql, 16)] },
  'placement.readPods': { calls: [(sql) => placement.readPods(sql)] },
  'placement.claimGroups': { calls: [(sql) => placement.claimGroups(sql, { ...holding, groupIds: [0, 1] })] },
  'placement.renewGroups': { calls: [(sql) => placement.renewGroups(sql, holding)] },
  'placement.releaseGroup': { calls: [(sql) => placement.releaseGroup(sql, { ...holding, groupId: 0, epoch: 1 })] },

  'registration.claimRegistration': {
    calls: [
      (sql) => registration.claimRegistration(sql, { applicationId: application, wantedHash: 'h', checkSeconds: 60 }),
    ],
  },
  'registration.finishRegistration': {
    calls: [
      (sql) =>
        registration.finishRegistration(sql, { applicationId: application, wantedHash: 'h', registeredHash: 'r' }),
    ],
  },
  'registration.isRegistered': {
    calls: [(sql) => registration.isRegistered(sql, { applicationId: application, wantedHash: 'h' })],
  },

  'session.findSession': {
    calls: [(sql) => session.findSession(sql, { applicationId: application, shardCount: 16, shardId: 0 })],
  },
  'session.storeSessions': {
    calls: [
      (sql) =>
        session.storeSessions(sql, { applicationId: application, shardCount: 16, epoch: 1 }, [
          { shardId: 0, sessionId: 's', sequence: 1, resumeUrl: 'wss://gateway.example', ready: '{}' },
        ]),
    ],
  },
  'session.forgetSession': {
    calls: [
      (sql) =>
        session.forgetSession(sql, { applicationId: application, shardCount: 16, shardId: 0, sessionId: 'none' }),
    ],
  },

  'settings.readSettings': { calls: [(sql) => settings.readSettings(sql, guildIds, ['role_mode', 'role_dm'])] },
  'settings.readSettingsOf': { calls: [(sql) => settings.readSettingsOf(sql, id, ['role_mode'])] },
  'settings.foundSettings': { calls: [(sql) => settings.foundSettings(sql, id)] },
  'settings.resetSetting': {
    calls: [
      (sql) =>
        settings.resetSetting(sql, { guildId: id, key: 'role_mode', by: { source: 'discord', actorId: member } }),
      (sql) => settings.resetSetting(sql, { guildId: id, key: 'points_per_5min', by: { source: 'dashboard' } }),
    ],
  },
  'settings.writeSetting': {
    calls: [
      (sql) =>
        settings.writeSetting(sql, {
          guildId: id,
          key: 'role_dm',
          value: true,
          by: { source: 'discord', actorId: member },
        }),
    ],
  },
  'settlement.touchSettlement': {
    calls: [(sql) => settlement.touchSettlement(sql, { kind: 'roles', guildIds, slot: aSlotAgo(3) })],
  },
  'settlement.settleRevisions': {
    calls: [(sql) => settlement.settleRevisions(sql, { kind: 'roles', seen, ticks })],
  },
  'settlement.seenRevisions': { calls: [(sql) => settlement.seenRevisions(sql, { kind: 'roles', guildIds })] },
  'settlement.dueGuilds': {
    calls: [false, true].map(
      (everyPhase) => (sql: Sql) =>
        settlement.dueGuilds(sql, {
          kind: 'watchtime',
          slot: aSlotAgo(0),
          cadenceSeconds: 60,
          phases: [1, 2],
          everyPhase,
          limit: 500,
        }),
    ),
    acrossGuilds: { settlement: 'the guilds are the answer; the index holds only those that are due' },
  },

  'panels.roomPanelOf': { calls: [(sql) => panels.roomPanelOf(sql, { guildId: id, room: 'slots' })] },
  'panels.putRoomPanel': {
    calls: [
      (sql) =>
        panels.putRoomPanel(sql, {
          guildId: id,
          room: 'slots',
          channelId: channelId('1'),
          messageId: '2',
          contentHash: 'x',
          postedBy: member,
        }),
    ],
  },
  'panels.noteRoomPanel': {
    calls: [(sql) => panels.noteRoomPanel(sql, { guildId: id, room: 'slots', messageId: '8', contentHash: 'y' })],
  },
  'panels.dropRoomPanel': {
    calls: [(sql) => panels.dropRoomPanel(sql, { guildId: other, room: 'slots', messageId: '8' })],
  },
  'panels.scheduleRoomPanels': {
    calls: [(sql) => panels.scheduleRoomPanels(sql, { guildIds, room: 'slots', everySeconds: 30 })],
  },

  'vitals.readBacklog': {
    calls: [(sql) => vitals.readBacklog(sql, 16)],
    acrossGuilds: {
      inbox: 'what waits in the whole deployment, by the index of what is not handled',
      job: 'the job that has been due longest, by age',
      outbox: 'what waits in the whole deployment, by the indexes of what is due or given up',
    },
  },
  'vitals.readSettlementLag': {
    calls: [(sql) => vitals.readSettlementLag(sql)],
    acrossGuilds: { settlement: 'guilds that are behind, by the index of those that are due' },
  },
  'vitals.readDatabase': { calls: [(sql) => vitals.readDatabase(sql)] },
  'vitals.someViewers': {
    calls: [(sql) => vitals.someViewers(sql, { phase: 5, from: 'v', limit: 5 })],
    acrossGuilds: { settlement: 'one guild that is due, by the index of those' },
  },
  'vitals.readBooks': {
    calls: [
      (sql) =>
        vitals.readBooks(sql, [
          { guildId: id, username: viewer },
          { guildId: other, username: viewer },
        ]),
    ],
  },
}
