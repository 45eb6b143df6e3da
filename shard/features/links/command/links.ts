import {
  type APIApplicationCommandBasicOption,
  type APIApplicationCommandSubcommandOption,
  ApplicationCommandOptionType,
  type ChatInputCommandInteraction,
  PermissionFlagsBits,
} from 'discord.js'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { type GuildId, kickUserId, roleId, userId, username } from '../../../../cluster/runtime/ids.ts'
import { KickError } from '../../../../cluster/runtime/kick.ts'
import { transaction } from '../../../../sql/client.ts'
import { audit } from '../../../../sql/queries/audit.ts'
import { scheduleJobs } from '../../../../sql/queries/job.ts'
import { accountNamed, linkHistory, noteLinkEvent, renamesOf, startRoleRun } from '../../../../sql/queries/linking.ts'
import { linkOf, linksLike } from '../../../../sql/queries/links.ts'
import { readSettingsOf } from '../../../../sql/queries/settings.ts'
import { touchSettlement } from '../../../../sql/queries/settlement.ts'
import { mergeViewer } from '../../activity/index.ts'
import type { Button, Command, Reply, Tools } from '../../feature.ts'
import { described, type Say, speakTo } from '../../language.ts'
import { hindranceOf, rolePowerNow } from '../../roles/index.ts'
import { plain } from '../../text.ts'
import { firstRunMs, runJob } from '../job.ts'
import { decideLink, decideMerge } from '../rules.ts'
import { forcedView, forceQuestionView, historyView, mergedView, runBegunView, whoView } from '../view.ts'
import { completeName, kickNameFrom, memberOrName } from './account.ts'
import { requireMembership } from './confirm.ts'
import { forceLink, type Made, profileNamed } from './make.ts'

type Run = (say: Say, interaction: ChatInputCommandInteraction, guildId: GuildId, tools: Tools) => Promise<Reply>

const shownEvents = 25
const shownNames = 10

/** Asks Kick; when it does not answer, the admin reads so. */
async function fromKick<T>(say: Say, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof KickError) throw new UserError('kick_away', say('links:error.kick_away'))
    throw error
  }
}

const refusal = (say: Say, member: ReturnType<typeof userId>, made: Exclude<Made, { kind: 'linked' }>): Reply =>
  forcedView(say, member, made.kind === 'member_has_another' ? { kind: made.kind, displayName: made.kickName } : made)

/** Finds the account at Kick, so that the link is about its id, and asks whether that is meant. */
const force: Run = async (say, interaction, guildId, { sql, kick }) => {
  const user = interaction.options.getUser('member', true)
  if (user.bot || interaction.options.getMember('member') === null)
    throw new UserError('person', say('links:error.person'))
  const member = userId(user.id)
  const typed = kickNameFrom(say, interaction.options.getString('kick', true))
  const profile = await fromKick(say, () => profileNamed(kick, typed))
  if (profile === undefined)
    throw new UserError('unknown_account', say('links:error.unknown_account', { name: plain(typed) }))
  const wanted = { guildId, userId: member, kickUserId: profile.userId, kickName: username(profile.username) }
  const existing = await linksLike(sql, wanted)
  const decision = decideLink(wanted, existing)
  const displayName = profile.username
  if (decision.kind === 'linked') return forcedView(say, member, { kind: 'linked', displayName })
  if (decision.kind === 'member_has_another') return refusal(say, member, decision)
  if (decision.kind === 'account_has_another') {
    const holder = existing.find((link) => link.userId !== member)
    return refusal(say, member, { kind: decision.kind, displayName, heldBy: holder?.userId ?? member })
  }
  return forceQuestionView(say, { guildId, userId: member, kickUserId: profile.userId, displayName })
}

/** The answer to that: `links:force:<guild>:<member>:<Kick user>`, under a message that only the admin sees. */
export const forceButton: Button = {
  async run(interaction, guildId, args, { sql, rest, kick, clock, wakeOutbox }) {
    const say = speakTo(interaction)
    if (!interaction.memberPermissions?.has(PermissionFlagsBits.ManageGuild))
      throw new UserError('permission', say('links:error.permission'))
    const [id = '', account = ''] = args
    const member = userId(id)
    await requireMembership(say, rest, { guildId, userId: member })
    const [profile] = await fromKick(say, () => kick.usersByIds([kickUserId(account)]))
    if (profile === undefined)
      throw new UserError('unknown_account', say('links:error.unknown_account', { name: account }))
    const wanted = {
      guildId,
      userId: member,
      kickUserId: profile.userId,
      kickName: username(profile.username),
      displayName: profile.username,
    }
    const by = { source: 'discord', actorId: userId(interaction.user.id) } as const
    const made = await transaction(sql, (db) => forceLink(db, wanted, by, clock.now() / 1000))
    wakeOutbox()
    return made.kind === 'linked' ? forcedView(say, member, made) : refusal(say, member, made)
  },
}

/** Puts two names of one person together, which Kick has not told us about. */
const rename: Run = async (say, interaction, guildId, { sql, clock, wakeOutbox }) => {
  const old = kickNameFrom(say, interaction.options.getString('old', true))
  const typed = interaction.options.getString('new', true)
  const name = kickNameFrom(say, typed)
  const merge = await transaction(sql, async (db) => {
    const [from, to] = [await accountNamed(db, guildId, old), await accountNamed(db, guildId, name)]
    const decision = decideMerge(from, to)
    if (decision.kind !== 'merge') return decision
    const { account } = decision
    const displayName = to.kickUserId === null ? typed.trim().replace(/^@/, '') : to.displayName
    await mergeViewer(db, { guildId, from: old, to: name, account, displayName, now: clock.now() / 1000 })
    const actorId = userId(interaction.user.id)
    const member = from.linkedTo ?? to.linkedTo
    const event = {
      guildId,
      action: 'merged',
      userId: member,
      kickUserId: account,
      kickName: name,
      oldName: old,
    } as const
    await noteLinkEvent(db, { ...event, source: 'discord', actorId })
    await audit(db, [
      { guildId, source: 'discord', actorId, action: 'links.rename', subject: name, oldValue: old, newValue: name },
    ])
    for (const kind of ['watchtime', 'points', 'roles'] as const)
      await touchSettlement(db, { kind, guildIds: [guildId] })
    return decision
  })
  wakeOutbox()
  return mergedView(say, { old, name }, merge)
}

const history: Run = async (say, interaction, guildId, { sql }) => {
  const asked = memberOrName(say, interaction)
  if ('name' in asked) {
    const { kickUserId: account } = await accountNamed(sql, guildId, asked.name)
    const of = { guildId, userId: null, kickUserId: account, kickName: asked.name, limit: shownEvents }
    return historyView(say, await linkHistory(sql, of))
  }
  const link = await linkOf(sql, guildId, asked.member)
  const of = { guildId, userId: asked.member, kickUserId: link?.kickUserId ?? null, kickName: null, limit: shownEvents }
  return historyView(say, await linkHistory(sql, of))
}

const who: Run = async (say, interaction, guildId, { sql }) => {
  const account = await accountNamed(sql, guildId, kickNameFrom(say, interaction.options.getString('kick', true)))
  const earlier =
    account.kickUserId === null
      ? []
      : await renamesOf(sql, { guildId, kickUserId: account.kickUserId, limit: shownNames })
  return whoView(
    say,
    account,
    earlier.map(({ oldName }) => oldName),
  )
}

/** Begins to give the linked role to all who lack it; a job goes on with it and keeps the answer up to date. */
const grant: Run = async (say, interaction, guildId, tools) => {
  const { kick_linked_role_id: chosen } = await readSettingsOf(tools.sql, guildId, ['kick_linked_role_id'])
  if (chosen === null) throw new UserError('no_role', say('links:grant.no_role'))
  const role = roleId(chosen)
  const power = await rolePowerNow(tools, guildId)
  if (power !== undefined && hindranceOf(power, guildId, role) !== undefined)
    throw new UserError('cannot_give', say('links:grant.cannot', { role: `<@&${role}>` }))
  const by = userId(interaction.user.id)
  const run = await transaction(tools.sql, async (db) => {
    const started = await startRoleRun(db, {
      guildId,
      roleId: role,
      startedBy: by,
      interactionToken: interaction.token,
    })
    if (started === undefined) return undefined
    await audit(db, [{ guildId, source: 'discord', actorId: by, action: 'links.grant-role', subject: role }])
    const runAt = new Date(tools.clock.now() + firstRunMs)
    await scheduleJobs(db, [{ guildId, ...runJob, runAt, payload: { locale: say.locale } }])
    return started
  })
  if (run === undefined) throw new UserError('running', say('links:grant.running'))
  tools.wakeOutbox()
  return runBegunView(say, role, run)
}

const runs: Readonly<Record<string, Run>> = { force, rename, history, who, 'grant-role': grant }

const memberOption = (required: boolean): APIApplicationCommandBasicOption => ({
  type: ApplicationCommandOptionType.User,
  name: 'member',
  ...described('links:command.links.member'),
  required,
})
const kickOption = (required: boolean): APIApplicationCommandBasicOption => ({
  type: ApplicationCommandOptionType.String,
  name: 'kick',
  ...described('links:command.links.kick'),
  required,
  autocomplete: true,
})
const subcommand = (
  name: string,
  text: { readonly description: string },
  options: APIApplicationCommandBasicOption[],
): APIApplicationCommandSubcommandOption => ({
  type: ApplicationCommandOptionType.Subcommand,
  name,
  ...text,
  options,
})

/** What admins do about links. */
export const links: Command = {
  data: {
    name: 'links',
    ...described('links:command.links'),
    default_member_permissions: String(PermissionFlagsBits.ManageGuild),
    options: [
      subcommand('force', described('links:command.links.force'), [memberOption(true), kickOption(true)]),
      subcommand('rename', described('links:command.links.rename'), [
        { ...kickOption(true), name: 'old', ...described('links:command.links.rename.old') },
        { ...kickOption(true), name: 'new', ...described('links:command.links.rename.new') },
      ]),
      subcommand('history', described('links:command.links.history'), [memberOption(false), kickOption(false)]),
      subcommand('who', described('links:command.links.who'), [kickOption(true)]),
      subcommand('grant-role', described('links:command.links.grant'), []),
    ],
  },
  run(interaction, guildId, tools) {
    const run = runs[interaction.options.getSubcommand()]
    if (run === undefined) throw new Error('a subcommand of /links is not handled')
    return run(speakTo(interaction), interaction, guildId, tools)
  },
  complete: completeName,
}
