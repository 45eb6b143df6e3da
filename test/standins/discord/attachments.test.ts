import { type ChatInputCommandInteraction, type Client, Events, Routes, SlashCommandBuilder } from 'discord.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { largestFile } from './cdn.ts'
import { codeOf, loggedIn } from './client.ts'
import { DiscordStandIn, type Guild } from './index.ts'

let discord: DiscordStandIn
let client: Client<true>
let guild: Guild

const load = new SlashCommandBuilder()
  .setName('load')
  .setDescription('Load a file')
  .addAttachmentOption((option) => option.setName('file').setDescription('The file').setRequired(true))

beforeEach(async () => {
  discord = new DiscordStandIn()
  await discord.start()
  guild = discord.world.addGuild()
  client = await loggedIn(discord)
  await client.rest.put(Routes.applicationCommands(discord.applicationId), { body: [load.toJSON()] })
})
afterEach(async () => {
  await client.destroy()
  await discord.stop()
})

const command = (file: string) =>
  discord.control.command({ guildId: guild.id, userId: guild.ownerId, command: 'load', options: { file } })

describe('a file that a member chooses', () => {
  it('arrives as an attachment with an address that opens as it was given, and in no other way', async () => {
    const given = new Promise<ChatInputCommandInteraction>((resolve) =>
      client.once(Events.InteractionCreate, (interaction) => resolve(interaction as ChatInputCommandInteraction)),
    )
    command(discord.control.upload({ name: 'my file.csv', bytes: Buffer.from('a,b\n'), contentType: 'text/csv' }))
    const attachment = (await given).options.getAttachment('file', true)
    expect(attachment).toMatchObject({ name: 'my_file.csv', size: 4, contentType: 'text/csv', ephemeral: true })
    expect(attachment.url.startsWith(`${discord.cdnUrl}/attachments/`)).toBe(true)
    expect(await (await fetch(attachment.url)).text()).toBe('a,b\n')
    const cut = attachment.url.replace(/\?.*/, '')
    for (const url of [cut, `${attachment.url}&x=1`, cut.replace('my_file', 'other')])
      expect((await fetch(url)).status).toBe(404)
  })

  it('must have been chosen', () => {
    expect(() => command('123456789012345678')).toThrow('no file 123456789012345678 was chosen')
  })
})

describe('a file of a message', () => {
  const send = (...files: { name: string; data: Buffer | string }[]) =>
    client.rest.post(Routes.channelMessages(guild.firstTextChannel.id), { body: { content: 'see' }, files })

  it('can be read again where the message says it is', async () => {
    await send({ name: 'a.txt', data: 'abc' }, { name: 'b.txt', data: 'äöü' })
    const [message] = discord.control.messagesIn(guild.firstTextChannel.id)
    expect(message?.attachments.map((attachment) => discord.control.fileOf(attachment).toString())).toEqual([
      'abc',
      'äöü',
    ])
    expect(await (await fetch(String(message?.attachments[0]?.url))).text()).toBe('abc')
  })

  it('is refused when it is too large, and so is the eleventh', async () => {
    expect(await codeOf(send({ name: 'a', data: Buffer.alloc(largestFile + 1) }))).toBe(40005)
    expect(await codeOf(send(...Array.from({ length: 11 }, (_, n) => ({ name: `${n}`, data: 'x' }))))).toBe(50035)
  })
})
