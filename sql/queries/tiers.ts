import type { GuildId, RoleId, UserId } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

/** A role for watched minutes. */
export interface Tier {
  readonly roleId: RoleId
  readonly roleName: string
  readonly minutesRequired: number
  readonly enabled: boolean
}

export const maxTiers = 50

/** The tiers of a guild, lowest first; at most a page of them. */
export const tiersOf = (db: Db, guildId: GuildId) => db<Tier[]>`
  select r.role_id, r.role_name, r.minutes_required, r.enabled
    from watchtime_roles r
   where r.discord_server_id = ${guildId}
   order by r.minutes_required, r.role_id`

export type Added = 'added' | 'exists' | 'full'

/** Adds a tier; a role has one tier. Safe to repeat. Two admins at the same instant may get one more than the limit. */
export async function addTier(
  db: Db,
  p: { guildId: GuildId; roleId: RoleId; roleName: string; minutes: number },
): Promise<Added> {
  const [row] = await db<{ isAdded: boolean; isKnown: boolean }[]>`
    with known as (
      select count(*) as tiers,
             coalesce(bool_or(r.role_id = ${p.roleId}), false) as is_known,
             coalesce(max(r.display_order), 0) as last_order
        from watchtime_roles r
       where r.discord_server_id = ${p.guildId}
    ),
    added as (
      insert into watchtime_roles (discord_server_id, role_id, role_name, minutes_required, display_order)
      select ${p.guildId}::bigint, ${p.roleId}::bigint, ${p.roleName}, ${p.minutes}::int, k.last_order + 1
        from known k
       where k.tiers < ${maxTiers} and not k.is_known
      on conflict (discord_server_id, role_id) do nothing
      returning role_id
    )
    select exists (select from added) as is_added, k.is_known
      from known k`
  if (row?.isAdded) return 'added'
  return row?.isKnown ? 'exists' : 'full'
}

/** Changes the minutes of a tier and switches it on; gives what it was before, or undefined when there is none. Safe to repeat. */
export async function editTier(
  db: Db,
  p: { guildId: GuildId; roleId: RoleId; roleName: string; minutes: number },
): Promise<{ readonly minutesBefore: number; readonly enabledBefore: boolean } | undefined> {
  const [row] = await db<{ minutesBefore: number; enabledBefore: boolean }[]>`
    with before as (
      select r.discord_server_id, r.role_id, r.minutes_required, r.enabled
        from watchtime_roles r
       where r.discord_server_id = ${p.guildId} and r.role_id = ${p.roleId}
         for update
    )
    update watchtime_roles r
       set minutes_required = ${p.minutes}::int, role_name = ${p.roleName}, enabled = true, updated_at = now()
      from before b
     where r.discord_server_id = b.discord_server_id and r.role_id = b.role_id
    returning b.minutes_required as minutes_before, b.enabled as enabled_before`
  return row
}

/**
 * Removes a tier, and with it what was noted about not being able to give its role; gives whether there was one. What was given
 * stays on record, for the comparison of roles to decide about. Safe to repeat.
 */
export async function removeTier(db: Db, p: { guildId: GuildId; roleId: RoleId }): Promise<boolean> {
  const rows = await db`
    with removed as (
      delete from watchtime_roles
       where discord_server_id = ${p.guildId} and role_id = ${p.roleId}
      returning discord_server_id, role_id
    ),
    unwarned as (
      delete from role_warning w
       using removed r
       where w.discord_server_id = r.discord_server_id and w.role_id = r.role_id
    ),
    unblocked as (
      delete from role_grant g
       using removed r
       where g.discord_server_id = r.discord_server_id and g.role_id = r.role_id and g.state = 'blocked'
    )
    select role_id
      from removed`
  return rows.length > 0
}

/** What a set of tiers would change. */
export interface RolePreview {
  readonly gives: number
  readonly takes: number
  /** At most 20, those with most minutes first, gifts before losses. */
  readonly rows: readonly {
    readonly direction: 'give' | 'take'
    readonly discordId: UserId
    readonly roleId: RoleId
    readonly displayName: string
  }[]
}

const previewRows = 20

/**
 * What the next comparison of roles would give and take if these were the tiers: the same rules as the one that writes, for one
 * guild, writing nothing. Roles that are on their way or cannot be given now are not counted again.
 */
export async function previewTiers(
  db: Db,
  p: {
    guildId: GuildId
    tiers: readonly Pick<Tier, 'roleId' | 'minutesRequired'>[]
    mode: 'stack' | 'highest'
    removes: boolean
  },
): Promise<RolePreview> {
  const rows = await db<(RolePreview['rows'][number] & { gives: number; takes: number })[]>`
    with tier as (
      select t.role_id, t.minutes
        from unnest(
               ${p.tiers.map((tier) => tier.roleId)}::bigint[],
               ${p.tiers.map((tier) => tier.minutesRequired)}::int[]
             ) as t (role_id, minutes)
    ),
    member as materialized (
      select l.discord_server_id, l.discord_id, l.kick_name, coalesce(w.minutes, 0) as minutes
        from links l
        left join watchtime w on w.discord_server_id = l.discord_server_id and w.username = l.kick_name
       where l.discord_server_id = ${p.guildId}
    ),
    wanted as materialized (
      select r.discord_id, r.role_id
        from (
          select m.discord_id, t.role_id,
                 row_number() over (partition by m.discord_id order by t.minutes desc, t.role_id) as place
            from member m
            join tier t on t.minutes <= m.minutes
        ) r
       where ${p.mode} = 'stack' or r.place = 1
    ),
    recorded as materialized (
      select g.discord_id, g.role_id, g.state
        from role_grant g
       where g.discord_server_id = ${p.guildId}
    ),
    change as (
      select 'give' as direction, w.discord_id, w.role_id
        from wanted w
       where not exists (
               select from recorded r
                where r.discord_id = w.discord_id and r.role_id = w.role_id and r.state <> 'removing'
             )
      union all
      select 'take', r.discord_id, r.role_id
        from recorded r
       where r.state in ('granting', 'granted')
         and r.role_id::text is distinct from setting(${p.guildId}, 'kick_linked_role_id')
         and r.role_id::text is distinct from setting(${p.guildId}, 'wager_role_id')
         and (${p.removes} or (${p.mode} = 'highest' and exists (select from wanted w where w.discord_id = r.discord_id)))
         and not exists (select from wanted w where w.discord_id = r.discord_id and w.role_id = r.role_id)
    )
    select c.direction, c.discord_id, c.role_id, coalesce(a.display_name, m.kick_name, '') as display_name,
           count(*) filter (where c.direction = 'give') over ()::int as gives,
           count(*) filter (where c.direction = 'take') over ()::int as takes
      from change c
      left join member m on m.discord_id = c.discord_id
      left join kick_account a on a.discord_server_id = m.discord_server_id and a.username = m.kick_name
     order by c.direction, m.minutes desc nulls last, c.discord_id, c.role_id
     limit ${previewRows}`
  return {
    gives: rows[0]?.gives ?? 0,
    takes: rows[0]?.takes ?? 0,
    rows: rows.map(({ direction, discordId, roleId, displayName }) => ({ direction, discordId, roleId, displayName })),
  }
}
