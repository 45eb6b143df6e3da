import { setTimeout as sleep } from 'node:timers/promises'
import { ButtonStyle, ComponentType, PermissionFlagsBits, Routes, TextInputStyle } from 'discord.js'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { UserError } from '../../cluster/runtime/errors.ts'
import { registry } from '../../cluster/runtime/metrics.ts'
import { type Command, defineFeature, type Modal, type Opening, type Reply } from '../../shard/features/feature.ts'
import type { SeenMessage } from '../standins/discord/index.ts'
import { type Bot, startBot } from '../support/bot.ts'
import { createDatabase } from '../support/database.ts'
import { until } from '../support/wait.ts'

/** What each command does is decided by the test that uses it. */
let handler: (name: string) => Promise<Reply> = async () => ({ content: 'nothing to say' })
/** What those show that may open a form. */
let opener: (name: string) => Promise<Opening> = async () => ({ reply: { content: 'nothing to ask' } })
const ran: string[] = []

const formOf = (guildId: string, ...args: string[]): Modal => ({
  custom_id: ['room', 'sent', guildId, ...args].join(':'),
  title: 'Which one?',
  components: [
    {
      type: ComponentType.Label,
      label: 'Name',
      component: { type: ComponentType.TextInput, custom_id: 'name', style: TextInputStyle.Short, max_length: 10 },
    },
  ],
})

const command = (name: string, rest: Partial<Command> = {}): Command => ({
  data: { name, description: name, ...rest.data },
  ...(rest.isPublic === undefined ? {} : { isPublic: rest.isPublic }),
  run: async (_interaction, guildId) => {
    ran.push(`${name} ${guildId}`)
    return handler(name)
  },
  ...(rest.complete === undefined ? {} : { complete: rest.complete }),
})

const room = defineFeature({
  name: 'room',
  commands: [
    command('private'),
    command('public', { isPublic: true }),
    command('guarded', {
      data: { name: 'guarded', description: 'x', default_member_permissions: String(PermissionFlagsBits.ManageGuild) },
    }),
    command('typing', {
      data: {
        name: 'typing',
        description: 'x',
        options: [{ type: 3, name: 'what', description: 'x', autocomplete: true }],
      },
      complete: async (interaction) => {
        const typed = interaction.options.getFocused()
        if (typed === 'boom') throw new Error('boom')
        return Array.from({ length: 30 }, (_, n) => ({ name: `${typed}${n}`, value: `${n}` }))
      },
    }),
    {
      ...command('mixed', {
        data: {
          name: 'mixed',
          description: 'x',
          options: [
            { type: 1, name: 'form', description: 'x' },
            { type: 1, name: 'plain', description: 'x' },
          ],
        },
      }),
      opens: {
        form: async (_interaction, guildId) => {
          ran.push(`mixed form ${guildId}`)
          return opener('mixed')
        },
      },
    },
  ],
  selects: {
    pick: {
      run: async (interaction, guildId, args) => {
        ran.push(`pick ${guildId} ${args.join(',')} ${interaction.values.join(',')}`)
        return handler('pick')
      },
    },
    ask: { opens: 'modal', open: async () => opener('ask') },
  },
  modals: {
    sent: {
      run: async (interaction, guildId, args) => {
        ran.push(`sent ${guildId} ${args.join(',')} ${interaction.fields.getTextInputValue('name')}`)
        return handler('sent')
      },
    },
  },
  buttons: {
    form: { opens: 'modal', isPrivate: true, open: async () => opener('form') },
    press: {
      run: async (_interaction, guildId, args) => {
        ran.push(`press ${guildId} ${args.join(',')}`)
        return handler('press')
      },
    },
  },
})

let bot: Bot
let guild: string
let member: string

beforeAll(async () => {
  const { sql } = await createDatabase()
  bot = await startBot({
    sql,
    features: [room],
    owns: (guildId) => guildId !== '9223372036854775807',
    handlerLimitMs: 300,
    registers: false,
  })
  // Registered as an admin may have changed it: open to everyone, and in direct messages.
  await bot.client.rest.put(Routes.applicationCommands(bot.discord.applicationId), {
    body: room.commands.map(({ data }) => ({ ...data, contexts: [0, 1], default_member_permissions: null })),
  })
  guild = bot.discord.world.addGuild({ id: '1180000000000000123' }).id
  member = bot.discord.control.join(guild)
})

afterEach(() => {
  ran.length = 0
  handler = async () => ({ content: 'nothing to say' })
  opener = async () => ({ reply: { content: 'nothing to ask' } })
  bot.discord.control.faults.clear()
  expect(bot.discord.ledger.violations).toEqual([])
})

const run = (name: string, more: { userId?: string; guildId?: string | null } = {}) =>
  bot.discord.control.command({ userId: member, guildId: guild, command: name, ...more })

const observations = async (command: string, outcome: string): Promise<number> => {
  const metric = await registry.getSingleMetric('bot_command_duration_seconds')?.get()
  const found = metric?.values.find(
    ({ labels, ...value }) =>
      labels.command === command &&
      labels.outcome === outcome &&
      'metricName' in value &&
      value.metricName === 'bot_command_duration_seconds_count',
  )
  return found?.value ?? 0
}

const promises = async (outcome: string): Promise<number> => {
  const metric = await registry.getSingleMetric('bot_interactions_total')?.get()
  return metric?.values.find(({ labels }) => labels.outcome === outcome)?.value ?? 0
}

describe('what is promised about interactions', () => {
  it.each([
    ['in_time', 'an answer within a second', async () => ({ content: 'here' })],
    ['in_time', 'a refusal that says what is wrong', async () => Promise.reject(new UserError('no', 'No.'))],
    [
      'late',
      'an answer after more than that',
      async () => {
        bot.discord.control.faults.rest({ kind: 'slow', ms: 1_050 }, { path: /original$/ })
        return { content: 'here' }
      },
    ],
    ['failed', 'a handler that throws', async () => Promise.reject(new Error('broken'))],
  ] as const)('is %s by %s', async (outcome, _, work) => {
    const all = ['in_time', 'late', 'failed']
    const before = await Promise.all(all.map(promises))
    handler = work
    await run('private').message()
    await until(async () => (await promises(outcome)) === (before[all.indexOf(outcome)] ?? 0) + 1, {
      what: 'the count',
    })
    const after = await Promise.all(all.map(promises))
    expect(after.map((count, i) => count - (before[i] ?? 0))).toEqual(all.map((one) => (one === outcome ? 1 : 0)))
  })
})

describe('a command', () => {
  it('is acknowledged at once and answered when its handler is done', async () => {
    handler = async () => {
      await sleep(100)
      return { content: 'here' }
    }
    const interaction = run('private')
    expect(await interaction.acknowledged()).toBe('thinking')
    expect(await interaction.message()).toMatchObject({ content: 'here', isEphemeral: true })
    expect(ran).toEqual([`private ${guild}`])
    await until(async () => (await observations('private', 'ok')) > 0, { what: 'the observation' })
  })

  it('is answered for all to see when it is public', async () => {
    expect(await run('public').message()).toMatchObject({ isEphemeral: false })
  })

  it('mentions nobody unless it says so', async () => {
    handler = async () => ({ content: `<@${member}> @everyone` })
    expect((await run('public').message()).pings).toEqual({ everyone: false, users: [], roles: [] })
    handler = async () => ({ content: `<@${member}>`, allowedMentions: { users: [member] } })
    expect((await run('public').message()).pings.users).toEqual([member])
  })

  it.each(['private', 'public'])('that the user got wrong is answered privately (%s)', async (name) => {
    handler = async () => {
      throw new UserError('too_few', 'You need 12 more points.')
    }
    const interaction = run(name)
    const seen = name === 'public' ? (await interaction.followUps())[0] : await interaction.message()
    expect(seen).toMatchObject({ content: 'You need 12 more points.', isEphemeral: true })
    await until(async () => (await observations(name, 'refused')) > 0, { what: 'the observation' })
  })

  it.each(['private', 'public'])('that fails says so with a reference and without details (%s)', async (name) => {
    handler = async () => {
      throw new Error('password=hunter2')
    }
    const interaction = run(name)
    const seen = name === 'public' ? (await interaction.followUps())[0] : await interaction.message()
    expect(seen?.content).toMatch(/^Something went wrong; it was noted as [A-Z0-9]{6}\./)
    expect(seen?.content).not.toContain('hunter2')
    expect(seen?.isEphemeral).toBe(true)
  })

  it('that meets a database or a Discord that is away says so', async () => {
    handler = async () => {
      throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    }
    expect((await run('private').message()).content).toMatch(/does not answer at the moment.*try again in a minute/)
    await until(async () => (await observations('private', 'unavailable')) > 0, { what: 'the observation' })
  })

  it('that hangs is answered all the same', async () => {
    handler = () => new Promise(() => {})
    expect((await run('private').message()).content).toMatch(/took too long.*[A-Z0-9]{6}/)
    await until(async () => (await observations('private', 'timeout')) > 0, { what: 'the observation' })
  })

  it('whose answer Discord does not take is answered in plain words', async () => {
    handler = async () => ({ content: 'x'.repeat(2_001) })
    expect((await run('private').message()).content).toMatch(/^That was done, but the answer could not be shown/)
  })

  it('is refused to members without its permission, though their client offers it', async () => {
    const seen = await run('guarded').message()
    expect(seen).toMatchObject({ content: expect.stringContaining('“Manage Server”'), isEphemeral: true })
    expect(ran).toEqual([])
    const admin = bot.discord.world.guild(guild).ownerId
    expect((await run('guarded', { userId: admin }).message()).content).toBe('nothing to say')
  })

  it('is refused kindly in direct messages', async () => {
    expect((await run('private', { guildId: null }).message()).content).toContain('in a server only')
    expect(ran).toEqual([])
  })

  it('runs once though Discord delivers it twice', async () => {
    bot.discord.control.faults.duplicateDispatch({ event: 'INTERACTION_CREATE' })
    await run('private').message()
    await run('private').message()
    expect(ran).toHaveLength(2)
  })

  it('does not run when another process was first', async () => {
    bot.discord.control.faults.delayDispatch(100, { event: 'INTERACTION_CREATE' })
    const interaction = run('private')
    await bot.client.rest.post(Routes.interactionCallback(interaction.id, interaction.token), {
      body: { type: 5, data: { flags: 64 } },
      auth: false,
    })
    await until(async () => (await observations('private', 'answered')) > 0, { what: 'the observation' })
    expect(ran).toEqual([])
  })

  it('does not run when it comes too late to be acknowledged', async () => {
    bot.discord.control.faults.delayDispatch(50, { event: 'INTERACTION_CREATE' })
    run('private')
    bot.discord.control.advance(3_500)
    await until(async () => (await observations('private', 'late')) > 0, { what: 'the observation' })
    expect(ran).toEqual([])
  })

  it('is answered though the acknowledgement of its deferral was lost', async () => {
    bot.discord.control.faults.rest({ kind: 'answer-lost' }, { method: 'POST', path: /\/callback$/ })
    handler = async () => ({ content: 'here' })
    expect((await run('private').message()).content).toBe('here')
    expect(ran).toHaveLength(1)
  })

  it('does not run while Discord takes no answers, and the next one does', async () => {
    bot.discord.control.faults.rest({ kind: 'status', status: 503 }, { path: /\/callback$/, times: 4 })
    run('private')
    await until(async () => (await observations('private', 'undelivered')) > 0, { what: 'the observation' })
    expect(ran).toEqual([])
    bot.discord.control.faults.clear()
    expect((await run('private').message()).content).toBe('nothing to say')
  })

  it('is answered and counted for a guild of another process', async () => {
    const other = bot.discord.world.addGuild({ id: '9223372036854775807' })
    const misrouted = async () =>
      (await registry.getSingleMetric('bot_misrouted_total')?.get())?.values.find(
        ({ labels }) => labels.kind === 'command',
      )?.value ?? 0
    const before = await misrouted()
    expect((await run('private', { guildId: other.id, userId: other.ownerId }).message()).content).toBe(
      'nothing to say',
    )
    expect(ran).toEqual(['private 9223372036854775807'])
    expect(await misrouted()).toBe(before + 1)
  })
})

describe('a button', () => {
  const row = (customId: string) => ({
    components: [
      {
        type: ComponentType.ActionRow as const,
        components: [
          {
            type: ComponentType.Button as const,
            style: ButtonStyle.Primary as const,
            label: 'Press',
            custom_id: customId,
          },
        ],
      },
    ],
  })
  const press = (message: SeenMessage, customId: string) =>
    bot.discord.control.press({ userId: member, message, customId })

  it('has its message replaced, components included', async () => {
    handler = async () => ({ content: 'press me', ...row(`room:press:${guild}:a:b`) })
    const message = await run('private').message()
    handler = async () => ({ content: 'pressed' })
    const pressed = await press(message, `room:press:${guild}:a:b`).message()
    expect(pressed).toMatchObject({ content: 'pressed', components: [], isEphemeral: true })
    expect(ran.at(-1)).toBe(`press ${guild} a,b`)
  })

  it.each(['private', 'public'])('keeps its message when the press is refused (%s)', async (name) => {
    handler = async () => ({ content: 'press me', ...row(`room:press:${guild}`) })
    const message = await run(name).message()
    handler = async () => {
      throw new UserError('not_yours', 'Not for you.')
    }
    const interaction = press(message, `room:press:${guild}`)
    expect((await interaction.followUps())[0]).toMatchObject({ content: 'Not for you.', isEphemeral: true })
    const still = bot.discord.control.messagesIn(message.channelId, member).find(({ id }) => id === message.id)
    expect(still).toMatchObject({ content: 'press me' })
  })

  it.each(['room:press:1', 'room:other:1180000000000000123', 'nothing'])(
    'of another place is refused: %s',
    async (id) => {
      handler = async () => ({ content: 'press me', ...row(id) })
      const message = await run('private').message()
      ran.length = 0
      const seen = await press(message, id).message()
      expect(seen.isEphemeral).toBe(true)
      expect(seen.content).toMatch(/another server|does not work any more/)
      expect(ran).toEqual([])
    },
  )

  it('names its guild in a direct message', async () => {
    const dm = (await bot.client.rest.post(Routes.userChannels(), { body: { recipient_id: member } })) as { id: string }
    await bot.client.rest.post(Routes.channelMessages(dm.id), {
      body: { content: 'x', ...row(`room:press:${guild}:z`) },
    })
    const message = await bot.discord.control.untilDm(member, ({ components }) => components.length > 0)
    handler = async () => ({ content: 'pressed' })
    expect((await press(message, `room:press:${guild}:z`).message()).content).toBe('pressed')
    expect(ran).toEqual([`press ${guild} z`])
  })
})

const rowOf = (component: object) => ({
  components: [{ type: ComponentType.ActionRow as const, components: [component] }],
})
const menuOf = (action: string) =>
  rowOf({
    type: ComponentType.StringSelect as const,
    custom_id: `room:${action}:${guild}:page`,
    options: [
      { label: 'Red', value: 'red' },
      { label: 'Blue', value: 'blue' },
    ],
  }) as Reply
const buttonOf = (action: string) =>
  rowOf({
    type: ComponentType.Button as const,
    style: ButtonStyle.Primary as const,
    label: 'Press',
    custom_id: `room:${action}:${guild}`,
  }) as Reply
const shownBy = async (reply: Reply) => {
  handler = async () => ({ content: 'here', ...reply })
  const message = await run('public').message()
  handler = async () => ({ content: 'nothing to say' })
  return message
}
const choose = (message: SeenMessage, action: string, value: string, more: { locale?: string } = {}) =>
  bot.discord.control.choose({
    userId: member,
    message,
    customId: `room:${action}:${guild}:page`,
    values: [value],
    ...more,
  })
const textOf = (message: SeenMessage) =>
  bot.discord.control.messagesIn(message.channelId, member).find(({ id }) => id === message.id)?.content

describe('a menu', () => {
  it('gives its handler what was chosen, and its message is replaced', async () => {
    const message = await shownBy(menuOf('pick'))
    handler = async () => ({ content: 'chosen' })
    expect(await choose(message, 'pick', 'blue').message()).toMatchObject({ id: message.id, content: 'chosen' })
    expect(ran.at(-1)).toBe(`pick ${guild} page blue`)
    await until(async () => (await observations('select:room:pick', 'ok')) > 0, { what: 'the observation' })
  })

  it('of a kind that we do not know any more says so', async () => {
    const message = await shownBy(menuOf('gone'))
    expect((await choose(message, 'gone', 'red').message()).content).toContain('does not work any more')
  })
})

describe('what opens a form', () => {
  it('is not deferred, and its form leads to a handler that replaces the message', async () => {
    const message = await shownBy(menuOf('ask'))
    opener = async () => ({ modal: formOf(guild, 'red') })
    const shown = await choose(message, 'ask', 'red').modal()
    expect(shown).toMatchObject({ title: 'Which one?', inputs: [{ custom_id: 'name' }] })
    handler = async () => ({ content: 'thank you' })
    const sent = bot.discord.control.submit(shown, { name: 'Ann' })
    expect(await sent.acknowledged()).toMatch(/kept|updated/)
    expect(await sent.message()).toMatchObject({ id: message.id, content: 'thank you', components: [] })
    expect(ran.at(-1)).toBe(`sent ${guild} red Ann`)
    await until(async () => (await observations('modal:room:sent', 'ok')) > 0, { what: 'the observation' })
  })

  it('may answer instead: in the place of its message, or privately beside it', async () => {
    const menu = await shownBy(menuOf('ask'))
    expect(await choose(menu, 'ask', 'red').message()).toMatchObject({
      id: menu.id,
      content: 'nothing to ask',
      components: [],
    })
    const shown = await shownBy(buttonOf('form'))
    opener = async () => ({ reply: { content: `<@${member}>` } })
    const pressed = bot.discord.control.press({ userId: member, message: shown, customId: `room:form:${guild}` })
    expect(await pressed.message()).toMatchObject({ isEphemeral: true, pings: { users: [] } })
    expect(textOf(shown)).toBe('here')
  })

  it.each([
    [
      'what the member did wrong',
      () => new UserError('too_few', 'You need 12 more points.'),
      /^You need 12 more points\.$/,
      'refused',
    ],
    [
      'a failure',
      () => new Error('password=hunter2'),
      /^Something went wrong; it was noted as [A-Z0-9]{6}\./,
      'failed',
    ],
  ] as const)('says %s to the member alone and leaves the message', async (_, error, sentence, outcome) => {
    const message = await shownBy(menuOf('ask'))
    opener = async () => {
      throw error()
    }
    const answer = await choose(message, 'ask', 'red').message()
    expect(answer.isEphemeral).toBe(true)
    expect(answer.content).toMatch(sentence)
    expect(textOf(message)).toBe('here')
    await until(async () => (await observations('select:room:ask', outcome)) > 0, { what: 'the observation' })
  })

  it('that takes too long, or shows a form that Discord does not like, says so in time', async () => {
    const message = await shownBy(menuOf('ask'))
    opener = () => new Promise(() => {})
    expect((await choose(message, 'ask', 'red').message()).content).toMatch(/took too long.*[A-Z0-9]{6}/)
    opener = async () => ({ modal: { ...formOf(guild), title: 'x'.repeat(46) } })
    expect((await choose(message, 'ask', 'red').message()).content).toMatch(/^Something went wrong/)
    await until(async () => (await observations('select:room:ask', 'undelivered')) > 0, { what: 'the observation' })
  })

  it('shows one form though two processes were asked', async () => {
    const message = await shownBy(menuOf('ask'))
    bot.discord.control.faults.delayDispatch(100, { event: 'INTERACTION_CREATE' })
    opener = async () => ({ modal: formOf(guild) })
    const interaction = choose(message, 'ask', 'red')
    await bot.client.rest.post(Routes.interactionCallback(interaction.id, interaction.token), {
      body: { type: 9, data: formOf(guild, 'theirs') },
      auth: false,
    })
    await until(async () => (await observations('select:room:ask', 'answered')) > 0, { what: 'the observation' })
    expect((await interaction.modal()).customId).toBe(`room:sent:${guild}:theirs`)
  })

  it('may be a subcommand, whose form is answered privately; its sisters are deferred', async () => {
    opener = async () => ({ modal: formOf(guild) })
    const shown = await run('mixed form').modal()
    handler = async () => ({ content: 'done' })
    expect(await bot.discord.control.submit(shown, { name: 'Ann' }).message()).toMatchObject({
      content: 'done',
      isEphemeral: true,
    })
    expect(await run('mixed plain').acknowledged()).toBe('thinking')
  })
})

describe('a form', () => {
  it('keeps the message it came from when it is refused', async () => {
    const message = await shownBy(menuOf('ask'))
    opener = async () => ({ modal: formOf(guild) })
    const shown = await choose(message, 'ask', 'red', { locale: 'de' }).modal()
    handler = async () => {
      throw new UserError('no', 'Not this name.')
    }
    const sent = bot.discord.control.submit(shown, { name: 'Ann' })
    expect((await sent.followUps())[0]).toMatchObject({ content: 'Not this name.', isEphemeral: true })
    expect(textOf(message)).toBe('here')
    expect(sent.locale).toBe('de')
  })

  it('of another server is refused', async () => {
    const message = await shownBy(menuOf('ask'))
    opener = async () => ({ modal: formOf('1') })
    ran.length = 0
    const sent = bot.discord.control.submit(await choose(message, 'ask', 'red').modal(), { name: 'Ann' })
    expect((await sent.message()).content).toContain('another server')
    expect(ran).toEqual([])
  })
})

describe('autocompletion', () => {
  const type = (what: string) =>
    bot.discord.control.autocomplete({
      userId: member,
      guildId: guild,
      command: 'typing',
      focused: 'what',
      options: { what },
    })

  it('offers at most 25 choices', async () => {
    const choices = await type('ab').choices()
    expect(choices).toHaveLength(25)
    expect(choices[0]).toEqual({ name: 'ab0', value: '0' })
  })

  it('survives a failure', async () => {
    type('boom')
    await until(async () => (await observations('complete:typing', 'failed')) > 0, { what: 'the observation' })
    expect(await type('cd').choices()).toHaveLength(25)
  })
})

it('finishes what is in hand when it stops, and takes nothing new', async () => {
  let release: () => void = () => {}
  handler = () =>
    new Promise((resolve) => {
      release = () => resolve({ content: 'finished' })
    })
  const interaction = run('private')
  await interaction.acknowledged()
  await until(() => ran.length === 1, { what: 'the handler to run' })
  const stopped = bot.commands.stop()
  const late = run('private')
  release()
  await stopped
  expect((await interaction.message()).content).toBe('finished')
  expect(late.answer.kind).toBe('none')
})
