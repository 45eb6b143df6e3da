import { randomBytes } from 'node:crypto'
import { PermissionFlagsBits } from 'discord.js'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { guildId, kickUserId, type UserId, userId, username } from '../../../cluster/runtime/ids.ts'
import { speak } from '../../../shard/features/language.ts'
import { adoptLinks, linkOf, linksFeature, memberOf } from '../../../shard/features/links/index.ts'
import { stateOf } from '../../../shard/features/links/rules.ts'
import type { Sql } from '../../../sql/client.ts'
import { owe } from '../../../sql/queries/outbox.ts'
import type { Interaction, SeenMessage } from '../../standins/discord/index.ts'
import { type Bot, startBot } from '../../support/bot.ts'
import { createDatabase } from '../../support/database.ts'
import { until } from '../../support/wait.ts'

/** Above 2^53, and higher than a signed 64-bit half of it: nothing may pass through a float. */
const tower = guildId('9007199254740993001')
const abbey = guildId('1180000000000000123')
const anna = { kickUserId: kickUserId('9007199254740995'), kickName: username('an_na'), displayName: 'An_na' }
const bob = { kickUserId: kickUserId('77'), kickName: username('bob'), displayName: 'Bob' }
type Account = typeof anna

let sql: Sql
let bot: Bot

beforeAll(async () => {
  ;({ sql } = await createDatabase())
  bot = await startBot({ sql, features: [linksFeature] })
  for (const [id, name] of [
    [tower, 'The Tower'],
    [abbey, 'The Abbey'],
  ] as const) {
    bot.discord.world.addGuild({ id, name })
    await sql`insert into guild (discord_server_id, server_name) values (${id}, ${name})`
  }
})

afterEach(async () => {
  bot.discord.control.faults.clear()
  expect(bot.discord.ledger.violations).toEqual([])
  await sql`truncate links, link_event, audit_log, oauth_states, link_confirmation, kick_account, user_points, watchtime, settlement, outbox`
})

const join = (guild = tower): UserId => userId(bot.discord.control.join(guild))
const use = (command: string, member: string, options = {}, guild = tower): Interaction =>
  bot.discord.control.command({ userId: member, guildId: guild, command, options })
const press = (message: SeenMessage, member: string, label: string): Interaction =>
  bot.discord.control.press({ userId: member, message, customId: customIdOf(message, label) })

function customIdOf(message: SeenMessage, label: string): string {
  const rows = z.array(z.object({ components: z.array(z.object({ label: z.string(), custom_id: z.string() })) }))
  const buttons = rows.parse(message.components).flatMap(({ components }) => components)
  const found = buttons.find((button) => button.label === label)
  if (found === undefined) throw new Error(`there is no button ${label}`)
  return found.custom_id
}

/** The value in the URL that /link answered with. */
async function urlValueFrom(interaction: Interaction): Promise<string> {
  const { components } = await interaction.message()
  const [value] = /(?<=https:\/\/bot\.example\/link\/)[^"]+/.exec(JSON.stringify(components)) ?? []
  if (value === undefined) throw new Error('there is no URL in the answer')
  return value
}

/** What the pages do when somebody has signed in at Kick: keep the account, and owe the member the question. */
async function signedIn(
  member: string,
  account: Account,
  more: { token?: string; guild?: typeof tower; seconds?: number } = {},
) {
  const { token = null, guild = tower, seconds = 600 } = more
  await sql`
    insert into link_confirmation (discord_server_id, discord_id, kick_user_id, kick_name, display_name, interaction_token, expires_at)
    values (${guild}, ${member}, ${account.kickUserId}, ${account.kickName}, ${account.displayName}, ${token},
            now() + make_interval(secs => ${seconds}))
    on conflict (discord_server_id, discord_id) do update
       set kick_user_id = excluded.kick_user_id, kick_name = excluded.kick_name, display_name = excluded.display_name,
           expires_at = excluded.expires_at`
  await owe(sql, [
    {
      guildId: guild,
      kind: 'links.confirm',
      sourceRef: randomBytes(8).toString('hex'),
      payload: { discordId: member, ...account, interactionToken: token },
    },
  ])
  bot.tools.wakeOutbox()
}

/** /link, a sign-in at Kick, and the question that follows. */
async function asked(member: UserId, account: Account, guild = tower): Promise<SeenMessage> {
  const interaction = use('link', member, {}, guild)
  await urlValueFrom(interaction)
  await signedIn(member, account, { token: interaction.token, guild })
  return first(await interaction.followUps())
}

function first<T>(list: readonly T[]): T {
  const [one] = list
  if (one === undefined) throw new Error('the list is empty')
  return one
}

const linksIn = (guild = tower) => sql<{ discordId: string; kickUserId: string | null; kickName: string }[]>`
  select discord_id, kick_user_id, kick_name from links where discord_server_id = ${guild} order by discord_id`
const outboxRows = (kind: string) => sql<{ state: string; lastError: string | null }[]>`
  select state, last_error from outbox where kind = ${kind}`

describe('/link', () => {
  it('gives a private link that works for ten minutes and is kept as a hash only', async () => {
    const member = join()
    const interaction = use('link', member)
    const seen = await interaction.message()
    expect(seen.isEphemeral).toBe(true)
    expect(seen.content).toMatch(/once, within 10 minutes.*do not share/)
    const value = await urlValueFrom(interaction)
    expect(value).toMatch(new RegExp(`^${tower}\\.[\\w-]{43}$`))
    const rows = await sql`
      select discord_server_id, state, purpose, discord_id, code_verifier, interaction_token,
             extract(epoch from expires_at - now())::int as left_seconds
        from oauth_states`
    expect(rows).toEqual([
      {
        discordServerId: tower,
        state: stateOf(value),
        purpose: 'link',
        discordId: member,
        codeVerifier: null,
        interactionToken: interaction.token,
        leftSeconds: expect.closeTo(600, -1),
      },
    ])
  })

  it('makes earlier links that were not opened void, in this guild and for this member only', async () => {
    const [member, other] = [join(), join()]
    bot.discord.world.guild(abbey).addMember({ user: member })
    await use('link', other).message()
    await use('link', member, {}, abbey).message()
    const opened = await urlValueFrom(use('link', member))
    await sql`update oauth_states set code_verifier = 'v' where state = ${stateOf(opened)}`
    await use('link', member).message()
    await sql`
      insert into oauth_states (discord_server_id, state, purpose, discord_id, expires_at)
      values (${tower}, 'old', 'broadcaster', 5, now() - interval '1 second')`
    const last = await urlValueFrom(use('link', member))
    const own = await sql<{ state: string }[]>`
      select state from oauth_states where discord_server_id = ${tower} and discord_id <> ${other}`
    expect(own.map((row) => row.state).sort()).toEqual([stateOf(opened), stateOf(last)].sort())
    expect(await sql`select from oauth_states`).toHaveLength(4)
  })

  it('tells a linked member what is linked and whom to ask', async () => {
    const member = join()
    await press(await asked(member, anna), member, 'Yes, link it').message()
    const seen = await use('link', member).message()
    expect(seen.content).toContain('**An\\_na**')
    expect(seen.content).toContain('`/unlink`')
    expect(seen.components).toEqual([])
    expect(await sql`select from oauth_states where discord_id = ${member} and code_verifier is null`).toHaveLength(1)
  })
})

describe('the question', () => {
  it('is asked of the member alone, and Yes links the account', async () => {
    const member = join()
    await sql`insert into user_points (discord_server_id, kick_username, points) values (${tower}, 'an_na', 5)`
    const question = await asked(member, anna)
    expect(question).toMatchObject({ isEphemeral: true, content: expect.stringContaining('**An\\_na**') })
    expect(await linksIn()).toEqual([])

    const answer = await press(question, member, 'Yes, link it').message()
    expect(answer).toMatchObject({ content: 'Done: you are linked to **An\\_na**.', components: [] })
    expect(await linksIn()).toEqual([{ discordId: member, kickUserId: anna.kickUserId, kickName: 'an_na' }])
    expect(await linkOf(sql, tower, member)).toMatchObject({ displayName: 'An_na', kickUserId: anna.kickUserId })
    expect(await memberOf(sql, tower, username('@AN_NA'))).toBe(member)
    expect(await sql`select discord_id, points from user_points`).toEqual([{ discordId: member, points: '5' }])
    expect(await sql`select kind from settlement where facts_revision > settled_revision`).toEqual([{ kind: 'roles' }])
    const dm = await bot.discord.control.untilDm(member)
    expect(dm.content).toContain('**An\\_na** is linked in **The Tower**')
    await until(async () => (await outboxRows('links.result'))[0]?.state === 'paid', { what: 'the row to be paid' })
  })

  it('writes nothing for No, and can be asked again', async () => {
    const member = join()
    const answer = await press(await asked(member, anna), member, 'No').message()
    expect(answer).toMatchObject({ content: expect.stringContaining('Nothing was linked'), components: [] })
    expect(await linksIn()).toEqual([])
    expect(await sql`select from link_confirmation`).toHaveLength(0)
    await press(await asked(member, anna), member, 'Yes, link it').message()
    expect(await linksIn()).toHaveLength(1)
  })

  it('leaves somebody who opened the link of another with nothing, as long as that one does not agree', async () => {
    const [member, thief] = [join(), join()]
    await asked(member, bob) // the thief signed in as bob
    expect(await linksIn()).toEqual([])
    expect(await linkOf(sql, tower, thief)).toBeUndefined()
    expect(bot.discord.control.dmsWith(thief)).toEqual([])
  })

  it('does not link a second account in the place of the one that was asked about', async () => {
    const member = join()
    const question = await asked(member, anna)
    await signedIn(member, bob) // meanwhile somebody else used a link of theirs
    expect((await press(question, member, 'Yes, link it').message()).content).toContain('too old')
    expect(await linksIn()).toEqual([])
    expect(await sql`select kick_name from link_confirmation`).toEqual([{ kickName: 'bob' }])
  })

  it('can be answered by nobody else', async () => {
    const [member, other] = [join(), join()]
    bot.discord.control.closeDms(member)
    // A public message with the member's buttons, which no room sends; ephemeral ones nobody else could press.
    await signedIn(member, anna)
    const question = await bot.client.rest
      .post(`/channels/${bot.discord.world.guild(tower).firstTextChannel.id}/messages`, {
        body: {
          content: '?',
          components: [
            {
              type: 1,
              components: [
                { type: 2, style: 3, label: 'Y', custom_id: `links:yes:${tower}:${member}:${anna.kickUserId}` },
                { type: 2, style: 3, label: 'N', custom_id: `links:no:${tower}:${member}:${anna.kickUserId}` },
              ],
            },
          ],
        },
      })
      .then(() => bot.discord.control.messagesIn(bot.discord.world.guild(tower).firstTextChannel.id).at(-1))
    if (question === undefined) throw new Error('the message is missing')
    for (const label of ['Y', 'N'])
      expect(first(await press(question, other, label).followUps()).content).toBe('This question is for somebody else.')
    expect(await linksIn()).toEqual([])
    expect(await sql`select from link_confirmation`).toHaveLength(1)
  })

  it('is too old after its time', async () => {
    const member = join()
    const question = await asked(member, anna)
    await sql`update link_confirmation set expires_at = now() - interval '1 second'`
    expect((await press(question, member, 'Yes, link it').message()).content).toContain('too old')
    expect(await linksIn()).toEqual([])
    expect(await sql`select from link_confirmation`).toHaveLength(0)
  })

  it('is not asked when it is too late or was answered', async () => {
    const member = join()
    await signedIn(member, anna, { seconds: -1 })
    await until(async () => (await outboxRows('links.confirm'))[0]?.state === 'dead', { what: 'the row to be dead' })
    await sql`truncate outbox, link_confirmation`
    await signedIn(member, anna)
    await sql`truncate link_confirmation`
    await until(async () => (await outboxRows('links.confirm'))[0]?.state === 'paid', { what: 'the row to be paid' })
    expect(bot.discord.control.dmsWith(member).length).toBeLessThanOrEqual(1)
  })

  it('says the same when Yes is pressed twice', async () => {
    const member = join()
    const question = await asked(member, anna)
    const presses = [press(question, member, 'Yes, link it'), press(question, member, 'Yes, link it')]
    for (const one of presses) expect((await one.message()).content).toContain('you are linked to')
    expect(await linksIn()).toHaveLength(1)
    expect(await outboxRows('links.result')).toHaveLength(1)
  })

  it('comes by direct message when the interaction is too old, and works there', async () => {
    const member = join()
    const interaction = use('link', member)
    await interaction.message()
    bot.discord.control.advance(16 * 60_000)
    await signedIn(member, anna, { token: interaction.token })
    const question = await bot.discord.control.untilDm(member)
    expect(question.content).toContain('in **The Tower**')
    expect((await press(question, member, 'Yes, link it').message()).content).toContain('Done')
    expect(await linksIn()).toEqual([{ discordId: member, kickUserId: anna.kickUserId, kickName: 'an_na' }])
  })

  it('is given up, with a reason, when the member cannot be reached at all', async () => {
    const member = join()
    bot.discord.control.closeDms(member)
    await signedIn(member, anna, { token: 'unknown' })
    const row = await until(async () => (await outboxRows('links.confirm')).find(({ state }) => state === 'dead'), {
      what: 'the row to be dead',
    })
    expect(row.lastError).toContain('no direct messages')
  })

  it('waits while Discord is unavailable', async () => {
    const member = join()
    bot.discord.control.faults.rest({ kind: 'status', status: 503 }, { path: /channels/, times: 100 })
    await signedIn(member, anna)
    const row = await until(
      async () => (await outboxRows('links.confirm')).find(({ lastError }) => lastError !== null),
      {
        what: 'the row to wait',
        timeoutMs: 20_000,
      },
    )
    expect(row).toMatchObject({ state: 'due', lastError: 'Discord is unavailable' })
  })

  it('links nobody who has left the server', async () => {
    const member = join()
    bot.discord.world.guild(abbey).addMember({ user: member })
    await signedIn(member, anna)
    const question = await bot.discord.control.untilDm(member)
    bot.discord.control.leave(tower, member)
    const told = first(await press(question, member, 'Yes, link it').followUps())
    expect(told.content).toContain('not in that server any more')
    expect(await linksIn()).toEqual([])
    bot.discord.world.guild(tower).addMember({ user: member })
    await press(question, member, 'Yes, link it').message()
    expect(await linksIn()).toHaveLength(1)
  })
})

describe('one account for a member, one member for an account', () => {
  it('tells the second member of an account that it is taken', async () => {
    const [one, two] = [join(), join()]
    await press(await asked(one, anna), one, 'Yes, link it').message()
    const answer = await press(await asked(two, anna), two, 'Yes, link it').message()
    expect(answer.content).toMatch(/linked to another member.*`\/unlink`/)
    expect(await linksIn()).toHaveLength(1)
  })

  it('links one of two who confirm the same account at the same instant', async () => {
    for (let round = 0; round < 5; round++) {
      const members = [join(), join()]
      const questions = await Promise.all(members.map((member) => asked(member, anna)))
      const answers = await Promise.all(
        questions.map((question, n) => press(question, members[n] ?? '', 'Yes, link it').message()),
      )
      const texts = answers.map(({ content }) => content).sort()
      expect(texts[0]).toContain('linked to another member')
      expect(texts[1]).toContain('Done')
      expect(await linksIn()).toHaveLength(1)
      expect(await outboxRows('links.result')).toHaveLength(1)
      await sql`truncate links, outbox`
    }
  })

  it('refuses a second account to a linked member, whose older question was still open', async () => {
    const member = join()
    const question = await asked(member, bob)
    await sql`
      insert into links (discord_server_id, discord_id, kick_user_id, kick_name)
      values (${tower}, ${member}, ${anna.kickUserId}, 'an_na')`
    expect((await press(question, member, 'Yes, link it').message()).content).toContain('linked to **an\\_na**')
    expect(await linksIn()).toEqual([{ discordId: member, kickUserId: anna.kickUserId, kickName: 'an_na' }])
  })

  it('keeps guilds apart: the same account in two of them, for different members', async () => {
    const [one, two] = [join(tower), join(abbey)]
    await press(await asked(one, anna), one, 'Yes, link it').message()
    await press(await asked(two, anna, abbey), two, 'Yes, link it').message()
    expect(await memberOf(sql, tower, anna.kickName)).toBe(one)
    expect(await memberOf(sql, abbey, anna.kickName)).toBe(two)
  })

  it('moves what was earned under an older name, and sets aside who had the name before', async () => {
    const member = join()
    await sql`
      insert into kick_account (discord_server_id, kick_user_id, username, display_name)
      values (${tower}, ${anna.kickUserId}, 'anne', 'Anne'), (${tower}, ${bob.kickUserId}, 'an_na', 'An_na')`
    await sql`insert into watchtime (discord_server_id, username, minutes) values (${tower}, 'anne', 30), (${tower}, 'an_na', 7)`
    await press(await asked(member, anna), member, 'Yes, link it').message()
    expect(await sql`select username, minutes from watchtime order by minutes`).toEqual([
      { username: '#77', minutes: 7 },
      { username: 'an_na', minutes: 30 },
    ])
    expect(await linksIn()).toEqual([{ discordId: member, kickUserId: anna.kickUserId, kickName: 'an_na' }])
  })

  it('takes a name over from a link whose account cannot have it any more', async () => {
    const [old, member] = [join(), join()]
    await sql`
      insert into links (discord_server_id, discord_id, kick_user_id, kick_name)
      values (${tower}, ${old}, ${bob.kickUserId}, 'an_na')`
    await press(await asked(member, anna), member, 'Yes, link it').message()
    expect(await linkOf(sql, tower, old)).toMatchObject({ kickUserId: bob.kickUserId, kickName: '#77' })
    expect(await linkOf(sql, tower, member)).toMatchObject({ kickUserId: anna.kickUserId, kickName: 'an_na' })
  })

  it('adopts a link that was imported by name', async () => {
    const [member, other] = [join(), join()]
    const question = await asked(member, anna)
    await sql`
      insert into links (discord_server_id, discord_id, kick_name)
      values (${tower}, ${member}, 'an_na'), (${abbey}, ${member}, 'an_na'), (${tower}, ${other}, 'bob')`
    await press(question, member, 'Yes, link it').message()
    expect(await linkOf(sql, tower, member)).toMatchObject({ kickUserId: anna.kickUserId })
    expect(await linkOf(sql, abbey, member)).toMatchObject({ kickUserId: null })
    const seen = { guildIds: [tower], kickUserIds: [bob.kickUserId], usernames: [bob.kickName] }
    expect(await adoptLinks(sql, seen)).toEqual([{ userId: other }])
    expect(await adoptLinks(sql, seen)).toEqual([])
  })
})

describe('the result', () => {
  it('is told by a follow-up when direct messages are closed', async () => {
    const member = join()
    bot.discord.control.closeDms(member)
    const pressed = press(await asked(member, anna), member, 'Yes, link it')
    expect(first(await pressed.followUps())).toMatchObject({
      isEphemeral: true,
      content: expect.stringContaining('is linked in **The Tower**'),
    })
  })

  it('of a failed sign-in names the reason and what to do', async () => {
    const member = join()
    const interaction = use('link', member)
    await interaction.message()
    const payload = { discordId: member, reason: 'refused', interactionToken: interaction.token }
    await owe(sql, [{ guildId: tower, kind: 'links.failed', sourceRef: '1', payload }])
    bot.tools.wakeOutbox()
    const told = first(await interaction.followUps())
    expect(told).toMatchObject({ isEphemeral: true, content: expect.stringMatching(/you did not allow it.*`\/link`/) })
  })
})

describe('/unlink', () => {
  const linked = async (guild = tower) => {
    const member = join(guild)
    await sql`
      insert into links (discord_server_id, discord_id, kick_user_id, kick_name)
      values (${guild}, ${member}, ${anna.kickUserId}, 'an_na')`
    await sql`
      insert into kick_account (discord_server_id, kick_user_id, username, display_name)
      values (${guild}, ${anna.kickUserId}, 'an_na', 'An_na')`
    await sql`
      insert into user_points (discord_server_id, kick_username, discord_id, points)
      values (${guild}, 'an_na', ${member}, 5)`
    return member
  }
  const admin = () => bot.discord.world.guild(tower).ownerId

  it('takes the link away and keeps the points', async () => {
    const member = await linked()
    const seen = await use('unlink', admin(), { member }).message()
    expect(seen).toMatchObject({
      isEphemeral: true,
      content: expect.stringContaining('no longer linked to **An\\_na**'),
    })
    expect(seen.pings.users).toEqual([])
    expect(await linksIn()).toEqual([])
    expect(await sql`select discord_id, points from user_points`).toEqual([{ discordId: null, points: '5' }])
    expect(await sql`select kind from settlement`).toEqual([{ kind: 'roles' }])
    await press(await asked(member, anna), member, 'Yes, link it').message()
    expect(await linksIn()).toHaveLength(1)
  })

  it('reaches into no other guild', async () => {
    const member = await linked(abbey)
    bot.discord.world.guild(tower).addMember({ user: member })
    expect((await use('unlink', admin(), { member }).message()).content).toContain('nothing to unlink')
    expect(await linksIn(abbey)).toHaveLength(1)
  })

  it('ends a sign-in that is under way', async () => {
    const member = join()
    const question = await asked(member, anna)
    await use('unlink', admin(), { member }).message()
    expect((await press(question, member, 'Yes, link it').message()).content).toContain('too old')
  })

  it('is for whoever manages the server', async () => {
    const member = await linked()
    expect(() => use('unlink', member, { member })).toThrow('lacks the permissions')
    const role = bot.discord.world.guild(tower).addRole({ permissions: PermissionFlagsBits.ManageGuild })
    const manager = userId(bot.discord.world.guild(tower).addMember({ roles: [role.id] }).user.id)
    expect((await use('unlink', manager, { member }).message()).content).toContain('no longer linked')
  })
})

it('answers !link in the stream chat with where to go', async () => {
  const call = {
    guildId: tower,
    say: speak('en'),
    sender: { userId: anna.kickUserId, username: anna.kickName, displayName: 'An_na' },
    args: [],
  }
  expect(await linksFeature.chat.link(call, sql, bot.tools)).toContain('/link in our Discord')
  await sql`insert into links (discord_server_id, discord_id, kick_name) values (${tower}, 1, 'an_na')`
  expect(await linksFeature.chat.link(call, sql, bot.tools)).toContain('linked already')
})
