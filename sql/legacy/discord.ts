const patienceMs = 10_000

/**
 * The guilds the bot is in, two of them at most: enough to know whether there is only one. Throws when Discord does not answer or refuses the
 * token. Discord's `GET /users/@me/guilds`.
 */
export const guildsOfBot =
  (discord: { readonly apiUrl: string; readonly token: string }): (() => Promise<readonly string[]>) =>
  async () => {
    const response = await fetch(`${discord.apiUrl}/v10/users/@me/guilds?limit=2`, {
      headers: { authorization: `Bot ${discord.token}`, 'user-agent': 'DiscordBot (https://discord.com, 1)' },
      signal: AbortSignal.timeout(patienceMs),
    })
    if (!response.ok) throw new Error(`Discord answered ${response.status}`)
    const body: unknown = await response.json()
    if (!Array.isArray(body)) throw new Error('Discord answered with something else than a list')
    return body.map((guild: unknown) => {
      const id = typeof guild === 'object' && guild !== null && 'id' in guild ? guild.id : undefined
      if (typeof id !== 'string' || !/^\d{1,20}$/.test(id))
        throw new Error('Discord answered with a guild that has no id')
      return id
    })
  }
