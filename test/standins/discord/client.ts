import { Client, type ClientOptions, DiscordAPIError, Events, GatewayIntentBits, Options } from 'discord.js'
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

/** The error that Discord answered; throws when there was none. */
export const refusalOf = async (promise: Promise<unknown>): Promise<DiscordAPIError> => {
  const outcome = await promise.catch((error: unknown) => error)
  if (outcome instanceof DiscordAPIError) return outcome
  throw new Error(`expected a DiscordAPIError, got ${String(outcome)}`)
}

/** Discord's code of that error, or 'no error'. */
export const codeOf = async (promise: Promise<unknown>): Promise<number | string> => {
  const outcome = await promise.then(
    () => 'no error',
    (error: unknown) => error,
  )
  return outcome instanceof DiscordAPIError ? outcome.code : String(outcome)
}
