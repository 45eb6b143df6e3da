import { defineFeature } from '../feature.ts'
import { gifts } from './command.ts'
import { onGifts, onSubscription } from './event.ts'
import { onForget } from './job.ts'
import { payPost } from './outbox.ts'

/** Gifted subscriptions and subscriptions on Kick, and the raffle tickets that they bring. */
export const giftsFeature = defineFeature({
  name: 'gifts',
  commands: [gifts],
  events: { gifts: onGifts, subscription: onSubscription },
  jobs: { 'gifts.forget': onForget },
  outbox: { 'gifts.post': payPost },
})
