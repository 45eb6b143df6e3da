import type { GuildId } from '../../../cluster/runtime/ids.ts'
import type { Db } from '../../../sql/client.ts'
import { closeDueRounds, takeUnconfirmedGuesses } from '../../../sql/queries/balance.ts'
import { owe } from '../../../sql/queries/outbox.ts'
import { readSettings } from '../../../sql/queries/settings.ts'
import { chatLines, isTimely } from '../activity/index.ts'
import type { JobHandler, Tools } from '../feature.ts'
import { speak } from '../language.ts'
import { touchPanels } from '../panel.ts'
import { tellOfRound } from './outbox.ts'
import { chatTaken } from './view.ts'

/** A guild has one of these at a time. */
export const confirmJob = { kind: 'balance.confirm', ref: 'chat' } as const

/** Tells chat of everything that was guessed and of which nobody was told; once, whoever does it. */
export async function tellOfGuesses(guildIds: readonly GuildId[], db: Db, tools: Tools): Promise<void> {
  const guesses = await takeUnconfirmedGuesses(db, guildIds)
  if (guesses.length === 0) return
  const settings = await readSettings(db, guildIds, ['language'])
  const now = tools.clock.now()
  const lines = [...settings].flatMap(([guildId, { language }]) => {
    const theirs = guesses.filter((one) => one.guildId === guildId && isTimely(one.guessedAt.getTime(), now))
    const last = theirs.at(-1)
    if (last === undefined) return []
    const sourceRef = `balance:taken:${last.id}:${last.guessedAt.getTime()}:${theirs.length}`
    return [{ guildId, sourceRef, content: chatTaken(speak(language), theirs) }]
  })
  await owe(db, await chatLines(db, lines, now))
  await touchPanels(db, 'balance', guildIds)
  tools.wakeOutbox()
}

export const onConfirm: JobHandler = (jobs, db, tools) =>
  tellOfGuesses(
    jobs.map(({ guildId }) => guildId),
    db,
    tools,
  )

/** Closes the rounds whose time has come; one that was closed, or opened again for longer, is left alone. */
export const onClose: JobHandler = async (jobs, db, tools) => {
  const closed = await closeDueRounds(db, {
    guildIds: jobs.map(({ guildId }) => guildId),
    ids: jobs.map(({ ref }) => ref),
  })
  for (const { guildId, id } of closed) await tellOfRound(db, { guildId, id, what: 'closed', ref: 'time' }, tools)
}
