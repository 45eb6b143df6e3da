import {
  type APIActionRowComponent,
  type APIButtonComponent,
  ButtonStyle,
  ComponentType,
  type RESTPostAPIChannelMessageJSONBody,
} from 'discord.js'
import type { GuildId, KickUserId, UserId } from '../../../cluster/runtime/ids.ts'
import type { Reply } from '../feature.ts'
import { ago, plain } from '../text.ts'

const row = (...components: APIButtonComponent[]): APIActionRowComponent<APIButtonComponent> => ({
  type: ComponentType.ActionRow,
  components,
})

const account = (displayName: string): string => `**${plain(displayName)}**`
/** Where, in a message outside of the server. */
const server = (name: string | undefined): string => (name === undefined ? 'the server' : `**${plain(name)}**`)

// --- /link --------------------------------------------------------------------------------------------------------

export const signInView = (url: string, minutes: number): Reply => ({
  content:
    'Sign in to Kick to show which account is yours. ' +
    `The button works once, within ${minutes} minutes, and is for you alone: do not share it. ` +
    'Afterwards I ask you here whether the account is right.',
  components: [row({ type: ComponentType.Button, style: ButtonStyle.Link, label: 'Sign in to Kick', url })],
})

export const alreadyLinkedView = (link: { displayName: string; linkedAt: Date }): Reply => ({
  content:
    `You are linked to ${account(link.displayName)} on Kick since ${ago(link.linkedAt)}. ` +
    'To change it, ask somebody who manages this server to use `/unlink` for you; then use `/link` again.',
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
export const questionView = (question: Question): RESTPostAPIChannelMessageJSONBody => {
  const id = (action: 'yes' | 'no') => `links:${action}:${question.guildId}:${question.userId}:${question.kickUserId}`
  return {
    content:
      `Somebody has just signed in to Kick as ${account(question.displayName)} with your link. Was that you, and shall I ` +
      `link this account to you in ${server(question.serverName)}? If you do not know it, press No.`,
    components: [
      row(
        { type: ComponentType.Button, style: ButtonStyle.Success, label: 'Yes, link it', custom_id: id('yes') },
        { type: ComponentType.Button, style: ButtonStyle.Secondary, label: 'No', custom_id: id('no') },
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
export function outcomeView(outcome: LinkOutcome): Reply {
  switch (outcome.kind) {
    case 'linked':
      return { content: `Done: you are linked to ${account(outcome.displayName)}.` }
    case 'expired':
      return { content: 'This question is too old or was answered already. Please use `/link` again.' }
    case 'account_has_another':
      return {
        content:
          `${account(outcome.displayName)} is linked to another member of this server, so nothing was changed. ` +
          'If it is yours, ask somebody who manages the server to use `/unlink` for that member; then use `/link` again.',
      }
    case 'member_has_another':
      return {
        content:
          `You are linked to ${account(outcome.kickName)} in this server already, so nothing was changed. ` +
          'To change it, ask somebody who manages the server to use `/unlink` for you; then use `/link` again.',
      }
  }
}

export const declinedView = (): Reply => ({
  content:
    'Nothing was linked. If you want to link an account of yours, use `/link` again and keep the link to yourself.',
})

// --- Messages by themselves -----------------------------------------------------------------------------------------

export const linkedMessage = (
  displayName: string,
  serverName: string | undefined,
): RESTPostAPIChannelMessageJSONBody => ({
  content:
    `✅ Your Kick account ${account(displayName)} is linked in ${server(serverName)}. ` +
    'What you earn in the stream chat counts for you there; `/me` shows it.',
})

/** By the reasons that the sign-in pages give. */
const failures: Readonly<Record<string, string>> = {
  refused: 'at Kick you did not allow it',
  expired: 'the sign-in took too long',
  kick_unavailable: 'Kick did not answer',
  kick_refused: 'Kick did not accept the sign-in',
}

/** Why a sign-in came to nothing. A reason that is not known here is no reason to say nothing. */
export const failedMessage = (reason: string, serverName: string | undefined): RESTPostAPIChannelMessageJSONBody => ({
  content:
    `Your Kick account was not linked in ${server(serverName)}: ${failures[reason] ?? 'the sign-in to Kick failed'}. ` +
    'Please use `/link` there again; if it keeps failing, tell somebody who manages the server.',
})

/** What everyone without a link reads, in whichever room they ask for what they have. */
export const noLinkView = (isOwn: boolean): Reply => ({
  content: isOwn
    ? 'You have not linked your Kick account here yet. Use `/link` once, and everything you earn in the stream chat shows here.'
    : 'This member has not linked a Kick account here yet; they can do so with `/link`.',
})

// --- /unlink and the stream chat --------------------------------------------------------------------------------------

export const unlinkedView = (userId: string, displayName: string): Reply => ({
  content:
    `<@${userId}> is no longer linked to ${account(displayName)}. ` +
    'Minutes and points stay with the Kick account, and the member can use `/link` again.',
})

export const notLinkedView = (userId: string): Reply => ({
  content: `<@${userId}> has no Kick account linked in this server, so there is nothing to unlink.`,
})

/** Stands behind `@name` in the stream chat. */
export const chatLine = (isLinked: boolean): string =>
  isLinked
    ? 'your account is linked already; type /me in our Discord to see what you have.'
    : 'type /link in our Discord to link your account and get your roles.'
