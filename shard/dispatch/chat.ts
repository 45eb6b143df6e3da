import { kickUserId, username } from '../../cluster/runtime/ids.ts'
import { longestChatLine } from '../../cluster/runtime/kick.ts'
import { Counter, registry } from '../../cluster/runtime/metrics.ts'
import { type Owed, owe } from '../../sql/queries/outbox.ts'
import { guildsWithChat } from '../../sql/queries/token.ts'
import type { ChatReply } from '../features/activity/index.ts'
import { commandCooldownMs, commandPatienceMs, readCommand } from '../features/activity/rules.ts'
import type { ChatCommand, EventHandler, Feature } from '../features/feature.ts'
import { speakIn } from '../features/language.ts'

const answered = new Counter({
  name: 'bot_chat_commands_total',
  help: 'Commands that viewers typed in stream chat and that were answered.',
  labelNames: ['command'],
  registers: [registry],
})

/**
 * Answers commands of viewers: the answer is owed to the outbox, once for each viewer, command and ten seconds, whichever shard or
 * delivery hears of it. A command that arrives late is not answered; a command of our own account never is.
 */
export function chatCommandHandler(features: readonly Feature[]): EventHandler<'chat'> {
  const commands = new Map<string, ChatCommand>(features.flatMap((feature) => Object.entries(feature.chat ?? {})))
  return async (events, db, tools) => {
    const calls = events.flatMap((event) => {
      const { happening } = event
      if (tools.clock.now() - happening.at > commandPatienceMs) return []
      const call = readCommand(happening.content)
      const command = call && commands.get(call.name)
      if (call === undefined || command === undefined) return []
      const sender = {
        userId: kickUserId(happening.sender.userId),
        username: username(happening.sender.username),
        displayName: happening.sender.username,
      }
      return sender.username === tools.kickBotName ? [] : [{ event, call, command, sender }]
    })
    if (calls.length === 0) return
    const guildIds = [...new Set(calls.flatMap(({ event }) => event.guildIds))]
    const talkative = new Set((await guildsWithChat(db, guildIds)).map((row) => row.guildId))
    const sayFor = await speakIn(db, [...talkative])
    const owed: Owed[] = []
    for (const { event, call, command, sender } of calls) {
      for (const guildId of event.guildIds.filter((id) => talkative.has(id))) {
        const text = await command({ guildId, say: sayFor(guildId), sender, args: call.args }, db, tools)
        if (text === undefined) continue
        owed.push({
          guildId,
          kind: 'activity.reply',
          sourceRef: `${call.name}:${sender.userId}:${Math.floor(event.happening.at / commandCooldownMs)}`,
          payload: {
            content: `@${sender.displayName} ${text}`.slice(0, longestChatLine),
            replyTo: event.happening.messageId,
            expiresAt: event.happening.at + 2 * commandPatienceMs,
          } satisfies ChatReply,
        })
        answered.inc({ command: call.name })
      }
    }
    if (owed.length === 0) return
    await owe(db, owed)
    tools.wakeOutbox()
  }
}
