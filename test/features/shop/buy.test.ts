import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { username } from '../../../cluster/runtime/ids.ts'
import { features } from '../../../shard/features/index.ts'
import { type Bought, buy } from '../../../shard/features/shop/command/buy.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import { moveViewer } from '../../../sql/queries/activity.ts'
import { itemOf } from '../../../sql/queries/shop.ts'
import { type Bot, startBot } from '../../support/bot.ts'
import { menuOf, textOf } from '../../support/browsing.ts'
import { times } from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'
import { type Member, nothingWrong, ShopPlace } from './place.ts'

let sql: Sql
let bot: Bot

beforeAll(async () => {
  sql = (await createDatabase({ max: 24 })).sql
  bot = await startBot({ sql, features })
})

afterEach(() => {
  bot.discord.control.faults.clear()
  expect(bot.discord.ledger.violations).toEqual([])
})

const aPlace = () => new ShopPlace(bot, sql)

async function anOffer(place: ShopPlace, member: Member, sourceRef: string, item = 1) {
  const found = await itemOf(sql, { guildId: place.id, id: item })
  if (found === undefined) throw new Error('there is no such item')
  return {
    guildId: place.id,
    userId: member.id,
    roles: [],
    itemId: item,
    version: found.version,
    price: found.price,
    sourceRef,
    answer: null,
    note: null,
    locale: 'en',
  }
}
const confirm = async (place: ShopPlace, member: Member, sourceRef: string, item = 1): Promise<Bought> => {
  const offer = await anOffer(place, member, sourceRef, item)
  return transaction(sql, (db) => buy(db, offer))
}

describe('a purchase', () => {
  it('goes from the list over the offer to the receipt, and says what it costs and leaves', async () => {
    const place = aPlace()
    await place.admin('add', { name: 'A *mug*', price: 200, stock: 3, description: 'With @everyone on it' })
    const ann = await place.member('ann', 320)
    const store = await place.ask(ann.id, 'shop show')
    expect(textOf(store)).toMatch(/A \\\*mug\\\*\*\* · 200 points · 3 left[\s\S]*You have 320 points\./)
    expect(menuOf(store).options).toEqual([['A *mug*', '1', '200 points · 3 left']])
    const offer = await place.offer(ann)
    expect(offer.isEphemeral).toBe(true)
    expect(offer.embeds[0]?.fields).toMatchObject([
      { name: 'Price', value: '200 points' },
      { name: 'You have', value: '320 points' },
      { name: 'You keep', value: '120 points' },
    ])
    expect(await place.balance('ann')).toBe(320)
    const bought = await place.press(ann.id, offer, 'buy').message()
    expect(textOf(bought)).toBe(
      '✅ You bought **A \\*mug\\*** for 200 points. Your order is **#1**.\nYou have 120 points now.\nThe admins see your order; I tell you when it is done. `/shop orders` shows all of yours.',
    )
    expect(bought.id).toBe(offer.id)
    expect(await place.sales()).toEqual(['#1 ann 200 pending'])
    expect([await place.balance('ann'), await place.stock()]).toEqual([120, 2])
    expect(await place.wrong()).toEqual(nothingWrong)
    expect(textOf(await place.ask(ann.id, 'shop orders'))).toMatch(/🟣 \*\*#1 A \\\*mug\\\*\*\* · in work · 200 points/)
  })

  it('is one, though its button is pressed six times at once and once more later; each press gets the same answer', async () => {
    const place = aPlace()
    await place.admin('add', { name: 'mug', price: 10 })
    const ann = await place.member('ann', 100)
    const offer = await place.offer(ann)
    const presses = times(6, () => place.press(ann.id, offer, 'buy'))
    const answers = await Promise.all(presses.map((press) => place.answer(press)))
    expect(new Set(answers).size).toBe(1)
    expect(await place.sales()).toEqual(['#1 ann 10 pending'])
    const again = await confirm(place, ann, String(offer.components[0] && buyNonce(offer)))
    expect(again).toMatchObject({ kind: 'repeated', sale: { id: 1 }, balance: 90n })
    // A new offer is a new purchase.
    expect(await place.buy(ann)).toContain('**#2**')
    expect(await place.balance('ann')).toBe(80)
  })

  it('is answered by the same receipt after the answer to the first press was lost with its process', async () => {
    const place = aPlace()
    await place.admin('add', { name: 'mug', price: 10, stock: 1 })
    const ann = await place.member('ann', 10)
    const offer = await place.offer(ann)
    await confirm(place, ann, buyNonce(offer)) // committed; the process dies before it answers
    expect(await place.answer(place.press(ann.id, offer, 'buy'))).toContain('**#1**')
    expect(await place.sales()).toEqual(['#1 ann 10 pending'])
  })

  it('that does not commit leaves nothing behind', async () => {
    const place = aPlace()
    await place.admin('add', { name: 'mug', price: 10, stock: 1 })
    const ann = await place.member('ann', 10)
    const offer = await anOffer(place, ann, 'once')
    await expect(
      transaction(sql, async (db) => {
        await buy(db, offer)
        throw new Error('the process dies')
      }),
    ).rejects.toThrow('dies')
    expect([await place.balance('ann'), await place.stock(), await place.sales()]).toEqual([10, 1, []])
    expect(await confirm(place, ann, 'once')).toMatchObject({ kind: 'done', sale: { id: 1 } })
  })

  it('of the last one succeeds for one of 64 who want it at once; the others hear that it is sold out', async () => {
    const place = aPlace()
    await place.admin('add', { name: 'mug', price: 10, stock: 1 })
    const members = await Promise.all(times(64, (i) => place.member(`buyer${i}`, 15)))
    const offers = await Promise.all(members.map((member) => anOffer(place, member, 'once')))
    const began = performance.now()
    const results = await Promise.all(offers.map((offer) => transaction(sql, (db) => buy(db, offer))))
    const ms = performance.now() - began
    expect(results.filter(({ kind }) => kind === 'done')).toHaveLength(1)
    expect(results.filter(({ kind }) => kind === 'sold_out')).toHaveLength(63)
    expect(await place.stock()).toBe(0)
    expect(await place.sales()).toHaveLength(1)
    expect(await place.wrong()).toEqual(nothingWrong)
    expect(ms).toBeLessThan(10_000)
    const late = await place.offer(members[0] as Member)
    expect(textOf(late)).toBe('**mug** is sold out.')
  })

  it('by one member 24 times at once takes no more than there are points for', async () => {
    const place = aPlace()
    await place.admin('add', { name: 'mug', price: 10 })
    const ann = await place.member('ann', 55)
    const results = await Promise.all(times(24, (i) => confirm(place, ann, `press ${i}`)))
    expect(results.filter(({ kind }) => kind === 'done')).toHaveLength(5)
    expect(results.filter(({ kind }) => kind === 'too_few')).toHaveLength(19)
    expect(await place.balance('ann')).toBe(5)
    expect(await place.wrong()).toEqual(nothingWrong)
  })
})

const buyNonce = (offer: Parameters<typeof textOf>[0]): string => {
  const rows = JSON.stringify(offer.components)
  return /shop:buy:\d+:\d+:\d+:\d+:(\d+):/.exec(rows)?.[1] ?? ''
}

describe('what is refused', () => {
  it('says how many points are missing, and for how long one would watch for them', async () => {
    const place = aPlace()
    await place.admin('add', { name: 'mug', price: 200 })
    const ann = await place.member('ann', 120)
    expect(textOf(await place.offer(ann))).toBe(
      'You have 120 points, and it costs 200 points: 80 more are needed, which is about 6 h 40 min of watching.',
    )
    await place.set('points_per_5min', 0)
    expect(textOf(await place.offer(ann))).toBe('You have 120 points, and it costs 200 points: 80 more are needed.')
  })

  it('says to link first', async () => {
    const place = aPlace()
    await place.admin('add', { name: 'mug', price: 1 })
    const stranger = { id: (await place.member('x')).id, name: 'x' }
    await sql`delete from links where discord_server_id = ${place.id}`
    const store = await place.ask(stranger.id, 'shop show')
    expect(textOf(store)).toContain('link your Kick account first with `/link`')
    expect(textOf(await place.offer(stranger))).toContain('Use `/link` first.')
  })

  it('names the role, the time, and what became of an item', async () => {
    const place = aPlace()
    const role = place.guild.addRole({ name: 'VIP' }).id
    await place.admin('add', { name: 'for vips', price: 1, role })
    await place.admin('add', { name: 'later', price: 2, from: '2999-01-01 18:00' })
    await place.admin('add', { name: 'gone', price: 3 })
    const ann = await place.member('ann', 10)
    expect(textOf(await place.offer(ann, 1))).toBe(`Only members with the role <@&${role}> can buy this item.`)
    expect(textOf(await place.offer(ann, 2))).toMatch(/^This item is not on sale yet; it is from <t:32472208800:f>\.$/)
    const chosen = await place.offer(ann, 3)
    await place.admin('remove', { item: 'gone' })
    expect(await place.answer(place.press(ann.id, chosen, 'buy'))).toContain('is not in the shop any more')
    expect(await place.sales()).toEqual([])
    place.guild.member(ann.id).roles.add(role)
    expect(await place.buy(ann, 1)).toContain('You bought **for vips**')
  })

  it('says that the limit is reached, and until when; a refund and a reset give it back', async () => {
    const place = aPlace()
    await place.admin('add', { name: 'mug', price: 1, limit: 2, limit_hours: 24 })
    await place.admin('add', { name: 'once', price: 1, limit: 1 })
    const ann = await place.member('ann', 100)
    await place.buy(ann)
    await place.buy(ann)
    expect(textOf(await place.offer(ann))).toMatch(
      /^You have bought this item 2 times already; you can buy it again from <t:\d+:f>\.$/,
    )
    await place.admin('refund', { order: 2 })
    expect(await place.buy(ann)).toContain('**#3**')
    await place.buy(ann, 2)
    expect(textOf(await place.offer(ann, 2))).toBe('Each buyer can have this item once, and you have it.')
    await place.admin('reset-limits')
    expect(await place.buy(ann, 2)).toContain('**#5**')
  })

  it('counts a limit for the person: neither another Kick account nor another member begins anew', async () => {
    const place = aPlace()
    await place.admin('add', { name: 'mug', price: 1, limit: 1 })
    const ann = await place.member('ann', 10)
    await place.buy(ann)
    await sql`update links set kick_name = 'second' where discord_server_id = ${place.id} and discord_id = ${ann.id}`
    await place.give('second', 10)
    expect(textOf(await place.offer(ann))).toContain('Each buyer can have this item once')
    await sql`update links set kick_name = 'ann' where discord_server_id = ${place.id} and discord_id = ${ann.id}`
    await transaction(sql, (db) => moveViewer(db, { guildId: place.id, from: username('ann'), to: username('anna') }))
    expect(textOf(await place.offer(ann))).toContain('Each buyer can have this item once')
    expect(await place.sales()).toEqual(['#1 anna 1 pending'])
  })
})

describe('an offer', () => {
  it('that has changed is asked again, and what is paid is what was shown', async () => {
    const place = aPlace()
    await place.admin('add', { name: 'mug', price: 10 })
    const ann = await place.member('ann', 100)
    const offer = await place.offer(ann)
    await place.admin('edit', { item: '1', price: 40 })
    const again = await place.press(ann.id, offer, 'buy').message()
    expect(textOf(again)).toContain('has changed meanwhile; nothing was bought')
    expect(again.embeds[0]?.fields).toMatchObject([
      { value: '40 points' },
      { value: '100 points' },
      { value: '60 points' },
    ])
    expect(await place.sales()).toEqual([])
    expect(await place.answer(place.press(ann.id, again, 'buy'))).toContain('for 40 points')
    expect(await place.balance('ann')).toBe(60)
  })

  it('names its price, so that even a row that was changed past the bot costs nobody more', async () => {
    const place = aPlace()
    await place.admin('add', { name: 'mug', price: 10 })
    const ann = await place.member('ann', 100)
    const offer = await place.offer(ann)
    await sql`update point_shop_items set price = 90 where discord_server_id = ${place.id}`
    expect(textOf(await place.press(ann.id, offer, 'buy').message())).toContain('nothing was bought')
    expect(await place.balance('ann')).toBe(100)
  })

  it('asks what has to be answered in a form, takes a note, and shows both to admins', async () => {
    const place = aPlace()
    await place.admin('add', { name: 'key', price: 10, question: 'Your Steam name', hint: 'As others see it' })
    const ann = await place.member('ann', 100)
    const form = await (await place.choose(ann, 1)).modal()
    expect(form).toMatchObject({ title: 'key', inputs: [{ custom_id: 'answer' }, { custom_id: 'note' }] })
    const offer = await place.control.submit(form, { answer: ' ann *42* ', note: 'please\n\nsoon' }).message()
    expect(offer.embeds[0]?.fields).toMatchObject([
      {},
      {},
      {},
      { name: 'Your Steam name', value: 'ann *42*' },
      { value: 'please soon' },
    ])
    const edited = await place.press(ann.id, offer, 'note').modal()
    expect(edited.inputs.map(({ value }) => value)).toEqual(['ann *42*', 'please soon'])
    const second = await place.control.submit(edited, { note: '' }).message()
    expect(await place.answer(place.press(ann.id, second, 'buy'))).toContain('You bought **key**')
    const [sale] = await sql`
      select requirement_title, requirement_input, notes from point_sales where discord_server_id = ${place.id}`
    expect(sale).toMatchObject({ requirementTitle: 'Your Steam name', requirementInput: 'ann *42*', notes: null })
  })

  it('whose item asks a question by now is answered first', async () => {
    const place = aPlace()
    await place.admin('add', { name: 'key', price: 10 })
    const ann = await place.member('ann', 100)
    const offer = await place.offer(ann)
    await place.admin('edit', { item: 'key', question: 'Your Steam name' })
    const changed = await place.press(ann.id, offer, 'buy').message()
    expect(textOf(changed)).toContain('has changed meanwhile')
    const form = await place.press(ann.id, changed, 'note').modal()
    const answered = await place.control.submit(form, { answer: 'ann' }).message()
    expect(await place.answer(place.press(ann.id, answered, 'buy'))).toContain('You bought **key**')
  })

  it('that is cancelled buys nothing and shows the shop again', async () => {
    const place = aPlace()
    await place.admin('add', { name: 'mug', price: 10 })
    const ann = await place.member('ann', 100)
    const offer = await place.offer(ann)
    expect(textOf(await place.press(ann.id, offer, 'cancel').message())).toMatch(/^Nothing was bought\.[\s\S]*mug/)
    expect(await place.sales()).toEqual([])
  })
})

it('lists more than 25 items on pages', async () => {
  const place = aPlace()
  for (let i = 1; i <= 27; i++) await place.admin('add', { name: `item ${i}`, price: i })
  const ann = await place.member('ann', 100)
  const first = await place.ask(ann.id, 'shop show')
  expect(menuOf(first).options).toHaveLength(25)
  const second = await place.control
    .press({ userId: ann.id, message: first, customId: `shop:page:${place.id}:1:on` })
    .message()
  expect(menuOf(second).options.map(([label]) => label)).toEqual(['item 26', 'item 27'])
  expect(second.embeds[0]?.footer).toMatchObject({ text: 'Page 2 of 2' })
})

it('keeps two servers with the same names, numbers and people apart', async () => {
  const [one, two] = [aPlace(), aPlace()]
  for (const place of [one, two]) await place.admin('add', { name: 'mug', price: 10, stock: 2 })
  const ann = await one.member('ann', 50)
  two.guild.addMember({ user: ann.id })
  await sql`insert into links (discord_server_id, discord_id, kick_name) values (${two.id}, ${ann.id}, 'ann')`
  await two.give('ann', 7)
  await one.buy(ann)
  expect([await one.sales(), await two.sales()]).toEqual([['#1 ann 10 pending'], []])
  expect([await one.stock(), await two.stock(), await two.balance('ann')]).toEqual([1, 2, 7])
  expect(textOf(await two.offer(ann))).toContain('You have 7 points, and it costs 10 points: 3 more')
  expect(await two.admin('refund', { order: 1 })).toContain('There is no order #1')
  expect(await one.sales()).toEqual(['#1 ann 10 pending'])
})
