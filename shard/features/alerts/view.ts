import {
  type APIActionRowComponent,
  type APIButtonComponent,
  type APIEmbed,
  ButtonStyle,
  ComponentType,
  type RESTPostAPIChannelMessageJSONBody,
} from 'discord.js'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import type { AlertSetup } from '../../../sql/queries/alerts.ts'
import type { BoundChannel } from '../../../sql/queries/channel.ts'
import type { Reply } from '../feature.ts'
import type { Say } from '../language.ts'
import { colour, plain } from '../text.ts'
import { fill, inAddress, type TemplateValues } from './rules.ts'

export interface AlertShown {
  readonly setup: AlertSetup
  readonly channel: Pick<BoundChannel, 'slug' | 'displayName'>
  readonly title: string
  readonly category: string | null
  /** Set once the stream is over. */
  readonly ended?: { readonly minutes: number; readonly chatters: number } | undefined
  readonly isTest?: boolean
}

const endedColour = 0x747f8d
const longest = { title: 256, description: 4000, footer: 2048 } as const

/** The post that tells that a stream is live, or that it was. Only the role that the admins chose is mentioned, and only at first. */
export function alertMessage(say: Say, alert: AlertShown): RESTPostAPIChannelMessageJSONBody {
  const { setup, channel, ended } = alert
  const raw: TemplateValues = {
    streamer: channel.displayName,
    channel: channel.slug,
    title: alert.title,
    category: alert.category ?? say('alerts:no_category'),
  }
  const shown: TemplateValues = {
    streamer: plain(raw.streamer),
    channel: raw.channel,
    title: plain(raw.title),
    category: plain(raw.category),
  }
  const url = `https://kick.com/${encodeURIComponent(channel.slug)}`
  const heading = ended
    ? say('alerts:ended', { streamer: raw.streamer })
    : setup.title === null
      ? say('alerts:live', { streamer: raw.streamer })
      : fill(setup.title, raw) // a title knows no markup
  const lines = [
    setup.description === null ? shown.title : fill(setup.description, shown),
    ended
      ? `${say('alerts:duration', { time: say.duration(ended.minutes) })} · ${say('alerts:chatters', { count: ended.chatters })}`
      : '',
  ]
  const embed: APIEmbed = {
    color: ended ? endedColour : colour,
    title: [...heading].slice(0, longest.title).join(''),
    url,
    description: lines
      .filter((line) => line !== '')
      .join('\n')
      .slice(0, longest.description),
    ...(setup.footer === null ? {} : { footer: { text: fill(setup.footer, raw).slice(0, longest.footer) } }),
  }
  const mention = setup.roleId === null || ended || alert.isTest ? '' : `<@&${setup.roleId}>`
  return {
    content: alert.isTest ? say('alerts:test_notice') : mention,
    embeds: [embed],
    components: ended ? [] : [buttonRow(say, setup, raw, url)],
    allowed_mentions: { parse: [], roles: setup.roleId !== null && mention !== '' ? [setup.roleId] : [] },
  }
}

function buttonRow(
  say: Say,
  setup: AlertSetup,
  values: TemplateValues,
  url: string,
): APIActionRowComponent<APIButtonComponent> {
  const own = setup.buttons.map((button) => ({ label: button.label, url: fill(button.url, inAddress(values)) }))
  const all = own.length === 0 ? [{ label: say('alerts:watch'), url }] : own
  return {
    type: ComponentType.ActionRow,
    components: all.map((button) => ({ type: ComponentType.Button, style: ButtonStyle.Link, ...button })),
  }
}

const offers = (say: Say, guildId: GuildId): APIActionRowComponent<APIButtonComponent> => ({
  type: ComponentType.ActionRow,
  components: [
    {
      type: ComponentType.Button,
      style: ButtonStyle.Secondary,
      label: say('alerts:send_test'),
      custom_id: `alerts:test:${guildId}`,
    },
  ],
})

/** What the guild has chosen, and a button that tries it. `note` stands above. */
export function setupView(say: Say, guildId: GuildId, setup: AlertSetup, note?: string): Reply {
  const own = say('alerts:own_words')
  const quoted = (text: string | null) => (text === null ? own : `\`${text.replaceAll('`', 'ˋ')}\``)
  const lines = [
    setup.enabled ? say('alerts:show.on', { channel: `<#${setup.channelId}>` }) : say('alerts:show.off'),
    say('alerts:show.role', { role: setup.roleId === null ? say('alerts:nobody') : `<@&${setup.roleId}>` }),
    say('alerts:show.title', { text: quoted(setup.title) }),
    say('alerts:show.description', { text: quoted(setup.description) }),
    ...(setup.footer === null ? [] : [say('alerts:show.footer', { text: quoted(setup.footer) })]),
    ...setup.buttons.map((button, i) =>
      say('alerts:show.button', { number: i + 1, label: plain(button.label), url: button.url.replaceAll('>', '%3E') }),
    ),
    say(`alerts:show.updates_${setup.updates}`),
  ]
  return {
    content: note ?? '',
    embeds: [
      { color: colour, title: say('alerts:heading'), description: lines.join('\n').slice(0, longest.description) },
    ],
    components: setup.enabled ? [offers(say, guildId)] : [],
  }
}
