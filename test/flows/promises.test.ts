import { beforeAll, describe, expect, it } from 'vitest'
import type { KickUser } from '../standins/kick/index.ts'
import { buttonsOf } from '../support/browsing.ts'
import { aGuildId, standingsIn } from '../support/builders.ts'
import { Place } from '../support/place.ts'
import { buildStage, type Pod, ready, type Stage } from '../support/stage.ts'
import { until } from '../support/wait.ts'

/** The promises of `conformance.test.ts` that need whole programs; the numbers go on from there. */
const minuteMs = 60_000

let stage: Stage
let pod: Pod
let people = 0

beforeAll(async () => {
  stage = await buildStage({ shardCount: 4, shardsPerGroup: 2, maxConcurrency: 16, env: { KICK_BOT_NAME: 'app_bot' } })
  pod = await stage.start('manager', 'manager')
  await ready(await stage.start('scheduler', 'scheduler'), pod)
  await stage.discord.control.untilConnected(4, { timeoutMs: 60_000 })
  stage.kick.setWebhookUrl(`${pod.url}/webhooks/kick`)
  stage.kick.registerRedirect(`${pod.url}/oauth/kick/callback`)
}, 120_000)

const aViewer = (): KickUser => stage.kick.control.addViewer({ username: `Viewer_${++people}` })
const aMember = (place: Place): string => place.guild.addMember({ username: `member${++people}` }).user.id

/** A server that joins while everything runs, with a channel that has been live for twenty minutes. */
async function aPlace(channel?: KickUser): Promise<{ place: Place; channel: KickUser }> {
  const place = new Place(stage, stage.discord.world.addGuild({ id: aGuildId() }))
  const its = channel ?? stage.kick.control.addChannel({ username: `Streamer_${++people}` })
  await place.asOwner('setup', { channel: its.slug })
  if (channel === undefined) stage.kick.control.goLive(its, { startedAt: Date.now() - 20 * minuteMs })
  return { place, channel: its }
}

const chat = (channel: KickUser, viewer: KickUser, ...minutesAgo: number[]) => {
  for (const ago of minutesAgo)
    stage.kick.control.chat(channel, viewer, 'hello', { createdAt: Date.now() - ago * minuteMs })
}
const linksIn = (place: Place) => stage.sql<{ discordId: string; kickName: string }[]>`
  select discord_id, kick_name from links where discord_server_id = ${place.id}`

describe('servers', () => {
  it('6. A and B on the same channel: one subscription, both accrue, with totals of their own', async () => {
    const { place: a, channel } = await aPlace()
    const { place: b } = await aPlace(channel)
    await b.asOwner('settings set', { key: 'points_per_5min', value: '4' })
    const viewer = aViewer()
    chat(channel, viewer, 15, 12, 9)
    const name = viewer.username.toLowerCase()
    await a.have({ [name]: [6, 1] })
    await b.have({ [name]: [6, 4] })
    const own = stage.kick.control.subscriptions.filter((one) => one.broadcasterId === channel.userId)
    expect(own.filter((one) => one.event === 'chat.message.sent')).toHaveLength(1)
  })

  it('16. ids above 2^53 stay exact from Discord and Kick to every row', async () => {
    const viewer = stage.kick.control.addViewer({ username: 'Far_Out', userId: 9_007_199_254_000_001 })
    const { place, channel } = await aPlace()
    const member = aMember(place)
    expect(BigInt(place.id) > 2n ** 53n && BigInt(member) > 2n ** 53n).toBe(true)
    await place.link(member, viewer)
    chat(channel, viewer, 9, 6)
    await place.have({ far_out: [4, 0] })
    expect((await linksIn(place)).map((row) => row.discordId)).toEqual([member])
    const [account] = await stage.sql<{ kickUserId: string }[]>`
      select kick_user_id from kick_account where discord_server_id = ${place.id}`
    expect(account?.kickUserId).toBe('9007199254000001')
  })

  it('19. that join at run time have settings and commands at once, without a restart', async () => {
    const starts = pod.program.lines.length
    const place = new Place(stage, stage.discord.world.addGuild({ id: aGuildId() }))
    expect(await place.asOwner('status')).toContain('/setup')
    expect(await place.asOwner('settings show', { key: 'points_per_5min' })).toMatch(/\b1\b/)
    expect(pod.program.lines.slice(starts).filter((line) => /spawn|start/.test(line.msg))).toEqual([])
  })

  it('20. that are left and joined again have kept their data; nothing was done for them in between', async () => {
    const { place, channel } = await aPlace()
    const viewer = aViewer()
    const name = viewer.username.toLowerCase()
    chat(channel, viewer, 16, 13)
    await place.have({ [name]: [4, 0] })
    const isHere = async () =>
      (await stage.sql`select 1 from guild where discord_server_id = ${place.id} and left_at is null`).length > 0
    stage.discord.world.removeGuild(place.id)
    await until(async () => !(await isHere()), { what: 'the removal to be recorded' })
    await stage.sql`
      insert into settlement (discord_server_id, kind, phase, facts_revision)
      values (${place.id}, 'watchtime', 0, 1000)
      on conflict (discord_server_id, kind) do update set facts_revision = settlement.facts_revision + 1`
    const [before] =
      await stage.sql`select settled_revision from settlement where discord_server_id = ${place.id} and kind = 'watchtime'`
    // Another server is ticked meanwhile, more than once.
    const { place: other, channel: otherChannel } = await aPlace()
    chat(otherChannel, viewer, 9, 6)
    await other.have({ [name]: [4, 0] })
    const [after] =
      await stage.sql`select settled_revision from settlement where discord_server_id = ${place.id} and kind = 'watchtime'`
    expect(after?.settledRevision).toBe(before?.settledRevision)
    const again = new Place(stage, stage.discord.world.addGuild({ id: place.id }))
    await until(isHere, { what: 'the return to be recorded' })
    await again.have({ [name]: [4, 0] })
    await until(
      async () => {
        chat(channel, viewer, 7)
        return ((await standingsIn(stage.sql, place.id))[0]?.minutes ?? 0) === 6
      },
      { what: 'the viewer to earn again', timeoutMs: 30_000 },
    )
  }, 90_000)
})

describe('linking', () => {
  it('10. somebody who opens another member’s link cannot complete it without that member', async () => {
    const { place } = await aPlace()
    const [member, stranger] = [aMember(place), aMember(place)]
    const intruder = aViewer()
    const question = await place.question(member, intruder) // the stranger signed in with an account of their own
    expect(await linksIn(place)).toHaveLength(0)
    const yes = buttonsOf(question).find(({ id }) => id?.startsWith('links:yes:'))?.id ?? ''
    expect(() => stage.discord.control.press({ userId: stranger, message: question, customId: yes })).toThrow() // Discord shows it to nobody else
    await place.answer(member, question, 'no')
    expect(await linksIn(place)).toHaveLength(0)
  })

  it('11. a sign-in that was used, has run out or never was is refused and changes nothing', async () => {
    const { place } = await aPlace()
    const member = aMember(place)
    const viewer = aViewer()
    const used = await place.startLink(member)
    expect((await place.signIn(viewer, used.url)).status).toBe(200)
    const expired = await place.startLink(aMember(place))
    await stage.sql`
      update oauth_states set expires_at = now() - interval '1 second'
       where discord_server_id = ${place.id} and code_verifier is null`
    const never = used.url.replace(/[^/]+$/, `${place.id}.${'A'.repeat(43)}`)
    for (const url of [used.url, expired.url, never])
      expect((await place.signIn(aViewer(), url)).status, url).toBeGreaterThanOrEqual(400)
    expect(await linksIn(place)).toHaveLength(0)
  })

  it('12. of two members with the same Kick account at the same instant one is linked, the other is told', async () => {
    const { place } = await aPlace()
    const viewer = aViewer()
    const members = [aMember(place), aMember(place)]
    const questions = [await place.question(members[0] ?? '', viewer), await place.question(members[1] ?? '', viewer)]
    const answers = await Promise.all(questions.map((question, i) => place.answer(members[i] ?? '', question, 'yes')))
    expect(await linksIn(place)).toHaveLength(1)
    expect(answers.filter((answer) => answer.startsWith('Done'))).toHaveLength(1)
    expect(answers.filter((answer) => /another member/.test(answer))).toHaveLength(1)
  })

  it('13. a Kick account with a new name keeps balance, link and roles', async () => {
    const { place, channel } = await aPlace()
    const member = aMember(place)
    const viewer = aViewer()
    const role = place.guild.addRole({ name: 'Regular', position: 'below-bot' })
    await place.asOwner('roles add', { role: role.id, minutes: 5 })
    await place.link(member, viewer)
    chat(channel, viewer, 17, 14, 11)
    await place.have({ [viewer.username.toLowerCase()]: [6, 1] })
    await stage.discord.control.untilRole(place.guild.id, member, role.id)
    stage.kick.control.rename(viewer, `Renamed_${people}`)
    chat(channel, viewer, 0)
    const name = viewer.username.toLowerCase()
    await until(async () => (await standingsIn(stage.sql, place.id)).some((one) => one.username === name), {
      what: 'the new name',
    })
    const [only, ...others] = await standingsIn(stage.sql, place.id)
    // The line under the new name may have been credited meanwhile.
    expect([only?.points, others]).toEqual([1, []])
    expect(only?.minutes).toBeGreaterThanOrEqual(6)
    expect(await linksIn(place)).toMatchObject([{ discordId: member, kickName: name }])
    expect(await place.text(member, 'me')).toMatch(/Renamed/)
    expect(stage.discord.control.rolesOf(place.guild.id, member)).toContain(role.id)
  })
})

it('nothing was done that Discord would have refused', () => {
  expect(stage.discord.ledger.violations).toEqual([])
  expect(pod.program.exit).toBeUndefined()
})
