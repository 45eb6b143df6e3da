-- Who is who, and how a link comes about. New tables only.

create table links (
  discord_server_id bigint not null,
  discord_id bigint not null,
  kick_user_id bigint,
  kick_name text not null,
  linked_at timestamptz not null default now(),
  primary key (discord_server_id, discord_id),
  unique (discord_server_id, kick_user_id),
  unique (discord_server_id, kick_name)
);
comment on column links.kick_user_id is 'Null only in a link that was imported and whose Kick account has not been seen since.';

create table oauth_states (
  discord_server_id bigint not null,
  state text not null,
  purpose text not null check (purpose in ('link', 'broadcaster')),
  discord_id bigint not null,
  code_verifier text,
  interaction_token text,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  primary key (discord_server_id, state)
);
create index oauth_states_expires_idx on oauth_states (expires_at);
comment on column oauth_states.state is 'SHA-256 of the value in the URL, in hexadecimal; the value itself is kept nowhere.';
comment on column oauth_states.code_verifier is 'Null until the URL was opened; opening it sets the verifier and works once.';

create table link_confirmation (
  discord_server_id bigint not null,
  discord_id bigint not null,
  kick_user_id bigint not null,
  kick_name text not null,
  display_name text not null,
  interaction_token text,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  primary key (discord_server_id, discord_id)
);
comment on table link_confirmation is 'Somebody proved to own this Kick account; the member has not yet said that it was them.';

create table kick_token (
  discord_server_id bigint primary key,
  kick_user_id bigint not null,
  access_token text not null,
  refresh_token text not null,
  key_id text not null,
  scopes text not null,
  expires_at timestamptz not null,
  needs_reauth boolean not null default false,
  updated_at timestamptz not null default now()
);
comment on table kick_token is 'A broadcaster''s tokens, encrypted with the key that key_id names.';
