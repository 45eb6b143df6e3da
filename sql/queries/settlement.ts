import type { GuildId, Slot } from '../../cluster/runtime/ids.ts'
import type { TickKind } from '../../scheduler/schedule.ts'
import type { GuildTick } from '../../scheduler/tick.ts'
import type { Db } from '../client.ts'

/**
 * Says that there are new facts of this kind about these guilds, so that a tick will come. Belongs in the transaction that
 * writes the facts. `slot` is the oldest minute they touch; without it only the newest minutes are looked at again. Safe to
 * repeat: a guild that is marked twice is ticked once.
 */
export const touchSettlement = (
  db: Db,
  touched: { readonly kind: TickKind; readonly guildIds: GuildId[]; readonly slot?: Slot },
) => db`
  insert into settlement as s (discord_server_id, kind, phase, facts_revision, oldest_slot)
  select g.discord_server_id, ${touched.kind}, (hashint8(g.discord_server_id) & 2147483647) % 3600, 1, ${touched.slot ?? null}::bigint
    from (select distinct unnest(${touched.guildIds}::bigint[]) as discord_server_id) g
   order by g.discord_server_id
  on conflict (discord_server_id, kind) do update
     set facts_revision = s.facts_revision + 1,
         oldest_slot = least(s.oldest_slot, excluded.oldest_slot)`

/**
 * Writes down that ticks without facts by the minute (points, roles) have seen everything up to the revision which
 * {@link seenRevisions} gave before the work began. Writes nothing when there is nothing new.
 */
export const settleRevisions = (
  db: Db,
  settled: { readonly kind: TickKind; readonly seen: readonly SeenRevision[]; readonly ticks: readonly GuildTick[] },
) => db`
  update settlement s
     set settled_revision = greatest(s.settled_revision, r.revision),
         settled_slot = greatest(s.settled_slot, t.slot),
         settled_at = now()
    from unnest(
           ${settled.seen.map((row) => row.guildId)}::bigint[],
           ${settled.seen.map((row) => row.revision)}::bigint[]
         ) as r (discord_server_id, revision)
    join unnest(
           ${settled.ticks.map((tick) => tick.guildId)}::bigint[],
           ${settled.ticks.map((tick) => tick.slot)}::bigint[]
         ) as t (discord_server_id, slot) using (discord_server_id)
   where s.discord_server_id = r.discord_server_id
     and s.kind = ${settled.kind}
     and s.settled_revision < r.revision`

export interface SeenRevision {
  readonly guildId: GuildId
  readonly revision: string
}

/** How many facts there are now; read before the work, since facts that come later belong to the next tick. */
export const seenRevisions = (db: Db, asked: { readonly kind: TickKind; readonly guildIds: GuildId[] }) => db<
  SeenRevision[]
>`
  select s.discord_server_id as guild_id, s.facts_revision as revision
    from settlement s
   where s.discord_server_id = any(${asked.guildIds}::bigint[])
     and s.kind = ${asked.kind}`

export interface DueGuild {
  readonly guildId: GuildId
  readonly settledSlot: number
}

/**
 * Guilds with facts of this kind that no tick has seen, whose second within the cadence lies in `from` to `to` (the second
 * excluded), or any second when `everyPhase`; those longest unsettled first. Costs nothing for idle guilds: the index holds only the others.
 */
export const dueGuilds = (
  db: Db,
  asked: {
    readonly kind: TickKind
    readonly slot: Slot
    readonly cadenceSeconds: number
    readonly phases: number[]
    readonly everyPhase: boolean
    readonly limit: number
  },
) => db<DueGuild[]>`
  select s.discord_server_id as guild_id, s.settled_slot::int as settled_slot
    from settlement s
   where s.kind = ${asked.kind}
     and (s.facts_revision > s.settled_revision or s.newest_slot > s.settled_slot)
     and (s.facts_revision > s.settled_revision or s.settled_slot < ${asked.slot}::bigint)
     and not exists (
           select from guild g
            where g.discord_server_id = s.discord_server_id and g.left_at is not null
         )
     and (${asked.everyPhase} or s.phase % ${asked.cadenceSeconds}::int = any(${asked.phases}::int[]))
   order by s.settled_slot, s.discord_server_id
   limit ${asked.limit}`
