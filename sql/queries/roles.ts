import type { GuildId, RoleId, UserId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

/** Whose roles to compare: everybody of these guilds, or only these viewers (both lists have one entry for each). */
export type RoleScope =
  | { readonly kind: 'guilds'; readonly guildIds: GuildId[] }
  | { readonly kind: 'viewers'; readonly guildIds: GuildId[]; readonly usernames: Username[] }

/**
 * Compares the roles that linked members should have with those on record, and writes the differences: into `role_grant`
 * what is being given or taken, into `outbox` one row for each of them. Only differences are written, so that it may be
 * repeated and run twice at once: a grant that somebody else has just recorded is not owed. Gives the number of differences.
 *
 * In mode "stack" every tier that was reached is wanted, in mode "highest" only the last; then, or with `role_removal`, what is
 * not wanted any more is taken away. Beside the tiers every linked member has the linked role, and who has proved an account on an affiliate
 * platform the role for that, if the guild chose any. Roles that
 * the bot never gave are never touched. A guild without the master switch wants nothing changed about its tiers.
 */
export const syncRoles = (db: Db, scope: RoleScope) => db<{ changes: number }[]>`
  with guild_scope as materialized (
    select s.discord_server_id, s.mode, s.removes, s.has_tiers, s.linked_role_id, s.wager_role_id
      from (
        select g.discord_server_id,
               coalesce(setting(g.discord_server_id, 'role_mode'), 'stack') as mode,
               lower(coalesce(setting(g.discord_server_id, 'role_removal'), 'false')) in ('true', '1', 'yes', 'on') as removes,
               lower(coalesce(setting(g.discord_server_id, 'watchtime_roles_enabled'), 'true')) in ('true', '1', 'yes', 'on') as has_tiers,
               substring(setting(g.discord_server_id, 'kick_linked_role_id') from '^\\d{15,19}$')::bigint as linked_role_id,
               substring(setting(g.discord_server_id, 'wager_role_id') from '^\\d{15,19}$')::bigint as wager_role_id
          from (select distinct unnest(${scope.guildIds}::bigint[]) as discord_server_id) g
      ) s
     where s.has_tiers or s.linked_role_id is not null or s.wager_role_id is not null
  ),
  member as materialized (
    select g.discord_server_id, l.discord_id, coalesce(w.minutes, 0) as minutes, g.mode, g.removes, g.has_tiers, g.linked_role_id, g.wager_role_id
      from guild_scope g
      join links l on l.discord_server_id = g.discord_server_id
      left join watchtime w on w.discord_server_id = l.discord_server_id and w.username = l.kick_name
     where ${
       scope.kind === 'guilds'
         ? db`true`
         : db`(l.discord_server_id, l.kick_name) in (
                select v.discord_server_id, v.username
                  from unnest(${scope.guildIds}::bigint[], ${scope.usernames}::text[]) as v (discord_server_id, username))`
     }
  ),
  wanted_tier as materialized (
    select t.discord_server_id, t.discord_id, t.role_id
      from (
        select m.discord_server_id, m.discord_id, m.mode, r.role_id,
               row_number() over (partition by m.discord_server_id, m.discord_id order by r.minutes_required desc, r.role_id) as place
          from member m
          join watchtime_roles r on r.discord_server_id = m.discord_server_id and r.enabled and r.minutes_required <= m.minutes
         where m.has_tiers
      ) t
     where t.mode = 'stack' or t.place = 1
  ),
  wanted as materialized (
    select t.discord_server_id, t.discord_id, t.role_id
      from wanted_tier t
     union
    select m.discord_server_id, m.discord_id, m.linked_role_id
      from member m
     where m.linked_role_id is not null
    union
    select m.discord_server_id, m.discord_id, m.wager_role_id
      from member m
     where m.wager_role_id is not null
       and exists (
             select from raffle_shuffle_links w
              where w.discord_server_id = m.discord_server_id and w.discord_id = m.discord_id and w.verified
           )
  ),
  given as (
    insert into role_grant as g (discord_server_id, discord_id, role_id, state)
    select w.discord_server_id, w.discord_id, w.role_id, 'granting'
      from wanted w
     where not exists (
             select from role_grant k
              where k.discord_server_id = w.discord_server_id and k.discord_id = w.discord_id and k.role_id = w.role_id
                and k.state <> 'removing'
           )
     order by w.discord_server_id, w.discord_id, w.role_id
    on conflict (discord_server_id, discord_id, role_id) do update
       set state = 'granting', reason = null, changed_at = now()
     where g.state = 'removing'
    returning g.discord_server_id, g.discord_id, g.role_id, g.changed_at
  ),
  surplus as materialized (
    select k.discord_server_id, k.discord_id, k.role_id
      from guild_scope g
      join role_grant k on k.discord_server_id = g.discord_server_id and k.state in ('granting', 'granted')
      left join member m on m.discord_server_id = k.discord_server_id and m.discord_id = k.discord_id
     where (g.removes or (g.mode = 'highest' and m.discord_id is not null and exists (
              select from wanted_tier w where w.discord_server_id = k.discord_server_id and w.discord_id = k.discord_id)))
       and (g.has_tiers or k.role_id in (g.linked_role_id, g.wager_role_id))
       and ${scope.kind === 'guilds' ? db`true` : db`m.discord_id is not null`}
       and not exists (
             select from wanted w
              where w.discord_server_id = k.discord_server_id and w.discord_id = k.discord_id and w.role_id = k.role_id
           )
     order by k.discord_server_id, k.discord_id, k.role_id
       for update of k
  ),
  taken as (
    update role_grant k
       set state = 'removing', changed_at = now()
      from surplus s
     where k.discord_server_id = s.discord_server_id and k.discord_id = s.discord_id and k.role_id = s.role_id
    returning k.discord_server_id, k.discord_id, k.role_id, k.changed_at
  ),
  change as (
    select discord_server_id, discord_id, role_id, changed_at, 'give' as direction from given
    union all
    select discord_server_id, discord_id, role_id, changed_at, 'take' from taken
  ),
  owed as (
    insert into outbox (discord_server_id, kind, source_ref, payload)
    select c.discord_server_id, 'roles.change',
           c.discord_id || ':' || c.role_id || ':' || c.direction || ':' || extract(epoch from c.changed_at),
           jsonb_build_object('discordId', c.discord_id::text, 'roleId', c.role_id::text)
      from change c
     order by c.discord_server_id, c.discord_id, c.role_id
    on conflict (discord_server_id, kind, source_ref) do nothing
  )
  select count(*)::int as changes
    from change`

export interface GrantRow {
  readonly state: 'granting' | 'granted' | 'removing' | 'blocked'
  readonly roleName: string | null
  readonly minutesRequired: number | null
  readonly tellsMember: boolean
}

export interface GrantKey {
  readonly guildId: GuildId
  readonly discordId: UserId
  readonly roleId: RoleId
}

/** What is on record about one role of one member, and what a message to them would say. */
export const readGrant = (db: Db, key: GrantKey) => db<GrantRow[]>`
  select g.state, r.role_name, r.minutes_required,
         r.role_id is not null
           and lower(coalesce(setting(g.discord_server_id, 'role_dm'), 'true')) in ('true', '1', 'yes', 'on') as tells_member
    from role_grant g
    left join watchtime_roles r on r.discord_server_id = g.discord_server_id and r.role_id = g.role_id
   where g.discord_server_id = ${key.guildId} and g.discord_id = ${key.discordId} and g.role_id = ${key.roleId}`

/**
 * Records that Discord has the role, and owes the member a message when the guild wants one; both at once or neither. Safe
 * to repeat: a grant that is recorded already owes nothing.
 */
export const recordGiven = (db: Db, key: GrantKey & { readonly tellsMember: boolean }) => db`
  with given as (
    update role_grant
       set state = 'granted', reason = null
     where discord_server_id = ${key.guildId} and discord_id = ${key.discordId} and role_id = ${key.roleId}
       and state = 'granting'
    returning discord_server_id, discord_id, role_id, changed_at
  )
  insert into outbox (discord_server_id, kind, source_ref, payload)
  select g.discord_server_id, 'roles.tell', g.discord_id || ':' || g.role_id || ':' || extract(epoch from g.changed_at),
         jsonb_build_object('discordId', g.discord_id::text, 'roleId', g.role_id::text)
    from given g
   where ${key.tellsMember}
  on conflict (discord_server_id, kind, source_ref) do nothing`

/** Totals of viewers that have just grown; all lists have one entry for each. */
export interface Growth {
  readonly guildIds: GuildId[]
  readonly usernames: Username[]
  readonly before: number[]
  readonly after: number[]
}

/**
 * Owes one message in the guild's channel for each tier that a linked member has just passed by watching, once for each member and tier; none
 * where no channel is chosen, nor about those who stand on no board. In mode "highest" only for the highest. Gives how many are owed.
 */
export const oweAnnouncements = (db: Db, growth: Growth) => db<{ announcements: number }[]>`
  with reached as (
    select l.discord_server_id, l.discord_id, r.role_id,
           coalesce(setting(l.discord_server_id, 'role_mode'), 'stack') as mode,
           row_number() over (partition by l.discord_server_id, l.discord_id order by r.minutes_required desc, r.role_id) as place
      from unnest(
             ${growth.guildIds}::bigint[],
             ${growth.usernames}::text[],
             ${growth.before}::int[],
             ${growth.after}::int[]
           ) as v (discord_server_id, username, before, after)
      join links l on l.discord_server_id = v.discord_server_id and l.kick_name = v.username
      join watchtime_roles r on r.discord_server_id = v.discord_server_id and r.enabled
                            and r.minutes_required > v.before and r.minutes_required <= v.after
     where coalesce(setting(v.discord_server_id, 'role_announce_channel_id'), '') <> ''
       and lower(coalesce(setting(v.discord_server_id, 'watchtime_roles_enabled'), 'true')) in ('true', '1', 'yes', 'on')
       and not exists (
             select from exclusion e
              where e.discord_server_id = v.discord_server_id and e.username = v.username and e.kind = 'boards'
           )
  ),
  owed as (
    insert into outbox (discord_server_id, kind, source_ref, payload)
    select r.discord_server_id, 'roles.announce', r.discord_id || ':' || r.role_id,
           jsonb_build_object('discordId', r.discord_id::text, 'roleId', r.role_id::text,
                              'reachedAt', floor(extract(epoch from now()) * 1000))
      from reached r
     where r.mode <> 'highest' or r.place = 1
     order by r.discord_server_id, r.discord_id, r.role_id
    on conflict (discord_server_id, kind, source_ref) do nothing
    returning outbox_id
  )
  select count(*)::int as announcements
    from owed`

/** Forgets a role that Discord has taken away, or that nobody can have because the member or the role is gone. */
export const forgetGrant = (db: Db, key: GrantKey) => db`
  delete from role_grant
   where discord_server_id = ${key.guildId} and discord_id = ${key.discordId} and role_id = ${key.roleId}`

/**
 * Records that the bot cannot give or take a role now, for every member who waits for it, so that nobody asks Discord again;
 * the admins are owed one warning when it is news. Safe to repeat.
 */
export const blockRole = (
  db: Db,
  blocked: { readonly guildId: GuildId; readonly roleId: RoleId; readonly reason: string },
) => db`
  with stopped as (
    update role_grant
       set state = 'blocked', reason = ${blocked.reason}
     where discord_server_id = ${blocked.guildId} and role_id = ${blocked.roleId} and state in ('granting', 'removing')
  ),
  news as (
    insert into role_warning as w (discord_server_id, role_id, reason)
    values (${blocked.guildId}, ${blocked.roleId}, ${blocked.reason})
    on conflict (discord_server_id, role_id) do update
       set reason = excluded.reason, warned_at = now()
     where w.reason <> excluded.reason
    returning w.discord_server_id, w.role_id, w.reason, w.warned_at
  )
  insert into outbox (discord_server_id, kind, source_ref, payload)
  select n.discord_server_id, 'roles.warn', n.role_id || ':' || n.reason || ':' || extract(epoch from n.warned_at),
         jsonb_build_object('roleId', n.role_id::text, 'reason', n.reason)
    from news n
  on conflict (discord_server_id, kind, source_ref) do nothing`

/** Lets roles that were blocked be tried again, because something about roles has changed. Gives whether there were any. */
export const unblockRoles = (db: Db, guildId: GuildId) => db<{ blocked: number }[]>`
  with freed as (
    delete from role_grant
     where discord_server_id = ${guildId} and state = 'blocked'
    returning role_id
  ),
  cleared as (
    delete from role_warning
     where discord_server_id = ${guildId}
    returning role_id
  )
  select ((select count(*) from freed) + (select count(*) from cleared))::int as blocked`

/** Name and threshold of a tier, and the guild's name, for a message. */
export const tierOf = (db: Db, tier: { readonly guildId: GuildId; readonly roleId: RoleId }) => db<
  { roleName: string; minutesRequired: number; serverName: string | null; adminChannelId: string | null }[]
>`
  select r.role_name, r.minutes_required, g.server_name, setting(r.discord_server_id, 'admin_channel_id') as admin_channel_id
    from watchtime_roles r
    left join guild g on g.discord_server_id = r.discord_server_id
   where r.discord_server_id = ${tier.guildId} and r.role_id = ${tier.roleId}`

/** Where to tell about a role that every linked member has; nothing when it is not that role. */
export const linkedRoleOf = (db: Db, role: { readonly guildId: GuildId; readonly roleId: RoleId }) => db<
  { serverName: string; adminChannelId: string | null }[]
>`
  select g.server_name, setting(g.discord_server_id, 'admin_channel_id') as admin_channel_id
    from guild g
   where g.discord_server_id = ${role.guildId}
     and ${role.roleId}::text in (setting(g.discord_server_id, 'kick_linked_role_id'), setting(g.discord_server_id, 'wager_role_id'))`
