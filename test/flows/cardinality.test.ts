import { connect } from 'nats'
import { beforeAll, expect, it } from 'vitest'
import { epoch, type GuildId, slot } from '../../cluster/runtime/ids.ts'
import { encodeTicks, tickSubject } from '../../scheduler/tick.ts'
import type { KickUser } from '../standins/kick/index.ts'
import { aGuildId, times } from '../support/builders.ts'
import { Place } from '../support/place.ts'
import { readSamples } from '../support/samples.ts'
import { buildStage, type Pod, ready, type Stage } from '../support/stage.ts'
import { until } from '../support/wait.ts'

const shardCount = 2
const few = 10
const many = 10_000
/** Guilds that watch the same channel. */
const mostOfChannel = 1_000
/** More than the bot may answer in a second, so that it has to wait for Discord's limits. */
const asksAtOnce = 30
const minuteMs = 60_000
/** Three lines, so far apart that each is worth two minutes: more than a block of points. */
const minutesAgo = [9, 6, 3]
const minutesEach = 6

let stage: Stage
let manager: Pod
let scheduler: Pod

beforeAll(async () => {
  stage = await buildStage({ shardCount, shardsPerGroup: shardCount, maxConcurrency: 16 })
  manager = await stage.start('manager', 'manager')
  scheduler = await stage.start('scheduler', 'scheduler')
  await ready(manager, scheduler)
  await stage.discord.control.untilConnected(shardCount, { timeoutMs: 60_000 })
  stage.kick.setWebhookUrl(`${manager.url}/webhooks/kick`)
}, 120_000)

interface Neighbourhood {
  readonly channel: KickUser
  readonly guildIds: readonly GuildId[]
}

/** New guilds that Discord tells of, and new channels for them, each of which one of its guilds sets up by command. */
async function invite(count: number): Promise<Neighbourhood[]> {
  const guildIds = times(count, () => aGuildId())
  for (const id of guildIds) stage.discord.world.addGuild({ id })
  const all = times(Math.ceil(count / mostOfChannel), (index) => ({
    channel: stage.kick.control.addChannel({ username: `Channel_${count}_${index}` }),
    guildIds: guildIds.slice(index * mostOfChannel, (index + 1) * mostOfChannel),
  }))
  const known = async () =>
    (await stage.sql`select from guild where discord_server_id = any(${guildIds}::bigint[])`).length === count
  await until(known, { what: `${count} guilds to be known`, timeoutMs: 60_000 })
  const others = all.flatMap(({ channel, guildIds: [, ...rest] }) => rest.map((id) => ({ id, channel })))
  await stage.sql`
    insert into kick_channel (discord_server_id, broadcaster_user_id, slug, display_name)
    select b.id, b.user_id, b.slug, b.slug
      from unnest(
             ${others.map(({ id }) => id)}::bigint[],
             ${others.map(({ channel }) => channel.userId)}::bigint[],
             ${others.map(({ channel }) => channel.slug)}::text[]
           ) as b (id, user_id, slug)`
  const places = all.map(({ channel, guildIds: [id = ''] }) => ({
    channel,
    place: new Place(stage, stage.discord.world.guild(id)),
  }))
  await Promise.all(places.map(({ place, channel }) => place.asOwner('setup', { channel: channel.slug })))
  const [{ place }] = places as [(typeof places)[0]]
  const member = place.guild.addMember({ username: 'member' }).user.id
  for (const command of ['leaderboard', 'points', 'help']) await place.text(member, command)
  await Promise.all(times(asksAtOnce, () => place.text(member, 'me')))
  return all
}

/** Somebody watches in all of these guilds, which are settled; and each of them owes something to Discord. */
async function live(places: readonly Neighbourhood[]): Promise<void> {
  for (const { channel } of places) {
    const viewer = stage.kick.control.addViewer({ username: `Fan_of_${channel.username}` })
    stage.kick.control.goLive(channel, { startedAt: Date.now() - 12 * minuteMs })
    for (const ago of minutesAgo)
      stage.kick.control.chat(channel, viewer, 'hello', { createdAt: Date.now() - ago * minuteMs })
  }
  const guildIds = places.flatMap((place) => place.guildIds)
  const settled = async () => {
    const [row] = await stage.sql<{ guilds: number }[]>`
      select count(*)::int as guilds
        from watchtime w
        join user_points p on p.discord_server_id = w.discord_server_id and p.kick_username = w.username
       where w.discord_server_id = any(${guildIds}::bigint[]) and w.minutes = ${minutesEach}`
    return row?.guilds === guildIds.length
  }
  await until(settled, { what: `${guildIds.length} guilds to be settled`, timeoutMs: 90_000 })
  await stage.sql`
    insert into outbox (discord_server_id, kind, source_ref, payload, state, next_attempt_at)
    select g, 'roles.apply', 'waits:' || s.state, '{}', s.state, now() + interval '1 day'
      from unnest(${guildIds}::bigint[]) as g, unnest(array['due', 'dead']) as s (state)`
}

/** A tick that a guild has seen comes once more, as happens on a busy day. */
async function repeatATick(): Promise<void> {
  const [settled] = await stage.sql<{ guildId: GuildId; slot: number; epoch: number }[]>`
    select s.discord_server_id as guild_id, s.settled_slot::int as slot, l.epoch::int as epoch
      from settlement s, scheduler_lease l
     where s.kind = 'watchtime' and l.name = 'scheduler'
     limit 1`
  if (settled === undefined) throw new Error('no guild was settled')
  const nats = await connect({ servers: stage.nats.url })
  const tick = { kind: 'watchtime' as const, epoch: epoch(settled.epoch) }
  await nats
    .jetstream()
    .publish(
      tickSubject({ ...tick, shardCount, group: 0 }),
      JSON.stringify(encodeTicks({ ...tick, ticks: [{ guildId: settled.guildId, slot: slot(settled.slot) }] })),
    )
  await nats.close()
  const repeated = async () => (await gauge(manager, 'bot_tick_repeated_total')) > 0
  await until(repeated, { what: 'the repeated tick to be counted' })
}

/** The identities of all series of a process; what Node's own figures are labelled with comes and goes with its garbage. */
async function seriesOf(pod: Pod): Promise<Set<string>> {
  const samples = readSamples(await (await fetch(`${pod.url}/metrics`)).text())
  const series = samples.filter(({ name }) => !/^nodejs_(gc|active)_/.test(name))
  return new Set(series.map(({ name, labels }) => `${name}${JSON.stringify(Object.entries(labels).sort())}`))
}

const gauge = async (pod: Pod, name: string, labels: Record<string, string> = {}): Promise<number> => {
  const samples = readSamples(await (await fetch(`${pod.url}/metrics`)).text())
  const fitting = samples.filter(
    (one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value),
  )
  return fitting.reduce((sum, { value }) => sum + value, 0)
}

const waiting = (count: number) =>
  until(async () => (await gauge(manager, 'bot_outbox_rows', { kind: 'roles.apply', state: 'due' })) === count, {
    what: `${count} rows of the outbox to be seen`,
    timeoutMs: 40_000,
  })

it('a process with ten thousand guilds has the series that it had with ten', async () => {
  await live(await invite(few))
  await waiting(few)
  await repeatATick()
  const before = { manager: await seriesOf(manager), scheduler: await seriesOf(scheduler) }
  expect(before.manager.size).toBeGreaterThan(400)

  await live(await invite(many - few))
  await waiting(many)
  expect(await gauge(manager, 'bot_watchtime_credited_minutes_total')).toBeGreaterThanOrEqual(many * minutesEach)
  const after = { manager: await seriesOf(manager), scheduler: await seriesOf(scheduler) }
  expect([...after.manager].filter((one) => !before.manager.has(one))).toEqual([])
  expect([...after.scheduler].filter((one) => !before.scheduler.has(one))).toEqual([])
  expect([after.manager.size, after.scheduler.size]).toEqual([before.manager.size, before.scheduler.size])
}, 180_000)
