/**
 * A table of the few guilds with most of something. It is asked when somebody looks, never by an alert; each statement reads by an index what
 * is going on now, or stops after a bounded number of rows.
 */
export interface GuildTable {
  readonly title: string
  readonly description: string
  readonly sql: string
  readonly runbooks?: readonly string[]
}

export const guildTables = {
  unsettled: {
    title: 'Guilds that are behind',
    description:
      'Guilds with watch time that no tick has settled, those behind longest first. Normal: a few, all of them within the last minute.',
    sql: `select s.discord_server_id::text as guild,
       g.server_name as name,
       s.settled_at,
       s.newest_slot - s.settled_slot as slots_behind,
       s.facts_revision - s.settled_revision as facts_unseen
  from settlement s
  join guild g on g.discord_server_id = s.discord_server_id
 where s.kind = 'watchtime'
   and (s.facts_revision > s.settled_revision or s.newest_slot > s.settled_slot)
 order by s.settled_at nulls first
 limit 20`,
    runbooks: ['scheduler-leaderless'],
  },
} as const satisfies Record<string, GuildTable>
