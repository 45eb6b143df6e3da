import type { DiscordStandIn } from '../standins/discord/index.ts'
import type { KickStandIn, KickUser } from '../standins/kick/index.ts'
import { Seeded } from '../standins/kick/seeded.ts'
import type { StreamInterval } from './model.ts'
import { Names } from './names.ts'

export interface CastGuild {
  readonly id: string
  readonly name: string
  /** May do everything, so sets everything up. */
  readonly ownerId: string
  readonly channel: CastChannel
  /** Lowest first. */
  readonly tiers: readonly { readonly roleId: string; readonly name: string; readonly minutes: number }[]
  /** Those who are linked, or will be. */
  readonly members: readonly { readonly userId: string; readonly viewer: KickUser }[]
  readonly rate: number
  readonly windowSeconds: number
  readonly ignored: readonly string[]
}

export interface CastChannel {
  readonly user: KickUser
  readonly viewers: readonly KickUser[]
  /** Writes all the time and is ignored by every guild. */
  readonly robot: KickUser
  readonly beganAt: number
  /** Whether the stream is live before any guild is set up; otherwise a webhook tells of it later. */
  readonly isEarly: boolean
  /** Its stream ends while people still write. */
  readonly endsEarly: boolean
}

export interface Cast {
  readonly channels: readonly CastChannel[]
  readonly guilds: readonly CastGuild[]
  /** What was live when; grows while the demo runs. */
  readonly streams: StreamInterval[]
  readonly linksWanted: number
}

const minuteMs = 60_000
const linkedShare = 0.4
const rates = [1, 2, 5, 10, 1, 3, 0] as const
/** Mostly the default. */
const windows = [120, 120, 180, 120, 60] as const
const tiers = [
  { name: 'Regular', minutes: 5 },
  { name: 'Devoted', minutes: 10 },
] as const

export interface CastOptions {
  readonly guilds: number
  readonly viewers: number
  readonly seed: string
  /** Streams began up to fourteen minutes before this. */
  readonly now: number
}

/** Makes the people and places of the demo in both stand-ins. The first two guilds watch the same channel. */
export function makeCast(discord: DiscordStandIn, kick: KickStandIn, options: CastOptions): Cast {
  const random = new Seeded(`${options.seed}:cast`)
  const names = new Names(random)
  const channels: CastChannel[] = []
  for (let index = 0; index < options.guilds - 1; index++) {
    const viewers = Array.from({ length: options.viewers }, () => kick.control.addViewer({ username: names.viewer() }))
    // Now and then somebody watches two channels: what they earn in one guild is nothing to the other.
    const neighbour = channels[index - 1]?.viewers[0]
    if (index % 5 === 4 && neighbour !== undefined) viewers.splice(-1, 1, neighbour)
    const user = kick.control.addChannel({ username: names.channel() })
    channels.push({
      user,
      viewers,
      robot: kick.control.addViewer({ username: `StreamElf_${index + 1}` }),
      beganAt: Math.floor((options.now - (14 - random.next() * 2) * minuteMs) / 1000) * 1000,
      isEarly: index % 2 === 0,
      endsEarly: index % 6 === 5,
    })
  }
  const guilds = Array.from({ length: options.guilds }, (_, index) => {
    const channel = channels[Math.max(0, index - 1)]
    if (channel === undefined) throw new Error('a guild has no channel')
    return makeGuild(discord, { name: names.guild(), channel, index, random })
  })
  return {
    channels,
    guilds,
    streams: [],
    linksWanted: guilds.reduce((sum, guild) => sum + guild.members.length, 0),
  }
}

function makeGuild(
  discord: DiscordStandIn,
  p: { name: string; channel: CastChannel; index: number; random: Seeded },
): CastGuild {
  const guild = discord.world.addGuild({ name: p.name })
  const linked = p.channel.viewers.filter((_, place) => place === 0 || p.random.chance(linkedShare))
  return {
    id: guild.id,
    name: p.name,
    ownerId: guild.ownerId,
    channel: p.channel,
    tiers: tiers.map((tier) => ({ ...tier, roleId: guild.addRole({ name: tier.name, position: 'below-bot' }).id })),
    members: linked.map((viewer) => ({
      userId: guild.addMember({ username: viewer.username.toLowerCase() }).user.id,
      viewer,
    })),
    rate: rates[p.index % rates.length] ?? 1,
    windowSeconds: windows[p.index % windows.length] ?? 120,
    ignored: [p.channel.robot.username.toLowerCase()],
  }
}
