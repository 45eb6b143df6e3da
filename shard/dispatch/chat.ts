import { kickUserId, username } from '../../cluster/runtime/ids.ts'
import { Counter, registry } from '../../cluster/runtime/metrics.ts'
import { owe } from '../../sql/queries/outbox.ts'
import { commandCooldownMs, commandPatienceMs, readCommand } from '../features/activity/rules.ts'
import type { ChatCommand, EventHandler, Feature } from '../features/feature.ts'

const answered = new Counter({
  name: 'bot_chat_commands_total',
  help: 'Commands that viewers typed in stream chat and that were answered.',
  labelNames: ['command'],
  registers: [registry],
})

/** Longest chat line that Kick takes. */
const longestLine = 500

/**
 * Answers commands of viewers: the answer is owed to the outbox, once for each viewer, command and ten seconds, whichever shard or
 * delivery hears of it. A command that arrives late is not answered; a command of our own account never is.
 */
export function chatCommandHandler(features: readonly Feature[]): EventHandler<'chat'> {
  const commands = new Map<string, ChatCommand>(features.flatMap((feature) => Object.entries(feature.chat ?? {})))
  return async (events, db, tools) => {
    for (const { broadcaster, guildIds, happening } of events) {
      if (tools.clock.now() - happening.at > commandPatienceMs) continue
      const call = readCommand(happening.content)
      const command = call && commands.get(call.name)
      if (call === undefined || command === undefined) continue
      const sender = {
        userId: kickUserId(happening.sender.userId),
        username: username(happening.sender.username),
        displayName: happening.sender.username,
      }
      for (const guildId of guildIds) {
        const text = await command({ guildId, sender, args: call.args }, db, tools)
        if (text === undefined) continue
        await owe(db, [
          {
            guildId,
            kind: 'activity.reply',
            sourceRef: `${call.name}:${happening.sender.userId}:${Math.floor(happening.at / commandCooldownMs)}`,
            payload: {
              broadcasterUserId: broadcaster.userId,
              content: `@${sender.displayName} ${text}`.slice(0, longestLine),
              replyTo: happening.messageId,
              expiresAt: happening.at + commandPatienceMs * 2,
            },
          },
        ])
        answered.inc({ command: call.name })
        tools.wakeOutbox()
      }
    }
  }
}
