import { beforeAll, describe, expect, it } from 'vitest'
import { DiscordStandIn, type Guild } from '../standins/discord/index.ts'
import { startChromium } from '../support/chromium.ts'
import { onCleanUp } from '../support/cleanup.ts'
import { openPages } from './pages.ts'

const discord = new DiscordStandIn()
let url: string
let guild: Guild

const post = (content: string, more: object = {}) =>
  discord.world.messages.post(guild.firstTextChannel, { author: discord.world.bot, content, ...more })

beforeAll(async () => {
  await discord.start()
  onCleanUp(() => discord.stop())
  guild = discord.world.addGuild({ name: 'A <b>server</b>' })
  url = (await openPages(discord)).url
})

describe('what members see, in a browser', () => {
  it('is drawn with the elements of Discord, with names for ids and nothing that could run', async () => {
    const role = guild.addRole({ name: 'Regular' })
    post(
      `**<script>window.hacked = true</script>** <@&${role.id}> <@${guild.ownerId}> [there](https://example.org/a)`,
      {
        embeds: [
          { title: 'A title', description: 'Ends <t:1700000000:f>', color: 0x123456, footer: { text: 'below' } },
        ],
        components: [{ type: 1, components: [{ type: 2, style: 4, label: 'Stop', custom_id: 'x', disabled: true }] }],
      },
    )
    const page = await (await startChromium()).newPage()
    const wrong: string[] = []
    page.on('pageerror', (error) => wrong.push(error.message))
    await page.goto(`${url}/${guild.firstTextChannel.id}`, { waitUntil: 'networkidle' })
    const seen = [
      '<script>window.hacked = true</script>',
      'Regular',
      'owner',
      'there',
      'A title',
      '14 November 2023 at 22:13',
      'below',
    ]
    for (const text of seen) await page.getByText(text).first().waitFor()
    await page.locator('discord-button[disabled]', { hasText: 'Stop' }).waitFor()
    expect(await page.evaluate('window.hacked')).toBeUndefined()
    // What is said while somebody looks appears by itself.
    post('said later')
    await page.locator('discord-message', { hasText: 'said later' }).waitFor()
    expect(wrong).toEqual([])
  })

  it('shows what only one member sees to that member', async () => {
    post('for one alone', { visibleTo: guild.ownerId })
    const textFor = async (query: string) => (await fetch(`${url}/${guild.firstTextChannel.id}${query}`)).text()
    expect(await textFor('')).not.toContain('for one alone')
    expect(await textFor(`?as=${guild.ownerId}`)).toContain('for one alone')
  })

  it('gives out the scripts of the component library, and no other file', async () => {
    const statusOf = async (path: string) => (await fetch(`${url}${path}`)).status
    expect(await statusOf('/modules/lit/index.js')).toBe(200)
    for (const path of [
      '/modules/pino/pino.js',
      '/modules/lit/package.json',
      '/modules/lit/..%2f..%2fpackage.json',
      '/nothing',
    ])
      expect([path, await statusOf(path)]).toEqual([path, 404])
  })

  it('lists servers and their channels', async () => {
    const front = await (await fetch(url)).text()
    expect(front).toContain('A &#60;b&#62;server')
    expect(front).toContain(`href="/${guild.firstTextChannel.id}"`)
  })
})
