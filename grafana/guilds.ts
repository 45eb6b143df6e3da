/**
 * A table of the few guilds with most of something. It is asked when somebody looks, never by an alert; each statement reads by an index what
 * is going on now, stops after a bounded number of rows, however much has piled up, and looks up the names of the few that it shows.
 */
export interface GuildTable {
  readonly title: string
  readonly description: string
  readonly sql: string
  readonly runbooks?: readonly string[]
}

export const guildTables = {
  unsettled: {
    title: 'The guilds that are behind longest',
    description:
      'Guilds with watch time that no tick has settled, those that were settled longest ago first. Normal: all of them were settled within the last minute.',
    sql: `select s.discord_server_id::text as guild,
       g.server_name as name,
       s.settled_at,
       s.newest_slot - s.settled_slot as slots_behind,
       s.facts_revision - s.settled_revision as facts_unseen
  from (
    select b.discord_server_id, b.settled_at, b.newest_slot, b.settled_slot, b.facts_revision, b.settled_revision
      from settlement b
     where b.kind = 'watchtime'
       and (b.facts_revision > b.settled_revision or b.newest_slot > b.settled_slot)
     order by b.settled_at nulls first, b.discord_server_id
     limit 20
  ) s
  join guild g on g.discord_server_id = s.discord_server_id
 order by s.settled_at nulls first, s.discord_server_id
 limit 20`,
    runbooks: ['guild-not-settled'],
  },
  outbox: {
    title: 'The guilds with most that waits',
    description:
      'Guilds by rows of the outbox that are due, of the ten thousand that are due first. Normal: a few rows each.',
    sql: `select t.discord_server_id::text as guild, g.server_name as name, t.waiting, t.oldest, t.attempts, t.an_error
  from (
    select o.discord_server_id,
           count(*) as waiting,
           min(o.created_at) as oldest,
           max(o.attempts) as attempts,
           max(o.last_error) as an_error
      from (
        select b.discord_server_id, b.created_at, b.attempts, b.last_error
          from outbox b
         where b.state = 'due'
         order by b.next_attempt_at
         limit 10000
      ) o
     group by o.discord_server_id
     order by count(*) desc, o.discord_server_id
     limit 20
  ) t
  join guild g on g.discord_server_id = t.discord_server_id
 order by t.waiting desc, t.discord_server_id
 limit 20`,
    runbooks: ['outbox-old', 'outbox-unpaid'],
  },
  dead: {
    title: 'The guilds with most dead letters',
    description: 'Guilds by rows of the outbox that were given up, with one of the reasons. Normal: empty.',
    sql: `select t.discord_server_id::text as guild, g.server_name as name, t.kind, t.dead, t.newest, t.an_error
  from (
    select o.discord_server_id, o.kind, count(*) as dead, max(o.finished_at) as newest, max(o.last_error) as an_error
      from (
        select b.discord_server_id, b.kind, b.finished_at, b.last_error
          from outbox b
         where b.state = 'dead'
         limit 10000
      ) o
     group by o.discord_server_id, o.kind
     order by count(*) desc, o.discord_server_id, o.kind
     limit 20
  ) t
  join guild g on g.discord_server_id = t.discord_server_id
 order by t.dead desc, t.discord_server_id, t.kind
 limit 20`,
    runbooks: ['dead-letters'],
  },
  inbox: {
    title: 'The guilds whose events wait longest',
    description:
      'Guilds by events of the inbox that are not handled, with one of the reasons. Normal: empty, or events of the last second.',
    sql: `select t.discord_server_id::text as guild, g.server_name as name, t.waiting, t.oldest, t.attempts, t.an_error
  from (
    select i.discord_server_id,
           count(*) as waiting,
           min(i.received_at) as oldest,
           max(i.attempts) as attempts,
           max(i.last_error) as an_error
      from (
        select b.discord_server_id, b.received_at, b.attempts, b.last_error
          from inbox b
         where b.done_at is null
         order by b.next_attempt_at
         limit 10000
      ) i
     group by i.discord_server_id
     order by min(i.received_at), i.discord_server_id
     limit 20
  ) t
  join guild g on g.discord_server_id = t.discord_server_id
 order by t.oldest, t.discord_server_id
 limit 20`,
    runbooks: ['inbox-old'],
  },
  watching: {
    title: 'The guilds with most viewers',
    description:
      'Viewers who wrote in this hour, of five hundred guilds in which something happens now. Normal: the big communities, by the time of day.',
    sql: `select t.discord_server_id::text as guild, g.server_name as name, t.viewers, t.minutes as minutes_this_hour
  from (
    select n.discord_server_id, v.viewers, v.minutes
      from (
        select s.discord_server_id
          from settlement s
         where s.kind = 'watchtime'
           and (s.facts_revision > s.settled_revision or s.newest_slot > s.settled_slot)
         order by s.phase
         limit 500
      ) n
     cross join lateral (
        select count(*) as viewers, coalesce(sum(bit_count(p.paid::bit(64))), 0) as minutes
          from presence p
         where p.discord_server_id = n.discord_server_id
           and p.hour = floor(extract(epoch from now()) / 3600)::int
      ) v
     order by v.viewers desc, n.discord_server_id
     limit 20
  ) t
  join guild g on g.discord_server_id = t.discord_server_id
 order by t.viewers desc, t.discord_server_id
 limit 20`,
  },
  orders: {
    title: 'The guilds with most open orders',
    description:
      'Guilds by purchases that wait for an admin, of ten thousand. Normal: a few each; many old ones mean that nobody looks after the shop.',
    sql: `select t.discord_server_id::text as guild, g.server_name as name, t.open, t.oldest
  from (
    select o.discord_server_id, count(*) as open, min(o.purchased_at) as oldest
      from (
        select b.discord_server_id, b.purchased_at
          from point_sales b
         where b.status = 'pending'
         limit 10000
      ) o
     group by o.discord_server_id
     order by count(*) desc, o.discord_server_id
     limit 20
  ) t
  join guild g on g.discord_server_id = t.discord_server_id
 order by t.open desc, t.discord_server_id
 limit 20`,
  },
  raffles: {
    title: 'The biggest raffles that run',
    description:
      'Raffles by tickets, of five hundred that run. Normal: the big communities; a raffle that ended hours ago should not be here.',
    sql: `select t.discord_server_id::text as guild, g.server_name as name, t.period_number as number, t.ends_at, t.viewers, t.tickets
  from (
    select r.discord_server_id, r.period_number, r.ends_at, h.viewers, h.tickets
      from (
        select b.discord_server_id, b.period_number, b.ends_at
          from raffle_periods b
         where b.status = 'active'
         order by b.discord_server_id
         limit 500
      ) r
     cross join lateral (
        select count(*) as viewers, coalesce(sum(a.total_tickets), 0) as tickets
          from raffle_tickets a
         where a.discord_server_id = r.discord_server_id
           and a.period_number = r.period_number
      ) h
     order by h.tickets desc, r.discord_server_id
     limit 20
  ) t
  join guild g on g.discord_server_id = t.discord_server_id
 order by t.tickets desc, t.discord_server_id
 limit 20`,
  },
} as const satisfies Record<string, GuildTable>
