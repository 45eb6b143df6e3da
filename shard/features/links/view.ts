import {
  type APIActionRowComponent,
  type APIButtonComponent,
  type APIEmbed,
  ButtonStyle,
  ComponentType,
  type RESTPostAPIChannelMessageJSONBody,
} from 'discord.js'
import type { GuildId, KickUserId, RoleId, UserId } from '../../../cluster/runtime/ids.ts'
import type { NotedEvent, RoleRun } from '../../../sql/queries/linking.ts'
import type { Reply } from '../feature.ts'
import type { Say } from '../language.ts'
import { ago, colour, linesWithin, plain } from '../text.ts'
import type { Merge, RunReport } from './rules.ts'

const row = (...components: APIButtonComponent[]): APIActionRowComponent<APIButtonComponent> => ({
  type: ComponentType.ActionRow,
  components,
})

/** Where, in a message outside of the server. */
const where = (say: Say, serverName: string | undefined): string =>
  serverName === undefined ? say('links:in_server.unnamed') : say('links:in_server', { server: plain(serverName) })

const mention = (member: UserId): string => `<@${member}>`

// --- /link --------------------------------------------------------------------------------------------------------

export const signInView = (say: Say, url: string, minutes: number): Reply => ({
  content: say('links:sign_in', { minutes }),
  components: [row({ type: ComponentType.Button, style: ButtonStyle.Link, label: say('links:sign_in.button'), url })],
})

export const alreadyLinkedView = (say: Say, link: { displayName: string; linkedAt: Date }): Reply => ({
  content: say('links:already_linked', { name: plain(link.displayName), when: ago(link.linkedAt) }),
})

// --- The question ---------------------------------------------------------------------------------------------------

export interface Question {
  readonly guildId: GuildId
  readonly userId: UserId
  readonly kickUserId: KickUserId
  readonly displayName: string
  /** For a direct message, which does not show where it comes from. */
  readonly serverName: string | undefined
}

/** Names whom it asks and about which account, so that a press by somebody else, or about an older account, is told apart. */
export const questionView = (say: Say, question: Question): RESTPostAPIChannelMessageJSONBody => {
  const id = (action: 'yes' | 'no') => `links:${action}:${question.guildId}:${question.userId}:${question.kickUserId}`
  const { Success, Secondary } = ButtonStyle
  return {
    content: say('links:question', { name: plain(question.displayName), where: where(say, question.serverName) }),
    components: [
      row(
        { type: ComponentType.Button, style: Success, label: say('links:question.yes'), custom_id: id('yes') },
        { type: ComponentType.Button, style: Secondary, label: say('links:question.no'), custom_id: id('no') },
      ),
    ],
  }
}

export type LinkOutcome =
  | { readonly kind: 'linked'; readonly displayName: string }
  | { readonly kind: 'expired' }
  | { readonly kind: 'account_has_another'; readonly displayName: string }
  | { readonly kind: 'member_has_another'; readonly kickName: string }

/** What became of a Yes, in the place of the question. */
export function outcomeView(say: Say, outcome: LinkOutcome): Reply {
  switch (outcome.kind) {
    case 'expired':
      return { content: say('links:outcome.expired') }
    case 'member_has_another':
      return { content: say('links:outcome.member_has_another', { name: plain(outcome.kickName) }) }
    default:
      return { content: say(`links:outcome.${outcome.kind}`, { name: plain(outcome.displayName) }) }
  }
}

export const declinedView = (say: Say): Reply => ({ content: say('links:declined') })

// --- Messages by themselves -----------------------------------------------------------------------------------------

export const linkedMessage = (
  say: Say,
  displayName: string,
  serverName: string | undefined,
): RESTPostAPIChannelMessageJSONBody => ({
  content: say('links:linked', { name: plain(displayName), where: where(say, serverName) }),
})

/** Why a sign-in came to nothing. A reason that is not known here is no reason to say nothing. */
export const failedMessage = (
  say: Say,
  reason: string,
  serverName: string | undefined,
): RESTPostAPIChannelMessageJSONBody => {
  const known = (['refused', 'expired', 'kick_unavailable', 'kick_refused'] as const).find((one) => one === reason)
  return {
    content: say('links:failed', { where: where(say, serverName), why: say(`links:why.${known ?? 'unknown'}`) }),
  }
}

/** What everyone without a link reads, in whichever room they ask for what they have. */
export const noLinkView = (say: Say, isOwn: boolean): Reply => ({
  content: say(isOwn ? 'links:no_link.own' : 'links:no_link.other'),
})

// --- What admins read -----------------------------------------------------------------------------------------------

export const unlinkedView = (say: Say, member: UserId, displayName: string): Reply => ({
  content: say('links:unlinked', { member: mention(member), name: plain(displayName) }),
})

export const notLinkedView = (say: Say, member: UserId): Reply => ({
  content: say('links:not_linked', { member: mention(member) }),
})

export const nameNotLinkedView = (say: Say, name: string): Reply => ({
  content: say('links:name_not_linked', { name: plain(name) }),
})

/** The button says all that is needed, so that it works after a restart; Discord lets nobody change it. */
export const forceQuestionView = (
  say: Say,
  question: Pick<Question, 'guildId' | 'userId' | 'kickUserId' | 'displayName'>,
): Reply => ({
  content: say('links:force.question', { member: mention(question.userId), name: plain(question.displayName) }),
  components: [
    row({
      type: ComponentType.Button,
      style: ButtonStyle.Danger,
      label: say('links:force.yes'),
      custom_id: `links:force:${question.guildId}:${question.userId}:${question.kickUserId}`,
    }),
  ],
})

export type ForceOutcome =
  | { readonly kind: 'linked'; readonly displayName: string }
  | { readonly kind: 'account_has_another'; readonly displayName: string; readonly heldBy: UserId }
  | { readonly kind: 'member_has_another'; readonly displayName: string }

export function forcedView(say: Say, member: UserId, outcome: ForceOutcome): Reply {
  const name = plain(outcome.displayName)
  switch (outcome.kind) {
    case 'linked':
      return { content: say('links:force.linked', { member: mention(member), name }) }
    case 'account_has_another':
      return { content: say('links:force.taken', { member: mention(outcome.heldBy), name }) }
    case 'member_has_another':
      return { content: say('links:force.has_another', { member: mention(member), name }) }
  }
}

export function mergedView(say: Say, names: { old: string; name: string }, merge: Merge): Reply {
  const shown = { old: plain(names.old), name: plain(names.name) }
  switch (merge.kind) {
    case 'two_links':
      return {
        content: say('links:rename.two_links', { ...shown, one: mention(merge.one), other: mention(merge.other) }),
      }
    case 'merge':
      return { content: say('links:rename.done', shown) }
    case 'same':
      return { content: say('links:rename.same') }
    case 'two_accounts':
      return { content: say('links:rename.two_accounts', shown) }
  }
}

export function whoView(
  say: Say,
  account: { readonly displayName: string; readonly linkedTo: UserId | null; readonly linkedAt: Date | null },
  earlier: readonly string[],
): Reply {
  const name = plain(account.displayName)
  const names = [...new Set(earlier)].map((one) => `**${plain(one)}**`)
  const lines = [
    account.linkedTo === null || account.linkedAt === null
      ? say('links:name_not_linked', { name })
      : say('links:who.linked', { name, member: mention(account.linkedTo), when: ago(account.linkedAt) }),
    ...(names.length === 0 ? [] : [say('links:who.earlier', { names: say.list(names) })]),
  ]
  return { content: lines.join('\n') }
}

const reasons = ['account_has_another', 'member_has_another', 'declined', 'left'] as const

/** One event as a sentence, with why and by whom. */
function eventLine(say: Say, event: NotedEvent): string {
  const member = event.userId === null ? say('links:event.nobody') : mention(event.userId)
  const values = { member, name: plain(event.kickName), old: plain(event.oldName ?? '') }
  const reason = reasons.find((one) => one === event.reason)
  const by =
    event.actorId !== null
      ? [say('links:by.member', { who: mention(event.actorId) })]
      : event.source === 'discord'
        ? []
        : [say(`links:by.${event.source}`)]
  const notes = [...by, ...(reason === undefined ? [] : [say(`links:reason.${reason}`)])]
  const what = say(`links:event.${event.action}`, values)
  return notes.length === 0 ? what : `${what} (${notes.join('; ')})`
}

const longestDescription = 4096

export function historyView(say: Say, events: readonly NotedEvent[]): Reply {
  if (events.length === 0) return { content: say('links:history.none') }
  const lines = events.map((event) => `${ago(event.happenedAt)} · ${eventLine(say, event)}`)
  const description = linesWithin(say, lines, longestDescription)
  return { embeds: [{ color: colour, title: say('links:history.title'), description }] }
}

const refusedColour = 0xed4245
const changedColour = 0xf0b132
const colours: Readonly<Record<NotedEvent['action'], number>> = {
  linked: colour,
  forced: colour,
  refused: refusedColour,
  unlinked: refusedColour,
  renamed: changedColour,
  merged: changedColour,
}

/** One event in the log channel. */
export const logEmbed = (say: Say, event: NotedEvent): APIEmbed => ({
  color: colours[event.action],
  description: eventLine(say, event),
  timestamp: event.happenedAt.toISOString(),
})

// --- The panel ------------------------------------------------------------------------------------------------------

/** The words of the guild, or ours in its language. The button needs nothing that a restart could lose. */
export const panelMessage = (
  say: Say,
  panel: { readonly guildId: GuildId; readonly title: string | null; readonly description: string | null },
): RESTPostAPIChannelMessageJSONBody => ({
  embeds: [
    {
      color: colour,
      title: panel.title ?? say('links:panel.title'),
      description: panel.description ?? say('links:panel.description'),
    },
  ],
  components: [
    row({
      type: ComponentType.Button,
      style: ButtonStyle.Success,
      label: say('links:panel.button'),
      custom_id: `links:panel:${panel.guildId}`,
    }),
  ],
  allowed_mentions: { parse: [] },
})

// --- The linked role for everybody ------------------------------------------------------------------------------------

const roleMention = (role: RoleId): string => `<@&${role}>`

export const runBegunView = (say: Say, role: RoleId, run: { readonly total: number; readonly had: number }): Reply => ({
  content: say('links:grant.begun', { role: roleMention(role), waiting: run.total - run.had, total: run.total }),
})

export function runView(say: Say, run: RoleRun, report: RunReport): { readonly content: string } {
  const role = roleMention(run.roleId)
  if (report.isDone) {
    const { granted, absent } = report
    return { content: say('links:grant.done', { role, granted, absent, had: run.had, failed: run.failed }) }
  }
  const left = report.minutesLeft
  const lines = [
    say('links:grant.progress', { role, waiting: run.waiting, total: run.total }),
    ...(left === undefined ? [] : [say('links:grant.left', { time: say.duration(left) })]),
  ]
  return { content: lines.join('\n') }
}

/** Stands behind `@name` in the stream chat. */
export const chatLine = (say: Say, isLinked: boolean): string =>
  say(isLinked ? 'links:chat.linked' : 'links:chat.not_linked')
