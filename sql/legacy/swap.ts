import type postgres from 'postgres'
import type { Db } from '../client.ts'
import { bringCommands, bringTimers } from './chat.ts'
import { bringClipOptions, bringClips } from './clips.ts'
import { before, type Move, send } from './context.ts'
import { bringGiveaways } from './giveaways.ts'
import { bringLinks } from './links.ts'
import { bringPanels } from './panels.ts'
import { patiently } from './patience.ts'
import { bringRaffles } from './raffles.ts'
import { bringRounds } from './rounds.ts'
import { bringSettings } from './settings.ts'
import { isSetAside, type SourceName } from './shape.ts'
import { bringShop } from './shop.ts'
import { bringCatalogue } from './slotcatalogue.ts'
import { bringSlots } from './slots.ts'
import { bringTiers } from './tiers.ts'
import { deriveViewers, takeNotes } from './viewers.ts'

/** How long we stand in the queue for the old tables, and keep others from them; together less than a second. */
const queueMs = 350
const holdMs = 500
/** As many notes as the last catch-up may find without holding anybody up. */
const fewNotes = 500
/** A round that took no longer is short enough for the last one. */
const shortRoundMs = 100
const mostRounds = 30

/** Tables of ours that the old rows are written into; they stay where they are written until the end. */
const targets: ReadonlySet<string> = new Set([
  'watchtime',
  'points_watchtime_converted',
  'user_points',
  'point_ledger',
  'links',
  'bot_settings',
  'kick_channel',
  'tracking_override',
  'watchtime_roles',
  'legacy_tier',
  'link_panel',
  'live_alert_setup',
  'custom_commands',
  'timed_messages',
  'point_shop_items',
  'point_sales',
  'point_shop',
  'giveaways',
  'giveaway_entries',
  'giveaway_winners',
  'giveaway_templates',
  'clips',
  'clip_service',
  'job',
  'slot_requests',
  'slot_state',
  'slot_call_blacklist',
  'slot_rewards',
  'slot_catalogue',
  'slot_picks',
  'gtb_sessions',
  'gtb_guesses',
  'gtb_winners',
  'raffle_periods',
  'raffle_tickets',
  'ticket_ledger',
  'raffle_watchtime_converted',
  'raffle_gifted_subs',
  'raffle_shuffle_links',
  'raffle_shuffle_wagers',
  'shuffle_wager_totals',
  'raffle_draw_v1',
  'exclusion',
])

const bringSlotsOfAll = async (db: Db, move: Move): Promise<void> => {
  await bringSlots(db, move)
  await bringCatalogue(db, move)
}

const bringSettingsOfAll = async (db: Db, move: Move): Promise<void> => {
  await bringSettings(db, move)
  await bringShop(db, move) // where it stood is a setting
  await bringClipOptions(db, move)
}

/** What is brought anew as a whole when anything in it was changed. */
const small: Partial<Record<SourceName, (db: Db, move: Move) => Promise<void>>> = {
  links: bringLinks,
  watchtime_roles: bringTiers,
  bot_settings: bringSettingsOfAll,
  point_settings: bringSettingsOfAll,
  point_shop_items: bringShop,
  point_sales: bringShop,
  link_logs_config: bringSettings,
  link_panels: bringPanels,
  custom_commands: bringCommands,
  timed_messages: bringTimers,
  giveaways: bringGiveaways,
  giveaway_entries: bringGiveaways,
  giveaway_winners: bringGiveaways,
  giveaway_templates: bringGiveaways,
  clips: bringClips,
  slot_requests: bringSlotsOfAll,
  slot_call_blacklist: bringSlotsOfAll,
  slot_rewards: bringSlotsOfAll,
  slot_picks: bringSlotsOfAll,
  gtb_sessions: bringRounds,
  gtb_guesses: bringRounds,
  gtb_winners: bringRounds,
  raffle_periods: bringRaffles,
  raffle_tickets: bringRaffles,
  raffle_watchtime_converted: bringRaffles,
  raffle_gifted_subs: bringRaffles,
  raffle_shuffle_links: bringRaffles,
  raffle_shuffle_wagers: bringRaffles,
  raffle_draws: bringRaffles,
  raffle_exclusions: bringRaffles,
  shuffle_wager_totals: bringRaffles,
}

/** Brings everything that is not a viewer. Safe to repeat. */
export async function bringOthers(db: Db, move: Move): Promise<void> {
  for (const bring of new Set(Object.values(small))) await bring(db, move)
}

/** Brings over what was changed since, once. */
async function catchUp(db: Db, move: Move): Promise<void> {
  await deriveViewers(db, move, await takeNotes(db))
  // Only those: notes about viewers may have come since the statement before this one.
  const noted = await db<{ source: SourceName }[]>`
    delete from legacy.note where source = any(${Object.keys(small)}::text[]) returning source`
  for (const bring of new Set(noted.flatMap(({ source }) => small[source] ?? []))) await bring(db, move)
}

async function catchUpUntilFew(sql: postgres.Sql, move: Move): Promise<void> {
  for (let round = 0; round < mostRounds; round++) {
    const [row] = await sql<
      { notes: number }[]
    >`select count(*)::int as notes from (select from legacy.note limit ${fewNotes}) n`
    if (row === undefined || row.notes < fewNotes) return
    const start = performance.now()
    await sql.begin((db) => catchUp(db, move))
    await sql`vacuum (truncate false) legacy.note` // else every round reads what the ones before have taken away
    if (performance.now() - start < shortRoundMs) return
  }
}

interface Moving {
  /** Moves what of ours nothing is in the way of. */
  readonly early: string[]
  readonly oldTables: string[]
  /** Moves the old, then the rest of ours. */
  readonly late: string[]
  readonly ourTables: string[]
}

/**
 * Puts our tables in the place of the old ones, which go to the schema `legacy`: catalogue changes only. The old tables are locked for the
 * last catch-up and these changes; whoever writes to them meanwhile waits, and then writes to ours. It gives up and tries again when the locks
 * are not to be had at once or the work under them takes too long.
 */
export async function swap(sql: postgres.Sql, move: Move, done: (db: Db) => Promise<void>): Promise<void> {
  await patiently('the tables of the bot before', async () => {
    await catchUpUntilFew(sql, move)
    await sql.begin(async (db) => {
      const moving = await planMoves(db)
      await db`set local lock_timeout = '5s'` // only autovacuum is interested in ours
      await send(db, `lock table ${moving.ourTables.join(', ')} in access exclusive mode`)
      await copyGrants(db)
      if (moving.early.length > 0) await db.unsafe(moving.early.join(';'))
      const queuedAt = performance.now()
      for (const table of moving.oldTables) {
        const restMs = Math.max(1, Math.ceil(queueMs - (performance.now() - queuedAt)))
        await db.unsafe(`set local lock_timeout = ${restMs}; lock table ${table} in access exclusive mode`)
      }
      await db.unsafe(`set local statement_timeout = ${holdMs}`)
      await catchUp(db, move)
      await db.unsafe(moving.late.join(';'))
      await done(db)
    })
  })
}

/** Quiet tables come first, so that the busy ones are held for the shortest time. */
const busyness: readonly string[] = ['links', 'user_points', 'points_watchtime_converted', 'watchtime']

async function planMoves(db: Db): Promise<Moving> {
  const relations = await db<{ schema: string; name: string; kind: string; quoted: string }[]>`
    select n.nspname as schema, c.relname as name, c.relkind as kind, quote_ident(c.relname) as quoted
      from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ('public', 'incoming') and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
       and not exists (   -- those of a column go with it
             select from pg_depend d
              where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i') and d.refobjsubid > 0
           )
     order by c.relname`
  const functions = await db<{ schema: string; signature: string }[]>`
    select n.nspname as schema, quote_ident(p.proname) || '(' || pg_get_function_identity_arguments(p.oid) || ')' as signature
      from pg_proc p
      join pg_namespace n on n.oid = p.pronamespace
     where n.nspname = 'incoming'
        or (n.nspname = 'public' and exists (
              select from pg_proc o
               where o.pronamespace = 'incoming'::regnamespace and o.proname = p.proname and o.proargtypes = p.proargtypes))`
  const ours = relations.filter(({ schema }) => schema === 'incoming')
  const names = new Set(ours.map(({ name }) => name))
  const old = relations
    .filter(({ schema, name }) => schema === 'public' && (names.has(name) || isSetAside(name)))
    .sort((a, b) => busyness.indexOf(a.name) - busyness.indexOf(b.name))
  const oldNames = new Set(old.map(({ name }) => name))
  const waits = ({ name }: { name: string }) => oldNames.has(name) || targets.has(name)
  const isTable = ({ kind }: { kind: string }) => kind === 'r' || kind === 'p'
  const bring = ({ quoted }: { quoted: string }) => `alter table incoming.${quoted} set schema public`
  return {
    early: ours.filter((relation) => !waits(relation)).map(bring),
    oldTables: old.filter(isTable).map(({ quoted }) => `public.${quoted}`),
    ourTables: ours.filter(isTable).map(({ quoted }) => `incoming.${quoted}`),
    late: [
      ...old.map(({ quoted }) => `alter table public.${quoted} set schema legacy`),
      ...functions
        .filter(({ schema }) => schema === 'public')
        .map(({ signature }) => `alter function public.${signature} set schema legacy`),
      ...ours.filter(waits).map(bring),
      ...functions
        .filter(({ schema }) => schema === before.to)
        .map(({ signature }) => `alter function incoming.${signature} set schema public`),
      'drop schema incoming',
    ],
  }
}

/** Whoever may read or write an old table, such as a dashboard with a role of its own, may do the same with ours of that name. */
async function copyGrants(db: Db): Promise<void> {
  const grants = await db<{ statement: string }[]>`
    select format('grant %s on incoming.%I to %s', g.privilege_type, c.relname,
                  case when g.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(g.grantee)) end) as statement
      from pg_class c
     cross join aclexplode(c.relacl) g
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and g.grantee <> c.relowner
       and exists (select from pg_class o where o.relnamespace = 'incoming'::regnamespace and o.relname = c.relname)`
  if (grants.length > 0) await db.unsafe(grants.map(({ statement }) => statement).join(';'))
}
