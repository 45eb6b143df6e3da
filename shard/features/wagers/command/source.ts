import type { ChatInputCommandInteraction } from 'discord.js'
import { type AddressFault, checkAddress, platformNames, typedAddress } from '../../../../cluster/runtime/affiliate.ts'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { type GuildId, userId } from '../../../../cluster/runtime/ids.ts'
import { transaction } from '../../../../sql/client.ts'
import { audit } from '../../../../sql/queries/audit.ts'
import { bindSource, sourcesOf, unbindSource } from '../../../../sql/queries/wagers.ts'
import type { Reply, Tools } from '../../feature.ts'
import type { Say } from '../../language.ts'
import { campaignIdOf, codesOf, sourcePurpose } from '../rules.ts'
import { statusView } from '../view.ts'
import { chosenPlatform } from './platform.ts'

const refusal = (say: Say, fault: AddressFault, hosts: readonly string[]): string =>
  say(`wagers:address.${fault}`, { hosts: say.list(hosts.map((host) => `\`${host}\``)) })

/** Binds the guild to a campaign: by its address, or by the id that the usual address takes. What was typed is not shown again. */
export async function setUp(
  say: Say,
  interaction: ChatInputCommandInteraction,
  guildId: GuildId,
  { sql, secrets, wagerHosts }: Tools,
): Promise<Reply> {
  const { options } = interaction
  const platform = chosenPlatform(interaction)
  const typed = typedAddress(platform, options.getString('source'))
  if (typed === undefined) throw new UserError('no_source', say('wagers:error.source'))
  const address = checkAddress(typed, wagerHosts)
  if (typeof address === 'string') throw new UserError('bad_address', refusal(say, address, wagerHosts))
  const key = options.getString('key')?.trim() || null
  if (platform === 'howl' && key === null) throw new UserError('no_key', say('wagers:error.key'))
  // What is not a character of a header would end it, and begin another one.
  if (key !== null && !/^[\x21-\x7e]{1,512}$/.test(key)) throw new UserError('bad_key', say('wagers:error.bad_key'))
  const codes = codesOf(options.getString('codes'))
  if (codes === undefined) throw new UserError('bad_codes', say('wagers:error.codes'))
  const campaignId = campaignIdOf({ platform, address: address.href, key })
  await transaction(sql, async (db) => {
    await bindSource(db, {
      guildId,
      platform,
      campaignId,
      codes,
      address: secrets.encrypt(address.href, sourcePurpose(guildId, platform, 'address')),
      apiKey: key === null ? null : secrets.encrypt(key, sourcePurpose(guildId, platform, 'key')),
      keyId: secrets.keyId,
    })
    await audit(db, [
      {
        guildId,
        source: 'discord',
        actorId: userId(interaction.user.id),
        action: 'wagers.setup',
        subject: platform,
        newValue: codes.join(', ') || null,
      },
    ])
  })
  const done = say('wagers:set_up', { platform: platformNames[platform] })
  return statusView(say, await sourcesOf(sql, guildId), done)
}

/** Asks this platform no more for the guild. */
export async function remove(
  say: Say,
  interaction: ChatInputCommandInteraction,
  guildId: GuildId,
  { sql }: Tools,
): Promise<Reply> {
  const platform = chosenPlatform(interaction)
  const had = await transaction(sql, async (db) => {
    if (!(await unbindSource(db, { guildId, platform }))) return false
    const actorId = userId(interaction.user.id)
    await audit(db, [{ guildId, source: 'discord', actorId, action: 'wagers.remove', subject: platform }])
    return true
  })
  const values = { platform: platformNames[platform] }
  if (!had) throw new UserError('no_source', say('wagers:error.no_source', values))
  return statusView(say, await sourcesOf(sql, guildId), say('wagers:removed', values))
}
