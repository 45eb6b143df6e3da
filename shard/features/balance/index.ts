import { defineFeature } from '../feature.ts'
import { onPanelDue, payPanel, payUnpanel } from '../panel.ts'
import { balance } from './command/balance.ts'
import { balancePanel, buttons, resultSent } from './command/buttons.ts'
import { onClose as onClosed, onOpen, onResult } from './dashboard.ts'
import { guessWords, onChat } from './event.ts'
import { onClose, onConfirm } from './job.ts'
import { payPost } from './outbox.ts'

/** Guess the Balance: chat guesses an amount, and whoever is nearest wins. */
export const balanceFeature = defineFeature({
  name: 'balance',
  commands: [balance],
  buttons,
  modals: { result: resultSent },
  events: { chat: onChat },
  heardWords: guessWords,
  jobs: { 'balance.confirm': onConfirm, 'balance.close': onClose, 'balance.panel': onPanelDue('balance') },
  outbox: { 'balance.post': payPost, 'balance.panel': payPanel(balancePanel), 'balance.unpanel': payUnpanel },
  dashboard: { 'gtb.open': onOpen, 'gtb.close': onClosed, 'gtb.set_result': onResult },
})
