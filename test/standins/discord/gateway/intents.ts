import type { JsonObject } from '../json.ts'
import type { PrivilegedIntent } from '../options.ts'
import type { Emission } from '../world/types.ts'

export const Intent = {
  Guilds: 1 << 0,
  GuildMembers: 1 << 1,
  GuildModeration: 1 << 2,
  GuildWebhooks: 1 << 5,
  GuildPresences: 1 << 8,
  GuildMessages: 1 << 9,
  GuildMessageReactions: 1 << 10,
  DirectMessages: 1 << 12,
  DirectMessageReactions: 1 << 13,
  MessageContent: 1 << 15,
} as const

/** Bits 0–16, and 20, 21, 24, 25. */
const knownIntents = 0x1ffff | (1 << 20) | (1 << 21) | (1 << 24) | (1 << 25)
const privileged: Record<PrivilegedIntent, number> = {
  GuildMembers: Intent.GuildMembers,
  GuildPresences: Intent.GuildPresences,
  MessageContent: Intent.MessageContent,
}

/** The close code for intents the application may not have, or null. */
export const intentsFault = (intents: unknown, allowed: readonly PrivilegedIntent[]): 4013 | 4014 | null => {
  if (typeof intents !== 'number' || !Number.isInteger(intents) || intents < 0 || (intents & ~knownIntents) !== 0)
    return 4013
  for (const [name, bit] of Object.entries(privileged)) {
    if ((intents & bit) !== 0 && !allowed.some((intent) => intent === name)) return 4014
  }
  return null
}

const wantedBy = (event: string, isGuild: boolean): number => {
  if (event === 'INTERACTION_CREATE' || event === 'USER_UPDATE') return 0
  if (event.startsWith('GUILD_MEMBER_')) return Intent.GuildMembers
  if (event.startsWith('GUILD_BAN_')) return Intent.GuildModeration
  if (event.startsWith('MESSAGE_REACTION_'))
    return isGuild ? Intent.GuildMessageReactions : Intent.DirectMessageReactions
  if (event.startsWith('MESSAGE_')) return isGuild ? Intent.GuildMessages : Intent.DirectMessages
  if (event === 'CHANNEL_PINS_UPDATE') return isGuild ? Intent.Guilds : Intent.DirectMessages
  if (event === 'WEBHOOKS_UPDATE') return Intent.GuildWebhooks
  return Intent.Guilds
}

/** Whether a session with these intents gets the event; the bot always hears about itself as a member. */
export const isWanted = (emission: Emission, intents: number, botId: string): boolean => {
  const wanted = wantedBy(emission.event, emission.guildId !== null)
  if (wanted === 0 || (intents & wanted) !== 0) return true
  return emission.event === 'GUILD_MEMBER_UPDATE' && emission.aboutUserId === botId
}

/** Without the content intent, text stays only in DMs, in the bot's own messages and in those that mention it. */
export const mustHideContent = (emission: Emission, intents: number, botId: string): boolean => {
  if (emission.event !== 'MESSAGE_CREATE' && emission.event !== 'MESSAGE_UPDATE') return false
  if ((intents & Intent.MessageContent) !== 0 || emission.guildId === null || emission.aboutUserId === botId)
    return false
  const { mentions } = emission.data
  return !(Array.isArray(mentions) && mentions.some((user) => (user as JsonObject).id === botId))
}

export const withoutContent = (data: JsonObject): JsonObject => ({
  ...data,
  content: '',
  embeds: [],
  attachments: [],
  components: [],
  poll: undefined,
})
