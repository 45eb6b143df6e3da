import type { Db } from '../client.ts'

export interface SessionKey {
  readonly applicationId: string
  readonly shardCount: number
}

export interface StoredSession {
  readonly epoch: string
  readonly sessionId: string
  readonly sequence: string
  readonly resumeUrl: string
  /** User and application of the READY that began the session. */
  readonly ready: unknown
}

/** The session that a shard may resume. */
export const findSession = (db: Db, shard: SessionKey & { readonly shardId: number }) => db<StoredSession[]>`
  select s.epoch, s.session_id, s.sequence, s.resume_url, s.ready
    from gateway_session s
   where s.application_id = ${shard.applicationId}::bigint
     and s.shard_count = ${shard.shardCount}
     and s.shard_id = ${shard.shardId}`

export interface SessionState {
  readonly shardId: number
  readonly sessionId: string
  readonly sequence: number
  readonly resumeUrl: string
  /** As JSON text. */
  readonly ready: string
}

/**
 * Stores how far the sessions of a process have come, and gives the shards that were stored. A shard whose row carries a
 * newer epoch is left alone: its group has another owner by now. Safe to repeat.
 */
export const storeSessions = (
  db: Db,
  key: SessionKey & { readonly epoch: number },
  sessions: readonly SessionState[],
) => db<{ shardId: number }[]>`
  insert into gateway_session as s
         (application_id, shard_count, shard_id, epoch, session_id, sequence, resume_url, ready)
  select ${key.applicationId}::bigint, ${key.shardCount}::integer, n.shard_id, ${key.epoch}::bigint,
         n.session_id, n.sequence, n.resume_url, n.ready::jsonb
    from unnest(
           ${sessions.map((session) => session.shardId)}::integer[],
           ${sessions.map((session) => session.sessionId)}::text[],
           ${sessions.map((session) => session.sequence)}::bigint[],
           ${sessions.map((session) => session.resumeUrl)}::text[],
           ${sessions.map((session) => session.ready)}::text[]
         ) as n (shard_id, session_id, sequence, resume_url, ready)
   order by n.shard_id
  on conflict (application_id, shard_count, shard_id) do update
     set epoch = excluded.epoch,
         session_id = excluded.session_id,
         sequence = excluded.sequence,
         resume_url = excluded.resume_url,
         ready = excluded.ready,
         updated_at = now()
   where s.epoch <= excluded.epoch
  returning s.shard_id`

/** Forgets a session that Discord no longer knows. A newer session of the shard stays. Safe to repeat. */
export const forgetSession = (
  db: Db,
  session: SessionKey & { readonly shardId: number; readonly sessionId: string },
) => db`
  delete from gateway_session s
   where s.application_id = ${session.applicationId}::bigint
     and s.shard_count = ${session.shardCount}
     and s.shard_id = ${session.shardId}
     and s.session_id = ${session.sessionId}`
