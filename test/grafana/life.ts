import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'nats'
import { guildId, username } from '../../cluster/runtime/ids.ts'
import { transaction } from '../../sql/client.ts'
import { book } from '../../sql/queries/ledger.ts'
import { linkByHand } from '../demo/linking.ts'
import { buttonsOf, signIn, textOf } from '../support/browsing.ts'
import { saidByDashboard } from '../support/dashboard.ts'
import { type Act, answer, ask, chat, clipKey, dashboardSecret, home, patience, press, untilThere } from './world.ts'

const lettingTheBotSpeak: Act = {
  what: 'the broadcaster lets the bot write in chat, and a member links their account',
  async play(world) {
    const guild = home(world)
    const url = buttonsOf(await answer(world, 'setup', { channel: guild.channel.user.slug })).find((button) =>
      button.url?.includes('/link/'),
    )?.url
    await signIn(world.stage.kick.control.browser(guild.channel.user), String(url))
    const userId = world.stage.discord.control.join(guild.id, { username: 'newcomer' })
    await linkByHand(world.stage, guild, {
      userId,
      viewer: world.stage.kick.control.addViewer({ username: 'Newcomer' }),
    })
    chat(world, '!watchtime')
  },
}

const games: Act = {
  what: 'viewers ask for slots and guess a balance; an admin picks one',
  async play(world) {
    await answer(world, 'slots open')
    await answer(world, 'balance open')
    chat(world, '!call Sweet Bonanza')
    chat(world, '!gtb $1,234.56', 1)
    const { id } = home(world)
    const { sql } = world.stage
    await untilThere('the request', () => sql`select 1 from slot_requests where discord_server_id = ${id}`)
    await answer(world, 'slots pick')
  },
}

const raffles: Act = {
  what: 'a raffle runs while somebody gives subscriptions away; it is ended, to be drawn',
  async play(world) {
    const { channel } = home(world)
    const { sql, kick } = world.stage
    const { id } = home(world)
    await answer(world, 'raffle start', { days: 1 })
    const open = () => sql`select 1 from raffle_periods where discord_server_id = ${id} and status = 'active'`
    await untilThere('the raffle to be open', open)
    await sleep(1_000) // Kick tells whole seconds, and what came before the raffle is not in it
    const [giver = channel.user, receiver = channel.user] = channel.viewers
    kick.control.giftSubs(channel.user, giver, [receiver])
    const tickets = () => sql`select 1 from ticket_ledger where discord_server_id = ${id}`
    await untilThere('the tickets', tickets)
    const question = await answer(world, 'raffle end')
    await press(world, home(world).ownerId, question, 'raffle:end:').message({
      ...patience,
      where: (message) => buttonsOf(message).length === 0,
    })
    await answer(world, 'raffle draw') // as soon as the public randomness comes that decides
  },
}

const shopping: Act = {
  what: 'a shop is posted; a member buys two things, of which one is given back',
  async play(world) {
    const guild = home(world)
    const [member] = guild.members
    if (member === undefined) throw new Error('nobody is linked')
    const { discord, sql } = world.stage
    await transaction(sql, (db) =>
      book(db, {
        guildId: guildId(guild.id),
        username: username(member.viewer.username),
        change: { kind: 'add', delta: 1_000n },
        entry: 'give',
        sourceRef: 'a present',
        actorId: null,
        reason: null,
      }),
    )
    await answer(world, 'shop-admin add', { name: 'Mug', price: 100, stock: 3 })
    const { id: channel } = discord.world.guild(guild.id).addChannel({ name: 'shop' })
    await answer(world, 'shop-admin post', { channel })
    const store = await answer(world, 'shop show', {}, member.userId)
    const menu = JSON.stringify(store.components).match(/"custom_id":"(shop:[^"]+)"/)?.[1] ?? ''
    const offer = await discord.control
      .choose({ userId: member.userId, message: store, customId: menu, values: ['1'] })
      .message(patience)
    await press(world, member.userId, offer, ':buy').message(patience)
    await answer(world, 'shop-admin refund', { order: 1 })
  },
}

const giveaways: Act = {
  what: 'a giveaway is entered and ended, to be drawn',
  async play(world) {
    const guild = home(world)
    const { discord } = world.stage
    const { id: channelId } = discord.world.guild(guild.id).addChannel({ name: 'news' })
    const begin = discord.control.command({
      guildId: guild.id,
      channelId,
      userId: guild.ownerId,
      command: 'giveaway create',
      options: { method: 'discord' },
    })
    const form = await begin.modal(patience)
    await discord.control.submit(form, { title: 'A hat', duration: '1h' }).message(patience)
    const panel = await discord.control.untilMessage(
      channelId,
      (message) => buttonsOf(message).some(({ id }) => id?.includes(':join:')),
      patience,
    )
    await press(world, guild.members[0]?.userId ?? '', panel, ':join:').message(patience)
    await answer(world, 'giveaway draw', { number: 1 })
  },
}

const clipping: Act = {
  what: 'a viewer wants a clip',
  async play(world) {
    const { discord, sql } = world.stage
    const { user } = home(world).channel
    world.clips.live.add(user.slug)
    world.clips.segments.set(user.slug, 3)
    const form = await ask(world, 'clips setup').modal(patience)
    await discord.control.submit(form, { url: world.clips.url, key: clipKey }).message(patience)
    chat(world, '!clip what a shot', 2)
    const called = () => sql`select 1 from outbox where kind like 'clips.%' and state = 'paid'`
    await untilThere('the clip service to be asked', called)
  },
}

const wagers: Act = {
  what: 'a platform is to be asked for wagers and cannot be reached',
  async play(world) {
    await answer(world, 'wagers setup', { platform: 'shuffle', source: 'https://affiliate.invalid/stats/nobody' })
    await world.stage.sql`update wager_campaign set next_poll_at = now()`
  },
}

const dashboard: Act = {
  what: 'the dashboard says something',
  async play(world) {
    const nats = await connect({ servers: world.stage.nats.url })
    const said = saidByDashboard({ guildId: home(world).id, event: 'settings.sync', secret: dashboardSecret })
    nats.publish(said.subject, JSON.stringify(said.body))
    await nats.drain()
    const handled = () => world.stage.sql`select 1 from dashboard_event where handled_at is not null`
    await untilThere('what the dashboard said to be done', handled)
  },
}

const crowd: Act = {
  what: 'more members ask at once than Discord lets the bot answer in a second',
  async play(world) {
    const members = home(world).members
    const asked = Array.from({ length: 40 }, (_, index) =>
      answer(world, 'me', {}, members[index % members.length]?.userId),
    )
    const texts = (await Promise.all(asked)).map(textOf)
    if (texts.some((text) => text === '')) throw new Error('somebody was not answered')
  },
}

/** What people and the outside do that the demo by itself does not, in the order in which it is played. */
export const life: readonly Act[] = [
  lettingTheBotSpeak,
  games,
  raffles,
  shopping,
  giveaways,
  clipping,
  wagers,
  dashboard,
  crowd,
]
