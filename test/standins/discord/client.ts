import { Client, type ClientOptions, Events, GatewayIntentBits, Options } from 'discord.js'
import type { DiscordStandIn } from './index.ts'

/** An unmodified discord.js client that talks to the stand-in and has errors listened to. */
export const clientOf = (discord: DiscordStandIn, options: Partial<ClientOptions> = {}): Client => {
  const client = new Client({
    intents: [GatewayIntentBits.Guilds],
    makeCache: Options.cacheEverything(),
    ...options,
    rest: { api: discord.url, ...options.rest },
  })
  client.on(Events.Error, () => undefined)
  return client
}

/** Logs in; resolves when every shard has its guilds. The listener comes first, since the stand-in is quick. */
export const loggedIn = async (
  discord: DiscordStandIn,
  options: Partial<ClientOptions> = {},
): Promise<Client<true>> => {
  const client = clientOf(discord, options)
  const ready = new Promise<Client<true>>((resolve) => client.once(Events.ClientReady, resolve))
  await client.login(discord.token)
  return ready
}

/** What discord.js threw, by Discord's code. */
export const codeOf = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    await promise
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error
  }
  return 'no error'
}
