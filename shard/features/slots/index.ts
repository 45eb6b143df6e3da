import { defineFeature } from '../feature.ts'
import { onPanelDue, payPanel, payUnpanel } from '../panel.ts'
import { currentChat } from './chat.ts'
import { buttons, limitSent, slotPanel } from './command/buttons.ts'
import { slots } from './command/slots.ts'
import { onPick, onReveal, onToggle, onUpdateMax } from './dashboard.ts'
import { onChat, triggerWords } from './event.ts'
import { onAnnounce, onConfirm } from './job.ts'
import { payPost } from './outbox.ts'

/** What viewers ask to be played: a list, and picks from it that anybody can check. */
export const slotsFeature = defineFeature({
  name: 'slots',
  commands: [slots],
  buttons,
  modals: { limit: limitSent },
  chat: { current: currentChat, slot: currentChat },
  events: { chat: onChat },
  heardWords: triggerWords,
  jobs: { 'slots.confirm': onConfirm, 'slots.announce': onAnnounce, 'slots.panel': onPanelDue('slots') },
  outbox: { 'slots.post': payPost, 'slots.panel': payPanel(slotPanel), 'slots.unpanel': payUnpanel },
  dashboard: {
    'slot_requests.toggle': onToggle,
    'slot_requests.pick': onPick,
    'slot_requests.pick_with_reward': onPick,
    'slot_requests.slot_reveal_landed': onReveal,
    'slot_requests.update_max': onUpdateMax,
  },
})
