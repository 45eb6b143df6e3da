import { PermissionFlagsBits } from 'discord.js'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import type { GuildId } from '../../../../cluster/runtime/ids.ts'
import type { Db } from '../../../../sql/client.ts'
import { type Giveaway, giveawayOf } from '../../../../sql/queries/giveaways.ts'
import { discordCode } from '../../discord.ts'
import { type Say, speakTo } from '../../language.ts'

/** Discord's answers to whoever may not post into a channel, or whose channel is gone. */
export const refusals: ReadonlySet<number | undefined> = new Set([
  discordCode.missingAccess,
  discordCode.missingPermissions,
  discordCode.unknownChannel,
])

/** For buttons and forms, which anybody may send that sees them. */
export function requireManageServer(interaction: {
  readonly locale: string
  readonly memberPermissions: { has(bits: bigint): boolean } | null
}): void {
  if (interaction.memberPermissions?.has(PermissionFlagsBits.ManageGuild)) return
  const say = speakTo(interaction)
  const permission = say('common:permission.ManageGuild')
  throw new UserError('permission', say('common:refused.permission', { permission }))
}

/** The giveaway of this number; a `UserError` when there is none. */
export async function existing(say: Say, db: Db, guildId: GuildId, id: number): Promise<Giveaway> {
  const giveaway = await giveawayOf(db, { guildId, id })
  if (giveaway === undefined) throw new UserError('no_giveaway', say('giveaways:error.unknown', { number: String(id) }))
  return giveaway
}
