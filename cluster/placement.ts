import type { LeaseRow, PodRow } from '../sql/queries/placement.ts'

export interface PlacementView {
  /** This pod. */
  readonly pod: string
  /** Every lease; one that has run out has no holder. */
  readonly leases: readonly LeaseRow[]
  /** Pods that are alive, this one included. */
  readonly pods: readonly PodRow[]
  /** Groups that this pod is letting go of: it still holds their leases, and no longer counts them. */
  readonly releasing: ReadonlySet<number>
}

export interface PlacementPlan {
  readonly claim: readonly number[]
  readonly release: readonly number[]
}

/**
 * How many groups each pod should hold. The numbers add up to the groups, as far as there is room, and differ by at most
 * one between pods that have room: everyone aims at `ceil(groups / pods)` or one less. Those who hold most keep the odd
 * ones, so that a fair placement is left as it is, and every pod that reads the same rows gets the same answer.
 */
export function targetsOf(
  groupCount: number,
  pods: readonly PodRow[],
  held: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const targets = new Map(pods.map(({ pod }) => [pod, 0]))
  const byClaim = [...pods].sort(
    (a, b) => (held.get(b.pod) ?? 0) - (held.get(a.pod) ?? 0) || (a.pod < b.pod ? -1 : a.pod > b.pod ? 1 : 0),
  )
  let left = groupCount
  // Level by level, like water: all pods with room get their first group, then their second.
  for (let level = 1; left > 0; level++) {
    const open = byClaim.filter(({ maxGroups }) => maxGroups >= level)
    if (open.length === 0) return targets // no room for the rest
    for (const { pod } of open.slice(0, left)) targets.set(pod, level)
    left -= open.length
  }
  return targets
}

/**
 * Which groups this pod should claim and which it should let go of. A pod that others do not see as alive (its row has run
 * out) changes nothing. Pods begin to claim at different places, so that they seldom ask for the same group at once.
 */
export function planPlacement(view: PlacementView): PlacementPlan {
  const { pod, leases, pods, releasing } = view
  if (!pods.some((row) => row.pod === pod)) return { claim: [], release: [] }

  const held = new Map<string, number>()
  for (const { holder, groupId } of leases) {
    if (holder === null || (holder === pod && releasing.has(groupId))) continue
    held.set(holder, (held.get(holder) ?? 0) + 1)
  }
  const target = targetsOf(leases.length, pods, held).get(pod) ?? 0
  const ours = leases.filter(({ holder, groupId }) => holder === pod && !releasing.has(groupId))
  if (ours.length > target) {
    return { claim: [], release: ours.slice(target).map(({ groupId }) => groupId) }
  }
  const free = leases.filter(({ holder }) => holder === null).map(({ groupId }) => groupId)
  const start = Math.floor((pods.findIndex((row) => row.pod === pod) * free.length) / pods.length)
  const inTurn = [...free.slice(start), ...free.slice(0, start)]
  return { claim: inTurn.slice(0, target - ours.length), release: [] }
}
