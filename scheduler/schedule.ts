/**
 * Every tick there is. A kind that stands here must be handled by exactly one room of the shard; the type of
 * `features/index.ts` does not compile until it is.
 */
export const schedule = {
  /** Credits watched minutes, and what follows from them. */
  watchtime: { repairSeconds: 600 },
  /** Turns minutes that came by another way (imports, corrections) into points. */
  points: { repairSeconds: 600 },
  /** Compares the roles that members should have with those they were given. */
  roles: { repairSeconds: 600 },
} as const satisfies Record<string, TickSchedule>

export interface TickSchedule {
  /** How often all guilds with data of this kind are looked at although nothing marked them as due. */
  readonly repairSeconds: number
}

export type TickKind = keyof typeof schedule

export const tickKinds = Object.keys(schedule) as readonly TickKind[]
