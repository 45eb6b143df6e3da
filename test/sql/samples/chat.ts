import { channelId, username } from '../../../cluster/runtime/ids.ts'
import * as alerts from '../../../sql/queries/alerts.ts'
import * as clips from '../../../sql/queries/clips.ts'
import * as commands from '../../../sql/queries/commands.ts'
import * as timers from '../../../sql/queries/timers.ts'
import { aState, guildIds, id, member, now, type Sample, usernames, viewer } from './sample.ts'

const aTimer = { message: 'hi', intervalMinutes: 5, minLines: 0, onlyLive: true, enabled: true }
const aCommand = {
  command: 'hello',
  response: 'hi',
  cooldown: 5,
  userCooldown: 0,
  level: 'everyone' as const,
  onKick: true,
  onDiscord: true,
  enabled: true,
}
const anAlertSetup = {
  channelId: channelId('5'),
  enabled: true,
  roleId: null,
  title: null,
  description: null,
  footer: null,
  buttons: [],
  updates: 'end' as const,
}
const stream = { guildIds, startedAt: now * 1000 }
const aClipService = {
  guildId: id,
  url: 'https://clips.example',
  keySealed: 's',
  keyId: 'k',
  enabled: true,
  durationSeconds: 30,
  channelId: null,
  level: 'everyone' as const,
  userCooldown: 60,
  channelCooldown: 15,
}

export const ofChat: Readonly<Record<string, Sample>> = {
  'alerts.alertSetupOf': { calls: [(sql) => alerts.alertSetupOf(sql, id)] },
  'alerts.saveAlertSetup': {
    calls: [(sql) => alerts.saveAlertSetup(sql, { guildId: id, setup: anAlertSetup, userId: member })],
  },
  'alerts.beginAlerts': {
    calls: [
      (sql) => alerts.beginAlerts(sql, { ...stream, title: 'a title', latestSeconds: 1800, coolOffSeconds: 600 }),
    ],
  },
  'alerts.endAlerts': { calls: [(sql) => alerts.endAlerts(sql, { ...stream, endedAt: now * 1000 })] },
  'alerts.alertOf': { calls: [(sql) => alerts.alertOf(sql, { guildId: id, startedAt: now * 1000 })] },
  'alerts.savePost': {
    calls: [
      (sql) => alerts.savePost(sql, { guildId: id, startedAt: now * 1000, channelId: channelId('5'), messageId: '6' }),
    ],
  },
  'alerts.saveTitle': {
    calls: [(sql) => alerts.saveTitle(sql, { guildId: id, startedAt: now * 1000, title: 'another', category: null })],
  },
  'alerts.chattersOf': {
    calls: [(sql) => alerts.chattersOf(sql, { guildId: id, from: new Date(now * 1000 - 7_200_000), to: new Date() })],
  },

  'clips.clipServicesOf': { calls: [(sql) => clips.clipServicesOf(sql, guildIds)] },
  'clips.saveClipService': { calls: [(sql) => clips.saveClipService(sql, { service: aClipService, userId: member })] },
  'clips.liveSince': { calls: [(sql) => clips.liveSince(sql, id)] },
  'clips.wishClip': {
    calls: [
      (sql) =>
        clips.wishClip(sql, {
          guildId: id,
          requestRef: aState(),
          username: viewer,
          displayName: 'Viewer7',
          title: 'a title',
          durationSeconds: 30,
          channel: 'someone',
          userCooldown: 60,
          channelCooldown: 15,
        }),
    ],
  },
  'clips.clipOf': { calls: [(sql) => clips.clipOf(sql, { guildId: id, id: 8 })] },
  'clips.clipsIn': { calls: [(sql) => clips.clipsIn(sql, { guildId: id, limit: 20 })] },
  'clips.finishClip': {
    calls: [(sql) => clips.finishClip(sql, { guildId: id, id: 8, url: 'https://clips.example/1', failure: null })],
  },
  'clips.moveClips': { calls: [(sql) => clips.moveClips(sql, { guildId: id, from: viewer, to: username('renamed') })] },
  'clips.beginBuffers': { calls: [(sql) => clips.beginBuffers(sql, { refs: ['viewer7'], since: now })] },
  'clips.endBuffers': { calls: [(sql) => clips.endBuffers(sql, { refs: ['viewer7'], since: now })] },
  'clips.proposedService': { calls: [(sql) => clips.proposedService(sql, id)] },
  'clips.claimWatches': { calls: [(sql) => clips.claimWatches(sql, { refs: ['viewer7'], everySeconds: 300 })] },
  'clips.releaseWatch': { calls: [(sql) => clips.releaseWatch(sql, 'viewer7')] },
  'clips.isBuffering': { calls: [(sql) => clips.isBuffering(sql, 'viewer7')] },
  'clips.channelKeys': { calls: [(sql) => clips.channelKeys(sql, guildIds)] },

  'commands.commandsOf': {
    calls: [
      (sql) => commands.commandsOf(sql, { guildId: id }),
      (sql) => commands.commandsOf(sql, { guildId: id, name: 'x' }),
    ],
  },
  'commands.isNameFree': { calls: [(sql) => commands.isNameFree(sql, { guildId: id, name: 'x' })] },
  'commands.saveCommand': {
    calls: [(sql) => commands.saveCommand(sql, { guildId: id, userId: member, command: aCommand })],
  },
  'commands.removeCommand': { calls: [(sql) => commands.removeCommand(sql, { guildId: id, command: 'x' })] },
  'commands.addAlias': {
    calls: [(sql) => commands.addAlias(sql, { guildId: id, alias: 'viewer7', command: 'viewer7' })],
  },
  'commands.removeAlias': { calls: [(sql) => commands.removeAlias(sql, { guildId: id, alias: 'x', command: 'y' })] },
  'commands.claimCalls': {
    calls: [
      (sql) =>
        commands.claimCalls(sql, {
          calls: guildIds.map((guildId) => ({ guildId, word: 'viewer7', caller: viewer, rank: 0, at: now * 1000 })),
          on: 'kick',
        }),
    ],
  },
  'commands.ownWords': { calls: [(sql) => commands.ownWords(sql, { guildIds, words: ['viewer7', 'viewer8'] })] },
  'commands.countUses': { calls: [(sql) => commands.countUses(sql, { guildIds, commands: ['x', 'y'] })] },
  'commands.figuresOf': {
    calls: [(sql) => commands.figuresOf(sql, { guildIds, usernames, ranks: [true, false], streaks: [false, true] })],
  },

  'timers.timersOf': {
    calls: [(sql) => timers.timersOf(sql, { guildId: id }), (sql) => timers.timersOf(sql, { guildId: id, id: 1 })],
  },
  'timers.addTimer': {
    calls: [(sql) => timers.addTimer(sql, { guildId: id, timer: aTimer, userId: member, most: 25 })],
  },
  'timers.changeTimer': { calls: [(sql) => timers.changeTimer(sql, { guildId: id, timer: { ...aTimer, id: 1 } })] },
  'timers.removeTimer': { calls: [(sql) => timers.removeTimer(sql, { guildId: id, id: 1 })] },
  'timers.scheduleTimers': { calls: [(sql) => timers.scheduleTimers(sql, guildIds)] },
  'timers.countLines': { calls: [(sql) => timers.countLines(sql, { guildIds, lines: [1, 2] })] },
  'timers.claimTimers': {
    calls: [(sql) => timers.claimTimers(sql, { guildIds, ids: [8, 9], minChatters: 2, apartSeconds: 60 })],
  },
  'timers.noteSaid': { calls: [(sql) => timers.noteSaid(sql, { guildId: id, id: 1 })] },
}
