import type { ChannelEvent } from '../../cluster/ingress/event.ts'
import type { GuildId } from '../../cluster/runtime/ids.ts'
import { handleEvents } from '../../shard/dispatch/event.ts'
import { features } from '../../shard/features/index.ts'
import { type Sql, transaction } from '../../sql/client.ts'
import type { Guild, SeenMessage } from '../standins/discord/index.ts'
import { type Bot, startBot } from './bot.ts'
import { textOf } from './browsing.ts'
import { aGuildId, chatOf } from './builders.ts'
import { createDatabase } from './database.ts'
import { until } from './wait.ts'

export interface Place {
  readonly id: GuildId
  readonly guild: Guild
}

/** A bot with all rooms whose lines in stream chat stay in the outbox, since Kick is not there: a test reads them. */
export async function aWorld(max = 12) {
  const { sql } = await createDatabase({ max })
  // Lines of chat are read from the outbox, which must not give them up meanwhile.
  const rooms = features.map((room) =>
    room.name === 'activity'
      ? { ...room, outbox: { 'activity.reply': async () => ({ kind: 'paid' as const }) } }
      : room,
  )
  const bot = await startBot({ sql, features: rooms })
  return worldOf(sql, bot)
}

function worldOf(sql: Sql, bot: Bot) {
  /** A server whose broadcaster lets the bot write in chat. */
  const aPlace = async (settings: Readonly<Record<string, string>> = {}): Promise<Place> => {
    const id = aGuildId()
    const guild = bot.discord.world.addGuild({ id })
    await sql`
      insert into kick_token (discord_server_id, kick_user_id, access_token, refresh_token, key_id, scopes, expires_at)
      values (${id}, 1, 'x', 'y', 'k', '', now() + interval '1 day')`
    for (const [key, value] of Object.entries(settings)) await set({ id }, key, value)
    return { id, guild }
  }
  const set = (place: Pick<Place, 'id'>, key: string, value: string) => sql`
    insert into bot_settings (discord_server_id, key, value) values (${place.id}, ${key}, ${value})
    on conflict (discord_server_id, key) do update set value = excluded.value`
  const ask = (place: Place, command: string, options = {}, userId = place.guild.ownerId): Promise<SeenMessage> =>
    bot.discord.control.command({ guildId: place.id, userId, command, options }).message()
  const hear = (...events: ChannelEvent<'chat'>[]) =>
    transaction(sql, (db) =>
      handleEvents(
        features.filter((room) => ['activity', 'slots', 'balance'].includes(room.name)),
        events as readonly ChannelEvent[],
        db,
        bot.tools,
      ),
    )
  const says = (
    places: readonly Place[],
    name: string,
    content: string,
    more: { readonly at?: number; readonly userId?: number } = {},
  ) => chatOf({ guildIds: places.map(({ id }) => id), username: name, content, at: more.at ?? Date.now(), ...more })
  /** Everything that was owed to stream chat, in its order. */
  const linesIn = async (place: Place): Promise<string[]> =>
    (
      await sql<{ content: string }[]>`
        select payload ->> 'content' as content from outbox
         where discord_server_id = ${place.id} and kind = 'activity.reply' order by outbox_id`
    ).map((row) => row.content)
  const requestsIn = async (place: Place): Promise<string[]> =>
    (
      await sql<{ line: string }[]>`
        select kick_username || ': ' || slot_call as line from slot_requests where discord_server_id = ${place.id} order by id`
    ).map((row) => row.line)
  /** Nothing is owed to Discord any more. */
  const settled = (place: Place) =>
    until(
      async () =>
        (await sql`select 1 from outbox where discord_server_id = ${place.id} and state = 'due'`).length === 0 &&
        (await sql`select 1 from job where discord_server_id = ${place.id} and next_run_at <= now()`).length === 0,
      { what: 'everything that is owed to be paid' },
    )
  const makeDue = (place: Place, kind: string) => sql`
    update job set next_run_at = now() where discord_server_id = ${place.id} and kind = ${kind}`
  const press = (place: Place, message: SeenMessage, action: string, userId = place.guild.ownerId) => {
    const customId = idsOf(message).find((id) => id.startsWith(action)) ?? action
    return bot.discord.control.press({ userId, message, customId })
  }
  return { sql, bot, aPlace, set, ask, hear, says, linesIn, requestsIn, settled, makeDue, press }
}

/** All that a message says. */
export const saidIn = (message: SeenMessage): string => textOf(message).trim()

/** The custom ids of everything below a message. */
export const idsOf = (message: SeenMessage): string[] =>
  message.components.flatMap((row) =>
    (Array.isArray(row.components) ? row.components : []).flatMap((one: unknown) =>
      typeof one === 'object' && one !== null && 'custom_id' in one ? [String(one.custom_id)] : [],
    ),
  )
