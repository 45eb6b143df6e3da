import { clipKey } from '../world.ts'
import { asking, type Step, says } from './step.ts'

/** Clips, by the service that both servers use. */
export const clips: readonly Step[] = [
  {
    name: 'clips are set up',
    async run(side) {
      const { clips: service } = side.world
      service.live.add(side.streamer.slug)
      service.segments.set(side.streamer.slug, 5)
      await side.submit(await side.form('clips setup'), { url: service.url, key: clipKey })
      await side.ask('clips options', {
        channel: side.channels.news,
        duration: 45,
        channel_cooldown: 0,
        user_cooldown: 0,
      })
      await side.settle()
      await side.play('clips.watch')
    },
  },
  {
    name: 'a viewer clips what was seen',
    async run(side) {
      side.chat(side.world.viewers.Ann, '!clip what a play')
      await side.settle()
      await side.play('clips.make', 'clips.post')
    },
  },
  {
    name: 'the dashboard has made a clip',
    async run(side) {
      await side.dashboard('clips.uploaded', {
        watch_url: `https://clips.example/${side.word}`,
        title: side.w('Wow'),
        username: 'Dash',
      })
      await side.settle()
      says(await side.ask('clips list'), side.word)
      await side.ask('clips show')
    },
  },
  asking('clips are switched off', () => [['clips off']]),
]
