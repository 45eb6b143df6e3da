import type { Db } from '../client.ts'
import type { Table } from './catalogue.ts'
import { type Move, send } from './context.ts'
import { columnIn, guildIn, instantIn, isName, nameIn } from './rows.ts'
import { readOldSettings, translateSettings } from './settings.ts'

/** Every old clip and its number within its guild; `fault` for what cannot be one of ours. */
export const judgedClips = ({ from, plan }: Move, table: Table): string => `
  with read as (
    select to_jsonb(c) as content, ${guildIn(table, 'c', plan.guildId)} as guild, c.id as old_id, ${nameIn('c.kick_username')} as name,
           btrim(c.kick_username) as display_name, left(nullif(btrim(${columnIn(table, 'c', 'clip_title', 'null::text')}), ''), 100) as title,
           greatest(coalesce(c.clip_duration, 0), 0) as duration, btrim(${columnIn(table, 'c', 'clip_url', 'null::text')}) as url,
           nullif(btrim(${columnIn(table, 'c', 'kick_channel', 'null::text')}), '') as channel,
           coalesce(${instantIn(table, 'c', 'created_at')}, now()) as created_at
      from ${from}.clips c
  ),
  checked as (
    select r.content, r.guild, r.old_id, r.name, r.display_name, r.title, r.duration, r.url, r.channel, r.created_at,
           case when r.guild <= 0 then 'it names no Discord server'
                when r.name is null or not ${isName('r.name')} then 'no Kick account has this name'
                when coalesce(r.url, '') !~ '^https?://[^[:space:]<>"]+$' or length(r.url) > 500 then 'it has no address'
           end as fault
      from read r
  )
  select c.content, c.guild, c.old_id, c.name, c.display_name, c.title, c.duration, c.url, c.channel, c.created_at, c.fault,
         row_number() over (partition by c.guild, c.fault is null order by c.old_id) as number
    from checked c`

/** Writes down anew what is proposed to servers that set their clips up here. Safe to repeat. */
export async function bringClipOptions(db: Db, move: Move): Promise<void> {
  const { clips } = translateSettings(await readOldSettings(db, move))
  await send(db, `delete from ${move.to}.clip_service`)
  await send(
    db,
    `insert into ${move.to}.clip_service (discord_server_id, url, enabled, duration_seconds, channel_id)
     select guild, url, false, seconds, channel
       from unnest($1::text[]::bigint[], $2::text[], $3::text[]::integer[], $4::text[]::bigint[]) as c (guild, url, seconds, channel)`,
    [
      clips.map((one) => one.guildId),
      clips.map((one) => one.url),
      clips.map((one) => String(one.seconds)),
      clips.map((one) => one.channelId),
    ],
  )
}

/** Writes the clips anew. Safe to repeat. */
export async function bringClips(db: Db, move: Move): Promise<void> {
  const table = move.tables.get('clips')
  if (table === undefined) return
  await send(db, `delete from ${move.to}.clips`)
  await send(
    db,
    `insert into ${move.to}.clips (
       discord_server_id, id, request_ref, kick_username, display_name, clip_title, clip_duration, clip_url, kick_channel, state, created_at,
       finished_at
     )
     select guild, number, 'legacy:' || old_id, name, display_name, title, duration, url, channel, 'made', created_at, created_at
       from (${judgedClips(move, table)}) j
      where fault is null`,
  )
}
