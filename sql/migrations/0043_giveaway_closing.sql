-- A giveaway tells in a message of its own that its list is frozen: what that message is called stands in for a round of public randomness
-- that does not come. How many stand in the list is kept beside it, since the public page shows it of many giveaways at once. Winners may
-- turn out to lack a role. Locks both tables for a moment: the columns need no rewrite, giveaways that were drawn are written once, and the
-- winners are read once for their check.

alter table giveaways
  add column closing_message_id bigint,
  add column participants integer not null default 0 check (participants >= 0),
  add column total_tickets bigint not null default 0 check (total_tickets >= 0);
comment on column giveaways.closing_message_id is 'Of the message which said that the list is frozen; it decides when the round is not to be had.';
comment on column giveaways.participants is 'Entries of the frozen list; total_tickets adds them up.';

update giveaways g
   set participants = l.participants, total_tickets = l.total_tickets
  from (
    select f.discord_server_id, f.id, count(*) as participants, sum((e.entry ->> 1)::bigint) as total_tickets
      from giveaways f
     cross join lateral jsonb_array_elements(f.frozen_list::jsonb) as e (entry)
     where f.frozen_list is not null
     group by f.discord_server_id, f.id
  ) l
 where g.discord_server_id = l.discord_server_id and g.id = l.id;

alter table giveaway_winners drop constraint giveaway_winners_void_reason_check;
alter table giveaway_winners add constraint giveaway_winners_void_reason_check
  check (void_reason in ('excluded', 'gone', 'unclaimed', 'rerolled', 'role'));
