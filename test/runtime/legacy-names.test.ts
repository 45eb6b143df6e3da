import { describe, expect, it } from 'vitest'
import { ended, successors, unchanged, withLegacyNames } from '../../cluster/runtime/config/legacy.ts'
import { readConfig, reportLegacyNames } from '../../cluster/runtime/config.ts'
import type { Log } from '../../cluster/runtime/log.ts'

/** Every variable of the core that the legacy bot's documentation lists. */
const documented = [
  'BOT_AUTH_TOKEN',
  'BOT_PUBLIC_URL',
  'CLIPS_API_KEY',
  'CODE_EXPIRY_MINUTES',
  'DATABASE_URL',
  'DISCORD_GUILD_ID',
  'DISCORD_TOKEN',
  'ENABLE_TEST_WEBHOOKS',
  'FLASK_SECRET_KEY',
  'GUNICORN_WORKERS',
  'KICK_BOT_USER_TOKEN',
  'KICK_CHANNEL',
  'KICK_CHATROOM_ID',
  'KICK_CLIENT_ID',
  'KICK_CLIENT_SECRET',
  'KICK_USER_TOKEN',
  'KICK_USE_KICKPYTHON_WS',
  'KICK_WEBHOOK_SECRET',
  'LOG_LEVEL',
  'OAUTH_BASE_URL',
  'OAUTH_PORT',
  'PORT',
  'RAFFLE_*',
  'REDIS_MSG_SECRET',
  'REDIS_URL',
  'ROLE_UPDATE_INTERVAL_SECONDS',
  'SETTINGS_ENCRYPTION_KEY*',
  'SHUFFLE_*',
  'SLOT_CALLS_CHANNEL_ID',
  'TWITCH_*',
  'USE_DUAL_MODE',
  'WAGER_*',
  'WATCH_INTERVAL_SECONDS',
  'WEBHOOK_TEST_TOKEN',
]
const ours = { NATS_URL: 'nats://localhost:4222', SECRETS_KEY: '0123456789abcdef'.repeat(4) }
const legacy = {
  DISCORD_TOKEN: 'token',
  DISCORD_GUILD_ID: '9007199254740993001',
  DATABASE_URL: 'postgres://localhost/legacy',
  KICK_CLIENT_ID: 'client',
  KICK_CLIENT_SECRET: 'secret',
  KICK_CHANNEL: 'streamer',
  OAUTH_BASE_URL: 'bot.example/',
  PORT: '9000',
  WATCH_INTERVAL_SECONDS: '30',
  KICK_CHATROOM_ID: '4711',
}

describe('the environment of the legacy bot', () => {
  it('has an answer for every variable', () => {
    expect([...Object.keys(successors), ...unchanged, ...Object.keys(ended)].sort()).toEqual(documented)
  })

  it('is enough, with what is new here', () => {
    expect(readConfig({ ...ours, ...legacy })).toMatchObject({
      DISCORD_GUILD_ID: '9007199254740993001',
      KICK_CHANNEL: 'streamer',
      PUBLIC_URL: 'https://bot.example',
      HTTP_PORT: 9000,
      TICK_CADENCE_SECONDS: 30,
    })
  })

  it('gives way to our own names, and tells which of it counts', () => {
    const { environment, used, ended: without } = withLegacyNames({ ...legacy, HTTP_PORT: '80', BOT_PUBLIC_URL: ' ' })
    expect([environment.HTTP_PORT, environment.PUBLIC_URL]).toEqual(['80', 'https://bot.example/'])
    expect(used).toEqual(['OAUTH_BASE_URL', 'WATCH_INTERVAL_SECONDS'])
    expect(without).toEqual({ KICK_CHATROOM_ID: expect.stringContaining('there is no chat room to join') })
  })

  it('listens where the legacy bot did when only its port is given, unless a host is', () => {
    expect(withLegacyNames(legacy).environment.HTTP_HOST).toBe('0.0.0.0')
    expect(withLegacyNames({ ...legacy, HTTP_HOST: '127.0.0.1' }).environment.HTTP_HOST).toBe('127.0.0.1')
    expect(withLegacyNames({ HTTP_PORT: '80' }).environment.HTTP_HOST).toBeUndefined()
  })

  it.each([
    ['WARNING', 'warn'],
    ['INFO', 'info'],
    ['CRITICAL', 'error'],
    ['debug', 'debug'],
  ])('understands the level %s', (given, level) => {
    expect(readConfig({ ...ours, ...legacy, LOG_LEVEL: given }).LOG_LEVEL).toBe(level)
  })

  it('says of whole families that nothing reads them, and may be read twice', () => {
    const games = {
      RAFFLE_AUTO_DRAW: 'true',
      SETTINGS_ENCRYPTION_KEY_PREVIOUS: 'x',
      WAGER_X: '1',
      RAFFLE: 'no family',
      TWITCH_CLIENT_ID: ' ',
    }
    const first = withLegacyNames({ ...legacy, ...games, LOG_LEVEL: 'WARNING' })
    expect(Object.keys(first.ended)).toEqual([
      'KICK_CHATROOM_ID',
      'RAFFLE_AUTO_DRAW',
      'SETTINGS_ENCRYPTION_KEY_PREVIOUS',
      'WAGER_X',
    ])
    expect(withLegacyNames(first.environment).environment).toEqual(first.environment)
  })

  it('is told in the log by name and reason, and never by value', () => {
    const lines: unknown[][] = []
    const log = { info: (...line: unknown[]) => lines.push(line), warn: (...line: unknown[]) => lines.push(line) }
    reportLegacyNames(log as unknown as Log, { ...legacy, BOT_AUTH_TOKEN: 'a secret value' })
    expect(lines[1]).toEqual([
      { variables: { BOT_AUTH_TOKEN: expect.stringContaining('/setup'), KICK_CHATROOM_ID: expect.any(String) } },
      'legacy variables without effect',
    ])
    expect(JSON.stringify(lines)).not.toMatch(/a secret value|4711/)
  })

  it('names a server by its id only', () => {
    expect(() => readConfig({ ...ours, ...legacy, DISCORD_GUILD_ID: 'my server' })).toThrow(/DISCORD_GUILD_ID is wrong/)
  })
})
