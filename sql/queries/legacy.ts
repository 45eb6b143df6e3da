import type { GuildId, RoleId } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

/**
 * Owes the guilds among these whose tiers are known by name only that somebody asks Discord which roles those are. With `again` also
 * those whose admins know already that a role is missing; once for each second.
 */
export const oweTierNames = (db: Db, asked: { readonly guildIds: readonly GuildId[]; readonly again: boolean }) => db`
  insert into outbox (discord_server_id, kind, source_ref, payload)
  select distinct t.discord_server_id, 'legacy.tiers', 'tiers:' || floor(extract(epoch from now()))::bigint, '{}'::jsonb
    from legacy_tier t
   where t.discord_server_id = any(${[...asked.guildIds]}::bigint[])
     and (${asked.again} or t.missing_since is null)
  on conflict (discord_server_id, kind, source_ref) do nothing
  returning discord_server_id as guild_id`

/** The tiers of a guild that are known by the name of their role only. */
export const unnamedTiers = (db: Db, guildId: GuildId) => db<{ roleName: string; minutesRequired: number }[]>`
  select t.role_name, t.minutes_required
    from legacy_tier t
   where t.discord_server_id = ${guildId}
   order by t.minutes_required, t.role_name`

export interface TierNamed {
  readonly roleName: string
  readonly roleId: RoleId
  readonly minutesRequired: number
}

/**
 * Makes tiers of those whose role is known now, and notes that the others have none; gives what is news: the tiers that were made, and the
 * names of which the admins have not heard. A role that has a tier already keeps it. Safe to repeat.
 */
export async function nameTiers(
  db: Db,
  p: { readonly guildId: GuildId; readonly roles: readonly { readonly roleName: string; readonly roleId: RoleId }[] },
): Promise<{ readonly named: readonly TierNamed[]; readonly missing: readonly string[] }> {
  const rows = await db<{ roleName: string; roleId: RoleId | null; minutesRequired: number }[]>`
    with role as (
      select r.role_name, r.role_id
        from unnest(${p.roles.map((role) => role.roleName)}::text[], ${p.roles.map((role) => role.roleId)}::bigint[])
          as r (role_name, role_id)
    ),
    found as (
      delete from legacy_tier t
       using role r
       where t.discord_server_id = ${p.guildId} and t.role_name = r.role_name
      returning t.discord_server_id, t.role_name, r.role_id, t.minutes_required, t.display_order, t.enabled
    ),
    named as (
      insert into watchtime_roles (discord_server_id, role_id, role_name, minutes_required, display_order, enabled)
      select f.discord_server_id, f.role_id, f.role_name, f.minutes_required, f.display_order, f.enabled
        from found f
      on conflict (discord_server_id, role_id) do nothing
      returning role_name, role_id, minutes_required
    ),
    missing as (
      update legacy_tier t
         set missing_since = now()
       where t.discord_server_id = ${p.guildId} and t.missing_since is null
         and t.role_name not in (select r.role_name from role r)
      returning t.role_name, t.minutes_required
    )
    select n.role_name, n.role_id, n.minutes_required from named n
    union all
    select m.role_name, null, m.minutes_required from missing m
     order by minutes_required, role_name`
  return {
    named: rows.flatMap(({ roleName, roleId, minutesRequired }) =>
      roleId === null ? [] : [{ roleName, roleId, minutesRequired }],
    ),
    missing: rows.filter(({ roleId }) => roleId === null).map(({ roleName }) => roleName),
  }
}
