import type { Db } from '../client.ts'
import type { Table } from './catalogue.ts'
import { judgedCommands, judgedTimers } from './chat.ts'
import { judgedClips } from './clips.ts'
import { type Move, type Outcome, send } from './context.ts'
import { judgedEntries, judgedGiveaways, judgedTemplates, judgedWinners } from './giveaways.ts'
import { judgedLinks } from './links.ts'
import { judgedPanels } from './panels.ts'
import { judgedPeriods } from './periods.ts'
import { judgedBalances, judgedDraws, judgedGifts, judgedOutsiders, unevenBalances } from './raffles.ts'
import { judgedGuesses, judgedPlaces, judgedSessions } from './rounds.ts'
import { guildIn, isName, nameIn } from './rows.ts'
import { readOldSettings, translateSettings } from './settings.ts'
import { type SourceName, type ViewerSource, viewerSources } from './shape.ts'
import { judgedItems, judgedSales, salesOfNothing } from './shop.ts'
import { broughtCatalogue } from './slotcatalogue.ts'
import { judgedBlacklist, judgedPicks, judgedRequests, judgedRewards } from './slots.ts'
import { judgedTiers } from './tiers.ts'
import { nameColumn, viewersNow } from './viewers.ts'
import { judgedAccounts, judgedTotals, judgedWagers, selfConfirmed } from './wagers.ts'

/** A row that is nobody's here, whole. */
export interface SetAside {
  readonly guildId: string
  readonly table: string
  readonly reason: string
  readonly kickName: string | null
  readonly discordId: string | null
  readonly content: unknown
}

export interface Findings {
  readonly outcomes: readonly Outcome[]
  readonly setAside: readonly SetAside[]
}

/** What a statement about outcomes gives. */
type OutcomeRow = { guildId: string; subject: string; detail: string }

/**
 * Everything that was, or will be, more than copying: read from the old tables alone, so that a dry run says what a run does and a run may
 * say it after the fact.
 */
export async function findOut(db: Db, move: Move): Promise<Findings> {
  const outcomes: Outcome[] = []
  const setAside: SetAside[] = []
  const tell = (outcome: Outcome['outcome'], table: string, rows: readonly OutcomeRow[]) =>
    outcomes.push(...rows.map((row) => ({ outcome, table, ...row })))

  const isEverybodyOurs = await hasOnlyOurs(db, move)
  for (const name of viewerSources) {
    const table = move.tables.get(name)
    if (table === undefined) continue
    // Conversions have a row for every five minutes, so that many rows of a name are no collision there.
    if (name !== 'points_watchtime_converted') tell('merged', name, await mergedNames(db, move, name, table))
    if (!isEverybodyOurs) setAside.push(...(await namelessRows(db, move, name, table)))
  }
  if (move.tables.has('watchtime') || move.tables.has('points_watchtime_converted'))
    tell('capped', 'points_watchtime_converted', await cappedMarks(db, move))
  tell('capped', 'watchtime', await cappedMinutes(db, move))

  const links = move.tables.get('links')
  if (links !== undefined) setAside.push(...(await lostLinks(db, move, links)))
  const tiers = move.tables.get('watchtime_roles')
  if (tiers !== undefined) {
    tell('merged', 'watchtime_roles', await mergedTiers(db, move, tiers))
    setAside.push(...(await lost(db, 'watchtime_roles', judgedTiers(move, tiers))))
  }
  const commands = move.tables.get('custom_commands')
  if (commands !== undefined) setAside.push(...(await lost(db, 'custom_commands', judgedCommands(move, commands))))
  const timers = move.tables.get('timed_messages')
  if (timers !== undefined) setAside.push(...(await lost(db, 'timed_messages', judgedTimers(move, timers))))
  const items = move.tables.get('point_shop_items')
  if (items !== undefined) {
    setAside.push(...(await lost(db, 'point_shop_items', judgedItems(move, items))))
    tell('capped', 'point_shop_items', await lostImages(db, move, items))
  }
  const sales = move.tables.get('point_sales')
  if (sales !== undefined) {
    setAside.push(...(await lost(db, 'point_sales', judgedSales(move, sales))))
    tell('brought', 'point_sales', await ofNothing(db, move, sales))
  }
  for (const [name, judged] of Object.entries(judgedRooms)) {
    const table = move.tables.get(name as SourceName)
    if (table !== undefined) setAside.push(...(await lost(db, name, judged(move, table))))
  }
  const entries = move.tables.get('giveaway_entries')
  if (entries !== undefined) tell('merged', 'giveaway_entries', await mergedEntries(db, move, entries))
  const balances = move.tables.get('raffle_tickets')
  if (balances !== undefined) tell('capped', 'raffle_tickets', await send(db, unevenBalances(move, balances)))
  const accounts = move.tables.get('raffle_shuffle_links')
  if (accounts !== undefined) tell('brought', 'raffle_shuffle_links', await send(db, selfConfirmed(move, accounts)))
  const panels = move.tables.get('link_panels')
  if (panels !== undefined) tell('brought', 'link_panels', await oldPanels(db, move, panels))
  setAside.push(...(await lostInGames(db, move)))
  outcomes.push(...(await broughtCatalogue(db, move)))
  outcomes.push(...translateSettings(await readOldSettings(db, move)).outcomes)
  return { outcomes, setAside }
}

/** Rooms whose rows are judged one by one. */
const judgedRooms: Partial<Record<SourceName, (move: Move, table: Table) => string>> = {
  giveaways: judgedGiveaways,
  giveaway_entries: judgedEntries,
  giveaway_winners: judgedWinners,
  giveaway_templates: judgedTemplates,
  clips: judgedClips,
  raffle_periods: judgedPeriods,
  raffle_tickets: judgedBalances,
  raffle_gifted_subs: judgedGifts,
  raffle_shuffle_links: judgedAccounts,
  raffle_shuffle_wagers: judgedWagers,
  raffle_draws: judgedDraws,
  raffle_exclusions: judgedOutsiders,
  shuffle_wager_totals: judgedTotals,
}

const mergedEntries = (db: Db, move: Move, table: Table) =>
  send<OutcomeRow>(
    db,
    `select guild::text as "guildId", coalesce(name, member::text) as subject,
            rows || ' entries in giveaway #' || number || ' became one, with ' || tickets || ' tickets' as detail
       from (
         select guild, number, name, case when name is null then member end as member, count(*) as rows, max(tickets) as tickets
           from (${judgedEntries(move, table)}) j
          where fault is null
          group by 1, 2, 3, 4
       ) m
      where rows > 1
      order by guild, number, name`,
  )

/** Whether the sums know already that no row has to be set aside, so that two million rows need not be looked through for one. */
async function hasOnlyOurs(db: Db, { from }: Move): Promise<boolean> {
  if (from !== 'legacy') return false
  return (await db`select from legacy.viewer where not is_ours limit 1`).length === 0
}

const mergedNames = (db: Db, move: Move, name: ViewerSource, table: Table) =>
  send<OutcomeRow>(
    db,
    `select guild::text as "guildId", username as subject,
            spellings || ' became one row with ' || total || '${name === 'watchtime' ? ' minutes' : ' points'}' as detail
       from (
         select ${guildIn(table, 't', move.plan.guildId)} as guild, ${nameIn(nameColumn[name])} as username, count(*) as rows,
                string_agg(quote_literal(${nameColumn[name]}), ' + ' order by ${nameColumn[name]}) as spellings,
                sum(coalesce(t.${name === 'watchtime' ? 'minutes' : 'points'}, 0)) as total
           from ${move.from}.${name} t
          group by 1, 2
       ) m
      where rows > 1 and guild > 0 and ${isName('username')}
      order by 1, 2`,
  )

/** A row with every value as text: its ids do not fit the numbers of whoever reads it. */
const whole = '(select jsonb_object_agg(f.key, f.value) from jsonb_each_text(content) f)'

const namelessRows = (db: Db, move: Move, name: ViewerSource, table: Table) =>
  send<SetAside>(
    db,
    `select greatest(guild, 0)::text as "guildId", '${name}' as table, left(kick_name, 100) as "kickName", null as "discordId", ${whole} as content,
            case when guild <= 0 then 'it names no Discord server' else 'no Kick account has this name' end as reason
       from (
         select to_jsonb(t) as content, ${guildIn(table, 't', move.plan.guildId)} as guild, ${nameIn(nameColumn[name])} as kick_name
           from ${move.from}.${name} t
       ) r
      where guild <= 0 or kick_name is null or not ${isName('kick_name')}`,
  )

const viewers = (move: Move): string => (move.from === 'legacy' ? 'legacy.viewer' : `(${viewersNow(move)})`)

const cappedMarks = (db: Db, move: Move) =>
  send<OutcomeRow>(
    db,
    `select v.discord_server_id::text as "guildId", v.username as subject,
            v.minutes_converted || ' minutes were turned into points, but there are ' || greatest(v.minutes, 0)
              || '; the mark stands at these, and no minute is owed twice' as detail
       from ${viewers(move)} v
      where v.conversion_rows > 0 and v.minutes_converted > greatest(v.minutes, 0) and v.discord_server_id > 0 and ${isName('v.username')}
      order by v.discord_server_id, v.username`,
  )

const cappedMinutes = (db: Db, move: Move) =>
  send<OutcomeRow>(
    db,
    `select v.discord_server_id::text as "guildId", v.username as subject,
            v.minutes || ' minutes became ' || least(greatest(v.minutes, 0), 2147483647) as detail
       from ${viewers(move)} v
      where v.watch_rows > 0 and v.minutes not between 0 and 2147483647 and v.discord_server_id > 0 and ${isName('v.username')}
      order by v.discord_server_id, v.username`,
  )

const lostLinks = (db: Db, move: Move, table: Table) =>
  send<SetAside>(
    db,
    `select greatest(guild, 0)::text as "guildId", 'links' as table, name as "kickName", member::text as "discordId", ${whole} as content,
            coalesce(fault, case when not names_guild then 'it names no Discord server, and conflicts with a link that does or is newer'
                                 when member_place > 1 then 'the same member has a newer link'
                                 else 'another member has a newer link to the same Kick name' end) as reason
       from (${judgedLinks(move, table)}) j
      where fault is not null or member_place > 1 or name_place > 1`,
  )

const mergedTiers = (db: Db, move: Move, table: Table) =>
  send<OutcomeRow>(
    db,
    `select guild::text as "guildId", role_name as subject,
            'a second tier of the same role, for ' || minutes || ' minutes; the lower threshold counts' as detail
       from (${judgedTiers(move, table)}) j
      where fault is null and place > 1`,
  )

const oldPanels = (db: Db, move: Move, table: Table) =>
  send<OutcomeRow>(
    db,
    `select guild::text as "guildId", 'message ' || message_id || ' in channel ' || channel_id as subject,
            case when place = 1 then 'its button does not answer any more; /linkpanel post puts a new one in its place and takes this one away'
                 else 'its button does not answer any more; delete it by hand' end as detail
       from (${judgedPanels(move, table)}) j
      order by guild, place`,
  )

const lostImages = (db: Db, move: Move, table: Table) =>
  send<OutcomeRow>(
    db,
    `select guild::text as "guildId", '#' || id as subject, 'its picture has no address that begins with https://, and is left out' as detail
       from (${judgedItems(move, table)}) j
      where fault is null and has_other_image
      order by guild, id`,
  )

const ofNothing = (db: Db, move: Move, table: Table) =>
  send<OutcomeRow>(
    db,
    `select guild::text as "guildId", '#' || id as subject,
            'its item is not known; refunded, it gives the points back and no item' as detail
       from (${salesOfNothing(move, table)}) j
      where status in ('pending', 'completed')
      order by guild, id`,
  )

/** Everything of requests and rounds that cannot be one of ours. */
async function lostInGames(db: Db, move: Move): Promise<SetAside[]> {
  const { tables } = move
  const sessions = tables.get('gtb_sessions')
  const ofTable = (name: SourceName, judged: (table: Table) => string | undefined) => {
    const table = tables.get(name)
    return [name, table === undefined ? undefined : judged(table)] as const
  }
  const all = [
    ofTable('slot_requests', (table) => judgedRequests(move, table)),
    ofTable('slot_call_blacklist', (table) => judgedBlacklist(move, table)),
    ofTable('slot_rewards', (table) => judgedRewards(move, table)),
    ofTable('slot_picks', () => judgedPicks(move)),
    ofTable('gtb_sessions', (table) => judgedSessions(move, table)),
    ofTable('gtb_guesses', (table) => sessions && judgedGuesses(move, table, sessions)),
    ofTable('gtb_winners', (table) => sessions && judgedPlaces(move, table, sessions)),
  ]
  const found: SetAside[] = []
  for (const [name, judged] of all) if (judged !== undefined) found.push(...(await lost(db, name, judged)))
  return found
}

/** Rows with a fault, of a statement that judges rows without a viewer. */
const lost = (db: Db, name: string, judged: string) =>
  send<SetAside>(
    db,
    `select greatest(coalesce(guild, 0), 0)::text as "guildId", '${name}' as table, null as "kickName", null as "discordId",
            ${whole} as content, fault as reason
       from (${judged}) j
      where fault is not null`,
  )

/** Writes the findings down for admins and operators; the rows of before go, so that it may be repeated. */
export async function writeFindings(db: Db, { outcomes, setAside }: Findings): Promise<void> {
  await db`delete from public.legacy_report`
  await db`delete from public.legacy_quarantine`
  await db`
    insert into public.legacy_report (discord_server_id, outcome, source_table, subject, detail)
    select r.discord_server_id, r.outcome, r.source_table, r.subject, r.detail
      from unnest(
             ${outcomes.map((row) => row.guildId)}::bigint[],
             ${outcomes.map((row) => row.outcome)}::text[],
             ${outcomes.map((row) => row.table)}::text[],
             ${outcomes.map((row) => row.subject)}::text[],
             ${outcomes.map((row) => row.detail)}::text[]
           ) as r (discord_server_id, outcome, source_table, subject, detail)`
  await db`
    insert into public.legacy_quarantine (discord_server_id, source_table, reason, kick_name, discord_id, content)
    select q.discord_server_id, q.source_table, q.reason, q.kick_name, q.discord_id, q.content::jsonb
      from unnest(
             ${setAside.map((row) => row.guildId)}::bigint[],
             ${setAside.map((row) => row.table)}::text[],
             ${setAside.map((row) => row.reason)}::text[],
             ${setAside.map((row) => row.kickName)}::text[],
             ${setAside.map((row) => row.discordId)}::bigint[],
             ${setAside.map((row) => JSON.stringify(row.content))}::text[]
           ) as q (discord_server_id, source_table, reason, kick_name, discord_id, content)`
}

/** Findings that the plan itself tells: what is refused, what lies aside untouched. */
export const findingsOfPlan = (plan: Move['plan'], kept: readonly string[]): Outcome[] => [
  ...plan.warnings.map((detail) => ({
    guildId: '0',
    outcome: 'refused' as const,
    table: '',
    subject: 'warning',
    detail,
  })),
  ...kept.map((table) => ({
    guildId: '0',
    outcome: 'kept' as const,
    table,
    subject: 'the whole table',
    detail: 'it lies in the schema legacy as it was',
  })),
]
