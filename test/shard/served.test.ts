import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { GuildId } from '../../cluster/runtime/ids.ts'
import { createGatewayDispatch } from '../../shard/dispatch/gateway.ts'
import type { Tools } from '../../shard/features/feature.ts'
import { features } from '../../shard/features/index.ts'
import type { Sql } from '../../sql/client.ts'
import { takeJobs } from '../../sql/queries/job.ts'
import { type Bot, startBot } from '../support/bot.ts'
import { aGuildId } from '../support/builders.ts'
import { createDatabase } from '../support/database.ts'

let sql: Sql
let bot: Bot
let ours: GuildId
let other: GuildId

beforeAll(async () => {
  sql = (await createDatabase()).sql
  bot = await startBot({ sql, features })
})

beforeEach(async () => {
  await sql`truncate guild, job`
  ;[ours, other] = [aGuildId(), aGuildId()]
})

/** A process of a deployment for one guild, or for all of them. */
async function aProcess(only?: GuildId) {
  const tools: Tools = {
    ...bot.tools,
    onlyGuild: only === undefined ? undefined : { guildId: only, channel: undefined },
  }
  const gateway = createGatewayDispatch({
    tools,
    features,
    shardCount: 1,
    ...(only !== undefined && { serves: (guildId: GuildId) => guildId === only }),
  })
  await gateway.start()
  return gateway
}

const isHere = async (guildId: GuildId): Promise<boolean | undefined> => {
  const [row] = await sql<{ isHere: boolean }[]>`
    select left_at is null as is_here from guild where discord_server_id = ${guildId}`
  return row?.isHere
}

describe('a deployment for one server', () => {
  it('puts all others aside, so that nothing is done for them, and takes them up again when it is for all', async () => {
    const all = await aProcess()
    await Promise.all([ours, other].map((guildId) => all.guildAvailable({ guildId, name: 'a server' })))
    await sql`
      insert into job (discord_server_id, kind, job_ref, next_run_at)
      select id, 'test.job', '1', now() from unnest(${[ours, other]}::bigint[]) as id`
    const due = async () =>
      (
        await sql.begin((db) =>
          takeJobs(db, { shardCount: 1, shardIds: [0], kinds: ['test.job'], kindsOfLeft: [], limit: 9 }),
        )
      ).map((job) => job.guildId)
    await aProcess(ours)
    expect([await isHere(ours), await isHere(other)]).toEqual([true, false])
    expect(await due()).toEqual([ours])
    await aProcess(ours)
    await aProcess()
    expect([await isHere(ours), await isHere(other)]).toEqual([true, true])
    expect(await due()).toEqual([other])
  })

  it('takes up the one that is named now, and puts the one aside that was', async () => {
    const all = await aProcess()
    await Promise.all([ours, other].map((guildId) => all.guildAvailable({ guildId, name: 'a server' })))
    await aProcess(ours)
    await aProcess(other)
    expect([await isHere(ours), await isHere(other)]).toEqual([false, true])
  })

  it('remembers a server that invites it meanwhile, for the day on which it is served', async () => {
    const gateway = await aProcess(ours)
    await Promise.all([ours, other, other].map((guildId) => gateway.guildAvailable({ guildId, name: 'a server' })))
    expect([await isHere(ours), await isHere(other)]).toEqual([true, false])
    await aProcess()
    expect(await isHere(other)).toBe(true)
  })

  it('does not take up again what has removed the bot meanwhile', async () => {
    const all = await aProcess()
    await all.guildAvailable({ guildId: other, name: 'a server' })
    const gateway = await aProcess(ours)
    await gateway.guildLeft(other)
    await aProcess()
    expect(await isHere(other)).toBe(false)
    await all.guildAvailable({ guildId: other, name: 'a server' })
    await aProcess(ours)
    await gateway.guildsListed(0, [ours])
    await aProcess()
    expect(await isHere(other)).toBe(false)
  })
})
