import { Counter, registry } from '../../../cluster/runtime/metrics.ts'
import { channelKeys, clipServicesOf, liveSince, wishClip } from '../../../sql/queries/clips.ts'
import { commandLevels } from '../../../sql/queries/commands.ts'
import { owe } from '../../../sql/queries/outbox.ts'
import { rankOf } from '../commands/index.ts'
import type { ChatCommand, ChatWord } from '../feature.ts'
import { cleanTitle } from './rules.ts'

const wishes = new Counter({
  name: 'bot_clips_wishes_total',
  help: 'Clips that viewers asked for in stream chat, by what was done about it.',
  labelNames: ['outcome'],
  registers: [registry],
})

/**
 * Has a clip made: `!clip [title]`. What came of it is said when the service has answered; at once only what stands in the way. Silent where
 * no service is set up, for viewers who may not, and within the cooldowns.
 */
export const clipChat: ChatCommand<ChatWord> = async (call, db, tools) => {
  const { guildId, say, sender, args, badges, messageId } = call
  const [service] = await clipServicesOf(db, [guildId])
  if (service === undefined || !service.enabled) return undefined
  if (rankOf(badges) < commandLevels.indexOf(service.level)) {
    wishes.inc({ outcome: 'not_allowed' })
    return undefined
  }
  const [channel] = await channelKeys(db, [guildId])
  if (channel === undefined || (await liveSince(db, guildId)) === undefined) {
    wishes.inc({ outcome: 'not_live' })
    return say('clips:chat.not_live')
  }
  const typed = cleanTitle(args.join(' '))
  const id = await wishClip(db, {
    guildId,
    requestRef: messageId,
    username: sender.username,
    displayName: sender.displayName,
    title: typed === '' ? say('clips:title', { name: sender.displayName }) : typed,
    durationSeconds: service.durationSeconds,
    channel: channel.slug,
    userCooldown: service.userCooldown,
    channelCooldown: service.channelCooldown,
  })
  wishes.inc({ outcome: id === undefined ? 'cooldown' : 'asked' })
  if (id === undefined) return undefined
  await owe(db, [{ guildId, kind: 'clips.make', sourceRef: String(id), payload: { id } }])
  tools.wakeOutbox()
  return undefined
}
