import { defineFeature } from '../feature.ts'
import { listButton, shopAdmin } from './command/admin.ts'
import {
  completeButton,
  doneButton,
  givebackButton,
  keepButton,
  orderSelect,
  queueButton,
  refundButton,
} from './command/orders.ts'
import {
  askForm,
  balanceButton,
  buyButton,
  cancelButton,
  chooseSelect,
  detailsSubmit,
  noteButton,
  notifyButton,
  openButton,
  pageButton,
  pickSelect,
  shop as shopCommand,
} from './command/store.ts'
import { onItem, onLimitsReset, onOrder, onOrderMade, onPost, onRestocked, onSync } from './dashboard.ts'
import { onWindow } from './job.ts'
import { payFront, payGone, payPost } from './outbox/front.ts'
import { payItem, payReset } from './outbox/items.ts'
import { payBack, payEnd, payOrder, payTold } from './outbox/orders.ts'

export { bringItems } from './command/bring.ts'

/** What points buy: items, orders, and the message that shows them. */
export const shop = defineFeature({
  name: 'shop',
  commands: [shopCommand, shopAdmin],
  selects: { pick: pickSelect, choose: chooseSelect, order: orderSelect },
  modals: { ask: askForm, details: detailsSubmit },
  buttons: {
    open: openButton,
    page: pageButton,
    balance: balanceButton,
    note: noteButton,
    buy: buyButton,
    cancel: cancelButton,
    notify: notifyButton,
    list: listButton,
    queue: queueButton,
    complete: completeButton,
    done: doneButton,
    refund: refundButton,
    giveback: givebackButton,
    keep: keepButton,
  },
  jobs: { 'shop.window': onWindow },
  outbox: {
    'shop.front': payFront,
    'shop.post': payPost,
    'shop.gone': payGone,
    'shop.order': payOrder,
    'shop.end': payEnd,
    'shop.item': payItem,
    'shop.reset': payReset,
    'shop.told': payTold,
    'shop.back': payBack,
  },
  dashboard: {
    'shop.post': onPost,
    'shop.sync': onSync,
    'shop.item': onItem,
    'shop.order': onOrder,
    'shop.order_made': onOrderMade,
    'shop.restocked': onRestocked,
    'shop.limits_reset': onLimitsReset,
  },
})
