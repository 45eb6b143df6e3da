import { randomBytes } from 'node:crypto'
import { ApplicationCommandOptionType, type ChatInputCommandInteraction, PermissionFlagsBits } from 'discord.js'
import { bindingsChanged } from '../../../../cluster/ingress/event.ts'
import { slotAt } from '../../../../cluster/runtime/clock.ts'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { type GuildId, type UserId, userId } from '../../../../cluster/runtime/ids.ts'
import { type KickChannel, KickError, type SubscriptionResult } from '../../../../cluster/runtime/kick.ts'
import { transaction } from '../../../../sql/client.ts'
import { recordStreams } from '../../../../sql/queries/activity.ts'
import {
  bindChannel,
  endMissedStream,
  healthOf,
  setSignal,
  startBroadcasterSignIn,
} from '../../../../sql/queries/channel.ts'
import { touchSettlement } from '../../../../sql/queries/settlement.ts'
import { tiersOf } from '../../../../sql/queries/tiers.ts'
import { tellOfStreams } from '../../activity/index.ts'
import type { Command, Tools } from '../../feature.ts'
import { described, type Say, speakTo } from '../../language.ts'
import { stateOf, urlValueOf } from '../../links/index.ts'
import { rolePowerNow } from '../../roles/index.ts'
import { ago, plain } from '../../text.ts'
import { type Check, chatEvent, liveEvent, replyCheck, roleChecks, subscriptionChecks } from '../rules.ts'
import { checksView } from '../view.ts'

/**
 * Binds the guild to a Kick channel and says what works and what is missing. Safe to repeat: the same channel again repairs
 * what was missing; another channel takes its place and every minute and point stays.
 */
export const setup: Command = {
  data: {
    name: 'setup',
    ...described('settings:command.setup'),
    default_member_permissions: String(PermissionFlagsBits.ManageGuild),
    options: [
      {
        type: ApplicationCommandOptionType.String,
        name: 'channel',
        ...described('settings:command.setup.channel'),
        required: true,
        max_length: 200,
      },
    ],
  },
  async run(interaction, guildId, tools) {
    const say = speakTo(interaction)
    const channel = await findChannel(say, interaction.options.getString('channel', true), tools)
    const [{ old, subscriptions, stream }, tiers, power] = await Promise.all([
      watchChannel(guildId, { channel, userId: userId(interaction.user.id) }, tools),
      tiersOf(tools.sql, guildId),
      rolePowerNow(tools, guildId),
    ])
    const { chatReplies } = await healthOf(tools.sql, guildId)
    const checks: Check[] = [
      { mark: 'well', text: say('settings:setup.watches', { name: plain(channel.slug) }) },
      ...subscriptionChecks(say, subscriptions),
      streamCheck(say, stream),
      ...roleChecks(say, guildId, tiers, power),
      replyCheck(say, chatReplies),
    ]
    return checksView(say, {
      title: say('settings:setup.title'),
      next: say(stream.kind === 'live' ? 'settings:setup.next.live' : 'settings:setup.next.offline'),
      ...(old && { first: say('settings:setup.before', { name: plain(old.slug) }) }),
      checks,
      ...(chatReplies !== 'connected' && { connectUrl: await connectUrl(interaction, guildId, tools) }),
    })
  },
}

/** Binds a guild to a channel, asks Kick to tell us about it, and keeps what Kick says about the stream now. Safe to repeat. */
export async function watchChannel(
  guildId: GuildId,
  p: { readonly channel: KickChannel; readonly userId: UserId | null },
  tools: Tools,
) {
  const { channel } = p
  const bound = { broadcasterUserId: channel.userId, slug: channel.slug, displayName: channel.slug }
  const old = await transaction(tools.sql, (db) => bindChannel(db, { guildId, channel: bound, userId: p.userId }))
  tools.bus.hint(bindingsChanged, { guildId })
  const [subscriptions, stream] = await Promise.all([subscribe(channel, tools), streamNow(channel, tools)])
  await record(guildId, { channel, subscriptions, stream }, tools)
  return { old, subscriptions, stream }
}

async function findChannel(say: Say, typed: string, { kick, log }: Tools): Promise<KickChannel> {
  const lookup = await kick.channelBySlug(typed).catch((err: unknown) => {
    if (!(err instanceof KickError)) throw err
    log.warn({ err }, 'channel could not be looked up')
    throw new UserError('kick_unavailable', say('settings:error.kick_unavailable'))
  })
  if (lookup.kind === 'found') return lookup.channel
  throw new UserError('unknown_channel', say('settings:error.unknown_channel'))
}

/** One result for each event that is needed; a request that failed is a result too. */
async function subscribe(channel: KickChannel, { kick, log }: Tools): Promise<SubscriptionResult[]> {
  const events = [chatEvent, liveEvent]
  try {
    return await kick.subscriptions.create(channel.userId, events)
  } catch (err) {
    if (!(err instanceof KickError)) throw err
    log.warn({ err }, 'channel could not be subscribed to')
    return events.map((event) => ({ kind: 'failed', event, reason: err.message }))
  }
}

type StreamNow =
  | { readonly kind: 'live'; readonly startedAt: number; readonly title: string }
  | { readonly kind: 'offline' }
  | { readonly kind: 'unknown' }

/** Kick's two lists of live channels disagree at times; only when neither has the channel it is taken to be offline. */
async function streamNow(channel: KickChannel, { kick, log }: Tools): Promise<StreamNow> {
  try {
    const [stream] = await kick.livestreamsByIds([channel.userId])
    if (stream !== undefined) return { kind: 'live', startedAt: stream.startedAt, title: stream.title }
  } catch (err) {
    if (!(err instanceof KickError)) throw err
    log.warn({ err }, 'live state could not be read')
    if (!channel.isLive) return { kind: 'unknown' }
  }
  if (channel.startedAt !== null) return { kind: 'live', startedAt: channel.startedAt, title: channel.title }
  return { kind: channel.isLive ? 'unknown' : 'offline' }
}

const streamCheck = (say: Say, stream: StreamNow): Check => {
  switch (stream.kind) {
    case 'live':
      return {
        mark: 'well',
        text: say('settings:setup.live', { when: ago(new Date(stream.startedAt)) }),
      }
    case 'offline':
      return { mark: 'well', text: say('settings:setup.offline') }
    case 'unknown':
      return {
        mark: 'watch',
        text: say('settings:setup.unknown'),
        cure: say('settings:setup.unknown.cure'),
      }
  }
}

/**
 * Keeps what Kick said. A stream is recorded as if its beginning had just been told, so that any later word of Kick's about the
 * same stream is believed instead.
 */
async function record(
  guildId: GuildId,
  said: { channel: KickChannel; subscriptions: readonly SubscriptionResult[]; stream: StreamNow },
  tools: Tools,
): Promise<void> {
  const { sql, clock } = tools
  const { channel, subscriptions, stream } = said
  const isHeard = subscriptions.some((result) => result.event === liveEvent && result.kind === 'created')
  await transaction(sql, async (db) => {
    if (stream.kind === 'live') {
      const startedAt = stream.startedAt / 1000
      const [recorded] = await recordStreams(db, {
        guildIds: [guildId],
        startedAt: [startedAt],
        endedAt: [null],
        titles: [stream.title],
        changedAt: [startedAt],
      })
      if (recorded?.hasTurned) {
        const times = { startedAt: stream.startedAt, changedAt: stream.startedAt }
        const its = { name: channel.slug, slug: channel.slug }
        await tellOfStreams(db, [{ guildId, isLive: true, ...times, title: stream.title, channel: its }], tools)
      }
    }
    if (stream.kind === 'offline') await endMissedStream(db, guildId)
    await setSignal(db, { guildId, broadcasterUserId: channel.userId, isHeard })
    const since = stream.kind === 'live' ? Math.min(stream.startedAt, clock.now()) : clock.now()
    await touchSettlement(db, { kind: 'watchtime', guildIds: [guildId], slot: slotAt(since) })
  })
}

const connectMinutes = 10

/** A page where the channel's owner lets the bot answer in the stream chat; of its secret part only the hash is kept. */
async function connectUrl(interaction: ChatInputCommandInteraction, guildId: GuildId, tools: Tools): Promise<string> {
  const urlValue = urlValueOf(guildId, randomBytes(32))
  await transaction(tools.sql, (db) =>
    startBroadcasterSignIn(db, {
      guildId,
      userId: userId(interaction.user.id),
      state: stateOf(urlValue),
      interactionToken: interaction.token,
      minutes: connectMinutes,
    }),
  )
  return `${tools.publicUrl}/link/${urlValue}`
}
