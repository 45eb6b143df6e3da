import type { Sql } from '../../../sql/client.ts'

/**
 * The tables of the bot before, as it made them, generation by generation; names of keys as PostgreSQL gave them. Times are without
 * a zone and mean UTC.
 */
const created = 'created_at timestamp default current_timestamp'
const createdAndUpdated = `${created}, updated_at timestamp default current_timestamp`

export const g0 = `
  create table watchtime (username text primary key, minutes integer default 0, last_active timestamp);
  create table links (discord_id bigint primary key, kick_name text);
  create table pending_links (discord_id bigint, kick_name text, code text, timestamp text);`

/** Everything of a single server, without points. */
export const g1 = `
  create table watchtime (username text primary key, minutes integer default 0, last_active timestamp);
  create table links (discord_id bigint primary key, kick_name text unique);
  create table pending_links (discord_id bigint primary key, kick_name text, code text, timestamp text);
  create table oauth_notifications (id serial primary key, discord_id bigint not null, kick_username text not null,
    channel_id bigint, message_id bigint, ${created}, processed boolean default false);
  create table oauth_states (state text primary key, discord_id bigint not null, code_verifier text not null, ${created},
    guild_id bigint default 0);
  create table bot_settings (key text primary key, value text not null, updated_at timestamp default current_timestamp);
  create table link_panels (id serial primary key, guild_id bigint not null, channel_id bigint not null, message_id bigint not null,
    emoji text not null, ${created}, unique (guild_id, channel_id, message_id));
  create table timer_panels (id serial primary key, guild_id bigint not null, channel_id bigint not null, message_id bigint not null,
    ${created}, unique (guild_id, channel_id, message_id));
  create table link_logs_config (guild_id bigint primary key, channel_id bigint not null, enabled boolean default true, ${createdAndUpdated});
  create table watchtime_roles (id serial primary key, role_name text not null, minutes_required integer not null,
    display_order integer not null, enabled boolean default true, ${createdAndUpdated});
  create table gtb_sessions (id serial primary key, opened_by text not null, opened_at timestamp default current_timestamp, ${created},
    closed_at timestamp, result_amount numeric(12,2), status text default 'open' check (status in ('open', 'closed', 'completed')));
  create table gtb_guesses (id serial primary key, session_id integer not null references gtb_sessions (id) on delete cascade,
    kick_username text not null, guess_amount numeric(12,2) not null, guessed_at timestamp default current_timestamp,
    unique (session_id, kick_username));
  create table gtb_winners (id serial primary key, session_id integer not null references gtb_sessions (id) on delete cascade,
    kick_username text not null, rank integer not null check (rank in (1, 2, 3)), guess_amount numeric(12,2) not null,
    result_amount numeric(12,2) not null, difference numeric(12,2) not null, ${created});
  create table slot_call_blacklist (kick_username text primary key, reason text, blacklisted_by bigint, ${created});
  create table bot_tokens (bot_username text primary key, access_token text not null, refresh_token text not null, expires_at timestamp, ${created});
  create table timed_messages (id serial primary key, message text not null, interval_minutes integer not null, enabled boolean default true,
    last_sent timestamp, created_by bigint, ${createdAndUpdated});
  insert into watchtime_roles (role_name, minutes_required, display_order) values ('Tier 1', 120, 1), ('Tier 2', 600, 2), ('Tier 3', 2000, 3);`

const points = `
  create table user_points (id serial primary key, kick_username text not null unique, discord_id bigint, points integer default 0,
    total_earned integer default 0, total_spent integer default 0, last_updated timestamp default current_timestamp);
  create table points_watchtime_converted (id serial primary key, kick_username text not null, minutes_converted integer not null,
    points_awarded integer not null, converted_at timestamp default current_timestamp);
  create table point_settings (key text primary key, value text not null, updated_at timestamp default current_timestamp);
  create table point_shop_items (id serial primary key, name text not null, description text, image_url text, price integer not null,
    stock integer default -1, is_active boolean default true, ${createdAndUpdated});
  create table point_sales (id serial primary key, item_id integer references point_shop_items (id), kick_username text not null,
    item_name text not null, discord_id bigint, price_paid integer not null, quantity integer default 1, status text default 'pending',
    notes text, purchased_at timestamp default current_timestamp);
  create table clips (id serial primary key, kick_username text not null, clip_duration integer not null, clip_url text, ${created});`

/** A database of the generation before that was upgraded in place: links have a guild and keep their old keys. */
export const g2InPlace = `
  ${g1}
  ${points}
  alter table links add column discord_server_id bigint, add column linked_at timestamp default current_timestamp;`

/** The same generation on an empty database: links and settings are keyed by guild. */
export const g2Fresh = `
  ${g1}
  ${points}
  drop table links, bot_settings;
  create table links (discord_id bigint not null, kick_name text, discord_server_id bigint not null, linked_at timestamp default current_timestamp,
    primary key (discord_id, discord_server_id), unique (kick_name, discord_server_id));
  create table bot_settings (key text not null, value text not null, discord_server_id bigint, updated_at timestamp default current_timestamp,
    primary key (key, discord_server_id));`

/** The tables and indexes of the start-up migration that came next, by the names it gave them. */
export const seedTables = [
  'user_points',
  'points_watchtime_converted',
  'point_sales',
  'watchtime',
  'gtb_sessions',
  'clips',
  'watchtime_roles',
  'pending_links',
  'oauth_notifications',
] as const
export const seedIndexes = {
  idx_user_points_server: 'user_points',
  idx_points_watchtime_server: 'points_watchtime_converted',
  idx_point_sales_server: 'point_sales',
  idx_watchtime_server: 'watchtime',
  idx_gtb_sessions_server: 'gtb_sessions',
  idx_clips_server: 'clips',
  idx_watchtime_roles_server: 'watchtime_roles',
  idx_pending_links_server: 'pending_links',
  idx_oauth_notifications_server: 'oauth_notifications',
} as const

/** After that migration, on a database whose rows all had a guild. */
export const g3 = `
  ${g2Fresh}
  ${seedTables.map((table) => `alter table ${table} add column discord_server_id bigint;`).join('\n  ')}
  alter table user_points drop constraint user_points_kick_username_key, drop constraint user_points_pkey,
    add constraint user_points_pkey_multiserver primary key (kick_username, discord_server_id);
  alter table watchtime drop constraint watchtime_pkey,
    add constraint watchtime_pkey_multiserver primary key (username, discord_server_id);
  ${Object.entries(seedIndexes)
    .map(([index, table]) => `create index ${index} on ${table} (discord_server_id);`)
    .join('\n  ')}`

const fixedGuild = '1300000000000000001'

/** What the dashboard made of it: tables of its own, a fixed default, platforms, tiers by role id, a guild id as text. */
export const g4 = `
  ${g3}
  create table servers (discord_server_id bigint primary key, server_name text, kick_channel text);
  create table notifications (id serial primary key, discord_server_id bigint, type text, title text, message text, data jsonb, is_read boolean, ${created});
  create table kick_oauth_tokens (user_id text, discord_server_id bigint, kick_username text, access_token text, refresh_token text,
    scopes text, expires_at timestamp, needs_reauth boolean, updated_at timestamp, primary key (user_id, discord_server_id));
  create table watchtime_conversion_logs (id serial primary key, discord_id bigint, kick_name text, discord_server_id bigint,
    raffle_minutes integer, points_minutes integer, converted_at timestamp default current_timestamp);
  create table custom_commands (id serial primary key, command text not null, response text not null, cooldown integer default 0,
    enabled boolean default true, use_count integer, discord_server_id bigint);
  create table processed_webhook_messages (message_id text unique, broadcaster_user_id bigint, event_type text, processed_at timestamp);
  alter table watchtime alter column discord_server_id set default ${fixedGuild};
  alter table user_points alter column discord_server_id set default ${fixedGuild};
  alter table links add column platform varchar(50) not null default 'kick', add column discord_username text;
  alter table links drop constraint links_pkey, drop constraint links_kick_name_discord_server_id_key,
    add primary key (discord_id, discord_server_id, platform),
    add constraint links_kick_name_server_platform_key unique (kick_name, discord_server_id, platform);
  alter table watchtime_roles add column role_id bigint;
  alter table timed_messages add column discord_server_id varchar(50), add column channel varchar(100);`

/** What an old set-up script made, which the bot never worked with. */
export const helperScript = `
  create table watchtime (discord_id bigint primary key, minutes integer not null default 0, last_updated timestamp default current_timestamp);
  create table links (discord_id bigint primary key, kick_name text unique, created_at timestamp default current_timestamp);
  create table pending_links (discord_id bigint primary key, kick_name text, code text, expires_at timestamp);`

export const guildA = '1300000000000000001'
export const guildB = '1300000000000000002'
export const memberA = '9007199254740993' // does not fit a double
export const memberB = '900000000000000002'

/** Three viewers, two links. */
export const threeViewers = `
  insert into watchtime (username, minutes, last_active) values
    ('alice', 100, '2025-11-01 12:00:00'), ('bob', 61, '2025-11-01 12:05:00'), ('carol', 7, null);
  insert into links (discord_id, kick_name) values (${memberA}, 'alice'), (${memberB}, 'bob');`

export async function build(sql: Sql, ...statements: readonly string[]): Promise<void> {
  for (const statement of statements) await sql.unsafe(statement)
}

/** Giveaways as the dashboard made them; `later` are the columns that came with giveaways in Discord. */
export const giveawayTables = `
  create table giveaways (id serial primary key, discord_server_id bigint not null, title varchar(255) not null, description text,
    entry_method varchar(20) not null default 'keyword', keyword varchar(50), messages_required integer default 1,
    time_window_minutes integer default 10, allow_multiple_entries boolean default false, max_entries_per_user integer default 1,
    status varchar(20) not null default 'pending', winner_discord_id bigint, winner_kick_username varchar(255), started_at timestamp,
    ended_at timestamp, created_by varchar(255), ${createdAndUpdated});
  create table giveaway_entries (id serial primary key, giveaway_id integer not null references giveaways (id) on delete cascade,
    discord_server_id bigint not null, discord_id bigint, kick_username varchar(255) not null, kick_user_id integer,
    entry_method varchar(20) not null, entry_count integer default 1, profile_pic_url text, ${created});
  create table giveaway_chat_activity (id serial primary key, giveaway_id integer not null references giveaways (id) on delete cascade,
    discord_server_id bigint, kick_username varchar(255), message text, message_hash varchar(64), timestamp timestamp default current_timestamp);
  create table giveaway_winners (id serial primary key, giveaway_id integer not null, discord_server_id varchar(50), kick_username varchar(255),
    kick_user_id varchar(50), drawn_at timestamp default current_timestamp, announced boolean default false);`

export const laterGiveawayColumns = `
  alter table giveaways add column server_seed text, add column client_seed text, add column nonce text, add column proof_hash text,
    add column random_value numeric(5,2), add column discord_channel_id bigint, add column discord_message_id bigint,
    add column duration_minutes integer, add column ends_at timestamp, add column max_winners integer not null default 1,
    add column required_role_id bigint, add column bonus_roles jsonb, add column entry_prompt varchar(45), add column entry_prompts jsonb;
  alter table giveaway_entries alter column kick_username drop not null, add column discord_username varchar(255),
    add column display_name varchar(255), add column entry_answer text, add column entry_answers jsonb;
  alter table giveaway_winners alter column kick_username drop not null, add column discord_id bigint;
  create table giveaway_templates (id serial primary key, discord_server_id bigint not null, name text not null, entry_method varchar(20),
    keyword varchar(50), max_winners integer, bonus_roles jsonb, entry_prompts jsonb);`

/** Requests for slots as the bot before made them in 2025. */
export const slotRequests = `
  create table slot_requests (id serial primary key, kick_username text not null, slot_call text not null,
    requested_at timestamp default current_timestamp, picked boolean default false, picked_at timestamp, discord_server_id bigint);`

/** What was added in 2026: what was shown, what a pick came from, what it could win. */
export const slotPicks = `
  alter table slot_requests add column display_name text, add column avatar_url text, add column added_to_hunt boolean,
    add column server_seed text, add column client_seed text, add column nonce text, add column proof_hash text,
    add column random_value numeric(5,2);
  create table slot_rewards (id serial primary key, discord_server_id bigint, reward_type text, reward_amount numeric, reward_chance_percent numeric,
    enabled boolean default true);
  create table slot_picks (id serial primary key, slot_request_id integer references slot_requests (id), discord_server_id bigint,
    kick_username text, slot_call text, reward_won boolean, reward_type text, reward_amount numeric, reward_id integer, server_seed text,
    client_seed text, nonce text, proof_hash text, random_value numeric(5,2), chance_percent numeric);
  alter table gtb_sessions add column winner_count integer not null default 3;
  alter table gtb_guesses add column discord_server_id bigint, add column display_name text;
  alter table gtb_winners add column display_name text;`

/** Raffles as the bot before made them in 2025: only periods, balances and draws name a server. */
export const raffleTables = `
  create table raffle_periods (id serial primary key, discord_server_id bigint not null default 0, start_date timestamp not null,
    end_date timestamp not null, status varchar(20) default 'active', total_tickets integer default 0, ${created});
  create table raffle_tickets (id serial primary key, period_id integer references raffle_periods (id) on delete cascade,
    discord_server_id bigint not null default 0, discord_id bigint not null, kick_name text not null, watchtime_tickets integer default 0,
    gifted_sub_tickets integer default 0, shuffle_wager_tickets integer default 0, bonus_tickets integer default 0,
    total_tickets integer default 0, last_updated timestamp default current_timestamp, unique (period_id, discord_id));
  create table raffle_watchtime_converted (id serial primary key, period_id integer references raffle_periods (id) on delete cascade,
    kick_name text not null, minutes_converted integer not null, tickets_awarded integer not null, converted_at timestamp default current_timestamp);
  create table raffle_gifted_subs (id serial primary key, period_id integer references raffle_periods (id) on delete cascade,
    gifter_kick_name text not null, gifter_discord_id bigint, recipient_kick_name text, sub_count integer default 1, tickets_awarded integer not null,
    gifted_at timestamp default current_timestamp, kick_event_id text unique);
  create table raffle_shuffle_wagers (id serial primary key, period_id integer references raffle_periods (id) on delete cascade,
    shuffle_username text not null, kick_name text, discord_id bigint, total_wager_usd numeric(15,2) default 0,
    last_known_wager numeric(15,2) default 0, tickets_awarded integer default 0, platform varchar(50) default 'shuffle', ${created});
  create table raffle_shuffle_links (id serial primary key, shuffle_username text not null, kick_name text, discord_id bigint not null,
    linked_at timestamp default current_timestamp, verified boolean default false, verified_by_discord_id bigint, verified_at timestamp,
    platform varchar(50) default 'shuffle');
  create table raffle_ticket_log (id serial primary key, period_id integer references raffle_periods (id) on delete cascade, discord_id bigint not null,
    kick_name text not null, ticket_change integer not null, source varchar(50) not null, description text, ${created});
  create table raffle_draws (id serial primary key, period_id integer references raffle_periods (id), discord_server_id bigint not null default 0,
    total_tickets integer not null, total_participants integer not null, winner_discord_id bigint not null, winner_kick_name text not null,
    winner_shuffle_name text, winning_ticket integer not null, prize_description text, drawn_at timestamp default current_timestamp,
    drawn_by_discord_id bigint, server_seed text, client_seed text, nonce text, proof_hash text);
  create view raffle_leaderboard as select t.period_id, t.kick_name, t.total_tickets from raffle_tickets t where t.total_tickets > 0;`

/** What was added in 2026: numbers and seeds of periods, guilds everywhere, lifetime totals, and who is left out. */
export const laterRaffleColumns = `
  alter table raffle_periods add column period_number integer, add column ended_manually boolean not null default false,
    add column server_seed text, add column server_seed_commitment text;
  alter table raffle_draws add column server_seed_commitment text;
  alter table raffle_watchtime_converted add column discord_server_id bigint;
  alter table raffle_gifted_subs add column discord_server_id bigint;
  alter table raffle_shuffle_wagers add column discord_server_id bigint;
  alter table raffle_shuffle_links add column discord_server_id bigint, add column howl_uid varchar(255);
  create table raffle_exclusions (discord_server_id bigint, kick_username text, discord_id text);
  create table shuffle_wager_totals (id serial primary key, discord_server_id bigint not null, platform varchar(50) not null default 'shuffle',
    shuffle_username text not null, kick_name text, discord_id bigint, total_wager_usd numeric(15,2) default 0, last_updated timestamp);
  create table shuffle_wager_history (id serial primary key, discord_server_id bigint, shuffle_username text, total_wager_usd numeric(15,2),
    wager_delta numeric(15,2), ${created});`
