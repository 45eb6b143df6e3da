import type { Core } from '../core.ts'
import { isObject, type JsonObject } from '../json.ts'
import { shardOf } from '../snowflake.ts'
import type { Guild, Member } from '../world/types.ts'
import { memberWire } from '../world/wire.ts'
import { Intent } from './intents.ts'
import type { Session } from './session.ts'

const membersPerChunk = 1_000
const fullRequestEveryMs = 30_000
const lastFullRequest = new WeakMap<Guild, number>()

/** Answers op 8. A full list needs the member intent, and is given once per guild in 30 s. */
export const requestMembers = (core: Core, session: Session, d: unknown): void => {
  const request = isObject(d) ? d : {}
  const guild = typeof request.guild_id === 'string' ? core.world.guilds.get(request.guild_id) : undefined
  const nonce = typeof request.nonce === 'string' && Buffer.byteLength(request.nonce) <= 32 ? request.nonce : undefined
  if (!guild || guild.isUnavailable || shardOf(guild.id, session.shard[1]) !== session.shard[0]) return
  const userIds = Array.isArray(request.user_ids) ? request.user_ids.filter((id) => typeof id === 'string') : null
  const query = typeof request.query === 'string' ? request.query.toLowerCase() : ''
  const limit = typeof request.limit === 'number' ? request.limit : 0
  const wantsAll = userIds === null && query === '' && limit === 0
  if (wantsAll && (session.intents & Intent.GuildMembers) === 0) {
    core.ledger.violated('gateway-protocol', 'op 8 for all members without the GuildMembers intent')
    return
  }
  if (wantsAll && isTooEarly(core, session, guild, nonce)) return
  const found = userIds === null ? search(guild, query, limit) : userIds.flatMap((id) => guild.members.get(id) ?? [])
  const missing = (userIds ?? []).filter((id) => !guild.members.has(id))
  sendChunks(session, guild, found, missing, nonce)
}

const isTooEarly = (core: Core, session: Session, guild: Guild, nonce: string | undefined): boolean => {
  const waitMs = (lastFullRequest.get(guild) ?? Number.NEGATIVE_INFINITY) + fullRequestEveryMs - core.clock.now()
  if (waitMs > 0) {
    const meta = { guild_id: guild.id, nonce }
    session.dispatch('RATE_LIMITED', JSON.stringify({ opcode: 8, retry_after: waitMs / 1_000, meta }))
    return true
  }
  lastFullRequest.set(guild, core.clock.now())
  return false
}

const search = (guild: Guild, query: string, limit: number): Member[] => {
  const found = [...guild.members.values()].filter(
    (member) =>
      query === '' ||
      member.user.username.toLowerCase().startsWith(query) ||
      member.nick?.toLowerCase().startsWith(query) === true,
  )
  return limit > 0 ? found.slice(0, Math.min(limit, 100)) : found
}

const sendChunks = (session: Session, guild: Guild, found: Member[], missing: string[], nonce: string | undefined) => {
  const chunkCount = Math.max(1, Math.ceil(found.length / membersPerChunk))
  for (let index = 0; index < chunkCount; index += 1) {
    const chunk: JsonObject = {
      guild_id: guild.id,
      members: found.slice(index * membersPerChunk, (index + 1) * membersPerChunk).map(memberWire),
      chunk_index: index,
      chunk_count: chunkCount,
      not_found: missing,
      nonce,
    }
    session.dispatch('GUILD_MEMBERS_CHUNK', JSON.stringify(chunk))
  }
}
