/** What is known about links beside the links: their history, the panel, and the grant of the linked role to everybody. */
import type { ChannelId, GuildId, KickUserId, RoleId, UserId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

export type LinkAction = 'linked' | 'refused' | 'unlinked' | 'forced' | 'renamed' | 'merged'

/** What became of a link. */
export interface LinkEvent {
  readonly guildId: GuildId
  readonly action: LinkAction
  readonly userId: UserId | null
  readonly kickUserId: KickUserId | null
  readonly kickName: Username
  readonly oldName?: Username
  readonly source: 'discord' | 'dashboard' | 'bot' | 'kick'
  /** Who did it, when it was not the member. */
  readonly actorId?: UserId | undefined
  readonly reason?: string
}

/**
 * Notes what became of a link, and owes it to the guild's log channel if there is one. Belongs in the transaction that does it. Gives
 * a row when something is owed.
 */
export const noteLinkEvent = (db: Db, event: LinkEvent) => db<{ outboxId: string }[]>`
  with noted as (
    insert into link_event (discord_server_id, action, discord_id, kick_user_id, kick_name, old_name, source, actor_id, reason)
    values (
      ${event.guildId}, ${event.action}, ${event.userId}, ${event.kickUserId}, ${event.kickName}, ${event.oldName ?? null},
      ${event.source}, ${event.actorId ?? null}, ${event.reason ?? null}
    )
    returning discord_server_id, link_event_id
  )
  insert into outbox (discord_server_id, kind, source_ref, payload)
  select n.discord_server_id, 'links.log', n.link_event_id::text, jsonb_build_object('eventId', n.link_event_id::text)
    from noted n
   where coalesce(setting(n.discord_server_id, 'link_log_channel_id'), '') <> ''
  on conflict (discord_server_id, kind, source_ref) do nothing
  returning outbox_id`

export interface NotedEvent {
  readonly action: LinkAction
  readonly userId: UserId | null
  readonly kickName: Username
  readonly oldName: Username | null
  readonly source: LinkEvent['source']
  readonly actorId: UserId | null
  readonly reason: string | null
  readonly happenedAt: Date
}

/** One event, for the log channel. */
export const linkEvent = (db: Db, asked: { readonly guildId: GuildId; readonly eventId: string }) => db<NotedEvent[]>`
  select e.action, e.discord_id as user_id, e.kick_name, e.old_name, e.source, e.actor_id, e.reason, e.happened_at
    from link_event e
   where e.discord_server_id = ${asked.guildId} and e.link_event_id = ${asked.eventId}`

export interface Renamed {
  readonly oldName: Username
  readonly newName: Username
  readonly renamedAt: Date
}

/** The latest names of an account before, the newest first. */
export const renamesOf = (
  db: Db,
  asked: { readonly guildId: GuildId; readonly kickUserId: KickUserId; readonly limit: number },
) => db<Renamed[]>`
  select r.old_name, r.new_name, r.renamed_at
    from kick_rename r
   where r.discord_server_id = ${asked.guildId} and r.kick_user_id = ${asked.kickUserId}
   order by r.kick_rename_id desc
   limit ${asked.limit}`

/** What became of the links of a member or of an account, by its id and by its name, the newest first. */
export const linkHistory = (
  db: Db,
  asked: {
    readonly guildId: GuildId
    readonly userId: UserId | null
    readonly kickUserId: KickUserId | null
    readonly kickName: Username | null
    readonly limit: number
  },
) => db<NotedEvent[]>`
  select e.action, e.discord_id as user_id, e.kick_name, e.old_name, e.source, e.actor_id, e.reason, e.happened_at
    from link_event e
   where e.discord_server_id = ${asked.guildId}
     and (e.discord_id = ${asked.userId}::bigint or e.kick_user_id = ${asked.kickUserId}::bigint or e.kick_name = ${asked.kickName}::text)
   order by e.link_event_id desc
   limit ${asked.limit}`

/** A Kick account as this guild knows it. */
export interface KnownAccount {
  readonly kickUserId: KickUserId | null
  readonly kickName: Username
  readonly displayName: string
  readonly linkedTo: UserId | null
  readonly linkedAt: Date | null
}

/** What is known about a name: the account that goes by it, and whose link stands under it. */
export async function accountNamed(db: Db, guildId: GuildId, name: Username): Promise<KnownAccount> {
  const [row] = await db<KnownAccount[]>`
    select coalesce(a.kick_user_id, l.kick_user_id) as kick_user_id, n.name as kick_name, coalesce(a.display_name, n.name) as display_name,
           l.discord_id as linked_to, l.linked_at
      from (select ${guildId}::bigint as discord_server_id, ${name}::text as name) n
      left join kick_account a on a.discord_server_id = n.discord_server_id and a.username = n.name
      left join links l on l.discord_server_id = n.discord_server_id and l.kick_name = n.name`
  return row ?? { kickUserId: null, kickName: name, displayName: name, linkedTo: null, linkedAt: null }
}

/** Linked names of a guild that begin with what was typed, for autocompletion. */
export const linkedNames = (db: Db, asked: { readonly guildId: GuildId; readonly typed: string }) => db<
  { kickName: Username }[]
>`
  select l.kick_name
    from links l
   where l.discord_server_id = ${asked.guildId} and starts_with(l.kick_name, ${asked.typed})
   order by l.kick_name
   limit 25`

// --- The panel ------------------------------------------------------------------------------------------------------

export interface Panel {
  readonly channelId: ChannelId
  readonly messageId: string
  readonly title: string | null
  readonly description: string | null
}

export async function panelOf(db: Db, guildId: GuildId): Promise<Panel | undefined> {
  const [panel] = await db<Panel[]>`
    select p.channel_id, p.message_id, p.title, p.description
      from link_panel p
     where p.discord_server_id = ${guildId}`
  return panel
}

/** Takes a guild's panel away, and gives where it stood: whoever puts another in its place takes the old one first. */
export const takePanel = (db: Db, guildId: GuildId) => db<Panel[]>`
  delete from link_panel p
   where p.discord_server_id = ${guildId}
  returning p.channel_id, p.message_id, p.title, p.description`

export const putPanel = (db: Db, panel: Panel & { readonly guildId: GuildId; readonly postedBy: UserId | null }) => db`
  insert into link_panel (discord_server_id, channel_id, message_id, title, description, posted_by)
  values (${panel.guildId}, ${panel.channelId}, ${panel.messageId}, ${panel.title}, ${panel.description}, ${panel.postedBy})
  on conflict (discord_server_id) do update
     set channel_id = excluded.channel_id,
         message_id = excluded.message_id,
         title = excluded.title,
         description = excluded.description,
         posted_by = excluded.posted_by,
         posted_at = now()`

// --- The linked role for everybody ------------------------------------------------------------------------------------

export interface RoleRun {
  readonly roleId: RoleId
  readonly total: number
  readonly had: number
  readonly startedBy: UserId
  readonly interactionToken: string
  readonly startedAt: Date
  /** Of the members that are linked now: those that still wait, those that cannot be given it, and those that have it. */
  readonly waiting: number
  readonly failed: number
  readonly have: number
}

/**
 * Begins to give a role to all linked members of a guild that are not on record with it; who could not be given it before is tried
 * again. Gives how many there are and how many have it; undefined while another run of the guild is under way. In a transaction.
 */
export async function startRoleRun(
  db: Db,
  run: {
    readonly guildId: GuildId
    readonly roleId: RoleId
    readonly startedBy: UserId
    readonly interactionToken: string
  },
): Promise<{ readonly total: number; readonly had: number } | undefined> {
  const [started] = await db<{ total: number; had: number }[]>`
    insert into link_role_run (discord_server_id, role_id, total, had, started_by, interaction_token)
    select ${run.guildId}::bigint, ${run.roleId}::bigint, count(*)::int, count(g.discord_id)::int, ${run.startedBy}::bigint, ${run.interactionToken}
      from links l
      left join role_grant g
        on g.discord_server_id = l.discord_server_id and g.discord_id = l.discord_id and g.role_id = ${run.roleId}::bigint and g.state = 'granted'
     where l.discord_server_id = ${run.guildId}
    on conflict (discord_server_id) do nothing
    returning total, had`
  if (started === undefined) return undefined
  await db`
    with given as (
      insert into role_grant as g (discord_server_id, discord_id, role_id, state)
      select l.discord_server_id, l.discord_id, ${run.roleId}::bigint, 'granting'
        from links l
       where l.discord_server_id = ${run.guildId}
       order by l.discord_server_id, l.discord_id
      on conflict (discord_server_id, discord_id, role_id) do update
         set state = 'granting', reason = null, changed_at = now()
       where g.state in ('blocked', 'removing')
      returning g.discord_server_id, g.discord_id, g.role_id, g.changed_at
    ),
    unwarned as (
      delete from role_warning w
       where w.discord_server_id = ${run.guildId} and w.role_id = ${run.roleId}
    )
    insert into outbox (discord_server_id, kind, source_ref, payload)
    select g.discord_server_id, 'roles.change', g.discord_id || ':' || g.role_id || ':give:' || extract(epoch from g.changed_at),
           jsonb_build_object('discordId', g.discord_id::text, 'roleId', g.role_id::text)
      from given g
     order by g.discord_id
    on conflict (discord_server_id, kind, source_ref) do nothing`
  return started
}

/** How far a guild's run has come, counted from what is on record about every linked member. */
export async function roleRunOf(db: Db, guildId: GuildId): Promise<RoleRun | undefined> {
  const [run] = await db<RoleRun[]>`
    select r.role_id, r.total, r.had, r.started_by, r.interaction_token, r.started_at,
           count(*) filter (where g.state = 'granting')::int as waiting,
           count(*) filter (where g.state = 'blocked')::int as failed,
           count(*) filter (where g.state = 'granted')::int as have
      from link_role_run r
      left join links l on l.discord_server_id = r.discord_server_id
      left join role_grant g on g.discord_server_id = l.discord_server_id and g.discord_id = l.discord_id and g.role_id = r.role_id
     where r.discord_server_id = ${guildId}
     group by r.discord_server_id`
  return run
}

export const endRoleRun = (db: Db, guildId: GuildId) => db`
  delete from link_role_run r
   where r.discord_server_id = ${guildId}`

/** Owes the message of a run its next words, before the many roles that the same guild is owed. Safe to repeat. */
export const oweProgress = (
  db: Db,
  owed: { readonly guildId: GuildId; readonly sourceRef: string; readonly payload: unknown },
) => db`
  insert into outbox (discord_server_id, kind, source_ref, payload, next_attempt_at)
  values (${owed.guildId}, 'links.progress', ${owed.sourceRef}, ${JSON.stringify(owed.payload)}::text::jsonb, now() - interval '1 day')
  on conflict (discord_server_id, kind, source_ref) do nothing`

/** Forgets what a member was given, since Discord took all of it when they left; the next comparison gives it again. */
export const forgetGrantsOf = (db: Db, of: { readonly guildId: GuildId; readonly userId: UserId }) => db`
  delete from role_grant g
   where g.discord_server_id = ${of.guildId} and g.discord_id = ${of.userId}`
