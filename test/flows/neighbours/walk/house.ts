import { buttonsOf, signIn } from '../../../support/browsing.ts'
import type { Step } from './step.ts'
import { asking, says } from './step.ts'

/** How a server is set up, and what its admins ask about it. */
export const house: readonly Step[] = [
  {
    name: 'the bot is set up for a channel, whose broadcaster lets it write',
    async run(side) {
      await side.ask('status')
      const answer = await side.ask('setup', { channel: side.streamer.slug })
      const url = buttonsOf(answer).find((button) => button.url?.includes('/link/'))?.url
      const page = await signIn(side.world.kick.control.browser(side.streamer), String(url))
      side.saw(page.body)
      await side.world.follow(side.streamer)
      await side.settle()
      says(await side.ask('status'), side.streamer.slug)
    },
  },
  asking('settings say where things go', (side) => [
    ['settings set', { key: 'admin_channel_id', value: side.channels.admins }],
    ['settings set', { key: 'link_log_channel_id', value: side.channels.log }],
    ['settings set', { key: 'raffle_channel_id', value: side.channels.raffles }],
    ['settings set', { key: 'raffle_board_channel_id', value: side.channels.raffles }],
    ['settings set', { key: 'shop_order_channel_id', value: side.channels.orders }],
    ['settings set', { key: 'gtb_channel_id', value: side.channels.news }],
    ['settings set', { key: 'slot_calls_channel_id', value: side.channels.news }],
    ['settings set', { key: 'gift_channel_id', value: side.channels.news }],
    ['settings set', { key: 'season_channel_id', value: side.channels.news }],
    ['settings set', { key: 'role_announce_channel_id', value: side.channels.news }],
    ['settings set', { key: 'kick_linked_role_id', value: side.roles.Verified }],
    ['settings set', { key: 'wager_role_id', value: side.roles.Friend }],
    ['settings set', { key: 'slot_request_cooldown_seconds', value: '0' }],
    ['settings set', { key: 'raffle_promo_message', value: side.w('There is a raffle') }],
    ['settings set', { key: 'decay_floor', value: String(side.n(1)) }],
    ['settings show', { key: 'decay_floor' }],
    ['settings show'],
    ['settings history', { key: 'decay_floor' }],
    ['settings reset', { key: 'decay_floor' }],
    ['settings history'],
  ]),
  asking('everybody asks what there is', (side) => [
    ['help'],
    ['help', {}, side.members.bob],
    ['earn', {}, side.members.bob],
  ]),
  asking('tracking is switched', () => [
    ['tracking off'],
    ['tracking status'],
    ['tracking on'],
    ['tracking force'],
    ['tracking auto'],
    ['status'],
  ]),
  {
    name: 'settings are completed',
    async run(side) {
      await side.choices('settings set', 'key', { key: 'raf' })
      await side.choices('settings set', 'value', { key: 'raffle_promo_message', value: '' })
      await side.choices('settings show', 'key', { key: 'raf' })
      await side.choices('settings reset', 'key', { key: 'raf' })
      await side.choices('settings history', 'key', { key: 'raf' })
    },
  },
]
