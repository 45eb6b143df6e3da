import { channelId, guildId, username } from '../../../cluster/runtime/ids.ts'
import * as awards from '../../../sql/queries/awards.ts'
import * as draws from '../../../sql/queries/draws.ts'
import * as olddraws from '../../../sql/queries/olddraws.ts'
import * as pool from '../../../sql/queries/pool.ts'
import * as proof from '../../../sql/queries/proof.ts'
import * as raffle from '../../../sql/queries/raffle.ts'
import * as randomness from '../../../sql/queries/randomness.ts'
import * as tickets from '../../../sql/queries/tickets.ts'
import * as watched from '../../../sql/queries/watched.ts'
import { idOfGuild } from '../../support/plan.ts'
import { aState, guildIds, id, member, now, other, type Sample, usernames, viewer } from './sample.ts'

const toDraw = { guildIds, numbers: [1, 2] }
let nonce = 7
/** What was drawn is not drawn again, so each is a new one. */
const anotherDraw = () => ({
  guildId: id,
  periodNumber: 1,
  nonce: ++nonce,
  entryId: `entry ${nonce}`,
  tickets: '1',
  winningTicket: '1',
  totalTickets: '2',
  participants: 2,
  serverSeed: 'a seed',
  clientSeed: 'another',
  counter: 0,
  proofHash: 'a hash',
  prize: null,
  requestRef: 'a request',
  drawnBy: null,
})
const aRaffle = { guildId: id, periodNumber: 1 }
const openRaffles = [aRaffle, { guildId: other, periodNumber: 1 }]
let nextToClose = 20
/** One is closed once; the next call takes the next guilds. */
const aRaffleToClose = () => [0, 1].map(() => ({ guildId: guildId(idOfGuild(nextToClose++)), periodNumber: 1 }))

export const ofRaffles: Readonly<Record<string, Sample>> = {
  'awards.revokeAward': {
    calls: [(sql) => awards.revokeAward(sql, { guildId: id, sourceRef: 'shop:1', actorId: member, reason: null })],
  },

  'draws.periodsToDraw': { calls: [(sql) => draws.periodsToDraw(sql, toDraw)] },
  'draws.fixRounds': { calls: [(sql) => draws.fixRounds(sql, { ...toDraw, chain: 'a chain', round: 7 })] },
  'draws.frozenLists': { calls: [(sql) => draws.frozenLists(sql, toDraw)] },
  'draws.drawsOf': { calls: [(sql) => draws.drawsOf(sql, toDraw)] },
  'draws.ownEntry': {
    calls: [(sql) => draws.ownEntry(sql, { guildId: id, periodNumber: 1, userId: member })],
  },
  'draws.recordDraws': { calls: [(sql) => draws.recordDraws(sql, [anotherDraw()])] },
  'draws.voidDraw': {
    calls: [(sql) => draws.voidDraw(sql, { guildId: id, periodNumber: 1, nonce: 0, reason: 'no', ref: 'a', by: null })],
  },
  'draws.markDrawn': {
    calls: [
      (sql) =>
        draws.markDrawn(sql, [{ guildId: id, periodNumber: 2, randomness: 'a', signature: 'b', messageId: null }]),
    ],
  },
  'olddraws.oldDraws': { calls: [(sql) => olddraws.oldDraws(sql, { guildId: id, limit: 10 })] },
  'proof.publicPeriods': {
    calls: [
      (sql) => proof.publicPeriods(sql, { guildId: id, limit: 10 }),
      (sql) => proof.publicPeriods(sql, { guildId: id, number: 1, limit: 1 }),
    ],
  },
  'proof.publicEntries': {
    calls: [
      (sql) => proof.publicEntries(sql, { guildId: id, number: 1, limit: 10 }),
      (sql) => proof.publicEntries(sql, { guildId: id, number: 1, entryId: 'viewer7', limit: 1 }),
    ],
  },
  'proof.publicGiveaways': {
    calls: [
      (sql) => proof.publicGiveaways(sql, { guildId: id, limit: 10 }),
      (sql) => proof.publicGiveaways(sql, { guildId: id, number: 8, limit: 1 }),
    ],
  },
  'proof.publicGiveawayEntries': {
    calls: [
      (sql) => proof.publicGiveawayEntries(sql, { guildId: id, number: 8, limit: 10 }),
      (sql) => proof.publicGiveawayEntries(sql, { guildId: id, number: 8, entryId: 'viewer7', limit: 1 }),
    ],
  },
  'proof.giveawayList': { calls: [(sql) => proof.giveawayList(sql, { guildId: id, number: 8 })] },
  'proof.publicGiveawayDraws': { calls: [(sql) => proof.publicGiveawayDraws(sql, { guildId: id, number: 8 })] },
  'proof.readGiveaway': { calls: [(sql) => proof.readGiveaway(sql, { guildId: id, number: 8 })] },
  'proof.readRaffle': { calls: [(sql) => proof.readRaffle(sql, { guildId: id, number: 2 })] },
  'randomness.wantRounds': {
    calls: [(sql) => randomness.wantRounds(sql, [{ chain: 'a chain', round: 7, dueAt: new Date() }])],
  },
  'randomness.claimRounds': { calls: [(sql) => randomness.claimRounds(sql, { chain: 'viewer7', limit: 5 })] },
  'randomness.storeRound': {
    calls: [
      (sql) => randomness.storeRound(sql, { chain: 'viewer7', round: 8, randomness: 'a'.repeat(64), signature: 'ab' }),
    ],
  },
  'randomness.knownRounds': {
    calls: [(sql) => randomness.knownRounds(sql, { chains: ['viewer7', 'viewer8'], rounds: [8, 9] })],
  },
  'pool.poolOf': { calls: [(sql) => pool.poolOf(sql, aRaffle)] },
  'pool.holdingOf': { calls: [(sql) => pool.holdingOf(sql, { ...aRaffle, username: viewer })] },
  'pool.ticketBoard': { calls: [(sql) => pool.ticketBoard(sql, { ...aRaffle, page: 1, perPage: 10 })] },
  'pool.ledgerTotals': {
    calls: [
      (sql) => pool.ledgerTotals(sql, { ...aRaffle, username: null }),
      (sql) => pool.ledgerTotals(sql, { ...aRaffle, username: viewer }),
    ],
  },
  'pool.ticketFiguresOf': { calls: [(sql) => pool.ticketFiguresOf(sql, { guildIds, usernames })] },
  'pool.ticketEntriesOf': {
    calls: [(sql) => pool.ticketEntriesOf(sql, { ...aRaffle, username: viewer, limit: 10 })],
  },

  'raffle.latestPeriods': { calls: [(sql) => raffle.latestPeriods(sql, { guildId: id, limit: 5 })] },
  'raffle.periodOf': { calls: [(sql) => raffle.periodOf(sql, aRaffle)] },
  'raffle.holdPeriod': { calls: [(sql) => raffle.holdPeriod(sql, aRaffle)] },
  'raffle.planPeriods': {
    calls: [
      (sql) =>
        raffle.planPeriods(
          sql,
          guildIds.map((guildId) => ({
            guildId,
            startsAt: new Date(now * 1000 - 1000),
            endsAt: new Date(now * 1000 + 60_000),
            timeZone: 'UTC',
            title: null,
            prize: null,
            createdBy: null,
            after: null,
          })),
        ),
    ],
  },
  'raffle.changePeriod': {
    calls: [
      (sql) =>
        raffle.changePeriod(sql, {
          ...aRaffle,
          startsAt: new Date(now * 1000 - 3_600_000),
          endsAt: new Date(now * 1000 + 3_600_000),
          title: 'a title',
          prize: null,
        }),
    ],
  },
  'raffle.callOffPeriod': { calls: [(sql) => raffle.callOffPeriod(sql, { guildId: other, periodNumber: 4 })] },
  'raffle.duePeriods': { calls: [(sql) => raffle.duePeriods(sql, guildIds)] },
  'raffle.waitingPeriods': { calls: [(sql) => raffle.waitingPeriods(sql, openRaffles)] },
  'raffle.openPeriods': {
    calls: [
      (sql) =>
        raffle.openPeriods(
          sql,
          [9, 10].map((n) => ({
            guildId: guildId(idOfGuild(n)),
            periodNumber: 9,
            seed: 'sealed',
            keyId: 'a key',
            commitment: 'c',
          })),
        ),
    ],
  },
  'raffle.endingPeriods': { calls: [(sql) => raffle.endingPeriods(sql, openRaffles)] },
  'raffle.endNow': { calls: [(sql) => raffle.endNow(sql, aRaffle)] },
  'raffle.rebuildBalances': { calls: [(sql) => raffle.rebuildBalances(sql, openRaffles)] },
  'raffle.freezePeriods': { calls: [(sql) => raffle.freezePeriods(sql, aRaffleToClose())] },
  'raffle.entrantsOf': { calls: [(sql) => raffle.entrantsOf(sql, aRaffle)] },
  'raffle.noteAnnounced': {
    calls: [
      (sql) => raffle.noteAnnounced(sql, { ...aRaffle, what: 'opened', channelId: channelId('5'), messageId: '6' }),
    ],
  },
  'raffle.boardOf': { calls: [(sql) => raffle.boardOf(sql, id)] },
  'raffle.saveBoard': {
    calls: [
      (sql) => raffle.saveBoard(sql, { guildId: id, channelId: channelId('5'), messageId: '6', contentHash: 'h' }),
    ],
  },
  'raffle.dropBoard': { calls: [(sql) => raffle.dropBoard(sql, other)] },
  'raffle.refreshBoards': { calls: [(sql) => raffle.refreshBoards(sql, guildIds)] },

  'watched.convertWatched': { calls: [(sql) => watched.convertWatched(sql, { guildIds, usernames })] },
  'watched.convertAllWatched': {
    calls: [
      (sql) => watched.convertAllWatched(sql, { guildIds }),
      (sql) => watched.convertAllWatched(sql, { guildIds, baseline: { username: viewer, actorId: member } }),
    ],
  },

  'tickets.holdBalance': {
    calls: [(sql) => tickets.holdBalance(sql, { ...aRaffle, username: viewer })],
  },
  'tickets.takeTickets': {
    calls: [
      (sql) =>
        tickets.takeTickets(sql, {
          ...aRaffle,
          username: viewer,
          parts: { bonus: 1n },
          sourceRef: aState(),
          actorId: null,
          reason: null,
        }),
    ],
  },
  'tickets.awardTickets': {
    calls: [
      (sql) =>
        tickets.awardTickets(
          sql,
          usernames.map((username, i) => ({
            guildId: guildIds[i] ?? id,
            username,
            source: 'bonus' as const,
            tickets: 5,
            sourceRef: aState(),
            at: now * 1000,
          })),
        ),
    ],
  },
  'tickets.unexplainedTickets': {
    calls: [(sql) => tickets.unexplainedTickets(sql, { guildId: id, periodNumber: 1, limit: 10 })],
  },
  'tickets.moveTickets': {
    calls: [(sql) => tickets.moveTickets(sql, { guildId: id, from: viewer, to: username('renamed') })],
  },
}
