import type { Json } from '../../json.ts'
import { Permission } from '../../world/permissions.ts'
import type { Guild, Member } from '../../world/types.ts'
import { guildWire, memberWire, userWire } from '../../world/wire.ts'
import { guildOf, memberOf, needInGuild, needPowerOverMember, needPowerOverRole, roleOf } from '../access.ts'
import { failure } from '../errors.ts'
import { Form } from '../form.ts'
import { param, type RestRequest, route } from '../router.ts'

const guild = (request: RestRequest): Json => {
  const found = guildOf(request)
  const wantsCounts = request.query.get('with_counts') === 'true'
  return { ...guildWire(found), approximate_member_count: wantsCounts ? found.members.size : undefined }
}

const byId = (a: Member, b: Member): number => (BigInt(a.user.id) < BigInt(b.user.id) ? -1 : 1)

const limitOf = (request: RestRequest, most: number): number => {
  const form = Form.of({ limit: Number(request.query.get('limit') ?? 1) })
  const limit = form.integer('limit', { min: 1, max: most }) ?? 1
  form.check()
  return limit
}

/** Needs the member intent, as on Discord. */
const listMembers = (request: RestRequest): Json => {
  const found = guildOf(request)
  if (!request.core.settings.privilegedIntents.includes('GuildMembers')) throw failure.missingAccess()
  const after = BigInt(request.query.get('after') ?? '0')
  return [...found.members.values()]
    .filter((member) => BigInt(member.user.id) > after)
    .sort(byId)
    .slice(0, limitOf(request, 1_000))
    .map(memberWire)
}

const searchMembers = (request: RestRequest): Json => {
  const found = guildOf(request)
  const form = Form.of({ query: request.query.get('query') ?? undefined })
  const query = (form.text('query', { min: 1, max: 100, required: true }) ?? '').toLowerCase()
  form.check()
  return [...found.members.values()]
    .filter(({ user, nick }) => [user.username, nick ?? ''].some((name) => name.toLowerCase().startsWith(query)))
    .slice(0, limitOf(request, 1_000))
    .map(memberWire)
}

const member = (request: RestRequest): Json => memberWire(memberOf(request, guildOf(request)))

/** `roles` is the complete list; each role that changes must be in the bot's reach. */
const updateMember = (request: RestRequest): Json => {
  const { core } = request
  const found = guildOf(request)
  const target = memberOf(request, found)
  const form = Form.of(request.body)
  const nick = form.text('nick', { max: 32 })
  const roles = form.strings('roles', { max: 250 })
  const until = form.text('communication_disabled_until', { max: 64 })
  const untilMs = until === undefined ? null : Date.parse(until)
  if (untilMs !== null && Number.isNaN(untilMs))
    form.fault('communication_disabled_until', 'DATE_TIME_TYPE_PARSE', `Could not parse ${until}. Should be ISO8601.`)
  if (untilMs !== null && untilMs > core.clock.now() + 28 * 86_400_000)
    form.fault('communication_disabled_until', 'BASE_TYPE_MAX', 'A timeout ends after 28 days at most.')
  form.check()
  if (form.has('nick')) needToRename(request, found, target)
  if (form.has('communication_disabled_until')) {
    needInGuild(core, found, Permission.ModerateMembers)
    needPowerOverMember(found, target)
  }
  if (form.has('roles')) needPowerOverChange(request, found, target, roles)
  found.updateMember(target.user.id, {
    ...(form.has('nick') ? { nick: nick === undefined || nick === '' ? null : nick } : {}),
    ...(form.has('communication_disabled_until') ? { timeoutUntil: untilMs } : {}),
    ...(form.has('roles') ? { roles } : {}),
  })
  found.audit(form.has('roles') ? 25 : 24, target.user.id, request.reason)
  return memberWire(target)
}

const needToRename = (request: RestRequest, found: Guild, target: Member): void => {
  const isBot = target.user.id === found.botMember.user.id
  needInGuild(request.core, found, isBot ? Permission.ChangeNickname : Permission.ManageNicknames)
  needPowerOverMember(found, target)
}

const needPowerOverChange = (request: RestRequest, found: Guild, target: Member, roles: readonly string[]): void => {
  needInGuild(request.core, found, Permission.ManageRoles)
  const after = new Set(roles)
  const changed = [...after]
    .filter((id) => !target.roles.has(id))
    .concat([...target.roles].filter((id) => !after.has(id)))
  for (const id of changed) needPowerOverRole(request.core, found, roleOf(found, id))
}

/** Order of the checks: guild, member, role, hierarchy. Idempotent. */
const setRole =
  (isGiven: boolean) =>
  (request: RestRequest): undefined => {
    const found = guildOf(request)
    const target = memberOf(request, found)
    const role = roleOf(found, param(request, 'roleId'))
    needPowerOverRole(request.core, found, role)
    if (isGiven) found.giveRole(target.user.id, role.id)
    else found.takeRole(target.user.id, role.id)
    found.audit(25, target.user.id, request.reason)
  }

const kick = (request: RestRequest): undefined => {
  const found = guildOf(request)
  needInGuild(request.core, found, Permission.KickMembers)
  const target = memberOf(request, found)
  needPowerOverMember(found, target)
  found.removeMember(target.user.id)
  found.audit(20, target.user.id, request.reason)
}

const ban = (request: RestRequest): undefined => {
  const found = guildOf(request)
  needInGuild(request.core, found, Permission.BanMembers)
  const userId = param(request, 'userId')
  if (!request.core.world.users.has(userId)) throw failure.unknownUser()
  const target = found.members.get(userId)
  if (target) needPowerOverMember(found, target)
  found.ban(userId, request.reason)
  found.audit(22, userId, request.reason)
}

const unban = (request: RestRequest): undefined => {
  const found = guildOf(request)
  needInGuild(request.core, found, Permission.BanMembers)
  const userId = param(request, 'userId')
  if (!found.bans.has(userId)) throw failure.unknownBan()
  found.unban(userId)
  found.audit(23, userId, request.reason)
}

const auditLog = (request: RestRequest): Json => {
  const found = guildOf(request)
  needInGuild(request.core, found, Permission.ViewAuditLog)
  const entries = found.auditLog.slice(-Math.min(100, Number(request.query.get('limit') ?? 50))).reverse()
  return {
    audit_log_entries: entries.map((entry) => ({
      id: entry.id,
      action_type: entry.actionType,
      user_id: entry.userId,
      target_id: entry.targetId,
      reason: entry.reason ?? undefined,
    })),
    users: [userWire(request.core.world.bot)],
    application_commands: [],
    auto_moderation_rules: [],
    guild_scheduled_events: [],
    integrations: [],
    threads: [],
    webhooks: [],
  }
}

const members = '/guilds/:guildId/members'
export const guildRoutes = [
  route('GET', '/guilds/:guildId', guild),
  route('GET', members, listMembers, { bucket: 'member-list' }),
  route('GET', `${members}/search`, searchMembers, { bucket: 'member-list' }),
  route('GET', `${members}/:userId`, member, { bucket: 'member-get' }),
  route(
    'PATCH',
    `${members}/@me`,
    (request) => updateMember({ ...request, params: { ...request.params, userId: request.core.world.bot.id } }),
    { bucket: 'member-patch' },
  ),
  route('PATCH', `${members}/:userId`, updateMember, { bucket: 'member-patch' }),
  route('DELETE', `${members}/:userId`, kick),
  route('PUT', `${members}/:userId/roles/:roleId`, setRole(true), { bucket: 'member-role' }),
  route('DELETE', `${members}/:userId/roles/:roleId`, setRole(false), { bucket: 'member-role' }),
  route('PUT', '/guilds/:guildId/bans/:userId', ban),
  route('DELETE', '/guilds/:guildId/bans/:userId', unban),
  route('GET', '/guilds/:guildId/audit-logs', auditLog),
]
