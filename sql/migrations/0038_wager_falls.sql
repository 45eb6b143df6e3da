-- A total that falls and comes back has not grown twice: what it fell from is kept until it is back, or has stayed away for a day. Columns without
-- a default, which changes the catalogue only; the lock is held for that moment. Processes of before write none of them, and count as they did.

alter table shuffle_wager_totals
  add column delta_since timestamptz,
  add column fell_from_cents bigint,
  add column lowest_cents bigint,
  add column fell_at timestamptz;
alter table shuffle_wager_totals
  add constraint shuffle_wager_totals_fall_check
    check ((fell_at is null) = (fell_from_cents is null) and (fell_at is null) = (lowest_cents is null));
comment on column shuffle_wager_totals.reported_cents is 'What the platform said last.';
comment on column shuffle_wager_totals.fell_from_cents is
  'What it was before it fell, at fell_at, and up to where nothing counts again: a mistake comes back. lowest_cents is where it begins anew if not.';
comment on column shuffle_wager_totals.delta_since is 'Since when delta_cents has grown, where a fall has held it back; else since the answer before.';
