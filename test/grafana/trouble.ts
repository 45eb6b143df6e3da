import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'nats'
import type { TransactionSql } from 'postgres'
import { epoch, guildId, slot } from '../../cluster/runtime/ids.ts'
import { encodeTicks, tickSubject } from '../../scheduler/tick.ts'
import type { Sql } from '../../sql/client.ts'
import { type Stage, shardCount, shardsPerGroup } from '../demo/stage.ts'
import { until } from '../support/wait.ts'
import { type Act, answer, ask, chat, patience, untilThere } from './world.ts'

/** Of what has happened once there is no rate; so long apart that Prometheus sees both. */
const apartMs = 5_000

const confusion: Act = {
  what: 'a tick comes twice, one comes to the wrong owner, and one cannot be read',
  async play({ stage }) {
    const settled = () => stage.sql<{ guildId: string; epoch: number; slot: number }[]>`
      select s.discord_server_id::text as guild_id, l.epoch::int as epoch, s.settled_slot::int as slot
        from scheduler_lease l, settlement s
       where l.name = 'scheduler' and s.kind = 'watchtime' and s.facts_revision = s.settled_revision`
    await untilThere('a guild that is settled', settled)
    const nats = await connect({ servers: stage.nats.url })
    for (const seen of await settled()) {
      const tick = { kind: 'watchtime' as const, epoch: epoch(seen.epoch) }
      const ticks = [{ guildId: guildId(seen.guildId), slot: slot(seen.slot) }]
      for (const group of Array.from({ length: shardCount / shardsPerGroup }, (_, index) => index)) {
        const subject = tickSubject({ ...tick, shardCount, group })
        await nats.jetstream().publish(subject, JSON.stringify(encodeTicks({ ...tick, ticks })))
        await nats.jetstream().publish(subject, 'nonsense')
      }
    }
    await nats.close()
  },
}

const forgery: Act = {
  what: 'a webhook is changed on its way',
  async play(world) {
    const { control } = world.stage.kick
    control.faults.tamperBody = 1
    chat(world, 'I never said that')
    control.faults.tamperBody = 0
    await control.settled()
  },
}

/** Sessions of our shard processes that wait for a lock in a transaction, with a table that they hold meanwhile. */
const waitingSessions = (sql: Sql) => sql<{ pid: number; held: string }[]>`
  select a.pid, min(c.relname) as held
    from pg_stat_activity a
    join pg_locks l on l.pid = a.pid and l.granted and l.locktype = 'relation'
    join pg_class c on c.oid = l.relation and c.relkind = 'r' and c.relname <> 'watchtime'
    join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
   where a.application_name like 'belfry shard%' and a.wait_event_type = 'Lock'
   group by a.pid`

/** Holds the table that ticks need until one of them waits for it, and gives that to `meanwhile`. */
const whileATickWaits = (
  { sql }: Stage,
  meanwhile: (db: TransactionSql, waiting: { readonly pid: number; readonly held: string }) => Promise<unknown>,
) =>
  sql.begin(async (db) => {
    await db`lock table watchtime in access exclusive mode`
    await sql`update settlement set facts_revision = facts_revision + 1 where kind = 'watchtime'`
    await untilThere('a tick that waits', () => waitingSessions(sql))
    const [waiting] = await waitingSessions(sql)
    if (waiting !== undefined) await meanwhile(db, waiting)
  })

const collisions: Act = {
  what: 'a tick and somebody else wait for each other, and another tick is cancelled',
  async play({ stage }) {
    // Whoever waited first is the one whom PostgreSQL ends, if the second wait begins within a second; else it is us.
    const collide = () => whileATickWaits(stage, (db, { held }) => db`lock table ${db(held)} in access exclusive mode`)
    await until(() => collide().then(() => true), { what: 'the tick to be ended and not us', timeoutMs: 60_000 })
    await whileATickWaits(stage, (db, { pid }) => db`select pg_cancel_backend(${pid})`)
  },
}

const unhappyDiscord: Act = {
  what: 'Discord answers a request with 429 and others with 500',
  async play(world) {
    const { faults } = world.stage.discord.control
    faults.rest({ kind: '429', scope: 'user', retryAfterSeconds: 1 }, { path: /^\/webhooks\//, times: 1 })
    await answer(world, 'me')
    faults.rest({ kind: 'status', status: 500 }, { path: /^\/webhooks\//, times: 1_000 })
    ask(world, 'me')
    const refusals = () => world.stage.discord.ledger.rest.filter(({ status }) => status === 500)
    await until(() => refusals().length > 0, { what: 'an answer of 500', ...patience })
    await sleep(apartMs) // what may be tried again is, and fails
    faults.clear()
  },
}

const breakage: Act = {
  what: 'Discord closes a connection, a consumer is deleted, and a shard process dies',
  async play({ stage, story }) {
    await sleep(apartMs) // what a process has counted since it was last looked at ends with it
    stage.discord.control.close(4000, [0])
    const nats = await connect({ servers: stage.nats.url })
    await (await nats.jetstreamManager()).consumers.delete('TICK', `tick-${shardCount}-0`)
    await nats.close()
    const [last] = [...story.shardProcesses].sort(([a], [b]) => b - a)
    if (last === undefined) throw new Error('no shard process is known')
    const [groupId, pid] = last
    process.kill(pid, 'SIGKILL')
    await until(() => story.shardProcesses.get(groupId) !== pid, { what: 'a successor', timeoutMs: 30_000 })
    await stage.discord.control.untilConnected(shardCount, { timeoutMs: 60_000 })
  },
}

const again: Act = {
  what: 'some of it comes about twice more, so that there are rates to be seen',
  async play(world) {
    const { sql } = world.stage
    await answer(world, 'raffle start', { days: 1 })
    await untilThere('the end that is planned', () => sql`select 1 from job where kind = 'raffle.close'`)
    for (let time = 0; time < 2; time++) {
      await sql`update wager_campaign set next_poll_at = now()`
      await sql`update job set next_run_at = now() where kind = 'raffle.close'`
      await sleep(apartMs)
    }
  },
}

/** What goes wrong, and has to be seen; in the order in which it is played. */
export const trouble: readonly Act[] = [confusion, forgery, collisions, unhappyDiscord, breakage, again]
