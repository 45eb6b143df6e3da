import type { GuildId } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

/** One happening as each of these guilds will read it; both lists have one entry for each guild. */
export interface Incoming {
  readonly ref: string
  readonly guildIds: readonly GuildId[]
  /** Encoded events as JSON texts. */
  readonly events: readonly string[]
}

/** Keeps a happening for its guilds until their owners have handled it. Safe to repeat; gives how many rows are new. */
export async function putIntoInbox(db: Db, incoming: Incoming): Promise<number> {
  const { count } = await db`
    insert into inbox (discord_server_id, source_ref, event)
    select i.discord_server_id, ${incoming.ref}, i.event::jsonb
      from unnest(${[...incoming.guildIds]}::bigint[], ${[...incoming.events]}::text[]) as i (discord_server_id, event)
     order by i.discord_server_id
    on conflict (discord_server_id, source_ref) do nothing`
  return count
}

/**
 * The same, together with the id of the webhook that told it, in one statement and so in one transaction: a webhook is on
 * record if and only if what it said is. Safe to repeat; gives how many rows are new, and whether the webhook is.
 */
export async function putWebhookIntoInbox(
  db: Db,
  webhook: { readonly id: string; readonly type: string },
  incoming: Incoming,
): Promise<{ isNew: boolean; rows: number }> {
  const [row] = await db<{ seen: number; rows: number }[]>`
    with seen as (
      insert into processed_webhook_messages (message_id, event_type)
      values (${webhook.id}, ${webhook.type})
      on conflict (message_id) do nothing
      returning message_id
    ),
    put as (
      insert into inbox (discord_server_id, source_ref, event)
      select i.discord_server_id, ${incoming.ref}, i.event::jsonb
        from unnest(${[...incoming.guildIds]}::bigint[], ${[...incoming.events]}::text[]) as i (discord_server_id, event)
       where exists (select from seen)
       order by i.discord_server_id
      on conflict (discord_server_id, source_ref) do nothing
      returning discord_server_id
    )
    select (select count(*) from seen)::int as seen, (select count(*) from put)::int as rows`
  return { isNew: (row?.seen ?? 0) > 0, rows: row?.rows ?? 0 }
}

/** Whether a webhook with this id was accepted before. */
export async function wasProcessed(db: Db, webhookId: string): Promise<boolean> {
  const rows = await db`select message_id from processed_webhook_messages where message_id = ${webhookId}`
  return rows.length > 0
}

/** Forgets ids of webhooks that are too old to be accepted once more. A bounded number at a time; gives how many. */
export async function forgetWebhooks(db: Db, keepDays: number): Promise<number> {
  const { count } = await db`
    delete from processed_webhook_messages
     where message_id in (
             select p.message_id
               from processed_webhook_messages p
              where p.processed_at < now() - make_interval(days => ${keepDays})
              order by p.processed_at
              limit 5000
                for update skip locked
           )`
  return count
}

export interface InboxRow {
  readonly guildId: GuildId
  readonly sourceRef: string
  readonly event: unknown
  readonly attempts: number
}

/** Rows that are due for guilds of these shards, locked until the transaction ends; others look past them. The oldest first. */
export const takeInbox = (
  db: Db,
  take: { readonly shardCount: number; readonly shardIds: number[]; readonly limit: number },
) => db<InboxRow[]>`
  select i.discord_server_id as guild_id, i.source_ref, i.event, i.attempts
    from inbox i
   where i.done_at is null
     and i.next_attempt_at <= now()
     and (i.discord_server_id >> 22) % ${take.shardCount}::bigint = any(${take.shardIds}::bigint[])
   order by i.next_attempt_at
   limit ${take.limit}
     for update skip locked`

interface InboxKeys {
  readonly guildIds: GuildId[]
  readonly sourceRefs: string[]
}

/** Marks rows as handled; belongs in the transaction that handled them. */
export const finishInbox = (db: Db, rows: InboxKeys) => db`
  update inbox i
     set done_at = now(), last_error = null
    from unnest(${rows.guildIds}::bigint[], ${rows.sourceRefs}::text[]) as f (discord_server_id, source_ref)
   where i.discord_server_id = f.discord_server_id and i.source_ref = f.source_ref`

/** Puts rows off that could not be handled: two seconds at first, doubling to ten minutes, without an end. */
export const postponeInbox = (db: Db, rows: InboxKeys & { readonly error: string }) => db`
  update inbox i
     set attempts = i.attempts + 1,
         next_attempt_at = now() + least(interval '10 minutes', interval '2 seconds' * 2 ^ least(i.attempts, 9)),
         last_error = ${rows.error}
    from unnest(${rows.guildIds}::bigint[], ${rows.sourceRefs}::text[]) as f (discord_server_id, source_ref)
   where i.discord_server_id = f.discord_server_id and i.source_ref = f.source_ref`

/** Removes rows that were handled long ago; a happening that old is not told again. A bounded number at a time. */
export const pruneInbox = (db: Db, keepDays: number) => db`
  delete from inbox i
   using (
     select p.discord_server_id, p.source_ref
       from inbox p
      where p.done_at is not null and p.done_at < now() - make_interval(days => ${keepDays})
      order by p.done_at
      limit 1000
        for update skip locked
   ) old
   where i.discord_server_id = old.discord_server_id and i.source_ref = old.source_ref`
