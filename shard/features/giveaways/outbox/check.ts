import { Routes } from 'discord.js'
import { z } from 'zod'
import type { GuildId, RoleId, UserId } from '../../../../cluster/runtime/ids.ts'
import { transaction } from '../../../../sql/client.ts'
import { giveawayOf } from '../../../../sql/queries/giveaways.ts'
import { winnersOf } from '../../../../sql/queries/winners.ts'
import { codeOf, discordCode, paymentFor } from '../../discord.ts'
import type { OutboxPayer, Payment, Tools } from '../../feature.ts'
import { wonForm } from '../job/tell.ts'
import { settleCheck } from '../job/winners.ts'

const paid: Payment = { kind: 'paid' }
const checkForm = z.object({ id: z.int(), news: wonForm })
const rolesForm = z.array(z.object({ id: z.string() }))
const memberForm = z.object({ roles: z.array(z.string()) })

/**
 * Asks Discord whether winners hold the role that their giveaway asks for: whoever enters in the chat shows no roles. Whoever is not on the
 * server or not linked any more does not hold it. A role that was deleted is asked for no more.
 */
export const payCheck: OutboxPayer = async (row, tools) => {
  const { id, news } = checkForm.parse(row.payload)
  const { guildId } = row
  const [giveaway, winners] = await Promise.all([
    giveawayOf(tools.sql, { guildId, id }),
    winnersOf(tools.sql, { guildId, giveawayId: id }),
  ])
  const role = giveaway?.requiredRoleId ?? null
  if (giveaway === undefined || role === null) return paid
  try {
    const roles = rolesForm.parse(await tools.rest.get(Routes.guildRoles(guildId)))
    const isAsked = roles.some((one) => one.id === role)
    const lacking: number[] = []
    for (const { nonce, userId } of winners.filter((one) => isAsked && news.nonces.includes(one.nonce)))
      if (!(await holds(guildId, userId, role, tools))) lacking.push(nonce)
    await transaction(tools.sql, (db) => settleCheck(db, giveaway, { news, lacking }, tools))
    return paid
  } catch (error) {
    return paymentFor(error)
  }
}

async function holds(guildId: GuildId, userId: UserId | null, role: RoleId, { rest }: Tools): Promise<boolean> {
  if (userId === null) return false
  try {
    return memberForm.parse(await rest.get(Routes.guildMember(guildId, userId))).roles.includes(role)
  } catch (error) {
    const code = codeOf(error)
    if (code === discordCode.unknownMember || code === discordCode.unknownUser) return false
    throw error
  }
}
