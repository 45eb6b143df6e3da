import type { ChannelId, GuildId, RoleId, UserId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

export const entryMethods = ['keyword', 'active_chatter', 'discord'] as const
export type EntryMethod = (typeof entryMethods)[number]
export type GiveawayStatus = 'pending' | 'active' | 'drawing' | 'ended' | 'completed' | 'cancelled'

/** How a giveaway is run; what a template keeps. */
export interface Choices {
  readonly entryMethod: EntryMethod
  /** Whether members may also enter by a button, beside the chat. */
  readonly withButton: boolean
  readonly keyword: string | null
  readonly messagesRequired: number
  readonly timeWindowMinutes: number
  readonly maxEntriesPerUser: number
  readonly maxWinners: number
  readonly needsLink: boolean
  readonly requiredRoleId: RoleId | null
  /** Tickets beyond the first one, by role; the highest that somebody has counts. */
  readonly bonusRoles: Readonly<Record<string, number>>
  readonly entryPrompts: readonly string[]
  /** 0 when winners need not answer. */
  readonly claimMinutes: number
}

export interface Giveaway extends Choices {
  readonly guildId: GuildId
  /** Counts from 1 in each guild. */
  readonly id: number
  readonly title: string
  readonly description: string | null
  readonly status: GiveawayStatus
  readonly createdBy: UserId | null
  readonly startedAt: Date | null
  readonly endsAt: Date | null
  readonly endedAt: Date | null
  readonly channelId: ChannelId | null
  readonly messageId: string | null
  readonly panelHash: string | null
  readonly commitment: string | null
  readonly listHash: string | null
  readonly chain: string | null
  readonly round: number | null
  readonly roundAt: Date | null
  /** Of the frozen list; 64-bit as a decimal string. */
  readonly participants: number
  readonly totalTickets: string
  readonly closingMessageId: string | null
  /** Whether it came from the bot before, with the proof that that one kept. */
  readonly isLegacy: boolean
}

const columns = (db: Db) => db`
  g.discord_server_id as guild_id, g.id, g.title, g.description, g.entry_method, g.with_button, g.keyword, g.messages_required,
  g.time_window_minutes, g.max_entries_per_user, g.max_winners, g.needs_link, g.required_role_id, g.bonus_roles,
  g.entry_prompts, g.claim_minutes, g.status, g.created_by, g.started_at, g.ends_at, g.ended_at,
  g.discord_channel_id as channel_id, g.discord_message_id as message_id, g.panel_hash,
  g.server_seed_commitment as commitment, g.list_hash, g.chain, g.round::float8 as round, g.round_at, g.participants, g.total_tickets,
  g.closing_message_id, g.legacy_proof is not null as is_legacy`

/** One giveaway of a guild. */
export async function giveawayOf(
  db: Db,
  asked: { readonly guildId: GuildId; readonly id: number },
): Promise<Giveaway | undefined> {
  const [row] = await db<Giveaway[]>`
    select ${columns(db)}
      from giveaways g
     where g.discord_server_id = ${asked.guildId} and g.id = ${asked.id}`
  return row
}

/** The same, locked until the transaction ends: whoever changes its state takes this lock first. */
export async function lockGiveaway(
  db: Db,
  asked: { readonly guildId: GuildId; readonly id: number },
): Promise<Giveaway | undefined> {
  const [row] = await db<Giveaway[]>`
    select ${columns(db)}
      from giveaways g
     where g.discord_server_id = ${asked.guildId} and g.id = ${asked.id}
       for update`
  return row
}

/** The giveaways of a guild, the newest first. */
export const giveawaysIn = (
  db: Db,
  asked: { readonly guildId: GuildId; readonly statuses: readonly GiveawayStatus[]; readonly limit: number },
) => db<Giveaway[]>`
  select ${columns(db)}
    from giveaways g
   where g.discord_server_id = ${asked.guildId} and g.status = any(${[...asked.statuses]}::text[])
   order by g.id desc
   limit ${asked.limit}`

/** What the chat of these guilds may enter, or could a short while ago, since chat may come late. */
export const heardByChat = (db: Db, asked: { readonly guildIds: GuildId[]; readonly lateMinutes: number }) => db<
  Giveaway[]
>`
  select ${columns(db)}
    from giveaways g
   where g.discord_server_id = any(${asked.guildIds}::bigint[])
     and g.status in ('active', 'ended')
     and g.entry_method <> 'discord'
     and (g.ends_at is null or g.ends_at > now() - make_interval(mins => ${asked.lateMinutes}))
   order by g.discord_server_id, g.id`

export interface NewGiveaway extends Choices {
  readonly guildId: GuildId
  readonly title: string
  readonly description: string | null
  /** Null for one without an end. */
  readonly durationMinutes: number | null
  readonly channelId: ChannelId
  readonly createdBy: UserId | null
}

/**
 * The next free number of a guild, unless it has `most` giveaways that run. Inside a transaction: others wait until it ends.
 */
export async function nextGiveaway(
  db: Db,
  p: { readonly guildId: GuildId; readonly most: number },
): Promise<number | undefined> {
  await db`select pg_advisory_xact_lock(hashtextextended('giveaways', ${p.guildId}))`
  const [row] = await db<{ next: number; open: number }[]>`
    select coalesce(max(g.id), 0) + 1 as next,
           count(*) filter (where g.status in ('active', 'ended', 'drawing'))::int as open
      from giveaways g
     where g.discord_server_id = ${p.guildId}`
  return row === undefined || row.open >= p.most ? undefined : row.next
}

/**
 * Keeps a new giveaway that takes entries from now on; gives when it ends. Kick tells times of chat in whole seconds, so it begins with
 * the second in which it was made: a line of that second enters.
 */
export async function addGiveaway(
  db: Db,
  p: NewGiveaway & {
    readonly id: number
    readonly seed: { readonly commitment: string; readonly sealed: string; readonly keyId: string }
  },
): Promise<Date | null> {
  const [row] = await db<{ endsAt: Date | null }[]>`
    insert into giveaways (
      discord_server_id, id, title, description, entry_method, with_button, keyword, messages_required, time_window_minutes,
      allow_multiple_entries, max_entries_per_user, max_winners, needs_link, required_role_id, bonus_roles, entry_prompts,
      claim_minutes, created_by, started_at, ends_at, discord_channel_id, server_seed_commitment, seed_sealed, seed_key_id
    )
    values (
      ${p.guildId}, ${p.id}, ${p.title}, ${p.description}, ${p.entryMethod}, ${p.withButton}, ${p.keyword}, ${p.messagesRequired},
      ${p.timeWindowMinutes}, ${p.maxEntriesPerUser > 1}, ${p.maxEntriesPerUser}, ${p.maxWinners}, ${p.needsLink}, ${p.requiredRoleId},
      ${JSON.stringify(p.bonusRoles)}::text::jsonb, ${JSON.stringify(p.entryPrompts)}::text::jsonb, ${p.claimMinutes}, ${p.createdBy},
      date_trunc('second', now()), now() + make_interval(mins => ${p.durationMinutes}::int), ${p.channelId},
      ${p.seed.commitment}, ${p.seed.sealed}, ${p.seed.keyId}
    )
    returning ends_at`
  return row?.endsAt ?? null
}

/** Gives a giveaway that somebody else wrote down what it lacks: a seed, a beginning and an end of its duration. Safe to repeat. */
export const adoptGiveaway = (
  db: Db,
  p: {
    readonly guildId: GuildId
    readonly id: number
    readonly seed: { readonly commitment: string; readonly sealed: string; readonly keyId: string }
  },
) => db<{ endsAt: Date | null }[]>`
  update giveaways g
     set server_seed_commitment = coalesce(g.server_seed_commitment, ${p.seed.commitment}),
         seed_sealed = case when g.server_seed_commitment is null then ${p.seed.sealed} else g.seed_sealed end,
         seed_key_id = case when g.server_seed_commitment is null then ${p.seed.keyId} else g.seed_key_id end,
         started_at = coalesce(g.started_at, date_trunc('second', now())),
         status = 'active',
         updated_at = now()
   where g.discord_server_id = ${p.guildId} and g.id = ${p.id} and g.status in ('pending', 'active')
  returning g.ends_at`

/**
 * Ends the giveaways whose time has come: nothing enters from here on that was made later. Exactly one caller gets each. Inside the
 * transaction that took their jobs.
 */
export const endDue = (db: Db, due: { readonly guildIds: GuildId[]; readonly ids: number[] }) => db<Giveaway[]>`
  update giveaways g
     set status = 'ended', ended_at = now(), updated_at = now()
    from unnest(${due.guildIds}::bigint[], ${due.ids}::int[]) as d (discord_server_id, id)
   where g.discord_server_id = d.discord_server_id and g.id = d.id
     and g.status = 'active' and g.ends_at <= now()
  returning ${columns(db)}`

/** Ends one that runs, now; gives a row to exactly one caller. */
export const stopGiveaway = (db: Db, p: { readonly guildId: GuildId; readonly id: number }) => db<Giveaway[]>`
  update giveaways g
     set status = 'ended', ended_at = now(), ends_at = least(g.ends_at, now()), updated_at = now()
   where g.discord_server_id = ${p.guildId} and g.id = ${p.id} and g.status = 'active'
  returning ${columns(db)}`

/** Calls off one that was not drawn; gives a row to exactly one caller. */
export const cancelGiveaway = (db: Db, p: { readonly guildId: GuildId; readonly id: number }) => db<Giveaway[]>`
  update giveaways g
     set status = 'cancelled', ended_at = coalesce(g.ended_at, now()), ends_at = least(g.ends_at, now()), updated_at = now()
   where g.discord_server_id = ${p.guildId} and g.id = ${p.id} and g.status in ('pending', 'active', 'ended')
  returning ${columns(db)}`

// --- The panel ------------------------------------------------------------------------------------------------------

/** Keeps where the panel stands and a fingerprint of what it says; null for a panel that is gone. */
export const savePanel = (
  db: Db,
  p: {
    readonly guildId: GuildId
    readonly id: number
    readonly channelId: ChannelId | null
    readonly messageId: string | null
    readonly hash: string | null
  },
) => db`
  update giveaways g
     set discord_channel_id = coalesce(${p.channelId}::bigint, g.discord_channel_id),
         discord_message_id = ${p.messageId}::bigint, panel_hash = ${p.hash}::text
   where g.discord_server_id = ${p.guildId} and g.id = ${p.id}`

export interface Totals {
  readonly guildId: GuildId
  readonly id: number
  readonly people: number
  /** 64-bit, as a decimal string. */
  readonly tickets: string
}

/** How many have entered, with how many tickets. Reads the entries of these giveaways. */
export const totalsOf = (db: Db, asked: { readonly guildId: GuildId; readonly ids: number[] }) => db<Totals[]>`
  select e.discord_server_id as guild_id, e.giveaway_id as id, count(*)::int as people, sum(e.entry_count)::text as tickets
    from giveaway_entries e
   where e.discord_server_id = ${asked.guildId} and e.giveaway_id = any(${asked.ids}::int[])
   group by e.discord_server_id, e.giveaway_id`

/** What custom commands say of the giveaway of each guild that was made last and takes entries; `entered` is about the caller. */
export interface GiveawayFigures {
  readonly guildId: GuildId
  readonly username: Username
  readonly title: string
  readonly method: EntryMethod
  readonly keyword: string | null
  readonly people: number
  readonly tickets: string
  readonly entered: boolean
}

/** Both lists have one entry for each viewer; guilds without a giveaway that takes entries have no row. */
export const giveawayFiguresOf = (
  db: Db,
  asked: { readonly guildIds: GuildId[]; readonly usernames: Username[] },
) => db<GiveawayFigures[]>`
  with newest as materialized (
    select g.discord_server_id, max(g.id) as id
      from giveaways g
     where g.discord_server_id = any(${asked.guildIds}::bigint[])
       and g.status = 'active' and (g.ends_at is null or g.ends_at > now())
     group by g.discord_server_id
  )
  select g.discord_server_id as guild_id, v.username, g.title, g.entry_method as method, g.keyword,
         (select count(*)::int from giveaway_entries e where e.discord_server_id = g.discord_server_id and e.giveaway_id = g.id) as people,
         (select coalesce(sum(e.entry_count), 0)::text from giveaway_entries e where e.discord_server_id = g.discord_server_id and e.giveaway_id = g.id) as tickets,
         exists (
           select from giveaway_entries e
            where e.discord_server_id = g.discord_server_id and e.giveaway_id = g.id and e.kick_username = v.username
         ) as entered
    from (
      select distinct x.discord_server_id, x.username
        from unnest(${asked.guildIds}::bigint[], ${asked.usernames}::text[]) as x (discord_server_id, username)
    ) v
    join newest n on n.discord_server_id = v.discord_server_id
    join giveaways g on g.discord_server_id = n.discord_server_id and g.id = n.id`

// --- Templates ------------------------------------------------------------------------------------------------------

export interface Template {
  /** Folded to lower case. */
  readonly name: string
  readonly displayName: string
  readonly choices: unknown
}

/** All templates of a guild by name, or one. */
export const templatesOf = (db: Db, asked: { readonly guildId: GuildId; readonly name?: string }) => db<Template[]>`
  select t.name, t.display_name, t.choices
    from giveaway_templates t
   where t.discord_server_id = ${asked.guildId}
     and (${asked.name ?? null}::text is null or t.name = ${asked.name ?? null}::text)
   order by t.name`

/** Keeps a template or replaces the one of that name, unless the guild has `most` others; gives a row when it is kept. */
export const saveTemplate = (
  db: Db,
  p: {
    readonly guildId: GuildId
    readonly name: string
    readonly displayName: string
    readonly choices: Choices
    readonly userId: UserId
    readonly most: number
  },
) => db<{ name: string }[]>`
  insert into giveaway_templates (discord_server_id, name, display_name, choices, updated_by)
  select ${p.guildId}::bigint, ${p.name}::text, ${p.displayName}::text, ${JSON.stringify(p.choices)}::text::jsonb, ${p.userId}::bigint
   where (
     select count(*) from giveaway_templates t where t.discord_server_id = ${p.guildId} and t.name <> ${p.name}
   ) < ${p.most}
  on conflict (discord_server_id, name) do update
     set display_name = excluded.display_name,
         choices = excluded.choices,
         updated_at = now(),
         updated_by = excluded.updated_by
  returning name`

/** Gives a row when there was one. */
export const removeTemplate = (db: Db, p: { readonly guildId: GuildId; readonly name: string }) => db<
  { displayName: string }[]
>`
  delete from giveaway_templates t
   where t.discord_server_id = ${p.guildId} and t.name = ${p.name}
  returning t.display_name`
