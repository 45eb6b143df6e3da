import * as ledger from '../../../sql/queries/ledger.ts'
import * as points from '../../../sql/queries/points.ts'
import * as roles from '../../../sql/queries/roles.ts'
import * as tiers from '../../../sql/queries/tiers.ts'
import { guildIds, id, member, role, type Sample, usernames, viewer } from './sample.ts'

const aDecay = { guildId: id, percent: 50, afterDays: 1, floor: 0 }
const grant = { guildId: id, discordId: member, roleId: role }

export const ofPoints: Readonly<Record<string, Sample>> = {
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
}
