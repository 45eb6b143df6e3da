import { beforeAll, describe, expect, it } from 'vitest'
import type { ChannelEvent } from '../../../cluster/ingress/event.ts'
import { happeningOf } from '../../../cluster/ingress/kick/happening.ts'
import { type Payload, readPayload } from '../../../cluster/ingress/kick/payload.ts'
import { type GuildId, kickUserId, userId, username } from '../../../cluster/runtime/ids.ts'
import { handleEvents } from '../../../shard/dispatch/event.ts'
import { onForget } from '../../../shard/features/gifts/job.ts'
import { ticketsFor } from '../../../shard/features/gifts/rules.ts'
import { features } from '../../../shard/features/index.ts'
import { transaction } from '../../../sql/client.ts'
import { insertLink } from '../../../sql/queries/links.ts'
import { unexplainedTickets } from '../../../sql/queries/tickets.ts'
import { erasePerson } from '../../../sql/queries/trust.ts'
import { giftsOf, shuffled, subscriptionOf, times } from '../../support/builders.ts'
import { aWorld, type Place, saidIn } from '../../support/room.ts'

let world: Awaited<ReturnType<typeof aWorld>>
beforeAll(async () => {
  world = await aWorld()
})

const now = Date.now()
const minuteMs = 60_000

/** Twelve minutes ago an open raffle began that ends in an hour, unless told otherwise; it has these settings. */
async function aRaffle(settings: Readonly<Record<string, string>> = {}, status = 'active'): Promise<Place> {
  const place = await world.aPlace(settings)
  await world.sql`
    insert into raffle_periods (discord_server_id, period_number, status, starts_at, ends_at, time_zone, commitment, opened_at, closed_at, list_hash)
    values (${place.id}, 1, ${status}, ${new Date(now - 12 * minuteMs)}, ${new Date(now + 60 * minuteMs)}, 'UTC', 'c', now(), now(), 'h')`
  return place
}

/** As both rooms hear it that care, in one transaction. */
type Bought = ChannelEvent<'gifts'> | ChannelEvent<'subscription'>
const hear = (...events: readonly Bought[]) =>
  transaction(world.sql, (db) =>
    handleEvents(
      features.filter(({ name }) => name === 'activity' || name === 'gifts'),
      events as readonly ChannelEvent[],
      db,
      world.bot.tools,
    ),
  )

const gift = (places: readonly Place[], p: { by?: string | null; to?: readonly string[]; at?: number } = {}) =>
  giftsOf({
    guildIds: places.map(({ id }) => id),
    gifter: p.by === undefined ? 'Anna' : p.by,
    recipients: p.to ?? ['r1'],
    at: p.at ?? now,
    expiresAt: null,
  })

const link = ({ id }: Place, name: string, member: number) =>
  insertLink(world.sql, {
    guildId: id,
    userId: userId(String(member)),
    kickUserId: kickUserId(member),
    kickName: username(name),
  })

/** Tickets of a guild by name and kind; those without are left out. */
const ticketsIn = async ({ id }: Pick<Place, 'id'>) =>
  (
    await world.sql<{ name: string; gifts: number; subs: number }[]>`
      select kick_username as name, gifted_sub_tickets::int as gifts, subscription_tickets::int as subs
        from raffle_tickets where discord_server_id = ${id} and total_tickets > 0 order by kick_username`
  ).map((row) => `${row.name}: ${row.gifts}+${row.subs}`)

const recordedIn = async ({ id }: Pick<Place, 'id'>) =>
  (
    await world.sql<{ line: string }[]>`
      select concat_ws(' ', kind, coalesce(gifter_kick_name, '-'), sub_count, outcome, tickets_awarded, coalesce(period_number::text, '-')) as line
        from raffle_gifted_subs where discord_server_id = ${id} order by gifted_at, gifter_kick_name`
  ).map(({ line }) => line)

describe('a gift of subscriptions', () => {
  it('brings tickets for each of them, once, however often, late and out of order it is told, to eight owners at once', async () => {
    const [one, two] = [await aRaffle(), await aRaffle({ raffle_tickets_per_gifted_sub: '2' })]
    const events = [
      gift([one, two], { to: ['r1', 'r2', 'r3'] }),
      gift([one, two], { by: 'Ben', at: now - 10 * minuteMs }),
      gift([one], { by: 'Ben', to: ['r9'] }),
    ]
    await hear(...events, ...events)
    await Promise.all(times(8, (i) => hear(...shuffled(events, i + 1))))
    expect(await ticketsIn(one)).toEqual(['anna: 45+0', 'ben: 30+0'])
    expect(await ticketsIn(two)).toEqual(['anna: 6+0', 'ben: 2+0'])
    expect(await unexplainedTickets(world.sql, { guildId: one.id, periodNumber: 1, limit: 9 })).toEqual([])
  })

  it('counts again when the same people get the same again a minute later, as Kick tells it', async () => {
    const place = await aRaffle()
    const person = (id: number) => ({
      is_anonymous: false,
      user_id: id,
      username: `user${id}`,
      is_verified: false,
      profile_picture: '',
      channel_slug: `user${id}`,
      identity: null,
    })
    const told = (at: number): Bought => {
      const body = {
        broadcaster: person(1),
        gifter: person(2),
        giftees: [person(3), person(4)],
        created_at: new Date(at).toISOString(),
        expires_at: new Date(at + 30 * 86_400_000).toISOString(),
      }
      const read = readPayload('channel.subscription.gifts', JSON.stringify(body))
      if (read.kind !== 'payload') throw new Error(JSON.stringify(read))
      const event = happeningOf(read.payload satisfies Payload, { sentAt: at, now })
      if (typeof event === 'string') throw new Error(event)
      return { ...event, guildIds: [place.id] } as Bought
    }
    await hear(told(now - minuteMs))
    await hear(told(now - minuteMs))
    expect(await ticketsIn(place)).toEqual(['user2: 30+0'])
    await hear(told(now), told(now - minuteMs))
    expect(await ticketsIn(place)).toEqual(['user2: 60+0'])
  })

  it('by somebody who does not want to be named is recorded and gives nobody anything', async () => {
    const place = await aRaffle()
    const event = gift([place], { by: null, to: ['r1', 'r2'] })
    await hear(event)
    await hear(event)
    expect(await recordedIn(place)).toEqual(['gift - 2 anonymous 0 1'])
    expect(await ticketsIn(place)).toEqual([])
  })

  it('counts by the time at which it was given: not before a raffle, nor after it was closed, but recorded in any case', async () => {
    const [open, closed, none] = [await aRaffle(), await aRaffle({}, 'closed'), await world.aPlace()]
    await hear(gift([open, closed, none], { at: now - 11 * minuteMs }))
    await hear(gift([open], { at: now - 13 * minuteMs }), gift([open], { at: now + 61 * minuteMs }))
    expect(await recordedIn(open)).toEqual([
      'gift anna 1 no_raffle 0 -',
      'gift anna 1 awarded 15 1',
      'gift anna 1 no_raffle 0 -',
    ])
    for (const place of [closed, none]) expect(await recordedIn(place)).toEqual(['gift anna 1 no_raffle 0 -'])
    // A raffle that begins later does not look back, though the same is told again.
    await world.sql`
      insert into raffle_periods (discord_server_id, period_number, status, starts_at, ends_at, time_zone, commitment, opened_at)
      values (${none.id}, 1, 'active', ${new Date(now - 20 * minuteMs)}, ${new Date(now + minuteMs)}, 'UTC', 'c', now())`
    await hear(gift([none], { at: now - 11 * minuteMs }))
    expect(await ticketsIn(none)).toEqual([])
  })

  it('by somebody without a link waits for it, or is worth nothing for good where the guild wants the link first', async () => {
    const [late, strict] = [await aRaffle(), await aRaffle({ raffle_late_linking: 'false' })]
    await hear(gift([late, strict]))
    expect(await recordedIn(late)).toEqual(['gift anna 1 awarded 15 1'])
    expect(await recordedIn(strict)).toEqual(['gift anna 1 unlinked 0 1'])
    const list = async (place: Place) => saidIn(await world.ask(place, 'gifts list'))
    expect(await list(late)).toContain('15 tickets (#1) · waits for a link')
    await link(late, 'anna', 71)
    await link(strict, 'anna', 71)
    await hear(gift([late, strict]))
    expect(await list(late)).not.toContain('waits for a link')
    expect([await ticketsIn(late), await ticketsIn(strict)]).toEqual([['anna: 15+0'], []])
    await hear(gift([strict], { to: ['r2'] }))
    expect(await ticketsIn(strict)).toEqual(['anna: 15+0'])
  })

  it('stays with its giver, who goes by another name now', async () => {
    const place = await aRaffle()
    const { happening, ...rest } = gift([place], { at: now - 2 * minuteMs })
    await hear({ ...rest, happening })
    const renamed = { userId: happening.gifter?.userId ?? '', username: 'Anna_New' }
    await hear({ ...rest, ref: 'another', happening: { ...happening, gifter: renamed, at: now } })
    await hear({ ...rest, happening }) // told again, by the old name
    expect(await ticketsIn(place)).toEqual(['anna_new: 30+0'])
    expect(await recordedIn(place)).toEqual(['gift anna_new 1 awarded 15 1', 'gift anna_new 1 awarded 15 1'])
  })

  it('of somebody who was erased names nobody and gives nothing when it is told again', async () => {
    const place = await aRaffle()
    const [event, unheard] = [gift([place], { at: now - minuteMs }), gift([place], { at: now - minuteMs, to: ['r7'] })]
    await hear(event)
    const kickId = event.happening.gifter?.userId ?? ''
    await transaction(world.sql, (db) =>
      erasePerson(db, { guildId: place.id, userId: userId('72'), username: username('anna'), kickUserId: kickId }),
    )
    await hear(event, unheard)
    expect(await recordedIn(place)).toEqual(['gift - 1 awarded 15 1', 'gift - 1 anonymous 0 1'])
    expect(await ticketsIn(place)).toEqual([])
    const [kept] = await world.sql<{ all: string }[]>`
      select string_agg(to_jsonb(g)::text, ' ') as all from raffle_gifted_subs g where discord_server_id = ${place.id}`
    expect(kept?.all).not.toContain(kickId)
  })

  it('never brings more than an entry can hold', () => {
    expect(ticketsFor(3, 15)).toBe(45)
    expect(ticketsFor(3, 0)).toBe(0)
    expect(ticketsFor(1_000_000, 10_000)).toBe(1_000_000_000)
  })
})

describe('a subscription', () => {
  it('brings tickets where the guild gives any for it', async () => {
    const [place, other] = [await aRaffle({ raffle_tickets_per_sub: '4' }), await aRaffle()]
    const event = subscriptionOf({ guildIds: [place.id, other.id], username: 'Fan', at: now, expiresAt: null })
    const renewal = { ...event, ref: 'later', happening: { ...event.happening, kind: 'renewal' as const, at: now + 1 } }
    await hear(event, renewal, event)
    await hear(event)
    expect(await ticketsIn(place)).toEqual(['fan: 0+8'])
    expect(await recordedIn(other)).toEqual(['new fan 1 no_rate 0 1', 'renewal fan 1 no_rate 0 1'])
  })
})

describe('thanks', () => {
  const chat = (place: Place) => world.linesIn(place)

  it('are said once in chat and in Discord, in the language of the guild, where it wants them and while they are news', async () => {
    const [silent, loud] = [await aRaffle(), await aRaffle({ language: 'de', gift_thanks_kick: 'true' })]
    const channel = loud.guild.addChannel({ name: 'thanks' }).id
    await world.set(loud, 'gift_channel_id', channel)
    const told = gift([silent, loud], { by: 'An_na', to: ['r1', 'r2'], at: Date.now() })
    await Promise.all(times(4, () => hear(told)))
    await hear(gift([loud], { by: null, at: Date.now() }))
    await hear(gift([loud], { at: Date.now() - 5 * 3_600_000 }))
    await world.settled(loud)
    expect(await chat(silent)).toEqual([])
    expect(await chat(loud)).toEqual([
      '@An_na hat 2 Abos verschenkt. Danke! Das bringt 30 Lose für die Verlosung.',
      'Jemand hat 1 Abo verschenkt.',
    ])
    expect(world.bot.discord.control.messagesIn(channel).map((message) => message.content)).toEqual([
      '💝 An\\_na hat 2 Abos verschenkt. Danke! Das bringt 30 Lose für die Verlosung. Sie nehmen teil, sobald du dein Kick-Konto mit `/link` verknüpfst.',
      '💝 Jemand hat 1 Abo verschenkt.',
    ])
  })
})

describe('/gifts list', () => {
  it('shows what was bought here, of everybody or of one, and not what was bought elsewhere', async () => {
    const [place, other] = [await aRaffle(), await aRaffle()]
    await link(place, 'anna', 73)
    await hear(
      gift([place], { to: ['r1', 'r2'], at: now - 60_000 }),
      gift([place], { by: 'Ben', at: now - 50_000 }),
      gift([place], { by: null, at: now - 40_000 }),
      subscriptionOf({ guildIds: [place.id], username: 'Cleo', at: now - 30_000, expiresAt: null }),
      gift([other], { by: 'Zoe' }),
    )
    const all = saidIn(await world.ask(place, 'gifts list'))
    expect(all).toContain('In the raffle that runs: 4 gifted · 1 bought for oneself · 45 tickets')
    expect(all).toContain('**Anna** gifted 2 subscriptions. 30 tickets (#1)')
    expect(all).toContain('**Somebody** gifted 1 subscription. No tickets: nobody is named who could have them.')
    expect(all).toContain('**Cleo** subscribed. No tickets: the server gave none for it.')
    expect(all).not.toContain('Zoe')
    const ofAnna = saidIn(await world.ask(place, 'gifts list', { name: 'ANNA' }))
    expect(ofAnna).toContain('2 gifted · 0 bought for oneself · 30 tickets')
    expect(ofAnna).not.toContain('Ben')
    const empty = saidIn(await world.ask(await world.aPlace(), 'gifts list'))
    expect(empty).toContain('No raffle runs')
    expect(empty).toContain('Nothing was bought yet')
  })

  it('is among what /earn tells while a raffle runs', async () => {
    const place = await aRaffle({ raffle_tickets_per_sub: '4' })
    const told = saidIn(await world.ask(place, 'earn'))
    expect(told).toContain('15 tickets for each subscription that you gift')
    expect(told).toContain('4 tickets for each month')
    expect(saidIn(await world.ask(await world.aPlace(), 'earn'))).not.toContain('subscription')
  })
})

describe('what was recorded', () => {
  it('is forgotten after thirteen months and not before, by a job of its month', async () => {
    const place = await aRaffle()
    const daysAgo = (days: number) => now - days * 86_400_000
    await hear(gift([place], { at: daysAgo(401) }), gift([place], { at: daysAgo(396) }))
    const jobs = await world.sql<{ runAt: Date }[]>`
      select next_run_at as run_at from job where discord_server_id = ${place.id} and kind = 'gifts.forget'`
    expect(jobs.length).toBeGreaterThan(0)
    for (const { runAt } of jobs) expect(runAt.getTime()).toBeGreaterThan(daysAgo(2))
    await transaction(world.sql, (db) =>
      onForget(
        [{ guildId: place.id as GuildId, kind: 'gifts.forget', ref: '', dueAt: new Date(), payload: {} }],
        db,
        world.bot.tools,
      ),
    )
    expect(await recordedIn(place)).toEqual(['gift anna 1 no_raffle 0 -'])
  })
})
