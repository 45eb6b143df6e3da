import type { GuildId, RoleId } from '../../cluster/runtime/ids.ts'
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

/** Changes the minutes of a tier and switches it on; gives what it asked for before, or undefined when there is none. Safe to repeat. */
export async function editTier(
  db: Db,
  p: { guildId: GuildId; roleId: RoleId; roleName: string; minutes: number },
): Promise<{ readonly minutesBefore: number } | undefined> {
  const [row] = await db<{ minutesBefore: number }[]>`
    with before as (
      select r.discord_server_id, r.role_id, r.minutes_required
        from watchtime_roles r
       where r.discord_server_id = ${p.guildId} and r.role_id = ${p.roleId}
         for update
    )
    update watchtime_roles r
       set minutes_required = ${p.minutes}::int, role_name = ${p.roleName}, enabled = true, updated_at = now()
      from before b
     where r.discord_server_id = b.discord_server_id and r.role_id = b.role_id
    returning b.minutes_required as minutes_before`
  return row
}

/** Removes a tier; gives whether there was one. Safe to repeat. */
export async function removeTier(db: Db, p: { guildId: GuildId; roleId: RoleId }): Promise<boolean> {
  const rows = await db`
    delete from watchtime_roles
     where discord_server_id = ${p.guildId} and role_id = ${p.roleId}
    returning role_id`
  return rows.length > 0
}
