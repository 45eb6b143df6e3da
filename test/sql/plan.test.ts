import { readdir, readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../cluster/runtime/clock.ts'
import { createLog } from '../../cluster/runtime/log.ts'
import { guildTables } from '../../grafana/guilds.ts'
import { createLease } from '../../sql/lease.ts'
import { projectFile } from '../../sql/migrate.ts'
import { onCleanUp } from '../support/cleanup.ts'
import { createDatabase } from '../support/database.ts'
import {
  createPlanner,
  fillTables,
  nodesOf,
  type Plan,
  type Planner,
  readsAll,
  tablesOfNobody,
} from '../support/plan.ts'
import { type Sample, samples } from './samples/index.ts'

/** Tables that stay as small as the deployment, however many guilds it serves. Every other one is taken to grow. */
const small: ReadonlySet<string> = new Set([
  'cluster_pod',
  'command_registration',
  'gateway_session',
  'identify_budget',
  'identify_gate',
  'scheduler_lease',
  'schema_migration',
  'shard_group_lease',
])

const guilds = 10_000
const rowsOfAGuild = 3

/** What the columns hold of which only few rows are of interest, as in a deployment that works. */
const values = {
  'bot_settings.key': `(array['points_per_5min', 'role_mode', 'role_dm'])[1 + i]`,
  'bot_settings.value': `'1'`,
  'exclusion.kind': `(array['time', 'points', 'boards'])[1 + i]`,
  'exclusion.origin': `'admin'`,
  'clip_service.channel_cooldown': `15`,
  'clip_service.duration_seconds': `30`,
  'clip_service.user_cooldown': `60`,
  'clips.failure': `null`,
  'clips.state': `case when n % 50 = 0 then 'asked' else 'made' end`,
  'giveaways.allow_multiple_entries': `true`,
  'giveaways.claim_minutes': `0`,
  'giveaways.ends_at': `now() + interval '1 hour'`,
  'giveaways.entry_method': `'keyword'`,
  'giveaways.frozen_list': `'[["viewer7",1]]'`,
  'giveaways.max_entries_per_user': `2`,
  'giveaways.max_winners': `1`,
  'giveaways.messages_required': `1`,
  'giveaways.status': `case when n % 50 = 0 or n < 100 then 'active' else 'completed' end`,
  'giveaways.time_window_minutes': `10`,
  'giveaway_chat_activity.message_hashes': `array['a hash']`,
  'giveaway_chat_activity.said_at': `array[n::bigint]`,
  'giveaway_entries.join_refs': `array['ref' || n]`,
  'giveaway_templates.name': `'viewer' || n`,
  'giveaway_winners.state': `'won'`,
  'giveaway_winners.void_reason': `null`,
  'giveaway_winners.claim_until': `case when n % 50 = 0 then now() + interval '1 hour' end`,
  'gtb_guesses.confirmed': `n % 100 <> 0`,
  'gtb_guesses.session_id': `n + 1`,
  'gtb_sessions.result_amount': `case when i = 0 then 5 end`,
  'gtb_sessions.status': `(array['completed', 'closed', 'cancelled'])[1 + i]`,
  'gtb_sessions.winner_count': `3`,
  'gtb_winners.session_id': `n + 1`,
  'gtb_winners.rank': `1`,
  'guild.left_at': `case when n % 20 = 0 then now() end`,
  'guild.set_aside_at': `case when n % 20 = 0 then now() end`,
  'inbox.done_at': `case when n % 100 <> 0 then now() - n * interval '1 second' end`,
  'job.next_run_at': `now() + case when n % 100 = 0 then -1 else 1 end * (n * interval '1 second')`,
  'kick_channel.signal_lost_at': `case when n % 50 = 0 then now() - interval '1 day' end`,
  'kick_token.needs_reauth': `n % 50 = 0`,
  'multiplier.kind': `'role'`,
  'multiplier.percent': `200`,
  'multiplier.started_at': `now()`,
  'multiplier.ended_at': `now()`,
  'outbox.state': `case n % 100 when 0 then 'due' when 1 then 'dead' else 'paid' end`,
  'point_sales.finished_at': `case when n % 50 <> 0 then now() end`,
  'point_sales.status': `case when n % 50 = 0 then 'pending' else 'completed' end`,
  'point_shop_items.available_from': `null`,
  'point_shop_items.image_url': `null`,
  'point_shop_items.item_type': `'custom'`,
  'point_shop_items.raffle_ticket_amount': `0`,
  'point_shop_items.removed_at': `null`,
  'point_shop_items.stock_left': `5`,
  'point_shop_items.stock_total': `5`,
  'presence.hour': `floor(extract(epoch from now()) / 3600)::int - i`,
  'presence.paid': `case when n % 50 <> 0 then n + 1 else 0 end`,
  'randomness_round.fetched_at': `case when n % 100 <> 0 then now() end`,
  'randomness_round.randomness': `case when n % 100 <> 0 then repeat('a', 64) end`,
  'randomness_round.signature': `case when n % 100 <> 0 then repeat('b', 96) end`,
  'raffle_draws.nonce': `n / ${guilds}`,
  'raffle_draws.period_number': `1`,
  'raffle_draws.prize': `null`,
  'raffle_draws.status': `'valid'`,
  'raffle_draws.tickets': `1`,
  'raffle_draws.total_tickets': `n + 1`,
  'raffle_draws.void_reason': `null`,
  'raffle_draws.voided_at': `null`,
  'raffle_draws.voided_ref': `null`,
  'raffle_draws.winning_ticket': `1`,
  'raffle_gifted_subs.kind': `'gift'`,
  'raffle_gifted_subs.outcome': `'no_raffle'`,
  'raffle_gifted_subs.tickets_awarded': `0`,
  'raffle_periods.closed_at': `now()`,
  'raffle_periods.ends_at': `now() + interval '1 hour'`,
  'raffle_periods.list_hash': `'a hash'`,
  'raffle_periods.opened_at': `now()`,
  'raffle_periods.period_number': `1 + i`,
  'raffle_periods.seed': `null`,
  'raffle_periods.seed_key_id': `null`,
  'raffle_periods.starts_at': `now() - interval '1 hour'`,
  'raffle_periods.status': `(array['active', 'closed', 'drawn'])[1 + i]`,
  'raffle_board.edited_at': `now()`,
  'raffle_entrants.period_number': `9`,
  'raffle_shuffle_links.expires_at': `null`,
  'raffle_shuffle_links.platform': `(array['shuffle', 'stake', 'howl'])[1 + i]`,
  'raffle_shuffle_links.verified': `true`,
  'raffle_shuffle_links.verified_at': `now()`,
  'raffle_shuffle_wagers.period_number': `1`,
  'raffle_shuffle_wagers.platform': `'shuffle'`,
  'raffle_shuffle_wagers.remainder': `0`,
  'raffle_shuffle_wagers.tickets_awarded': `n`,
  'raffle_shuffle_wagers.tickets_settled': `n`,
  'raffle_shuffle_wagers.tickets_total': `n`,
  'raffle_tickets.period_number': `1`,
  'raffle_watchtime_converted.minutes_counted': `0`,
  'raffle_watchtime_converted.period_number': `1`,
  'raffle_watchtime_converted.sealed_hour': `0`,
  'raffle_watchtime_converted.watched_then': `0`,
  'role_grant.state': `(array['granted', 'granted', 'granted', 'granting', 'removing', 'blocked'])[1 + n % 6]`,
  'season.ended_at': `case when n >= 10000 then now() end`,
  'season.ends_at': `null`,
  'settlement.facts_revision': `case when n % 50 = 0 then 2 else 1 end`,
  'settlement.kind': `(array['watchtime', 'points', 'roles'])[1 + i]`,
  'settlement.oldest_slot': `null`,
  'settlement.newest_slot': `floor(extract(epoch from now()) / 60)::bigint - 60`,
  'settlement.settled_revision': `1`,
  'settlement.settled_slot': `floor(extract(epoch from now()) / 60)::bigint - 60`,
  'room_panel.room': `(array['slots', 'balance', 'other'])[1 + i]`,
  'slot_picks.number': `n + 1`,
  'slot_requests.confirmed': `n % 100 <> 0`,
  'slot_requests.platform': `'kick'`,
  'slot_rewards.id': `i + 1`,
  'stream_session.ended_at': `case when n % 20 <> 0 then now() end`,
  'ticket_ledger.counts_as': `'watchtime'`,
  'ticket_ledger.from_minute': `0`,
  'ticket_ledger.period_number': `1`,
  'ticket_ledger.source': `'watchtime'`,
  'ticket_ledger.to_minute': `60`,
  'shuffle_wager_totals.platform': `'shuffle'`,
  'timed_messages.claimed_at': `now() - interval '1 day'`,
  'timed_messages.interval_minutes': `5`,
  'timed_messages.min_lines': `n % 3`,
  'wager_campaign.next_poll_at': `now() + case when n % 1000 = 0 then -1 else 1 end * (n * interval '1 second')`,
  'wager_campaign.platform': `'shuffle'`,
  'wager_source.codes': `'{}'`,
  'wager_source.platform': `(array['shuffle', 'stake', 'howl'])[1 + i]`,
  'viewer_span.kind': `'role'`,
  'viewer_span.ended_at': `case when n % 20 <> 0 then now() end`,
  'tracking_override.ended_at': `case when n % 20 <> 0 then now() end`,
}

interface QueryFile {
  readonly name: string
  readonly text: string
  readonly functions: readonly string[]
}

async function readQueryFiles(): Promise<readonly QueryFile[]> {
  const folder = projectFile('sql', 'queries')
  const names = (await readdir(folder)).filter((name) => name.endsWith('.ts')).sort()
  return Promise.all(
    names.map(async (file) => {
      const name = file.replace(/\.ts$/, '')
      const module: Record<string, unknown> = await import(`${folder}/${file}`)
      return {
        name,
        text: await readFile(`${folder}/${file}`, 'utf8'),
        functions: Object.keys(module)
          .filter((key) => typeof module[key] === 'function')
          .map((key) => `${name}.${key}`),
      }
    }),
  )
}

const squeeze = (text: string): string => text.replace(/\s+/g, ' ').trim()

/** How each statement and fragment of a source file begins: what stands between its back tick and its first parameter. */
const beginningsOf = (source: string): string[] =>
  [...source.matchAll(/\b(?:db|sql)\s*(?:<[^`]*?>\s*)?`([^`]*?)(?:`|\$\{)/g)]
    .map(([, text = '']) => squeeze(text.replaceAll('\\\\', '\\')))
    .filter((text) => text !== '')

const files = await readQueryFiles()
const { sql: db, url } = await createDatabase({ max: 1 })
let planner: Planner
let tables: readonly { name: string; ofGuilds: boolean }[] = []
let partialIndexes: ReadonlySet<string> = new Set()
let ofGuilds: ReadonlySet<string> = new Set()
const plans = new Map<string, readonly Plan[]>()
const failures = new Map<string, Error>()

/** Everything that was carried out for one sample, with both kinds of plans. */
const plansFor = (name: string): readonly Plan[] => {
  const failure = failures.get(name)
  if (failure !== undefined) throw failure
  return plans.get(name) ?? []
}

/** The lease has no exported query; it is asked for and given back. */
const theLease: Sample = {
  calls: [
    async (sql) => {
      const lease = createLease({
        sql,
        bus: { hint: () => {}, onHint: () => () => {} },
        clock: systemClock,
        log: createLog({ process: 'test', level: 'silent' }),
        name: 'planned',
        holder: 'test',
        ttlSeconds: 60,
      })
      await lease.start()
      await lease.stop()
    },
  ],
}

/** What tables on dashboards ask; each is about the few guilds with most of something, and reads what is going on by an index. */
const ofDashboards = (
  [
    ['unsettled', { settlement: 'guilds that are due, by the index of those' }],
    ['outbox', { outbox: 'what is due, by the index of that, and no more than ten thousand rows of it' }],
    ['dead', { outbox: 'what was given up, by the index of that, and no more than ten thousand rows of it' }],
    ['inbox', { inbox: 'what is not handled, by the index of that, and no more than ten thousand rows of it' }],
    ['watching', { settlement: 'five hundred guilds that are due, by the index of those' }],
    [
      'orders',
      { point_sales: 'what waits for an admin, by the index of that, and no more than ten thousand rows of it' },
    ],
    ['raffles', { raffle_periods: 'five hundred raffles that run, by the index of those' }],
  ] as const satisfies readonly (readonly [keyof typeof guildTables, Readonly<Record<string, string>>])[]
).map(([name, acrossGuilds]): readonly [string, Sample] => [
  `dashboards.${name}`,
  { calls: [(sql) => sql.unsafe(guildTables[name].sql, [], { prepare: true })], acrossGuilds },
])
const all: Readonly<Record<string, Sample>> = {
  ...samples,
  'lease.createLease': theLease,
  ...Object.fromEntries(ofDashboards),
}

beforeAll(async () => {
  tables = await db<{ name: string; ofGuilds: boolean }[]>`
    select c.relname as name,
           exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'discord_server_id') as of_guilds
      from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
     order by c.relname`
  ofGuilds = new Set(tables.filter((table) => table.ofGuilds).map(({ name }) => name))
  partialIndexes = new Set(
    (
      await db<{ name: string }[]>`
        select i.indexrelid::regclass::text as name from pg_index i where i.indpred is not null`
    ).map(({ name }) => name),
  )
  const growing = tables.map(({ name }) => name).filter((name) => !small.has(name))
  await fillTables(db, { tables: growing, guilds, rowsOfAGuild, values })
  planner = createPlanner(url)
  onCleanUp(() => planner.sql.end({ timeout: 1 }))
  for (const kind of ['custom', 'generic'] as const) {
    await planner.use(kind)
    for (const [name, { calls, takesMany }] of Object.entries(all)) {
      await planner.preferIndexes(takesMany === true)
      planner.taken()
      try {
        for (const call of calls) await call(planner.sql)
      } catch (cause) {
        failures.set(name, new Error(`the sample of ${name} failed with ${kind} plans`, { cause }))
      }
      plans.set(name, [...(plans.get(name) ?? []), ...planner.taken()])
    }
  }
}, 120_000)

describe('what is said of a plan', () => {
  const all = (plans: readonly Plan[]) =>
    plans.flatMap(({ root }) =>
      nodesOf(root).flatMap((node) => (readsAll(node, partialIndexes) ? [node['Relation Name']] : [])),
    )
  const nobodys = (plans: readonly Plan[]) =>
    plans.flatMap(({ root }) => tablesOfNobody(root, (table) => ofGuilds.has(table), []))

  it('includes that it reads a table from one end to the other, also by an index, and for nobody', async () => {
    planner.taken()
    await planner.sql`select username from watchtime where minutes > ${5}`
    await planner.sql`select discord_server_id from watchtime order by discord_server_id limit 5`
    const taken = planner.taken()
    expect(all(taken)).toEqual(['watchtime', 'watchtime'])
    expect(nobodys(taken)).toEqual(['watchtime', 'watchtime'])
  })

  it('includes what a function does', async () => {
    await planner.sql`
      create function pg_temp.everybody() returns bigint language sql return (select sum(minutes) from watchtime)`
    planner.taken()
    await planner.sql`select pg_temp.everybody()`
    const taken = planner.taken()
    expect(all(taken)).toEqual(['watchtime'])
    expect(nobodys(taken)).toEqual(['watchtime'])
  })

  it('includes that only one of two tables is read for a guild, and passes what is joined to it', async () => {
    planner.taken()
    await planner.sql`
      select l.discord_id
        from links l
        join watchtime w on w.username = l.kick_name
       where l.discord_server_id = ${'1'}`
    expect(nobodys(planner.taken())).toEqual(['watchtime'])
    await planner.sql`
      select l.discord_id
        from links l
        join watchtime w on w.discord_server_id = l.discord_server_id and w.username = l.kick_name
       where l.discord_server_id = ${'1'}`
    expect(nobodys(planner.taken())).toEqual([])
  })
})

describe('the samples', () => {
  it('call every query there is, and none that there is not', () => {
    expect(Object.keys(samples).sort(), 'test/sql/samples has one entry for each exported function').toEqual(
      files.flatMap(({ functions }) => functions).sort(),
    )
  })

  it('call every table of the dashboards', () => {
    expect(ofDashboards.map(([name]) => name)).toEqual(Object.keys(guildTables).map((name) => `dashboards.${name}`))
    for (const { sql } of Object.values<{ sql: string }>(guildTables)) {
      expect(sql).toMatch(/\n limit 20$/)
      expect(sql, 'Grafana would round an id').toMatch(/discord_server_id::text as guild,/)
    }
  })

  it.each([...files.map(({ name }) => name), 'lease'])('send every statement of the file: %s', async (name) => {
    const text =
      files.find((file) => file.name === name)?.text ?? (await readFile(projectFile('sql', 'lease.ts'), 'utf8'))
    const sent = [...plans]
      .filter(([key]) => key.startsWith(`${name}.`))
      .flatMap(([, taken]) => taken.map(({ statement }) => squeeze(statement)))
    const beginnings = beginningsOf(text)
    expect(beginnings.length).toBeGreaterThan(0)
    expect(beginnings.filter((beginning) => !sent.some((statement) => statement.includes(beginning)))).toEqual([])
  })
})

describe.each(Object.keys(all))('%s', (name) => {
  const { readsAllOf = {}, acrossGuilds = {} } = all[name] ?? { calls: [] }

  it('reads no growing table from one end to the other', () => {
    const read = plansFor(name).flatMap(({ root }) =>
      nodesOf(root).flatMap((node) => {
        const table = node['Relation Name']
        if (table === undefined || small.has(table) || table.startsWith('pg_')) return [] // the catalogue grows with the schema only
        return readsAll(node, partialIndexes) ? [table] : []
      }),
    )
    expect([...new Set(read)].sort()).toEqual(Object.keys(readsAllOf).sort())
  })

  it('says whose rows it reads and writes', () => {
    const unnamed = (known: readonly string[]) => [
      ...new Set(plansFor(name).flatMap(({ root }) => tablesOfNobody(root, (table) => ofGuilds.has(table), known))),
    ]
    expect(unnamed([...Object.keys(acrossGuilds), ...Object.keys(readsAllOf)])).toEqual([])
    expect(unnamed([])).toEqual(expect.arrayContaining(Object.keys(acrossGuilds)))
  })
})
