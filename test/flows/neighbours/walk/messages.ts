import { asking, type Step, says } from './step.ts'

const word = 'about'

/** What the bot says by itself, and what viewers call up: timed messages, commands of the server's own, alerts. */
export const messages: readonly Step[] = [
  asking('timed messages are written', (side) => [
    ['timer add', { minutes: 5, message: side.w('Drink water'), only_live: false }],
    ['timer add', { minutes: 60, message: side.w('Follow us'), lines: 1 }],
    ['timer edit', { number: 1, message: side.w('Drink more water') }],
    ['timer toggle', { number: 2 }],
    ['timer list'],
    ['settings set', { key: 'repeated_message_minutes', value: '5' }],
  ]),
  {
    name: 'a timed message is switched by its button, and said',
    async run(side) {
      await side.press(await side.ask('timer list'), 'timers:toggle')
      await side.press(await side.ask('timer list'), 'timers:toggle')
      for (const event of ['changed', 'create', 'update', 'delete', 'toggle'] as const)
        await side.dashboard(`timers.${event}`)
      await side.settle()
      await side.ask('timer remove', { number: 2 })
    },
  },
  {
    name: 'a command of the server’s own is made',
    async run(side) {
      const response = `${side.w('Here')}: {points} points, {watchtime}, {tickets}, {uses} of {channel}`
      await side.ask('command add', { name: word, response: side.w('Here'), cooldown: 0, where: 'both' })
      await side.ask('command edit', { name: word, response })
      await side.ask('command alias', { name: word, alias: 'abt' })
      await side.ask('command toggle', { name: word })
      await side.ask('command toggle', { name: word })
      says(await side.ask('command show', { name: word }), side.word)
      await side.ask('command list')
      says(await side.ask('cmd', { name: word }, side.members.anna), side.word)
      await side.dashboard('commands.reload')
      await side.settle()
    },
  },
  {
    name: 'viewers type commands',
    async run(side) {
      const { Ann, Bob, Carl } = side.world.viewers
      for (const typed of ['!about', '!watchtime', '!rank', '!points', '!link']) side.chat(Ann, typed)
      for (const typed of ['!abt', '!tickets', '!raffle', '!fair', '!pf']) side.chat(Bob, typed)
      for (const typed of ['!slot', '!current', '!points']) side.chat(Carl, typed)
      await side.settle()
    },
  },
  {
    name: 'a timed message is said, since somebody is there to read it',
    async run(side) {
      await side.play('timers.due')
      says(await side.ask('timer list'), side.word)
    },
  },
  asking('a command is removed', () => [
    ['command add', { name: 'gone', response: 'gone' }],
    ['command remove', { name: 'gone' }],
  ]),
]
