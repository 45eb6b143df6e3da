/** What belongs to a server and travels with it. The type of a column says what a file may hold there. */

export type Column =
  | {
      readonly kind: 'id' | 'name' | 'word' | 'whole64' | 'switch' | 'time' | 'json' | 'address'
      readonly optional?: true
    }
  | { readonly kind: 'whole'; readonly min: number; readonly max: number; readonly optional?: true }
  | { readonly kind: 'text'; readonly min?: 1; readonly max: number; readonly optional?: true }
  | { readonly kind: 'decimal'; readonly min: number; readonly max: number; readonly optional?: true }
  | { readonly kind: 'choice'; readonly values: readonly string[]; readonly optional?: true }

export interface Part {
  readonly table: string
  /** Within one server. Empty when there is one row for each. */
  readonly key: readonly string[]
  readonly columns: Readonly<Record<string, Column>>
  /**
   * When a file is merged or added: `file` wins over the row that is here, what is `here` stays, or rows are `counted` together by a
   * statement of their own (and what explains them stays in the file), or `matched` by the room that they belong to.
   */
  readonly wins: 'file' | 'here' | 'counted' | 'matched'
  /** Set in rows that are gone and do not travel. */
  readonly goneBy?: string
  /** Names channels or roles, which another server does not have. */
  readonly isLocal?: true
}

const most = 100_000_000
const minutes = { kind: 'whole', min: 0, max: most } as const

/** By the name that a part has in a file. */
export const parts = {
  settings: {
    table: 'bot_settings',
    key: ['key'],
    columns: { key: { kind: 'text', max: 64 }, value: { kind: 'text', max: 6000 } },
    wins: 'file',
  },
  tiers: {
    table: 'watchtime_roles',
    key: ['role_id'],
    columns: {
      role_id: { kind: 'id' },
      role_name: { kind: 'text', max: 100 },
      minutes_required: { kind: 'whole', min: 1, max: most },
      display_order: { kind: 'whole', min: 0, max: 100_000 },
      enabled: { kind: 'switch' },
    },
    wins: 'file',
    isLocal: true,
  },
  alerts: {
    table: 'live_alert_setup',
    key: [],
    columns: {
      channel_id: { kind: 'id' },
      enabled: { kind: 'switch' },
      role_id: { kind: 'id', optional: true },
      title: { kind: 'text', max: 4000, optional: true },
      description: { kind: 'text', max: 4000, optional: true },
      footer: { kind: 'text', max: 4000, optional: true },
      buttons: { kind: 'json' },
      updates: { kind: 'choice', values: ['none', 'end', 'all'] },
    },
    wins: 'file',
    isLocal: true,
  },
  commands: {
    table: 'custom_commands',
    key: ['command'],
    columns: {
      command: { kind: 'word' },
      response: { kind: 'text', min: 1, max: 500 },
      cooldown: { kind: 'whole', min: 0, max: 86_400 },
      user_cooldown: { kind: 'whole', min: 0, max: 86_400 },
      level: { kind: 'choice', values: ['everyone', 'subscriber', 'vip', 'moderator', 'broadcaster'] },
      on_kick: { kind: 'switch' },
      on_discord: { kind: 'switch' },
      enabled: { kind: 'switch' },
      use_count: { kind: 'whole64' },
      created_at: { kind: 'time' },
      created_by: { kind: 'id', optional: true },
    },
    wins: 'file',
  },
  aliases: {
    table: 'custom_command_alias',
    key: ['alias'],
    columns: { alias: { kind: 'word' }, command: { kind: 'word' } },
    wins: 'file',
  },
  timers: {
    table: 'timed_messages',
    key: ['id'],
    columns: {
      id: { kind: 'whole', min: 1, max: 1_000_000 },
      message: { kind: 'text', min: 1, max: 500 },
      interval_minutes: { kind: 'whole', min: 1, max: 1440 },
      min_lines: { kind: 'whole', min: 0, max: 1000 },
      only_live: { kind: 'switch' },
      enabled: { kind: 'switch' },
      last_sent: { kind: 'time', optional: true },
      lines_then: { kind: 'whole64' },
      created_by: { kind: 'id', optional: true },
      created_at: { kind: 'time' },
      updated_at: { kind: 'time' },
    },
    wins: 'here', // their numbers say nothing about what they say
  },
  exclusions: {
    table: 'exclusion',
    key: ['username', 'kind', 'origin'],
    columns: {
      username: { kind: 'name' },
      kind: { kind: 'choice', values: ['time', 'points', 'boards', 'raffles'] },
      origin: { kind: 'choice', values: ['admin', 'member'] },
      reason: { kind: 'text', max: 1000, optional: true },
      set_by: { kind: 'id', optional: true },
      set_at: { kind: 'time' },
    },
    wins: 'here',
  },
  slot_blacklist: {
    table: 'slot_call_blacklist',
    key: ['kick_username'],
    columns: {
      kick_username: { kind: 'name' },
      reason: { kind: 'text', max: 1000, optional: true },
      blacklisted_by: { kind: 'id', optional: true },
      created_at: { kind: 'time' },
    },
    wins: 'here',
  },
  slot_catalogue: {
    table: 'slot_catalogue',
    key: ['name'],
    columns: {
      name: { kind: 'text', min: 1, max: 200 },
      provider: { kind: 'text', max: 60, optional: true },
      banned: { kind: 'switch' },
      is_active: { kind: 'switch' },
    },
    wins: 'file',
  },
  slot_rewards: {
    table: 'slot_rewards',
    key: ['id'],
    columns: {
      id: { kind: 'whole', min: 1, max: 1_000_000 },
      reward_type: { kind: 'text', min: 1, max: 60 },
      reward_amount: { kind: 'decimal', min: 0.01, max: 9_999_999_999 },
      reward_chance_percent: { kind: 'decimal', min: 0, max: 100 },
      enabled: { kind: 'switch' },
    },
    wins: 'here', // their numbers say nothing about what they are
  },
  shop_items: {
    table: 'point_shop_items',
    key: ['id'],
    columns: {
      id: { kind: 'whole', min: 1, max: 999_999_999 },
      name: { kind: 'text', min: 1, max: 100 },
      description: { kind: 'text', min: 1, max: 1000, optional: true },
      image_url: { kind: 'address', optional: true },
      price: { kind: 'whole64' },
      stock_total: { kind: 'whole', min: 0, max: most, optional: true },
      stock_left: { kind: 'whole', min: 0, max: most, optional: true },
      is_active: { kind: 'switch' },
      item_type: { kind: 'choice', values: ['custom', 'raffle_tickets'] },
      raffle_ticket_amount: { kind: 'whole', min: 0, max: 1_000_000 },
      per_user_limit: { kind: 'whole', min: 1, max: most, optional: true },
      limit_window_seconds: { kind: 'whole', min: 0, max: most },
      requirement_title: { kind: 'text', min: 1, max: 45, optional: true },
      requirement_footer: { kind: 'text', min: 1, max: 100, optional: true },
      required_role_id: { kind: 'id', optional: true },
      available_from: { kind: 'time', optional: true },
      available_until: { kind: 'time', optional: true },
    },
    wins: 'matched',
    goneBy: 'removed_at',
  },
  accounts: {
    table: 'kick_account',
    key: ['kick_user_id'],
    columns: {
      kick_user_id: { kind: 'id' },
      username: { kind: 'name' },
      display_name: { kind: 'text', max: 100 },
      seen_at: { kind: 'time' },
    },
    wins: 'here',
  },
  links: {
    table: 'links',
    key: ['discord_id'],
    columns: {
      discord_id: { kind: 'id' },
      kick_user_id: { kind: 'id', optional: true },
      kick_name: { kind: 'name' },
      linked_at: { kind: 'time' },
    },
    wins: 'here',
  },
  watchtime: {
    table: 'watchtime',
    key: ['username'],
    columns: { username: { kind: 'name' }, minutes, last_active: { kind: 'time', optional: true } },
    wins: 'counted',
  },
  points: {
    table: 'user_points',
    key: ['kick_username'],
    columns: {
      kick_username: { kind: 'name' },
      discord_id: { kind: 'id', optional: true },
      points: { kind: 'whole64' },
      total_earned: { kind: 'whole64' },
      total_spent: { kind: 'whole64' },
    },
    wins: 'counted',
  },
  conversions: {
    table: 'points_watchtime_converted',
    key: ['kick_username'],
    columns: { kick_username: { kind: 'name' }, minutes_converted: minutes, points_awarded: { kind: 'whole64' } },
    wins: 'counted',
  },
  ledger: {
    table: 'point_ledger',
    key: ['source_ref'],
    columns: {
      kick_username: { kind: 'name' },
      delta: { kind: 'whole64' },
      kind: { kind: 'text', max: 64 },
      source_ref: { kind: 'text', max: 300 },
      actor_id: { kind: 'id', optional: true },
      reason: { kind: 'text', max: 1000, optional: true },
      created_at: { kind: 'time' },
    },
    wins: 'counted',
  },
} as const satisfies Readonly<Record<string, Part>>

export type PartName = keyof typeof parts
export const partNames = Object.keys(parts) as readonly PartName[]
export const partOf = (name: PartName): Part => parts[name]

/** Tables with rows of a server that do not travel, and why. */
export const staying: Readonly<Record<string, string>> = {
  audit_log: 'it says what was done here',
  chat_line_count: 'it counts from now on',
  chat_repeat: 'it ends within hours',
  clip_service: 'its key is a secret of this server',
  clips: 'they were made here',
  custom_command_use: 'it ends with the cooldown',
  dashboard_event: 'it is work of this bot',
  erasure: 'it ends with what may come late here',
  giveaway_chat_activity: 'it ends with the giveaway',
  giveaway_entries: 'they belong to a giveaway of this server',
  giveaway_templates: 'they name roles and channels of this server',
  giveaway_winners: 'it says who won here',
  giveaways: 'its seed is a secret of this bot, and what was published of it stands here',
  gtb_guesses: 'it is a game of this server',
  gtb_sessions: 'it is a game of this server',
  gtb_winners: 'it is a game of this server',
  guild: 'Discord tells it',
  inbox: 'it is work of this bot',
  job: 'it follows from what travels',
  kick_channel: 'a channel is bound by /setup, which asks Kick for it',
  kick_rename: 'it is work of this bot',
  kick_token: 'it is a secret of the channel’s owner',
  legacy_quarantine: 'it is about the coming over of a database',
  legacy_report: 'it is about the coming over of a database',
  legacy_tier: 'it waits for the roles of this server',
  link_confirmation: 'it ends within minutes',
  link_event: 'it says what was done here',
  link_panel: 'it is a message of this server',
  link_role_run: 'it ends within minutes',
  live_alert: 'it is a message of this server',
  member_role: 'it is about roles of this server',
  multiplier: 'it is a decision for a time, and times of two servers would overlap',
  oauth_states: 'it ends within minutes',
  outbox: 'it is work of this bot',
  point_sales: 'they are orders of this server',
  point_shop: 'it is a message of this server',
  presence: 'it is settled into watch time within minutes',
  raffle_board: 'it is a message of this server',
  raffle_draws: 'it says who won here',
  raffle_draw_v1: 'it says who won here',
  raffle_entrants: 'it is frozen, and what was published here checks it',
  raffle_gifted_subs: 'it says what was bought here',
  raffle_periods: 'its seed is a secret of this bot, and what was published of it stands here',
  raffle_shuffle_links: 'it was proved to the admins of this server',
  raffle_shuffle_wagers: 'it belongs to a raffle of this server',
  raffle_tickets: 'they belong to a raffle of this server',
  raffle_watchtime_converted: 'it belongs to a raffle of this server',
  role_grant: 'it follows from watch time, tiers and links',
  role_warning: 'it is about roles of this server',
  season: 'it says what was won here, and totals that travel go on without it',
  season_result: 'it says what was won here',
  season_start: 'it is about the season of this server',
  room_panel: 'it is a message of this server',
  settlement: 'it is work of this bot',
  shop_notice: 'it is a wish about something of this server',
  shuffle_wager_totals: 'the platform tells it again',
  slot_picks: 'it proves what was drawn here',
  slot_requests: 'it is a list for one stream',
  slot_state: 'it holds the secret of the next pick here',
  stream_session: 'it says when this channel was live',
  ticket_ledger: 'it belongs to a raffle of this server',
  tracking_override: 'it is a decision for now',
  transfer_draft: 'it ends within an hour',
  transfer_import: 'it says what was taken in here',
  viewer_span: 'it says what was so while this server was watched',
  wager_source: 'it holds a key',
  watch_day: 'it explains the minutes that were counted here',
  watchtime_adjustment: 'it explains the minutes that were counted here',
}
