import { guildId, username } from '../../../cluster/runtime/ids.ts'
import * as balance from '../../../sql/queries/balance.ts'
import * as slotlists from '../../../sql/queries/slotlists.ts'
import * as slotpicks from '../../../sql/queries/slotpicks.ts'
import * as slots from '../../../sql/queries/slots.ts'
import { idOfGuild } from '../../support/plan.ts'
import {
  guildIds,
  id,
  kickUser,
  member,
  nextNumber,
  other,
  type Sample,
  unknownGuild,
  usernames,
  viewer,
} from './sample.ts'

/** One of guild 0, which is the first of the table. */
const aRound = { guildId: guildId(idOfGuild(0)), id: '1' }
const aCall = {
  guildId: id,
  userId: kickUser,
  username: viewer,
  displayName: 'Viewer7',
  slotCall: 'A Slot',
  messageId: 'a message',
  at: Date.now(),
}
const aPick = () => ({
  guildId: id,
  sourceRef: `pick ${nextNumber()}`,
  number: 1_000_000 + nextNumber(),
  requestId: '8',
  username: viewer,
  displayName: 'Viewer7',
  slotCall: 'A Slot',
  pickedBy: member,
  reward: null,
  rewards: [],
  scheme: 'v2' as const,
  pool: ['8'],
  commitment: null,
  serverSeed: null,
  clientSeed: null,
  nonce: null,
  proofHash: null,
  rewardHash: null,
  randomValue: null,
})

export const ofGames: Readonly<Record<string, Sample>> = {
  'balance.roundOf': {
    calls: [
      (sql) => balance.roundOf(sql, { guildId: id }),
      (sql) => balance.roundOf(sql, { guildId: id, number: 8 }),
      (sql) => balance.roundOf(sql, { guildId: id, id: '8', status: ['closed'] }),
    ],
  },
  'balance.roundsOf': { calls: [(sql) => balance.roundsOf(sql, { guildId: id, status: ['closed'], limit: 25 })] },
  'balance.openRound': {
    calls: [
      (sql) =>
        balance.openRound(sql, {
          guildId: unknownGuild,
          openedBy: 'Somebody',
          by: member,
          winnerCount: 3,
          firstIsFinal: false,
          noOvershoot: false,
          prize: null,
          minutes: 5,
        }),
    ],
  },
  'balance.numberRound': { calls: [(sql) => balance.numberRound(sql, { guildId: id, id: '8' })] },
  'balance.closeRound': { calls: [(sql) => balance.closeRound(sql, { guildId: id, id: '8' })] },
  'balance.closeDueRounds': { calls: [(sql) => balance.closeDueRounds(sql, { guildIds, ids: ['8', '9'] })] },
  'balance.reopenRound': { calls: [(sql) => balance.reopenRound(sql, { guildId: id, id: '8' })] },
  'balance.withdrawResult': { calls: [(sql) => balance.withdrawResult(sql, aRound)] },
  'balance.cancelRound': { calls: [(sql) => balance.cancelRound(sql, { guildId: id, id: '8' })] },
  'balance.completeRound': {
    calls: [
      async (sql) => {
        await balance.withdrawResult(sql, aRound)
        await balance.completeRound(sql, { ...aRound, result: 100 })
      },
    ],
  },
  'balance.winnersOf': { calls: [(sql) => balance.winnersOf(sql, { guildId: id, id: '8' })] },
  'balance.roundsIn': { calls: [(sql) => balance.roundsIn(sql, guildIds)] },
  'balance.takeGuesses': {
    calls: [
      (sql) =>
        balance.takeGuesses(sql, [
          {
            guildId: id,
            userId: kickUser,
            username: viewer,
            displayName: 'Viewer7',
            amount: 100,
            messageId: 'a message',
            at: Date.now(),
          },
        ]),
    ],
  },
  'balance.takeUnconfirmedGuesses': { calls: [(sql) => balance.takeUnconfirmedGuesses(sql, guildIds)] },
  'balance.moveGuesses': {
    calls: [(sql) => balance.moveGuesses(sql, { guildId: id, from: viewer, to: username('renamed') })],
  },
  'balance.scheduleClose': {
    calls: [(sql) => balance.scheduleClose(sql, { guildId: id, id: '8', at: new Date() })],
  },

  'slotlists.blacklistOf': {
    calls: [
      (sql) => slotlists.blacklistOf(sql, { guildId: id, limit: 25 }),
      (sql) => slotlists.blacklistOf(sql, { guildId: id, username: viewer, limit: 1 }),
    ],
  },
  'slotlists.blacklist': {
    calls: [(sql) => slotlists.blacklist(sql, { guildId: id, username: viewer, reason: null, by: member })],
  },
  'slotlists.unblacklist': { calls: [(sql) => slotlists.unblacklist(sql, { guildId: id, username: viewer })] },
  'slotlists.catalogueOf': { calls: [(sql) => slotlists.catalogueOf(sql, { guildId: id, typed: 'x', limit: 25 })] },
  'slotlists.saveCatalogueSlot': {
    calls: [
      (sql) =>
        slotlists.saveCatalogueSlot(sql, {
          guildId: id,
          slot: { name: 'A Slot', provider: null, banned: false, isActive: true },
          most: 100,
        }),
    ],
  },
  'slotlists.removeCatalogueSlot': {
    calls: [(sql) => slotlists.removeCatalogueSlot(sql, { guildId: id, name: 'A Slot' })],
  },

  'slotpicks.rewardsOf': { calls: [(sql) => slotpicks.rewardsOf(sql, id)] },
  'slotpicks.addReward': {
    calls: [
      (sql) => slotpicks.addReward(sql, { guildId: id, reward: { type: 'x', amount: 100, chance: 100 }, most: 25 }),
    ],
  },
  'slotpicks.removeReward': { calls: [(sql) => slotpicks.removeReward(sql, { guildId: id, id: 1 })] },
  'slotpicks.seedStateOf': { calls: [(sql) => slotpicks.seedStateOf(sql, id)] },
  'slotpicks.saveSeed': {
    calls: [(sql) => slotpicks.saveSeed(sql, { guildId: id, seed: 'x', keyId: 'k', commitment: 'c', picks: 1 })],
  },
  'slotpicks.savePicks': { calls: [(sql) => slotpicks.savePicks(sql, { guildId: id, picks: 1 })] },
  'slotpicks.poolOf': { calls: [(sql) => slotpicks.poolOf(sql, id)] },
  'slotpicks.claimRequest': { calls: [(sql) => slotpicks.claimRequest(sql, { guildId: id, id: '8' })] },
  'slotpicks.requestOf': { calls: [(sql) => slotpicks.requestOf(sql, { guildId: id, id: '8' })] },
  'slotpicks.insertPick': { calls: [(sql) => slotpicks.insertPick(sql, aPick())] },
  'slotpicks.pickByRef': { calls: [(sql) => slotpicks.pickByRef(sql, { guildId: id, sourceRef: 'x' })] },
  'slotpicks.pickOf': {
    calls: [
      (sql) => slotpicks.pickOf(sql, { guildId: id }),
      (sql) => slotpicks.pickOf(sql, { guildId: id, number: 8 }),
    ],
  },

  'slots.beginLists': { calls: [(sql) => slots.beginLists(sql, guildIds)] },
  'slots.holdLists': { calls: [(sql) => slots.holdLists(sql, guildIds)] },
  'slots.factsOfCalls': { calls: [(sql) => slots.factsOfCalls(sql, [aCall])] },
  'slots.insertRequests': { calls: [(sql) => slots.insertRequests(sql, [aCall])] },
  'slots.takeUnconfirmed': { calls: [(sql) => slots.takeUnconfirmed(sql, guildIds)] },
  'slots.requestsBetween': { calls: [(sql) => slots.requestsBetween(sql, { guildId: id, first: '1', last: '9' })] },
  'slots.listFigures': { calls: [(sql) => slots.listFigures(sql, id)] },
  'slots.waitingRequests': { calls: [(sql) => slots.waitingRequests(sql, { guildId: id, limit: 25 })] },
  'slots.noteOpened': { calls: [(sql) => slots.noteOpened(sql, id)] },
  'slots.clearRequests': { calls: [(sql) => slots.clearRequests(sql, { guildId: other, upTo: '9' })] },
  'slots.newestRequest': { calls: [(sql) => slots.newestRequest(sql, id)] },
  'slots.moveRequests': {
    calls: [(sql) => slots.moveRequests(sql, { guildId: id, from: viewer, to: username('renamed') })],
  },
  'slots.slotFiguresOf': { calls: [(sql) => slots.slotFiguresOf(sql, { guildIds, usernames })] },
}
