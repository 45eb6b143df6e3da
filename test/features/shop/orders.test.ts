import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { channelId, username } from '../../../cluster/runtime/ids.ts'
import { features } from '../../../shard/features/index.ts'
import {
  onItem,
  onLimitsReset,
  onOrder,
  onOrderMade,
  onPost,
  onRestocked,
  onSync,
} from '../../../shard/features/shop/dashboard.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import { moveViewer } from '../../../sql/queries/activity.ts'
import { auditOf } from '../../../sql/queries/audit.ts'
import { touchFront } from '../../../sql/queries/shop.ts'
import { collectPerson, erasePerson } from '../../../sql/queries/trust.ts'
import { type Bot, startBot } from '../../support/bot.ts'
import { buttonsOf, menuOf, textOf } from '../../support/browsing.ts'
import { times } from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'
import { until } from '../../support/wait.ts'
import { nothingWrong, ShopPlace } from './place.ts'

let sql: Sql
let bot: Bot

beforeAll(async () => {
  sql = (await createDatabase({ max: 16 })).sql
  bot = await startBot({ sql, features })
})

afterEach(() => {
  bot.discord.control.faults.clear()
  expect(bot.discord.ledger.violations).toEqual([])
})

const aPlace = () => new ShopPlace(bot, sql)

/** A server whose orders are shown in a channel. */
async function aPlaceWithOrders() {
  const place = aPlace()
  const channel = channelId(place.guild.addChannel({ name: 'orders' }).id)
  await place.set('shop_order_channel_id', channel)
  await place.admin('add', { name: 'mug', price: 10, stock: 5 })
  const order = (number: number, where = (_: string) => true) =>
    place.control.untilMessage(channel, ({ embeds }) => {
      const [embed] = embeds
      return String(embed?.title).startsWith(`#${number} `) && where(JSON.stringify(embed))
    })
  return { place, channel, order }
}

describe('an order', () => {
  it('is shown to admins, who complete it; its message changes and the buyer is told', async () => {
    const { place, order } = await aPlaceWithOrders()
    const ann = await place.member('ann', 100)
    await place.buy(ann)
    const message = await order(1)
    expect(message.embeds[0]).toMatchObject({ color: 0x9b59b6, title: '#1 · mug' })
    expect(JSON.stringify(message.embeds)).toContain(`<@${ann.id}> (ann)`)
    expect(message.pings).toEqual({ everyone: false, users: [], roles: [] })
    expect(buttonsOf(message).map(({ label }) => label)).toEqual(['Complete', 'Refund'])
    expect(await place.answer(place.press(ann.id, message, 'complete'))).toContain('“Manage Server”')
    const done = await place.press(place.guild.ownerId, message, 'complete').message()
    expect(done).toMatchObject({ content: '✅ Order **#1** (mug) is done; the buyer is told.', isEphemeral: true })
    const changed = await order(1, (text) => text.includes('✅ done'))
    expect(changed.embeds[0]?.color).toBe(0x2ecc71)
    expect(buttonsOf(changed).map(({ label }) => label)).toEqual(['Refund'])
    const dm = await place.control.untilDm(ann.id)
    expect(dm.content).toMatch(/^✅ Your order \*\*#1\*\* \(mug\) in .+ is done\.$/)
    expect(await place.answer(place.press(place.guild.ownerId, message, 'refund'))).toMatch(/^Refund order \*\*#1\*\*/)
    expect(
      (await auditOf(sql, { guildId: place.id, action: 'shop.complete', limit: 5 })).map((row) => [
        row.subject,
        row.actorId,
      ]),
    ).toEqual([['#1', place.guild.ownerId]])
  })

  it('is refunded once, though eight admins press at once: points, stock and allowance are back', async () => {
    const { place, order } = await aPlaceWithOrders()
    await place.admin('edit', { item: 'mug', limit: 1 })
    const ann = await place.member('ann', 100)
    await place.buy(ann)
    const message = await order(1)
    const question = await place.press(place.guild.ownerId, message, 'refund').message()
    expect(textOf(question)).toBe(
      `Refund order **#1** (mug)? 10 points go back to <@${ann.id}> (ann). This cannot be undone.`,
    )
    const presses = times(8, () =>
      place.control.press({
        userId: place.guild.ownerId,
        message: question,
        customId: `shop:giveback:${place.id}:1:1`,
      }),
    )
    const answers = await Promise.all(presses.map((press) => place.answer(press)))
    expect(answers.filter((text) => text.includes('is refunded: 10 points went back'))).toHaveLength(1)
    expect(answers.filter((text) => text.includes('stands as “refunded” already'))).toHaveLength(7)
    expect([await place.balance('ann'), await place.stock(), await place.sales()]).toEqual([
      100,
      5,
      ['#1 ann 10 refunded'],
    ])
    const [row] = await sql`
      select total_earned, total_spent from user_points where discord_server_id = ${place.id} and kick_username = 'ann'`
    expect(row).toMatchObject({ totalEarned: '100', totalSpent: '0' })
    expect((await order(1, (text) => text.includes('refunded'))).components).toEqual([])
    const dm = await place.control.untilDm(ann.id, ({ content }) => content.includes('refunded'))
    expect(dm.content).toMatch(/was refunded: you got 10 points back and have 100 points now\.$/)
    expect(await place.buy(ann)).toContain('**#2**')
    expect(await place.wrong()).toEqual(nothingWrong)
  })

  it('is refunded after it was completed, by command, with a reason and without the item coming back', async () => {
    const { place } = await aPlaceWithOrders()
    const ann = await place.member('ann', 10)
    await place.buy(ann)
    const queue = await place.ask(place.guild.ownerId, 'shop-admin orders')
    expect(textOf(queue)).toMatch(/1 order waits\n🟣 \*\*#1 mug\*\* · <@\d+> \(ann\) · 10 points/)
    const card = await place.control
      .choose({ userId: place.guild.ownerId, message: queue, customId: menuOf(queue).id, values: ['1'] })
      .message()
    expect(textOf(await place.press(place.guild.ownerId, card, 'done').message())).toMatch(
      /is done[\s\S]*0 orders wait/,
    )
    expect(await place.admin('refund', { order: 1, restock: false, reason: 'out of *mugs*' })).toContain(
      '10 points went back',
    )
    expect([await place.balance('ann'), await place.stock()]).toEqual([10, 4])
    const dm = await place.control.untilDm(ann.id, ({ content }) => content.includes('refunded'))
    expect(dm.content).toContain('Reason: out of \\*mugs\\*')
    expect(await place.admin('refund', { order: 1 })).toContain('stands as “refunded” already')
    expect(await place.admin('orders', { name: 'ann' })).toMatch(/Orders of ann\n↩️ \*\*#1 mug\*\* · refunded/)
  })

  it('of somebody who is called otherwise by now goes back to whoever they are', async () => {
    const { place } = await aPlaceWithOrders()
    const ann = await place.member('ann', 10)
    await place.buy(ann)
    await sql`
      insert into kick_account (discord_server_id, kick_user_id, username, display_name, seen_at)
      values (${place.id}, 77, 'ann', 'ann', now())`
    await transaction(sql, (db) => moveViewer(db, { guildId: place.id, from: username('ann'), to: username('anna') }))
    await place.admin('refund', { order: 1 })
    expect([await place.balance('ann'), await place.balance('anna')]).toEqual([0, 10])
    expect(await place.wrong()).toEqual(nothingWrong)
  })

  it('is told in the language in which it was bought', async () => {
    const { place } = await aPlaceWithOrders()
    const ann = await place.member('ann', 10)
    const offer = await (await place.choose(ann, 1, 'de')).message()
    await place.press(ann.id, offer, 'buy', 'de').message()
    await place.admin('refund', { order: 1 })
    const dm = await place.control.untilDm(ann.id)
    expect(dm.content).toContain('Bestellung')
  })

  it('whose buyer takes no messages is no failure', async () => {
    const { place, order } = await aPlaceWithOrders()
    const ann = await place.member('ann', 10)
    place.control.closeDms(ann.id)
    await place.buy(ann)
    await place.admin('refund', { order: 1 })
    await order(1, (text) => text.includes('refunded'))
    await until(
      async () =>
        (await sql`select from outbox where discord_server_id = ${place.id} and state <> 'paid'`).length === 0,
      { what: 'everything to be paid' },
    )
  })

  it('and all that is known of its buyer is exported, and erased with the message that showed it', async () => {
    const { place, channel, order } = await aPlaceWithOrders()
    const ann = await place.member('ann', 10)
    await place.buy(ann)
    await order(1)
    const person = { guildId: place.id, userId: ann.id, username: username('ann'), kickUserId: null }
    expect((await collectPerson(sql, person)).point_sales).toMatchObject([{ item_name: 'mug', price_paid: '10' }])
    await until(
      async () =>
        (
          await sql`select from point_sales where discord_server_id = ${place.id} and discord_notification_message_id is not null`
        ).length === 1,
      { what: 'the message to be kept' },
    )
    await transaction(sql, (db) => erasePerson(db, person))
    bot.tools.wakeOutbox()
    await until(async () => place.control.messagesIn(channel).length === 0, { what: 'the order to be gone' })
    expect(await place.sales()).toEqual([])
    const bob = await place.member('bob', 10)
    expect(await place.buy(bob)).toContain('**#2**') // a number is never given again
  })
})

describe('the message in the channel', () => {
  const shownIn = async (place: ShopPlace, channel: string, where: (text: string) => boolean) =>
    place.control.untilMessage(channel, (message) => where(textOf(message)))
  /** As if the last edit had been a while ago. */
  const later = async (place: ShopPlace) => {
    await sql`update point_shop set shown_at = shown_at - interval '2 minutes' where discord_server_id = ${place.id}`
    await sql`update outbox set next_attempt_at = now() where discord_server_id = ${place.id} and state = 'due'`
    bot.tools.wakeOutbox()
  }
  const settled = (place: ShopPlace) =>
    until(
      async () =>
        (
          await sql`select from outbox where discord_server_id = ${place.id} and kind = 'shop.front' and state = 'due' and last_error is null`
        ).length === 0,
      { what: 'the outbox to have looked' },
    )
  const edits = (channel: string) =>
    bot.discord.ledger.rest.filter(({ method, path }) => method === 'PATCH' && path.includes(channel)).length

  it('sells, shows balances, and is edited once for many changes, no sooner than after a minute', async () => {
    const place = aPlace()
    const channel = place.guild.addChannel({ name: 'shop' }).id
    await place.admin('add', { name: 'mug', price: 10, stock: 5 })
    expect(await place.admin('post', { channel })).toBe(`✅ The shop is in <#${channel}> and is kept up to date there.`)
    const front = await shownIn(place, channel, (text) => text.includes('5 left'))
    const ann = await place.member('ann', 100)
    expect(textOf(await place.press(ann.id, front, 'balance').message())).toBe('🪙 You have 100 points.')
    const offer = await place.control
      .choose({ userId: ann.id, message: front, customId: menuOf(front).id, values: ['1'] })
      .message()
    expect(offer).toMatchObject({ isEphemeral: true })
    await place.press(ann.id, offer, 'buy').message()
    for (let i = 0; i < 3; i++) await place.buy(ann)
    await settled(place)
    expect(edits(channel)).toBe(0)
    await later(place)
    await shownIn(place, channel, (text) => text.includes('1 left'))
    expect(edits(channel)).toBe(1)
    await place.buy(ann)
    await settled(place)
    await later(place)
    const last = await shownIn(place, channel, (text) => text.includes('sold out'))
    expect(last.id).toBe(front.id)
    expect(edits(channel)).toBe(2)
    // What looks the same is not edited.
    await transaction(sql, (db) => touchFront(db, place.id))
    await settled(place)
    await later(place)
    await settled(place)
    expect(edits(channel)).toBe(2)
  })

  it('asks the question of an item in a form and answers beside itself', async () => {
    const place = aPlace()
    await place.admin('add', { name: 'key', price: 1, question: 'Your Steam name' })
    await place.admin('post')
    const channel = place.guild.firstTextChannel.id
    const front = await shownIn(place, channel, (text) => text.includes('key'))
    const ann = await place.member('ann', 1)
    const form = await place.control
      .choose({ userId: ann.id, message: front, customId: menuOf(front).id, values: ['1'] })
      .modal()
    const offer = await place.control.submit(form, { answer: 'ann' }).message()
    expect(offer).toMatchObject({ isEphemeral: true })
    expect(offer.id).not.toBe(front.id)
    expect(await place.answer(place.press(ann.id, offer, 'buy'))).toContain('You bought **key**')
  })

  it('is posted again when somebody deleted it, moves, and goes', async () => {
    const place = aPlace()
    const [first, second] = ['one', 'two'].map((name) => place.guild.addChannel({ name }).id)
    await place.admin('add', { name: 'mug', price: 10 })
    await place.admin('post', { channel: first })
    const front = await shownIn(place, String(first), () => true)
    await bot.client.rest.delete(`/channels/${first}/messages/${front.id}`)
    await place.admin('add', { name: 'cap', price: 20 })
    await settled(place)
    await later(place)
    const again = await shownIn(place, String(first), (text) => text.includes('cap'))
    expect(again.id).not.toBe(front.id)
    await place.admin('post', { channel: second })
    await shownIn(place, String(second), () => true)
    await until(async () => place.control.messagesIn(String(first)).length === 0, { what: 'the old one to be gone' })
    expect(await place.admin('unpost')).toContain('is taken away')
    await until(async () => place.control.messagesIn(String(second)).length === 0, { what: 'the last one to be gone' })
    expect(await place.admin('unpost')).toContain('`/shop-admin post`')
  })

  it('is missed, though nothing has changed, when somebody opens the shop by the command; once in an hour', async () => {
    const place = aPlace()
    const channel = String(place.guild.addChannel({ name: 'shop' }).id)
    await place.admin('add', { name: 'mug', price: 10 })
    await place.admin('post', { channel })
    const front = await shownIn(place, channel, () => true)
    const remove = (id: string) => bot.client.rest.delete(`/channels/${channel}/messages/${id}`)
    await remove(front.id)
    const ann = await place.member('ann', 100)
    await sql`update point_shop set shown_at = shown_at - interval '2 minutes' where discord_server_id = ${place.id}`
    await place.ask(ann.id, 'shop show')
    const again = await shownIn(place, channel, (text) => text.includes('mug'))
    expect(again.id).not.toBe(front.id)
    await place.ask(ann.id, 'shop show') // within the hour nobody looks again
    await place.admin('list')
    const rows = await sql`
      select 1 from outbox where discord_server_id = ${place.id} and kind = 'shop.front' and source_ref like 'look:%'`
    expect(rows.length).toBeLessThanOrEqual(2) // the hour may turn meanwhile
  })

  it('takes the place of one that another application posted for the bot before', async () => {
    const place = aPlace()
    const channel = place.guild.addChannel({ name: 'shop' }).id
    const old = bot.discord.control.say({ userId: place.guild.ownerId, channelId: channel, content: 'the old shop' })
    await sql`
      insert into point_shop (discord_server_id, channel_id, message_id) values (${place.id}, ${channel}, ${old.id})`
    await place.admin('add', { name: 'mug', price: 10 })
    const front = await shownIn(place, channel, (text) => text.includes('mug'))
    expect(front.id).not.toBe(old.id)
    const kept = async () =>
      (await sql`select message_id from point_shop where discord_server_id = ${place.id}`)[0]?.messageId
    await until(async () => (await kept()) === front.id, { what: 'the new one to be kept' })
  })

  it('shows what changes while it is being edited, too', async () => {
    const place = aPlace()
    const channel = place.guild.addChannel({ name: 'shop' }).id
    await place.admin('add', { name: 'mug', price: 10 })
    await place.admin('post', { channel })
    await place.admin('edit', { item: 'mug', name: 'cup' })
    await settled(place)
    // Another change commits between the look and the edit.
    bot.discord.control.faults.rest({ kind: 'slow', ms: 300 }, { method: 'PATCH', path: new RegExp(channel) })
    await later(place)
    await until(async () => edits(channel) === 1, { what: 'the edit to begin' })
    await place.admin('edit', { item: '1', name: 'glass' })
    await shownIn(place, channel, (text) => text.includes('cup'))
    await settled(place)
    await later(place)
    await shownIn(place, channel, (text) => text.includes('glass'))
  })

  it('appears and loses an item by the clock of the item', async () => {
    const place = aPlace()
    const channel = place.guild.addChannel({ name: 'shop' }).id
    await place.admin('add', { name: 'mug', price: 10, until: '2999-01-01' })
    const [job] = await sql<{ at: Date }[]>`
      select next_run_at as at from job where discord_server_id = ${place.id} and kind = 'shop.window'`
    expect(job?.at.toISOString()).toBe('2999-01-01T00:00:00.000Z')
    await place.admin('post', { channel })
    await shownIn(place, channel, (text) => text.includes('mug'))
    await sql`update point_shop_items set available_until = now() where discord_server_id = ${place.id}`
    await sql`update job set next_run_at = now() where discord_server_id = ${place.id}`
    await until(async () => (await sql`select from job where discord_server_id = ${place.id}`).length === 0, {
      what: 'the job to be done',
    })
    await later(place)
    await shownIn(place, channel, (text) => text.includes('nothing in the shop just now'))
  })
})

describe('an item that is sold out', () => {
  it('tells those who asked, once, when it is back', async () => {
    const place = aPlace()
    await place.admin('add', { name: 'mug', price: 10, stock: 1 })
    const [ann, bob, cat] = [
      await place.member('ann', 50),
      await place.member('bob', 50),
      await place.member('cat', 50),
    ]
    await place.buy(cat)
    for (const who of [ann, bob]) {
      const offer = await place.offer(who)
      expect(textOf(offer)).toBe('**mug** is sold out.')
      expect(textOf(await place.press(who.id, offer, 'notify').message())).toContain('I tell you in a direct message')
      if (who === bob) expect(textOf(await place.press(who.id, offer, 'notify').message())).toContain('any more')
    }
    await place.admin('restock', { item: 'mug', amount: 1 })
    const dm = await place.control.untilDm(ann.id)
    expect(dm.content).toMatch(/^🔔 \*\*mug\*\* is back in the shop of .+ for 10 points\./)
    await place.buy(cat)
    await place.admin('restock', { item: 'mug', amount: 2 })
    await until(
      async () =>
        (await sql`select from outbox where discord_server_id = ${place.id} and kind = 'shop.back' and state = 'due'`)
          .length === 0,
      { what: 'all to be told' },
    )
    expect(place.control.dmsWith(ann.id)).toHaveLength(1)
    expect(place.control.dmsWith(bob.id)).toEqual([])
    const [row] =
      await sql`select stock, stock_total, stock_left, restocks from point_shop_items where discord_server_id = ${place.id}`
    expect(row).toMatchObject({ stock: 2, stockTotal: 4, stockLeft: 2, restocks: 2 })
  })

  it('is back by a refund as well; who asks when it is back already is told so', async () => {
    const place = aPlace()
    await place.admin('add', { name: 'mug', price: 10, stock: 1 })
    const [ann, bob] = [await place.member('ann', 50), await place.member('bob', 50)]
    await place.buy(ann)
    const offer = await place.offer(bob)
    await place.press(bob.id, offer, 'notify').message()
    await place.admin('refund', { order: 1 })
    expect((await place.control.untilDm(bob.id)).content).toContain('**mug** is back')
    expect(await place.answer(place.press(bob.id, offer, 'notify'))).toContain('is not sold out')
  })
})

describe('/shop-admin', () => {
  it.each([
    [{ name: ' ', price: 1 }, 'The name is empty'],
    [{ name: 'x', price: 1, image: 'http://a.example/b.png' }, 'begin with `https://`'],
    [{ name: 'x', price: 1, image: 'https://127.0.0.1/b.png' }, 'begin with `https://`'],
    [{ name: 'x', price: 1, image: 'https://user:pass@a.example/b.png' }, 'begin with `https://`'],
    [{ name: 'x', price: 1, hint: 'only a hint' }, '`question` as well'],
    [{ name: 'x', price: 1, limit_hours: 3 }, '`limit` as well'],
    [{ name: 'x', price: 1, from: '2026-02-30 10:00' }, 'That is no time that I understand'],
    [{ name: 'x', price: 1, from: 'tomorrow' }, 'That is no time that I understand'],
    [{ name: 'x', price: 1, from: '2999-02-01', until: '2999-01-01' }, '`until` has to be later'],
  ])('refuses %j with what to do', async (options, sentence) => {
    const place = aPlace()
    expect(await place.admin('add', options)).toContain(sentence)
    expect(await sql`select from point_shop_items where discord_server_id = ${place.id}`).toHaveLength(0)
  })

  it('reads times in the zone of the server', async () => {
    const place = aPlace()
    await place.set('timezone', 'America/New_York')
    await place.admin('add', { name: 'x', price: 1, from: '2999-07-01 18:00' })
    const [row] = await sql<{ at: Date }[]>`
      select available_from as at from point_shop_items where discord_server_id = ${place.id}`
    expect(row?.at.toISOString()).toBe('2999-07-01T22:00:00.000Z')
  })

  it('finds items while one types, and shows all there is to say about them', async () => {
    const place = aPlace()
    await place.admin('add', {
      name: 'red mug',
      price: 10,
      stock: 5,
      limit: 2,
      limit_hours: 24,
      image: 'https://a.example/x.png',
    })
    await place.admin('add', { name: 'cap', price: 1 })
    const choices = await place.control
      .autocomplete({
        guildId: place.id,
        userId: place.guild.ownerId,
        command: 'shop-admin edit',
        focused: 'item',
        options: { item: 'MUG' },
      })
      .choices()
    expect(choices).toEqual([{ name: '#1 red mug · 10 points', value: '1' }])
    expect(await place.admin('edit', { item: '2', active: false, clear: 'limit' })).toContain('Item **#2** is changed')
    expect(await place.admin('list')).toBe(
      '\nItems of the shop\n⚫ `#2` **cap** · 1 point · no end\n-# hidden\n🟢 `#1` **red mug** · 10 points · 5 of 5 left\n-# at most 2 for each buyer in 24 h',
    )
    const ann = await place.member('ann', 100)
    const offer = await place.offer(ann)
    expect(offer.embeds[0]?.thumbnail).toEqual({ url: 'https://a.example/x.png' })
    await place.admin('edit', { item: '1', clear: 'stock' })
    expect(await place.stock()).toBeNull()
    expect(await place.admin('restock', { item: '1', amount: 3 })).toContain('has no end of stock')
    expect(await place.admin('edit', { item: 'no such', price: 3 })).toContain('There is no such item')
  })
})

describe('the dashboard', () => {
  const event = (place: ShopPlace, data: object) => ({
    guildId: place.id,
    id: `event-${Math.random()}`,
    data,
    at: Date.now(),
  })
  const says = (handler: typeof onItem, place: ShopPlace, data: object) =>
    transaction(sql, (db) => handler(event(place, data), db, bot.tools))

  it('posts the shop, adds, changes and removes items, and ends orders', async () => {
    const place = aPlace()
    const channel = place.guild.addChannel({ name: 'shop' }).id
    await says(onItem, place, { type: 'create', name: 'mug', price: 10, stock: -1, requirement_title: null })
    await until(async () => (await place.stock()) === null, { what: 'the item' })
    await says(onPost, place, { channel_id: channel })
    await place.control.untilMessage(channel, (message) => textOf(message).includes('mug'))
    await says(onItem, place, {
      type: 'update',
      item_id: '1',
      price: 20,
      stock: 3,
      image_url: 'https://a.example/x.png',
    })
    await until(async () => (await place.stock()) === 3, { what: 'the change' })
    const ann = await place.member('ann', 100)
    expect(await place.buy(ann)).toContain('for 20 points')
    await says(onOrder, place, { sale_id: 1, new_status: 'completed' })
    await until(async () => (await place.sales())[0]?.includes('completed'), { what: 'the order to be done' })
    await says(onOrder, place, { sale_id: 1, new_status: 'cancelled', reason: 'no' })
    await says(onOrder, place, { sale_id: 1, new_status: 'refunded' })
    await until(async () => (await place.balance('ann')) === 100, { what: 'the refund' })
    await says(onItem, place, { type: 'delete', item_id: 1 })
    await until(
      async () =>
        (await sql`select from point_shop_items where discord_server_id = ${place.id} and removed_at is not null`)
          .length === 1,
      {
        what: 'the item to be gone',
      },
    )
    await says(onItem, place, { type: 'create', name: 'cap', price: 1, stock: 0 })
    await until(async () => (await place.stock(2)) === 0, { what: 'the second item' })
    await place.press(ann.id, await place.offer(ann, 2), 'notify').message()
    await sql`update point_shop_items set stock_total = 4, stock_left = 4 where discord_server_id = ${place.id} and id = 2`
    await says(onRestocked, place, { item_id: 2 })
    expect((await place.control.untilDm(ann.id, ({ content }) => content.includes('cap'))).content).toContain('is back')
    await says(onLimitsReset, place, {})
    await says(onSync, place, {})
    await until(
      async () =>
        (await sql`select from outbox where discord_server_id = ${place.id} and state = 'due' and kind <> 'shop.front'`)
          .length === 0,
      {
        what: 'everything to be paid',
      },
    )
    expect(await place.sales()).toEqual(['#1 ann 20 refunded'])
    expect(await place.balance('ann')).toBe(100)
    expect(await place.wrong()).toEqual(nothingWrong)
  })

  it('says for whom an item is, from when until when, and what tickets it brings; what cannot be is told', async () => {
    const place = aPlace()
    const role = place.guild.addRole({ name: 'Fans' })
    await says(onItem, place, {
      type: 'create',
      name: 'tickets',
      price: 1,
      required_role_id: role.id,
      available_from: '2026-01-01T10:00:00+01:00',
      available_until: '2090-01-01T00:00:00Z',
      item_type: 'raffle_tickets',
      raffle_ticket_amount: 5,
    })
    const item = async () =>
      (
        await sql`
          select required_role_id, available_from, available_until, item_type, raffle_ticket_amount from point_shop_items
           where discord_server_id = ${place.id} and id = 1`
      )[0]
    await until(async () => (await item()) !== undefined, { what: 'the item' })
    expect(await item()).toEqual({
      requiredRoleId: role.id,
      availableFrom: new Date('2026-01-01T09:00:00Z'),
      availableUntil: new Date('2090-01-01T00:00:00Z'),
      itemType: 'raffle_tickets',
      raffleTicketAmount: 5,
    })
    await says(onItem, place, { item_id: 1, required_role_id: null, available_until: null, item_type: 'custom' })
    await until(async () => (await item())?.itemType === 'custom', { what: 'the change' })
    expect(await item()).toMatchObject({ requiredRoleId: null, availableUntil: null, raffleTicketAmount: 0 })
    const dead = async () =>
      (
        await sql<{ error: string }[]>`
          select last_error as error from outbox where discord_server_id = ${place.id} and state = 'dead' order by outbox_id`
      ).map(({ error }) => error)
    for (const [i, data] of [
      { available_until: '2025-12-31T00:00:00Z' },
      { item_type: 'raffle_tickets' },
      { required_role_id: '123456789012345678' },
    ].entries()) {
      await says(onItem, place, { item_id: 1, ...data })
      await until(async () => (await dead()).length === i + 1, { what: 'the refusal' })
    }
    expect(await dead()).toEqual([
      'the item would go before it comes',
      'an item of tickets needs raffle_ticket_amount',
      'required_role_id is no role of this server',
    ])
  })

  it.each([
    [{ item_id: 1, available_from: 'soon' }, 'available_from'],
    [{ item_id: 1, image_url: 'http://x' }, 'image_url'],
    [{ item_id: 1, price: -1 }, 'price'],
    [{ item_id: 1, name: '' }, 'name'],
  ])('is told what is wrong in %j', async (data, what) => {
    await expect(says(onItem, aPlace(), data)).rejects.toThrow(what)
  })

  it('has an order posted that it took by itself, once, and none that there is not', async () => {
    const [place, other] = [aPlace(), aPlace()]
    const channel = place.guild.addChannel({ name: 'orders' }).id
    await place.set('shop_order_channel_id', channel)
    await place.admin('add', { name: 'mug', price: 10 })
    await sql`
      insert into point_sales (
        discord_server_id, id, kick_username, discord_id, item_id, item_name, item_type, raffle_ticket_amount, price_paid, status, locale, source_ref
      )
      values (${place.id}, 70, 'ann', 5, 1, 'mug', 'custom', 0, 10, 'pending', 'en', 'dashboard:70')`
    const told = { type: 'new_sale', title: 'x', message: 'y', data: { sale_id: '70', buyer: 'ann' } }
    for (const _ of [1, 2]) await says(onOrderMade, place, told)
    const order = await place.control.untilMessage(channel, (message) => textOf(message).includes('mug'))
    expect(textOf(order)).toContain('#70')
    expect(place.control.messagesIn(channel)).toHaveLength(1)
    await expect(says(onOrderMade, other, told)).rejects.toThrow('no such order')
    await expect(says(onOrderMade, place, { type: 'advert' })).rejects.toThrow('only a new_sale')
  })

  it('cannot post into a channel of another server, nor end an order of one', async () => {
    const [place, other] = [aPlace(), aPlace()]
    const channel = other.guild.addChannel({ name: 'shop' }).id
    await other.admin('add', { name: 'mug', price: 10 })
    const ann = await other.member('ann', 10)
    await other.buy(ann)
    await says(onPost, place, { channel_id: channel })
    await says(onOrder, place, { sale_id: 1, new_status: 'refunded' })
    const dead = async () =>
      (
        await sql<{ error: string }[]>`
        select last_error as error from outbox where discord_server_id = ${place.id} and state = 'dead' order by outbox_id`
      ).map(({ error }) => error)
    await until(async () => (await dead()).length === 2, { what: 'both to be given up' })
    expect(await dead()).toEqual(['the channel is not one of this server', 'there is no order #1'])
    expect(await other.balance('ann')).toBe(0)
  })
})

describe('tickets for the raffle', () => {
  const openRaffle = (place: ShopPlace) => sql`
    insert into raffle_periods (discord_server_id, period_number, status, starts_at, ends_at, time_zone, commitment, opened_at)
    values (${place.id}, 1, 'active', now() - interval '1 day', now() + interval '1 day', 'UTC', 'x', now())`
  const tickets = async (place: ShopPlace) =>
    (
      await sql<{ tickets: string }[]>`
        select bonus_tickets as tickets from raffle_tickets where discord_server_id = ${place.id}`
    ).map((row) => Number(row.tickets))

  it('are credited at once, while a raffle is open, and never paid for when none is', async () => {
    const place = aPlace()
    await place.admin('add', { name: 'five tickets', price: 10, tickets: 5, stock: 3 })
    const ann = await place.member('ann', 100)
    const offer = await place.offer(ann)
    expect(offer.embeds[0]?.footer).toMatchObject({ text: '5 tickets for the raffle' })
    expect(await place.answer(place.press(ann.id, offer, 'buy'))).toBe(
      'Tickets can only be bought while a raffle is open, and none is just now. Nothing was charged.',
    )
    expect([await place.balance('ann'), await place.stock(), await place.sales()]).toEqual([100, 3, []])
    await openRaffle(place)
    expect(await place.answer(place.press(ann.id, offer, 'buy'))).toContain('Your 5 raffle tickets are credited.')
    expect(await place.sales()).toEqual(['#1 ann 10 completed'])
    expect(await tickets(place)).toEqual([5])
    expect(await place.wrong()).toEqual(nothingWrong)
  })

  it('are taken back by a refund as long as the raffle is open, as far as they are there', async () => {
    const place = aPlace()
    await place.admin('add', { name: 'five tickets', price: 10, tickets: 5 })
    const ann = await place.member('ann', 100)
    await openRaffle(place)
    for (let i = 0; i < 3; i++) await place.buy(ann)
    expect(await place.admin('refund', { order: 1 })).toContain(
      'Of its 5 tickets for the raffle, 5 could be taken back.',
    )
    expect(await tickets(place)).toEqual([10])
    await sql`update raffle_tickets set bonus_tickets = 2 where discord_server_id = ${place.id}`
    expect(await place.admin('refund', { order: 2 })).toContain('2 could be taken back')
    await sql`
      update raffle_periods set status = 'closed', list_hash = 'x', closed_at = now() where discord_server_id = ${place.id}`
    expect(await place.admin('refund', { order: 3 })).toContain('0 could be taken back')
    expect([await place.balance('ann'), await tickets(place)]).toEqual([100, [0]])
    const ledger = await sql<{ source: string; delta: number }[]>`
      select source, delta from ticket_ledger where discord_server_id = ${place.id} order by ledger_id`
    expect(ledger.map(({ source, delta }) => `${source} ${delta}`)).toEqual([
      'shop 5',
      'shop 5',
      'shop 5',
      'removal -5',
      'removal -2',
    ])
  })
})

it('tells the dashboard of a purchase, once', async () => {
  const place = aPlace()
  await place.admin('add', { name: 'mug', price: 10 })
  const ann = await place.member('ann', 100)
  const offer = await place.offer(ann)
  await Promise.all(times(3, () => place.answer(place.press(ann.id, offer, 'buy'))))
  const told = await sql<{ payload: unknown }[]>`
    select payload from outbox where discord_server_id = ${place.id} and kind = 'dashboard.tell'`
  expect(told.map(({ payload }) => payload)).toEqual([
    {
      area: 'shop',
      action: 'new_purchase',
      data: {
        sale_id: '1',
        item_id: '1',
        item_name: 'mug',
        buyer: 'ann',
        price: '10',
        discord_id: ann.id,
        status: 'pending',
      },
    },
  ])
})
