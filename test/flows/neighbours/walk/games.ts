import { storeRound } from '../../../../sql/queries/randomness.ts'
import { formIn, type Side } from '../side.ts'
import { asking, type Step, says } from './step.ts'

/** Slot requests and Guess the Balance. */
const slots: readonly Step[] = [
  asking('the lists of slots are written', (side) => [
    ['slots reward add', { type: side.w('Bonus'), amount: side.n(1), chance: 50 }],
    ['slots reward add', { type: side.w('Nothing'), amount: 1, chance: 5 }],
    ['slots reward list'],
    ['slots reward remove', { number: 2 }],
    ['slots catalogue set', { slot: 'Sweet Bonanza', provider: side.w('Play') }],
    ['slots catalogue set', { slot: 'Old Slot', state: 'banned' }],
    ['slots catalogue list'],
    ['slots catalogue remove', { slot: 'Old Slot' }],
    ['slots blacklist add', { name: 'spammer', reason: side.w('spams') }],
    ['slots blacklist list'],
    ['slots blacklist check', { name: 'spammer' }],
    ['slots blacklist remove', { name: 'spammer' }],
    ['slots limit', { number: 5 }],
    ['slots cooldown', { seconds: 0 }],
  ]),
  {
    name: 'a panel stands, and requests are open',
    async run(side) {
      await side.ask('slots panel', { channel: side.channels.panels })
      await side.press(await side.posted('panels', 'slots:open'), 'slots:open')
      await side.press(await side.posted('panels', 'slots:close'), 'slots:close')
      await side.ask('slots open')
      const form = formIn(await side.press(await side.posted('panels', 'slots:limit'), 'slots:limit'))
      await side.submit(form, { limit: '4' })
      await side.settle()
    },
  },
  {
    name: 'viewers ask for slots',
    async run(side) {
      const { Ann, Bob, Carl, Dora } = side.world.viewers
      side.chat(Ann, '!call Sweet Bonanza')
      side.chat(Bob, '!sr Big Bass')
      side.chat(Carl, '!call Dog House')
      side.chat(Dora, '!call Gates')
      await side.settle()
      await side.play('slots.confirm')
    },
  },
  {
    name: 'slots are picked',
    async run(side) {
      await side.ask('slots status')
      await side.ask('slots list')
      await side.press(await side.posted('panels', 'slots:refresh'), 'slots:refresh')
      await side.press(await side.posted('panels', 'slots:pick'), 'slots:pick')
      const picked = await side.ask('slots pick')
      await side.press(picked, 'slots:proof')
      await side.ask('slots proof')
      await side.dashboard('slot_requests.pick', { reward_type: side.w('Bonus'), reward_amount: side.n(2) })
      await side.settle()
      const id = await side.number(
        `select id as n from slot_requests where discord_server_id = $guild and not picked order by id limit 1`,
      )
      await side.dashboard('slot_requests.pick_with_reward', {
        id: String(id),
        slot_call: 'Gates',
        username: 'Dora_K',
        reward_amount: side.n(3),
        delay_announcement: 60,
      })
      await side.settle()
      await side.dashboard('slot_requests.slot_reveal_landed')
      await side.settle()
      await side.play('slots.panel')
    },
  },
  {
    name: 'the dashboard switches requests',
    async run(side) {
      await side.dashboard('slot_requests.update_max', { max_requests: 3 })
      await side.dashboard('slot_requests.toggle', { enabled: false })
      await side.dashboard('slot_requests.toggle', { enabled: true })
      await side.settle()
    },
  },
  {
    name: 'somebody asks once more, and the list is emptied',
    async run(side) {
      side.chat(side.world.viewers.Ann, '!call Another One')
      await side.settle()
    },
  },
  {
    name: 'the list is emptied and closed, and the panel moves',
    async run(side) {
      await side.press(await side.ask('slots clear'), 'slots:clear')
      await side.ask('slots close')
      await side.ask('slots panel', { channel: side.channels.log })
      await side.settle()
      await side.play('slots.panel', 'slots.unpanel')
    },
  },
]

const balance: readonly Step[] = [
  {
    name: 'a round of Guess the Balance opens',
    async run(side) {
      await side.ask('balance panel', { channel: side.channels.panels })
      await side.ask('balance open', { prize: side.w('A crown'), winners: 2 })
      await side.settle()
    },
  },
  {
    name: 'viewers guess',
    async run(side) {
      const { Ann, Bob, Carl } = side.world.viewers
      side.chat(Ann, '!gtb 1,250.50')
      side.chat(Bob, '!gtb 2000')
      side.chat(Carl, '!gtb 10')
      await side.settle()
      await side.play('balance.confirm')
    },
  },
  {
    name: 'the round is closed, given its result, opened again and cancelled',
    async run(side) {
      says(await side.ask('balance status'), side.word)
      await side.press(await side.posted('panels', 'balance:refresh'), 'balance:refresh')
      await side.press(await side.posted('panels', 'balance:close'), 'balance:close')
      const form = formIn(await side.press(await side.posted('panels', 'balance:result'), 'balance:result'))
      await side.submit(form, { amount: `${side.n(1)}` })
      await side.settle()
      await side.ask('balance reopen', { round: 1 })
      await side.ask('balance result', { round: 1, amount: `${side.n(2)}` })
      await side.settle()
      await side.ask('balance open', { minutes: 30 })
      await side.settle()
      await side.ask('balance close')
      await side.ask('balance cancel', { round: 2 })
      await side.settle()
    },
  },
  {
    name: 'the panel opens a round, which closes by itself',
    async run(side) {
      await side.play('balance.panel')
      await side.press(await side.posted('panels', 'balance:open'), 'balance:open')
      await side.ask('balance cancel', { round: 3 })
      await side.ask('balance open', { minutes: 1 })
      await side.play('balance.close')
      await side.ask('balance cancel', { round: 4 })
      await side.settle()
    },
  },
  {
    name: 'the dashboard plays a round',
    async run(side) {
      await side.dashboard('gtb.open', { opened_by: side.w('Dash'), winner_count: 2 })
      await side.settle()
      const id = await side.number(
        `select id as n from gtb_sessions where discord_server_id = $guild and status = 'open'`,
      )
      await side.dashboard('gtb.close', { session_id: String(id) })
      await side.settle()
      await side.dashboard('gtb.set_result', { session_id: String(id), result_amount: side.n(3) })
      await side.settle()
      await side.ask('balance panel', { channel: side.channels.log })
      await side.settle()
      await side.play('balance.panel', 'balance.unpanel')
    },
  },
]

/** The round that a giveaway waits for is published, and it is drawn. */
async function drawn(side: Side, id: number): Promise<void> {
  const { drand, sql } = side.world
  const round = await side.number(`select round as n from giveaways where discord_server_id = $guild and id = ${id}`)
  await storeRound(sql, { chain: drand.chain.hash, ...drand.beaconOf(round) })
  await side.play('giveaways.draw')
  await side.play('giveaways.panel', 'giveaways.announce')
}

const giveaways: readonly Step[] = [
  {
    name: 'a giveaway with a button begins',
    async run(side) {
      const form = await side.form('giveaway create', {
        method: 'discord',
        channel: side.channels.news,
        claim: 60,
        winners: 1,
      })
      await side.submit(form, { title: 'A giveaway', description: side.w('A mug'), duration: '2h' })
      await side.settle()
      const { anna, bob, carl } = side.members
      for (const by of [anna, bob, carl])
        await side.press(await side.posted('news', 'giveaways:join'), 'giveaways:join', by)
      await side.play('giveaways.refresh')
      await side.ask('giveaway show', { number: 1 })
      await side.ask('giveaway list')
    },
  },
  {
    name: 'it is drawn, claimed, and drawn anew',
    async run(side) {
      await side.ask('giveaway draw', { number: 1 })
      await drawn(side, 1)
      const by = await side.world.sql<{ id: string }[]>`
        select discord_id::text as id from giveaway_winners where discord_server_id = ${side.id} and giveaway_id = 1 order by nonce limit 1`
      const post = await side.posted('news', 'giveaways:claim')
      await side.press(post, 'giveaways:claim', by[0]?.id)
      await side.press(post, 'giveaways:proof', side.members.anna)
      await side.ask('giveaway proof', { number: 1 })
      await side.ask('giveaway reroll', { number: 1, winner: 1 })
      await side.play('giveaways.panel', 'giveaways.announce')
      await side.play('giveaways.claim')
      await side.ask('giveaway show', { number: 1 })
    },
  },
  {
    name: 'a giveaway with questions begins from a template',
    async run(side) {
      await side.ask('giveaway template save', { name: 'Usual', method: 'discord', questions: 'Why you?' })
      await side.ask('giveaway template list')
      const form = await side.form('giveaway start', { template: 'usual', channel: side.channels.news })
      await side.submit(form, { title: 'Another giveaway', description: side.w('A cap') })
      await side.settle()
      const asked = formIn(
        await side.press(await side.posted('news', 'giveaways:ask'), 'giveaways:ask', side.members.anna),
      )
      await side.submit(asked, { answer0: side.w('Because') })
      await side.settle()
      await side.ask('giveaway stop', { number: 2 })
      await side.ask('giveaway cancel', { number: 2 })
      await side.ask('giveaway template remove', { template: 'usual' })
      await side.settle()
    },
  },
  {
    name: 'a giveaway in the chat begins',
    async run(side) {
      const form = await side.form('giveaway create', {
        method: 'keyword',
        channel: side.channels.news,
        role: side.roles.Friend,
      })
      await side.submit(form, { title: 'In the chat', description: side.w('A cup'), keyword: 'mememe' })
      const other = await side.form('giveaway create', {
        method: 'active_chatter',
        channel: side.channels.news,
        messages: 2,
      })
      await side.submit(other, { title: 'For chatters', description: side.w('A bell') })
      await side.settle()
    },
  },
  {
    name: 'viewers write the keyword',
    async run(side) {
      const { Ann, Bob } = side.world.viewers
      side.chat(Ann, 'mememe')
      side.chat(Bob, 'mememe')
      side.chat(Bob, 'something else')
      await side.settle()
    },
  },
  {
    name: 'it ends by itself, and the dashboard draws it',
    async run(side) {
      await side.dashboard('giveaway.updated', { giveaway_id: 3 })
      await side.settle()
      await side.play('giveaways.panel', 'giveaways.refresh')
      await side.dashboard('giveaway.stopped', { giveaway_id: 4 })
      await side.settle()
      await side.dashboard('giveaway.draw', { giveaway_id: 3 })
      await side.settle()
      await drawn(side, 3)
      await side.ask('giveaway show', { number: 3, post: true })
    },
  },
  {
    name: 'a giveaway of the dashboard’s own is followed',
    async run(side) {
      await side.world.sql`
        insert into giveaways (discord_server_id, id, title, description, entry_method, status, max_winners, discord_channel_id, ends_at)
        values (${side.id}, 5, 'Of the dashboard', ${side.w('A pin')}, 'discord', 'pending', 1, ${side.channels.news}, now() + interval '1 hour')`
      await side.dashboard('giveaway.started', { giveaway_id: 5 })
      await side.settle()
      await side.dashboard('giveaway.winner', { giveaway_id: 5, winner_username: 'bob_k' })
      await side.settle()
      const form = await side.form('giveaway create', { method: 'discord', channel: side.channels.news })
      await side.submit(form, { title: 'Ends soon', description: side.w('A pen'), duration: '1h' })
      await side.settle()
      await side.press(
        await side.posted('news', `giveaways:join:${side.id}:6`),
        `giveaways:join:${side.id}:6`,
        side.members.anna,
      )
      await side.world.sql`update giveaways set ends_at = now() where discord_server_id = ${side.id} and id = 6`
      await side.play('giveaways.end')
      // Its round never came, and nothing had said in public that the list is frozen.
      await side.world.sql`
        update giveaways set round = 1000, round_at = now() - interval '2 hours', closing_message_id = null
         where discord_server_id = ${side.id} and id = 6`
      await side.play('giveaways.draw')
    },
  },
]

export const games: readonly Step[] = [...slots, ...balance, ...giveaways]
