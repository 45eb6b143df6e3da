/** What rooms have in common that take lines of stream chat as facts: whose line, who is answered, and when chat is told of many. */
import type { ChannelEvent } from '../../../cluster/ingress/event.ts'
import { type GuildId, type KickUserId, kickUserId, type Username, username } from '../../../cluster/runtime/ids.ts'
import type { Db } from '../../../sql/client.ts'
import { scheduleJobs } from '../../../sql/queries/job.ts'
import { owe } from '../../../sql/queries/outbox.ts'
import { guildsWithChat } from '../../../sql/queries/token.ts'
import type { Tools } from '../feature.ts'
import { chatAnswer } from './outbox.ts'
import { isTimely, readCommand } from './rules.ts'

/** A word behind an exclamation mark, in one of the guilds of its channel. */
export interface TypedLine {
  readonly guildId: GuildId
  /** In lower case. */
  readonly word: string
  readonly args: readonly string[]
  readonly userId: KickUserId
  readonly username: Username
  readonly displayName: string
  readonly messageId: string
  /** When it was written, in milliseconds. */
  readonly at: number
  readonly sender: { readonly userId: string; readonly username: string }
}

/** A line that Kick delivers later than this is for nobody any more; Kick itself is up to ten minutes late at times. */
const latestMs = 15 * 60_000

/** The command in a line, for each guild of the channel; none in a line of our own account, nor in one that is far too late. */
export function typedIn(
  { happening, guildIds }: ChannelEvent<'chat'>,
  { clock, kickBotName }: Pick<Tools, 'clock' | 'kickBotName'>,
): readonly TypedLine[] {
  const { sender, messageId, at } = happening
  const command = clock.now() - at > latestMs ? undefined : readCommand(happening.content)
  const name = username(sender.username)
  if (command === undefined || name === kickBotName) return []
  const { name: word, args } = command
  const line = { word, args, userId: kickUserId(sender.userId), username: name, displayName: sender.username }
  return guildIds.map((guildId) => ({ guildId, ...line, messageId, at, sender }))
}

/** An answer to a line; of several with the same reference the first is said. */
export interface Answer {
  readonly line: Pick<TypedLine, 'guildId' | 'messageId' | 'at' | 'displayName'>
  readonly sourceRef: string
  readonly words: string
}

/** Owes answers where the bot may write and somebody still waits for one. In the caller's transaction; safe to repeat. */
export async function answerLines(db: Db, answers: readonly Answer[], tools: Tools): Promise<void> {
  const timely = answers.filter(({ line }) => isTimely(line.at, tools.clock.now()))
  if (timely.length === 0) return
  const talkative = await guildsWithChat(db, [...new Set(timely.map(({ line }) => line.guildId))])
  const first = new Map(
    timely
      .filter(({ line }) => talkative.some((row) => row.guildId === line.guildId))
      .reverse()
      .map((answer) => [`${answer.line.guildId}:${answer.sourceRef}`, answer]),
  )
  if (first.size === 0) return
  await owe(
    db,
    [...first.values()].map(({ line: { guildId, messageId, at, displayName }, sourceRef, words }) =>
      chatAnswer({ guildId, messageId, at, sourceRef, content: `@${displayName} ${words}` }),
    ),
  )
  tools.wakeOutbox()
}

/** Chat is told of what it gave no more often than this; what comes sooner is told of together. */
const tellEveryMs = 6_000

/**
 * Has chat told of news: at once where it is quiet and there is one, by a job of the given kind where there is more. `guildIds` has one
 * entry for each piece of news, `lastTold` is in milliseconds. In the caller's transaction.
 */
export async function tellInTurn(
  db: Db,
  p: {
    readonly guildIds: readonly GuildId[]
    readonly job: { readonly kind: string; readonly ref: string }
    lastTold(guildId: GuildId): number
    tellNow(guildIds: readonly GuildId[]): Promise<void>
  },
  { clock }: Pick<Tools, 'clock'>,
): Promise<void> {
  const now = clock.now()
  const isQuiet = (guildId: GuildId): boolean =>
    now - p.lastTold(guildId) >= tellEveryMs && p.guildIds.filter((one) => one === guildId).length === 1
  const all = [...new Set(p.guildIds)]
  const quiet = all.filter(isQuiet)
  if (quiet.length > 0) await p.tellNow(quiet)
  const busy = all.filter((guildId) => !isQuiet(guildId))
  if (busy.length === 0) return
  await scheduleJobs(
    db,
    busy.map((guildId) => ({
      guildId,
      ...p.job,
      runAt: new Date(Math.max(now, p.lastTold(guildId) + tellEveryMs)),
    })),
  )
}
