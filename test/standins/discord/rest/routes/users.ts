import type { Json } from '../../json.ts'
import { channelWire, userWire } from '../../world/wire.ts'
import { guildOf } from '../access.ts'
import { failure } from '../errors.ts'
import { Form } from '../form.ts'
import { param, type RestRequest, route } from '../router.ts'

const currentUser = ({ core }: RestRequest): Json => ({ ...userWire(core.world.bot), verified: true, flags: 0 })

const user = (request: RestRequest): Json => {
  const found = request.core.world.users.get(param(request, 'userId'))
  if (found === undefined) throw failure.unknownUser()
  return userWire(found)
}

/** Opens a DM, or returns the one there is; whether the user takes messages shows only on sending. */
const openDm = ({ core, body }: RestRequest): Json => {
  const form = Form.of(body)
  const recipientId = form.snowflake('recipient_id', true)
  form.check()
  const recipient = recipientId === undefined ? undefined : core.world.users.get(recipientId)
  if (recipient === undefined || recipient.bot) throw failure.unknownUser()
  if (core.faults.refusesNewDms && core.world.findDm(recipient.id) === undefined) throw failure.dmsTooFast()
  return channelWire(core.world.dmWith(recipient.id), recipient)
}

const currentGuilds = ({ core, query }: RestRequest): Json => {
  const limit = Math.min(200, Number(query.get('limit') ?? 200))
  const after = BigInt(query.get('after') ?? '0')
  return [...core.world.guilds.values()]
    .filter((guild) => BigInt(guild.id) > after)
    .sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1))
    .slice(0, limit)
    .map((guild) => ({
      id: guild.id,
      name: guild.name,
      icon: null,
      owner: false,
      permissions: String(guild.botRole.permissions),
      features: [],
    }))
}

const leaveGuild = (request: RestRequest): undefined => {
  request.core.world.removeGuild(guildOf(request).id)
}

export const userRoutes = [
  route('GET', '/users/@me', currentUser),
  route('GET', '/users/@me/guilds', currentGuilds),
  route('DELETE', '/users/@me/guilds/:guildId', leaveGuild),
  route('POST', '/users/@me/channels', openDm),
  route('GET', '/users/:userId', user),
]
