import { createLog } from '../../cluster/runtime/log.ts'

// A process that writes what a log must not show, and what it must.
const log = createLog({ process: 'writer', level: process.env.LOG_LEVEL ?? 'info', fields: { pod: 'pod-1' } })

const secrets = {
  token: 'hidden-1',
  secret: 'hidden-2',
  authorization: 'hidden-3',
  password: 'hidden-4',
  code: 'hidden-5-as-kick-gives-it-to-a-browser',
  verifier: 'hidden-6',
  state: 'hidden-7',
  accessToken: 'hidden-8',
  refreshToken: 'hidden-9',
  interactionToken: 'hidden-10',
  content: 'hidden-11: what somebody wrote',
}
log.debug({ guildId: '1' }, 'too much detail')
log.info({ guildId: '1', ...secrets }, 'at the top')
log.info({ request: { path: '/oauth', ...secrets } }, 'one below')
log.info({ event: { message: { id: 7, ...secrets } } }, 'two below')

const cause = Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED', port: 5432 })
const error = Object.assign(new Error('the statement failed', { cause }), {
  code: '23505',
  status: 409,
  method: 'POST',
  url: 'https://api.example/?key=hidden-12',
  requestBody: { json: { content: 'hidden-13' } },
  parameters: ['hidden-14'],
  headers: { cookie: 'hidden-15' },
})
error.name = 'PostgresError'
log.error({ err: error, tick: 'watchtime' }, 'tick failed')
log.error({ err: 'hardly an error' }, 'something else was thrown')
