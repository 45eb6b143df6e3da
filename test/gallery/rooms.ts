import type { Person, Scene } from './place.ts'

/** What is pictured of each room; they build upon each other, in this order. */
export const rooms: readonly ((scene: Scene, people: readonly Person[]) => Promise<void>)[] = [
  async function start(scene) {
    await scene.picture('setup', scene.owner, 'setup', { channel: scene.streamer.username })
    await scene.picture('help', scene.owner, 'help')
  },

  async function watching(scene, people) {
    const role = scene.guild.addRole({ name: 'Regular', position: 'below-bot' })
    await scene.ask(scene.owner, 'roles add', { role: role.id, minutes: 120 })
    for (const [i, { kick }] of people.entries()) {
      const name = kick.username
      await scene.ask(scene.owner, 'watchtime-admin give', { minutes: 640 - i * 75, name, points: true })
      await scene.ask(scene.owner, 'points-admin give', { amount: '4000', name })
    }
  },

  async function links(scene, [ada]) {
    await scene.ask(scene.owner, 'linkpanel post', { channel: scene.channel('link-your-account') })
    await scene.album.ofMessages('link-panel', [await scene.newest('link-your-account', () => true)], scene.owner)
    if (ada === undefined) return
    const question = await scene.question(ada.id, ada.kick)
    await scene.album.ofMessages('link-question', [question], ada.id)
    await scene.answer(ada.id, question, 'yes')
    await scene.picture('me', ada.id, 'me')
    await scene.picture('leaderboard', ada.id, 'leaderboard')
    await scene.picture('earn', ada.id, 'earn')
    await scene.picture('status', scene.owner, 'status')
  },

  async function everybodyLinks(scene, people) {
    for (const { id, kick } of people.slice(1)) await scene.link(id, kick)
  },

  async function alerts(scene) {
    await scene.ask(scene.owner, 'alert setup', { channel: scene.channel('live') })
    scene.stage.kick.control.goLive(scene.streamer, { title: 'Friday bonus hunt' })
    await scene.album.ofMessages('live-alert', [await scene.newest('live', () => true)], scene.owner)
  },

  async function raffle(scene, people) {
    const set = (key: string, value: string) => scene.ask(scene.owner, 'settings set', { key, value })
    await set('raffle_channel_id', scene.channel('raffle'))
    await set('raffle_board_channel_id', scene.channel('raffle-board'))
    await scene.ask(scene.owner, 'raffle start', { title: 'November raffle', prize: 'A signed jersey', days: 30 })
    for (const [i, { kick }] of people.entries())
      await scene.ask(scene.owner, 'raffle give', { tickets: 40 - i * 5, name: kick.username, reason: 'for helping' })
    await scene.album.ofMessages('raffle-open', [await scene.newest('raffle', () => true)], scene.owner)
    await scene.picture('tickets', people[0]?.id ?? '', 'tickets mine')
    await scene.picture('tickets-how', people[0]?.id ?? '', 'tickets how')
    const board = await scene.newest('raffle-board', (text) => text.includes('Elif'))
    await scene.album.ofMessages('raffle-board', [board], scene.owner)
    const question = await scene.ask(scene.owner, 'raffle end')
    await scene.album.ofMessages('raffle-end', [question], scene.owner)
    await scene.press(scene.owner, question, 'End')
    await scene.ask(scene.owner, 'raffle draw', { winners: 2 })
  },

  async function giveaways(scene, people) {
    const create = scene.stage.discord.control.command({
      guildId: scene.guild.id,
      userId: scene.owner,
      command: 'giveaway create',
      options: { method: 'discord', channel: scene.channel('giveaways'), winners: 1 },
    })
    const form = await create.modal({ timeoutMs: 30_000 })
    await scene.stage.discord.control
      .submit(form, { title: 'A mechanical keyboard', duration: '2d' })
      .message({ timeoutMs: 30_000 })
    const panel = () => scene.newest('giveaways', () => true)
    for (const { id } of people) await scene.press(id, await panel(), 'Enter')
    const full = await scene.newest('giveaways', (text) => text.includes(`Entered: ${people.length}`))
    await scene.album.ofMessages('giveaway', [full], scene.owner)
    await scene.ask(scene.owner, 'giveaway draw', { number: 1 })
  },

  async function slots(scene, people) {
    const { owner } = scene
    await scene.ask(owner, 'slots reward add', { type: 'points', amount: 250, chance: 100 })
    await scene.ask(owner, 'slots panel', { channel: scene.channel('slots') })
    await scene.ask(owner, 'slots open')
    const wishes = ['Gates of Olympus', 'Sweet Bonanza', 'Wanted Dead or a Wild', 'Sugar Rush', 'Le Bandit']
    for (const [i, wish] of wishes.entries()) {
      const who = people[i]
      if (who !== undefined) scene.say(who, `!call ${wish}`)
    }
    await scene.stage.kick.control.drained()
    await scene.album.ofMessages('slots-panel', [await scene.newest('slots', (text) => /\b5\b/.test(text))], owner)
    await scene.picture('slots-pick', owner, 'slots pick')
    await scene.picture('slots-list', owner, 'slots list')
  },

  async function balance(scene, people) {
    const { owner } = scene
    await scene.ask(owner, 'balance panel', { channel: scene.channel('balance') })
    await scene.ask(owner, 'balance open', { prize: '50 points', winners: 3 })
    for (const [i, who] of people.entries()) scene.say(who, `!gtb ${1_100 + i * 37.5}`)
    await scene.stage.kick.control.drained()
    const full = await scene.newest('balance', (text) => text.includes(`**${people.length}** guesses`))
    await scene.album.ofMessages('balance-panel', [full], owner)
    await scene.ask(owner, 'balance close')
    await scene.picture('balance-result', owner, 'balance result', { round: 1, amount: '1200' })
  },

  async function shop(scene, [ada]) {
    const { owner } = scene
    const items = [
      { name: 'Mug', price: 1_500, stock: 3, description: 'A mug with the bell', question: 'Where shall it go?' },
      { name: 'Song request', price: 300, limit: 2, limit_hours: 24 },
      { name: 'Ten raffle tickets', price: 800, tickets: 10 },
    ]
    for (const item of items) await scene.ask(owner, 'shop-admin add', item)
    await scene.ask(owner, 'settings set', { key: 'shop_order_channel_id', value: scene.channel('orders') })
    await scene.ask(owner, 'shop-admin post', { channel: scene.channel('shop') })
    const front = await scene.newest('shop', (text) => text.includes('Mug'))
    await scene.album.ofMessages('shop', [front], owner)
    if (ada === undefined) return
    const offer = await scene.choose(ada.id, front, 'Song request')
    await scene.album.ofMessages('shop-offer', [offer], ada.id)
    await scene.album.ofMessages('shop-bought', [await scene.press(ada.id, offer, 'Buy')], ada.id)
    await scene.album.ofMessages('shop-orders', [await scene.newest('orders', () => true)], owner)
  },

  async function outcomes(scene, [ada]) {
    const raffle = await scene.newest('raffle', (text) => /won|winner/i.test(text) && !/no winner/i.test(text))
    await scene.album.ofMessages('raffle-drawn', [raffle], scene.owner)
    await scene.picture('tickets-fair', ada?.id ?? '', 'tickets fair')
    await scene.album.ofMessages(
      'giveaway-drawn',
      [await scene.newest('giveaways', (text) => text.includes('🏆 <@'))],
      scene.owner,
    )
  },
]
