import { userId } from '../../../../cluster/runtime/ids.ts'
import { messageIn } from '../side.ts'
import { type Step, says } from './step.ts'

/** What the dashboard changes, what goes out and comes in as files, and what goes in the end. */
export const leaving: readonly Step[] = [
  {
    name: 'the dashboard changes settings, points and panels',
    async run(side) {
      const { dashboard, members, channels } = { ...side, dashboard: side.dashboard.bind(side) }
      await dashboard('settings.updated', { key: 'raffle_promo_message', value: side.w('Come in') })
      await dashboard('settings.sync')
      await dashboard('settings.reload')
      await dashboard('points.settings', { key: 'points_per_5min', value: '2' })
      await dashboard('tracking.switched', { mode: 'off' })
      await dashboard('tracking.switched', { mode: 'on' })
      await dashboard('tier.changed', {})
      await dashboard('tiers.changed', {})
      await dashboard('points.adjusted', { change: String(side.n(2)), discord_id: members.anna, reason: side.w('won') })
      await dashboard('watchtime.adjusted', { minutes: side.n(1), kick_name: 'bob_k', reason: side.w('helped') })
      await dashboard('panel.post', { panel_type: 'link', channel_id: channels.log, title: side.w('Link') })
      await dashboard('kick.synced', { kick_channel: side.streamer.slug })
      await dashboard('clips.unheard_of', {})
      await side.settle()
      await dashboard('panel.post', { panel_type: 'link', channel_id: channels.panels, title: side.w('Link') })
      await side.settle()
      says(await side.ask('settings show', { key: 'raffle_promo_message' }), side.word)
      await side.ask('points', { member: members.bob })
      await side.ask('status')
    },
  },
  {
    name: 'the stream ends',
    async run(side) {
      side.onKick((control) => control.goOffline(side.streamer, { endedAt: Date.now() - 15 * 60_000 }))
      await side.settle()
      side.onKick((control) =>
        control.goLive(side.streamer, { startedAt: Date.now() - 60_000, title: 'A second stream' }),
      )
      await side.settle()
    },
  },
  {
    name: 'and so does another one',
    async run(side) {
      side.onKick((control) => control.updateMetadata(side.streamer, { title: 'Another title' }))
      await side.play('alerts.refresh')
      side.onKick((control) => control.goOffline(side.streamer))
      await side.settle()
      await side.tick('watchtime')
      await side.settle()
      await side.play('alerts.edit')
    },
  },
  {
    name: 'all data goes out and comes in',
    async run(side) {
      const { control } = side.world.discord
      const out = await side.ask('server export')
      const [json] = out.attachments.map((file) => control.fileOf(file))
      if (json === undefined) throw new Error('there is no file')
      const file = () => control.upload({ name: 'file.json', bytes: json })
      await side.press(await side.ask('server import', { file: file(), way: 'add' }), 'transfer:no')
      await side.press(await side.ask('server import', { file: file(), way: 'merge' }), 'transfer:yes')
      await side.settle()
      await side.play('transfer.forget')
    },
  },
  {
    name: 'members come and go, and roles change',
    async run(side) {
      const { gateway } = side.world
      const member = { guildId: side.id, userId: side.members.bob }
      await gateway.memberLeft(member)
      await gateway.memberJoined(member)
      // Of the bot before the names of two tiers came over, and one of the roles is missing.
      await side.world.sql`
        insert into legacy_tier (discord_server_id, role_name, minutes_required)
        values (${side.id}, 'New', ${side.n(5)}), (${side.id}, 'Absent', ${side.n(6)})`
      await side.ask('settings set', { key: 'rejoin_policy', value: 'wipe' })
      const gone = side.guild.addMember({ username: 'gone' }).user.id
      await side.ask('settings reset', { key: 'rejoin_policy' })
      side.guild.removeMember(gone)
      side.guild.addRole({ name: 'New' })
      await side.ask('roles list')
      await side.ask('roles remove', { role: side.roles.Regular })
      await side.settle()
    },
  },
  {
    name: 'who left is forgotten where that is wanted',
    async run(side) {
      const { gateway, sql } = side.world
      await side.ask('settings set', { key: 'rejoin_policy', value: 'wipe' })
      const gone = userId(side.guild.addMember({ username: 'leaver' }).user.id)
      await sql`
        insert into links (discord_server_id, discord_id, kick_user_id, kick_name)
        values (${side.id}, ${gone}, 424242, 'leaver_k')`
      await gateway.memberLeft({ guildId: side.id, userId: gone })
      side.guild.removeMember(gone)
      await side.play('links.wipe')
      await side.settle()
      await side.ask('settings reset', { key: 'rejoin_policy' })
    },
  },
  {
    name: 'a member is erased',
    async run(side) {
      const question = await side.ask('links force', { member: side.members.carl, kick: 'carl_k' })
      await side.press(question, 'links:force')
      await side.settle()
      const { carl } = side.members
      messageIn(await side.press(await side.ask('data erase', {}, carl), 'trust:erase', carl))
      await side.settle()
      await side.play('trust.fingerprints', 'activity.texts', 'gifts.forget')
      await side.ask('data export', {}, carl)
    },
  },
  {
    name: 'everybody looks once more',
    async run(side) {
      const { anna } = side.members
      for (const command of ['me', 'watchtime', 'points', 'tickets mine', 'shop orders', 'wager mine'])
        await side.ask(command, {}, anna)
      for (const command of [
        'leaderboard',
        'status',
        'timer list',
        'command list',
        'giveaway list',
        'balance status',
        'slots status',
        'raffle stats',
        'raffle check',
        'points-admin check',
        'gifts list',
        'wagers status',
        'clips list',
        'season list',
        'alert show',
        'exclude list',
        'settings history',
      ])
        await side.ask(command)
      await side.ask('alert off')
      await side.ask('settings reset', { key: 'repeated_message_minutes' })
    },
  },
  {
    name: 'a raffle cannot be drawn, since its round never came and nothing was said of its end',
    async run(side) {
      await side.ask('settings reset', { key: 'raffle_channel_id' })
      await side.ask('raffle give', { tickets: side.n(7), member: side.members.anna })
      await side.press(await side.ask('raffle end'), 'raffle:end')
      await side.settle()
      await side.world.sql`
        update raffle_periods set entropy_round = 1000 where discord_server_id = ${side.id} and status = 'closed' and participants > 0 and period_number = 5`
      await side.ask('raffle draw', { raffle: 5 })
      await side.settle()
    },
  },
]

/** The bot is removed, and in the end everything is forgotten. */
export const last: Step = {
  name: 'the bot leaves, and all is forgotten',
  async run(side) {
    await side.settle()
    side.world.discord.world.removeGuild(side.id)
    await side.settle()
    await side.play('trust.forget')
  },
}
