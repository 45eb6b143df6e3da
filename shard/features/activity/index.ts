import { defineFeature } from '../feature.ts'
import { onChat, onGifts, onLivestream, onSubscription } from './event.ts'
import { onTexts } from './job.ts'
import { payReply } from './outbox.ts'

export { type Answer, answerLines, type TypedLine, tellInTurn, typedIn } from './chat.ts'
export { currentNames, mergeViewer, nameAccount, tellOfStreams, withoutErased } from './event.ts'
export { chatAnswer, chatLines, sendLine } from './outbox.ts'
export { isTimely } from './rules.ts'

/** What happens on Kick: who was there, when the stream was live, and what the bot answers in chat. */
export const activity = defineFeature({
  name: 'activity',
  events: { chat: onChat, livestream: onLivestream, subscription: onSubscription, gifts: onGifts },
  jobs: { 'activity.texts': onTexts },
  outbox: { 'activity.reply': payReply },
})
