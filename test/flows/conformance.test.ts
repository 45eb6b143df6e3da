import { beforeAll, describe, expect, it } from 'vitest'
import { type GuildId, guildId, type Slot, slot } from '../../cluster/runtime/ids.ts'
import { onChat, onLivestream } from '../../shard/features/activity/event.ts'
import type { Tools } from '../../shard/features/feature.ts'
import { features } from '../../shard/features/index.ts'
import { onTick as onPointsTick } from '../../shard/features/points/tick.ts'
import { onTick as onRolesTick } from '../../shard/features/roles/tick.ts'
import { onTick } from '../../shard/features/watchtime/tick.ts'
import { createSql, type Sql, transaction } from '../../sql/client.ts'
import { settleWatchtime } from '../../sql/queries/watchtime.ts'
import { type Bot, startBot } from '../support/bot.ts'
import {
  aGuildId,
  aSlotAgo,
  aTick,
  chatOf,
  minutesIn,
  secondsBefore,
  standingsIn,
  streamOf,
  times,
  toolsFor,
} from '../support/builders.ts'
import { onCleanUp } from '../support/cleanup.ts'
import { createDatabase } from '../support/database.ts'
import { until } from '../support/wait.ts'

/**
 * What members were promised, one test for each promise, at the level where it is decided: rows, transactions and what Discord is
 * told. The promises that need whole programs (two servers, joins, moves, dashboards) are in `promises.test.ts`; 8 is with the commands that
 * a server makes for itself, and 22 with the database of the bot before.
 */
let sql: Sql
/** A second process, as far as PostgreSQL can tell. */
let otherSql: Sql
let tools: Tools

beforeAll(async () => {
  const database = await createDatabase({ max: 16 })
  sql = database.sql
  otherSql = createSql(database.url, { max: 4 })
  onCleanUp(() => otherSql.end({ timeout: 1 }))
  tools = toolsFor(sql)
})

const hear = (...events: ReturnType<typeof chatOf>[]) => transaction(sql, (db) => onChat(events, db, tools))
const tick = (guildIds: readonly GuildId[], upTo: Slot, pool = sql) =>
  transaction(pool, (db) => onTick(aTick({ guildIds, slot: upTo }), db, tools))
const chat = (guildIds: readonly GuildId[], username: string, minutesAgo: number) =>
  chatOf({ guildIds, username, at: secondsBefore(aSlotAgo(minutesAgo), 30) })
const set = (id: GuildId, key: string, value: string) => sql`
  insert into bot_settings (discord_server_id, key, value) values (${id}, ${key}, ${value})
  on conflict (discord_server_id, key) do update set value = excluded.value`

async function liveGuilds(count: number, hours = 2): Promise<readonly GuildId[]> {
  const guildIds = times(count, () => aGuildId())
  await transaction(sql, (db) =>
    onLivestream([streamOf({ guildIds, startedAt: Date.now() - hours * 3_600_000 })], db, tools),
  )
  return guildIds
}

/** A guild that keeps a viewer present in every minute from `from` to `to` minutes ago. */
const present = (guildIds: readonly GuildId[], username: string, from: number, to: number) =>
  hear(...times(from - to + 1, (i) => chat(guildIds, username, from - i)))

describe('watch time', () => {
  it('1. the same tick executed twice, also concurrently in two processes, credits once', async () => {
    const guildIds = await liveGuilds(1)
    await hear(...times(20, (i) => chat(guildIds, `viewer${i}`, 5)))
    await Promise.all([sql, otherSql, sql, otherSql].map((pool) => tick(guildIds, aSlotAgo(0), pool)))
    await tick(guildIds, aSlotAgo(0))
    expect(await minutesIn(sql, guildIds[0] as GuildId)).toEqual(times(20, () => 2))
  })

  it('2. killed between watch time and points: nothing is lost, nothing is double after the restart', async () => {
    const guildIds = await liveGuilds(1)
    await present(guildIds, 'anna', 11, 2)
    const victim = otherSql.reserve()
    const dying = victim.then(async (connection) => {
      await connection`begin`
      await settleWatchtime(connection, aTick({ guildIds, slot: aSlotAgo(0) }).ticks, 5)
      const [row] = await connection<{ pid: number }[]>`select pg_backend_pid() as pid`
      await sql`select pg_terminate_backend(${row?.pid ?? 0})`
      await connection`commit`
    })
    await expect(dying).rejects.toThrow()
    expect(await minutesIn(sql, guildIds[0] as GuildId)).toEqual([])
    await tick(guildIds, aSlotAgo(0))
    expect(await standingsIn(sql, guildIds[0] as GuildId)).toEqual([{ username: 'anna', minutes: 11, points: 2 }])
  })

  it('3. one viewer whose row violates a constraint: all others are credited', async () => {
    const guildIds = await liveGuilds(1)
    const id = guildIds[0] as GuildId
    await sql`insert into watchtime (discord_server_id, username, minutes) values (${id}, 'endless', 2147483647)`
    await hear(chat(guildIds, 'endless', 5), chat(guildIds, 'anna', 5), chat(guildIds, 'bob', 5))
    await tick(guildIds, aSlotAgo(0))
    const all = await standingsIn(sql, id)
    expect(all.map(({ username, minutes }) => [username, minutes])).toEqual([
      ['anna', 2],
      ['bob', 2],
      ['endless', 2147483647],
    ])
  })

  it.each([20, 30, 90])('4. an interval of %i seconds for one hour of activity credits 60 minutes', async (seconds) => {
    const guildIds = await liveGuilds(1)
    await present(guildIds, 'anna', 61, 3)
    const first = (aSlotAgo(61) + 1) * 60
    for (let at = first; at <= (aSlotAgo(0) + 1) * 60; at += seconds)
      await tick(guildIds, slot(Math.min(Math.floor(at / 60) - 1, aSlotAgo(0))))
    const [minutes = 0] = await minutesIn(sql, guildIds[0] as GuildId)
    expect(Math.abs(minutes - 60)).toBeLessThanOrEqual(1)
  })

  it('5. guild A with tracking off, guild B on: only B accrues', async () => {
    const guildIds = await liveGuilds(2)
    const [a, b] = guildIds as [GuildId, GuildId]
    await sql`
      insert into tracking_override (discord_server_id, mode, started_at) values (${a}, 'off', now() - interval '1 hour')`
    await present(guildIds, 'anna', 9, 3)
    await tick(guildIds, aSlotAgo(0))
    expect([await minutesIn(sql, a), await minutesIn(sql, b)]).toEqual([[], [8]])
  })

  it('15. a settings change whose event was lost is caught up', async () => {
    const guildIds = await liveGuilds(1)
    const id = guildIds[0] as GuildId
    await set(id, 'points_per_5min', '1')
    await present(guildIds, 'anna', 20, 17)
    await tick(guildIds, aSlotAgo(14))
    // Written by another program, which tells nobody.
    await set(id, 'points_per_5min', '7')
    await present(guildIds, 'anna', 12, 9)
    await tick(guildIds, aSlotAgo(0))
    expect(await standingsIn(sql, id)).toEqual([{ username: 'anna', minutes: 10, points: 8 }])
  })

  it('17. a shard that moves to another worker during a tick credits nothing twice, and leaves no gap', async () => {
    const guildIds = await liveGuilds(1)
    await present(guildIds, 'anna', 30, 2)
    // Old and new owner believe themselves in charge at once, each with ticks of its own, while chat goes on arriving at both.
    const slots = times(30, (i) => aSlotAgo(30 - i))
    const old = slots.map((n) => () => tick(guildIds, n))
    const next = slots.map((n) => () => tick(guildIds, n, otherSql))
    await Promise.all(
      [old, next].map(async (ticks) => {
        for (const play of ticks) await play()
      }),
    )
    await tick(guildIds, aSlotAgo(0), otherSql)
    expect(await minutesIn(sql, guildIds[0] as GuildId)).toEqual([30])
  })

  it('18. an event delivered three times has one effect', async () => {
    const guildIds = await liveGuilds(1)
    const event = chat(guildIds, 'anna', 5)
    for (let i = 0; i < 3; i++) {
      await hear(event, event)
      await tick(guildIds, aSlotAgo(0))
    }
    expect(await minutesIn(sql, guildIds[0] as GuildId)).toEqual([2])
  })

  it('21. one tick of a thousand guilds takes as many statements as one of ten', async () => {
    const statementsOf = async (guilds: number, viewers: number): Promise<number> => {
      const guildIds = await liveGuilds(guilds)
      await hear(...times(viewers, (i) => chat(guildIds, `viewer${i}`, 5)))
      let count = 0
      await transaction(sql, (db) =>
        onTick(
          aTick({ guildIds, slot: aSlotAgo(0) }),
          counting(db, () => count++),
          tools,
        ),
      )
      const [row] = await sql<{ minutes: string }[]>`
        select sum(w.minutes) as minutes from watchtime w where w.discord_server_id = any(${[...guildIds]}::bigint[])`
      expect(Number(row?.minutes)).toBe(2 * guilds * viewers)
      return count
    }
    const few = await statementsOf(10, 2)
    expect(await statementsOf(1_000, 20)).toBe(few)
    expect(few).toBeLessThan(10)
  })
})

describe('points', () => {
  it('9. a rate of 0 for a day, then 5: the pause is not paid', async () => {
    const guildIds = await liveGuilds(1)
    const id = guildIds[0] as GuildId
    await set(id, 'points_per_5min', '0')
    await present(guildIds, 'anna', 40, 22)
    await tick(guildIds, aSlotAgo(20))
    await set(id, 'points_per_5min', '5')
    await transaction(sql, (db) => onPointsTick(aTick({ kind: 'points', guildIds, slot: aSlotAgo(20) }), db, tools))
    await present(guildIds, 'anna', 12, 4)
    await tick(guildIds, aSlotAgo(0))
    // Twenty minutes at nothing, ten at five points for five.
    expect(await standingsIn(sql, id)).toEqual([{ username: 'anna', minutes: 30, points: 10 }])
  })
})

describe('roles', () => {
  /** One for both: a second one on the same database would take rows of the first, whose Discord it does not know. */
  let bot: Bot
  beforeAll(async () => {
    bot = await startBot({ sql, features })
  })

  it('7. a tier of A with the name of a role in B does not touch B', async () => {
    const guilds = times(2, () => bot.discord.world.addGuild({ id: aGuildId(), name: 'Same name' }))
    const [a, b] = guilds.map((guild) => guildId(guild.id)) as [GuildId, GuildId]
    const roles = guilds.map((guild) => guild.addRole({ name: 'Regular', position: 'below-bot' }))
    const member = guilds[0]?.addMember({ username: 'anna' }).user.id ?? ''
    guilds[1]?.addMember({ user: member })
    await sql`insert into guild (discord_server_id, server_name) values (${a}, 'Same name'), (${b}, 'Same name')`
    await sql`
      insert into watchtime_roles (discord_server_id, role_id, role_name, minutes_required)
      values (${a}, ${roles[0]?.id ?? ''}, 'Regular', 5)`
    for (const id of [a, b]) {
      await sql`insert into links (discord_server_id, discord_id, kick_user_id, kick_name) values (${id}, ${member}, 1, 'anna')`
      await sql`insert into watchtime (discord_server_id, username, minutes) values (${id}, 'anna', 50)`
    }
    await transaction(sql, (db) =>
      onRolesTick(aTick({ kind: 'roles', guildIds: [a, b], slot: aSlotAgo(0) }), db, bot.tools),
    )
    await until(() => guilds[0]?.rolesOf(member).includes(roles[0]?.id ?? '') === true, { what: 'the role in A' })
    expect(guilds[1]?.rolesOf(member)).not.toContain(roles[1]?.id)
    expect(await sql`select 1 from role_grant where discord_server_id = ${b}`).toHaveLength(0)
  })

  it('14. a role above the bot’s own leads to one warning for admins and no storm of calls', async () => {
    const guild = bot.discord.world.addGuild({ id: aGuildId(), name: 'High' })
    const id = guildId(guild.id)
    const channel = guild.addChannel({ name: 'mods' })
    const role = guild.addRole({ name: 'Too high', position: 'above-bot' })
    await sql`insert into guild (discord_server_id, server_name) values (${id}, 'High')`
    await set(id, 'admin_channel_id', channel.id)
    await sql`
      insert into watchtime_roles (discord_server_id, role_id, role_name, minutes_required)
      values (${id}, ${role.id}, 'Too high', 5)`
    for (let i = 0; i < 30; i++) {
      const member = guild.addMember({ username: `member${i}` }).user.id
      await sql`insert into links (discord_server_id, discord_id, kick_user_id, kick_name) values (${id}, ${member}, ${i + 1}, ${`viewer${i}`})`
      await sql`insert into watchtime (discord_server_id, username, minutes) values (${id}, ${`viewer${i}`}, 50)`
    }
    const due = async () =>
      (await sql`select 1 from outbox where discord_server_id = ${id} and state = 'due'`).length === 0
    for (let round = 0; round < 2; round++) {
      await transaction(sql, (db) =>
        onRolesTick(aTick({ kind: 'roles', guildIds: [id], slot: aSlotAgo(0) }), db, bot.tools),
      )
      await until(due, { what: 'the outbox to be paid', timeoutMs: 25_000 })
    }
    expect(bot.discord.control.messagesIn(channel.id)).toHaveLength(1)
    const calls = bot.discord.ledger.calls({ route: '/guilds/:guildId/members/:userId/roles/:roleId' })
    expect(calls.filter(({ path }) => path.includes(id))).toHaveLength(0)
  })
})

/** Counts what is sent through a transaction; everything else is the transaction's own. */
function counting(db: Parameters<typeof onTick>[1], count: () => void): typeof db {
  return new Proxy(db, {
    apply(target, self, args) {
      // A call with a template is a statement or a part of one; a part is never awaited by itself.
      const made: unknown = Reflect.apply(target, self, args)
      if (typeof made === 'object' && made !== null && Reflect.has(made, 'then')) {
        const then: unknown = Reflect.get(made, 'then')
        Object.defineProperty(made, 'then', {
          configurable: true,
          value(...given: unknown[]) {
            count()
            return typeof then === 'function' ? Reflect.apply(then, made, given) : undefined
          },
        })
      }
      return made
    },
  })
}
