/**
 * Every tick there is. A kind that stands here must be handled by exactly one room of the shard; the type of
 * `features/index.ts` does not compile until it is.
 */
export const schedule = {
  /** Credits watched minutes, and what follows from them. */
  watchtime: { isRepaired: false },
  /** Turns minutes that came by another way (imports, corrections) into points. */
  points: { isRepaired: true },
  /** Compares the roles that members should have with those they were given. */
  roles: { isRepaired: true },
  /** Folds what is older than anything that may still be paid into totals of days. Nothing marks it: time does. */
  retention: { isRepaired: true },
  /** Follows from settings about raffles; what a raffle does at a time of its own is done by jobs. */
  raffle: { isRepaired: false },
} as const satisfies Record<string, TickSchedule>

export interface TickSchedule {
  /**
   * Whether all guilds are looked at now and then although nothing marked them as due. For kinds whose facts a program
   * outside of this project changes as well (the dashboard writes totals, links and tiers), and does not say so; and for what the
   * passing of time makes due.
   */
  readonly isRepaired: boolean
}

export type TickKind = keyof typeof schedule

export const tickKinds = Object.keys(schedule) as readonly TickKind[]
