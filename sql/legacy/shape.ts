import { type Catalogue, hasColumns, type Table } from './catalogue.ts'

/** The tables that are brought over, and the columns without which one of that name is something else. */
export const sources = {
  watchtime: ['username', 'minutes'],
  user_points: ['kick_username', 'points'],
  points_watchtime_converted: ['kick_username', 'minutes_converted', 'points_awarded'],
  links: ['discord_id', 'kick_name'],
  bot_settings: ['key', 'value'],
  point_settings: ['key', 'value'],
  watchtime_roles: ['role_name', 'minutes_required'],
  point_shop_items: ['id', 'name', 'price'],
  point_sales: ['id', 'kick_username', 'price_paid'],
  custom_commands: ['command', 'response'],
  timed_messages: ['message', 'interval_minutes'],
  giveaways: ['id', 'title', 'status'],
  giveaway_entries: ['id', 'giveaway_id', 'kick_username'],
  giveaway_winners: ['id', 'giveaway_id', 'kick_username'],
  giveaway_templates: ['name'],
  clips: ['id', 'kick_username', 'clip_duration'],
  link_panels: ['guild_id', 'channel_id', 'message_id'],
  link_logs_config: ['guild_id', 'channel_id'],
  slot_requests: ['kick_username', 'slot_call'],
  slot_call_blacklist: ['kick_username'],
  slot_rewards: ['reward_type', 'reward_amount', 'reward_chance_percent'],
  slot_picks: ['slot_request_id', 'kick_username', 'slot_call'],
  gtb_sessions: ['id', 'opened_by'],
  gtb_guesses: ['session_id', 'kick_username', 'guess_amount'],
  gtb_winners: ['session_id', 'kick_username', 'rank', 'guess_amount', 'result_amount'],
  raffle_periods: ['id', 'start_date', 'end_date', 'status'],
  raffle_tickets: ['id', 'period_id', 'discord_id', 'kick_name', 'total_tickets'],
  raffle_watchtime_converted: ['period_id', 'kick_name', 'minutes_converted', 'tickets_awarded'],
  raffle_gifted_subs: ['id', 'period_id', 'gifter_kick_name', 'tickets_awarded'],
  raffle_shuffle_links: ['shuffle_username', 'discord_id'],
  raffle_shuffle_wagers: ['period_id', 'shuffle_username', 'tickets_awarded'],
  raffle_draws: ['id', 'period_id', 'winner_kick_name', 'winning_ticket', 'total_tickets'],
  raffle_exclusions: ['kick_username'],
  shuffle_wager_totals: ['shuffle_username', 'total_wager_usd'],
} as const satisfies Readonly<Record<string, readonly string[]>>
export type SourceName = keyof typeof sources
export const sourceNames = Object.keys(sources) as readonly SourceName[]

/** The three tables that are folded into one row for each viewer; one of them changes all the time. */
export const viewerSources = ['watchtime', 'user_points', 'points_watchtime_converted'] as const
export type ViewerSource = (typeof viewerSources)[number]

/** Tables of the old bot that are not ours: of rooms that read them later, and what nobody needs any more. They are set aside untouched. */
const setAside =
  /^(pending_links|oauth_(states|notifications)|link_(panels|logs_config)|timer_panels|timed_messages|custom_commands|bot_tokens|feature_settings|point_(settings|shop_items|sales)|gtb_(sessions|guesses|winners)|clips|giveaways|giveaway_\w+|slot_call_blacklist|raffle_\w+|shuffle_wager_(totals|history))$/

/** Whether a table goes to the schema `legacy` although none of ours has its name. */
export const isSetAside = (name: string): boolean => setAside.test(name)

/** What is in the database of the old bot, as far as its catalogue tells. */
export interface Shape {
  /** A name for people: `G1`, `G4 with platform columns`. */
  readonly generation: string
  readonly tables: ReadonlyMap<SourceName, Table>
  /** Tables of a known name that cannot be read, and why; they are left as they are. */
  readonly refused: readonly { readonly table: string; readonly why: string }[]
  /** Tables of a known name whose columns nobody knows: a reason to stop. */
  readonly strange: readonly string[]
  readonly servers: Table | undefined
}

const helperScript =
  'it is keyed by discord_id, as a set-up script made it which the bot never worked with; its minutes belong to no Kick name'

const isHelperWatchtime = (table: Table | undefined): boolean =>
  hasColumns(table, 'discord_id', 'minutes') && !table.columns.has('username')

/** Whether this catalogue is that of the old bot: one of the tables that make a bot of it is there, in a shape of its. */
export function isLegacy(catalogue: Catalogue): boolean {
  return (
    isHelperWatchtime(catalogue.get('watchtime')) ||
    [...viewerSources, 'links' as const].some((name) => hasColumns(catalogue.get(name), ...sources[name]))
  )
}

/** Says what there is to bring over. */
export function shapeOf(catalogue: Catalogue): Shape {
  const tables = new Map<SourceName, Table>()
  const refused: { table: string; why: string }[] = []
  const strange: string[] = []
  for (const name of sourceNames) {
    const table = catalogue.get(name)
    if (table === undefined) continue
    if (hasColumns(table, ...sources[name])) tables.set(name, table)
    else if (name === 'watchtime' && isHelperWatchtime(table)) refused.push({ table: name, why: helperScript })
    else strange.push(name)
  }
  const servers = catalogue.get('servers')
  return {
    generation: generationOf(catalogue),
    tables,
    refused,
    strange,
    servers: hasColumns(servers, 'discord_server_id') ? servers : undefined,
  }
}

/**
 * The generation, from columns and the columns of keys alone: the names of keys differ between installations of the same one. It
 * is for people; what is read is decided column by column.
 */
function generationOf(catalogue: Catalogue): string {
  const isKeyedBy = (name: string, ...columns: string[]) =>
    catalogue.get(name)?.keys.includes(columns.sort().join(',')) === true
  const hasGuild = (name: string) => hasColumns(catalogue.get(name), 'discord_server_id')
  if (isHelperWatchtime(catalogue.get('watchtime'))) return 'helper script'
  const extras = [
    ...(hasColumns(catalogue.get('links'), 'platform') ? ['platform columns'] : []),
    ...(hasColumns(catalogue.get('watchtime_roles'), 'role_id') ? ['tiers by role id'] : []),
  ]
  const isOfDashboard = ['custom_commands', 'kick_oauth_tokens', 'watchtime_conversion_logs'].some((name) =>
    catalogue.has(name),
  )
  const name = (() => {
    if (hasGuild('watchtime') || hasGuild('user_points')) return isOfDashboard || extras.length > 0 ? 'G4' : 'G3'
    if (catalogue.has('user_points') || hasGuild('links') || hasGuild('bot_settings')) return 'G2'
    if (catalogue.has('bot_settings') || catalogue.has('watchtime_roles') || isKeyedBy('links', 'kick_name'))
      return 'G1'
    return 'G0'
  })()
  return extras.length === 0 ? name : `${name} with ${extras.join(' and ')}`
}
