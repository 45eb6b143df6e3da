import { setTimeout as sleep } from 'node:timers/promises'
import { guildId, roleId, userId, username } from '../../cluster/runtime/ids.ts'
import { transaction } from '../../sql/client.ts'
import { exclusionKinds, setExclusions } from '../../sql/queries/exclusion.ts'
import { writeSetting } from '../../sql/queries/settings.ts'
import { addTier } from '../../sql/queries/tiers.ts'
import type { Interaction, SeenMessage } from '../standins/discord/index.ts'
import { textOf } from '../support/browsing.ts'
import type { CastGuild } from './cast.ts'
import type { Stage } from './stage.ts'

/** So many guilds are set up by commands alone; of the others the tiers and settings are written as the commands write them. */
const guildsByHand = 6
const atOnce = 4
const answerMs = 15_000

/** Sets every guild up as its owner would; throws when an answer is not what an owner hopes for. */
export async function setUp(
  stage: Stage,
  guilds: readonly CastGuild[],
  onGuild: (name: string) => void,
): Promise<void> {
  await stage.discord.control.until(() => stage.discord.world.commands.find(null, 'setup', 1), {
    what: 'the commands to be registered',
    timeoutMs: 30_000,
  })
  const waiting = [...guilds.entries()]
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, guild] = next
      await command(stage, guild, 'setup', { channel: `https://kick.com/${guild.channel.user.slug}` }, /now watches/)
      if (index < guildsByHand) await setUpByHand(stage, guild)
      else await setUpBySql(stage, guild)
      onGuild(guild.name)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  await excludeFromTheBeginning(stage)
}

/** Some of what is told of was written before the guilds were set up; what is left out of time was so then already. */
const excludeFromTheBeginning = ({ sql }: Stage) => sql`
  update exclusion
     set set_at = to_timestamp(0)`

async function setUpByHand(stage: Stage, guild: CastGuild): Promise<void> {
  const set = (key: string, value: number) =>
    command(stage, guild, 'settings set', { key, value: String(value) }, /is now|nothing has changed/)
  for (const tier of guild.tiers)
    await command(stage, guild, 'roles add', { role: tier.roleId, minutes: tier.minutes }, new RegExp(tier.roleId))
  await set('points_per_5min', guild.rate)
  await set('active_window_seconds', guild.windowSeconds)
  for (const name of guild.ignored) await command(stage, guild, 'exclude add', { name }, /is left out from now on/)
}

async function setUpBySql({ sql }: Stage, guild: CastGuild): Promise<void> {
  const id = guildId(guild.id)
  const by = userId(guild.ownerId)
  await transaction(sql, async (db) => {
    for (const tier of guild.tiers)
      await addTier(db, { guildId: id, roleId: roleId(tier.roleId), roleName: tier.name, minutes: tier.minutes })
    await writeSetting(db, {
      guildId: id,
      key: 'points_per_5min',
      value: guild.rate,
      by: { source: 'discord', actorId: by },
    })
    await writeSetting(db, {
      guildId: id,
      key: 'active_window_seconds',
      value: guild.windowSeconds,
      by: { source: 'discord', actorId: by },
    })
    for (const name of guild.ignored)
      await setExclusions(db, {
        guildId: id,
        username: username(name),
        kinds: exclusionKinds,
        origin: 'admin',
        reason: null,
        setBy: by,
      })
  })
}

/** The owner uses a command and reads the answer. */
async function command(
  { discord }: Stage,
  guild: CastGuild,
  name: string,
  options: Record<string, string | number>,
  wanted: RegExp,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const interaction = discord.control.command({ command: name, guildId: guild.id, userId: guild.ownerId, options })
    const text = textOf(await answerOf(interaction))
    if (wanted.test(text)) return
    // While a group changes hands a command may be told to come again.
    if (attempt === 3) throw new Error(`/${name} in ${guild.name} was answered: ${text}`)
    await sleep(1_000)
  }
}

export const answerOf = (interaction: Interaction): Promise<SeenMessage> =>
  interaction.message({ timeoutMs: answerMs, where: (message) => !message.isThinking })
