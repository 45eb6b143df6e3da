import type { Sql } from '../../sql/client.ts'
import type { DiscordStandIn } from '../standins/discord/index.ts'
import type { Cast } from './cast.ts'
import { type Deed, type Due, type Expected, expectedOf } from './model.ts'

export interface Outcome {
  readonly expectedMinutes: number
  readonly creditedMinutes: number
  readonly expectedPoints: number
  readonly points: number
  readonly expectedRoles: number
  readonly grantedRoles: number
  /** What is not as it should be, one line each. */
  readonly differences: readonly string[]
}

/** Compares what everybody has, in the database and on Discord, with what the model says they should have. */
export async function compare(
  p: { readonly sql: Sql; readonly discord: DiscordStandIn; readonly cast: Cast },
  deeds: readonly Deed[],
): Promise<Outcome> {
  const settled = await settledSlots(p.sql)
  const standings = await readStandings(p.sql)
  const differences: string[] = []
  const sums = { expectedMinutes: 0, creditedMinutes: 0, expectedPoints: 0, points: 0 }
  let expectedRoles = 0
  let grantedRoles = 0
  for (const guild of p.cast.guilds) {
    const expected = expectedOf(
      {
        guildId: guild.id,
        channel: guild.channel.user.username,
        broadcaster: guild.channel.user.username,
        windowSeconds: guild.windowSeconds,
        rate: guild.rate,
        ignored: guild.ignored,
        tiers: guild.tiers,
        links: guild.members.map(({ userId, viewer }) => ({ userId, viewer: viewer.username })),
        settledSlot: settled.get(guild.id) ?? 0,
      },
      deeds,
      p.cast.streams,
    )
    const actual = standings.get(guild.id) ?? new Map<string, Due>()
    standings.delete(guild.id)
    for (const viewer of new Set([...expected.viewers.keys(), ...actual.keys()])) {
      const wanted = expected.viewers.get(viewer) ?? nothing
      const has = actual.get(viewer) ?? nothing
      sums.expectedMinutes += wanted.minutes
      sums.creditedMinutes += has.minutes
      sums.expectedPoints += wanted.points
      sums.points += has.points
      if (wanted.minutes !== has.minutes || wanted.points !== has.points)
        differences.push(`${guild.name}: ${viewer} has ${inWords(has)} and should have ${inWords(wanted)}`)
    }
    const roles = compareRoles(p.discord, guild, expected)
    expectedRoles += roles.expected
    grantedRoles += roles.granted
    differences.push(...roles.differences)
  }
  for (const [guildId, viewers] of standings)
    differences.push(`guild ${guildId}, which does not exist, has ${viewers.size} viewers`)
  return { ...sums, expectedRoles, grantedRoles, differences }
}

const nothing: Due = { minutes: 0, points: 0 }
const inWords = (due: Due): string => `${due.minutes} minutes and ${due.points} points`

function compareRoles(
  discord: DiscordStandIn,
  guild: Cast['guilds'][number],
  expected: Expected,
): { expected: number; granted: number; differences: string[] } {
  const names = new Map(guild.tiers.map((tier) => [tier.roleId, tier.name]))
  const differences: string[] = []
  let wantedCount = 0
  let grantedCount = 0
  for (const member of discord.world.guild(guild.id).members.values()) {
    const wanted = expected.roles.get(member.user.id) ?? new Set<string>()
    const has = new Set([...member.roles].filter((roleId) => names.has(roleId)))
    wantedCount += wanted.size
    grantedCount += has.size
    for (const [roleId, name] of names) {
      if (wanted.has(roleId) === has.has(roleId)) continue
      const what = has.has(roleId) ? `has the role ${name} and should not` : `should have the role ${name}`
      differences.push(`${guild.name}: ${member.user.username} ${what}`)
    }
  }
  return { expected: wantedCount, granted: grantedCount, differences }
}

async function settledSlots(sql: Sql): Promise<ReadonlyMap<string, number>> {
  const rows = await sql<{ guildId: string; slot: number }[]>`
    select discord_server_id::text as guild_id, settled_slot::int as slot from settlement where kind = 'watchtime'`
  return new Map(rows.map((row) => [row.guildId, row.slot]))
}

/** By guild and folded name. Points without minutes count too. */
async function readStandings(sql: Sql): Promise<Map<string, Map<string, Due>>> {
  const rows = await sql<({ guildId: string; viewer: string } & Due)[]>`
    select coalesce(w.discord_server_id, p.discord_server_id)::text as guild_id,
           coalesce(w.username, p.kick_username) as viewer,
           coalesce(w.minutes, 0) as minutes,
           coalesce(p.points, 0)::int as points
      from watchtime w
      full join user_points p on p.discord_server_id = w.discord_server_id and p.kick_username = w.username`
  const guilds = new Map<string, Map<string, Due>>()
  for (const { guildId, viewer, minutes, points } of rows) {
    const viewers = guilds.get(guildId) ?? new Map<string, Due>()
    guilds.set(guildId, viewers.set(viewer, { minutes, points }))
  }
  return guilds
}
