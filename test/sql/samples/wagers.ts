import { userId } from '../../../cluster/runtime/ids.ts'
import * as gifts from '../../../sql/queries/gifts.ts'
import * as wagerlinks from '../../../sql/queries/wagerlinks.ts'
import * as wagers from '../../../sql/queries/wagers.ts'
import { guildIds, id, member, other, type Sample, viewer } from './sample.ts'

const aClaim = { guildId: id, platform: 'shuffle', userId: member } as const

export const ofWagers: Readonly<Record<string, Sample>> = {
  'gifts.recordGifts': {
    calls: [
      (sql) =>
        gifts.recordGifts(sql, [
          {
            guildId: id,
            eventId: 'new',
            kind: 'gift',
            username: viewer,
            subs: 1,
            at: Date.now(),
            outcome: 'no_raffle',
          },
        ]),
    ],
  },
  'gifts.noteAwards': {
    calls: [
      (sql) => gifts.noteAwards(sql, [{ guildId: id, eventId: '8', outcome: 'awarded', tickets: 15, periodNumber: 1 }]),
    ],
  },
  'gifts.latestGifts': {
    calls: [
      (sql) => gifts.latestGifts(sql, { guildId: id, username: null, limit: 20 }),
      (sql) => gifts.latestGifts(sql, { guildId: id, username: viewer, limit: 20 }),
    ],
  },
  'gifts.giftOf': { calls: [(sql) => gifts.giftOf(sql, { guildId: id, eventId: '8' })] },
  'gifts.giftTotals': {
    calls: [
      (sql) => gifts.giftTotals(sql, { guildId: id, username: null, since: new Date() }),
      (sql) => gifts.giftTotals(sql, { guildId: id, username: viewer, since: new Date() }),
    ],
  },
  'gifts.openSince': { calls: [(sql) => gifts.openSince(sql, id)] },
  'gifts.dropGifts': { calls: [(sql) => gifts.dropGifts(sql, { guildIds: [other], keepDays: 400 })] },
  'wagerlinks.provedAccounts': {
    calls: [(sql) => wagerlinks.provedAccounts(sql, [{ guildId: id, userId: userId('5') }])],
  },
  'wagerlinks.wagerLinksOf': { calls: [(sql) => wagerlinks.wagerLinksOf(sql, { guildId: id, userId: member })] },
  'wagerlinks.holdClaims': { calls: [(sql) => wagerlinks.holdClaims(sql, aClaim)] },
  'wagerlinks.claimAccount': {
    calls: [
      (sql) => wagerlinks.claimAccount(sql, { ...aClaim, account: 'a', displayName: 'A', expiresAt: new Date() }),
    ],
  },
  'wagerlinks.verifyClaim': { calls: [(sql) => wagerlinks.verifyClaim(sql, { ...aClaim, by: member })] },
  'wagerlinks.dropWagerLink': { calls: [(sql) => wagerlinks.dropWagerLink(sql, { ...aClaim, guildId: other })] },
  'wagerlinks.dropExpiredClaims': {
    calls: [
      (sql) =>
        wagerlinks.dropExpiredClaims(sql, {
          guildIds: [id, other],
          platforms: ['shuffle', 'howl'],
          userIds: [member, member],
        }),
    ],
  },
  'wagerlinks.waitingClaims': {
    calls: [
      (sql) => wagerlinks.waitingClaims(sql, { guildId: id, of: null, limit: 25 }),
      (sql) => wagerlinks.waitingClaims(sql, { guildId: id, of: { platform: 'shuffle', userId: member }, limit: 1 }),
    ],
  },
  'wagerlinks.accountNamed': {
    calls: [(sql) => wagerlinks.accountNamed(sql, { guildId: id, platform: 'howl', name: 'Bob' })],
  },
  'wagerlinks.wagersOfMember': { calls: [(sql) => wagerlinks.wagersOfMember(sql, { guildId: id, userId: member })] },
  'wagers.bindSource': {
    calls: [
      (sql) =>
        wagers.bindSource(sql, {
          guildId: id,
          platform: 'howl',
          campaignId: 'c',
          codes: ['x'],
          address: 'a',
          apiKey: 'k',
          keyId: 'i',
        }),
    ],
  },
  'wagers.unbindSource': { calls: [(sql) => wagers.unbindSource(sql, { guildId: other, platform: 'stake' })] },
  'wagers.sourcesOf': { calls: [(sql) => wagers.sourcesOf(sql, id)] },
  'wagers.claimCampaigns': {
    calls: [(sql) => wagers.claimCampaigns(sql, { limit: 3, claimSeconds: 60 })],
    acrossGuilds: { wager_source: 'whether anybody still wants to know about a campaign that is due, by its index' },
  },
  'wagers.keysOf': {
    calls: [(sql) => wagers.keysOf(sql, { campaignId: '8', limit: 5 })],
    acrossGuilds: {
      wager_source: 'whoever is bound to a campaign knows its address and key, and any of them opens it',
    },
  },
  'wagers.boundGuilds': {
    calls: [(sql) => wagers.boundGuilds(sql, '8')],
    acrossGuilds: { wager_source: 'tells whom an answer concerns' },
  },
  'wagers.holdCampaign': { calls: [(sql) => wagers.holdCampaign(sql, { campaignId: '8', claim: 1 })] },
  'wagers.finishPoll': {
    calls: [
      (sql) =>
        wagers.finishPoll(sql, {
          campaignId: '8',
          claim: 1,
          nextSeconds: 300,
          fault: null,
          answer: { etag: 'e', lastModified: null, asOf: new Date(), accounts: 1, skipped: 0 },
        }),
    ],
  },
  'wagers.recordReport': {
    calls: [
      (sql) =>
        wagers.recordReport(sql, {
          campaignId: '8',
          window: '',
          at: new Date(),
          graceMinutes: 30,
          fallHours: 24,
          rows: [{ account: 'bob', name: 'Bob', code: null, cents: 5n, weightedCents: null }],
        }),
    ],
    acrossGuilds: { wager_source: 'an answer is counted for everybody who is bound to its campaign, in one statement' },
  },
  'wagers.owedWagers': { calls: [(sql) => wagers.owedWagers(sql, { guildIds, mostTickets: 9 })] },
  'wagers.settleWagers': {
    calls: [
      (sql) =>
        wagers.settleWagers(sql, [
          { guildId: id, periodNumber: 99, platform: 'shuffle', account: 'bob', owed: '1', ticketsTotal: '1' },
        ]),
    ],
  },
  'wagers.forfeitWagers': {
    calls: [(sql) => wagers.forfeitWagers(sql, { guildId: id, platform: 'shuffle', account: 'bob' })],
  },
  'wagers.wagerBoard': {
    calls: [(sql) => wagers.wagerBoard(sql, { guildId: id, platform: null, unlinked: true, limit: 25 })],
  },
  'wagers.wagerTotals': {
    calls: [(sql) => wagers.wagerTotals(sql, { guildId: id, platform: 'shuffle', unlinked: false, limit: 25 })],
  },
}
