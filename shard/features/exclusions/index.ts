import type { GuildId, Username } from '../../../cluster/runtime/ids.ts'
import type { Db } from '../../../sql/client.ts'
import { type ExclusionKind, excludedFrom, removeExclusions, setExclusions } from '../../../sql/queries/exclusion.ts'
import { defineFeature } from '../feature.ts'
import { decide, exclude } from './command.ts'

/** Who is left out of what: of earning minutes, of points for them, of boards, of raffles. */
export const exclusionsFeature = defineFeature({ name: 'exclusions', commands: [exclude] })

/** What other rooms may call; a member's own wish to stand on no board is `boards` with the origin `member`. */
export const exclusions = { set: setExclusions, remove: removeExclusions, from: excludedFrom, decide }

/** Whether one viewer is left out of one thing, by whomever. */
export async function isLeftOut(
  db: Db,
  p: { readonly guildId: GuildId; readonly username: Username; readonly kind: ExclusionKind },
): Promise<boolean> {
  return (await excludedFrom(db, { kind: p.kind, guildIds: [p.guildId], usernames: [p.username] })).length > 0
}
