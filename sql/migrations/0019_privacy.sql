-- Members may have what is kept about them erased. Kick and our own queues can deliver what they wrote before once more, and that must
-- bring neither their name nor their minutes back; so a fingerprint of the account stays for as long as such events would be believed.
-- A new table only; nothing in use is locked.

create table erasure (
  discord_server_id bigint not null,
  fingerprint text not null,
  erased_at timestamptz not null default now(),
  primary key (discord_server_id, fingerprint)
);
comment on table erasure is 'Accounts whose data were erased: what they wrote before that moment is passed over.';
comment on column erasure.fingerprint is 'SHA-256 over the guild and the account''s id, or its name where the id was not known.';
