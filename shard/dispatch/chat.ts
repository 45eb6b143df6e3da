import type { ChannelEvent } from '../../cluster/ingress/event.ts'
import { type GuildId, kickUserId, username } from '../../cluster/runtime/ids.ts'
import { Counter, registry } from '../../cluster/runtime/metrics.ts'
import type { Db } from '../../sql/client.ts'
import { ownWords } from '../../sql/queries/commands.ts'
import { type Owed, owe } from '../../sql/queries/outbox.ts'
import { readSettings } from '../../sql/queries/settings.ts'
import { guildsWithChat } from '../../sql/queries/token.ts'
import { chatAnswer } from '../features/activity/index.ts'
import { commandCooldownMs, isTimely, readCommand } from '../features/activity/rules.ts'
import type { ChatCommand, ChatWord, EventHandler, Feature, Tools } from '../features/feature.ts'
import { speak } from '../features/language.ts'
import { linkedViewers } from '../features/links/index.ts'

const answered = new Counter({
  name: 'bot_chat_commands_total',
  help: 'Commands of ours that viewers typed in stream chat and that were answered.',
  labelNames: ['command'],
  registers: [registry],
})

/** What a chat line asks for, before anybody knows in which of its guilds. */
function callIn(event: ChannelEvent<'chat'>, tools: Tools) {
  const { happening, broadcaster } = event
  if (!isTimely(happening.at, tools.clock.now())) return undefined
  const call = readCommand(happening.content)
  const name = username(happening.sender.username)
  if (call === undefined || name === tools.kickBotName) return undefined
  return {
    word: call.name,
    args: call.args,
    sender: {
      userId: kickUserId(happening.sender.userId),
      username: name,
      displayName: happening.sender.username,
    },
    badges: happening.sender.badges ?? [],
    channel: broadcaster.username,
    messageId: happening.messageId,
    at: happening.at,
  }
}

/**
 * Answers commands of viewers: the answer is owed to the outbox, once for each viewer, command and ten seconds, whichever shard or
 * delivery hears of it. A command that arrives late is not answered; a command of our own account never is. Words that no room knows,
 * and those to which the guild has given a meaning of its own, go together to the room that may.
 */
export function chatCommandHandler(features: readonly Feature[]): EventHandler<'chat'> {
  const commands = new Map<string, ChatCommand<ChatWord>>(
    features.flatMap((feature) => Object.entries(feature.chat ?? {})),
  )
  const others = features.flatMap((feature) => feature.chatWords ?? [])
  return async (events, db, tools) => {
    const calls = events.flatMap((event) => {
      const call = callIn(event, tools)
      return call === undefined ? [] : event.guildIds.map((guildId) => ({ guildId, ...call }))
    })
    if (calls.length === 0) return
    const words = await allowed(calls, db)
    if (words.length === 0) return
    const own = await ownWords(db, {
      guildIds: words.map(({ guildId }) => guildId),
      words: words.map(({ word }) => word),
    })
    const isOurs = ({ guildId, word }: ChatWord): boolean =>
      commands.has(word) && !own.some((one) => one.guildId === guildId && one.word === word)
    const owed: Owed[] = []
    for (const word of words.filter(isOurs)) {
      const command = commands.get(word.word)
      const text = await command?.(word, db, tools)
      if (text === undefined) continue
      const { guildId, messageId, at, sender } = word
      const sourceRef = `${word.word}:${sender.userId}:${Math.floor(at / commandCooldownMs)}`
      owed.push(chatAnswer({ guildId, messageId, at, sourceRef, content: `@${sender.displayName} ${text}` }))
      answered.inc({ command: word.word })
    }
    if (owed.length > 0) {
      await owe(db, owed)
      tools.wakeOutbox()
    }
    const unknown = words.filter((word) => !isOurs(word))
    if (unknown.length === 0) return
    for (const answer of others) await answer(unknown, db, tools)
  }
}

/** Calls in guilds that let the bot write and have not switched the command off, by viewers whom they let ask. */
async function allowed(calls: readonly Omit<ChatWord, 'say'>[], db: Db): Promise<readonly ChatWord[]> {
  const talkative = (await guildsWithChat(db, [...new Set(calls.map((call) => call.guildId))])).map(
    (row) => row.guildId,
  )
  if (talkative.length === 0) return []
  const settings = await readSettings(db, talkative, ['language', 'chat_commands_off', 'require_link_for_chat'])
  const heard = calls.flatMap((call) => {
    const its = settings.get(call.guildId)
    const isOff = its?.chat_commands_off.some((name) => name === call.word)
    return its === undefined || isOff
      ? []
      : [{ ...call, say: speak(its.language), mustBeLinked: its.require_link_for_chat }]
  })
  const guarded = heard.filter((call) => call.mustBeLinked && call.word !== 'link')
  if (guarded.length === 0) return heard
  const key = (call: { guildId: GuildId; username: string }) => `${call.guildId}:${call.username}`
  const linked = new Set(
    (
      await linkedViewers(db, {
        guildIds: guarded.map((call) => call.guildId),
        usernames: guarded.map((call) => call.sender.username),
      })
    ).map(key),
  )
  return heard.filter(
    (call) => !guarded.includes(call) || linked.has(key({ guildId: call.guildId, username: call.sender.username })),
  )
}
