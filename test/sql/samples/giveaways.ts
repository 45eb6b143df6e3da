import { channelId, kickUserId, username } from '../../../cluster/runtime/ids.ts'
import type { Sql } from '../../../sql/client.ts'
import * as entries from '../../../sql/queries/entries.ts'
import * as giveaways from '../../../sql/queries/giveaways.ts'
import * as winners from '../../../sql/queries/winners.ts'
import { guildIds, id, kickUser, member, nextNumber, now, other, type Sample, usernames, viewer } from './sample.ts'

const someChoices = {
  entryMethod: 'keyword' as const,
  withButton: false,
  keyword: 'hat',
  messagesRequired: 1,
  timeWindowMinutes: 10,
  maxEntriesPerUser: 1,
  maxWinners: 1,
  needsLink: false,
  requiredRoleId: null,
  bonusRoles: {},
  entryPrompts: [],
  claimMinutes: 0,
}
const giveaway = { guildId: id, giveawayId: 8 }
const aSeed = { commitment: 'c', sealed: 's', keyId: 'k' }
const aChatter = { ...giveaway, username: viewer, saidAt: [now * 1000], hashes: ['a hash'], countedUntil: 0 }

export const ofGiveaways: Readonly<Record<string, Sample>> = {
  'entries.enterFromChat': {
    calls: [
      (sql) =>
        entries.enterFromChat(sql, [
          {
            ...giveaway,
            username: viewer,
            displayName: 'Viewer7',
            kickUserId: kickUser,
            ref: 'a message',
            at: now * 1000,
            salt: 'salt',
          },
        ]),
    ],
  },
  'entries.entryOf': { calls: [(sql) => entries.entryOf(sql, { ...giveaway, userId: member, kickName: viewer })] },
  'entries.enterMember': {
    calls: ['a press', 'another press'].map(
      (ref) => (sql: Sql) =>
        entries.enterMember(sql, {
          ...giveaway,
          userId: member,
          displayName: 'Viewer7',
          kickName: viewer,
          kickUserId: kickUser,
          ref,
          tickets: 1,
          answers: ['an answer'],
          salt: 'salt',
        }),
    ),
  },
  'entries.lockActivity': {
    calls: [(sql) => entries.lockActivity(sql, { guildIds: [id], giveawayIds: [8], usernames: [viewer] })],
  },
  'entries.keepActivity': { calls: [(sql) => entries.keepActivity(sql, [aChatter])] },
  'entries.mergeLinked': { calls: [(sql) => entries.mergeLinked(sql, giveaway)] },
  'entries.eligibleIn': { calls: [(sql) => entries.eligibleIn(sql, giveaway)] },
  'entries.numberEntries': { calls: [(sql) => entries.numberEntries(sql, giveaway)] },
  'entries.listedEntry': { calls: [(sql) => entries.listedEntry(sql, { ...giveaway, userId: member })] },
  'entries.forgetActivity': { calls: [(sql) => entries.forgetActivity(sql, giveaway)] },
  'entries.entrantsBehind': { calls: [(sql) => entries.entrantsBehind(sql, { ...giveaway, listIds: ['viewer7'] })] },
  'entries.moveEntries': {
    calls: [(sql) => entries.moveEntries(sql, { guildId: id, from: viewer, to: username('renamed') })],
  },

  'giveaways.giveawayOf': { calls: [(sql) => giveaways.giveawayOf(sql, { guildId: id, id: 8 })] },
  'giveaways.lockGiveaway': { calls: [(sql) => giveaways.lockGiveaway(sql, { guildId: id, id: 8 })] },
  'giveaways.giveawaysIn': {
    calls: [(sql) => giveaways.giveawaysIn(sql, { guildId: id, statuses: ['active', 'ended'], limit: 25 })],
  },
  'giveaways.heardByChat': { calls: [(sql) => giveaways.heardByChat(sql, { guildIds, lateMinutes: 15 })] },
  'giveaways.nextGiveaway': { calls: [(sql) => giveaways.nextGiveaway(sql, { guildId: id, most: 10 })] },
  'giveaways.addGiveaway': {
    calls: [
      (sql) =>
        giveaways.addGiveaway(sql, {
          ...someChoices,
          guildId: id,
          id: nextNumber(),
          title: 'a title',
          description: null,
          durationMinutes: 60,
          channelId: channelId('5'),
          createdBy: member,
          seed: aSeed,
        }),
    ],
  },
  'giveaways.adoptGiveaway': {
    calls: [(sql) => giveaways.adoptGiveaway(sql, { guildId: id, id: 8, seed: aSeed })],
  },
  'giveaways.endDue': { calls: [(sql) => giveaways.endDue(sql, { guildIds, ids: [8, 9] })] },
  'giveaways.stopGiveaway': { calls: [(sql) => giveaways.stopGiveaway(sql, { guildId: id, id: 8 })] },
  'giveaways.cancelGiveaway': { calls: [(sql) => giveaways.cancelGiveaway(sql, { guildId: other, id: 9 })] },
  'giveaways.savePanel': {
    calls: [(sql) => giveaways.savePanel(sql, { guildId: id, id: 8, channelId: null, messageId: '9', hash: 'a hash' })],
  },
  'giveaways.totalsOf': { calls: [(sql) => giveaways.totalsOf(sql, { guildId: id, ids: [8] })] },
  'giveaways.giveawayFiguresOf': { calls: [(sql) => giveaways.giveawayFiguresOf(sql, { guildIds, usernames })] },
  'giveaways.templatesOf': {
    calls: [
      (sql) => giveaways.templatesOf(sql, { guildId: id }),
      (sql) => giveaways.templatesOf(sql, { guildId: id, name: 'viewer7' }),
    ],
  },
  'giveaways.saveTemplate': {
    calls: [
      (sql) =>
        giveaways.saveTemplate(sql, {
          guildId: id,
          name: 'friday',
          displayName: 'Friday',
          choices: someChoices,
          userId: member,
          most: 25,
        }),
    ],
  },
  'giveaways.removeTemplate': { calls: [(sql) => giveaways.removeTemplate(sql, { guildId: id, name: 'friday' })] },

  'winners.freezeList': {
    calls: [
      (sql) =>
        winners.freezeList(sql, {
          ...giveaway,
          list: '[["viewer7",1]]',
          listHash: 'a hash',
          chain: 'viewer7',
          round: 8,
          roundAt: new Date(),
          participants: 1,
          totalTickets: 1,
          drawnBy: member,
        }),
    ],
  },
  'winners.noteClosing': { calls: [(sql) => winners.noteClosing(sql, { ...giveaway, messageId: '7' })] },
  'winners.lockDraw': { calls: [(sql) => winners.lockDraw(sql, giveaway)] },
  'winners.drawOf': { calls: [(sql) => winners.drawOf(sql, giveaway)] },
  'winners.completeDraw': {
    calls: [
      (sql) =>
        winners.completeDraw(sql, { ...giveaway, seed: 's', entropy: { kind: 'drand', round: 8, randomness: 'r' } }),
    ],
  },
  'winners.keepRolls': {
    calls: [
      (sql) =>
        winners.keepRolls(sql, {
          ...giveaway,
          claimMinutes: 5,
          rolls: [
            {
              nonce: nextNumber(),
              kickName: viewer,
              displayName: 'Viewer7',
              userId: null,
              listId: 'viewer7',
              ticket: '1',
              total: '1',
              counter: 0,
              hash: 'a hash',
              voidReason: null,
            },
          ],
        }),
    ],
  },
  'winners.keepToldWinner': {
    calls: [
      (sql) => winners.keepToldWinner(sql, { ...giveaway, kickName: viewer, displayName: 'Viewer7', userId: member }),
    ],
  },
  'winners.completeTold': { calls: [(sql) => winners.completeTold(sql, { guildId: other, giveawayId: 9 })] },
  'winners.winnersOf': { calls: [(sql) => winners.winnersOf(sql, giveaway)] },
  'winners.openingsOf': { calls: [(sql) => winners.openingsOf(sql, giveaway)] },
  'winners.voidWinner': {
    calls: [(sql) => winners.voidWinner(sql, { ...giveaway, nonce: 8, reason: 'rerolled', evenClaimed: true })],
  },
  'winners.claimWin': { calls: [(sql) => winners.claimWin(sql, { ...giveaway, userId: member, kickName: viewer })] },
  'winners.claimFromChat': {
    calls: [
      (sql) =>
        winners.claimFromChat(sql, {
          guildIds,
          kickUserIds: [kickUser, kickUserId('9')],
          usernames,
          at: [now * 1000, now * 1000],
        }),
    ],
  },
  'winners.guildsWithClaims': { calls: [(sql) => winners.guildsWithClaims(sql, guildIds)] },
  'winners.noteAnnounced': { calls: [(sql) => winners.noteAnnounced(sql, { ...giveaway, nonces: [8] })] },
}
