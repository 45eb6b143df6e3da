import { channelId, guildId, kickUserId } from '../../../cluster/runtime/ids.ts'
import type { Sql } from '../../../sql/client.ts'
import * as channel from '../../../sql/queries/channel.ts'
import * as kick from '../../../sql/queries/kick.ts'
import * as linking from '../../../sql/queries/linking.ts'
import * as links from '../../../sql/queries/links.ts'
import * as oauth from '../../../sql/queries/oauth.ts'
import * as token from '../../../sql/queries/token.ts'
import * as transfer from '../../../sql/queries/transfer.ts'
import * as trust from '../../../sql/queries/trust.ts'
import { idOfGuild } from '../../support/plan.ts'
import {
  accounts,
  aState,
  guildIds,
  id,
  kickUser,
  member,
  nextNumber,
  now,
  person,
  role,
  type Sample,
  unknownGuild,
  usernames,
  viewer,
} from './sample.ts'

const bound = { broadcasterUserId: kickUserId('4711'), slug: 'someone', displayName: 'Someone' }
const signIn = { guildId: id, userId: member, state: 'a state', interactionToken: 'a token' }
const question = { guildId: id, userId: member, kickUserId: kickUser }
const aDraft = {
  guildId: id,
  userId: member,
  draftRef: 'a draft',
  way: 'merge',
  fileRef: 'import:a file',
  body: '{}',
} as const
/** Always another one, so that there is an old one to give up. */
const nextChannel = () => ({ ...bound, broadcasterUserId: kickUserId(5_000_000 + nextNumber()) })

export const ofPeople: Readonly<Record<string, Sample>> = {
  'channel.channelOf': { calls: [(sql) => channel.channelOf(sql, id)] },
  'channel.bindChannel': {
    calls: [(sql) => channel.bindChannel(sql, { guildId: id, channel: nextChannel(), userId: member })],
  },
  'channel.setSignal': {
    calls: [(sql) => channel.setSignal(sql, { guildId: id, broadcasterUserId: kickUser, isHeard: true })],
  },
  'channel.endMissedStream': { calls: [(sql) => channel.endMissedStream(sql, id)] },
  'channel.openOverrides': { calls: [(sql) => channel.openOverrides(sql, id)] },
  'channel.startOverride': {
    calls: [(sql) => channel.startOverride(sql, { guildId: id, mode: 'off', userId: member })],
  },
  'channel.endOverride': { calls: [(sql) => channel.endOverride(sql, { guildId: id, mode: 'off' })] },
  'channel.healthOf': { calls: [(sql) => channel.healthOf(sql, id)] },
  'channel.startBroadcasterSignIn': {
    calls: [(sql) => channel.startBroadcasterSignIn(sql, { ...signIn, state: aState(), minutes: 10 })],
  },

  'kick.allBindings': {
    calls: [(sql) => kick.allBindings(sql)],
    readsAllOf: { kick_channel: 'it is asked for all channels, by the reconciler, every few minutes' },
  },
  'kick.guildsBoundTo': {
    calls: [(sql) => kick.guildsBoundTo(sql, kickUser)],
    acrossGuilds: { kick_channel: 'the guilds are the answer' },
  },
  'kick.knownStreams': {
    calls: [(sql) => kick.knownStreams(sql)],
    readsAllOf: { kick_channel: 'it is asked for all channels, by the reconciler, every few minutes' },
  },
  'kick.loseSignal': { calls: [(sql) => kick.loseSignal(sql, { guildIds, since: Date.now() })] },
  'kick.findSignal': { calls: [(sql) => kick.findSignal(sql, guildIds)] },

  'linking.noteLinkEvent': {
    calls: [
      (sql) =>
        linking.noteLinkEvent(sql, {
          guildId: id,
          action: 'linked',
          userId: member,
          kickUserId: kickUser,
          kickName: viewer,
          source: 'discord',
        }),
    ],
  },
  'linking.linkEvent': { calls: [(sql) => linking.linkEvent(sql, { guildId: id, eventId: '8' })] },
  'linking.renamesOf': {
    calls: [(sql) => linking.renamesOf(sql, { guildId: id, kickUserId: kickUser, limit: 5 })],
  },
  'linking.linkHistory': {
    calls: [
      (sql) =>
        linking.linkHistory(sql, { guildId: id, userId: member, kickUserId: kickUser, kickName: viewer, limit: 20 }),
    ],
  },
  'linking.accountNamed': { calls: [(sql) => linking.accountNamed(sql, id, viewer)] },
  'linking.linkedNames': { calls: [(sql) => linking.linkedNames(sql, { guildId: id, typed: 'vie' })] },
  'linking.panelOf': { calls: [(sql) => linking.panelOf(sql, id)] },
  'linking.takePanel': { calls: [(sql) => linking.takePanel(sql, id)] },
  'linking.putPanel': {
    calls: [
      (sql) =>
        linking.putPanel(sql, {
          guildId: id,
          channelId: channelId('5'),
          messageId: '6',
          title: null,
          description: null,
          postedBy: member,
        }),
    ],
  },
  'linking.startRoleRun': {
    calls: [
      async (sql) => {
        await linking.endRoleRun(sql, id)
        await linking.startRoleRun(sql, { guildId: id, roleId: role, startedBy: member, interactionToken: 'a token' })
      },
    ],
  },
  'linking.roleRunOf': { calls: [(sql) => linking.roleRunOf(sql, id)] },
  'linking.endRoleRun': { calls: [(sql) => linking.endRoleRun(sql, id)] },
  'linking.oweProgress': {
    calls: [(sql) => linking.oweProgress(sql, { guildId: id, sourceRef: 'a run', payload: {} })],
  },
  'linking.forgetGrantsOf': { calls: [(sql) => linking.forgetGrantsOf(sql, { guildId: id, userId: member })] },
  'links.linkOf': { calls: [(sql) => links.linkOf(sql, id, member)] },
  'links.memberOf': { calls: [(sql) => links.memberOf(sql, id, viewer)] },
  'links.linkedViewers': { calls: [(sql) => links.linkedViewers(sql, { guildIds, usernames })] },
  'links.linksLike': {
    calls: [(sql) => links.linksLike(sql, { guildId: id, userId: member, kickUserId: kickUser, kickName: viewer })],
  },
  'links.insertLink': {
    calls: [(sql) => links.insertLink(sql, { guildId: id, userId: member, kickUserId: kickUser, kickName: viewer })],
  },
  'links.adoptLinks': {
    calls: [(sql) => links.adoptLinks(sql, { guildIds, kickUserIds: accounts.kickUserIds, usernames })],
  },
  'links.deleteLink': { calls: [(sql) => links.deleteLink(sql, { guildId: id, userId: member })] },
  'links.setOwner': { calls: [(sql) => links.setOwner(sql, { guildId: id, kickName: viewer, userId: null })] },
  'links.startSignIn': { calls: [(sql) => links.startSignIn(sql, { ...signIn, state: aState() })] },
  'links.dropSignIns': { calls: [(sql) => links.dropSignIns(sql, { guildId: id, userId: member })] },
  'links.confirmationOf': { calls: [(sql) => links.confirmationOf(sql, question)] },
  'links.takeConfirmation': { calls: [(sql) => links.takeConfirmation(sql, question)] },
  'links.guildNameOf': { calls: [(sql) => links.guildNameOf(sql, id)] },

  'oauth.findSignIn': { calls: [(sql) => oauth.findSignIn(sql, signIn)] },
  'oauth.openSignIn': {
    calls: [(sql) => oauth.openSignIn(sql, { ...signIn, newState: aState(), verifier: 'a verifier' })],
  },
  'oauth.takeSignIn': { calls: [(sql) => oauth.takeSignIn(sql, signIn)] },
  'oauth.putConfirmation': {
    calls: [
      (sql) =>
        oauth.putConfirmation(sql, {
          ...question,
          kickName: viewer,
          displayName: 'Viewer7',
          interactionToken: null,
        }),
    ],
  },
  'oauth.putTokens': {
    calls: [
      (sql) =>
        oauth.putTokens(sql, {
          guildId: id,
          kickUserId: kickUser,
          accessToken: 'x',
          refreshToken: 'y',
          keyId: 'k',
          scopes: 's',
          expiresInSeconds: 3600,
        }),
    ],
  },
  'oauth.keepLegacySignIn': {
    calls: [(sql) => oauth.keepLegacySignIn(sql, { guildId: id, userId: member, state: aState(), expiresAt: now })],
  },
  'oauth.forgetSignIns': {
    calls: [(sql) => oauth.forgetSignIns(sql)],
    takesMany: true,
    acrossGuilds: { oauth_states: 'rows that nobody needs any more, by age' },
  },

  'token.guildsWithChat': { calls: [(sql) => token.guildsWithChat(sql, guildIds)] },
  'token.readToken': { calls: [(sql) => token.readToken(sql, id)] },
  'token.replaceToken': {
    calls: [
      (sql) =>
        token.replaceToken(sql, {
          guildId: id,
          replaced: 'z',
          accessToken: 'x',
          refreshToken: 'y',
          keyId: 'k',
          expiresAt: new Date(),
        }),
    ],
  },
  'token.requireReconnect': { calls: [(sql) => token.requireReconnect(sql, { guildId: id, refused: 'z' })] },

  'trust.erasuresOf': {
    calls: [(sql) => trust.erasuresOf(sql, { guildIds, kickUserIds: [kickUser, kickUserId('9')], usernames })],
  },
  'trust.dropFingerprints': { calls: [(sql) => trust.dropFingerprints(sql, guildIds)] },
  'trust.creditsByStream': {
    calls: [(sql) => trust.creditsByStream(sql, { guildId: id, username: viewer, limit: 8 })],
  },
  'trust.recentMinutes': { calls: [(sql) => trust.recentMinutes(sql, { guildId: id, username: viewer, days: 7 })] },
  'trust.pointsOf': { calls: [(sql) => trust.pointsOf(sql, { guildId: id, username: viewer, limit: 5 })] },
  'trust.grantsOf': { calls: [(sql) => trust.grantsOf(sql, { guildId: id, userId: member })] },
  'trust.collectPerson': { calls: [(sql) => trust.collectPerson(sql, person)] },
  'trust.erasePerson': { calls: [(sql) => trust.erasePerson(sql, person)] },
  'trust.tablesOfGuilds': { calls: [(sql) => trust.tablesOfGuilds(sql)] },
  'trust.eraseGuild': {
    calls: [(sql) => trust.eraseGuild(sql, { guildId: guildId(idOfGuild(40)), limit: 10 })],
  },
  'transfer.readPart': { calls: transfer.partNames.map((name) => (sql: Sql) => transfer.readPart(sql, id, name)) },
  'transfer.clearPart': {
    calls: transfer.partNames.map((name) => (sql: Sql) => transfer.clearPart(sql, { guildId: unknownGuild, name })),
  },
  'transfer.clearSame': {
    calls: transfer.partNames.map(
      (name) => (sql: Sql) => transfer.clearSame(sql, { guildId: unknownGuild, name, rows: '[]' }),
    ),
  },
  'transfer.writePart': {
    calls: transfer.partNames.map((name) => (sql: Sql) => transfer.writePart(sql, { guildId: id, name, rows: '[]' })),
  },
  'transfer.writeTiersByName': { calls: [(sql) => transfer.writeTiersByName(sql, { guildId: id, rows: '[]' })] },
  'transfer.lockViewers': { calls: [(sql) => transfer.lockViewers(sql, id)] },
  'transfer.countTogether': {
    calls: [
      (sql) =>
        transfer.countTogether(sql, {
          guildId: id,
          way: 'replace',
          fileRef: `import:${performance.now()}`,
          actorId: member,
          rows: JSON.stringify([{ username: viewer, minutes: 5, points: '7', discord_id: null }]),
        }),
    ],
  },
  'transfer.noteReplacedMinutes': {
    calls: [
      (sql) =>
        transfer.noteReplacedMinutes(sql, {
          guildId: id,
          fileRef: `import:${performance.now()}`,
          actorId: member,
          rows: JSON.stringify([{ username: viewer, minutes: 5 }]),
        }),
    ],
  },
  'transfer.explainBalances': {
    calls: [(sql) => transfer.explainBalances(sql, { guildId: id, fileRef: 'import:a file', actorId: member })],
  },
  'transfer.claimFile': {
    calls: [(sql) => transfer.claimFile(sql, { guildId: id, fileRef: 'import:a file', way: 'add', userId: member })],
  },
  'transfer.isFileKnown': { calls: [(sql) => transfer.isFileKnown(sql, { guildId: id, fileRef: 'import:a file' })] },
  'transfer.saveDraft': { calls: [(sql) => transfer.saveDraft(sql, aDraft)] },
  'transfer.takeDraft': { calls: [(sql) => transfer.takeDraft(sql, aDraft)] },
}
