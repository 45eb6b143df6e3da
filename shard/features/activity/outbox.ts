import { z } from 'zod'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import { KickError, longestChatLine } from '../../../cluster/runtime/kick.ts'
import { tokenPurpose } from '../../../cluster/runtime/secrets.ts'
import type { Db } from '../../../sql/client.ts'
import type { Owed } from '../../../sql/queries/outbox.ts'
import {
  guildsWithChat,
  readToken,
  replaceToken,
  requireReconnect,
  type StoredToken,
} from '../../../sql/queries/token.ts'
import type { OutboxPayer, Payment, Tools } from '../feature.ts'
import { commandPatienceMs } from './rules.ts'

const reply = z.object({
  content: z.string().min(1),
  /** The message that it answers; absent in what nobody asked for. */
  replyTo: z.string().optional(),
  /** Milliseconds since 1970; nobody waits for an answer that old. */
  expiresAt: z.number(),
})

type ChatReply = z.output<typeof reply>

/** An answer to a chat message, owed once for each `sourceRef`. It is cut to what Kick takes, and not sent when it would be late. */
export const chatAnswer = (p: {
  readonly guildId: GuildId
  readonly sourceRef: string
  readonly content: string
  readonly messageId: string
  /** When the message was written, in milliseconds. */
  readonly at: number
}): Owed => ({
  guildId: p.guildId,
  kind: 'activity.reply',
  sourceRef: p.sourceRef,
  payload: {
    content: p.content.slice(0, longestChatLine),
    replyTo: p.messageId,
    expiresAt: p.at + 2 * commandPatienceMs,
  } satisfies ChatReply,
})

/**
 * Lines that nobody asked for, owed once for each `sourceRef`, in those of their guilds where the bot may write. They are not said when
 * they would be late. `now` in milliseconds.
 */
export async function chatLines(
  db: Db,
  lines: readonly { readonly guildId: GuildId; readonly sourceRef: string; readonly content: string }[],
  now: number,
): Promise<readonly Owed[]> {
  if (lines.length === 0) return []
  const rows = await guildsWithChat(db, [...new Set(lines.map(({ guildId }) => guildId))])
  return lines
    .filter(({ guildId }) => rows.some((row) => row.guildId === guildId))
    .map(({ guildId, sourceRef, content }) => ({
      guildId,
      kind: 'activity.reply',
      sourceRef,
      payload: {
        content: content.slice(0, longestChatLine),
        expiresAt: now + 2 * commandPatienceMs,
      } satisfies ChatReply,
    }))
}

/** A token is renewed when less than this is left of its two hours. */
const renewBeforeMs = 10 * 60_000

const paid: Payment = { kind: 'paid' }
const disconnected: Payment = { kind: 'dead', reason: 'the broadcaster has to connect Kick again' }

/** Pays an answer to somebody in stream chat. */
export const payReply: OutboxPayer = (row, tools) => sendLine(row.guildId, reply.parse(row.payload), tools)

/**
 * Says a line in the guild's stream chat, as the app's bot. Kick takes no reference from us, so that a crash between sending and
 * marking sends a line twice; a line that is too old is not sent at all.
 */
export async function sendLine(
  guildId: GuildId,
  line: { readonly content: string; readonly replyTo?: string | undefined; readonly expiresAt: number },
  tools: Tools,
): Promise<Payment> {
  const { content, replyTo, expiresAt } = line
  if (tools.clock.now() > expiresAt) return { kind: 'dead', reason: 'too late to be said' }
  const token = await accessToken(guildId, tools)
  if (token === undefined) return disconnected
  try {
    await tools.kick.sendChat(token, { content, as: { kind: 'bot' }, ...(replyTo !== undefined && { replyTo }) })
    return paid
  } catch (error) {
    if (!(error instanceof KickError)) throw error
    if (error.status === 401) {
      // Kick may end a token early. It is renewed once for all lines that wait; a pair that is refused as well ends here.
      if ((await renewed(guildId, token, tools)) === undefined) return disconnected
      return { kind: 'retry', reason: 'Kick does not accept the token', delayMs: 1_000 }
    }
    return error.isRetryable
      ? { kind: 'retry', reason: 'Kick is unavailable' }
      : { kind: 'dead', reason: `Kick refused it (${error.status ?? 'no answer'})` }
  }
}

const opened = (guildId: GuildId, stored: StoredToken, which: 'access' | 'refresh', { secrets }: Tools): string =>
  secrets.decrypt(which === 'access' ? stored.accessToken : stored.refreshToken, {
    keyId: stored.keyId,
    purpose: tokenPurpose(guildId, which),
  })

/** A token that is good for now; undefined when the broadcaster has to connect again. */
async function accessToken(guildId: GuildId, tools: Tools): Promise<string | undefined> {
  const [stored] = await readToken(tools.sql, guildId)
  if (stored === undefined) return undefined
  return stored.expiresAt.getTime() - tools.clock.now() > renewBeforeMs
    ? opened(guildId, stored, 'access', tools)
    : renew(guildId, stored, opened(guildId, stored, 'refresh', tools), tools)
}

/** The token in the place of one that Kick does not accept: somebody else's, or a new one; undefined as above. */
async function renewed(guildId: GuildId, refused: string, tools: Tools): Promise<string | undefined> {
  const [stored] = await readToken(tools.sql, guildId)
  if (stored === undefined) return undefined
  const access = opened(guildId, stored, 'access', tools)
  return access === refused ? renew(guildId, stored, opened(guildId, stored, 'refresh', tools), tools) : access
}

/** Kick lets a refresh token be used again for a while, so that two owners who renew at once both get a pair; the first is kept. */
async function renew(
  guildId: GuildId,
  stored: StoredToken,
  refreshToken: string,
  tools: Tools,
): Promise<string | undefined> {
  const result = await tools.kick.oauth.refresh(refreshToken)
  if (result.kind === 'refused') {
    await requireReconnect(tools.sql, { guildId, refused: stored.refreshToken })
    return undefined
  }
  const close = (value: string, token: 'access' | 'refresh') =>
    tools.secrets.encrypt(value, tokenPurpose(guildId, token))
  await replaceToken(tools.sql, {
    guildId,
    replaced: stored.refreshToken,
    accessToken: close(result.tokens.accessToken, 'access'),
    refreshToken: close(result.tokens.refreshToken, 'refresh'),
    keyId: tools.secrets.keyId,
    expiresAt: new Date(tools.clock.now() + result.tokens.expiresInSeconds * 1000),
  })
  return result.tokens.accessToken
}
