/**
 * What the user did wrong, or cannot do now. The message is shown to them as it is: one sentence with the cause and the
 * cure, no internals. `dispatch/` turns it into a private reply; `code` is for metrics and tests.
 */
export class UserError extends Error {
  override readonly name = 'UserError'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** The text of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
