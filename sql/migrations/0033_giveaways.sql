-- Giveaways: what is given away, who entered, and who won, so that anybody can check it. New tables only; locks nothing. Names as in the
-- bot before, where it had them.

create table giveaways (
  discord_server_id bigint not null,
  id integer not null check (id > 0),
  title text not null check (length(title) between 1 and 255),
  description text check (length(description) <= 4000),
  entry_method text not null default 'keyword' check (entry_method in ('keyword', 'active_chatter', 'discord')),
  with_button boolean not null default false,
  keyword text check (length(keyword) between 1 and 50),
  messages_required integer not null default 1 check (messages_required between 1 and 100),
  time_window_minutes integer not null default 10 check (time_window_minutes between 1 and 1440),
  allow_multiple_entries boolean not null default false,
  max_entries_per_user integer not null default 1 check (max_entries_per_user between 1 and 100),
  max_winners integer not null default 1 check (max_winners between 1 and 50),
  needs_link boolean not null default false,
  required_role_id bigint,
  bonus_roles jsonb not null default '{}',
  entry_prompts jsonb not null default '[]',
  claim_minutes integer not null default 0 check (claim_minutes between 0 and 10080),
  status text not null default 'active' check (status in ('pending', 'active', 'drawing', 'ended', 'completed', 'cancelled')),
  created_at timestamptz not null default now(),
  created_by bigint,
  updated_at timestamptz not null default now(),
  started_at timestamptz,
  ends_at timestamptz,
  ended_at timestamptz,
  drawn_by bigint,
  discord_channel_id bigint,
  discord_message_id bigint,
  panel_hash text,
  server_seed_commitment text,
  seed_sealed text,
  seed_key_id text,
  server_seed text,
  list_hash text,
  frozen_list text,
  frozen_at timestamptz,
  chain text,
  round bigint,
  round_at timestamptz,
  entropy jsonb,
  legacy_proof jsonb,
  primary key (discord_server_id, id),
  check (entry_method <> 'keyword' or keyword is not null or status not in ('active', 'drawing')),
  check (allow_multiple_entries or max_entries_per_user = 1)
) with (fillfactor = 70);
create index giveaways_open_idx on giveaways (discord_server_id) where status in ('active', 'ended');
comment on column giveaways.id is 'Counts from 1 in each guild.';
comment on column giveaways.with_button is 'Whether members may also enter by a button, beside the chat.';
comment on column giveaways.max_entries_per_user is 'How often one person may enter; 1 unless several entries are allowed.';
comment on column giveaways.status is
  'active takes entries; ended takes none and was not drawn; drawing has its list frozen and waits for its round; completed has winners.';
comment on column giveaways.ends_at is 'Entries count that were made before it; set to the moment of the end when somebody ends it.';
comment on column giveaways.panel_hash is 'Of what the panel said last, so that it is not edited to say the same.';
comment on column giveaways.seed_sealed is 'The secret seed, encrypted, until it is revealed as server_seed.';
comment on column giveaways.frozen_list is 'Who held how many tickets, by the ids of entries, as the list was hashed.';
comment on column giveaways.round is 'Of the public randomness that decides; fixed when the list was frozen.';
comment on column giveaways.legacy_proof is 'What the bot before kept as a proof, as it kept it.';

create table giveaway_entries (
  discord_server_id bigint not null,
  giveaway_id integer not null,
  entry_id bigint generated always as identity,
  kick_username text,
  display_name text not null,
  kick_user_id bigint,
  discord_id bigint,
  entry_method text not null,
  entry_count integer not null default 1 check (entry_count > 0),
  join_refs text[] not null,
  salt text not null,
  list_id text,
  entry_answers jsonb,
  created_at timestamptz not null default now(),
  primary key (discord_server_id, giveaway_id, entry_id),
  check (kick_username is not null or discord_id is not null)
) with (fillfactor = 70);
create unique index giveaway_entries_viewer_key on giveaway_entries (discord_server_id, giveaway_id, kick_username);
create unique index giveaway_entries_member_key on giveaway_entries (discord_server_id, giveaway_id, discord_id);
create index giveaway_entries_name_idx on giveaway_entries (discord_server_id, kick_username);
create index giveaway_entries_discord_idx on giveaway_entries (discord_server_id, discord_id);
comment on table giveaway_entries is
  'One row for each person: by name of those who entered in the chat, by member of those who pressed the button, by both where a link tells.';
comment on column giveaway_entries.entry_count is 'Tickets.';
comment on column giveaway_entries.join_refs is 'What each entry was made by, a message or an interaction, so that none counts twice.';
comment on column giveaway_entries.salt is 'Random; with the person''s id it makes the id under which the entry stands in a published list.';
comment on column giveaway_entries.list_id is 'That id, once the list was frozen.';

create table giveaway_chat_activity (
  discord_server_id bigint not null,
  giveaway_id integer not null,
  kick_username text not null,
  said_at bigint[] not null,
  message_hashes text[] not null,
  counted_until bigint not null default 0,
  primary key (discord_server_id, giveaway_id, kick_username)
) with (fillfactor = 70);
create index giveaway_chat_activity_name_idx on giveaway_chat_activity (discord_server_id, kick_username);
comment on table giveaway_chat_activity is
  'What active chatters wrote within the window, as moments (milliseconds) and fingerprints, never the words; gone when the list is frozen.';
comment on column giveaway_chat_activity.counted_until is 'Messages up to here have made an entry.';

create table giveaway_winners (
  discord_server_id bigint not null,
  giveaway_id integer not null,
  nonce integer not null check (nonce >= 0),
  kick_username text,
  display_name text,
  discord_id bigint,
  list_id text,
  ticket bigint,
  total bigint,
  roll_counter integer,
  proof_hash text,
  state text not null default 'won' check (state in ('won', 'claimed', 'void')),
  void_reason text check (void_reason in ('excluded', 'gone', 'unclaimed', 'rerolled')),
  drawn_at timestamptz not null default now(),
  claim_until timestamptz,
  claimed_at timestamptz,
  announced boolean not null default false,
  primary key (discord_server_id, giveaway_id, nonce),
  check ((state = 'void') = (void_reason is not null))
);
create index giveaway_winners_name_idx on giveaway_winners (discord_server_id, kick_username);
create index giveaway_winners_member_idx on giveaway_winners (discord_server_id, discord_id);
create index giveaway_winners_claim_idx on giveaway_winners (discord_server_id, giveaway_id) where state = 'won' and claim_until is not null;
comment on table giveaway_winners is
  'One row for each roll, also for those that came to nothing. Without proof_hash it was not rolled here.';

create table giveaway_templates (
  discord_server_id bigint not null,
  name text not null check (name = lower(name) and length(name) between 1 and 50),
  display_name text not null,
  choices jsonb not null,
  updated_at timestamptz not null default now(),
  updated_by bigint,
  primary key (discord_server_id, name)
);
comment on column giveaway_templates.choices is 'How a giveaway is run, without its title, description and end.';
