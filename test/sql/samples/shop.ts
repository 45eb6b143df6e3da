import { channelId, username } from '../../../cluster/runtime/ids.ts'
import * as sales from '../../../sql/queries/sales.ts'
import * as shop from '../../../sql/queries/shop.ts'
import * as shopimport from '../../../sql/queries/shopimport.ts'
import { aState, id, member, person, type Sample, viewer } from './sample.ts'

const terms = {
  name: 'a mug',
  description: null,
  imageUrl: null,
  price: '10',
  isActive: true,
  itemType: 'custom' as const,
  raffleTicketAmount: 0,
  perUserLimit: 1,
  limitWindowSeconds: 3600,
  requirementTitle: null,
  requirementFooter: null,
  requiredRoleId: null,
  availableFrom: null,
  availableUntil: null,
}
const anItem = { guildId: id, id: 1 }
const aBuyer = { guildId: id, userId: member, username: viewer }
const aSale = {
  ...aBuyer,
  id: 4_000,
  itemId: 1,
  itemName: 'a mug',
  itemType: 'custom' as const,
  raffleTicketAmount: 0,
  price: '10',
  isComplete: false,
  requirementTitle: null,
  requirementInput: null,
  notes: null,
  locale: 'en',
  sourceRef: 'a confirmation',
}
const someItems = JSON.stringify([
  {
    id: 1,
    name: 'viewer7',
    price: 5,
    is_active: true,
    item_type: 'custom',
    raffle_ticket_amount: 0,
    limit_window_seconds: 0,
  },
])

export const ofShop: Readonly<Record<string, Sample>> = {
  'sales.saleOf': { calls: [(sql) => sales.saleOf(sql, anItem)] },
  'sales.holdSale': { calls: [(sql) => sales.holdSale(sql, anItem)] },
  'sales.saleFor': { calls: [(sql) => sales.saleFor(sql, { guildId: id, sourceRef: 'a confirmation' })] },
  'sales.holdBuyer': { calls: [(sql) => sales.holdBuyer(sql, aBuyer)] },
  'sales.holdBalance': {
    calls: [
      (sql) => sales.holdBalance(sql, aBuyer),
      (sql) => sales.holdBalance(sql, { guildId: id, username: username('new here') }),
    ],
  },
  'sales.balanceOf': { calls: [(sql) => sales.balanceOf(sql, aBuyer)] },
  'sales.usedLimit': {
    calls: [(sql) => sales.usedLimit(sql, { ...aBuyer, itemId: 1, limit: 2, windowSeconds: 3600 })],
  },
  'sales.insertSale': { calls: [(sql) => sales.insertSale(sql, { ...aSale, sourceRef: aState() })] },
  'sales.finishSale': {
    calls: [
      (sql) => sales.finishSale(sql, { ...anItem, from: ['pending'], to: 'completed', by: member, reason: null }),
    ],
  },
  'sales.pendingSales': { calls: [(sql) => sales.pendingSales(sql, { guildId: id, offset: 0, limit: 10 })] },
  'sales.salesOfMember': { calls: [(sql) => sales.salesOfMember(sql, { guildId: id, userId: member, limit: 10 })] },
  'sales.salesOfViewer': { calls: [(sql) => sales.salesOfViewer(sql, { guildId: id, username: viewer, limit: 10 })] },
  'sales.keepOrderMessage': {
    calls: [(sql) => sales.keepOrderMessage(sql, { ...anItem, channelId: channelId('5'), messageId: '6' })],
  },
  'sales.forgetOrders': { calls: [(sql) => sales.forgetOrders(sql, person)] },

  'shopimport.holdItems': { calls: [(sql) => shopimport.holdItems(sql, id)] },
  'shopimport.changeItems': {
    calls: [(sql) => shopimport.changeItems(sql, { guildId: id, rows: someItems, isWhole: true, userId: member })],
  },
  'shopimport.itemsMissing': { calls: [(sql) => shopimport.itemsMissing(sql, { guildId: id, rows: someItems })] },
  'shopimport.countNew': { calls: [(sql) => shopimport.countNew(sql, { guildId: id, rows: someItems })] },
  'shopimport.addMissing': {
    calls: [(sql) => shopimport.addMissing(sql, { guildId: id, rows: someItems, userId: member, count: 0 })],
  },
  'shop.itemsOf': { calls: [(sql) => shop.itemsOf(sql, id)] },
  'shop.itemOf': { calls: [(sql) => shop.itemOf(sql, anItem)] },
  'shop.holdItem': { calls: [(sql) => shop.holdItem(sql, anItem)] },
  'shop.addItem': {
    calls: [(sql) => shop.addItem(sql, { guildId: id, terms, stock: 5, userId: member, most: 250 })],
  },
  'shop.writeItem': {
    calls: [(sql) => shop.writeItem(sql, { ...anItem, terms, stockTotal: 5, stockLeft: 5, userId: member })],
  },
  'shop.noteBack': { calls: [(sql) => shop.noteBack(sql, anItem)] },
  'shop.removeItem': { calls: [(sql) => shop.removeItem(sql, { ...anItem, userId: member })] },
  'shop.takeOne': { calls: [(sql) => shop.takeOne(sql, anItem)] },
  'shop.putOneBack': { calls: [(sql) => shop.putOneBack(sql, anItem)] },
  'shop.wantNotice': {
    calls: [(sql) => shop.wantNotice(sql, { guildId: id, itemId: 1, userId: member, locale: 'en' })],
  },
  'shop.dropNotice': { calls: [(sql) => shop.dropNotice(sql, { guildId: id, itemId: 1, userId: member })] },
  'shop.oweNotices': { calls: [(sql) => shop.oweNotices(sql, { guildId: id, itemId: 1, restocks: 1 })] },
  'shop.frontOf': { calls: [(sql) => shop.frontOf(sql, id)] },
  'shop.touchFront': { calls: [(sql) => shop.touchFront(sql, id)] },
  'shop.oweLook': { calls: [(sql) => shop.oweLook(sql, { guildId: id, hour: 500_000 })] },
  'shop.nextSale': { calls: [(sql) => shop.nextSale(sql, id)] },
  'shop.keepShown': {
    calls: [
      (sql) => shop.keepShown(sql, { guildId: id, messageId: '8', newMessageId: '8', revision: '1', hash: 'a hash' }),
    ],
  },
  'shop.putFront': {
    calls: [
      (sql) =>
        shop.putFront(sql, { guildId: id, channelId: channelId('5'), messageId: '6', revision: '1', hash: 'a hash' }),
    ],
  },
  'shop.resetLimits': { calls: [(sql) => shop.resetLimits(sql, id)] },
  'shop.instantIn': {
    calls: [(sql) => shop.instantIn(sql, { local: '2026-03-01 18:00', timeZone: 'Europe/Berlin' })],
  },
}
