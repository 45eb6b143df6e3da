import type { GuildId, Username } from '../../../cluster/runtime/ids.ts'
import { claimCalls, countUses, figuresOf } from '../../../sql/queries/commands.ts'
import { giveawayFiguresOf } from '../../../sql/queries/giveaways.ts'
import { owe } from '../../../sql/queries/outbox.ts'
import { ticketFiguresOf } from '../../../sql/queries/pool.ts'
import { slotFiguresOf } from '../../../sql/queries/slots.ts'
import { chatAnswer } from '../activity/index.ts'
import type { ChatWord, ChatWords } from '../feature.ts'
import { needsOf, rankOf, render } from './rules.ts'

/**
 * Answers commands that a guild made for itself: cooldowns are taken, figures are read and answers are owed in four statements for the
 * whole batch. A message that is handled again is answered once and counted once.
 */
export const onWords: ChatWords = async (words, db, tools) => {
  const calls = words.map((word) => ({
    guildId: word.guildId,
    word: word.word,
    caller: word.sender.username,
    rank: rankOf(word.badges),
    at: word.at,
  }))
  const claimed = await claimCalls(db, { calls, on: 'kick' })
  const answers = claimed.flatMap((answer) => {
    const word = words[answer.index]
    return word === undefined ? [] : [{ ...answer, word, needs: needsOf(answer.response) }]
  })
  if (answers.length === 0) return
  const asking = answers.filter((answer) => answer.needs.figures)
  const figures =
    asking.length === 0
      ? []
      : await figuresOf(db, {
          guildIds: asking.map(({ word }) => word.guildId),
          usernames: asking.map(({ word }) => word.sender.username),
          ranks: asking.map(({ needs }) => needs.ranks),
          streaks: asking.map(({ needs }) => needs.streaks),
        })
  const askingSlots = answers.filter((answer) => answer.needs.slots)
  const slots =
    askingSlots.length === 0
      ? []
      : await slotFiguresOf(db, {
          guildIds: askingSlots.map(({ word }) => word.guildId),
          usernames: askingSlots.map(({ word }) => word.sender.username),
        })
  const askingTickets = answers.filter((answer) => answer.needs.tickets)
  const tickets =
    askingTickets.length === 0
      ? []
      : await ticketFiguresOf(db, {
          guildIds: askingTickets.map(({ word }) => word.guildId),
          usernames: askingTickets.map(({ word }) => word.sender.username),
        })
  const askingGiveaway = answers.filter((answer) => answer.needs.giveaway)
  const giveaways =
    askingGiveaway.length === 0
      ? []
      : await giveawayFiguresOf(db, {
          guildIds: askingGiveaway.map(({ word }) => word.guildId),
          usernames: askingGiveaway.map(({ word }) => word.sender.username),
        })
  const isOf = (word: ChatWord) => (one: { guildId: GuildId; username: Username }) =>
    one.guildId === word.guildId && one.username === word.sender.username
  const owed = answers.map(({ word, command, response, useCount }) => {
    const content = render(
      word.say,
      response,
      {
        user: word.sender.username,
        displayName: word.sender.displayName,
        platform: 'kick',
        channel: word.channel,
        command,
        args: word.args,
        uses: String(BigInt(useCount) + 1n),
        at: word.at,
      },
      {
        figures: figures.find(isOf(word)),
        slots: slots.find(isOf(word)),
        tickets: tickets.find(isOf(word)),
        giveaway: giveaways.find(isOf(word)),
      },
    )
    const { guildId, messageId, at } = word
    return { command, row: chatAnswer({ guildId, messageId, at, content, sourceRef: `custom:${messageId}` }) }
  })
  const fresh = new Set(
    (
      await owe(
        db,
        owed.map(({ row }) => row),
      )
    ).map((row) => `${row.guildId}:${row.sourceRef}`),
  )
  const used = owed.filter(({ row }) => fresh.has(`${row.guildId}:${row.sourceRef}`))
  if (used.length === 0) return
  await countUses(db, { guildIds: used.map(({ row }) => row.guildId), commands: used.map(({ command }) => command) })
  tools.wakeOutbox()
}
