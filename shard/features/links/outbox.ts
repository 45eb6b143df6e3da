import { Routes } from 'discord.js'
import { z } from 'zod'
import { type ChannelId, channelId, type GuildId, kickUserId, userId, username } from '../../../cluster/runtime/ids.ts'
import { KickError } from '../../../cluster/runtime/kick.ts'
import { type Db, transaction } from '../../../sql/client.ts'
import { audit } from '../../../sql/queries/audit.ts'
import { linkEvent, type Panel, panelOf, putPanel, takePanel } from '../../../sql/queries/linking.ts'
import { confirmationOf, guildNameOf } from '../../../sql/queries/links.ts'
import { owe } from '../../../sql/queries/outbox.ts'
import { locales, readSettingsOf } from '../../../sql/queries/settings.ts'
import { codeOf, discordCode, paymentFor } from '../discord.ts'
import type { OutboxPayer, OutboxRow, Payment, Tools } from '../feature.ts'
import { type Say, speak, speakIn } from '../language.ts'
import { sendDirect, tellMember } from '../tell.ts'
import { type By, forceLink, profileNamed, unlinkMember } from './command/make.ts'
import { panelLimits } from './rules.ts'
import { failedMessage, linkedMessage, logEmbed, panelMessage, questionView } from './view.ts'

const interactionToken = z.string().min(1).nullish()
/** The member's own language, where somebody knew it. */
const locale = z.enum(locales).nullish().catch(null)
const confirmPayload = z.object({
  discordId: z.string(),
  kickUserId: z.string(),
  displayName: z.string(),
  interactionToken,
  locale,
})
const resultPayload = z.object({ discordId: z.string(), displayName: z.string(), interactionToken, locale })
const failedPayload = z.object({ discordId: z.string(), reason: z.string(), interactionToken, locale })

const paid: Payment = { kind: 'paid' }

const sayTo = async (row: OutboxRow, known: Say['locale'] | null | undefined, { sql }: Tools): Promise<Say> =>
  known ? speak(known) : (await speakIn(sql, [row.guildId]))(row.guildId)

/** Asks the member whether the account is theirs, unless that was answered meanwhile. */
export const payConfirm: OutboxPayer = async (row, tools) => {
  const payload = confirmPayload.parse(row.payload)
  const question = {
    guildId: row.guildId,
    userId: userId(payload.discordId),
    kickUserId: kickUserId(payload.kickUserId),
  }
  const [confirmation] = await confirmationOf(tools.sql, question)
  if (confirmation === undefined) return paid
  if (confirmation.isExpired) return { kind: 'dead', reason: 'it was too late to ask' }
  const serverName = await guildNameOf(tools.sql, row.guildId)
  const message = questionView(await sayTo(row, payload.locale, tools), {
    ...question,
    displayName: payload.displayName,
    serverName,
  })
  return tellMember(row, message, { to: question.userId, token: payload.interactionToken, first: 'follow-up' }, tools)
}

/** Tells the member that the account is linked. */
export const payResult: OutboxPayer = async (row, tools) => {
  const payload = resultPayload.parse(row.payload)
  const message = linkedMessage(
    await sayTo(row, payload.locale, tools),
    payload.displayName,
    await guildNameOf(tools.sql, row.guildId),
  )
  return tellMember(
    row,
    message,
    { to: userId(payload.discordId), token: payload.interactionToken, first: 'direct' },
    tools,
  )
}

/** Tells the member why nothing was linked, and what to do. */
export const payFailed: OutboxPayer = async (row, tools) => {
  const payload = failedPayload.parse(row.payload)
  const message = failedMessage(
    await sayTo(row, payload.locale, tools),
    payload.reason,
    await guildNameOf(tools.sql, row.guildId),
  )
  return tellMember(
    row,
    message,
    { to: userId(payload.discordId), token: payload.interactionToken, first: 'follow-up' },
    tools,
  )
}

// --- The log channel ------------------------------------------------------------------------------------------------

const eventPayload = z.object({ eventId: z.string() })

/** Writes one event into the guild's log channel; it is once there, for Discord keeps to the nonce. Pings nobody. */
export const payLog: OutboxPayer = async (row, tools) => {
  const { eventId } = eventPayload.parse(row.payload)
  const [[event], { link_log_channel_id: channel }, sayFor] = await Promise.all([
    linkEvent(tools.sql, { guildId: row.guildId, eventId }),
    readSettingsOf(tools.sql, row.guildId, ['link_log_channel_id']),
    speakIn(tools.sql, [row.guildId]),
  ])
  if (event === undefined || channel === null) return paid
  const body = { embeds: [logEmbed(sayFor(row.guildId), event)], allowed_mentions: { parse: [] } }
  try {
    await tools.rest.post(Routes.channelMessages(channel), {
      body: { ...body, nonce: row.outboxId, enforce_nonce: true },
    })
    return paid
  } catch (error) {
    return paymentFor(error)
  }
}

// --- The panel ------------------------------------------------------------------------------------------------------

const posted = z.object({ id: z.string() })
const channelForm = z.object({ guild_id: z.string().optional() })

export interface PanelRequest {
  readonly guildId: GuildId
  readonly channelId: ChannelId
  /** Null keeps what the panel said before. */
  readonly title: string | null
  readonly description: string | null
  readonly by: By
  /** The same for the same request, so that it is posted once however often it is tried. */
  readonly nonce: string
}

/**
 * Posts the panel and has the one before taken away, so that a guild has one. Throws what the REST client throws; then the old panel
 * stays.
 */
export async function sendPanel(request: PanelRequest, { sql, rest, wakeOutbox }: Tools): Promise<void> {
  const { guildId, channelId, by } = request
  const [old, sayFor] = await Promise.all([panelOf(sql, guildId), speakIn(sql, [guildId])])
  const words = {
    guildId,
    title: request.title ?? old?.title ?? null,
    description: request.description ?? old?.description ?? null,
  }
  const body = { ...panelMessage(sayFor(guildId), words), nonce: request.nonce, enforce_nonce: true }
  const { id: messageId } = posted.parse(await rest.post(Routes.channelMessages(channelId), { body }))
  await transaction(sql, async (db) => {
    const [before] = await takePanel(db, guildId)
    await putPanel(db, { ...words, channelId, messageId, postedBy: by.actorId ?? null })
    if (before !== undefined && before.messageId !== messageId) await owe(db, [gone(guildId, before)])
    await audit(db, [{ guildId, ...by, action: 'links.panel', subject: channelId }])
  })
  wakeOutbox()
}

/** Has the panel taken away; gives whether there was one. */
export async function removePanel(guildId: GuildId, by: By, { sql, wakeOutbox }: Tools): Promise<boolean> {
  const wasThere = await transaction(sql, async (db) => {
    const [panel] = await takePanel(db, guildId)
    if (panel === undefined) return false
    await owe(db, [gone(guildId, panel)])
    await audit(db, [{ guildId, ...by, action: 'links.unpanel', subject: panel.channelId }])
    return true
  })
  wakeOutbox()
  return wasThere
}

const gone = (guildId: GuildId, { channelId, messageId }: Panel) => ({
  guildId,
  kind: 'links.unpanel',
  sourceRef: messageId,
  payload: { channelId, messageId },
})

const panelPayload = z.object({
  channelId: z.string(),
  title: z.string().max(panelLimits.title).nullable(),
  description: z.string().max(panelLimits.description).nullable(),
  source: z.enum(['discord', 'dashboard', 'bot']),
  actorId: z.string().nullable(),
})

/** What a caller within a transaction wants posted; `ref` is the same for the same wish. */
export const owePanel = (db: Db, wish: Omit<PanelRequest, 'nonce'> & { readonly ref: string }) => {
  const { guildId, channelId, title, description, by } = wish
  const payload = { channelId, title, description, source: by.source, actorId: by.actorId ?? null }
  return owe(db, [{ guildId, kind: 'links.panel', sourceRef: wish.ref, payload }])
}

/** Posts or moves the panel for somebody who could not wait for it. The channel has to be one of the guild. */
export const payPanel: OutboxPayer = async (row, tools) => {
  const { guildId } = row
  const { source, actorId, ...words } = panelPayload.parse(row.payload)
  const target = channelId(words.channelId)
  try {
    const channel = channelForm.parse(await tools.rest.get(Routes.channel(target)))
    if (channel.guild_id !== guildId) return { kind: 'dead', reason: 'the channel is not one of this server' }
    const by = actorId === null ? { source } : { source, actorId: userId(actorId) }
    await sendPanel({ ...words, guildId, channelId: target, by, nonce: row.outboxId }, tools)
    return paid
  } catch (error) {
    return paymentFor(error)
  }
}

// --- The linked role for everybody ------------------------------------------------------------------------------------

const progressPayload = z.object({
  discordId: z.string(),
  interactionToken: z.string(),
  content: z.string(),
  isDone: z.boolean(),
})

/** Edits the answer to the command for as long as Discord allows it; the end is told by direct message when that time is over. */
export const payProgress: OutboxPayer = async (row, tools) => {
  const { discordId, interactionToken, content, isDone } = progressPayload.parse(row.payload)
  const body = { content, allowed_mentions: { parse: [] } }
  try {
    await tools.rest.patch(Routes.webhookMessage(tools.applicationId, interactionToken), { body, auth: false })
    return paid
  } catch (error) {
    if (!tokenIsOver.has(codeOf(error))) return paymentFor(error)
  }
  if (!isDone) return paid
  try {
    await sendDirect(row, userId(discordId), { content }, tools)
    return paid
  } catch (error) {
    return codeOf(error) === discordCode.cannotSendToUser ? paid : paymentFor(error)
  }
}

const tokenIsOver: ReadonlySet<number | undefined> = new Set([
  discordCode.unknownWebhook,
  discordCode.invalidWebhookToken,
  discordCode.unknownMessage,
])

// --- Members who left -------------------------------------------------------------------------------------------------

const wipePayload = z.object({ discordId: z.string() })

/** Deletes the link of a member who is still gone, if the guild still wants it. */
export const payWipe: OutboxPayer = async (row, tools) => {
  const { guildId } = row
  const member = userId(wipePayload.parse(row.payload).discordId)
  const { rejoin_policy } = await readSettingsOf(tools.sql, guildId, ['rejoin_policy'])
  if (rejoin_policy !== 'wipe') return paid
  try {
    await tools.rest.get(Routes.guildMember(guildId, member))
    return paid
  } catch (error) {
    const code = codeOf(error)
    if (code !== discordCode.unknownMember && code !== discordCode.unknownUser) return paymentFor(error)
  }
  await transaction(tools.sql, (db) => unlinkMember(db, { guildId, userId: member, reason: 'left' }, { source: 'bot' }))
  tools.wakeOutbox()
  return paid
}

// --- Links that the dashboard makes -----------------------------------------------------------------------------------

const forcePayload = z.object({
  discordId: z.string(),
  kickName: z.string().transform(username),
  actorId: z.string().transform(userId).nullable(),
})

/** Finds the account at Kick, so that the link is about its id, and links it. What cannot be is given up with its reason, for `/status`. */
export const payForce: OutboxPayer = async (row, tools) => {
  const { guildId } = row
  const { discordId, kickName, actorId } = forcePayload.parse(row.payload)
  const member = userId(discordId)
  const dead = (why: string): Payment => ({ kind: 'dead', reason: `the dashboard’s link to ${kickName}: ${why}` })
  try {
    const profile = await profileNamed(tools.kick, kickName)
    if (profile === undefined) return dead('Kick knows no such account')
    await tools.rest.get(Routes.guildMember(guildId, member))
    const wanted = {
      guildId,
      userId: member,
      kickUserId: profile.userId,
      kickName: username(profile.username),
      displayName: profile.username,
    }
    const by = { source: 'dashboard', actorId: actorId ?? undefined } as const
    const made = await transaction(tools.sql, (db) => forceLink(db, wanted, by, tools.clock.now() / 1000))
    if (made.kind === 'member_has_another') return dead(`the member is linked to ${made.kickName}`)
    if (made.kind === 'account_has_another') return dead('another member is linked to it')
    tools.wakeOutbox()
    return paid
  } catch (error) {
    if (error instanceof KickError) return { kind: 'wait', reason: 'Kick does not answer', delayMs: 10_000 }
    const code = codeOf(error)
    if (code === discordCode.unknownMember || code === discordCode.unknownUser) return dead('no such member')
    return paymentFor(error)
  }
}
