import { defineFeature } from '../feature.ts'
import { clipChat } from './chat.ts'
import { clips, setupForm } from './command.ts'
import { onBufferStart, onBufferStatus, onBufferStop, onCreate, onUploaded } from './dashboard.ts'
import { onLivestream } from './event.ts'
import { onWatch } from './job.ts'
import { payBuffer, payMake, payPost } from './outbox.ts'

/** Clips of the stream, on demand; off until a server sets its service up. */
export const clipsFeature = defineFeature({
  name: 'clips',
  commands: [clips],
  modals: { setup: setupForm },
  chat: { clip: clipChat },
  events: { livestream: onLivestream },
  jobs: { 'clips.watch': onWatch },
  outbox: { 'clips.make': payMake, 'clips.post': payPost, 'clips.buffer': payBuffer },
  dashboard: {
    'clips.uploaded': onUploaded,
    'clips.create': onCreate,
    'clips.buffer_start': onBufferStart,
    'clips.buffer_stop': onBufferStop,
    'clips.buffer_status': onBufferStatus,
  },
})
