import type { GuildId, UserId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'
import { streaksOf } from './board.ts'

export const commandLevels = ['everyone', 'subscriber', 'vip', 'moderator', 'broadcaster'] as const
export type CommandLevel = (typeof commandLevels)[number]

/** A command that a guild made for itself. Cooldowns in seconds. */
export interface CustomCommand {
  readonly command: string
  readonly response: string
  readonly cooldown: number
  readonly userCooldown: number
  readonly level: CommandLevel
  readonly onKick: boolean
  readonly onDiscord: boolean
  readonly enabled: boolean
  readonly useCount: string
  readonly aliases: readonly string[]
}

/** All commands of a guild by name, or the one that goes by this name or alias. */
export const commandsOf = (db: Db, asked: { readonly guildId: GuildId; readonly name?: string }) => db<CustomCommand[]>`
  select c.command, c.response, c.cooldown, c.user_cooldown, c.level, c.on_kick, c.on_discord, c.enabled, c.use_count,
         coalesce((
           select array_agg(a.alias order by a.alias)
             from custom_command_alias a
            where a.discord_server_id = c.discord_server_id and a.command = c.command
         ), '{}') as aliases
    from custom_commands c
   where c.discord_server_id = ${asked.guildId}
     and (${asked.name ?? null}::text is null
          or c.command = ${asked.name ?? null}::text
          or c.command = (
               select a.command
                 from custom_command_alias a
                where a.discord_server_id = ${asked.guildId} and a.alias = ${asked.name ?? null}::text
             ))
   order by c.command`

/** Whether a name is free, as command and as alias. Inside a transaction: whoever else asks for this guild waits until it ends. */
export async function isNameFree(
  db: Db,
  asked: { readonly guildId: GuildId; readonly name: string },
): Promise<boolean> {
  await db`select pg_advisory_xact_lock(hashtextextended('custom_commands', ${asked.guildId}))`
  const rows = await db`
    select c.command as name
      from custom_commands c
     where c.discord_server_id = ${asked.guildId} and c.command = ${asked.name}
     union all
    select a.alias
      from custom_command_alias a
     where a.discord_server_id = ${asked.guildId} and a.alias = ${asked.name}`
  return rows.length === 0
}

type Written = Omit<CustomCommand, 'aliases' | 'useCount'>

/** Makes a command or replaces all of it but its uses and aliases. Safe to repeat. */
export const saveCommand = (
  db: Db,
  p: { readonly guildId: GuildId; readonly userId: UserId | null; readonly command: Written },
) => db`
  insert into custom_commands (
    discord_server_id, command, response, cooldown, user_cooldown, level, on_kick, on_discord, enabled, created_by
  )
  values (
    ${p.guildId}, ${p.command.command}, ${p.command.response}, ${p.command.cooldown}, ${p.command.userCooldown},
    ${p.command.level}, ${p.command.onKick}, ${p.command.onDiscord}, ${p.command.enabled}, ${p.userId}
  )
  on conflict (discord_server_id, command) do update
     set response = excluded.response,
         cooldown = excluded.cooldown,
         user_cooldown = excluded.user_cooldown,
         level = excluded.level,
         on_kick = excluded.on_kick,
         on_discord = excluded.on_discord,
         enabled = excluded.enabled`

/** Removes a command with its aliases and cooldowns; gives a row when there was one. */
export const removeCommand = (db: Db, p: { readonly guildId: GuildId; readonly command: string }) => db<
  { response: string }[]
>`
  with aliases as (
    delete from custom_command_alias a
     where a.discord_server_id = ${p.guildId} and a.command = ${p.command}
  ),
  uses as (
    delete from custom_command_use u
     where u.discord_server_id = ${p.guildId} and u.command = ${p.command}
  )
  delete from custom_commands c
   where c.discord_server_id = ${p.guildId} and c.command = ${p.command}
  returning c.response`

interface Alias {
  readonly guildId: GuildId
  readonly alias: string
  readonly command: string
}

export const addAlias = (db: Db, p: Alias) => db`
  insert into custom_command_alias (discord_server_id, alias, command)
  values (${p.guildId}, ${p.alias}, ${p.command})
  on conflict (discord_server_id, alias) do nothing`

/** Gives a row when the command had this alias. */
export const removeAlias = (db: Db, p: Alias) => db<{ alias: string }[]>`
  delete from custom_command_alias a
   where a.discord_server_id = ${p.guildId} and a.alias = ${p.alias} and a.command = ${p.command}
  returning a.alias`

/** Somebody who typed a word. `caller` is whom a cooldown of their own is kept for. */
export interface Call {
  readonly guildId: GuildId
  readonly word: string
  readonly caller: string
  /** 0 for everyone up to 4 for the broadcaster, as in {@link commandLevels}. */
  readonly rank: number
  /** Milliseconds. */
  readonly at: number
}

export interface AnsweredCall {
  /** Which of the calls: its place in the list, from 0. */
  readonly index: number
  readonly command: string
  readonly response: string
  readonly useCount: string
}

/**
 * Finds the commands that these calls name and takes their cooldowns; gives those that are to be answered, in one statement for all
 * guilds and calls. Decided by the times of the calls, so that a call that is handled twice is answered once, by whichever owner. Of
 * several calls of one command at once the first is answered.
 */
export const claimCalls = (db: Db, p: { readonly calls: readonly Call[]; readonly on: 'kick' | 'discord' }) => db<
  AnsweredCall[]
>`
  with call as (
    select c.discord_server_id, c.word, c.caller, c.level_rank, to_timestamp(c.at / 1000) as at, c.n - 1 as index
      from unnest(
             ${p.calls.map((call) => call.guildId)}::bigint[],
             ${p.calls.map((call) => call.word)}::text[],
             ${p.calls.map((call) => call.caller)}::text[],
             ${p.calls.map((call) => call.rank)}::int[],
             ${p.calls.map((call) => call.at)}::float8[]
           ) with ordinality as c (discord_server_id, word, caller, level_rank, at, n)
  ),
  named as (
    select l.discord_server_id, l.caller, l.level_rank, l.at, l.index, coalesce(a.command, l.word) as command
      from call l
      left join custom_command_alias a on a.discord_server_id = l.discord_server_id and a.alias = l.word
  ),
  open as (
    select n.discord_server_id, n.command, n.caller, n.at, n.index, c.response, c.cooldown, c.user_cooldown, c.use_count,
           row_number() over (partition by n.discord_server_id, n.command order by n.at, n.index) as place
      from named n
      join custom_commands c on c.discord_server_id = n.discord_server_id and c.command = n.command
     where c.enabled
       and case when ${p.on} = 'kick' then c.on_kick else c.on_discord end
       and n.level_rank >= array_position(${[...commandLevels]}::text[], c.level) - 1
       and not exists (
             select from custom_command_use u
              where u.discord_server_id = n.discord_server_id and u.command = n.command
                and ((u.caller = '' and u.used_at > n.at - make_interval(secs => c.cooldown))
                     or (u.caller = n.caller and u.used_at > n.at - make_interval(secs => c.user_cooldown)))
           )
  ),
  chosen as (
    select o.discord_server_id, o.command, o.caller, o.at, o.index, o.response, o.cooldown, o.user_cooldown, o.use_count
      from open o
     where o.cooldown = 0 or o.place = 1
  ),
  taken as (
    insert into custom_command_use as u (discord_server_id, command, caller, used_at)
    select c.discord_server_id, c.command, '', max(c.at)
      from chosen c
     where c.cooldown > 0
     group by c.discord_server_id, c.command
     order by c.discord_server_id, c.command
    on conflict (discord_server_id, command, caller) do update
       set used_at = excluded.used_at
     where u.used_at <= excluded.used_at - make_interval(secs => (
             select c.cooldown
               from custom_commands c
              where c.discord_server_id = u.discord_server_id and c.command = u.command
           ))
    returning u.discord_server_id, u.command
  ),
  noted as (
    insert into custom_command_use as u (discord_server_id, command, caller, used_at)
    select c.discord_server_id, c.command, c.caller, max(c.at)
      from chosen c
     where c.user_cooldown > 0
     group by c.discord_server_id, c.command, c.caller
     order by c.discord_server_id, c.command, c.caller
    on conflict (discord_server_id, command, caller) do update
       set used_at = greatest(u.used_at, excluded.used_at)
    returning u.command
  )
  select c.index::int, c.command, c.response, c.use_count
    from chosen c
   where c.cooldown = 0
      or exists (select from taken t where t.discord_server_id = c.discord_server_id and t.command = c.command)
   order by c.index`

/** Those of these words that a command of the guild answers to, by name or by alias, whether it may be used just now or not. */
export const ownWords = (db: Db, asked: { readonly guildIds: GuildId[]; readonly words: string[] }) => db<
  { guildId: GuildId; word: string }[]
>`
  select distinct w.discord_server_id as guild_id, w.word
    from unnest(${asked.guildIds}::bigint[], ${asked.words}::text[]) as w (discord_server_id, word)
    left join custom_command_alias a on a.discord_server_id = w.discord_server_id and a.alias = w.word
    join custom_commands c on c.discord_server_id = w.discord_server_id and c.command = coalesce(a.command, w.word)
   where c.enabled and c.on_kick`

/** Counts uses; all lists have one entry for each use. */
export const countUses = (db: Db, uses: { readonly guildIds: GuildId[]; readonly commands: string[] }) => db`
  update custom_commands c
     set use_count = c.use_count + u.uses
    from (
      select x.discord_server_id, x.command, count(*) as uses
        from unnest(${uses.guildIds}::bigint[], ${uses.commands}::text[]) as x (discord_server_id, command)
       group by x.discord_server_id, x.command
    ) u
   where c.discord_server_id = u.discord_server_id and c.command = u.command`

/** What a response may say about a viewer; points are 64-bit, as decimal strings. Ranks are null without any. */
export interface ViewerFigures {
  readonly guildId: GuildId
  readonly username: Username
  readonly minutes: number
  readonly points: string
  readonly earned: string
  readonly spent: string
  readonly watchtimeRank: number | null
  readonly pointsRank: number | null
  readonly streak: number
  readonly bestStreak: number
}

/**
 * Figures of viewers for the responses that name them, in one statement, and another one where `streaks` asks for streaks; ranks are worked
 * out only where `ranks` asks for them, since that reads all viewers of the guild. All lists have one entry for each viewer.
 */
export async function figuresOf(
  db: Db,
  asked: {
    readonly guildIds: GuildId[]
    readonly usernames: Username[]
    readonly ranks: boolean[]
    readonly streaks: boolean[]
  },
): Promise<readonly ViewerFigures[]> {
  const isAsked = (_: unknown, i: number) => asked.streaks[i] === true
  const streaks = asked.streaks.includes(true)
    ? await streaksOf(db, { guildIds: asked.guildIds.filter(isAsked), usernames: asked.usernames.filter(isAsked) })
    : []
  const rows = await totalsOf(db, asked)
  return rows.map((row) => {
    const found = streaks.find((one) => one.guildId === row.guildId && one.username === row.username)
    return { ...row, streak: found?.current ?? 0, bestStreak: found?.best ?? 0 }
  })
}

const totalsOf = (
  db: Db,
  asked: { readonly guildIds: GuildId[]; readonly usernames: Username[]; readonly ranks: boolean[] },
) => db<Omit<ViewerFigures, 'streak' | 'bestStreak'>[]>`
  select v.discord_server_id as guild_id, v.username,
         coalesce(w.minutes, 0) as minutes,
         coalesce(u.points, 0)::text as points,
         coalesce(u.total_earned, 0)::text as earned,
         coalesce(u.total_spent, 0)::text as spent,
         case when v.ranks and w.minutes > 0 then (
           select count(*)::int + 1
             from watchtime x
            where x.discord_server_id = v.discord_server_id
              and (x.minutes > w.minutes or (x.minutes = w.minutes and x.username collate "C" < v.username))
         ) end as watchtime_rank,
         case when v.ranks and u.points > 0 then (
           select count(*)::int + 1
             from user_points x
            where x.discord_server_id = v.discord_server_id
              and (x.points > u.points or (x.points = u.points and x.kick_username collate "C" < v.username))
         ) end as points_rank
    from (
      select distinct x.discord_server_id, x.username, bool_or(x.ranks = 1) over (partition by x.discord_server_id, x.username) as ranks
        from unnest(${asked.guildIds}::bigint[], ${asked.usernames}::text[], ${asked.ranks.map(Number)}::int[])
          as x (discord_server_id, username, ranks)
    ) v
    left join watchtime w on w.discord_server_id = v.discord_server_id and w.username = v.username
    left join user_points u on u.discord_server_id = v.discord_server_id and u.kick_username = v.username`
