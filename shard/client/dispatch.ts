import {
  type APIInteraction,
  GatewayDispatchEvents,
  type GatewayDispatchPayload,
  type GatewayReadyDispatchData,
  SnowflakeUtil,
} from 'discord.js'
import { type GuildId, guildId, type RoleId, roleId, type UserId, userId } from '../../cluster/runtime/ids.ts'
import type { Log } from '../../cluster/runtime/log.ts'
import { Counter, registry } from '../../cluster/runtime/metrics.ts'
import type { Sessions } from './sessions.ts'

/** Somebody in a guild. */
export interface GuildMember {
  readonly guildId: GuildId
  readonly userId: UserId
}

/**
 * Is told what the gateway says about guilds. Until a promise that it gives has settled, the session is stored as if the
 * event had not come, so that it comes again should the process die.
 */
export interface GatewayListener {
  guildAvailable(guild: { readonly guildId: GuildId; readonly name: string }): Promise<void>
  guildLeft(guildId: GuildId): Promise<void>
  rolesChanged(guildId: GuildId): Promise<void>
  /** Somebody joined or left; heard with the members intent only. */
  memberJoined(member: GuildMember): Promise<void>
  memberLeft(member: GuildMember): Promise<void>
  /** All roles of a member of whom something has changed; heard with the same intent. */
  memberSeen(member: GuildMember & { readonly roleIds: readonly RoleId[] }): Promise<void>
  /** All guilds of a shard, as a new session lists them. Guilds that are not there were left while nobody listened. */
  guildsListed(shardId: number, guildIds: readonly GuildId[]): Promise<void>
}

const skipped = new Counter({
  name: 'bot_gateway_replays_skipped_total',
  help: 'Interactions that were replayed by a RESUME too late to be answered.',
  registers: [registry],
})

/** Discord waits this long for the first answer to an interaction. */
const answerMs = 3_000

export function createDispatches(options: {
  readonly listener: GatewayListener
  readonly botUserId: UserId
  readonly sessions: Pick<Sessions, 'hold'>
  readonly log: Log
}) {
  const { listener, botUserId, sessions, log } = options
  const replaying = new Set<number>()

  const holdFor = (shardId: number, sequence: number, work: Promise<void>): void => {
    const release = sessions.hold(shardId, sequence)
    work.catch((err: unknown) => log.error({ shardId, err }, 'gateway event could not be handled')).finally(release)
  }

  /** The local clock may be wrong, so it is asked only about interactions that are known to be old. */
  const isTooLate = (shardId: number, interaction: APIInteraction): boolean => {
    if (!replaying.has(shardId)) return false
    if (Date.now() - SnowflakeUtil.timestampFrom(interaction.id) < answerMs) return false
    skipped.inc()
    return true
  }

  return {
    beganReplay(shardId: number, isResuming: boolean): void {
      if (isResuming) replaying.add(shardId)
      else replaying.delete(shardId)
    },

    replayed: (shardId: number) => void replaying.delete(shardId),

    began(shardId: number, ready: GatewayReadyDispatchData): void {
      replaying.delete(shardId)
      // READY is the first dispatch of a session.
      holdFor(
        shardId,
        1,
        listener.guildsListed(
          shardId,
          ready.guilds.map((guild) => guildId(guild.id)),
        ),
      )
    },

    /** Whether discord.js may see it; of all that is left, it acts on interactions only. */
    onDispatch(shardId: number, payload: GatewayDispatchPayload): boolean {
      const hold = (work: Promise<void>) => holdFor(shardId, payload.s, work)
      switch (payload.t) {
        case GatewayDispatchEvents.InteractionCreate:
          return !isTooLate(shardId, payload.d)
        case GatewayDispatchEvents.GuildCreate:
          if (!payload.d.unavailable)
            hold(listener.guildAvailable({ guildId: guildId(payload.d.id), name: payload.d.name }))
          return false
        case GatewayDispatchEvents.GuildUpdate:
          hold(listener.guildAvailable({ guildId: guildId(payload.d.id), name: payload.d.name }))
          return false
        case GatewayDispatchEvents.GuildDelete:
          // With `unavailable` it is an outage, and the guild comes back.
          if (!payload.d.unavailable) hold(listener.guildLeft(guildId(payload.d.id)))
          return false
        case GatewayDispatchEvents.GuildRoleCreate:
        case GatewayDispatchEvents.GuildRoleUpdate:
        case GatewayDispatchEvents.GuildRoleDelete:
          hold(listener.rolesChanged(guildId(payload.d.guild_id)))
          return false
        case GatewayDispatchEvents.GuildMemberUpdate:
          if (payload.d.user.id === botUserId) hold(listener.rolesChanged(guildId(payload.d.guild_id)))
          else if (!payload.d.user.bot) {
            const roleIds = payload.d.roles.map(roleId)
            const member = { guildId: guildId(payload.d.guild_id), userId: userId(payload.d.user.id) }
            hold(listener.memberSeen({ ...member, roleIds }))
          }
          return false
        case GatewayDispatchEvents.GuildMemberAdd:
        case GatewayDispatchEvents.GuildMemberRemove: {
          const member = { guildId: guildId(payload.d.guild_id), userId: userId(payload.d.user.id) }
          if (payload.d.user.bot) return false // bots link nothing
          hold(
            payload.t === GatewayDispatchEvents.GuildMemberAdd
              ? listener.memberJoined(member)
              : listener.memberLeft(member),
          )
          return false
        }
        default:
          return false
      }
    },
  }
}
