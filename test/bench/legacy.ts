import type { Db, Sql } from '../../sql/client.ts'

/**
 * The legacy bot's tick as it was: for each active viewer one upsert of the total, then the points in a second transaction:
 * the rate and the link read, all conversions summed up, and for every fifth minute three writes; one statement after the
 * other on one connection. On tables of its own, in its own shape. Gives viewer minutes per second.
 */
export async function settleLikeLegacy(
  sql: Sql,
  p: { readonly guilds: number; readonly viewers: number },
): Promise<number> {
  await sql.unsafe(`
    create schema legacy;
    create table legacy.watchtime (username text, minutes integer default 0, last_active timestamp, discord_server_id bigint,
      primary key (username, discord_server_id));
    create table legacy.user_points (id serial, kick_username text, discord_server_id bigint, discord_id bigint, points integer default 0,
      total_earned integer default 0, total_spent integer default 0, last_updated timestamp default current_timestamp,
      primary key (kick_username, discord_server_id));
    create table legacy.points_watchtime_converted (id serial primary key, kick_username text not null, minutes_converted integer not null,
      points_awarded integer not null, converted_at timestamp default current_timestamp, discord_server_id bigint);
    create index idx_points_watchtime_server on legacy.points_watchtime_converted (discord_server_id);
    create table legacy.links (discord_id bigint, kick_name text, discord_server_id bigint, primary key (discord_id, discord_server_id),
      unique (kick_name, discord_server_id));`)
  const rounds = 5
  const start = performance.now()
  for (let round = 1; round <= rounds; round++) {
    for (let guild = 1; guild <= p.guilds; guild++) {
      await sql.begin(async (db) => {
        for (let viewer = 1; viewer <= p.viewers; viewer++)
          await db`
            insert into legacy.watchtime (username, minutes, last_active, discord_server_id)
            values (${`viewer${viewer}`}, 1, now(), ${guild})
            on conflict (username, discord_server_id) do update
               set minutes = legacy.watchtime.minutes + 1, last_active = excluded.last_active`
      })
      await sql.begin(async (db) => {
        for (let viewer = 1; viewer <= p.viewers; viewer++) await awardPoints(db, guild, `viewer${viewer}`)
      })
    }
  }
  return (rounds * p.guilds * p.viewers) / ((performance.now() - start) / 1000)
}

async function awardPoints(db: Db, guild: number, name: string): Promise<void> {
  const [total] =
    await db`select minutes from legacy.watchtime where username = ${name} and discord_server_id = ${guild}`
  const [converted] = await db`
    select coalesce(sum(minutes_converted), 0)::int as minutes
      from legacy.points_watchtime_converted where kick_username = ${name} and discord_server_id = ${guild}`
  const [link] =
    await db`select discord_id from legacy.links where kick_name = ${name} and discord_server_id = ${guild}`
  const minutes = Number(total?.minutes ?? 0) - Number(converted?.minutes ?? 0)
  if (minutes < 5) return
  const points = Math.floor(minutes / 5)
  await db`
    insert into legacy.user_points (kick_username, discord_server_id, discord_id, points, total_earned)
    values (${name}, ${guild}, ${link?.discordId ?? null}, ${points}, ${points})
    on conflict (kick_username, discord_server_id) do update
       set points = legacy.user_points.points + excluded.points, total_earned = legacy.user_points.total_earned + excluded.points`
  await db`
    insert into legacy.points_watchtime_converted (kick_username, minutes_converted, points_awarded, discord_server_id)
    values (${name}, ${points * 5}, ${points}, ${guild})`
}
