import { describe, expect, it } from 'vitest'
import { migrate } from '../../../sql/migrate.ts'
import { aDatabase, inGuildA, quarantined, reported } from './databases.ts'
import { g1, g2Fresh, g2InPlace, g3, g4, guildA, guildB, memberA } from './fixtures.ts'

describe('settings', () => {
  it('are checked as if they were typed now; secrets stay behind; switches and channels become rows of their own', async () => {
    const { url, sql } = await aDatabase(
      g2InPlace,
      `insert into bot_settings (key, value) values ('kick_channel', 'https://kick.com/SomeOne'), ('kick_broadcaster_user_id', '4711'),
         ('tracking_force_override', 'True'), ('kick_oauth_token', 'hush'), ('watchtime_roles_enabled', 'False'), ('overlay_theme', 'dark'),
         ('dashboard_url', '');
       insert into point_settings (key, value) values ('points_per_5min', '4'), ('sub_points_per_5min', '8');`,
    )
    await migrate(url, inGuildA)
    const rows = await sql`select discord_server_id, key, value from bot_settings order by key`
    expect(rows.map(({ discordServerId, key, value }) => [discordServerId, key, value])).toEqual([
      [guildA, 'points_per_5min', '4'],
      [guildA, 'watchtime_roles_enabled', 'false'],
    ])
    const [channel] = await sql`select discord_server_id, broadcaster_user_id, slug from kick_channel`
    expect(channel).toEqual({ discordServerId: guildA, broadcasterUserId: '4711', slug: 'someone' })
    const [force] = await sql`select discord_server_id, mode, ended_at from tracking_override`
    expect(force).toEqual({ discordServerId: guildA, mode: 'force', endedAt: null })
    expect((await reported(sql, 'refused')).map(([, key]) => key)).toEqual(['kick_oauth_token', 'sub_points_per_5min'])
    expect(await reported(sql, 'kept')).toContainEqual(['bot_settings', 'overlay_theme', 'no room reads it yet'])
    expect(JSON.stringify(await sql`select detail from legacy_report`)).not.toContain('hush')
  })

  it('without a guild hold everywhere when the table has guilds', async () => {
    const { url, sql } = await aDatabase(
      g3,
      `alter table bot_settings drop constraint bot_settings_pkey; alter table bot_settings alter column discord_server_id drop not null;
       insert into watchtime (username, minutes, discord_server_id) values ('a', 1, ${guildA}), ('a', 1, ${guildB});
       insert into bot_settings (key, value, discord_server_id, updated_at) values ('active_window_seconds', '90', null, '2025-01-01'),
         ('active_window_seconds', '180', null, '2025-02-01'), ('active_window_seconds', '60', ${guildB}, '2024-01-01');
       insert into point_settings (key, value) values ('points_per_5min', '2');`,
    )
    await migrate(url, { legacy: {} })
    const rows = await sql`select discord_server_id, key, value from bot_settings order by 1, 2`
    expect(rows.map(({ discordServerId, key, value }) => [discordServerId, key, value])).toEqual([
      ['0', 'active_window_seconds', '180'],
      ['0', 'points_per_5min', '2'],
      [guildB, 'active_window_seconds', '60'],
    ])
  })
})

describe('posts of the bot before', () => {
  it('that say when a stream is live come over with their words; what Discord would refuse is refused now', async () => {
    const buttons = JSON.stringify([
      { label: 'Watch', emoji: '🔴', url: 'https://kick.com/{channel}' },
      { label: '', url: 'https://kick.com' },
      { label: 'Bad', url: 'javascript:alert(1)' },
    ])
    const { url, sql } = await aDatabase(
      g2Fresh,
      `insert into bot_settings (key, value, discord_server_id) values ('kick_live_alert_enabled', 'true', ${guildA}),
         ('kick_live_alert_channel_id', '1500000000000000001', ${guildA}), ('kick_live_alert_title', '{streamer} is live', ${guildA}),
         ('stream_notification_title', 'older words', ${guildA}), ('stream_notification_footer', 'come by', ${guildA}),
         ('kick_live_alert_description', repeat('x', 2000), ${guildA}), ('kick_live_alert_buttons', '${buttons}', ${guildA}),
         ('kick_live_alert_enabled', 'true', ${guildB});`,
    )
    await migrate(url, inGuildA)
    const alerts =
      await sql`select discord_server_id, channel_id, enabled, title, description, footer, buttons from live_alert_setup`
    expect(alerts).toEqual([
      {
        discordServerId: guildA,
        channelId: '1500000000000000001',
        enabled: true,
        title: '{streamer} is live',
        description: null,
        footer: 'come by',
        buttons: [{ label: 'Watch', url: 'https://kick.com/{channel}' }],
      },
    ])
    expect((await reported(sql, 'refused')).map(([, part]) => part)).toEqual([
      'live alert: buttons',
      'live alert: buttons',
      'live alert: channel_id',
      'live alert: description',
    ])
  })

  it('about links come over: where the newest panel stands, and where attempts are logged', async () => {
    const { url, sql } = await aDatabase(
      g1,
      `insert into link_panels (guild_id, channel_id, message_id, emoji, created_at) values
         (${guildA}, 11, 1, '🔗', '2025-10-01'), (${guildA}, 12, 2, '🔗', '2025-11-01'), (${guildB}, 13, 3, '🔗', '2025-11-01');
       insert into link_logs_config (guild_id, channel_id, enabled) values (${guildA}, 1500000000000000002, true), (${guildB}, 1500000000000000003, false);`,
    )
    await migrate(url, inGuildA)
    const panels = await sql`select discord_server_id, channel_id, message_id from link_panel order by 1`
    expect(panels.map((row) => [row.discordServerId, row.channelId, row.messageId])).toEqual([
      [guildA, '12', '2'],
      [guildB, '13', '3'],
    ])
    const logs = await sql`select discord_server_id, value from bot_settings where key = 'link_log_channel_id'`
    expect(logs.map((row) => [row.discordServerId, row.value])).toEqual([[guildA, '1500000000000000002']])
  })
})

describe('what the bot before said in chat', () => {
  it('comes over as custom commands; names and answers that cannot be are set aside', async () => {
    const { url, sql } = await aDatabase(
      g4,
      `insert into custom_commands (command, response, cooldown, enabled, use_count, discord_server_id) values
         ('discord', 'old', 5, true, 1, ${guildA}), ('!Discord', 'https://discord.gg/x', 30, true, null, ${guildA}),
         ('discord', 'another server', -3, false, 7, ${guildB}), ('two words', 'no', 5, true, 0, ${guildA}),
         ('long', repeat('x', 501), 5, true, 0, ${guildA}), ('empty', ' ', 5, true, 0, ${guildA}), ('lost', 'hi', 5, true, 0, null),
         ('points', 'mine', 5, true, 0, ${guildA});`,
    )
    await migrate(url, { legacy: { guild: 'none' } })
    const commands = await sql`
      select discord_server_id, command, response, cooldown, enabled, use_count from custom_commands order by 1`
    expect(commands.map((row) => Object.values(row))).toEqual([
      [guildA, 'discord', 'https://discord.gg/x', 30, true, '0'],
      [guildB, 'discord', 'another server', 0, false, '7'],
    ])
    expect((await quarantined(sql)).map(([table, , reason]) => [table, reason])).toEqual([
      ['custom_commands', 'a newer command has the same name'],
      ['custom_commands', 'it names no Discord server'],
      ['custom_commands', 'its answer is not of 1 to 500 characters'],
      ['custom_commands', 'its answer is not of 1 to 500 characters'],
      ['custom_commands', 'no command can have this name'],
      ['custom_commands', 'the bot itself answers to this name'],
    ])
  })
})

describe('timed messages of the bot before', () => {
  it('come over with their next time, numbered within each server; one without a server finds it', async () => {
    const { url, sql } = await aDatabase(
      g4,
      `alter table timed_messages add column guild_id bigint;
       insert into timed_messages (message, interval_minutes, enabled, last_sent, created_by, discord_server_id, guild_id) values
         ('first', 30, true, '2025-11-01', ${memberA}, '${guildA}', null), ('off', 10, false, null, null, '${guildA}', null),
         ('other', 5, true, null, null, null, ${guildB}), ('lost', 60, true, now() at time zone 'UTC', null, null, null),
         ('too seldom', 5000, true, null, null, '${guildA}', null), (' ', 5, true, null, null, '${guildA}', null);`,
    )
    await migrate(url, inGuildA)
    const timers = await sql`
      select t.discord_server_id, t.id, t.message, t.enabled, t.only_live, t.created_by, j.next_run_at <= now() as is_due
        from timed_messages t
        left join job j on j.discord_server_id = t.discord_server_id and j.kind = 'timers.due' and j.job_ref = t.id::text
       order by 1, 2`
    expect(timers.map((row) => Object.values(row))).toEqual([
      [guildA, 1, 'first', true, false, memberA, true],
      [guildA, 2, 'off', false, false, null, null],
      [guildA, 3, 'lost', true, false, null, false],
      [guildB, 1, 'other', true, false, null, true],
    ])
    expect((await quarantined(sql)).map(([table, , reason]) => [table, reason])).toEqual([
      ['timed_messages', 'it is not of 1 to 500 characters'],
      ['timed_messages', 'its interval is not of 1 to 1440 minutes'],
    ])
  })
})
