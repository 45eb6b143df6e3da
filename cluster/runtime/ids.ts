/** Ids are strings here and bigint in SQL; a snowflake never becomes a number, since it does not fit one. */
declare const brand: unique symbol
type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** Discord snowflake of a server, the tenant. */
export type GuildId = Brand<string, 'GuildId'>
/** Discord snowflake of a person. */
export type UserId = Brand<string, 'UserId'>
export type RoleId = Brand<string, 'RoleId'>
export type ChannelId = Brand<string, 'ChannelId'>
/** Kick's numeric user id, as a decimal string; a broadcaster's is the only stable key of a channel. */
export type KickUserId = Brand<string, 'KickUserId'>
/** Kick user name folded to lower case (ASCII), the key of a viewer within a guild. */
export type Username = Brand<string, 'Username'>
/** Fencing token: grows with every new leader. */
export type Epoch = Brand<number, 'Epoch'>
/** One minute of wall time, `floor(unix_seconds / 60)`; slot N ends at `(N + 1) * 60`. */
export type Slot = Brand<number, 'Slot'>

const snowflake = /^\d{1,20}$/

function decimal(what: string, value: string): string {
  if (!snowflake.test(value)) throw new TypeError(`${what} must be a decimal id`)
  return value
}

export const guildId = (value: string): GuildId => decimal('guild id', value) as GuildId
export const userId = (value: string): UserId => decimal('user id', value) as UserId
export const roleId = (value: string): RoleId => decimal('role id', value) as RoleId
export const channelId = (value: string): ChannelId => decimal('channel id', value) as ChannelId
export const kickUserId = (value: string | number): KickUserId => decimal('Kick user id', String(value)) as KickUserId
export const epoch = (value: number): Epoch => value as Epoch
export const slot = (value: number): Slot => value as Slot

/** Folds a Kick name the way it is stored: trimmed, without a leading @, ASCII letters in lower case. */
export const username = (value: string): Username =>
  value
    .trim()
    .replace(/^@/, '')
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase()) as Username

/** Discord's own formula: `(guild_id >> 22) % shard_count`. */
export const shardOf = (guild: GuildId, shardCount: number): number =>
  Number((BigInt(guild) >> 22n) % BigInt(shardCount))

/** The group, that is the shard process, which runs a shard; groups are runs of consecutive shards. */
export const groupOf = (guild: GuildId, shardCount: number, shardsPerGroup: number): number =>
  Math.floor(shardOf(guild, shardCount) / shardsPerGroup)
