import { createHash } from 'node:crypto'
import type { APIActionRowComponent, APIButtonComponentWithURL } from 'discord.js'
import { beforeAll, describe, expect, it } from 'vitest'
import { type GuildId, kickUserId } from '../../../cluster/runtime/ids.ts'
import { createKick } from '../../../cluster/runtime/kick.ts'
import { features } from '../../../shard/features/index.ts'
import type { Sql } from '../../../sql/client.ts'
import { channelOf } from '../../../sql/queries/channel.ts'
import { type Guild, Permission, type SeenMessage } from '../../standins/discord/index.ts'
import { KickStandIn, type KickStandInOptions, type KickUser } from '../../standins/kick/index.ts'
import { type Bot, startBot } from '../../support/bot.ts'
import { aGuildId } from '../../support/builders.ts'
import { onCleanUp } from '../../support/cleanup.ts'
import { createDatabase } from '../../support/database.ts'

let sql: Sql
let kick: KickStandIn
let bot: Bot
const hints: string[] = []

async function startKick(options: KickStandInOptions = {}) {
  const standIn = new KickStandIn(options)
  await standIn.start()
  onCleanUp(() => standIn.stop())
  const { idUrl, apiUrl, clientId, clientSecret } = standIn
  const client = createKick({ idUrl, apiUrl, clientId, clientSecret, requestsPerMinute: 6_000, wait: async () => {} })
  return { standIn, client }
}

beforeAll(async () => {
  sql = (await createDatabase()).sql
  const { standIn, client } = await startKick()
  kick = standIn
  bot = await startBot({ sql, features, tools: { kick: client } })
  const { hint } = bot.tools.bus
  bot.tools.bus.hint = (subject, body) => {
    hints.push(`${subject} ${JSON.stringify(body)}`)
    hint(subject, body)
  }
})

interface Place {
  readonly guildId: GuildId
  readonly guild: Guild
  readonly admin: string
}

const aPlace = (draft: { botPermissions?: bigint } = {}): Place => {
  const guildId = aGuildId()
  const guild = bot.discord.world.addGuild({ id: guildId, ...draft })
  return { guildId, guild, admin: guild.ownerId }
}

const setUp = (place: Place, channel: string): Promise<SeenMessage> =>
  bot.discord.control
    .command({ guildId: place.guildId, userId: place.admin, command: 'setup', options: { channel } })
    .message()

const textOf = (message: SeenMessage): string => String(message.embeds[0]?.description)
const urlOf = (message: SeenMessage): string | undefined =>
  (message.components as unknown as APIActionRowComponent<APIButtonComponentWithURL>[])[0]?.components[0]?.url

const sessionsOf = (place: Place) => sql<{ startedAt: Date; endedAt: Date | null; title: string }[]>`
  select started_at, ended_at, title from stream_session where discord_server_id = ${place.guildId} order by started_at`

const subscribedTo = async (channel: KickUser): Promise<string[]> =>
  (await bot.tools.kick.subscriptions.list(kickUserId(channel.userId))).map((row) => row.event).sort()

describe('/setup', () => {
  it('binds a channel that is live, subscribes, records the stream, and says what is missing', async () => {
    const place = aPlace()
    const startedAt = Date.UTC(2026, 0, 2, 18)
    const channel = kick.control.addChannel({ username: 'Night_Owl', slug: 'night-owl' })
    kick.control.goLive(channel, { startedAt, title: 'All night' })
    const answer = await setUp(place, 'https://kick.com/Night_Owl?tab=about')
    expect(answer.isEphemeral).toBe(true)
    expect(textOf(answer).split('\n')).toEqual([
      '✅ This server now watches **night\\-owl** on Kick.',
      '✅ Kick sends me the stream chat.',
      '✅ Kick tells me when the stream begins and ends.',
      `✅ The stream is live since <t:${startedAt / 1000}:R>; minutes count already.`,
      '⚠️ There are no roles for watch time yet.',
      '→ Add the first with `/roles add`; many servers begin with 120, 600 and 2,000 minutes.',
      '⚠️ I cannot answer in the stream chat yet; everything else works without.',
      '→ The owner of the Kick channel connects it with `/setup` and the button under its answer.',
      '',
      'Next: write something in the stream chat. The first minutes stand in `/leaderboard` within two minutes.',
    ])
    expect(await channelOf(sql, place.guildId)).toEqual({
      broadcasterUserId: String(channel.userId),
      slug: 'night-owl',
      displayName: 'night-owl',
    })
    expect(await subscribedTo(channel)).toEqual(['chat.message.sent', 'livestream.status.updated'])
    expect(await sessionsOf(place)).toEqual([{ startedAt: new Date(startedAt), endedAt: null, title: 'All night' }])
    const [touched] = await sql`
      select oldest_slot::int from settlement where discord_server_id = ${place.guildId} and kind = 'watchtime'`
    expect(touched?.oldestSlot).toBe(startedAt / 60_000)
    expect(hints).toContain(`hint.kick.bindings {"guildId":"${place.guildId}"}`)
  })

  it('answers in the language of whoever asks', async () => {
    const place = aPlace()
    const options = { channel: kick.control.addChannel().slug }
    const act = { guildId: place.guildId, userId: place.admin, command: 'setup', options, locale: 'tr' }
    const text = textOf(await bot.discord.control.command(act).message())
    expect(text).toContain('Kick bana yayın sohbetini gönderiyor.')
    expect(text).toContain('Sıradaki adım: yayına başla')
    expect(text).not.toMatch(/\b(the|stream|minutes)\b/)
  })

  it('offers a page to connect chat replies, of whose address only a hash is kept', async () => {
    const place = aPlace()
    const answer = await setUp(place, kick.control.addChannel().slug)
    const url = urlOf(answer) ?? ''
    expect(url).toMatch(new RegExp(`^https://bot\\.example/link/${place.guildId}\\.[\\w-]{43}$`))
    const value = url.split('/').at(-1) ?? ''
    const rows = () => sql`
      select state, purpose, discord_id, code_verifier, extract(epoch from expires_at - created_at)::int as seconds
        from oauth_states
       where discord_server_id = ${place.guildId}`
    expect(await rows()).toEqual([
      {
        state: createHash('sha256').update(value).digest('hex'),
        purpose: 'broadcaster',
        discordId: place.admin,
        codeVerifier: null,
        seconds: 600,
      },
    ])
    await setUp(place, 'https://kick.com/none-of-this')
    expect(await rows()).toHaveLength(1)
    await setUp(place, kick.control.addChannel().slug)
    expect(await rows()).toHaveLength(1)
  })

  it('offers no page when the owner has connected, and does when it was another channel’s', async () => {
    const place = aPlace()
    const channel = kick.control.addChannel()
    await sql`
      insert into kick_token (discord_server_id, kick_user_id, access_token, refresh_token, key_id, scopes, expires_at)
      values (${place.guildId}, ${channel.userId}, 'x', 'x', 'k', '', now())`
    const answer = await setUp(place, channel.slug)
    expect(textOf(answer)).toContain('✅ I can answer in the stream chat.')
    expect(answer.components).toEqual([])
    const other = await setUp(place, kick.control.addChannel().slug)
    expect(textOf(other)).toContain('in the chat of another channel')
    expect(urlOf(other)).toBeDefined()
  })

  it.each(['empty', 'bad_request'] as const)(
    'changes nothing for an unknown channel (Kick answers %s)',
    async (unknownSlug) => {
      const place = aPlace()
      const channel = kick.control.addChannel()
      await setUp(place, channel.slug)
      const before = kick.control.faults.unknownSlug
      kick.control.faults.unknownSlug = unknownSlug
      const answer = await setUp(place, 'no-such-channel')
      kick.control.faults.unknownSlug = before
      expect(answer.content).toContain('Kick knows no such channel, so nothing was changed')
      expect(answer.embeds).toEqual([])
      expect((await channelOf(sql, place.guildId))?.slug).toBe(channel.slug)
    },
  )

  it('takes another channel and keeps what was earned; the old stream ends for this guild only', async () => {
    const [place, neighbour] = [aPlace(), aPlace()]
    const [old, next] = [kick.control.addChannel(), kick.control.addChannel()]
    kick.control.goLive(old, { startedAt: Date.now() - 3_600_000 })
    for (const one of [place, neighbour]) await setUp(one, old.slug)
    await sql`insert into watchtime (discord_server_id, username, minutes) values (${place.guildId}, 'viewer', 42)`
    const answer = await setUp(place, next.slug)
    expect(textOf(answer)).toContain('all minutes, points and links are kept')
    expect(textOf(answer)).toContain('The stream is offline')
    expect((await channelOf(sql, place.guildId))?.broadcasterUserId).toBe(String(next.userId))
    expect((await sessionsOf(place)).map((session) => session.endedAt)).toEqual([expect.any(Date)])
    expect((await sessionsOf(neighbour)).map((session) => session.endedAt)).toEqual([null])
    expect(await sql`select minutes from watchtime where discord_server_id = ${place.guildId}`).toEqual([
      { minutes: 42 },
    ])
  })

  it('may be repeated: one stream, one subscription of each kind, and no other words than before', async () => {
    const place = aPlace()
    const channel = kick.control.addChannel()
    kick.control.goLive(channel, { startedAt: Date.now() - 600_000 })
    const first = await setUp(place, channel.slug)
    const bound = () => sql`select bound_at, bound_by from kick_channel where discord_server_id = ${place.guildId}`
    const before = await bound()
    expect(textOf(await setUp(place, channel.slug))).toBe(textOf(first))
    expect(await bound()).toEqual(before)
    expect(await sessionsOf(place)).toHaveLength(1)
    expect(await subscribedTo(channel)).toHaveLength(2)
  })

  it('ends a stream whose end was missed, unless it was heard of just now', async () => {
    const place = aPlace()
    const channel = kick.control.addChannel()
    await setUp(place, channel.slug)
    await sql`
      insert into stream_session (discord_server_id, started_at, changed_at)
      values (${place.guildId}, now() - interval '1 minute', now() - interval '1 minute')`
    await setUp(place, channel.slug)
    expect((await sessionsOf(place))[0]?.endedAt).toBeNull()
    await sql`
      update stream_session
         set started_at = now() - interval '1 day', changed_at = now() - interval '1 day'
       where discord_server_id = ${place.guildId}`
    await setUp(place, channel.slug)
    expect((await sessionsOf(place))[0]?.endedAt).not.toBeNull()
  })

  it('says which subscription Kick refused, and lets two chatters count as live without the live signal', async () => {
    const place = aPlace()
    const channel = kick.control.addChannel()
    kick.control.faults.subscriptionRowErrors = ['livestream.status.updated']
    const answer = await setUp(place, channel.slug)
    kick.control.faults.subscriptionRowErrors = []
    expect(textOf(answer)).toContain('✅ Kick sends me the stream chat.')
    expect(textOf(answer)).toContain('⚠️ Kick does not tell me when the stream begins and ends')
    const lost = () =>
      sql`select signal_lost_at is not null as lost from kick_channel where discord_server_id = ${place.guildId}`
    expect(await lost()).toEqual([{ lost: true }])
    await setUp(place, channel.slug)
    expect(await lost()).toEqual([{ lost: false }])
  })

  it('says when the bot may not manage roles, and which roles stand too high', async () => {
    const weak = aPlace({ botPermissions: Permission.ViewChannel })
    expect(textOf(await setUp(weak, kick.control.addChannel().slug))).toContain(
      '❌ I cannot give roles: I may not manage roles here.',
    )
    const place = aPlace()
    const role = place.guild.addRole({ name: 'High', position: 'above-bot' })
    await sql`
      insert into watchtime_roles (discord_server_id, role_id, role_name, minutes_required)
      values (${place.guildId}, ${role.id}, 'High', 10)`
    const answer = await setUp(place, kick.control.addChannel().slug)
    expect(textOf(answer)).toContain(`❌ I cannot give <@&${role.id}>: it does not stand below my own highest role.`)
    expect(textOf(answer)).toContain('drag my role above it')
  })

  it('binds all the same when Discord does not tell about roles', async () => {
    const place = aPlace()
    const path = `/guilds/${place.guildId}/roles`
    bot.discord.control.faults.rest({ kind: 'status', status: 502 }, { method: 'GET', path, times: 4 })
    await sql`
      insert into watchtime_roles (discord_server_id, role_id, role_name, minutes_required)
      values (${place.guildId}, 1300000000000000055, 'Tier', 10)`
    const answer = await setUp(place, kick.control.addChannel().slug)
    expect(textOf(answer)).toContain('Discord did not tell me about the roles of this server just now.')
    expect(await channelOf(sql, place.guildId)).toBeDefined()
  })

  it('is not for members without Manage Server', () => {
    const place = aPlace()
    const member = bot.discord.control.join(place.guildId)
    expect(() =>
      bot.discord.control.command({
        guildId: place.guildId,
        userId: member,
        command: 'setup',
        options: { channel: 'x' },
      }),
    ).toThrow('lacks the permissions')
  })
})

describe('/setup at the limits of Kick', () => {
  it.each(['bad_request', 'row_error'] as const)(
    'names a full limit of chat subscriptions (told as %s)',
    async (subscriptionLimitAs) => {
      const { standIn, client } = await startKick({ chatSubscriptionLimit: 0, faults: { subscriptionLimitAs } })
      const limited = await startBot({ sql, features, tools: { kick: client } })
      const guild = limited.discord.world.addGuild({ id: aGuildId() })
      const answer = await limited.discord.control
        .command({
          guildId: guild.id,
          userId: guild.ownerId,
          command: 'setup',
          options: { channel: standIn.control.addChannel().slug },
        })
        .message()
      expect(textOf(answer)).toContain('❌ Kick does not send me the stream chat, so no minutes are counted.')
      expect(textOf(answer)).toContain('limit for this bot is reached')
      expect(textOf(answer)).toContain('✅ Kick tells me when the stream begins and ends.')
    },
  )

  it('changes nothing while Kick does not answer, and says so', async () => {
    const { standIn, client } = await startKick()
    const cut = await startBot({ sql, features, tools: { kick: client } })
    const guild = cut.discord.world.addGuild({ id: aGuildId() })
    await standIn.stop()
    const answer = await cut.discord.control
      .command({ guildId: guild.id, userId: guild.ownerId, command: 'setup', options: { channel: 'anyone' } })
      .message()
    expect(answer.content).toContain('Kick does not answer just now, so nothing was changed')
    expect(await channelOf(sql, guild.id as GuildId)).toBeUndefined()
  })
})
