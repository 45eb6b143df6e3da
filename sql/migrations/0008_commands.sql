-- Which slash commands Discord was told about, so that the many processes of a deployment tell it once. New table only.

create table command_registration (
  application_id bigint primary key,
  wanted_hash text not null default '',
  registered_hash text not null default '',
  checked_at timestamptz not null default '-infinity',
  claimed_until timestamptz not null default '-infinity'
);
comment on column command_registration.wanted_hash is 'Of the commands as we define them.';
comment on column command_registration.registered_hash is 'Of the ids and versions with which Discord answered.';
