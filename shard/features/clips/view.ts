import type { RESTPostAPIChannelMessageJSONBody } from 'discord.js'
import type { Clip, ClipService } from '../../../sql/queries/clips.ts'
import type { Reply } from '../feature.ts'
import type { Say } from '../language.ts'
import { ago, colour, linesWithin, plain } from '../text.ts'

const longestDescription = 4096

/** A clip for everybody; mentions nobody. */
export const clipMessage = (say: Say, clip: Clip): RESTPostAPIChannelMessageJSONBody => ({
  content: `${say('clips:post', { title: `**${plain(clip.title ?? '')}**`, name: plain(clip.displayName) })}\n${clip.url ?? ''}`,
  allowed_mentions: { parse: [] },
})

/** How a server has clips made; the key is never shown. `note` stands above. */
export function serviceView(say: Say, service: ClipService, note = ''): Reply {
  const lines = [
    say(service.enabled ? 'clips:show.on' : 'clips:show.off'),
    say('clips:show.service', { url: `\`${service.url}\`` }),
    say('clips:show.key'),
    say('clips:show.duration', { count: service.durationSeconds }),
    service.channelId === null
      ? say('clips:show.no_channel')
      : say('clips:show.channel', { channel: `<#${service.channelId}>` }),
    say('clips:show.level', { level: say(`clips:level.${service.level}`) }),
    say('clips:show.user_cooldown', { count: service.userCooldown }),
    say('clips:show.channel_cooldown', { count: service.channelCooldown }),
  ]
  return {
    content: note,
    embeds: [{ color: colour, title: say('clips:show.title'), description: lines.join('\n') }],
  }
}

/** The last clips of a server. */
export function clipsView(say: Say, clips: readonly Clip[]): Reply {
  const lines = clips.map(
    (clip) =>
      `**#${clip.id}** ${plain(clip.title ?? '?')} · ${plain(clip.displayName)} · ${ago(clip.createdAt)}${clip.url === null ? '' : `\n<${clip.url}>`}`,
  )
  const description = lines.length === 0 ? say('clips:list.none') : linesWithin(say, lines, longestDescription)
  return { embeds: [{ color: colour, title: say('clips:list.title'), description }] }
}
