import { defineFeature } from '../feature.ts'
import { createForm, startForm } from './command/create.ts'
import { giveaway } from './command/giveaway.ts'
import { answerForm, askButton, claimButton, joinButton, proofButton } from './command/join.ts'
import { onChanged, onDraw as onDrawAsked, onStarted, onStopped, onWinner } from './dashboard.ts'
import { onChat } from './event.ts'
import { onClaim, onDraw, onEnd } from './job/end.ts'
import { onRefresh } from './job/panel.ts'
import { payAnnounce, payStuck } from './outbox/announce.ts'
import { payCheck } from './outbox/check.ts'
import { payPanel } from './outbox/panel.ts'

/** Things are given away among those who enter, in the chat or in Discord, and drawn so that anybody can check it. */
export const giveawaysFeature = defineFeature({
  name: 'giveaways',
  commands: [giveaway],
  buttons: { join: joinButton, ask: askButton, claim: claimButton, proof: proofButton },
  modals: { create: createForm, start: startForm, answer: answerForm },
  events: { chat: onChat },
  jobs: {
    'giveaways.end': onEnd,
    'giveaways.draw': onDraw,
    'giveaways.claim': onClaim,
    'giveaways.refresh': onRefresh,
  },
  outbox: {
    'giveaways.panel': payPanel,
    'giveaways.announce': payAnnounce,
    'giveaways.check': payCheck,
    'giveaways.stuck': payStuck,
  },
  dashboard: {
    'giveaway.started': onStarted,
    'giveaway.updated': onChanged,
    'giveaway.stopped': onStopped,
    'giveaway.winner': onWinner,
    'giveaway.draw': onDrawAsked,
  },
})
