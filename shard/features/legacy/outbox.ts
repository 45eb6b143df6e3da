import { Routes } from 'discord.js'
import { z } from 'zod'
import { userId } from '../../../cluster/runtime/ids.ts'
import { transaction } from '../../../sql/client.ts'
import { audit } from '../../../sql/queries/audit.ts'
import { nameTiers, unnamedTiers } from '../../../sql/queries/legacy.ts'
import { owe } from '../../../sql/queries/outbox.ts'
import { readSettingsOf } from '../../../sql/queries/settings.ts'
import { touchSettlement } from '../../../sql/queries/settlement.ts'
import { codeOf, discordCode, isUnavailable, paymentFor } from '../discord.ts'
import type { OutboxPayer, Payment } from '../feature.ts'
import { speakIn } from '../language.ts'
import { hindranceOf, rolePowerNow } from '../roles/index.ts'
import { sendDirect } from '../tell.ts'
import { rolesNamed } from './rules.ts'
import { missingRoles } from './view.ts'

const paid: Payment = { kind: 'paid' }
const retryMs = 60_000

/** Asks Discord for the roles of a guild, makes tiers of those that are named like one, and tells the admins of the others. */
export const payTiers: OutboxPayer = async ({ guildId, outboxId }, tools) => {
  const unnamed = await unnamedTiers(tools.sql, guildId)
  if (unnamed.length === 0) return paid
  const power = await rolePowerNow(tools, guildId)
  if (power === undefined)
    return { kind: 'retry', reason: 'the roles of the server could not be read', delayMs: retryMs }
  const present = [...power.roles].map(([id, { name }]) => ({
    id,
    name,
    canBeGiven: hindranceOf(power, guildId, id) === undefined,
  }))
  const names = unnamed.map(({ roleName }) => roleName)
  await transaction(tools.sql, async (db) => {
    const { named, missing } = await nameTiers(db, { guildId, roles: rolesNamed(names, present, guildId) })
    await audit(
      db,
      named.map(({ roleId, minutesRequired }) => ({
        guildId,
        source: 'import' as const,
        action: 'roles.add',
        subject: roleId,
        newValue: String(minutesRequired),
      })),
    )
    if (named.length > 0) await touchSettlement(db, { kind: 'roles', guildIds: [guildId] })
    if (missing.length > 0)
      await owe(db, [{ guildId, kind: 'legacy.warn', sourceRef: `missing:${outboxId}`, payload: { missing } }])
  })
  tools.wakeOutbox()
  return paid
}

const warning = z.object({ missing: z.array(z.string()) })
const discordGuild = z.object({ owner_id: z.string() })

/** Tells the admins, in their channel if they named one, else the guild's owner; if neither can be reached, `/roles list` shows what there is. */
export const payWarn: OutboxPayer = async (row, tools) => {
  const { missing } = warning.parse(row.payload)
  const message = missingRoles((await speakIn(tools.sql, [row.guildId]))(row.guildId), missing)
  const { admin_channel_id: channel } = await readSettingsOf(tools.sql, row.guildId, ['admin_channel_id'])
  try {
    if (channel !== null) {
      const once = { nonce: row.outboxId, enforce_nonce: true, allowed_mentions: { parse: [] } }
      await tools.rest.post(Routes.channelMessages(channel), { body: { ...message, ...once } })
      return paid
    }
  } catch (error) {
    if (isUnavailable(error)) return paymentFor(error)
    tools.log.info({ code: codeOf(error) }, 'admin channel cannot be used')
  }
  try {
    const guild = discordGuild.parse(await tools.rest.get(Routes.guild(row.guildId)))
    await sendDirect(row, userId(guild.owner_id), message, tools)
  } catch (error) {
    if (codeOf(error) !== discordCode.cannotSendToUser) return paymentFor(error)
  }
  return paid
}
