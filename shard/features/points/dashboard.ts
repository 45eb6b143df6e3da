import { z } from 'zod'
import { UserError } from '../../../cluster/runtime/errors.ts'
import { type GuildId, type UserId, type Username, userId, username } from '../../../cluster/runtime/ids.ts'
import type { Db } from '../../../sql/client.ts'
import { actor, dataOf, discordId } from '../dashboard.ts'
import type { DashboardHandler } from '../feature.ts'
import { speak } from '../language.ts'
import { linkOf } from '../links/index.ts'
import { bookNoted } from './command/admin.ts'
import { adjustNoted, mostAtOnce } from './command/minutes.ts'
import { readAmount } from './rules.ts'

/** Whom: by the Kick name, or a member by the link. Ids and amounts are strings, since they do not fit a number of JSON's. */
const whom = {
  kick_name: z
    .string()
    .transform(username)
    .refine((name) => /^[a-z0-9_-]{1,40}$/.test(name), 'not a Kick name')
    .optional(),
  discord_id: discordId.transform(userId).optional(),
  reason: z.string().max(200).nullish(),
  ...actor,
}

async function viewerOf(
  db: Db,
  guildId: GuildId,
  data: { kick_name?: Username | undefined; discord_id?: UserId | undefined },
): Promise<Username> {
  if (data.kick_name !== undefined) return data.kick_name
  const link = data.discord_id === undefined ? undefined : await linkOf(db, guildId, data.discord_id)
  if (link === undefined) throw new UserError('whom', speak('en')('common:viewer.whom'))
  return link.kickName
}

const points = z.object({
  change: z.string().transform((typed, context) => {
    const amount = readAmount(typed, { mayBeNegative: true })
    if (amount !== undefined && amount !== 0n) return amount
    context.addIssue({ code: 'custom', message: 'a whole number of points, as a string' })
    return z.NEVER
  }),
  force: z.boolean().optional(),
  ...whom,
})

/** Gives or takes points as an admin does by command, once for each event. */
export const onPointsAdjusted: DashboardHandler = async (event, db) => {
  const data = dataOf(event, points)
  await bookNoted(
    db,
    speak('en'),
    {
      guildId: event.guildId,
      username: await viewerOf(db, event.guildId, data),
      change: { kind: 'add', delta: data.change },
      entry: 'dashboard',
      sourceRef: `dashboard:${event.id}`,
      actorId: data.actor_id ?? null,
      reason: data.reason ?? null,
      isForced: data.force === true,
    },
    'dashboard',
  )
}

const watchtime = z.object({
  minutes: z
    .number()
    .int()
    .min(-mostAtOnce)
    .max(mostAtOnce)
    .refine((minutes) => minutes !== 0, 'minutes other than 0'),
  points: z.boolean().optional(),
  ...whom,
})

/** Gives or takes minutes as an admin does by command, once for each event. */
export const onWatchtimeAdjusted: DashboardHandler = async (event, db) => {
  const data = dataOf(event, watchtime)
  await adjustNoted(db, speak('en'), {
    guildId: event.guildId,
    username: await viewerOf(db, event.guildId, data),
    delta: data.minutes,
    isConverted: data.points !== false,
    sourceRef: `dashboard:${event.id}`,
    actorId: data.actor_id ?? null,
    reason: data.reason ?? null,
    source: 'dashboard',
  })
}
