import type { GuildId } from '../../../cluster/runtime/ids.ts'
import { Counter, registry } from '../../../cluster/runtime/metrics.ts'
import type { Db } from '../../../sql/client.ts'
import { type Guess, type GuessOutcome, roundsIn, takeGuesses } from '../../../sql/queries/balance.ts'
import { ownWords } from '../../../sql/queries/commands.ts'
import { tellDashboard } from '../../../sql/queries/dashboard.ts'
import { readSettings } from '../../../sql/queries/settings.ts'
import { type Answer, answerLines, type TypedLine, tellInTurn, typedIn, withoutErased } from '../activity/index.ts'
import type { EventHandler, HeardWords, Tools } from '../feature.ts'
import { speak } from '../language.ts'
import { linkedViewers } from '../links/index.ts'
import { confirmJob, tellOfGuesses } from './job.ts'
import { answeredEveryMs, closedEveryMs, guessWord, readCents } from './rules.ts'

const heard = new Counter({
  name: 'bot_balance_guesses_total',
  help: 'Lines of chat that guessed an amount, by what became of them.',
  labelNames: ['outcome'],
  registers: [registry],
})

/** Why a guess was not taken; `ignored` is what nobody is told of. */
type Verdict = 'taken' | 'ignored' | 'usage' | 'unlinked' | 'closed' | 'final'

/**
 * Takes guesses into the open rounds of their guilds: a viewer's guess counts once, however often, late or out of order the lines are
 * delivered. A constant number of statements for a batch, and none where nobody guesses.
 */
export const onChat: EventHandler<'chat'> = async (events, db, tools) => {
  const typed = events.flatMap((event) => typedIn(event, tools)).filter(({ word }) => word === guessWord)
  if (typed.length === 0) return
  const guildIds = [...new Set(typed.map(({ guildId }) => guildId))]
  const played = await roundsIn(db, guildIds)
  if (played.length === 0) return // who never played is not told that no round is open
  const settings = await readSettings(
    db,
    played.map(({ guildId }) => guildId),
    ['language', 'require_link_for_chat', 'chat_commands_off'],
  )
  const isOff = (guildId: GuildId) => settings.get(guildId)?.chat_commands_off.includes(guessWord)
  const rounds = new Map(played.filter(({ guildId }) => !isOff(guildId)).map((one) => [one.guildId, one]))
  if (rounds.size === 0) return
  const own = await ownWords(db, { guildIds: [...rounds.keys()], words: [...rounds.keys()].map(() => guessWord) })
  const guesses = await withoutErased(
    db,
    typed.filter(({ guildId }) => rounds.has(guildId) && !own.some((one) => one.guildId === guildId)),
  )
  if (guesses.length === 0) return
  const linked = await linkedViewers(db, {
    guildIds: guesses.map(({ guildId }) => guildId),
    usernames: guesses.map((one) => one.username),
  })
  const isLinked = (guess: TypedLine) =>
    linked.some((one) => one.guildId === guess.guildId && one.username === guess.username)
  const read = guesses.map((guess) => ({ ...guess, amount: readCents(guess.args.join('')) }))
  const verdicts = read.map((guess): Verdict | undefined => {
    if (settings.get(guess.guildId)?.require_link_for_chat && !isLinked(guess)) return 'unlinked'
    if (rounds.get(guess.guildId)?.isOpen !== true) return 'closed'
    return guess.amount === undefined ? 'usage' : undefined
  })
  const asked = read.flatMap(({ amount, ...guess }, i) =>
    verdicts[i] === undefined && amount !== undefined ? [{ i, guess: { ...guess, amount } }] : [],
  )
  const outcomes =
    asked.length === 0
      ? []
      : await takeGuesses(
          db,
          asked.map(({ guess }) => guess),
        )
  for (const outcome of outcomes) {
    const i = asked[outcome.index]?.i
    if (i !== undefined) verdicts[i] = outcome.isTaken ? 'taken' : outcome.isTooLate ? 'final' : 'ignored'
  }
  for (const verdict of verdicts) heard.inc({ outcome: verdict ?? 'ignored' })
  await answerLines(
    db,
    read.flatMap((line, i): Answer[] => {
      const verdict = verdicts[i] ?? 'ignored'
      if (verdict === 'taken' || verdict === 'ignored') return []
      const sourceRef =
        verdict === 'closed'
          ? `balance:closed:${Math.floor(line.at / closedEveryMs)}`
          : `balance:${line.userId}:${Math.floor(line.at / answeredEveryMs)}`
      const say = speak(settings.get(line.guildId)?.language ?? 'en')
      return [{ line, sourceRef, words: say(`balance:chat.${verdict}`, { word: `!${guessWord}` }) }]
    }),
    tools,
  )
  const taken = outcomes.flatMap((outcome) => {
    const guess = asked[outcome.index]?.guess
    return outcome.isTaken && guess !== undefined ? [{ guess, outcome }] : []
  })
  await tellInTurn(
    db,
    {
      guildIds: taken.map(({ guess }) => guess.guildId),
      job: confirmJob,
      lastTold: (guildId) => rounds.get(guildId)?.confirmedAt ?? 0,
      tellNow: (quiet) => tellOfGuesses(quiet, db, tools),
    },
    tools,
  )
  await report(taken, db, tools)
}

/** How viewers guess, where that was ever played. */
export const guessWords: HeardWords = async (guildId, { sql }) =>
  (await roundsIn(sql, [guildId])).length === 0 ? [] : [guessWord]

/** Tells the dashboard of each guess. */
async function report(
  taken: readonly { readonly guess: Guess; readonly outcome: GuessOutcome }[],
  db: Db,
  tools: Tools,
): Promise<void> {
  if (taken.length === 0 || tools.dashboardSecret === undefined) return
  await tellDashboard(
    db,
    taken.map(({ guess, outcome }) => ({
      guildId: guess.guildId,
      area: 'gtb',
      action: 'new_guess',
      data: {
        session_id: outcome.id,
        session: outcome.number,
        kick_username: guess.displayName,
        guess_amount: (guess.amount / 100).toFixed(2),
        timestamp: new Date(guess.at).toISOString(),
      },
      ref: guess.messageId,
    })),
  )
  tools.wakeOutbox()
}
