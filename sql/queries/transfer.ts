import type { GuildId, UserId } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'
import { type PartName, partOf } from './transfer/parts.ts'

export { type Column, type Part, type PartName, partNames, parts, staying } from './transfer/parts.ts'

/** Rows as they stand in the tables: 64-bit values as strings, times as dates, names of columns in camel case. */
export type Row = Readonly<Record<string, unknown>>

/** Every row of a part of a guild, in the order of its key. */
export function readPart(db: Db, guildId: GuildId, name: PartName) {
  const { table, key, columns, goneBy } = partOf(name)
  return db<Row[]>`
    select ${db(Object.keys(columns))}
      from ${db(table)} p
     where p.discord_server_id = ${guildId} ${goneBy === undefined ? db`` : db`and p.${db(goneBy)} is null`}
     order by ${key.length === 0 ? db`p.discord_server_id` : db(key)}`
}

export interface Written {
  readonly guildId: GuildId
  readonly name: PartName
  /** A JSON list of rows with the columns of the part. */
  readonly rows: string
}

/** Takes all rows of a part away. */
export const clearPart = (db: Db, p: { readonly guildId: GuildId; readonly name: PartName }) => db`
  delete from ${db(partOf(p.name).table)} p
   where p.discord_server_id = ${p.guildId}`

/** Takes the rows of a part away that have the keys of these. */
export function clearSame(db: Db, p: Written) {
  const { table, key } = partOf(p.name)
  const same = key.length === 0 ? db`` : key.map((column) => db`and p.${db(column)} = r.${db(column)}`)
  return db`
    delete from ${db(table)} p
     using jsonb_populate_recordset(null::${db(table)}, ${p.rows}::text::jsonb) r
     where p.discord_server_id = ${p.guildId} ${same}`
}

/** Writes rows of a part in one statement; those whose keys are taken here stay as they are. Gives how many were written. */
export async function writePart(db: Db, p: Written): Promise<number> {
  const { table, columns } = partOf(p.name)
  const names = Object.keys(columns)
  const rows = await db`
    insert into ${db(table)} (discord_server_id ${names.map((name) => db`, ${db(name)}`)})
    select ${p.guildId}::bigint ${names.map((name) => db`, r.${db(name)}`)}
      from jsonb_populate_recordset(null::${db(table)}, ${p.rows}::text::jsonb) r
    on conflict do nothing`
  return rows.count
}

/** Tiers of another server, whose roles have the same names here at best; they wait until a role is found. Safe to repeat. */
export const writeTiersByName = (db: Db, p: { readonly guildId: GuildId; readonly rows: string }) => db`
  insert into legacy_tier (discord_server_id, role_name, minutes_required, display_order, enabled)
  select distinct on (r.role_name) ${p.guildId}::bigint, r.role_name, r.minutes_required, r.display_order, r.enabled
    from jsonb_populate_recordset(null::watchtime_roles, ${p.rows}::text::jsonb) r
   order by r.role_name, r.minutes_required
  on conflict (discord_server_id, role_name) do update
     set minutes_required = excluded.minutes_required,
         display_order = excluded.display_order,
         enabled = excluded.enabled,
         missing_since = null`

/**
 * Locks every viewer of a guild whose minutes are counted, for {@link countTogether} or the clearing of their rows in a later statement of
 * the same transaction: nothing is credited or converted meanwhile.
 */
export const lockViewers = (db: Db, guildId: GuildId) => db`
  select count(*)
    from (
      select w.username
        from watchtime w
       where w.discord_server_id = ${guildId}
       order by w.username
         for update
    ) held`

/** How what is in a file and what is here become one: the larger of both, the sum, or what the file says. */
export type Way = 'merge' | 'add' | 'replace'

export interface Totals {
  readonly guildId: GuildId
  readonly way: Way
  /** Unique for the file; the changes of balances are written down under it. */
  readonly fileRef: string
  readonly actorId: UserId
  /** A JSON list of `{ username, minutes, points, discord_id }`; what is null stays as it is. Each name once. */
  readonly rows: string
}

/**
 * Brings minutes and points of viewers together with those of a file in one statement. Minutes that come from a file are marked as
 * converted, so that they are not paid once more; every change of a total stands in its history. Not safe to repeat for `add`: the
 * caller asks {@link claimFile} first.
 */
export const countTogether = (db: Db, t: Totals) => db<{ minutes: string; points: string; viewers: number }[]>`
  with file as materialized (
    select f.username, f.minutes, f.points, f.discord_id
      from jsonb_to_recordset(${t.rows}::text::jsonb) as f (username text, minutes integer, points bigint, discord_id bigint)
  ),
  change as materialized (
    select f.username,
           f.discord_id,
           case when f.minutes is null then 0
                when ${t.way} = 'add' then f.minutes
                when ${t.way} = 'merge' then greatest(f.minutes - coalesce(w.minutes, 0), 0)
                else f.minutes - coalesce(w.minutes, 0) end as minutes,
           case when f.points is null then 0
                when ${t.way} = 'add' then f.points
                when ${t.way} = 'merge' then greatest(f.points - coalesce(u.points, 0), 0)
                else f.points - coalesce(u.points, 0) end as points
      from file f
      left join watchtime w on w.discord_server_id = ${t.guildId} and w.username = f.username
      left join user_points u on u.discord_server_id = ${t.guildId} and u.kick_username = f.username
  ),
  credited as (
    update watchtime w
       set minutes = greatest(w.minutes + c.minutes, 0)
      from change c
     where w.discord_server_id = ${t.guildId} and w.username = c.username and c.minutes <> 0
  ),
  begun as (
    insert into watchtime as w (discord_server_id, username, minutes)
    select ${t.guildId}::bigint, c.username, c.minutes
      from change c
     where c.minutes > 0
       and not exists (select from watchtime w where w.discord_server_id = ${t.guildId} and w.username = c.username)
     order by c.username
    on conflict (discord_server_id, username) do update set minutes = w.minutes + excluded.minutes
  ),
  moved as (
    update points_watchtime_converted m
       set minutes_converted = m.minutes_converted + c.minutes
      from change c
     where m.discord_server_id = ${t.guildId} and m.kick_username = c.username and c.minutes > 0
  ),
  marked as (
    insert into points_watchtime_converted as m (discord_server_id, kick_username, minutes_converted)
    select ${t.guildId}::bigint, c.username, c.minutes
      from change c
     where c.minutes > 0
       and not exists (
             select from points_watchtime_converted m
              where m.discord_server_id = ${t.guildId} and m.kick_username = c.username
           )
     order by c.username
    on conflict (discord_server_id, kick_username) do update
       set minutes_converted = m.minutes_converted + excluded.minutes_converted
  ),
  adjusted as (
    insert into watchtime_adjustment (discord_server_id, username, delta, is_converted, source_ref, actor_id)
    select ${t.guildId}::bigint, c.username, c.minutes, false, ${t.fileRef} || ':' || c.username, ${t.actorId}::bigint
      from change c
     where c.minutes <> 0
     order by c.username
  ),
  paid as (
    insert into user_points as u (discord_server_id, kick_username, discord_id, points, total_earned)
    select ${t.guildId}::bigint, c.username, c.discord_id, c.points, greatest(c.points, 0)
      from change c
     where c.points <> 0
     order by c.username
    on conflict (discord_server_id, kick_username) do update
       set points = u.points + excluded.points,
           total_earned = u.total_earned + excluded.total_earned,
           last_updated = now()
  ),
  noted as (
    insert into point_ledger (discord_server_id, kick_username, delta, kind, source_ref, actor_id)
    select ${t.guildId}::bigint, c.username, c.points, 'import', ${t.fileRef} || ':' || c.username, ${t.actorId}::bigint
      from change c
     where c.points <> 0
     order by c.username
  )
  select coalesce(sum(c.minutes), 0)::text as minutes,
         coalesce(sum(c.points), 0)::text as points,
         count(*) filter (where c.minutes <> 0 or c.points <> 0)::int as viewers
    from change c`

/**
 * Before the minutes of a guild are replaced by those of a file: writes down by how much each total changes, so that it stays the sum of
 * its history. The caller has locked the viewers.
 */
export const noteReplacedMinutes = (
  db: Db,
  p: { readonly guildId: GuildId; readonly fileRef: string; readonly actorId: UserId; readonly rows: string },
) => db`
  with file as (
    select f.username, f.minutes
      from jsonb_to_recordset(${p.rows}::text::jsonb) as f (username text, minutes integer)
  ),
  here as (
    select w.username, w.minutes
      from watchtime w
     where w.discord_server_id = ${p.guildId}
  )
  insert into watchtime_adjustment (discord_server_id, username, delta, is_converted, source_ref, actor_id)
  select ${p.guildId}::bigint, username, coalesce(f.minutes, 0) - coalesce(h.minutes, 0), false,
         ${p.fileRef} || ':' || username, ${p.actorId}::bigint
    from file f
    full join here h using (username)
   where coalesce(f.minutes, 0) <> coalesce(h.minutes, 0)
   order by username`

/**
 * After the points of a guild were replaced: writes into the ledger what a file's balances are more or less than its own ledger and
 * conversions explain, so that every balance can be explained.
 */
export const explainBalances = (
  db: Db,
  p: { readonly guildId: GuildId; readonly fileRef: string; readonly actorId: UserId },
) => db`
  with noted as materialized (
    select l.kick_username, sum(l.delta) as delta
      from point_ledger l
     where l.discord_server_id = ${p.guildId}
     group by l.kick_username
  )
  insert into point_ledger (discord_server_id, kick_username, delta, kind, source_ref, actor_id)
  select ${p.guildId}::bigint, u.kick_username, u.points - coalesce(n.delta, 0) - coalesce(c.points_awarded, 0), 'import',
         ${p.fileRef} || ':' || u.kick_username, ${p.actorId}::bigint
    from user_points u
    left join noted n on n.kick_username = u.kick_username
    left join points_watchtime_converted c on c.discord_server_id = ${p.guildId} and c.kick_username = u.kick_username
   where u.discord_server_id = ${p.guildId}
     and u.points <> coalesce(n.delta, 0) + coalesce(c.points_awarded, 0)
   order by u.kick_username
  on conflict (discord_server_id, source_ref) do nothing`

/** Notes that a file counts now; false when it did already. Belongs in the transaction that writes what is in it. */
export async function claimFile(
  db: Db,
  p: { readonly guildId: GuildId; readonly fileRef: string; readonly way: Way; readonly userId: UserId },
): Promise<boolean> {
  const rows = await db`
    insert into transfer_import (discord_server_id, file_ref, way, imported_by)
    values (${p.guildId}, ${p.fileRef}, ${p.way}, ${p.userId})
    on conflict (discord_server_id, file_ref) do nothing
    returning file_ref`
  return rows.length > 0
}

/** Whether a file was merged or added before. */
export async function isFileKnown(
  db: Db,
  p: { readonly guildId: GuildId; readonly fileRef: string },
): Promise<boolean> {
  const rows = await db`
    select from transfer_import i
     where i.discord_server_id = ${p.guildId} and i.file_ref = ${p.fileRef}`
  return rows.length > 0
}

export interface Draft {
  readonly guildId: GuildId
  readonly userId: UserId
  readonly draftRef: string
  readonly way: Way
  readonly fileRef: string
  readonly body: string
}

/** Keeps a checked file until its admin has said yes, in the place of an earlier one of theirs. */
export const saveDraft = (db: Db, draft: Draft) => db`
  insert into transfer_draft (discord_server_id, discord_id, draft_ref, way, file_ref, body)
  values (${draft.guildId}, ${draft.userId}, ${draft.draftRef}, ${draft.way}, ${draft.fileRef}, ${draft.body})
  on conflict (discord_server_id, discord_id) do update
     set draft_ref = excluded.draft_ref,
         way = excluded.way,
         file_ref = excluded.file_ref,
         body = excluded.body,
         created_at = now()`

/** Takes a draft away and gives it; undefined when it is not there any more. A repeated press finds nothing. */
export async function takeDraft(
  db: Db,
  p: Pick<Draft, 'guildId' | 'userId' | 'draftRef'>,
): Promise<Pick<Draft, 'way' | 'fileRef' | 'body'> | undefined> {
  const [row] = await db<Pick<Draft, 'way' | 'fileRef' | 'body'>[]>`
    delete from transfer_draft d
     where d.discord_server_id = ${p.guildId} and d.discord_id = ${p.userId} and d.draft_ref = ${p.draftRef}
    returning d.way, d.file_ref, d.body`
  return row
}
