import { beforeAll, describe, expect, it } from 'vitest'
import { type GuildId, kickUserId, roleId, userId, username } from '../../../cluster/runtime/ids.ts'
import { createKick } from '../../../cluster/runtime/kick.ts'
import { nameAccount } from '../../../shard/features/activity/index.ts'
import { links, linksFeature } from '../../../shard/features/links/index.ts'
import { rolesFeature } from '../../../shard/features/roles/index.ts'
import { onTick } from '../../../shard/features/roles/tick.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import { keepDashboardEvent } from '../../../sql/queries/dashboard.ts'
import { type Guild, Permission, type SeenMessage } from '../../standins/discord/index.ts'
import { KickStandIn, type KickUser } from '../../standins/kick/index.ts'
import { type Bot, startBot } from '../../support/bot.ts'
import { aGuildId, aSlotAgo, aTick, times } from '../../support/builders.ts'
import { onCleanUp } from '../../support/cleanup.ts'
import { createDatabase } from '../../support/database.ts'
import { until } from '../../support/wait.ts'

let sql: Sql
let bot: Bot
let kick: KickStandIn

beforeAll(async () => {
  sql = (await createDatabase()).sql
  kick = new KickStandIn()
  await kick.start()
  onCleanUp(() => kick.stop())
  const { idUrl, apiUrl, clientId, clientSecret } = kick
  const client = createKick({ idUrl, apiUrl, clientId, clientSecret, requestsPerMinute: 6_000, wait: async () => {} })
  bot = await startBot({ sql, features: [linksFeature, rolesFeature], tools: { kick: client } })
})

interface Place {
  readonly guildId: GuildId
  readonly guild: Guild
  readonly admin: string
}
const aPlace = (): Place => {
  const guildId = aGuildId()
  const guild = bot.discord.world.addGuild({ id: guildId })
  return { guildId, guild, admin: guild.ownerId }
}
const use = ({ guildId, admin }: Place, command: string, options = {}, by = admin) =>
  bot.discord.control.command({ guildId, userId: by, command, options })
const ask = (place: Place, command: string, options = {}): Promise<SeenMessage> =>
  use(place, command, options).message()
const set = (place: Place, key: string, value: string) => sql`
  insert into bot_settings (discord_server_id, key, value) values (${place.guildId}, ${key}, ${value})
  on conflict (discord_server_id, key) do update set value = excluded.value`
const customIdOf = (message: SeenMessage): string => /links:[^"]+/.exec(JSON.stringify(message.components))?.[0] ?? ''
const press = (place: Place, message: SeenMessage, by = place.admin): Promise<SeenMessage> =>
  bot.discord.control.press({ userId: by, message, customId: customIdOf(message) }).message()
const linksIn = ({ guildId }: Place) => sql<{ discordId: string; kickUserId: string | null; kickName: string }[]>`
  select discord_id, kick_user_id, kick_name from links where discord_server_id = ${guildId} order by kick_name`
const eventsIn = async ({ guildId }: Place) =>
  (
    await sql<{ action: string; reason: string | null }[]>`
      select action, reason from link_event where discord_server_id = ${guildId} order by link_event_id`
  ).map(({ action, reason }) => (reason === null ? action : `${action}: ${reason}`))
const auditIn = async ({ guildId }: Place) =>
  (
    await sql<{ action: string }[]>`select action from audit_log where discord_server_id = ${guildId} order by audit_id`
  ).map(({ action }) => action)
const join = (place: Place) => userId(bot.discord.control.join(place.guildId))
const linked = async (place: Place, name: string, account?: string) => {
  const member = join(place)
  await sql`
    insert into links (discord_server_id, discord_id, kick_user_id, kick_name)
    values (${place.guildId}, ${member}, ${account ?? null}, ${name})`
  return member
}
const known = (place: Place, id: string, name: string) => sql`
  insert into kick_account (discord_server_id, kick_user_id, username, display_name)
  values (${place.guildId}, ${id}, ${name.toLowerCase()}, ${name})`
const viewer = (name: string): KickUser =>
  kick.control.addChannel({ username: name, slug: name.toLowerCase().replace('_', '-') })

describe('/links force', () => {
  it('asks first, then links by the id that Kick gives, once, and writes down who did it', async () => {
    const place = aPlace()
    const member = join(place)
    const account = viewer('Force_One')
    const question = await ask(place, 'links force', { member, kick: 'force_one' })
    expect(question).toMatchObject({ isEphemeral: true, content: expect.stringContaining('**Force\\_One**') })
    expect(await linksIn(place)).toEqual([])
    const answer = await press(place, question)
    expect(answer).toMatchObject({ content: `✅ <@${member}> is linked to **Force\\_One**.`, components: [] })
    expect(answer.pings.users).toEqual([])
    expect(await linksIn(place)).toEqual([
      { discordId: member, kickUserId: String(account.userId), kickName: 'force_one' },
    ])
    expect([await eventsIn(place), await auditIn(place)]).toEqual([['forced'], ['links.force']])
    expect((await ask(place, 'links force', { member, kick: 'Force_One' })).content).toContain('is linked to')
    expect(await eventsIn(place)).toEqual(['forced'])
  })

  it('refuses what is taken and says by whom, and what Kick does not know', async () => {
    const place = aPlace()
    const account = viewer('Taken_One')
    const holder = await linked(place, 'taken_one', String(account.userId))
    const taken = await ask(place, 'links force', { member: join(place), kick: 'taken_one' })
    expect(taken.content).toContain(`linked to <@${holder}>`)
    expect(taken.components).toEqual([])
    viewer('another_one')
    const again = await ask(place, 'links force', { member: holder, kick: 'another_one' })
    expect(again.content).toContain(`<@${holder}> is linked to **taken\\_one**`)
    expect((await ask(place, 'links force', { member: holder, kick: 'nobody_there' })).content).toContain(
      'Kick knows no',
    )
    expect((await ask(place, 'links force', { member: holder, kick: '<b>`x' })).content).toContain('is not a Kick name')
    expect(await linksIn(place)).toHaveLength(1)
  })

  it('links one of two members when two admins confirm at the same instant', async () => {
    const place = aPlace()
    const account = viewer('Race_One')
    const members = [join(place), join(place)]
    const wanted = {
      guildId: place.guildId,
      kickUserId: kickUserId(account.userId),
      kickName: username('race_one'),
      displayName: 'Race_One',
    }
    const made = await Promise.all(
      members.map((member) =>
        transaction(sql, (db) =>
          links.force(db, { ...wanted, userId: member }, { source: 'dashboard' }, Date.now() / 1000),
        ),
      ),
    )
    expect(made.map(({ kind }) => kind).sort()).toEqual(['account_has_another', 'linked'])
    expect([await linksIn(place), await auditIn(place)]).toEqual([[expect.anything()], ['links.force']])
  })
})

describe('/unlink', () => {
  it('finds the member by Kick name, offers names of this server only, and writes it down', async () => {
    const [here, there] = [aPlace(), aPlace()]
    await linked(here, 'zoe', '9007199254740995')
    await linked(there, 'zora', '9007199254740996')
    const act = {
      guildId: here.guildId,
      userId: here.admin,
      command: 'unlink',
      options: { kick: 'ZO' },
      focused: 'kick',
    }
    expect(await bot.discord.control.autocomplete(act).choices()).toEqual([{ name: 'zoe', value: 'zoe' }])
    expect((await ask(here, 'unlink', { kick: 'zora' })).content).toContain('Nobody in this server')
    expect((await ask(here, 'unlink', {})).content).toContain('either the member or the Kick name')
    expect((await ask(here, 'unlink', { kick: '@Zoe' })).content).toContain('no longer linked to **zoe**')
    expect([await linksIn(here), await linksIn(there)]).toEqual([[], [expect.anything()]])
    expect([await eventsIn(here), await auditIn(here)]).toEqual([['unlinked'], ['links.unlink']])
  })
})

describe('/links rename', () => {
  const earned = async (place: Place, name: string, minutes: number, converted: number, points: number) => {
    await sql`insert into watchtime (discord_server_id, username, minutes) values (${place.guildId}, ${name}, ${minutes})`
    await sql`
      insert into points_watchtime_converted (discord_server_id, kick_username, minutes_converted, points_awarded)
      values (${place.guildId}, ${name}, ${converted}, ${points})`
    await sql`insert into user_points (discord_server_id, kick_username, points) values (${place.guildId}, ${name}, ${points})`
  }

  it('adds up what both names earned, and what was paid stays paid', async () => {
    const place = aPlace()
    const member = await linked(place, 'before', '501')
    await known(place, '501', 'Before')
    await earned(place, 'before', 52, 50, 10)
    await earned(place, 'after', 13, 10, 2)
    expect((await ask(place, 'links rename', { old: 'Before', new: 'After' })).content).toContain(
      'belongs to **after**',
    )
    expect(await linksIn(place)).toEqual([{ discordId: member, kickUserId: '501', kickName: 'after' }])
    expect(
      await sql`
        select w.username, w.minutes, c.minutes_converted, u.points
          from watchtime w
          join points_watchtime_converted c on c.discord_server_id = w.discord_server_id and c.kick_username = w.username
          join user_points u on u.discord_server_id = w.discord_server_id and u.kick_username = w.username
         where w.discord_server_id = ${place.guildId}`,
    ).toEqual([{ username: 'after', minutes: 65, minutesConverted: 60, points: '12' }])
    expect(await sql`select username from kick_account where discord_server_id = ${place.guildId}`).toEqual([
      { username: 'after' },
    ])
    expect([await eventsIn(place), await auditIn(place)]).toEqual([['merged'], ['links.rename']])
  })

  it('does not put two people together', async () => {
    const place = aPlace()
    await known(place, '601', 'one')
    await known(place, '602', 'two')
    expect((await ask(place, 'links rename', { old: 'one', new: 'two' })).content).toContain('two different accounts')
    await linked(place, 'three')
    await linked(place, 'four')
    expect((await ask(place, 'links rename', { old: 'three', new: 'four' })).content).toMatch(/linked to <@\d+> and/)
    expect((await ask(place, 'links rename', { old: 'three', new: '@THREE' })).content).toContain('the same')
    expect(await eventsIn(place)).toEqual([])
  })
})

describe('/links history and who', () => {
  it('tell what became of a member and of an account, in this server only', async () => {
    const [here, there] = [aPlace(), aPlace()]
    const member = await linked(here, 'carla', '701')
    await known(here, '701', 'Carla')
    await sql`
      insert into kick_rename (discord_server_id, kick_user_id, old_name, new_name)
      values (${here.guildId}, 701, 'carlotta', 'carla'), (${there.guildId}, 701, 'secret', 'carla')`
    const who = await ask(here, 'links who', { kick: 'carla' })
    expect(who.content).toContain(`**Carla** is linked to <@${member}> since`)
    expect(who.content).toContain('Earlier names: **carlotta**.')
    expect(who.content).not.toContain('secret')
    expect((await ask(here, 'links history', { member })).content).toContain('Nothing has been written down')
    await ask(here, 'unlink', { member })
    for (const options of [{ member }, { kick: 'carla' }]) {
      const { embeds } = await ask(here, 'links history', options)
      expect(embeds[0]?.description).toContain(`<@${member}> was unlinked from **carla** (by <@${here.admin}>)`)
    }
    expect((await ask(there, 'links history', { kick: 'carla' })).embeds).toEqual([])
  })
})

describe('an account that has another name on Kick', () => {
  it('keeps its link and its balance, and the new name stands in the history', async () => {
    const place = aPlace()
    const channel = place.guild.addChannel({ name: 'link-log' })
    await set(place, 'link_log_channel_id', channel.id)
    const member = await linked(place, 'oldname', '9007199254740997')
    await known(place, '9007199254740997', 'Oldname')
    await sql`insert into user_points (discord_server_id, kick_username, discord_id, points) values (${place.guildId}, 'oldname', ${member}, 7)`
    const account = { guildId: place.guildId, kickUserId: kickUserId('9007199254740997'), holder: null }
    const named = { ...account, kickName: username('newname'), displayName: 'Newname', now: Date.now() / 1000 - 60 }
    for (let time = 0; time < 2; time++) await transaction(sql, (db) => nameAccount(db, named))
    expect(await linksIn(place)).toEqual([{ discordId: member, kickUserId: '9007199254740997', kickName: 'newname' }])
    expect(await sql`select kick_username, points from user_points where discord_server_id = ${place.guildId}`).toEqual(
      [{ kickUsername: 'newname', points: '7' }],
    )
    expect(await eventsIn(place)).toEqual(['renamed'])
    expect((await ask(place, 'links who', { kick: 'newname' })).content).toContain('Earlier names: **oldname**')
    bot.tools.wakeOutbox()
    const message = await bot.discord.control.untilMessage(channel.id, () => true)
    expect(message.embeds[0]?.description).toBe('**oldname** is called **newname** on Kick now (as Kick told)')
  })
})

describe('the log channel', () => {
  it('reads once what became of links, without pinging anybody; other servers read nothing', async () => {
    const place = aPlace()
    const channel = place.guild.addChannel({ name: 'link-log' })
    await set(place, 'link_log_channel_id', channel.id)
    const member = await linked(place, 'logged', '801')
    await ask(place, 'unlink', { member })
    const message = await bot.discord.control.untilMessage(channel.id, () => true)
    expect(message.embeds[0]).toMatchObject({ description: expect.stringContaining(`<@${member}> was unlinked`) })
    expect(message.pings.users).toEqual([])
    const other = aPlace()
    const [unlogged] = [await linked(other, 'unlogged', '802')]
    await ask(other, 'unlink', { member: unlogged })
    expect(
      await sql`select from outbox where discord_server_id = ${other.guildId} and kind = 'links.log'`,
    ).toHaveLength(0)
    expect(bot.discord.control.messagesIn(channel.id)).toHaveLength(1)
  })
})

describe('/linkpanel', () => {
  it('posts one message whose button gives whoever presses it a sign-in of their own, in private', async () => {
    const place = aPlace()
    const channel = place.guild.addChannel({ name: 'welcome' })
    const answer = await ask(place, 'linkpanel post', { channel: channel.id, title: 'Come in' })
    expect(answer.content).toBe(`✅ The panel stands in <#${channel.id}>.`)
    const [panel] = bot.discord.control.messagesIn(channel.id)
    if (panel === undefined) throw new Error('there is no panel')
    expect(panel.embeds[0]).toMatchObject({
      title: 'Come in',
      description: expect.stringContaining('Press the button'),
    })
    expect(customIdOf(panel)).toBe(`links:panel:${place.guildId}`)
    const member = join(place)
    const given = await press(place, panel, member)
    expect(given.isEphemeral).toBe(true)
    expect(JSON.stringify(given.components)).toContain(`https://bot.example/link/${place.guildId}.`)
    expect(await sql`select discord_id from oauth_states where discord_server_id = ${place.guildId}`).toEqual([
      { discordId: member },
    ])
    expect(bot.discord.control.messagesIn(channel.id)).toHaveLength(1)
  })

  it('moves with its words, comes back when somebody deleted it, and can be taken away', async () => {
    const place = aPlace()
    const [one, two] = [place.guild.addChannel({ name: 'one' }), place.guild.addChannel({ name: 'two' })]
    await set(place, 'language', 'de')
    await ask(place, 'linkpanel post', { channel: one.id, description: 'Ours' })
    await ask(place, 'linkpanel post', { channel: two.id })
    await until(() => bot.discord.control.messagesIn(one.id).length === 0, { what: 'the old panel to go' })
    const [panel] = bot.discord.control.messagesIn(two.id)
    expect(panel?.embeds[0]).toMatchObject({ title: 'Verknüpfe dein Kick-Konto', description: 'Ours' })
    await bot.client.rest.delete(`/channels/${two.id}/messages/${panel?.id}`)
    await ask(place, 'linkpanel post', { channel: two.id })
    expect(bot.discord.control.messagesIn(two.id)).toHaveLength(1)
    expect((await ask(place, 'linkpanel remove')).content).toContain('taken away')
    await until(() => bot.discord.control.messagesIn(two.id).length === 0, { what: 'the panel to go' })
    expect((await ask(place, 'linkpanel remove')).content).toContain('There is no panel')
    expect(await sql`select from outbox where discord_server_id = ${place.guildId} and state = 'dead'`).toHaveLength(0)
  })

  it('says what is missing where it may not post', async () => {
    const place = aPlace()
    const hidden = { id: bot.discord.botUserId, type: 'member', deny: Permission.ViewChannel } as const
    const channel = place.guild.addChannel({ name: 'closed', overwrites: [hidden] })
    expect((await ask(place, 'linkpanel post', { channel: channel.id })).content).toContain('give me the permissions')
    expect(await sql`select from link_panel where discord_server_id = ${place.guildId}`).toHaveLength(0)
  })

  it('is posted for somebody in a transaction, in channels of this server only', async () => {
    const [here, there] = [aPlace(), aPlace()]
    const [own, foreign] = [here.guild.addChannel({ name: 'own' }), there.guild.addChannel({ name: 'foreign' })]
    for (const [ref, { id }] of Object.entries({ a: own, b: foreign })) {
      const wish = { guildId: here.guildId, channelId: id as never, title: null, description: null, ref }
      await links.owePanel(sql, { ...wish, by: { source: 'dashboard' } })
    }
    bot.tools.wakeOutbox()
    await bot.discord.control.untilMessage(own.id, () => true)
    const dead = () => sql`select from outbox where discord_server_id = ${here.guildId} and state = 'dead'`
    await until(async () => (await dead()).length === 1, { what: 'the other to be given up' })
    expect(bot.discord.control.messagesIn(foreign.id)).toEqual([])
  })
})

describe('what the dashboard says about links', () => {
  let said = 0
  const say = async ({ guildId }: Place, event: string, data: object) => {
    const [area = '', action = ''] = event.split('.')
    const id = `event-of-dashboard-${++said}`
    await transaction(sql, (db) => keepDashboardEvent(db, { guildId, id, area, action, data, at: Date.now() }))
    await until(
      async () =>
        (await sql`select 1 from dashboard_event where event_id = ${id} and handled_at is not null`).length > 0,
      { what: `${event} to be handled` },
    )
    const [row] = await sql<{ outcome: string; reason: string | null }[]>`
      select outcome, reason from dashboard_event where event_id = ${id}`
    return row
  }
  const given = async ({ guildId }: Place) => {
    const dead = () => sql<{ reason: string }[]>`
      select last_error as reason from outbox where discord_server_id = ${guildId} and state = 'dead'`
    await until(async () => (await dead()).length > 0, { what: 'it to be given up' })
    return (await dead())[0]?.reason
  }

  it('links a member by the id that Kick gives, and takes the link away, noted as the dashboard’s', async () => {
    const place = aPlace()
    const member = join(place)
    const account = viewer('Dash_One')
    expect(await say(place, 'link.forced', { discord_id: member, kick_name: 'Dash_One' })).toMatchObject({
      outcome: 'done',
    })
    await until(async () => (await linksIn(place)).length === 1, { what: 'the link' })
    expect(await linksIn(place)).toEqual([
      { discordId: member, kickUserId: String(account.userId), kickName: 'dash_one' },
    ])
    await say(place, 'link.removed', { discord_id: member })
    expect(await linksIn(place)).toEqual([])
    expect(await say(place, 'link.removed', { discord_id: member })).toMatchObject({
      outcome: 'refused',
      reason: expect.stringContaining('no link'),
    })
    const rows = await sql`select distinct source from audit_log where discord_server_id = ${place.guildId}`
    expect([rows.map(({ source }) => source), await eventsIn(place)]).toEqual([['dashboard'], ['forced', 'unlinked']])
  })

  it('gives up what cannot be, and says why where admins look', async () => {
    const [taken, strange, unknown] = [aPlace(), aPlace(), aPlace()]
    const account = viewer('Dash_Two')
    await linked(taken, 'dash_two', String(account.userId))
    await say(taken, 'link.forced', { discord_id: join(taken), kick_name: 'dash_two' })
    await say(strange, 'link.forced', { discord_id: join(taken), kick_name: 'dash_two' })
    await say(unknown, 'link.forced', { discord_id: join(unknown), kick_name: 'nobody_at_all' })
    expect(await Promise.all([taken, strange, unknown].map(given))).toEqual([
      expect.stringContaining('another member is linked to it'),
      expect.stringContaining('no such member'),
      expect.stringContaining('Kick knows no such account'),
    ])
    expect(await say(taken, 'link.forced', { discord_id: 7, kick_name: 'dash_two' })).toMatchObject({
      outcome: 'refused',
      reason: expect.stringMatching(/^discord_id: /),
    })
  })

  it('posts the panel in a channel of this server, and refuses panels that are none of ours', async () => {
    const place = aPlace()
    const channel = place.guild.addChannel({ name: 'link-here' })
    await say(place, 'panel.post', { panel_type: 'kick_link', channel_id: channel.id })
    await until(() => bot.discord.control.messagesIn(channel.id).length === 1, { what: 'the panel' })
    expect(await say(place, 'panel.post', { panel_type: 'twitch_link', channel_id: channel.id })).toMatchObject({
      outcome: 'refused',
      reason: expect.stringMatching(/^panel_type: /),
    })
    expect(bot.discord.control.messagesIn(channel.id)).toHaveLength(1)
  })
})

describe('the linked role', () => {
  const settle = (place: Place) =>
    transaction(sql, (db) =>
      onTick(aTick({ kind: 'roles', guildIds: [place.guildId], slot: aSlotAgo(0) }), db, bot.tools),
    )

  it('is given to who is linked, and taken with the link only where roles are taken at all', async () => {
    const place = aPlace()
    const role = place.guild.addRole({ name: 'Linked', position: 'below-bot' })
    await set(place, 'kick_linked_role_id', role.id)
    await set(place, 'watchtime_roles_enabled', 'off')
    const member = await linked(place, 'hasrole', '901')
    await settle(place)
    await bot.discord.control.untilRole(place.guildId, member, role.id)
    expect(bot.discord.control.dmsWith(member)).toEqual([])
    await ask(place, 'unlink', { member })
    await settle(place)
    expect(bot.discord.control.rolesOf(place.guildId, member)).toContain(role.id)
    await set(place, 'role_removal', 'on')
    await settle(place)
    await bot.discord.control.untilNoRole(place.guildId, member, role.id)
  })

  it('stays beside the highest tier', async () => {
    const place = aPlace()
    const [role, low, high] = times(3, () => place.guild.addRole({ position: 'below-bot' }))
    if (role === undefined || low === undefined || high === undefined) throw new Error('a role is missing')
    await set(place, 'kick_linked_role_id', role.id)
    await set(place, 'role_mode', 'highest')
    for (const [tier, minutes] of [
      [low, 10],
      [high, 20],
    ] as const)
      await sql`
        insert into watchtime_roles (discord_server_id, role_id, role_name, minutes_required)
        values (${place.guildId}, ${tier.id}, ${tier.name}, ${minutes})`
    const member = await linked(place, 'climber', '902')
    await sql`insert into watchtime (discord_server_id, username, minutes) values (${place.guildId}, 'climber', 15)`
    await settle(place)
    await bot.discord.control.untilRole(place.guildId, member, low.id)
    await sql`update watchtime set minutes = 25 where discord_server_id = ${place.guildId}`
    await settle(place)
    await bot.discord.control.untilNoRole(place.guildId, member, low.id)
    await bot.discord.control.untilRole(place.guildId, member, high.id)
    expect(bot.discord.control.rolesOf(place.guildId, member)).toContain(role.id)
  })

  it('is given to everybody who lacks it, and the answer counts them', async () => {
    const place = aPlace()
    const role = place.guild.addRole({ name: 'Linked', position: 'below-bot' })
    await set(place, 'kick_linked_role_id', role.id)
    const members = []
    for (const n of times(3, (i) => i)) members.push(await linked(place, `bulk${n}`, String(1_000 + n)))
    const had = await linked(place, 'bulk_had', '1010')
    await sql`
      insert into role_grant (discord_server_id, discord_id, role_id, state)
      values (${place.guildId}, ${had}, ${roleId(role.id)}, 'granted')`
    const gone = await linked(place, 'bulk_gone', '1011')
    bot.discord.control.leave(place.guildId, gone)
    const run = use(place, 'links grant-role')
    expect((await run.message()).content).toContain('4 of 5')
    const done = await until(
      async () => (await run.message()).content.startsWith('✅') && (await run.message()).content,
      {
        what: 'the run to end',
        timeoutMs: 20_000,
      },
    )
    expect(done).toBe(`✅ <@&${role.id}>: given to 3, 1 had it, 1 are not in the server, 0 could not be given it.`)
    for (const member of members) expect(bot.discord.control.rolesOf(place.guildId, member)).toContain(role.id)
    expect(await sql`select from link_role_run`).toHaveLength(0)
  })

  it('that cannot be given is told to the admins once, and given once it can be', async () => {
    const place = aPlace()
    const channel = place.guild.addChannel({ name: 'admins' })
    const role = place.guild.addRole({ name: 'Linked *high*', position: 'above-bot' })
    await sql`insert into guild (discord_server_id, server_name) values (${place.guildId}, 'High')`
    await set(place, 'kick_linked_role_id', role.id)
    await set(place, 'admin_channel_id', channel.id)
    const members = [await linked(place, 'low1', '961'), await linked(place, 'low2', '962')]
    await settle(place)
    const warning = await bot.discord.control.untilMessage(channel.id, () => true)
    expect(warning.content).toContain('I cannot give **Linked \\*high\\***')
    const blocked = () => sql`select from role_grant where discord_server_id = ${place.guildId} and state = 'blocked'`
    await until(async () => (await blocked()).length === 2, { what: 'both to wait' })
    expect(bot.discord.control.messagesIn(channel.id)).toHaveLength(1)
    place.guild.moveRole(role.id, 'below-bot')
    await rolesFeature.gateway.rolesChanged(place.guildId, bot.tools)
    await settle(place)
    for (const member of members) await bot.discord.control.untilRole(place.guildId, member, role.id)
  })

  it('is not begun to be given without a role, or with one that cannot be given', async () => {
    const place = aPlace()
    expect((await ask(place, 'links grant-role')).content).toContain('kick_linked_role_id')
    const high = place.guild.addRole({ position: 'above-bot' })
    await set(place, 'kick_linked_role_id', high.id)
    expect((await ask(place, 'links grant-role')).content).toContain('must stand below my own')
  })
})

describe('a member who leaves and comes back', () => {
  const given = async (policy: string) => {
    const place = aPlace()
    const role = place.guild.addRole({ name: 'Linked', position: 'below-bot' })
    await set(place, 'kick_linked_role_id', role.id)
    await set(place, 'rejoin_policy', policy)
    const member = await linked(place, 'wanderer', '950')
    await sql`
      insert into role_grant (discord_server_id, discord_id, role_id, state)
      values (${place.guildId}, ${member}, ${role.id}, 'granted')`
    place.guild.giveRole(member, role.id)
    const who = { guildId: place.guildId, userId: member }
    const leave = async () => {
      bot.discord.control.leave(place.guildId, member)
      await linksFeature.gateway.memberLeft(who, bot.tools)
    }
    const comeBack = async () => {
      place.guild.addMember({ user: member })
      await linksFeature.gateway.memberJoined(who, bot.tools)
    }
    return { place, role, member, leave, comeBack }
  }
  const jobsIn = ({ guildId }: Place) => sql<{ days: number }[]>`
    select round(extract(epoch from next_run_at - now()) / 86400)::int as days
      from job where discord_server_id = ${guildId} and kind = 'links.wipe'`
  const wipeNow = (place: Place) => sql`update job set next_run_at = now() where discord_server_id = ${place.guildId}`

  it('has their roles again at once with restore', async () => {
    const { place, role, member, leave, comeBack } = await given('restore')
    await leave()
    expect(await jobsIn(place)).toEqual([])
    await comeBack()
    await bot.discord.control.untilRole(place.guildId, member, role.id)
  })

  it('has their data, and no role before the next comparison, with keep', async () => {
    const { place, role, member, leave, comeBack } = await given('keep')
    await leave()
    await comeBack()
    expect(await linksIn(place)).toHaveLength(1)
    expect(await sql`select from role_grant where discord_server_id = ${place.guildId}`).toHaveLength(0)
    await transaction(sql, (db) =>
      onTick(aTick({ kind: 'roles', guildIds: [place.guildId], slot: aSlotAgo(0) }), db, bot.tools),
    )
    await bot.discord.control.untilRole(place.guildId, member, role.id)
  })

  it('loses the link some days after they left with wipe, unless they came back', async () => {
    const back = await given('wipe')
    await set(back.place, 'rejoin_wipe_days', '7')
    await back.leave()
    expect(await jobsIn(back.place)).toEqual([{ days: 7 }])
    await back.comeBack()
    expect(await jobsIn(back.place)).toEqual([])

    const gone = await given('wipe')
    await gone.leave()
    await wipeNow(gone.place)
    await until(async () => (await linksIn(gone.place)).length === 0, { what: 'the link to be deleted' })
    expect(await eventsIn(gone.place)).toEqual(['unlinked: left'])
    expect(await linksIn(back.place)).toHaveLength(1)
  })

  it('keeps the link when nobody heard that they came back', async () => {
    const { place, member, leave } = await given('wipe')
    await leave()
    place.guild.addMember({ user: member })
    await wipeNow(place)
    const paid = () =>
      sql`select from outbox where discord_server_id = ${place.guildId} and kind = 'links.wipe' and state = 'paid'`
    await until(async () => (await paid()).length === 1, { what: 'the member to be looked for' })
    expect(await linksIn(place)).toHaveLength(1)
  })
})
