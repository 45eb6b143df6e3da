import { PermissionFlagsBits, Routes } from 'discord.js'
import { z } from 'zod'
import { type GuildId, type RoleId, roleId } from '../../../cluster/runtime/ids.ts'
import type { Tools } from '../feature.ts'

export interface GuildRole {
  readonly name: string
  readonly position: number
  /** Belongs to an integration or to boosters; nobody can give it by hand. */
  readonly managed: boolean
}

/** What the bot may do about roles in one guild. */
export interface RolePower {
  readonly canManageRoles: boolean
  /** Position of the bot's highest role; it can give only what stands below. */
  readonly topPosition: number
  /** Every role of the guild, @everyone (whose id is the guild's) included. */
  readonly roles: ReadonlyMap<RoleId, GuildRole>
}

export const hindrances = ['missing_permission', 'role_above', 'role_managed', 'role_gone'] as const
/** Why the bot cannot give or take a role. */
export type Hindrance = (typeof hindrances)[number]

/**
 * Why the bot cannot give or take this role, or undefined when it can. Discord's rule: the permission Manage Roles, a role
 * below the bot's highest one, and neither @everyone nor a managed role; of several causes the one to be cured first.
 */
export function hindranceOf(power: RolePower, guildId: GuildId, role: RoleId): Hindrance | undefined {
  const known = power.roles.get(role)
  if (known === undefined) return 'role_gone'
  if (known.managed || String(role) === guildId) return 'role_managed'
  if (!power.canManageRoles) return 'missing_permission'
  return known.position >= power.topPosition ? 'role_above' : undefined
}

const discordRoles = z.array(
  z.object({
    id: z.string(),
    name: z.string(),
    position: z.number(),
    permissions: z.string(),
    managed: z.boolean().default(false),
  }),
)
const discordMember = z.object({ roles: z.array(z.string()) })

const keptMs = 60_000
const mostKept = 2_000

/** Per process; what is kept is only ever what Discord answered within the last minute. */
const kept = new Map<
  GuildId,
  { readonly rest: Tools['rest']; readonly until: number; readonly power: Promise<RolePower> }
>()

/**
 * Asks Discord what the bot may do about roles, and remembers it for a minute, so that a thousand role changes of a guild
 * ask once. Throws what the REST client throws; a failure is not remembered. Never inside a transaction.
 */
export function rolePower(tools: Pick<Tools, 'rest' | 'clock' | 'botUserId'>, guildId: GuildId): Promise<RolePower> {
  const now = tools.clock.monotonic()
  const known = kept.get(guildId)
  if (known !== undefined && known.until > now && known.rest === tools.rest) return known.power
  const power = askDiscord(tools, guildId)
  const entry = { rest: tools.rest, until: now + keptMs, power }
  kept.delete(guildId) // so that the newest is last
  kept.set(guildId, entry)
  for (const oldest of kept.keys()) {
    if (kept.size <= mostKept) break
    kept.delete(oldest)
  }
  power.catch(() => {
    if (kept.get(guildId) === entry) kept.delete(guildId)
  })
  return power
}

/**
 * The same for admins, who have just changed something and want the truth: nothing that was remembered. Undefined when
 * Discord does not tell.
 */
export async function rolePowerNow(
  tools: Pick<Tools, 'rest' | 'clock' | 'botUserId' | 'log'>,
  guildId: GuildId,
): Promise<RolePower | undefined> {
  forget(guildId)
  try {
    return await rolePower(tools, guildId)
  } catch (err) {
    tools.log.warn({ guildId, err }, 'roles of a guild could not be read')
    return undefined
  }
}

/** Asks Discord again the next time: something about roles has changed there. */
export const forget = (guildId: GuildId): void => void kept.delete(guildId)

async function askDiscord(
  { rest, botUserId }: Pick<Tools, 'rest' | 'botUserId'>,
  guildId: GuildId,
): Promise<RolePower> {
  const [roles, member] = await Promise.all([
    rest.get(Routes.guildRoles(guildId)).then((body) => discordRoles.parse(body)),
    rest.get(Routes.guildMember(guildId, botUserId)).then((body) => discordMember.parse(body)),
  ])
  const own = roles.filter((role) => role.id === guildId || member.roles.includes(role.id))
  const permissions = own.reduce((all, role) => all | BigInt(role.permissions), 0n)
  const needed = PermissionFlagsBits.ManageRoles | PermissionFlagsBits.Administrator
  return {
    canManageRoles: (permissions & needed) !== 0n,
    topPosition: Math.max(0, ...own.map((role) => role.position)),
    roles: new Map(roles.map(({ id, name, position, managed }) => [roleId(id), { name, position, managed }])),
  }
}
