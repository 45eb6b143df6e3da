import pino from 'pino'

export type Log = pino.Logger

/** Field names whose values never reach a log line, at any depth up to three. */
const secretFields = [
  'token',
  'secret',
  'authorization',
  'password',
  'code',
  'verifier',
  'state',
  'accessToken',
  'refreshToken',
  'interactionToken',
  'content',
]

/** Why something failed: an exit code, an error of Discord's, ECONNREFUSED. Kick's codes of a sign-in are longer. */
const errorCode = /^[A-Z0-9_]{1,30}$/

const censor = (value: unknown, path: string[]): unknown => {
  const isErrorCode = typeof value === 'number' || value === null || errorCode.test(String(value))
  return path.at(-1) === 'code' && isErrorCode ? value : '[redacted]'
}

const redactedPaths = secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`])

/**
 * One JSON line for each event, on stderr, so that a program's own output on stdout stays clean. A line is a constant
 * lower-case phrase with fields; errors go under `err`.
 */
export function createLog(options: { process: string; level: string; fields?: Record<string, unknown> }): Log {
  return pino(
    {
      level: options.level,
      base: { process: options.process, pid: process.pid, ...options.fields },
      redact: { paths: redactedPaths, censor },
      serializers: { err: describeError },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ dest: 2, sync: true }),
  )
}

/** Keeps what explains a failure and drops what may carry data: request bodies, query parameters, headers. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { code, status, method } = error as Error & {
    code?: unknown
    status?: unknown
    method?: unknown
  }
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...(code === undefined ? {} : { code }),
    ...(status === undefined ? {} : { status }),
    ...(method === undefined ? {} : { method }),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  }
}
