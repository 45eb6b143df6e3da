import type { GuildId, UserId } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

export interface AuditEntry {
  readonly guildId: GuildId
  /** Where the change came from. */
  readonly source: 'discord' | 'dashboard' | 'bot' | 'import'
  /** Undefined for the bot itself, and for a dashboard that does not say. */
  readonly actorId?: UserId | undefined
  /** `<room>.<what>`: `settings.set`, `links.force`. */
  readonly action: string
  /** What was changed: the key of a setting, a viewer, a member's id. */
  readonly subject: string
  /** Never a secret. */
  readonly oldValue?: string | null
  readonly newValue?: string | null
  readonly reason?: string | null
}

/** Notes who changed what. Belongs in the transaction that changes it. */
export const audit = (db: Db, entries: readonly AuditEntry[]) => db`
  insert into audit_log (discord_server_id, source, actor_id, action, subject, old_value, new_value, reason)
  select a.discord_server_id, a.source, a.actor_id, a.action, a.subject, a.old_value, a.new_value, a.reason
    from unnest(
           ${entries.map((entry) => entry.guildId)}::bigint[],
           ${entries.map((entry) => entry.source)}::text[],
           ${entries.map((entry) => entry.actorId ?? null)}::bigint[],
           ${entries.map((entry) => entry.action)}::text[],
           ${entries.map((entry) => entry.subject)}::text[],
           ${entries.map((entry) => entry.oldValue ?? null)}::text[],
           ${entries.map((entry) => entry.newValue ?? null)}::text[],
           ${entries.map((entry) => entry.reason ?? null)}::text[]
         ) as a (discord_server_id, source, actor_id, action, subject, old_value, new_value, reason)`

export interface AuditRow {
  readonly happenedAt: Date
  readonly source: AuditEntry['source']
  readonly actorId: UserId | null
  readonly action: string
  readonly subject: string
  readonly oldValue: string | null
  readonly newValue: string | null
  readonly reason: string | null
}

/** What was changed in a guild, the newest first; of one kind of action and one subject when they are given. */
export const auditOf = (
  db: Db,
  asked: { readonly guildId: GuildId; readonly action?: string; readonly subject?: string; readonly limit: number },
) => db<AuditRow[]>`
  select a.happened_at, a.source, a.actor_id, a.action, a.subject, a.old_value, a.new_value, a.reason
    from audit_log a
   where a.discord_server_id = ${asked.guildId}
     and (${asked.action ?? null}::text is null or a.action = ${asked.action ?? null}::text)
     and (${asked.subject ?? null}::text is null or a.subject = ${asked.subject ?? null}::text)
   order by a.audit_id desc
   limit ${asked.limit}`

/** Removes notes that are older than that, a bounded number at a time, the oldest first; gives how many. Safe to repeat and on two owners. */
export async function pruneAudit(db: Db, keepDays: number): Promise<number> {
  const { count } = await db`
    delete from audit_log a
     using (
       select o.discord_server_id, o.audit_id
         from audit_log o
        where o.happened_at < now() - make_interval(days => ${keepDays})
        order by o.happened_at
        limit 1000
          for update skip locked
     ) old
     where a.discord_server_id = old.discord_server_id and a.audit_id = old.audit_id`
  return count
}
