import { beforeAll, describe, expect, it } from 'vitest'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import { createKick } from '../../../cluster/runtime/kick.ts'
import { createSecrets, tokenPurpose } from '../../../cluster/runtime/secrets.ts'
import { features } from '../../../shard/features/index.ts'
import { onChat } from '../../../shard/features/timers/event.ts'
import { onDue } from '../../../shard/features/timers/job.ts'
import { faultOf, nextRun } from '../../../shard/features/timers/rules.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import { takeJobs } from '../../../sql/queries/job.ts'
import { timerJob } from '../../../sql/queries/timers.ts'
import type { Guild, SeenMessage } from '../../standins/discord/index.ts'
import { KickStandIn, type KickUser } from '../../standins/kick/index.ts'
import { type Bot, startBot } from '../../support/bot.ts'
import { buttonsOf, textOf } from '../../support/browsing.ts'
import { aGuildId, chatOf, times, toolsFor } from '../../support/builders.ts'
import { onCleanUp } from '../../support/cleanup.ts'
import { createDatabase } from '../../support/database.ts'

const secrets = createSecrets('0'.repeat(64))
let sql: Sql
let bot: Bot
let kick: KickStandIn
let channel: KickUser

beforeAll(async () => {
  sql = (await createDatabase({ max: 12 })).sql
  kick = new KickStandIn({ seed: 'timers' })
  await kick.start()
  onCleanUp(() => kick.stop())
  channel = kick.control.addChannel({ username: 'Streamer' })
  // Commands only: what is due is said when a test says so.
  bot = await startBot({ sql, features: features.filter(({ name }) => name !== 'timers').concat(commandsOnly()) })
})

const commandsOnly = () => {
  const room = features.find(({ name }) => name === 'timers')
  return [{ name: 'timers', commands: room?.commands ?? [], buttons: room?.buttons ?? {} }]
}

interface Place {
  readonly id: GuildId
  readonly guild: Guild
}

const aPlace = (): Place => {
  const id = aGuildId()
  return { id, guild: bot.discord.world.addGuild({ id }) }
}

/** A server whose stream is live, with these people in the chat. */
async function aLivePlace(chatters = 2): Promise<Place> {
  const place = aPlace()
  await sql`
    insert into stream_session (discord_server_id, started_at, changed_at)
    values (${place.id}, now() - interval '1 hour', now())`
  await write(place, ...times(chatters, (i) => `viewer${i}`))
  return place
}

/** These people are in the chat now. */
async function write(place: Place, ...names: string[]): Promise<void> {
  const minute = Math.floor(Date.now() / 60_000)
  for (const name of names)
    await sql`
      insert into presence (discord_server_id, hour, username, present)
      values (${place.id}, ${Math.floor(minute / 60)}, ${name}, ${String(BigInt.asIntN(64, 1n << BigInt(minute % 60)))})
      on conflict (discord_server_id, hour, username) do update set present = presence.present | excluded.present`
}

const ask = (place: Place, command: string, options = {}): Promise<SeenMessage> =>
  bot.discord.control.command({ guildId: place.id, userId: place.guild.ownerId, command, options }).message()
const add = (place: Place, minutes: number, message: string, more = {}) =>
  ask(place, 'timer add', { minutes, message, ...more })

/** Does what is due for these guilds, as many owners at once. */
const play = (owners = 1) =>
  Promise.all(
    times(owners, () =>
      transaction(sql, async (db) => {
        const jobs = await takeJobs(db, {
          shardCount: 1,
          shardIds: [0],
          kinds: [timerJob],
          kindsOfLeft: [],
          limit: 200,
        })
        if (jobs.length > 0) await onDue(jobs, db, toolsFor(sql))
      }),
    ),
  )
const makeDue = (place: Place) => sql`
  update job set next_run_at = now() where discord_server_id = ${place.id} and kind = ${timerJob}`
/** As if the last one had been said a while ago. */
const later = (place: Place) => sql`
  update timed_messages set claimed_at = claimed_at - interval '2 minutes' where discord_server_id = ${place.id}`
const saidIn = async (place: Place): Promise<string[]> =>
  (
    await sql<{ content: string }[]>`
      select payload ->> 'content' as content from outbox
       where discord_server_id = ${place.id} and kind = 'timers.say' order by outbox_id`
  ).map((row) => row.content)

describe('a message that is due', () => {
  it('is said once, however many owners look, and again after its interval', async () => {
    const place = await aLivePlace()
    await add(place, 10, 'drink water')
    await play(6)
    expect(await saidIn(place)).toEqual(['drink water'])
    const [job] = await sql<{ minutes: number }[]>`
      select extract(epoch from next_run_at - now())::float8 / 60 as minutes from job where discord_server_id = ${place.id}`
    expect(job?.minutes).toBeGreaterThan(9.9)
    expect(job?.minutes).toBeLessThanOrEqual(11)
    await play(2)
    expect(await saidIn(place)).toHaveLength(1)
    await Promise.all([makeDue(place), later(place)])
    await play(3)
    expect(await saidIn(place)).toHaveLength(2)
  })

  it('waits while nobody reads it, and is said once when they are back', async () => {
    const place = await aLivePlace(1)
    await add(place, 5, 'hello')
    for (let i = 0; i < 5; i++) {
      await play()
      await makeDue(place)
    }
    expect(await saidIn(place)).toEqual([])
    await write(place, 'another')
    await play()
    await makeDue(place)
    await play()
    expect(await saidIn(place)).toEqual(['hello'])
  })

  it('waits for the stream, unless it does not ask for that', async () => {
    const place = aPlace()
    await write(place, 'anna', 'bob')
    await add(place, 5, 'live only')
    await add(place, 5, 'always', { only_live: false })
    await play()
    expect(await saidIn(place)).toEqual(['always'])
  })

  it('waits for as many lines as it asks for, counted from the last time', async () => {
    const place = await aLivePlace()
    await add(place, 1, 'after three', { lines: 3 })
    const hear = (n: number) =>
      transaction(sql, (db) =>
        onChat(
          times(n, (i) => chatOf({ guildIds: [place.id], username: `v${i}`, at: Date.now() })),
          db,
          toolsFor(sql),
        ),
      )
    const again = async () => {
      await Promise.all([makeDue(place), later(place)])
      await play()
      return (await saidIn(place)).length
    }
    await hear(2)
    expect(await again()).toBe(0)
    await hear(1)
    expect(await again()).toBe(1)
    await hear(2)
    expect(await again()).toBe(1)
    await hear(1)
    expect(await again()).toBe(2)
  })

  it('is not said in the same minute as another one, and they take turns', async () => {
    const place = await aLivePlace()
    for (const text of ['one', 'two', 'three']) await add(place, 5, text)
    for (let i = 0; i < 3; i++) {
      await play(2)
      await makeDue(place)
      await play()
      await later(place)
    }
    expect(await saidIn(place)).toEqual(['one', 'two', 'three'])
  })

  it('is said for many servers by as many statements as for one, and for none of another', async () => {
    const places = await Promise.all(times(20, () => aLivePlace()))
    for (const [i, place] of places.entries())
      await sql`
        insert into timed_messages (discord_server_id, id, message, interval_minutes, enabled)
        values (${place.id}, 1, ${`of ${i}`}, 5, ${i !== 7})`
    await sql`
      insert into job (discord_server_id, kind, job_ref, next_run_at)
      select g.id, ${timerJob}, '1', now() from unnest(${places.map((place) => place.id)}::bigint[]) as g (id)`
    await play()
    const said = await Promise.all(places.map(saidIn))
    expect(said).toEqual(places.map((_, i) => (i === 7 ? [] : [`of ${i}`])))
  })

  it('has been said once Kick has taken it, and not before', async () => {
    const place = await aLivePlace()
    await add(place, 5, 'to Kick')
    await play()
    const payer = features.find(({ name }) => name === 'timers')?.outbox?.['timers.say']
    const [row] = await sql<{ outboxId: string; payload: unknown }[]>`
      select outbox_id, payload from outbox where discord_server_id = ${place.id}`
    const client = createKick({
      idUrl: kick.idUrl,
      apiUrl: kick.apiUrl,
      clientId: kick.clientId,
      clientSecret: kick.clientSecret,
      wait: () => Promise.resolve(),
    })
    const pay = () =>
      payer?.(
        {
          guildId: place.id,
          outboxId: row?.outboxId ?? '',
          kind: 'timers.say',
          sourceRef: 'x',
          payload: row?.payload,
          attempts: 1,
        },
        toolsFor(sql, { kick: client, secrets }),
      )
    const lastSent = async () =>
      (await sql`select last_sent from timed_messages where discord_server_id = ${place.id}`)[0]?.lastSent
    expect(await pay()).toMatchObject({ kind: 'dead' })
    expect(await lastSent()).toBeNull()
    const { access_token: accessToken } = kick.control.grant(channel, ['user:read', 'chat:write'])
    await sql`
      insert into kick_token (discord_server_id, kick_user_id, access_token, refresh_token, key_id, scopes, expires_at)
      values (${place.id}, ${channel.userId}, ${secrets.encrypt(accessToken, tokenPurpose(place.id, 'access'))}, 'y',
              ${secrets.keyId}, '', now() + interval '1 day')`
    expect(await pay()).toEqual({ kind: 'paid' })
    expect(await lastSent()).toBeInstanceOf(Date)
  })
})

describe('/timer', () => {
  it.each([
    ['add', { minutes: 5, message: 'x'.repeat(501) }, /1 to 500 characters.*501/],
    ['add', { minutes: 5, message: '   ' }, /1 to 500 characters/],
    ['edit', { number: 1, message: '  ' }, /1 to 500 characters/],
    ['edit', { number: 9, message: 'x' }, /no message #9/],
    ['remove', { number: 9 }, /no message #9/],
    ['toggle', { number: 9 }, /no message #9/],
  ])('%s %j is refused with what is wrong, and changes nothing', async (subcommand, options, told) => {
    const place = aPlace()
    await add(place, 5, 'first')
    expect(textOf(await ask(place, `timer ${subcommand}`, options))).toMatch(told)
    expect(await sql`select message from timed_messages where discord_server_id = ${place.id}`).toEqual([
      { message: 'first' },
    ])
  })

  it('changes, switches and removes, of this server alone, and a message that is off is never due', async () => {
    const [place, other] = [aPlace(), aPlace()]
    await add(other, 5, 'of the other')
    await add(place, 5, 'one')
    const jobs = () => sql`select 1 from job where discord_server_id = ${place.id} and kind = ${timerJob}`
    expect(textOf(await ask(place, 'timer edit', { number: 1, minutes: 30, message: 'two' }))).toMatch(
      /every 30 minutes[\s\S]*`two`/,
    )
    const shown = await ask(place, 'timer toggle', { number: 1 })
    expect(textOf(shown)).toContain('⏸️ #1 is off.')
    expect(await jobs()).toHaveLength(0)
    const press = bot.discord.control.press({
      userId: place.guild.ownerId,
      message: shown,
      customId: buttonsOf(shown)[0]?.id ?? '',
    })
    expect(textOf(await press.message({ where: (message) => textOf(message).includes('is on') }))).toContain(
      '▶️ #1 is on.',
    )
    expect(await jobs()).toHaveLength(1)
    expect(textOf(await ask(place, 'timer remove', { number: 1 }))).toContain('There are none yet')
    expect(await jobs()).toHaveLength(0)
    expect(textOf(await ask(other, 'timer list'))).toContain('of the other')
    expect(
      await sql`select 1 from audit_log where discord_server_id = ${place.id} and action = 'timers.set'`,
    ).toHaveLength(5)
  })

  it('keeps twenty-five and no more, though two admins add at once, with a button for each', async () => {
    const place = aPlace()
    for (let i = 1; i <= 24; i++)
      await sql`
      insert into timed_messages (discord_server_id, id, message, interval_minutes) values (${place.id}, ${i}, 'x', 5)`
    const answers = await Promise.all(['a', 'b'].map((text) => add(place, 5, text)))
    expect(answers.filter((message) => textOf(message).includes('25 messages already'))).toHaveLength(1)
    expect(buttonsOf(await ask(place, 'timer list'))).toHaveLength(25)
    expect(bot.discord.ledger.violations).toEqual([])
  })
})

describe('the rules', () => {
  it('spread the next time by at most a tenth of the interval, always alike', () => {
    const runs = times(50, (i) =>
      nextRun(0, { guildId: String(9007199254740993n + BigInt(i)), id: 1, intervalMinutes: 10 }),
    )
    expect(Math.min(...runs)).toBeGreaterThanOrEqual(600_000)
    expect(Math.max(...runs)).toBeLessThanOrEqual(660_000)
    expect(new Set(runs).size).toBeGreaterThan(40)
  })

  it.each([
    [{ message: 'x', intervalMinutes: 1, minLines: 0 }, undefined],
    [{ message: 'x', intervalMinutes: 0, minLines: 0 }, 'interval'],
    [{ message: 'x', intervalMinutes: 1441, minLines: 0 }, 'interval'],
    [{ message: 'x', intervalMinutes: 5, minLines: 1001 }, 'lines'],
  ])('find in %j the fault %s', (timer, fault) => expect(faultOf(timer)).toBe(fault))
})
