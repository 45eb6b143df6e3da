import type { JsonObject } from '../json.ts'

/** An answer of Discord that is an error: HTTP status, Discord's code, and for 50035 a tree by field. */
export class ApiError extends Error {
  readonly status: number
  readonly code: number
  readonly errors: JsonObject | undefined

  constructor(status: number, code: number, message: string, errors?: JsonObject) {
    super(message)
    this.status = status
    this.code = code
    this.errors = errors
  }

  body(): JsonObject {
    return { message: this.message, code: this.code, errors: this.errors }
  }
}

export const contentTypeFault =
  "Expected \"Content-Type\" header to be one of {'application/json', 'multipart/form-data'}."

export const failure = {
  unauthorized: () => new ApiError(401, 0, '401: Unauthorized'),
  unknownRoute: () => new ApiError(404, 0, '404: Not Found'),
  wrongMethod: () => new ApiError(405, 0, '405: Method Not Allowed'),
  unknownChannel: () => new ApiError(404, 10003, 'Unknown Channel'),
  unknownGuild: () => new ApiError(404, 10004, 'Unknown Guild'),
  unknownMember: () => new ApiError(404, 10007, 'Unknown Member'),
  unknownMessage: () => new ApiError(404, 10008, 'Unknown Message'),
  unknownOverwrite: () => new ApiError(404, 10009, 'Unknown permission overwrite'),
  unknownRole: () => new ApiError(404, 10011, 'Unknown Role'),
  unknownUser: () => new ApiError(404, 10013, 'Unknown User'),
  unknownEmoji: () => new ApiError(400, 10014, 'Unknown Emoji'),
  unknownWebhook: () => new ApiError(404, 10015, 'Unknown Webhook'),
  unknownBan: () => new ApiError(404, 10026, 'Unknown Ban'),
  unknownInteraction: () => new ApiError(404, 10062, 'Unknown interaction'),
  unknownCommand: () => new ApiError(404, 10063, 'Unknown application command'),
  tooManyRoles: () => new ApiError(400, 30005, 'Maximum number of guild roles reached (250)'),
  tooManyWebhooks: () => new ApiError(400, 30007, 'Maximum number of webhooks reached (15)'),
  tooManyCommands: (limit: number) =>
    new ApiError(400, 30032, `Maximum number of application commands reached (${limit})`),
  tooManyCommandCreates: () =>
    new ApiError(400, 30034, 'Max number of daily application command creates has been reached (200)'),
  dmsTooFast: () => new ApiError(400, 40003, 'You are opening direct messages too fast'),
  tooLarge: () => new ApiError(413, 40005, 'Request entity too large'),
  alreadyAcknowledged: () => new ApiError(400, 40060, 'Interaction has already been acknowledged.'),
  badUserAgent: () => new ApiError(403, 40333, 'internal network error'),
  missingAccess: () => new ApiError(403, 50001, 'Missing Access'),
  notInDm: () => new ApiError(400, 50003, 'Cannot execute action on a DM channel'),
  notYourMessage: () => new ApiError(403, 50005, 'Cannot edit a message authored by another user'),
  emptyMessage: () => new ApiError(400, 50006, 'Cannot send an empty message'),
  cannotDm: () => new ApiError(403, 50007, 'Cannot send messages to this user'),
  notTextChannel: () => new ApiError(400, 50008, 'Cannot send messages in a non-text channel'),
  missingPermissions: () => new ApiError(403, 50013, 'Missing Permissions'),
  wrongDeleteCount: () =>
    new ApiError(
      400,
      50016,
      'Provided too few or too many messages to delete. Must provide at least 2 and at most 100',
    ),
  invalidWebhookToken: () => new ApiError(401, 50027, 'Invalid Webhook Token'),
  invalidRole: () => new ApiError(400, 50028, 'Invalid role'),
  tooOldToDelete: () => new ApiError(400, 50034, 'A message provided was too old to bulk delete'),
  invalidApiVersion: () => new ApiError(400, 50041, 'Invalid API version'),
  invalidJson: () => new ApiError(400, 50109, 'The request body contains invalid JSON.'),
  invalidForm: (errors: JsonObject) => new ApiError(400, 50035, 'Invalid Form Body', errors),
  invalidContentType: () => new ApiError(400, 50035, contentTypeFault),
} as const
