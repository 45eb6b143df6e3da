/**
 * Pictures of what members and admins see: `npm run gallery -- <folder>`. Every room is played on real processes, and every picture is the
 * message as the stand-in of Discord keeps it, or a page as a browser shows it.
 */
import { resolve } from 'node:path'
import { DrandStandIn } from '../standins/drand/index.ts'
import { startChromium } from '../support/chromium.ts'
import { cleanUp, onCleanUp } from '../support/cleanup.ts'
import { buildStage, ready } from '../support/stage.ts'
import { Album } from './album.ts'
import { openPages } from './pages.ts'
import { Scene } from './place.ts'
import { rooms } from './rooms.ts'

const names = ['Ada', 'Bram', 'Cleo', 'Dev', 'Elif', 'Finn', 'Gia']

process.once('SIGINT', () => void leave(130))
process.once('SIGTERM', () => void leave(143))
try {
  await play(resolve(process.argv[2] ?? 'test/gallery/pictures'))
  await leave(0)
} catch (err) {
  process.stderr.write(`gallery failed: ${err instanceof Error ? (err.stack ?? err.message) : String(err)}\n`)
  await leave(1)
}

async function play(folder: string): Promise<void> {
  const drand = new DrandStandIn()
  await drand.start()
  onCleanUp(() => drand.stop())
  const { hash, publicKey, genesisSeconds, periodSeconds } = drand.chain
  const stage = await buildStage({
    shardCount: 2,
    shardsPerGroup: 2,
    maxConcurrency: 16,
    env: {
      KICK_BOT_NAME: 'belfry_bot',
      DRAND_URL: drand.url,
      DRAND_CHAIN: [hash, publicKey, genesisSeconds, periodSeconds].join(':'),
    },
  })
  const guild = stage.discord.world.addGuild({ name: 'The Bell Tower' })
  const streamer = stage.kick.control.addChannel({ username: 'Quasimodo' })
  const manager = await stage.start('manager', 'manager')
  await ready(await stage.start('scheduler', 'scheduler'), manager)
  stage.kick.setWebhookUrl(`${manager.url}/webhooks/kick`)
  stage.kick.registerRedirect(`${manager.url}/oauth/kick/callback`)

  const pages = await openPages(stage.discord)
  const album = new Album({ browser: await startChromium(), pages: pages.url, folder })
  const scene = new Scene(stage, guild, album, streamer)
  const people = names.map((name) => scene.person(name))
  const failed: string[] = []
  for (const room of rooms) {
    await room(scene, people).then(
      () => process.stderr.write(`gallery: ${room.name}\n`),
      (err: Error) => failed.push(`${room.name}: ${err.stack ?? err.message}`),
    )
  }
  for (const kind of ['raffle', 'giveaway'])
    await album.ofPage(`${kind}-page`, `${manager.url}/${kind}s/${guild.id}/1`, {
      press: '#verify button',
      waitFor: '#verdict.good',
    })
  await album.ofPage('front-page', manager.url, { waitFor: 'main' })
  if (failed.length > 0) throw new Error(failed.join('\n'))
  process.stdout.write(`${album.taken.length} pictures in ${folder}\n`)
}

async function leave(code: number): Promise<never> {
  await cleanUp().catch((err: unknown) => process.stderr.write(`gallery could not clean up: ${String(err)}\n`))
  process.exit(code)
}
