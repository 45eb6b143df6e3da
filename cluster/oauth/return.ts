import { type Db, type Sql, transaction } from '../../sql/client.ts'
import { channelOf } from '../../sql/queries/channel.ts'
import { putConfirmation, putTokens, type ReturnedSignIn, takeSignIn } from '../../sql/queries/oauth.ts'
import { owe } from '../../sql/queries/outbox.ts'
import type { Locale } from '../../sql/queries/settings.ts'
import type { Step } from '../answer.ts'
import { outboxHint } from '../ingress/event.ts'
import { donePage } from '../pages/link.ts'
import { speakPage } from '../pages/texts.ts'
import type { Bus } from '../runtime/bus.ts'
import { within } from '../runtime/deadline.ts'
import { type GuildId, groupOf, username } from '../runtime/ids.ts'
import type { Kick, KickProfile, KickTokens } from '../runtime/kick.ts'
import type { Log } from '../runtime/log.ts'
import { type Secrets, tokenPurpose } from '../runtime/secrets.ts'

export interface ReturnOptions {
  readonly sql: Sql
  readonly bus: Pick<Bus, 'hint'>
  readonly log: Log
  readonly kick: Pick<Kick, 'oauth' | 'me' | 'revoke'>
  readonly secrets: Secrets
  readonly redirectUri: string
  readonly shardCount: number
  readonly shardsPerGroup: number
}

/** A browser that came back from Kick, with the hash of its state. */
export interface Returning {
  readonly guildId: GuildId
  readonly state: string
  readonly code: string | undefined
  readonly error: string | undefined
  /** What the browser asks for; the member's question is then in that language as well. */
  readonly locale: Locale | undefined
}

const kickPatienceMs = 10_000
const databasePatienceMs = 3_000

/** Why nothing came of a sign-in; the member's message gives the reason in words. */
type Failure = 'refused' | 'expired' | 'kick_unavailable' | 'kick_refused' | 'no_channel' | 'other_channel'
type Proof = { readonly profile: KickProfile; readonly tokens: KickTokens }

/** What happens when the browser is back: the state is used up first, then Kick is asked, then the result is kept. */
export function createReturn(options: ReturnOptions): (returning: Returning) => Promise<Step> {
  const { sql, bus, log, kick, secrets, shardCount, shardsPerGroup } = options

  const wakeOwner = (guildId: GuildId) =>
    bus.hint(outboxHint({ shardCount, group: groupOf(guildId, shardCount, shardsPerGroup) }), {})

  /**
   * The page tells it too; the message is for a member whose link was opened by somebody else, or whose page is closed. An
   * admin who connects a channel has the page alone.
   */
  const fail = async (returning: Returning, signIn: ReturnedSignIn, outcome: Failure): Promise<Step> => {
    const { guildId, state } = returning
    if (signIn.purpose === 'broadcaster') return { outcome }
    const { locale } = returning
    const payload = { discordId: signIn.userId, reason: outcome, interactionToken: signIn.interactionToken, locale }
    const owed = { guildId, kind: 'links.failed', sourceRef: state, payload }
    await within(databasePatienceMs, owe(sql, [owed])).then(
      () => wakeOwner(guildId),
      (err: unknown) => log.warn({ err }, 'failed sign-in could not be told to the member'),
    )
    return { outcome }
  }

  const askKick = async (code: string, verifier: string): Promise<Proof | Failure> => {
    try {
      const result = await kick.oauth.exchange({ code, redirectUri: options.redirectUri, verifier })
      if (result.kind === 'refused') return 'kick_refused'
      return { tokens: result.tokens, profile: await kick.me(result.tokens.accessToken) }
    } catch (err) {
      log.warn({ err }, 'kick could not be asked who signed in')
      return 'kick_unavailable'
    }
  }

  const keepLink = async (
    db: Db,
    { guildId, state, locale }: Returning,
    signIn: ReturnedSignIn,
    { profile }: Proof,
  ) => {
    const proof = {
      guildId,
      userId: signIn.userId,
      kickUserId: profile.userId,
      kickName: username(profile.username),
      displayName: profile.username,
      interactionToken: signIn.interactionToken,
    }
    await putConfirmation(db, proof)
    const { userId: discordId, guildId: _, ...rest } = proof
    await owe(db, [{ guildId, kind: 'links.confirm', sourceRef: state, payload: { discordId, ...rest, locale } }])
  }

  const keepTokens = async (
    db: Db,
    { guildId, state }: Returning,
    signIn: ReturnedSignIn,
    { profile, tokens }: Proof,
  ): Promise<'kept' | 'no_channel' | 'other_channel'> => {
    const channel = await channelOf(db, guildId)
    if (channel === undefined) return 'no_channel'
    if (channel.broadcasterUserId !== profile.userId) return 'other_channel'
    await putTokens(db, {
      guildId,
      kickUserId: profile.userId,
      accessToken: secrets.encrypt(tokens.accessToken, tokenPurpose(guildId, 'access')),
      refreshToken: secrets.encrypt(tokens.refreshToken, tokenPurpose(guildId, 'refresh')),
      keyId: secrets.keyId,
      scopes: tokens.scopes.join(' '),
      expiresInSeconds: tokens.expiresInSeconds,
    })
    const payload = {
      discordId: signIn.userId,
      kickUserId: profile.userId,
      kickName: username(profile.username),
      displayName: profile.username,
      interactionToken: signIn.interactionToken,
    }
    await owe(db, [{ guildId, kind: 'settings.connected', sourceRef: state, payload }])
    return 'kept'
  }

  /** Tokens that nobody needs any more are given back; that is courtesy, and nobody waits for it. */
  const forget = ({ tokens }: Proof) => {
    kick.revoke(tokens.refreshToken, 'refresh_token').catch((err: unknown) => {
      log.info({ err }, 'tokens could not be given back')
    })
  }

  return async (returning) => {
    const signIn = await within(databasePatienceMs, takeSignIn(sql, returning))
    if (signIn === undefined) return { outcome: 'finished' }
    if (signIn.isExpired) return fail(returning, signIn, 'expired')
    if (returning.code === undefined) {
      return fail(returning, signIn, returning.error === 'access_denied' ? 'refused' : 'kick_refused')
    }
    const proof = await within(kickPatienceMs, askKick(returning.code, signIn.verifier)).catch(
      () => 'kick_unavailable' as const,
    )
    if (typeof proof === 'string') return fail(returning, signIn, proof)
    try {
      if (signIn.purpose === 'link') {
        await within(
          databasePatienceMs,
          transaction(sql, (db) => keepLink(db, returning, signIn, proof)),
        )
        forget(proof)
        wakeOwner(returning.guildId)
        return { outcome: 'proven', answer: done(returning, 'proven', proof) }
      }
      const kept = await within(
        databasePatienceMs,
        transaction(sql, (db) => keepTokens(db, returning, signIn, proof)),
      )
      if (kept !== 'kept') {
        forget(proof)
        return fail(returning, signIn, kept)
      }
      wakeOwner(returning.guildId)
      return { outcome: 'connected', answer: done(returning, 'connected', proof) }
    } catch (err) {
      log.error({ err }, 'sign-in could not be kept')
      return { outcome: 'not_saved' }
    }
  }
}

const done = ({ locale }: Returning, end: 'proven' | 'connected', { profile }: Proof) =>
  donePage(speakPage(locale ?? 'en'), end, profile.username)
