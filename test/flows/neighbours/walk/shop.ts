import { formIn, messageIn } from '../side.ts'
import { asking, type Step, says } from './step.ts'

/** The shop: what is for sale, who buys it, and what becomes of orders. */
export const shop: readonly Step[] = [
  {
    name: 'the shop is filled and posted',
    async run(side) {
      const price = side.n(0)
      await side.ask('points-admin set', { member: side.members.anna, amount: String(side.n(90)) })
      await side.ask('shop-admin add', {
        name: 'Mug',
        price,
        description: side.w('To drink'),
        stock: 50,
        question: 'Which colour?',
      })
      await side.ask('shop-admin add', { name: 'Cap', price, description: side.w('To wear'), stock: 1 })
      await side.ask('shop-admin add', { name: 'Tickets', price, tickets: side.n(1), limit: 2, limit_hours: 24 })
      await side.ask('shop-admin add', { name: 'Later', price, from: '2099-01-01 00:00', until: '2099-01-02 00:00' })
      for (let i = 5; i <= 28; i++) await side.ask('shop-admin add', { name: `Pin ${i}`, price: side.n(1) + i })
      await side.ask('shop-admin post', { channel: side.channels.panels })
      await side.settle()
      says(await side.ask('shop-admin edit', { item: 'Mug', description: side.w('To drink coffee') }), 'Mug', side.n(0))
      await side.ask('shop-admin restock', { item: '1', amount: 3 })
      await side.press(await side.ask('shop-admin list'), 'shop:list')
      await side.play('shop.window', 'shop.front')
    },
  },
  {
    name: 'a member buys from the message in the channel',
    async run(side) {
      const { anna } = side.members
      const front = await side.posted('panels', 'shop:pick')
      await side.press(front, 'shop:balance', anna)
      const form = formIn(await side.choose(front, 'shop:pick', '1', anna))
      const offer = await side.submit(form, { answer: side.w('Blue') })
      const note = formIn(await side.press(offer, 'shop:note', anna))
      const noted = await side.submit(note, { answer: side.w('Red'), note: side.w('Please') })
      says(messageIn(await side.press(noted, 'shop:buy', anna)), side.n(0))
      await side.settle()
    },
  },
  {
    name: 'a member buys from the list, and somebody else comes too late',
    async run(side) {
      const { anna, bob } = side.members
      const store = messageIn(await side.press(await side.posted('panels', 'shop:open'), 'shop:open', anna))
      const offer = messageIn(await side.choose(store, 'shop:choose', '2', anna))
      const back = messageIn(await side.press(offer, 'shop:cancel', anna))
      await side.press(back, 'shop:page', anna)
      const again = messageIn(await side.choose(await side.ask('shop show', {}, anna), 'shop:choose', '2', anna))
      await side.press(again, 'shop:buy', anna)
      await side.settle()
      await side.ask('points-admin set', { name: 'bob_k', amount: String(side.n(80)) })
      const late = messageIn(await side.choose(await side.ask('shop show', {}, bob), 'shop:choose', '2', bob))
      await side.press(late, 'shop:notify', bob)
      await side.ask('shop-admin restock', { item: '2', amount: 1 })
      await side.settle()
      await side.play('shop.back')
    },
  },
  {
    name: 'tickets are bought in the raffle that runs',
    async run(side) {
      const { anna } = side.members
      await side.ask('raffle start', { title: 'Of the shop', prize: side.w('A bell'), days: 3 })
      const offer = messageIn(await side.choose(await side.ask('shop show', {}, anna), 'shop:choose', '3', anna))
      await side.press(offer, 'shop:buy', anna)
      await side.settle()
      says(await side.ask('tickets mine', {}, anna), side.n(1))
      for (let item = 5; item <= 14; item++) {
        const pin = messageIn(
          await side.choose(await side.ask('shop show', {}, anna), 'shop:choose', String(item), anna),
        )
        await side.press(pin, 'shop:buy', anna)
      }
      await side.settle()
    },
  },
  {
    name: 'orders are completed and refunded',
    async run(side) {
      const { control } = side.world.discord
      await side.ask('shop orders', {}, side.members.anna)
      const orders = await side.ask('shop-admin orders')
      const other = messageIn(await side.press(orders, 'shop:queue'))
      const order = messageIn(
        await side.choose(other.components.length > 0 ? await side.ask('shop-admin orders') : other, 'shop:order', '5'),
      )
      await side.press(order, 'shop:done')
      await side.ask('shop-admin orders', { name: 'ann_k' })
      const posts = () => control.messagesIn(side.channels.orders)
      const first = posts().find((message) => JSON.stringify(message.embeds).includes('#1'))
      if (first === undefined) throw new Error('no order was posted')
      await side.press(first, 'shop:complete')
      const question = messageIn(await side.press(first, 'shop:refund'))
      await side.press(question, 'shop:keep')
      await side.settle()
      await side.press(messageIn(await side.press(first, 'shop:refund')), 'shop:giveback')
      await side.settle()
      await side.ask('shop-admin refund', { order: 2, reason: side.w('broken') })
      await side.ask('shop-admin reset-limits')
      await side.settle()
      await side.ask('shop orders', {}, side.members.anna)
    },
  },
  {
    name: 'the dashboard does all that, too',
    async run(side) {
      await side.dashboard('shop.item', {
        type: 'create',
        name: 'Bell',
        price: side.n(1),
        description: side.w('To ring'),
        stock: 4,
      })
      await side.dashboard('shop.item', { type: 'update', item_id: 1, description: side.w('To drink tea') })
      await side.dashboard('shop.restocked', { item_id: 1 })
      await side.dashboard('shop.sync')
      await side.dashboard('shop.order', { sale_id: 3, new_status: 'refunded', reason: side.w('sorry') })
      await side.dashboard('shop.order_made', { type: 'new_sale', data: { sale_id: 3 } })
      await side.dashboard('shop.limits_reset')
      await side.dashboard('shop.post', { channel_id: side.channels.log })
      await side.settle()
      await side.play('shop.front', 'shop.gone', 'shop.told', 'shop.end')
      await side.ask('shop-admin list')
      await side.ask('shop-admin remove', { item: '4' })
      await side.ask('shop-admin unpost')
      await side.settle()
    },
  },
  asking('points are looked at again', ({ members }) => [
    ['points', {}, members.anna],
    ['points-admin history', { member: members.anna }],
    ['points-admin check'],
  ]),
]
