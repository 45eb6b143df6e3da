import { channelId, guildId, kickUserId, roleId, userId, username } from '../../cluster/runtime/ids.ts'
import type { Sql } from '../../sql/client.ts'
import * as activity from '../../sql/queries/activity.ts'
import * as alerts from '../../sql/queries/alerts.ts'
import * as audit from '../../sql/queries/audit.ts'
import * as awards from '../../sql/queries/awards.ts'
import * as balance from '../../sql/queries/balance.ts'
import * as board from '../../sql/queries/board.ts'
import * as cap from '../../sql/queries/cap.ts'
import * as channel from '../../sql/queries/channel.ts'
import * as clips from '../../sql/queries/clips.ts'
import * as commands from '../../sql/queries/commands.ts'
import * as dashboard from '../../sql/queries/dashboard.ts'
import * as draws from '../../sql/queries/draws.ts'
import * as entries from '../../sql/queries/entries.ts'
import * as exclusion from '../../sql/queries/exclusion.ts'
import * as gifts from '../../sql/queries/gifts.ts'
import * as giveaways from '../../sql/queries/giveaways.ts'
import * as guild from '../../sql/queries/guild.ts'
import * as identify from '../../sql/queries/identify.ts'
import * as inbox from '../../sql/queries/inbox.ts'
import * as job from '../../sql/queries/job.ts'
import * as kick from '../../sql/queries/kick.ts'
import * as ledger from '../../sql/queries/ledger.ts'
import * as legacy from '../../sql/queries/legacy.ts'
import * as linking from '../../sql/queries/linking.ts'
import * as links from '../../sql/queries/links.ts'
import * as multiplier from '../../sql/queries/multiplier.ts'
import * as oauth from '../../sql/queries/oauth.ts'
import * as olddraws from '../../sql/queries/olddraws.ts'
import * as outbox from '../../sql/queries/outbox.ts'
import * as overview from '../../sql/queries/overview.ts'
import * as panels from '../../sql/queries/panels.ts'
import * as placement from '../../sql/queries/placement.ts'
import * as points from '../../sql/queries/points.ts'
import * as pool from '../../sql/queries/pool.ts'
import * as presence from '../../sql/queries/presence.ts'
import * as proof from '../../sql/queries/proof.ts'
import * as raffle from '../../sql/queries/raffle.ts'
import * as randomness from '../../sql/queries/randomness.ts'
import * as registration from '../../sql/queries/registration.ts'
import * as repeat from '../../sql/queries/repeat.ts'
import * as retention from '../../sql/queries/retention.ts'
import * as roles from '../../sql/queries/roles.ts'
import * as sales from '../../sql/queries/sales.ts'
import * as season from '../../sql/queries/season.ts'
import * as session from '../../sql/queries/session.ts'
import * as settings from '../../sql/queries/settings.ts'
import * as settlement from '../../sql/queries/settlement.ts'
import * as shop from '../../sql/queries/shop.ts'
import * as shopimport from '../../sql/queries/shopimport.ts'
import * as slotlists from '../../sql/queries/slotlists.ts'
import * as slotpicks from '../../sql/queries/slotpicks.ts'
import * as slots from '../../sql/queries/slots.ts'
import * as span from '../../sql/queries/span.ts'
import * as standing from '../../sql/queries/standing.ts'
import * as tickets from '../../sql/queries/tickets.ts'
import * as tiers from '../../sql/queries/tiers.ts'
import * as timers from '../../sql/queries/timers.ts'
import * as token from '../../sql/queries/token.ts'
import * as transfer from '../../sql/queries/transfer.ts'
import * as trust from '../../sql/queries/trust.ts'
import * as vitals from '../../sql/queries/vitals.ts'
import * as wagerlinks from '../../sql/queries/wagerlinks.ts'
import * as wagers from '../../sql/queries/wagers.ts'
import * as watched from '../../sql/queries/watched.ts'
import * as watchtime from '../../sql/queries/watchtime.ts'
import * as winners from '../../sql/queries/winners.ts'
import { aSlotAgo } from '../support/builders.ts'
import { idOfGuild } from '../support/plan.ts'

/**
 * How to call one query. A query that reads a whole table, or rows of a guild without naming the guild, says so here, table by
 * table, and why that is right: whoever reviews a new entry reviews that sentence.
 */
export interface Sample {
  /** Calls that together send every statement of the function; on a pool of one connection. */
  readonly calls: readonly ((sql: Sql) => PromiseLike<unknown>)[]
  readonly readsAllOf?: Readonly<Record<string, string>>
  readonly acrossGuilds?: Readonly<Record<string, string>>
  /** It takes a thousand rows and more at once: of the tables of this test that is a large part, of those in life a small one. */
  readonly takesMany?: boolean
}

// Row n of every table is about guild n and about "viewer<n>"; see `fillTables`.
const id = guildId(idOfGuild(7))
const other = guildId(idOfGuild(8))
const unknownGuild = guildId(idOfGuild(999_999))
const member = userId('8')
const kickUser = kickUserId('8')
const viewer = username('viewer7')
const role = roleId('8')
const guildIds = [id, other]
const usernames = [viewer, username('viewer8')]
const shards = { shardCount: 16, shardIds: [3, 4] }
const application = '1'
const person = { guildId: id, userId: member, username: viewer, kickUserId: '8' }
const aClaim = { guildId: id, platform: 'shuffle', userId: member } as const
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
const aRaffle = { guildId: id, periodNumber: 1 }
const openRaffles = [aRaffle, { guildId: other, periodNumber: 1 }]
let nextToClose = 20
/** One is closed once; the next call takes the next guilds. */
const aRaffleToClose = () => [0, 1].map(() => ({ guildId: guildId(idOfGuild(nextToClose++)), periodNumber: 1 }))
const terms = {
  name: 'a mug',
  description: null,
  imageUrl: null,
  price: '10',
  isActive: true,
  itemType: 'custom' as const,
  raffleTicketAmount: 0,
  perUserLimit: 1,
  limitWindowSeconds: 3600,
  requirementTitle: null,
  requirementFooter: null,
  requiredRoleId: null,
  availableFrom: null,
  availableUntil: null,
}
const anItem = { guildId: id, id: 1 }
const aBuyer = { guildId: id, userId: member, username: viewer }
const aSale = {
  ...aBuyer,
  id: 4_000,
  itemId: 1,
  itemName: 'a mug',
  itemType: 'custom' as const,
  raffleTicketAmount: 0,
  price: '10',
  isComplete: false,
  requirementTitle: null,
  requirementInput: null,
  notes: null,
  locale: 'en',
  sourceRef: 'a confirmation',
}
const now = Math.floor(Date.now() / 1000)
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
const stream = { guildIds, startedAt: now * 1000 }
const aDecay = { guildId: id, percent: 50, afterDays: 1, floor: 0 }
const bound = { broadcasterUserId: kickUserId('4711'), slug: 'someone', displayName: 'Someone' }
const accounts = {
  guildIds,
  kickUserIds: [kickUserId('8'), kickUserId('9')],
  usernames: [username('renamed'), username('viewer8')],
  displayNames: ['Renamed', 'Viewer8'],
  seenAt: [now, now],
}
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
const someItems = JSON.stringify([
  {
    id: 1,
    name: 'viewer7',
    price: 5,
    is_active: true,
    item_type: 'custom',
    raffle_ticket_amount: 0,
    limit_window_seconds: 0,
  },
])
const giveaway = { guildId: id, giveawayId: 8 }
const aSeed = { commitment: 'c', sealed: 's', keyId: 'k' }
const aChatter = { ...giveaway, username: viewer, saidAt: [now * 1000], hashes: ['a hash'], countedUntil: 0 }
const grant = { guildId: id, discordId: member, roleId: role }
const signIn = { guildId: id, userId: member, state: 'a state', interactionToken: 'a token' }
const question = { guildId: id, userId: member, kickUserId: kickUser }
const holding = { shardCount: 16, holder: 'a pod', ttlSeconds: 15 }
const happening = { ref: 'a happening', guildIds, events: ['{}', '{}'] }
const handled = { guildIds, sourceRefs: ['a happening', 'another'] }
const aDraft = {
  guildId: id,
  userId: member,
  draftRef: 'a draft',
  way: 'merge',
  fileRef: 'import:a file',
  body: '{}',
} as const
const seen = [{ guildId: id, revision: '3' }]
const ticks = guildIds.map((each) => ({ guildId: each, slot: aSlotAgo(0) }))

/** For the front page, which is about all guilds. */
const figuresOf = (...tables: readonly string[]) =>
  Object.fromEntries(
    tables.map((table) => [
      table,
      'a sum over everything; its caller keeps the answer and gives up after three seconds',
    ]),
  )

/** One for each exported function of `sql/queries/`: `<file>.<function>`. */
export const samples: Readonly<Record<string, Sample>> = {
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

  'board.boardPage': {
    calls: everyBoard.map((each) => (sql: Sql) => board.boardPage(sql, { guildId: id, board: each, page: 1 })),
  },
  'board.streaksOf': { calls: [(sql) => board.streaksOf(sql, { guildIds, usernames })] },

  'awards.revokeAward': {
    calls: [(sql) => awards.revokeAward(sql, { guildId: id, sourceRef: 'shop:1', actorId: member, reason: null })],
  },

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

  'job.scheduleMissing': {
    calls: [
      (sql) =>
        job.scheduleMissing(
          sql,
          guildIds.map((each) => ({ guildId: each, kind: 'a kind', ref: 'missing', runAt: new Date() })),
        ),
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
  'legacy.oweTierNames': { calls: [(sql) => legacy.oweTierNames(sql, { guildIds, again: true })] },
  'legacy.unnamedTiers': { calls: [(sql) => legacy.unnamedTiers(sql, id)] },
  'legacy.nameTiers': {
    calls: [(sql) => legacy.nameTiers(sql, { guildId: id, roles: [{ roleName: viewer, roleId: role }] })],
  },

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

  'olddraws.oldDraws': { calls: [(sql) => olddraws.oldDraws(sql, { guildId: id, limit: 10 })] },
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

  'ledger.book': {
    calls: [
      (sql) =>
        ledger.book(sql, {
          guildId: id,
          username: viewer,
          change: { kind: 'add', delta: 5n },
          entry: 'give',
          sourceRef: `gift ${Math.random()}`,
          actorId: member,
          reason: null,
        }),
    ],
  },
  'ledger.ledgerEntry': { calls: [(sql) => ledger.ledgerEntry(sql, { guildId: id, ledgerId: '8' })] },
  'ledger.ledgerOf': { calls: [(sql) => ledger.ledgerOf(sql, { guildId: id, username: viewer, limit: 20 })] },
  'ledger.unexplainedBalances': { calls: [(sql) => ledger.unexplainedBalances(sql, id)] },
  'ledger.previewDecay': { calls: [(sql) => ledger.previewDecay(sql, aDecay)] },
  'ledger.decayPoints': { calls: [(sql) => ledger.decayPoints(sql, { ...aDecay, period: '2026-01-01' })] },
  'ledger.adjustMinutes': {
    calls: [
      (sql) =>
        ledger.adjustMinutes(sql, {
          guildId: id,
          username: viewer,
          delta: 10,
          isConverted: false,
          sourceRef: `minutes ${Math.random()}`,
          actorId: member,
          reason: null,
        }),
    ],
  },
  'ledger.adjustmentsOf': { calls: [(sql) => ledger.adjustmentsOf(sql, { guildId: id, username: viewer, limit: 20 })] },

  'points.convertMinutes': { calls: [(sql) => points.convertMinutes(sql, { guildIds, usernames })] },
  'points.lockUnconverted': { calls: [(sql) => points.lockUnconverted(sql, guildIds)] },

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

  'roles.oweAnnouncements': {
    calls: [
      (sql) => roles.oweAnnouncements(sql, { guildIds, usernames, before: [0, 0], after: [9_000_000, 9_000_000] }),
    ],
  },
  'roles.syncRoles': {
    calls: [
      (sql) => roles.syncRoles(sql, { kind: 'guilds', guildIds }),
      (sql) => roles.syncRoles(sql, { kind: 'viewers', guildIds, usernames }),
    ],
  },
  'roles.readGrant': { calls: [(sql) => roles.readGrant(sql, grant)] },
  'roles.recordGiven': { calls: [(sql) => roles.recordGiven(sql, { ...grant, tellsMember: true })] },
  'roles.forgetGrant': { calls: [(sql) => roles.forgetGrant(sql, grant)] },
  'roles.blockRole': { calls: [(sql) => roles.blockRole(sql, { guildId: id, roleId: role, reason: 'hierarchy' })] },
  'roles.unblockRoles': { calls: [(sql) => roles.unblockRoles(sql, id)] },
  'roles.linkedRoleOf': { calls: [(sql) => roles.linkedRoleOf(sql, { guildId: id, roleId: role })] },
  'roles.tierOf': { calls: [(sql) => roles.tierOf(sql, { guildId: id, roleId: role })] },

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
  'sales.saleOf': { calls: [(sql) => sales.saleOf(sql, anItem)] },
  'sales.holdSale': { calls: [(sql) => sales.holdSale(sql, anItem)] },
  'sales.saleFor': { calls: [(sql) => sales.saleFor(sql, { guildId: id, sourceRef: 'a confirmation' })] },
  'sales.holdBuyer': { calls: [(sql) => sales.holdBuyer(sql, aBuyer)] },
  'sales.holdBalance': {
    calls: [
      (sql) => sales.holdBalance(sql, aBuyer),
      (sql) => sales.holdBalance(sql, { guildId: id, username: username('new here') }),
    ],
  },
  'sales.balanceOf': { calls: [(sql) => sales.balanceOf(sql, aBuyer)] },
  'sales.usedLimit': {
    calls: [(sql) => sales.usedLimit(sql, { ...aBuyer, itemId: 1, limit: 2, windowSeconds: 3600 })],
  },
  'sales.insertSale': { calls: [(sql) => sales.insertSale(sql, { ...aSale, sourceRef: aState() })] },
  'sales.finishSale': {
    calls: [
      (sql) => sales.finishSale(sql, { ...anItem, from: ['pending'], to: 'completed', by: member, reason: null }),
    ],
  },
  'sales.pendingSales': { calls: [(sql) => sales.pendingSales(sql, { guildId: id, offset: 0, limit: 10 })] },
  'sales.salesOfMember': { calls: [(sql) => sales.salesOfMember(sql, { guildId: id, userId: member, limit: 10 })] },
  'sales.salesOfViewer': { calls: [(sql) => sales.salesOfViewer(sql, { guildId: id, username: viewer, limit: 10 })] },
  'sales.keepOrderMessage': {
    calls: [(sql) => sales.keepOrderMessage(sql, { ...anItem, channelId: channelId('5'), messageId: '6' })],
  },
  'sales.forgetOrders': { calls: [(sql) => sales.forgetOrders(sql, person)] },

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
  'shopimport.holdItems': { calls: [(sql) => shopimport.holdItems(sql, id)] },
  'shopimport.changeItems': {
    calls: [(sql) => shopimport.changeItems(sql, { guildId: id, rows: someItems, isWhole: true, userId: member })],
  },
  'shopimport.itemsMissing': { calls: [(sql) => shopimport.itemsMissing(sql, { guildId: id, rows: someItems })] },
  'shopimport.countNew': { calls: [(sql) => shopimport.countNew(sql, { guildId: id, rows: someItems })] },
  'shopimport.addMissing': {
    calls: [(sql) => shopimport.addMissing(sql, { guildId: id, rows: someItems, userId: member, count: 0 })],
  },
  'shop.itemsOf': { calls: [(sql) => shop.itemsOf(sql, id)] },
  'shop.itemOf': { calls: [(sql) => shop.itemOf(sql, anItem)] },
  'shop.holdItem': { calls: [(sql) => shop.holdItem(sql, anItem)] },
  'shop.addItem': {
    calls: [(sql) => shop.addItem(sql, { guildId: id, terms, stock: 5, userId: member, most: 250 })],
  },
  'shop.writeItem': {
    calls: [(sql) => shop.writeItem(sql, { ...anItem, terms, stockTotal: 5, stockLeft: 5, userId: member })],
  },
  'shop.noteBack': { calls: [(sql) => shop.noteBack(sql, anItem)] },
  'shop.removeItem': { calls: [(sql) => shop.removeItem(sql, { ...anItem, userId: member })] },
  'shop.takeOne': { calls: [(sql) => shop.takeOne(sql, anItem)] },
  'shop.putOneBack': { calls: [(sql) => shop.putOneBack(sql, anItem)] },
  'shop.wantNotice': {
    calls: [(sql) => shop.wantNotice(sql, { guildId: id, itemId: 1, userId: member, locale: 'en' })],
  },
  'shop.dropNotice': { calls: [(sql) => shop.dropNotice(sql, { guildId: id, itemId: 1, userId: member })] },
  'shop.oweNotices': { calls: [(sql) => shop.oweNotices(sql, { guildId: id, itemId: 1, restocks: 1 })] },
  'shop.frontOf': { calls: [(sql) => shop.frontOf(sql, id)] },
  'shop.touchFront': { calls: [(sql) => shop.touchFront(sql, id)] },
  'shop.oweLook': { calls: [(sql) => shop.oweLook(sql, { guildId: id, hour: 500_000 })] },
  'shop.nextSale': { calls: [(sql) => shop.nextSale(sql, id)] },
  'shop.keepShown': {
    calls: [
      (sql) => shop.keepShown(sql, { guildId: id, messageId: '8', newMessageId: '8', revision: '1', hash: 'a hash' }),
    ],
  },
  'shop.putFront': {
    calls: [
      (sql) =>
        shop.putFront(sql, { guildId: id, channelId: channelId('5'), messageId: '6', revision: '1', hash: 'a hash' }),
    ],
  },
  'shop.resetLimits': { calls: [(sql) => shop.resetLimits(sql, id)] },
  'shop.instantIn': {
    calls: [(sql) => shop.instantIn(sql, { local: '2026-03-01 18:00', timeZone: 'Europe/Berlin' })],
  },

  'standing.standingOf': {
    calls: [(sql) => standing.standingOf(sql, { guildId: id, username: viewer })],
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

  'tiers.tiersOf': { calls: [(sql) => tiers.tiersOf(sql, id)] },
  'tiers.addTier': {
    calls: [(sql) => tiers.addTier(sql, { guildId: id, roleId: role, roleName: 'a role', minutes: 60 })],
  },
  'tiers.editTier': {
    calls: [(sql) => tiers.editTier(sql, { guildId: id, roleId: role, roleName: 'a role', minutes: 61 })],
  },
  'tiers.removeTier': { calls: [(sql) => tiers.removeTier(sql, { guildId: id, roleId: role })] },
  'tiers.previewTiers': {
    calls: [
      (sql) =>
        tiers.previewTiers(sql, {
          guildId: id,
          tiers: [{ roleId: role, minutesRequired: 10 }],
          mode: 'highest',
          removes: true,
        }),
    ],
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
  sourceRef: `pick ${++made}`,
  number: 1_000_000 + made,
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

let made = 0
const nextNumber = (): number => 100_000 + ++made
const aState = (): string => `state ${++made}`
/** Always another one, so that there is an old one to give up. */
const nextChannel = () => ({ ...bound, broadcasterUserId: kickUserId(5_000_000 + ++made) })
