import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import { createKick } from '../../../cluster/runtime/kick.ts'
import { createSecrets, tokenPurpose } from '../../../cluster/runtime/secrets.ts'
import { sendLine } from '../../../shard/features/activity/index.ts'
import type { Sql } from '../../../sql/client.ts'
import { KickStandIn, type KickUser } from '../../standins/kick/index.ts'
import { aGuildId, times, toolsFor } from '../../support/builders.ts'
import { onCleanUp } from '../../support/cleanup.ts'
import { createDatabase } from '../../support/database.ts'

const secrets = createSecrets('0'.repeat(64))
let sql: Sql
let kick: KickStandIn
let channels = 0

beforeAll(async () => {
  sql = (await createDatabase()).sql
  kick = new KickStandIn({ seed: 'replies' })
  await kick.start()
  onCleanUp(() => kick.stop())
})

let channel: KickUser
let guildId: GuildId
beforeEach(() => {
  channel = kick.control.addChannel({ username: `Streamer_${++channels}` })
  guildId = aGuildId()
})

/** The broadcaster has let the bot write in chat; its token lasts so long by what Kick said. */
async function connect(minutes: number): Promise<void> {
  const { access_token: access, refresh_token: refresh } = kick.control.grant(channel, ['user:read', 'chat:write'])
  const sealed = (value: string, which: 'access' | 'refresh') => secrets.encrypt(value, tokenPurpose(guildId, which))
  await sql`
    insert into kick_token (discord_server_id, kick_user_id, access_token, refresh_token, key_id, scopes, expires_at)
    values (${guildId}, ${channel.userId}, ${sealed(access, 'access')}, ${sealed(refresh, 'refresh')}, ${secrets.keyId},
            'chat:write', now() + make_interval(mins => ${minutes}))`
}

const tools = () => {
  const { idUrl, apiUrl, clientId, clientSecret } = kick
  return toolsFor(sql, { kick: createKick({ idUrl, apiUrl, clientId, clientSecret, wait: async () => {} }), secrets })
}
const say = (expiresAt = Date.now() + 60_000) => sendLine(guildId, { content: 'hello', expiresAt }, tools())
const tokenNow = async () => {
  const [row] = await sql<{ accessToken: string; needsReauth: boolean }[]>`
    select access_token, needs_reauth from kick_token where discord_server_id = ${guildId}`
  return row
}
const renewals = () => kick.control.requests.filter(({ path }) => path === '/oauth/token').length

describe('a line for stream chat', () => {
  it('is said with the broadcaster’s token, and not when it would be late', async () => {
    await connect(60)
    expect(await say()).toEqual({ kind: 'paid' })
    expect(await say(Date.now() - 1)).toMatchObject({ kind: 'dead', reason: 'too late to be said' })
  })

  it('renews a token before it runs out, and every owner goes on with the new one', async () => {
    await connect(5)
    const before = await tokenNow()
    expect(await Promise.all(times(3, () => say()))).toEqual(times(3, () => ({ kind: 'paid' })))
    const after = await tokenNow()
    expect(after?.accessToken).not.toBe(before?.accessToken)
    const renewed = renewals()
    expect(await say()).toEqual({ kind: 'paid' })
    expect(renewals()).toBe(renewed)
  })

  it('is said in the end though Kick has ended the token before its time', async () => {
    await connect(60)
    kick.control.expireTokens(channel)
    expect(await say()).toMatchObject({ kind: 'retry' })
    expect(await say()).toEqual({ kind: 'paid' })
  })

  it('waits for the broadcaster when Kick does not renew either, which is written down', async () => {
    await connect(60)
    kick.control.expireTokens(channel)
    kick.control.breakLink(channel)
    expect(await say()).toMatchObject({ kind: 'dead', reason: 'the broadcaster has to connect Kick again' })
    expect(await tokenNow()).toMatchObject({ needsReauth: true })
  })

  it('is tried again when Kick is in trouble, and given up with the reason when it refuses', async () => {
    await connect(60)
    const end = kick.control.failRequests({ kind: '500_json', path: '/public/v1/chat', times: 50 })
    expect(await say()).toMatchObject({ kind: 'retry', reason: 'Kick is unavailable' })
    end()
    kick.control.faults.chatNotSent = true
    expect(await say()).toMatchObject({ kind: 'dead', reason: expect.stringContaining('Kick refused it') })
    kick.control.faults.chatNotSent = false
    expect(await say()).toEqual({ kind: 'paid' })
  })
})
