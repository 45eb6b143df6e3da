/** How rooms read what the dashboard says; whoever reads what they refuse is its developer, so that it is said in English. */
import { z } from 'zod'
import { UserError } from '../../cluster/runtime/errors.ts'
import { type UserId, userId } from '../../cluster/runtime/ids.ts'
import type { Author } from '../../sql/queries/settings.ts'
import type { DashboardEvent } from './feature.ts'

/** Reads what is in an event, or says which field is wrong. */
export function dataOf<T>(event: DashboardEvent, schema: z.ZodType<T>): T {
  const read = schema.safeParse(event.data)
  if (read.success) return read.data
  const [issue] = read.error.issues
  throw new UserError('bad_data', `${issue?.path.join('.') || 'data'}: ${issue?.message ?? 'it cannot be read'}`)
}

/** An id of Discord's: text, since it is not exact as a number. */
export const discordId = z.string().regex(/^\d{15,20}$/, 'an id of Discord, as a string')

/** Who at the dashboard did it, when it says so. */
export const actor = { actor_id: discordId.transform(userId).optional() }

export const authorOf = (data: { actor_id?: UserId | undefined }): Author & { readonly source: 'dashboard' } => ({
  source: 'dashboard',
  actorId: data.actor_id,
})

/** What the dashboard calls something that it wants done, when it wants to be told what came of it. */
export const requestIdOf = (data: unknown): string | undefined => {
  const id = typeof data === 'object' && data !== null && 'request_id' in data ? data.request_id : undefined
  return typeof id === 'string' && id.length >= 1 && id.length <= 100 ? id : undefined
}
