import { type RESTPostAPIChannelMessageJSONBody, Routes } from 'discord.js'
import { z } from 'zod'
import { roleId, userId } from '../../../cluster/runtime/ids.ts'
import { Counter, registry } from '../../../cluster/runtime/metrics.ts'
import { type Db, transaction } from '../../../sql/client.ts'
import {
  blockRole,
  forgetGrant,
  type GrantKey,
  linkedRoleOf,
  readGrant,
  recordGiven,
  tierOf,
} from '../../../sql/queries/roles.ts'
import { readSettingsOf } from '../../../sql/queries/settings.ts'
import { codeOf, discordCode, isUnavailable, paymentFor } from '../discord.ts'
import type { OutboxPayer, OutboxRow, Payment, Tools } from '../feature.ts'
import { speakIn } from '../language.ts'
import { multipliers } from '../multipliers/index.ts'
import { sendDirect } from '../tell.ts'
import { plain } from '../text.ts'
import { forget, type Hindrance, hindranceOf, hindrances, rolePower } from './power.ts'
import { tierAnnounced, tierReached, tierWarning } from './view.ts'

const changes = new Counter({
  name: 'bot_roles_changed_total',
  help: 'Roles that were given to or taken from members, and those that could not be.',
  labelNames: ['direction', 'outcome'],
  registers: [registry],
})

const grantPayload = z.object({ discordId: z.string(), roleId: z.string() })
const announcementPayload = grantPayload.extend({ reachedAt: z.number() })
const warningPayload = z.object({ roleId: z.string(), reason: z.enum(hindrances) })

const paid: Payment = { kind: 'paid' }

/**
 * Gives a role or takes it away, whichever is on record; both may be repeated (Discord's PUT and DELETE of a single role are
 * idempotent). What cannot be done is found out before the call, recorded for all members who wait for that role, and
 * told once.
 */
export const payChange: OutboxPayer = async (row, tools) => {
  const payload = grantPayload.parse(row.payload)
  const key: GrantKey = { guildId: row.guildId, discordId: userId(payload.discordId), roleId: roleId(payload.roleId) }
  const [grant] = await readGrant(tools.sql, key)
  if (grant?.state !== 'granting' && grant?.state !== 'removing') return paid
  const direction = grant.state === 'granting' ? 'give' : 'take'
  const route = Routes.guildMemberRole(key.guildId, key.discordId, key.roleId)
  try {
    const hindrance = hindranceOf(await rolePower(tools, key.guildId), key.guildId, key.roleId)
    if (hindrance !== undefined) return await block(key, hindrance, direction, tools)
    if (direction === 'give') {
      const { minutesRequired: minutes } = grant
      const reason = minutes === null ? 'linked a Kick account' : `reached ${minutes} minutes of watch time`
      await tools.rest.put(route, { reason })
      await transaction(tools.sql, async (db) => {
        await recordGiven(db, { ...key, tellsMember: grant.tellsMember })
        await noteRole(db, key, true)
      })
    } else {
      await tools.rest.delete(route, { reason: 'no longer entitled to it' })
      await forgetRole(tools, key)
    }
    changes.inc({ direction, outcome: 'done' })
    return paid
  } catch (error) {
    switch (codeOf(error)) {
      case discordCode.unknownMember:
      case discordCode.unknownUser:
        await forgetRole(tools, key)
        changes.inc({ direction, outcome: 'member_gone' })
        return paid
      case discordCode.unknownRole:
        return block(key, 'role_gone', direction, tools)
      case discordCode.missingPermissions:
      case discordCode.missingAccess:
      case discordCode.invalidRole:
        return block(key, 'missing_permission', direction, tools)
      default:
        return paymentFor(error)
    }
  }
}

const noteRole = (db: Db, { discordId, ...key }: GrantKey, has: boolean) =>
  multipliers.noteRole(db, { ...key, userId: discordId, has })

/** Nobody has the role any more: neither on our record nor for what their minutes count. */
const forgetRole = (tools: Tools, key: GrantKey) =>
  transaction(tools.sql, async (db) => {
    await forgetGrant(db, key)
    await noteRole(db, key, false)
  })

async function block(key: GrantKey, reason: Hindrance, direction: string, tools: Tools): Promise<Payment> {
  forget(key.guildId)
  await blockRole(tools.sql, { guildId: key.guildId, roleId: key.roleId, reason })
  changes.inc({ direction, outcome: reason })
  tools.wakeOutbox()
  return paid
}

/** Tells a member by direct message which tier they have reached. Closed messages are normal and end it. */
export const payTell: OutboxPayer = async (row, tools) => {
  const payload = grantPayload.parse(row.payload)
  const [tier] = await tierOf(tools.sql, { guildId: row.guildId, roleId: roleId(payload.roleId) })
  if (tier === undefined) return paid
  try {
    await sendDirect(
      row,
      userId(payload.discordId),
      tierReached((await speakIn(tools.sql, [row.guildId]))(row.guildId), tier),
      tools,
    )
  } catch (error) {
    if (codeOf(error) === discordCode.cannotSendToUser || codeOf(error) === discordCode.unknownUser) return paid
    return paymentFor(error)
  }
  return paid
}

/** Nobody wants to read in the evening who reached something in the morning. */
const announcedWithinMs = 3 * 3_600_000

/** Says in the guild's channel who has reached a tier, and mentions nobody else. Safe to repeat: Discord keeps to the nonce. */
export const payAnnounce: OutboxPayer = async (row, tools) => {
  const { discordId, roleId: role, reachedAt } = announcementPayload.parse(row.payload)
  if (tools.clock.now() - reachedAt > announcedWithinMs) return { kind: 'dead', reason: 'too late to be announced' }
  const [[tier], { role_announce_channel_id: channel }, sayFor] = await Promise.all([
    tierOf(tools.sql, { guildId: row.guildId, roleId: roleId(role) }),
    readSettingsOf(tools.sql, row.guildId, ['role_announce_channel_id']),
    speakIn(tools.sql, [row.guildId]),
  ])
  if (tier === undefined || channel === null) return paid
  const once = { nonce: row.outboxId, enforce_nonce: true, allowed_mentions: { users: [discordId] } }
  try {
    await tools.rest.post(Routes.channelMessages(channel), {
      body: { ...tierAnnounced(sayFor(row.guildId), userId(discordId), tier), ...once },
    })
    return paid
  } catch (error) {
    return paymentFor(error)
  }
}

/**
 * Warns the admins of a role that cannot be given: in their channel if they named one, else the guild's owner. If neither can be
 * reached the warning stands in `/status` and `/roles list`, where it is in any case.
 */
export const payWarn: OutboxPayer = async (row, tools) => {
  const payload = warningPayload.parse(row.payload)
  const role = { guildId: row.guildId, roleId: roleId(payload.roleId) }
  const [tier] = await tierOf(tools.sql, role)
  const [linked] = tier === undefined ? await linkedRoleOf(tools.sql, role) : []
  const about = tier ?? linked
  if (about === undefined) return paid
  try {
    const warning =
      tier === undefined
        ? await linkedRoleWarning(role, about.serverName, tools)
        : tierWarning((await speakIn(tools.sql, [row.guildId]))(row.guildId), tier, payload.reason)
    return await warn(row, warning, about.adminChannelId, tools)
  } catch (error) {
    return paymentFor(error)
  }
}

async function linkedRoleWarning(key: Omit<GrantKey, 'discordId'>, serverName: string | null, tools: Tools) {
  const sayFor = await speakIn(tools.sql, [key.guildId])
  const name = (await rolePower(tools, key.guildId)).roles.get(key.roleId)?.name
  const role = name === undefined ? `<@&${key.roleId}>` : `**${plain(name)}**`
  const place = serverName ? `**${plain(serverName)}**: ` : ''
  return { content: `${place}${sayFor(key.guildId)('links:grant.cannot', { role })}` }
}

async function warn(
  row: OutboxRow,
  warning: RESTPostAPIChannelMessageJSONBody,
  adminChannelId: string | null,
  tools: Tools,
): Promise<Payment> {
  try {
    if (adminChannelId !== null && adminChannelId !== '') {
      await tools.rest.post(Routes.channelMessages(adminChannelId), {
        body: { ...warning, nonce: row.outboxId, enforce_nonce: true, allowed_mentions: { parse: [] } },
      })
      return paid
    }
  } catch (error) {
    if (isUnavailable(error)) return paymentFor(error)
    tools.log.info({ code: codeOf(error) }, 'admin channel cannot be used')
  }
  try {
    const guild = (await tools.rest.get(Routes.guild(row.guildId))) as { owner_id: string }
    await sendDirect(row, userId(guild.owner_id), warning, tools)
  } catch (error) {
    if (codeOf(error) === discordCode.cannotSendToUser) return paid
    return paymentFor(error)
  }
  return paid
}
