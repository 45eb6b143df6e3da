import {
  ActionRowBuilder,
  ButtonBuilder,
  ButtonStyle,
  type Client,
  type ClientEvents,
  Events,
  type Interaction,
  MessageFlags,
  ModalBuilder,
  SlashCommandBuilder,
  StringSelectMenuBuilder,
  TextInputBuilder,
  TextInputStyle,
} from 'discord.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { until } from '../../support/wait.ts'
import { codeOf, loggedIn, refusalOf } from './client.ts'
import { DiscordStandIn, type Guild, Permission } from './index.ts'

let discord: DiscordStandIn
let client: Client<true>
let guild: Guild
let userId: string

/** What the bot does with the next interactions; a failure fails the test that waits for it. */
let handled: Promise<unknown>
const onInteraction = (handle: (interaction: Interaction) => Promise<unknown>) => {
  handled = new Promise((resolve, reject) => {
    client.on(Events.InteractionCreate, (interaction: ClientEvents['interactionCreate'][0]) => {
      handle(interaction).then(resolve, reject)
    })
  })
}

const commands = [
  new SlashCommandBuilder()
    .setName('points')
    .setDescription('Points')
    .addSubcommand((sub) =>
      sub
        .setName('give')
        .setDescription('Give points')
        .addUserOption((option) => option.setName('to').setDescription('Whom').setRequired(true))
        .addIntegerOption((option) =>
          option.setName('amount').setDescription('How many').setMinValue(1).setRequired(true),
        )
        .addStringOption((option) => option.setName('why').setDescription('Why').setAutocomplete(true)),
    ),
  new SlashCommandBuilder()
    .setName('setup')
    .setDescription('Setup')
    .setDefaultMemberPermissions(Permission.ManageGuild),
  new SlashCommandBuilder().setName('ping').setDescription('Ping'),
].map((command) => command.toJSON())

const row = (...buttons: ButtonBuilder[]) => new ActionRowBuilder<ButtonBuilder>().addComponents(...buttons)
const button = (customId: string) =>
  new ButtonBuilder().setCustomId(customId).setLabel(customId).setStyle(ButtonStyle.Primary)

/** A text input as a modal has it now: below a label of its own. */
const input = { type: 4, custom_id: 'name', style: 1 }
const labelled = (change: object) => ({ type: 18, label: 'Name', component: input, ...change })

beforeEach(async () => {
  discord = new DiscordStandIn()
  await discord.start()
  guild = discord.world.addGuild()
  userId = guild.addMember({ username: 'ann' }).user.id
  client = await loggedIn(discord)
  await client.application.commands.set(commands)
})

afterEach(async () => {
  void client.destroy()
  await discord.stop()
})

describe('a slash command', () => {
  it('is answered with what only its user sees', async () => {
    onInteraction(async (interaction) => {
      if (!interaction.isChatInputCommand()) return
      expect(interaction.commandName).toBe('points')
      expect(interaction.options.getSubcommand()).toBe('give')
      expect(interaction.memberPermissions?.has('ManageGuild')).toBe(false)
      const to = interaction.options.getUser('to', true)
      await interaction.reply({
        content: `${interaction.options.getInteger('amount')} to ${to.username}`,
        flags: MessageFlags.Ephemeral,
      })
    })
    const bob = guild.addMember({ username: 'bob' }).user.id
    const given = discord.control.command({
      guildId: guild.id,
      userId,
      command: 'points give',
      options: { to: bob, amount: 5 },
    })
    const message = await given.message()
    await handled
    expect(message).toMatchObject({ content: '5 to bob', isEphemeral: true })
    const { id } = guild.firstTextChannel
    expect(discord.control.messagesIn(id)).toEqual([])
    expect(discord.control.messagesIn(id, userId)).toHaveLength(1)
  })

  it('can be deferred, filled in, edited and followed up', async () => {
    onInteraction(async (interaction) => {
      if (!interaction.isChatInputCommand()) return
      const response = await interaction.deferReply({ withResponse: true })
      expect(response.resource?.message?.flags.has('Loading')).toBe(true)
      await interaction.editReply('done')
      await interaction.editReply({ content: 'really done', embeds: [{ title: 'Result' }] })
      await interaction.followUp({ content: 'more', flags: MessageFlags.Ephemeral })
      expect((await interaction.fetchReply()).content).toBe('really done')
    })
    const ping = discord.control.command({ guildId: guild.id, userId, command: 'ping' })
    const message = await ping.message({ where: ({ content }) => content === 'really done' })
    const [more] = await ping.followUps()
    await handled
    expect(message).toMatchObject({
      isEphemeral: false,
      isThinking: false,
      isEdited: true,
      embeds: [{ title: 'Result' }],
    })
    expect(more).toMatchObject({ content: 'more', isEphemeral: true })
    expect(discord.ledger.violations).toEqual([])
  })

  it('deferred and then only followed up shows the follow-up as its answer', async () => {
    onInteraction(async (interaction) => {
      if (!interaction.isChatInputCommand()) return
      await interaction.deferReply({ flags: MessageFlags.Ephemeral })
      await interaction.followUp('filled in')
    })
    const ping = discord.control.command({ guildId: guild.id, userId, command: 'ping' })
    expect(await ping.message()).toMatchObject({ content: 'filled in', isEphemeral: true })
  })

  it('can have its answer deleted', async () => {
    onInteraction(async (interaction) => {
      if (!interaction.isChatInputCommand()) return
      await interaction.reply('oops')
      await interaction.deleteReply()
    })
    discord.control.command({ guildId: guild.id, userId, command: 'ping' })
    await handled
    expect(discord.control.messagesIn(guild.firstTextChannel.id)).toEqual([])
  })

  it('answered after three seconds is unknown', async () => {
    onInteraction(async (interaction) => {
      if (!interaction.isChatInputCommand()) return
      discord.control.advance(3_001)
      expect(await codeOf(interaction.reply('late'))).toBe(10062)
    })
    const ping = discord.control.command({ guildId: guild.id, userId, command: 'ping' })
    await handled
    expect(ping.answer.kind).toBe('none')
  })

  it('answered by two instances refuses the second', async () => {
    onInteraction(async (interaction) => {
      if (!interaction.isChatInputCommand()) return
      await interaction.reply('first')
      interaction.replied = false
      expect(await codeOf(interaction.reply('second'))).toBe(40060)
    })
    discord.control.command({ guildId: guild.id, userId, command: 'ping' })
    await handled
  })

  it('has a token that ends after fifteen minutes', async () => {
    onInteraction(async (interaction) => {
      if (!interaction.isChatInputCommand()) return
      await interaction.deferReply()
      discord.control.advance(15 * 60_000 + 1)
      expect(await codeOf(interaction.editReply('too late'))).toBe(50027)
    })
    discord.control.command({ guildId: guild.id, userId, command: 'ping' })
    await handled
  })

  it('is refused to members when it is not registered, not theirs, or its options do not fit', async () => {
    const bob = guild.addMember().user.id
    const run =
      (command: string, options = {}) =>
      () =>
        discord.control.command({ guildId: guild.id, userId, command, options })
    expect(run('unknown')).toThrow('no command "unknown"')
    expect(run('setup')).toThrow('lacks the permissions')
    expect(run('points')).toThrow('needs a subcommand')
    expect(run('points take')).toThrow('no subcommand "take"')
    expect(run('points give', { to: bob })).toThrow('"amount" is required')
    expect(run('points give', { to: bob, amount: 0 })).toThrow('at least 1')
    expect(run('points give', { to: '123456789012345678', amount: 1 })).toThrow('there is no user')
    expect(run('points give', { to: bob, amount: 1, more: 1 })).toThrow('no option "more"')
    onInteraction(async (interaction) => interaction.isChatInputCommand() && interaction.reply('set up'))
    const owner = discord.control.command({ guildId: guild.id, userId: guild.ownerId, command: 'setup' })
    expect((await owner.message()).content).toBe('set up')
  })

  it('of the guild comes before the global one of the same name', async () => {
    const [own] = await client.application.commands
      .set([{ name: 'ping', description: 'Ours' }], guild.id)
      .then((c) => [...c.keys()])
    onInteraction(async (interaction) => interaction.isChatInputCommand() && interaction.reply(interaction.commandId))
    const ping = discord.control.command({ guildId: guild.id, userId, command: 'ping' })
    expect((await ping.message()).content).toBe(own)
  })

  it('works in the DM with the bot', async () => {
    onInteraction(
      async (interaction) =>
        interaction.isChatInputCommand() && interaction.reply(`hello ${interaction.user.username}`),
    )
    const ping = discord.control.command({ userId, command: 'ping' })
    expect((await ping.message()).content).toBe('hello ann')
  })

  it('completes what is being typed', async () => {
    onInteraction(async (interaction) => {
      if (!interaction.isAutocomplete()) return
      await interaction.respond([{ name: `${interaction.options.getFocused()}nks`, value: 'thanks' }])
    })
    const typed = discord.control.autocomplete({
      guildId: guild.id,
      userId,
      command: 'points give',
      focused: 'why',
      options: { why: 'tha' },
    })
    expect(await typed.choices()).toEqual([{ name: 'thanks', value: 'thanks' }])
  })

  it('delivered late leaves less of the three seconds', async () => {
    discord.control.faults.delayDispatch(50, { event: 'INTERACTION_CREATE' })
    onInteraction(async (interaction) => interaction.isChatInputCommand() && interaction.reply('in time'))
    const ping = discord.control.command({ guildId: guild.id, userId, command: 'ping' })
    const message = await ping.message()
    expect(message.content).toBe('in time')
    expect(discord.world.now() - ping.createdAt).toBeGreaterThanOrEqual(50)
  })

  it('delivered twice reaches the bot twice', async () => {
    discord.control.faults.duplicateDispatch({ event: 'INTERACTION_CREATE' })
    let count = 0
    const twice = new Promise<void>((resolve) => {
      client.on(Events.InteractionCreate, () => {
        count += 1
        if (count === 2) resolve()
      })
    })
    discord.control.command({ guildId: guild.id, userId, command: 'ping' })
    await twice
  })
})

describe('a component', () => {
  it('updates its message when a button is pressed', async () => {
    onInteraction(async (interaction) => {
      if (interaction.isChatInputCommand())
        await interaction.reply({ content: 'sure?', components: [row(button('yes'))] })
      if (interaction.isButton()) await interaction.update({ content: 'done', components: [] })
    })
    const asked = await discord.control.command({ guildId: guild.id, userId, command: 'ping' }).message()
    const pressed = discord.control.press({ userId, message: asked, customId: 'yes' })
    expect(await pressed.message()).toMatchObject({ id: asked.id, content: 'done', components: [] })
    expect(() => discord.control.press({ userId, message: asked, customId: 'yes' })).toThrow('no component "yes"')
  })

  it('acknowledged without change is edited later', async () => {
    onInteraction(async (interaction) => {
      if (interaction.isChatInputCommand()) await interaction.reply({ content: '1', components: [row(button('more'))] })
      if (!interaction.isButton()) return
      await interaction.deferUpdate()
      await interaction.editReply('2')
    })
    const asked = await discord.control.command({ guildId: guild.id, userId, command: 'ping' }).message()
    const pressed = discord.control.press({ userId, message: asked, customId: 'more' })
    expect(await pressed.acknowledged()).toBe('kept')
    expect((await pressed.message()).content).toBe('2')
  })

  it('of an ephemeral message is out of reach for others', async () => {
    onInteraction(async (interaction) => {
      if (!interaction.isChatInputCommand()) return
      await interaction.reply({ content: 'secret', components: [row(button('yes'))], flags: MessageFlags.Ephemeral })
    })
    const asked = await discord.control.command({ guildId: guild.id, userId, command: 'ping' }).message()
    const other = guild.addMember().user.id
    expect(() => discord.control.press({ userId: other, message: asked, customId: 'yes' })).toThrow('ephemeral')
    expect(() => discord.control.press({ userId, message: asked, customId: 'no' })).toThrow('no component')
  })

  it('lets a member select what is offered, and no more', async () => {
    const select = new StringSelectMenuBuilder()
      .setCustomId('colour')
      .addOptions({ label: 'Red', value: 'red' }, { label: 'Blue', value: 'blue' })
    onInteraction(async (interaction) => {
      if (interaction.isChatInputCommand())
        await interaction.reply({ components: [new ActionRowBuilder<StringSelectMenuBuilder>().addComponents(select)] })
      if (interaction.isStringSelectMenu()) await interaction.reply(interaction.values.join())
    })
    const message = await discord.control.command({ guildId: guild.id, userId, command: 'ping' }).message()
    expect(() => discord.control.choose({ userId, message, customId: 'colour', values: ['green'] })).toThrow(
      'does not offer',
    )
    const chosen = discord.control.choose({ userId, message, customId: 'colour', values: ['blue'] })
    expect((await chosen.message()).content).toBe('blue')
  })

  it('can open a modal, whose submission is answered', async () => {
    const input = new TextInputBuilder()
      .setCustomId('name')
      .setLabel('Name')
      .setStyle(TextInputStyle.Short)
      .setMaxLength(10)
    const modal = new ModalBuilder()
      .setCustomId('form')
      .setTitle('Who?')
      .addComponents(new ActionRowBuilder<TextInputBuilder>().addComponents(input))
    onInteraction(async (interaction) => {
      if (interaction.isChatInputCommand()) await interaction.showModal(modal)
      if (interaction.isModalSubmit()) await interaction.reply(`hi ${interaction.fields.getTextInputValue('name')}`)
    })
    const shown = await discord.control.command({ guildId: guild.id, userId, command: 'ping' }).modal()
    expect(shown).toMatchObject({ customId: 'form', title: 'Who?', inputs: [{ custom_id: 'name' }] })
    expect(() => discord.control.submit(shown, { name: 'x'.repeat(11) })).toThrow('1 to 10 characters')
    expect(() => discord.control.submit(shown, { age: '5' })).toThrow('no input "age"')
    expect((await discord.control.submit(shown, { name: 'Ann' }).message()).content).toBe('hi Ann')
    expect(() => discord.control.submit(shown, { name: 'Ann' })).toThrow('closed')
  })

  it('takes a modal as the first answer only, and not as the answer to a modal', async () => {
    const modal = new ModalBuilder()
      .setCustomId('form')
      .setTitle('Who?')
      .addComponents(
        new ActionRowBuilder<TextInputBuilder>().addComponents(
          new TextInputBuilder().setCustomId('name').setLabel('Name').setStyle(TextInputStyle.Short).setRequired(false),
        ),
      )
    const show = (interaction: Interaction) =>
      client.rest.post(`/interactions/${interaction.id}/${interaction.token}/callback`, {
        auth: false,
        body: { type: 9, data: modal.toJSON() },
      })
    const codes: unknown[] = []
    let heard = 0
    client.on(Events.InteractionCreate, async (interaction: ClientEvents['interactionCreate'][0]) => {
      heard += 1
      if (heard === 1 && interaction.isChatInputCommand()) await interaction.deferReply()
      if (heard === 3) discord.control.advance(3_001)
      codes.push(heard === 2 ? await show(interaction).then(() => 'shown') : await codeOf(show(interaction)))
    })
    const answered = (count: number) => until(async () => codes.length === count, { what: `${count} answers` })
    const ping = () => discord.control.command({ guildId: guild.id, userId, command: 'ping' })
    ping()
    await answered(1)
    const shown = await ping().modal()
    await answered(2)
    ping()
    await answered(3)
    discord.control.submit(shown, {})
    await answered(4)
    expect(codes).toEqual([40060, 'shown', 10062, 50035])
  })

  it.each([
    ['a custom id of 101 characters', { custom_id: 'x'.repeat(101) }, 'custom_id'],
    ['a title of 46 characters', { title: 'x'.repeat(46) }, 'title'],
    ['a label of 46 characters', { components: [labelled({ label: 'x'.repeat(46) })] }, 'components[0].label'],
    [
      'a least length above the greatest',
      { components: [labelled({ component: { ...input, min_length: 5, max_length: 4 } })] },
      'components[0].component.min_length',
    ],
    ['six inputs', { components: Array.from({ length: 6 }, () => labelled({})) }, 'components'],
    [
      'a menu of two with one to choose from',
      {
        components: [
          labelled({ component: { type: 3, custom_id: 'm', max_values: 2, options: [{ label: 'a', value: 'a' }] } }),
        ],
      },
      'components[0].component.options',
    ],
  ])('refuses a modal with %s', async (_, wrong, at) => {
    let error: { code: unknown; message: string } | undefined
    onInteraction(async (interaction) => {
      error = await refusalOf(
        client.rest.post(`/interactions/${interaction.id}/${interaction.token}/callback`, {
          auth: false,
          body: { type: 9, data: { custom_id: 'form', title: 'Who?', components: [labelled({})], ...wrong } },
        }),
      )
    })
    discord.control.command({ guildId: guild.id, userId, command: 'ping' })
    await handled
    expect(error?.code).toBe(50035)
    expect(error?.message).toContain(at)
  })

  it('lets nobody leave out what a modal requires', async () => {
    onInteraction(async (interaction) => {
      if (!interaction.isChatInputCommand()) return
      await client.rest.post(`/interactions/${interaction.id}/${interaction.token}/callback`, {
        auth: false,
        body: {
          type: 9,
          data: {
            custom_id: 'form',
            title: 'Who?',
            components: [
              labelled({ component: { ...input, min_length: 3 } }),
              labelled({ component: { ...input, custom_id: 'note', required: false } }),
            ],
          },
        },
      })
    })
    const shown = await discord.control.command({ guildId: guild.id, userId, command: 'ping' }).modal()
    expect(() => discord.control.submit(shown, {})).toThrow('"name" wants 3 to')
    expect(() => discord.control.submit(shown, { name: 'ab' })).toThrow('"name" wants 3 to')
    expect(() => discord.control.submit(shown, { name: 'abc', note: '' })).not.toThrow()
  })
})

describe('registration', () => {
  it('keeps the ids of unchanged names and drops what is missing', async () => {
    const before = await client.application.commands.fetch()
    const after = await client.application.commands.set(commands.filter(({ name }) => name !== 'setup'))
    const ping = (list: typeof before) => list.find(({ name }) => name === 'ping')?.id
    expect(ping(after)).toBe(ping(before))
    expect(discord.world.commands.in(null)).toHaveLength(2)
  })

  it.each([
    ['an upper case name', [{ name: 'Ping', description: 'x' }], '0.name'],
    ['no description', [{ name: 'ping' }], '0.description'],
    [
      'two of one name',
      [
        { name: 'a', description: 'x' },
        { name: 'a', description: 'y' },
      ],
      '1.name',
    ],
    [
      'an option of 26 choices',
      [
        {
          name: 'a',
          description: 'x',
          options: [
            {
              type: 3,
              name: 'o',
              description: 'o',
              choices: Array.from({ length: 26 }, (_, i) => ({ name: `${i}`, value: `${i}` })),
            },
          ],
        },
      ],
      '0.options.0.choices',
    ],
    [
      'a required option after an optional one',
      [
        {
          name: 'a',
          description: 'x',
          options: [
            { type: 3, name: 'o', description: 'o' },
            { type: 3, name: 'p', description: 'p', required: true },
          ],
        },
      ],
      '0.options.1',
    ],
  ])('refuses %s', async (_, body, at) => {
    const error = await refusalOf(client.rest.put(`/applications/${discord.applicationId}/commands`, { body }))
    expect(error.code).toBe(50035)
    expect(error.message).toContain(at.replace(/\.(\d+)/g, '[$1]'))
  })

  it('refuses the 101st command and a guild without the bot', async () => {
    const many = Array.from({ length: 101 }, (_, i) => ({ name: `c${i}`, description: 'x' }))
    expect(await codeOf(client.application.commands.set(many))).toBe(30032)
    expect(await codeOf(client.application.commands.set([], '123456789012345678'))).toBe(50001)
  })
})
