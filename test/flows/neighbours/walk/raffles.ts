import { kickUserId, userId, username } from '../../../../cluster/runtime/ids.ts'
import { insertLink } from '../../../../sql/queries/links.ts'
import { storeRound } from '../../../../sql/queries/randomness.ts'
import { messageIn, type Side } from '../side.ts'
import { asking, type Step, says } from './step.ts'

/** The round that decides has come and was fetched. */
async function roundComes(side: Side): Promise<void> {
  const { drand, sql } = side.world
  const round = await side.number(
    'select entropy_round as n from raffle_periods where discord_server_id = $guild order by period_number desc limit 1',
  )
  await storeRound(sql, { chain: drand.chain.hash, ...drand.beaconOf(round) })
}

/** What is wagered at the platform, told under the campaign of this side. */
async function wagered(side: Side, dollars: number): Promise<void> {
  const { sql, platform } = side.world
  if (side.leads) platform.tell(campaignOf(side), { Whale: `${dollars}.00`, Stranger: `${side.ofStream(4)}.00` })
  await sql`
    update wager_campaign c set next_poll_at = case when exists (
             select from wager_source s where s.campaign_id = c.campaign_id and s.discord_server_id = ${side.id}
           ) then now() else 'infinity' end`
  await platform.look()
}
const campaignOf = (side: Side): string => `${side.streamer.slug}-campaign`

/** Raffles and all that brings tickets. */
export const raffles: readonly Step[] = [
  {
    name: 'a raffle begins',
    async run(side) {
      await side.ask('raffle start', { title: 'The raffle', prize: side.w('A mug'), days: 7 })
      await side.settle()
      says(await side.ask('raffle info'), side.word)
      await side.ask('raffle dates', { prize: side.w('A golden mug') })
      await side.settle()
    },
  },
  {
    name: 'tickets are given, taken, and counted',
    async run(side) {
      await side.ask('raffle give', { tickets: side.n(1), member: side.members.anna, reason: side.w('helped') })
      await side.ask('raffle give', { tickets: side.n(2), name: 'bob_k' })
      await side.ask('raffle remove', { tickets: '71', name: 'bob_k', reason: side.w('cheated') })
      says(await side.ask('raffle stats', { member: side.members.anna }), side.n(1))
      await side.ask('raffle stats')
      await side.ask('raffle exclude', { name: 'carl_k', reason: side.w('cheated') })
      await side.ask('raffle include', { name: 'carl_k' })
      await side.ask('raffle recompute')
      await side.ask('raffle check')
      await side.tick('raffle')
      await side.play('raffle.count', 'raffle.board')
      await side.settle()
      for (const viewer of side.world.crowd)
        await side.ask('raffle give', { tickets: 2, name: viewer.username.toLowerCase() })
    },
  },
  {
    name: 'minutes that were watched are passed over, at the second attempt',
    async run(side) {
      await side.press(await side.ask('raffle baseline', { member: side.members.bob }), 'raffle:keep')
      await side.press(await side.ask('raffle baseline', { member: side.members.bob }), 'raffle:baseline')
      await side.settle()
    },
  },
  {
    name: 'somebody gifts subscriptions',
    async run(side) {
      const { Dora, Bob, Carl } = side.world.viewers
      side.onKick((control) => control.giftSubs(side.streamer, Dora, [Bob, Carl]))
      await side.settle()
      await side.ask('gifts list', { name: 'dora_k' })
      await side.ask('gifts list')
    },
  },
  {
    name: 'a campaign is asked, and accounts are claimed',
    async run(side) {
      await side.ask('wagers setup', { platform: 'shuffle', source: campaignOf(side) })
      await wagered(side, side.ofStream(1))
      await side.ask('wager link', { platform: 'shuffle', name: 'Whale' }, side.members.anna)
      await side.ask('wager link', { platform: 'shuffle', name: 'Other' }, side.members.bob)
      await side.settle()
      await side.press(await side.posted('admins', `wagers:deny:${side.id}:shuffle:${side.members.bob}`), 'wagers:deny')
      const request = await side.posted('admins', `wagers:approve:${side.id}:shuffle:${side.members.anna}`)
      await side.press(request, 'wagers:approve')
      await side.settle()
      await wagered(side, side.ofStream(2))
      await side.settle()
    },
  },
  asking('what was wagered is looked at', (side) => [
    ['wager mine', {}, side.members.anna],
    ['wagers status'],
    ['wagers list'],
    ['wagers unlinked', { platform: 'shuffle', time: 'total' }],
    ['wagers board', { platform: 'shuffle', time: 'raffle' }],
    ['wager link', { platform: 'shuffle', name: 'Stranger' }, side.members.bob],
    ['wagers approve', { member: side.members.bob, platform: 'shuffle' }],
    ['wagers unlink', { member: side.members.bob, platform: 'shuffle' }],
    ['wager link', { platform: 'shuffle', name: 'Stranger' }, side.members.bob],
    ['wagers deny', { member: side.members.bob, platform: 'shuffle' }],
    ['wager link', { platform: 'shuffle', name: 'Third' }, side.members.bob],
    ['wager unlink', { platform: 'shuffle' }, side.members.anna],
  ]),
  {
    name: 'a claim runs out, and a campaign ends',
    async run(side) {
      await side.settle()
      await side.play('wagers.expire')
      await side.ask('wagers remove', { platform: 'shuffle' })
      await side.settle()
    },
  },
  {
    name: 'members look at their tickets',
    async run(side) {
      const { anna, carl } = side.members
      await side.ask('tickets mine', {}, anna)
      await side.ask('tickets mine', {}, carl)
      await side.ask('tickets info', {}, anna)
      await side.ask('tickets how', {}, anna)
      await side.ask('tickets fair', {}, anna)
      // On this board stands only who has a link, and a second page needs many of them.
      for (const viewer of side.world.crowd)
        await insertLink(side.world.sql, {
          guildId: side.id,
          userId: userId(side.guild.addMember({ username: viewer.username }).user.id),
          kickUserId: kickUserId(viewer.userId),
          kickName: username(viewer.username),
        })
      await side.press(await side.ask('tickets board', {}, anna), 'raffle:board', anna)
      await side.world.sql`delete from links where discord_server_id = ${side.id} and kick_name like 'crowd%'`
    },
  },
  {
    name: 'the raffle ends, at the second attempt',
    async run(side) {
      await side.press(await side.ask('raffle end'), 'raffle:keep')
      messageIn(await side.press(await side.ask('raffle end'), 'raffle:end'))
      await side.settle()
    },
  },
  {
    name: 'the raffle is drawn, and one winner drawn anew',
    async run(side) {
      await roundComes(side)
      await side.ask('raffle draw', { prize: side.w('A mug') })
      await side.settle()
      await side.ask('raffle reroll', { draw: 1, reason: side.w('is away') })
      await side.settle()
      await side.ask('raffle history')
      await side.ask('tickets fair', {}, side.members.anna)
    },
  },
  {
    name: 'everybody can check it on the public page',
    async run(side) {
      const url = `${side.world.door.url}/raffles/${side.id}`
      for (const path of ['', '/1', '/1/proof.json']) {
        const page = await fetch(`${url}${path}`)
        if (page.status !== 200) throw new Error(`${path} is answered ${page.status}`)
        side.saw(await page.text())
      }
    },
  },
  {
    name: 'another raffle ends',
    async run(side) {
      const { members } = side
      await side.ask('raffle start', { title: 'The raffle', prize: side.w('A cap'), days: 1 })
      await side.ask('raffle give', { tickets: side.n(3), member: members.anna })
      await side.ask('raffle give', { tickets: side.n(4), name: 'bob_k' })
      await side.dashboard('mgmt.adjust', { kick_name: 'bob_k', change: 2, reason: side.w('was kind') })
      await side.settle()
      await side.press(await side.ask('raffle end'), 'raffle:end')
      await side.settle()
    },
  },
  {
    name: 'the dashboard draws it, by itself when its round comes',
    async run(side) {
      // Raffles that close in the same minute share a round: for this one nobody has fetched it yet.
      if (!side.isSharing)
        await side.world.sql`update randomness_round set randomness = null, signature = null, fetched_at = null`
      await side.dashboard('raffle.draw', { winner_count: 1, prize_description: side.w('A cap') })
      await side.settle()
      await roundComes(side)
      await side.play('raffle.draw')
      await side.dashboard('raffle.reroll', { draw: 1, reason: side.w('is away') })
      await side.settle()
      await side.ask('raffle history')
    },
  },
  {
    name: 'the dashboard starts a raffle, shows its winner to an overlay, and has it told once more',
    async run(side) {
      const end = new Date(Date.now() + 86_400_000).toISOString()
      await side.dashboard('raffle.start_period', { end_date: end, title: 'A fourth', prize: side.w('A scarf') })
      await side.settle()
      await side.play('raffle.open')
      await side.ask('raffle give', { tickets: side.n(3), member: side.members.anna })
      await side.dashboard('raffle.leaderboard_post')
      await side.press(await side.ask('raffle end'), 'raffle:end')
      await side.settle()
      await roundComes(side)
      await side.dashboard('raffle.draw', { await_animation: true, request_id: side.w('request') })
      await side.settle()
      await side.dashboard('raffle.animation_complete', { winner_kick_name: 'ann_k' })
      await side.settle()
      await side.dashboard('raffle.announce_winner', { draw: 1 })
      await side.settle()
    },
  },
  {
    name: 'a raffle is planned, and opened by itself',
    async run(side) {
      await side.ask('raffle start', {
        title: 'The next',
        prize: side.w('A cup'),
        from: '2099-01-01',
        to: '2099-01-03',
      })
      await side.ask('raffle dates', { planned: true, prize: side.w('Two cups') })
      await side.world.sql`
        update raffle_periods set starts_at = now() - interval '1 hour', ends_at = now() + interval '1 day'
         where discord_server_id = ${side.id} and status = 'scheduled'`
      await side.play('raffle.open')
      says(await side.ask('raffle info'), side.word)
      await side.world.sql`
        update raffle_periods set ends_at = now() - interval '5 minutes' where discord_server_id = ${side.id} and status = 'active'`
      // As if that had been noticed three minutes ago.
      await side.world.sql`
        update job set payload = jsonb_build_object('since', extract(epoch from now() - interval '3 minutes') * 1000)
         where discord_server_id = ${side.id} and kind = 'raffle.close'`
      await side.play('raffle.close')
    },
  },
]
