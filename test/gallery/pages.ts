import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Html, html } from '../../cluster/pages/html.ts'
import { projectFile } from '../../cluster/runtime/build.ts'
import type { Channel, DiscordStandIn } from '../standins/discord/index.ts'
import { onCleanUp } from '../support/cleanup.ts'
import type { Names } from './markdown.ts'
import { messageElement } from './message.ts'

/** The only packages of which files are given out: those that the component library loads in a browser. */
const packages = [
  '@skyra/discord-components-core',
  'lit',
  'lit-html',
  'lit-element',
  '@lit/reactive-element',
  '@lit/context',
]
const modulePath = new RegExp(`^/modules/((?:${packages.join('|')})/(?:[\\w-]+/)*[\\w.-]+\\.js)$`)
const scripts = JSON.stringify({
  imports: {
    '@skyra/discord-components-core': '/modules/@skyra/discord-components-core/dist/index.js',
    lit: '/modules/lit/index.js',
    'lit-html': '/modules/lit-html/lit-html.js',
    'lit-element/lit-element.js': '/modules/lit-element/lit-element.js',
    '@lit/reactive-element': '/modules/@lit/reactive-element/reactive-element.js',
    '@lit/context': '/modules/@lit/context/index.js',
    ...Object.fromEntries(packages.slice(1, 5).map((name) => [`${name}/`, `/modules/${name}/`])),
  },
})

/** Looks again every two seconds, and draws anew what has changed. */
const watching = `
let before = document.querySelector('main').innerHTML
setInterval(async () => {
  const text = await (await fetch(location.href)).text()
  const now = new DOMParser().parseFromString(text, 'text/html').querySelector('main')?.innerHTML ?? before
  if (now !== before) document.querySelector('main').innerHTML = before = now
}, 2_000)`

const mostMessages = 50

/**
 * What members see, in a browser: the channels of the stand-in of Discord, drawn as Discord draws them. `/` lists servers, `/<channel>` is
 * a channel, `?as=<user>` adds what only that member sees, `?only=<message>,…` leaves the others out. On loopback, until the clean-up.
 */
export async function openPages(discord: DiscordStandIn): Promise<{ readonly url: string }> {
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1')
    const module = modulePath.exec(pathname)?.[1]
    if (module !== undefined) {
      const source = await readFile(projectFile(`node_modules/${module}`)).catch(() => undefined)
      response.writeHead(source === undefined ? 404 : 200, { 'Content-Type': 'text/javascript' }).end(source)
      return
    }
    const found = discord.world.channels.get(pathname.slice(1))
    const body = found === undefined ? serverList(discord) : channelPage(discord, found, searchParams)
    const isThere = found !== undefined || pathname === '/'
    response.writeHead(isThere ? 200 : 404, { 'Content-Type': 'text/html; charset=utf-8' })
    response.end(isThere ? document(body) : 'There is no such channel.')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onCleanUp(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const document = (body: Html): string =>
  html`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Discord, stand-in</title>
<script type="importmap">${raw(scripts)}</script>
<script type="module">import '@skyra/discord-components-core'</script>
<style>${raw(style)}</style></head><body><main>${body}</main><script type="module">${raw(watching)}</script></body></html>`
    .markup

/** Our own text, which needs no escaping. */
const raw = (markup: string): Html => ({ markup })

const style = `body { margin: 0; background: #313338; color: #dbdee1; font: 16px/1.4 "Noto Sans", "Helvetica Neue", sans-serif }
main { max-width: 900px; margin: auto } a { color: #00a8fc } .list { padding: 1rem 2rem } li { margin: .2rem 0 }`

function serverList({ world }: DiscordStandIn): Html {
  return html`<div class="list"><h1>Servers</h1>${[...world.guilds.values()].map(
    (guild) =>
      html`<h2>${guild.name}</h2><ul>${[...guild.channels.values()]
        .filter(({ messages }) => messages.size > 0)
        .map(
          ({ id, name, messages }) => html`<li><a href="/${id}">#${name}</a>, ${messages.size} messages</li>`,
        )}</ul>`,
  )}</div>`
}

function channelPage(discord: DiscordStandIn, channel: Channel, asked: URLSearchParams): Html {
  const only = asked.get('only')?.split(',')
  const messages = discord.control
    .messagesIn(channel.id, asked.get('as') ?? undefined)
    .filter(({ id }) => only?.includes(id) ?? true)
    .slice(-mostMessages)
  const names = namesIn(discord, channel)
  return html`<discord-messages no-background channel-name="${channel.name}">${messages.map((message) => messageElement(message, names))}</discord-messages>`
}

function namesIn({ world }: DiscordStandIn, channel: Channel): Names & { isBot(id: string): boolean } {
  const guild = channel.guildId === null ? undefined : world.guild(channel.guildId)
  return {
    user: (id) =>
      guild?.members.get(id)?.nick ??
      world.users.get(id)?.globalName ??
      (id === world.bot.id ? world.bot.username : world.users.get(id)?.username) ??
      'unknown-user',
    role: (id) => guild?.roles.get(id)?.name ?? 'deleted-role',
    channel: (id) => world.channels.get(id)?.name ?? 'unknown',
    isBot: (id) => id === world.bot.id,
  }
}
