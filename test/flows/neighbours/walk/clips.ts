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
  {
    name: 'the dashboard asks for a clip, and after the recording that both share',
    async run(side) {
      await side.dashboard('clips.buffer_start')
      await side.dashboard('clips.buffer_status')
      await side.dashboard('clips.create', {
        request_id: 'one',
        title: side.w('Asked'),
        username: 'Dash',
        duration: 20,
      })
      await side.settle()
      await side.play('clips.make', 'clips.post', 'clips.buffer')
      says(await side.ask('clips list'), side.w('Asked'))
      // While the stream is live nobody stops what others may share.
      const { sql } = side.world
      const live = await sql<{ startedAt: Date }[]>`
        update stream_session set ended_at = now() where discord_server_id = ${side.id} and ended_at is null returning started_at`
      await side.dashboard('clips.buffer_stop')
      await side.settle()
      for (const { startedAt } of live)
        await sql`update stream_session set ended_at = null where discord_server_id = ${side.id} and started_at = ${startedAt}`
    },
  },
  asking('clips are switched off', () => [['clips off']]),
]
