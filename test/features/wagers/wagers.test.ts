import { beforeAll, describe, expect, it } from 'vitest'
import { createAffiliates } from '../../../cluster/runtime/affiliate.ts'
import { kickUserId, type UserId, userId, username } from '../../../cluster/runtime/ids.ts'
import { createWagers } from '../../../shard/dispatch/wagers.ts'
import type { Tools } from '../../../shard/features/feature.ts'
import { transaction } from '../../../sql/client.ts'
import { insertLink } from '../../../sql/queries/links.ts'
import { erasePerson } from '../../../sql/queries/trust.ts'
import type { SeenMessage } from '../../standins/discord/index.ts'
import { aWorld, idsOf, type Place, saidIn } from '../../support/room.ts'
import { aPlatform } from '../../support/wagers.ts'
import { until } from '../../support/wait.ts'

let world: Awaited<ReturnType<typeof aWorld>>
let affiliate: Awaited<ReturnType<typeof aPlatform>>
beforeAll(async () => {
  world = await aWorld()
  affiliate = await aPlatform(world.bot.tools)
})

let made = 0
const anId = () => `id-${++made}-for-tests`

/** A server with an open raffle and a channel for its admins. */
async function aRaffle(settings: Readonly<Record<string, string>> = {}) {
  const place = await world.aPlace(settings)
  const admins = place.guild.addChannel({ name: 'admins' }).id
  await world.set(place, 'admin_channel_id', admins)
  await world.sql`
    insert into raffle_periods (discord_server_id, period_number, status, starts_at, ends_at, time_zone, commitment, opened_at)
    values (${place.id}, 1, 'active', now() - interval '1 hour', now() + interval '1 day', 'UTC', 'c', now())`
  return { ...place, admins }
}

async function aMember(place: Place, name?: string): Promise<UserId> {
  const member = userId(world.bot.discord.control.join(place.id))
  if (name !== undefined)
    await insertLink(world.sql, {
      guildId: place.id,
      userId: member,
      kickUserId: kickUserId(member.slice(-9)),
      kickName: username(name),
    })
  return member
}

const ask = async (place: Place, command: string, options = {}, as: string = place.guild.ownerId): Promise<string> =>
  saidIn(await world.ask(place, command, options, as))
const setUp = (place: Place, source: string, more = {}) =>
  ask(place, 'wagers setup', { platform: 'shuffle', source, ...more })
const claim = (place: Place, member: UserId, name: string) =>
  ask(place, 'wager link', { platform: 'shuffle', name }, member)

const ticketsIn = async ({ id }: Pick<Place, 'id'>) =>
  (
    await world.sql<{ line: string }[]>`
      select kick_username || ': ' || wager_tickets as line from raffle_tickets
       where discord_server_id = ${id} and wager_tickets > 0 order by kick_username`
  ).map(({ line }) => line)

/** The claims that admins see in their channel. */
const requests = async (place: Place & { readonly admins: string }, count: number): Promise<SeenMessage[]> => {
  await until(async () => world.bot.discord.control.messagesIn(place.admins).length >= count, { what: 'the request' })
  return world.bot.discord.control.messagesIn(place.admins)
}
const press = (place: Place, message: SeenMessage | undefined, action: string, as = place.guild.ownerId) => {
  if (message === undefined) throw new Error('there is no such message')
  const customId = idsOf(message).find((id) => id.startsWith(`wagers:${action}`)) ?? action
  return world.bot.discord.control.press({ userId: as, message, customId })
}
/** What somebody reads whose press was refused. */
const refusedPress = async (...of: Parameters<typeof press>) =>
  saidIn((await press(...of).followUps())[0] as SeenMessage)

describe('an account', () => {
  it('brings tickets once an admin has approved it with a button: for all of the raffle, with the role, and word to the member', async () => {
    const place = await aRaffle()
    const role = place.guild.addRole({ name: 'Verified' }).id
    await world.set(place, 'wager_role_id', role)
    const source = anId()
    expect(await setUp(place, source)).toContain('✅ I ask Shuffle within a minute')
    affiliate.tell(source, { Whale_1: '1000.0199', Other: '5' })
    await affiliate.poll()
    affiliate.tell(source, { Whale_1: '1150.00', Other: '5' })
    await affiliate.poll()
    const member = await aMember(place, 'anna')
    expect(await claim(place, member, '@Whale_1')).toContain('**Whale\\_1** (Shuffle) is noted as yours')
    const [request] = await requests(place, 1)
    const said = saidIn(request as SeenMessage)
    expect(said).toContain(`<@${member}> says that **Whale\\_1** (Shuffle) is theirs`)
    expect(said).toContain('On Kick: anna')
    expect(said).toContain('names this account with $1,150.00 in all')
    expect(said).toContain('proves nothing about who asks')
    expect(await ticketsIn(place)).toEqual([])
    expect(await refusedPress(place, request, 'approve', await aMember(place))).toContain('Manage Server')
    expect(await ticketsIn(place)).toEqual([])
    expect(
      saidIn(await press(place, request, 'approve').message({ where: ({ components }) => components.length === 0 })),
    ).toContain(`**Whale\\_1** (Shuffle) is the account of <@${member}>`)
    expect(await ticketsIn(place)).toEqual(['anna: 2']) // 149.99 dollars at 20 for each thousand
    await world.bot.discord.control.untilRole(place.id, member, role)
    expect(saidIn(await world.bot.discord.control.untilDm(member))).toContain('is confirmed as yours')
    expect(await ask(place, 'wager mine', {}, member)).toContain(
      '**Whale\\_1** (Shuffle): $149.99 in the raffle that runs, 2 tickets',
    )
    expect(await ask(place, 'wagers deny', { member, platform: 'shuffle' })).toContain('There is nothing to decide')
  })

  it('brings only what grows later, where the server wants it so', async () => {
    const place = await aRaffle({ wager_link_policy: 'from_link' })
    const source = anId()
    await setUp(place, source)
    const member = await aMember(place, 'anna')
    for (const wager of ['0', '149.99']) {
      affiliate.tell(source, { Whale: wager })
      await affiliate.poll()
    }
    await claim(place, member, 'whale')
    await ask(place, 'wagers approve', { member, platform: 'shuffle' })
    expect(await ticketsIn(place)).toEqual([])
    affiliate.tell(source, { Whale: '199.99' })
    await affiliate.poll()
    expect(await ticketsIn(place)).toEqual(['anna: 1'])
  })

  it('may be claimed by several, is one member’s, and is taken from them only when an admin means it', async () => {
    const place = await aRaffle()
    const source = anId()
    await setUp(place, source)
    for (const wager of ['0', '100']) {
      affiliate.tell(source, { Whale: wager })
      await affiliate.poll()
    }
    const [squatter, owner] = [await aMember(place, 'squatter'), await aMember(place, 'owner')]
    await claim(place, squatter, 'WHALE')
    expect(await claim(place, owner, 'Whale')).toContain('is noted as yours')
    expect(await ask(place, 'wagers list')).toContain(`<@${owner}>`)
    await ask(place, 'wagers approve', { member: squatter, platform: 'shuffle' })
    expect(await ticketsIn(place)).toEqual(['squatter: 2'])
    expect(await ask(place, 'wagers list')).toContain(`It is confirmed as the account of <@${squatter}> already`)
    expect(await ask(place, 'wagers approve', { member: owner, platform: 'shuffle' })).toContain(
      'use `/wagers approve` with `move`',
    )
    const moved = await ask(place, 'wagers approve', { member: owner, platform: 'shuffle', move: true })
    expect(moved).toContain(`It was the account of <@${squatter}> before`)
    affiliate.tell(source, { Whale: '150' })
    await affiliate.poll()
    expect(await ticketsIn(place)).toEqual(['owner: 1', 'squatter: 2'])
    const [note] = await world.sql<{ oldValue: string; newValue: string }[]>`
      select old_value, new_value from audit_log where discord_server_id = ${place.id} and action = 'wagers.approve' and subject = ${owner}`
    expect(note).toEqual({ oldValue: squatter, newValue: 'shuffle: Whale' })
  })

  it('goes to one of two who are approved at once', async () => {
    const place = await aRaffle()
    await setUp(place, anId())
    const members = [await aMember(place, 'one'), await aMember(place, 'two')]
    for (const member of members) await claim(place, member, 'whale')
    const answers = await Promise.all(
      members.map((member) => ask(place, 'wagers approve', { member, platform: 'shuffle' })),
    )
    expect(answers.filter((text) => text.startsWith('✅'))).toHaveLength(1)
    expect(answers.filter((text) => text.includes('with `move`'))).toHaveLength(1)
  })

  it('is free again when the claim is denied, has ended, or is let go of', async () => {
    const place = await aRaffle()
    await setUp(place, anId())
    const member = await aMember(place, 'anna')
    await claim(place, member, 'whale')
    expect(await ask(place, 'wagers deny', { member, platform: 'shuffle' })).toContain('did not confirm')
    expect(await ask(place, 'wager mine', {}, member)).toContain('You have no account here')
    await claim(place, member, 'whale')
    await world.sql`update raffle_shuffle_links set expires_at = now() - interval '1 second' where discord_server_id = ${place.id}`
    expect(await ask(place, 'wagers approve', { member, platform: 'shuffle' })).toContain('There is nothing to decide')
    await world.makeDue(place, 'wagers.expire')
    await until(
      async () =>
        (await world.sql`select 1 from raffle_shuffle_links where discord_server_id = ${place.id}`).length === 0,
      { what: 'the claim to be forgotten' },
    )
    await claim(place, member, 'whale')
    await ask(place, 'wagers approve', { member, platform: 'shuffle' })
    expect(await claim(place, member, 'another')).toContain('let go of it first with `/wager unlink`')
    expect(await ask(place, 'wager unlink', { platform: 'shuffle' }, member)).toContain('tickets that it brought stay')
    expect(await claim(place, member, 'another')).toContain('is noted as yours')
  })

  it('needs a link with Kick, a platform that the server asks, and a name that can be one', async () => {
    const place = await aRaffle()
    const member = await aMember(place)
    expect(await claim(place, member, 'whale')).toContain('admins set that up with `/wagers setup`')
    await setUp(place, anId())
    expect(await claim(place, member, 'whale')).toContain('`/link`')
    expect(await claim(place, await aMember(place, 'anna'), 'a whale')).toContain('without spaces')
    expect(await world.sql`select 1 from raffle_shuffle_links where discord_server_id = ${place.id}`).toEqual([])
  })

  it('of a button that is about an earlier claim is not decided by it', async () => {
    const place = await aRaffle()
    await setUp(place, anId())
    const member = await aMember(place, 'anna')
    await claim(place, member, 'small_fish')
    const [request] = await requests(place, 1)
    await claim(place, member, 'whale')
    expect(await refusedPress(place, request, 'approve')).toContain('another one has taken its place')
    expect(
      await world.sql`select 1 from raffle_shuffle_links where discord_server_id = ${place.id} and verified`,
    ).toEqual([])
  })

  it('is forgotten with its member, and what was given for it is not given to the next one', async () => {
    const place = await aRaffle()
    const source = anId()
    await setUp(place, source)
    for (const wager of ['0', '100']) {
      affiliate.tell(source, { Whale: wager })
      await affiliate.poll()
    }
    const [member, next] = [await aMember(place, 'anna'), await aMember(place, 'ben')]
    await claim(place, member, 'whale')
    await ask(place, 'wagers approve', { member, platform: 'shuffle' })
    const person = { guildId: place.id, userId: member, username: username('anna'), kickUserId: member.slice(-9) }
    await transaction(world.sql, (db) => erasePerson(db, person))
    expect(await world.sql`select 1 from raffle_shuffle_links where discord_server_id = ${place.id}`).toEqual([])
    await claim(place, next, 'whale')
    await ask(place, 'wagers approve', { member: next, platform: 'shuffle' })
    expect(await ticketsIn(place)).toEqual([])
  })
})

describe('a campaign', () => {
  it('is asked once for two servers that ask the same, by one of many who look', async () => {
    const source = anId()
    const [one, two] = [await aRaffle(), await aRaffle()]
    await setUp(one, source)
    await setUp(two, `https://affiliate.shuffle.com/stats/${source}`)
    affiliate.tell(source, { Whale: '1' })
    await affiliate.poll()
    await affiliate.dueNow()
    affiliate.platform.asked.length = 0
    const { tools } = world.bot
    const four = [1, 2, 3, 4].map(() => createWagers({ tools, affiliates: affiliate.affiliates }))
    for (let i = 0; i < 3; i += 1) await Promise.all(four.map((one) => one.look()))
    expect(affiliate.platform.asked.filter(({ path }) => path.includes(source))).toHaveLength(1)
    for (const place of [one, two]) expect(await ask(place, 'wagers status')).toMatch(/Shuffle.*last answer.*1 account/)
  })

  it('is another one with another key: nobody has a part in what somebody else’s opens', async () => {
    const [mine, theirs] = [await aRaffle(), await aRaffle()]
    affiliate.platform.tellByKey('key-of-mine', [{ username: 'Whale', wager: '100', userId: '7001' }])
    const howl = (place: Place, key: string) => ask(place, 'wagers setup', { platform: 'howl', key })
    await howl(mine, 'key-of-mine')
    await howl(theirs, 'key-of-theirs')
    await affiliate.poll()
    expect(await ask(mine, 'wagers status')).toContain('1 account')
    const told = await ask(theirs, 'wagers status')
    expect(told).toContain('no answer so far')
    expect(told).toContain('does not answer this question')
    expect(await ask(theirs, 'wagers unlinked')).toContain('Nobody has wagered')
    expect(await ask(mine, 'wagers unlinked', { time: 'total' })).toContain('**Whale** (Howl) · $100.00')
    // By name an account is found that the platform has told, by its number any.
    const member = await aMember(mine, 'anna')
    const link = (name: string) => ask(mine, 'wager link', { platform: 'howl', name }, member)
    expect(await link('nobody')).toContain('give your user number')
    expect(await link('whale')).toContain('is noted as yours')
    const [kept] = await world.sql<{ account: string }[]>`
      select shuffle_username as account from raffle_shuffle_links where discord_server_id = ${mine.id}`
    expect(kept?.account).toBe('7001')
  })

  it('stands nowhere in clear: not in the database, not in answers, not in the notes', async () => {
    const place = await aRaffle()
    const source = anId()
    const key = 'a-very-secret-key'
    await setUp(place, source)
    await ask(place, 'wagers setup', { platform: 'howl', key })
    const shown = [await ask(place, 'wagers status'), await setUp(place, source)].join()
    expect(shown).not.toContain(source)
    expect(shown).not.toContain('https')
    for (const table of ['wager_source', 'wager_campaign', 'audit_log', 'outbox', 'job']) {
      const [all] = await world.sql<
        { text: string | null }[]
      >`select string_agg(to_jsonb(t)::text, '') as text from ${world.sql(table)} t`
      expect(all?.text ?? '', table).not.toContain(source)
      expect(all?.text ?? '', table).not.toContain(key)
    }
  })

  it.each([
    ['http://affiliate.shuffle.com/stats/abc', 'over `https://` only'],
    ['https://metadata.example/latest', 'I ask at `affiliate.shuffle.com`'],
    ['https://127.0.0.1/stats', 'I ask at'],
    ['https://affiliate.shuffle.com:444/x', 'Leave the port out'],
    ['https://me:secret@affiliate.shuffle.com/x', 'Leave name and password out'],
    ['what is that', 'That is no address'],
  ])('is not taken from %s', async (source, why) => {
    const place = await aRaffle()
    expect(await setUp(place, source)).toContain(why)
    expect(await world.sql`select 1 from wager_source where discord_server_id = ${place.id}`).toEqual([])
  })

  it('wants its source, its key in one piece, and codes that are some', async () => {
    const place = await aRaffle()
    expect(await ask(place, 'wagers setup', { platform: 'shuffle' })).toContain('Give the address of your statistics')
    expect(await ask(place, 'wagers setup', { platform: 'howl' })).toContain('wants a key')
    expect(await ask(place, 'wagers setup', { platform: 'howl', key: 'a b' })).toContain('cannot be a key')
    expect(await setUp(place, anId(), { codes: 'x'.repeat(65) })).toContain('at most 20 codes')
    expect(await setUp(place, anId(), { codes: 'VIP, Two' })).toContain('only two and vip')
    expect(await ask(place, 'wagers remove', { platform: 'shuffle' })).toContain('✅ I ask Shuffle no more')
    expect(await ask(place, 'wagers remove', { platform: 'shuffle' })).toContain('counts no wagers on Shuffle')
  })

  it('that fails is asked less and less, says why, and is well again with the first answer', async () => {
    const place = await aRaffle()
    const source = anId()
    await setUp(place, source)
    affiliate.tell(source, { Whale: '1' })
    const waits = async () => {
      const [row] = await world.sql<{ seconds: number }[]>`
        select extract(epoch from c.next_poll_at - now())::float8 as seconds
          from wager_campaign c join wager_source s on s.campaign_id = c.campaign_id where s.discord_server_id = ${place.id}`
      return row?.seconds ?? 0
    }
    affiliate.platform.fault = 'envelope'
    const pauses: number[] = []
    for (let i = 0; i < 6; i += 1) {
      await affiliate.poll()
      pauses.push(await waits())
    }
    expect(pauses[0]).toBeGreaterThan(400)
    expect(pauses[4]).toBeGreaterThan(2_800)
    const told = await ask(place, 'wagers status')
    expect(told).toContain('does not answer this question')
    expect(told).toContain('It has failed 6 times in a row.')
    expect(told).toContain('only now and then')
    await setUp(place, source) // to set it up once more does not hurry it
    expect(await waits()).toBeGreaterThan(2_800)
    affiliate.platform.fault = undefined
    await affiliate.poll()
    const well = await ask(place, 'wagers status')
    expect(well).not.toContain('⚠️')
    expect(well).toContain('1 account')
    expect(await waits()).toBeLessThan(400)
  })

  it('that nobody asks any more is forgotten, and one of a server that the bot has left rests', async () => {
    const [gone, left] = [await aRaffle(), await aRaffle()]
    await setUp(gone, anId())
    await setUp(left, anId())
    const campaignOf = async ({ id }: Place) => {
      const [row] = await world.sql<{ id: string }[]>`
        select campaign_id as id from wager_source where discord_server_id = ${id}`
      return row?.id ?? ''
    }
    const ids = [await campaignOf(gone), await campaignOf(left)]
    await ask(gone, 'wagers remove', { platform: 'shuffle' })
    await world.sql`
      insert into guild (discord_server_id, server_name, left_at) values (${left.id}, 'x', now())
      on conflict (discord_server_id) do update set left_at = now()`
    affiliate.platform.asked.length = 0
    await affiliate.poll()
    const rest = await world.sql<{ id: string; claim: number }[]>`
      select campaign_id as id, claim from wager_campaign where campaign_id = any(${ids})`
    expect(rest.map(({ id, claim }) => [id, claim])).toEqual([[ids[1], 0]])
  })

  it('of which the keys were lost fails, and does not stop the others', async () => {
    const [broken, well] = [await aRaffle(), await aRaffle()]
    const source = anId()
    await setUp(broken, anId())
    await setUp(well, source)
    await world.sql`update wager_source set key_id = 'lost' where discord_server_id = ${broken.id}`
    affiliate.tell(source, { Whale: '1' })
    await affiliate.poll()
    expect(await ask(broken, 'wagers status')).toContain('give another one with `/wagers setup`')
    expect(await ask(well, 'wagers status')).toContain('1 account')
  })

  it('keeps to addresses of the public internet, also when a name has come to mean another', async () => {
    const place = await aRaffle()
    await setUp(place, anId())
    const { tools } = world.bot
    const affiliates = createAffiliates({
      hosts: tools.wagerHosts,
      resolve: (_host, _options, done) => done(null, [{ address: '10.0.0.7', family: 4 }]),
    })
    await affiliate.poll({ affiliates })
    expect(await ask(place, 'wagers status')).toContain('I do not ask at this address any more')
  })
})

describe('the boards', () => {
  it('show who has wagered most, here and in this raffle, and who is nobody’s account yet', async () => {
    const [place, other] = [await aRaffle({ language: 'de' }), await aRaffle()]
    const [source, theirs] = [anId(), anId()]
    await setUp(place, source)
    await setUp(other, theirs)
    affiliate.tell(theirs, { Stranger: '9999' })
    affiliate.tell(source, { Ann: '100', Bob: '5000' })
    await affiliate.poll()
    affiliate.tell(source, { Ann: '1300.5', Bob: '5500' })
    await affiliate.poll()
    const member = await aMember(place, 'anna')
    await claim(place, member, 'ann')
    await ask(place, 'wagers approve', { member, platform: 'shuffle' })
    const board = await ask(place, 'wagers board')
    expect(board).toContain(`1. **Ann** (Shuffle) <@${member}> · $1,200.50 · 24 tickets`)
    expect(board).toContain('2. **Bob** (Shuffle) · $500.00 · 10 tickets')
    expect(board).not.toContain('Stranger')
    expect(await ask(place, 'wagers board', { time: 'total' })).toContain('1. **Bob** (Shuffle) · $5,500.00')
    const unlinked = await ask(place, 'wagers unlinked')
    expect(unlinked).toContain('**Bob**')
    expect(unlinked).not.toContain('**Ann**')
    expect(await ask(place, 'earn', {}, member)).toContain('20 Lose für je 1.000 $, die du auf Shuffle einsetzt')
  })
})

describe('the dashboard', () => {
  it('hears of each growth once, with the member whose it is', async () => {
    const place = await aRaffle()
    const source = anId()
    await setUp(place, source)
    const tools: Tools = { ...world.bot.tools, dashboardSecret: 'x'.repeat(16) }
    const poll = async (wager: string) => {
      affiliate.tell(source, { Whale: wager })
      await affiliate.poll({ tools })
    }
    await poll('100')
    const member = await aMember(place, 'anna')
    await claim(place, member, 'whale')
    await ask(place, 'wagers approve', { member, platform: 'shuffle' })
    for (const wager of ['112.34', '112.34', '112.5']) await poll(wager)
    const rows = await world.sql<{ data: unknown }[]>`
      select payload -> 'data' as data from outbox
       where discord_server_id = ${place.id} and kind = 'dashboard.tell' and payload ->> 'action' = 'wager_recorded' order by outbox_id`
    const growth = (delta: string, total: string) => ({
      shuffle_username: 'Whale',
      kick_name: 'anna',
      platform: 'shuffle',
      wager_delta: delta,
      total_wager_usd: total,
    })
    expect(rows.map(({ data }) => data)).toEqual([growth('12.34', '112.34'), growth('0.16', '112.50')])
  })
})
