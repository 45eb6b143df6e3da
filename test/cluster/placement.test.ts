import { describe, expect, it } from 'vitest'
import { planPlacement, targetsOf } from '../../cluster/placement.ts'

/** `held` names the groups of each pod; the rest is free. */
const view = (p: {
  pod?: string
  groups: number
  pods: Record<string, number>
  held?: Record<string, readonly number[]>
  releasing?: readonly number[]
}) => ({
  pod: p.pod ?? 'a',
  leases: Array.from({ length: p.groups }, (_, groupId) => ({
    groupId,
    holder: Object.entries(p.held ?? {}).find(([, ids]) => ids.includes(groupId))?.[0] ?? null,
  })),
  pods: Object.entries(p.pods).map(([pod, maxGroups]) => ({ pod, maxGroups })),
  releasing: new Set(p.releasing),
})

const many = 10_000

describe('what each pod should hold', () => {
  it.each([
    { groups: 4, pods: { a: many }, held: {}, targets: { a: 4 } },
    { groups: 4, pods: { a: many, b: many }, held: {}, targets: { a: 2, b: 2 } },
    { groups: 5, pods: { a: many, b: many }, held: {}, targets: { a: 3, b: 2 } },
    { groups: 5, pods: { a: many, b: many }, held: { b: 3 }, targets: { a: 2, b: 3 } },
    { groups: 4, pods: { a: many, b: many, c: many }, held: { a: 2, b: 2 }, targets: { a: 2, b: 1, c: 1 } },
    { groups: 6, pods: { a: 1, b: many, c: many }, held: {}, targets: { a: 1, b: 3, c: 2 } },
    { groups: 6, pods: { a: 1, b: 1 }, held: {}, targets: { a: 1, b: 1 } },
    { groups: 2, pods: { a: many, b: many, c: many }, held: { c: 1 }, targets: { a: 1, b: 0, c: 1 } },
    { groups: 3, pods: { a: 0, b: many }, held: { a: 1 }, targets: { a: 0, b: 3 } },
    { groups: 3, pods: {}, held: {}, targets: {} },
  ])('$groups groups on $pods, held $held: $targets', ({ groups, pods, held, targets }) => {
    const rows = Object.entries(pods).map(([pod, maxGroups]) => ({ pod, maxGroups }))
    expect(Object.fromEntries(targetsOf(groups, rows, new Map(Object.entries(held))))).toEqual(targets)
  })
})

describe('what a pod does about it', () => {
  it.each([
    {
      name: 'takes everything when it is alone',
      given: { groups: 3, pods: { a: many } },
      claim: [0, 1, 2],
      release: [],
    },
    { name: 'takes its half', given: { groups: 4, pods: { a: many, b: many } }, claim: [0, 1], release: [] },
    {
      name: 'begins elsewhere than the other pod',
      given: { pod: 'b', groups: 4, pods: { a: many, b: many } },
      claim: [2, 3],
      release: [],
    },
    {
      name: 'keeps to its capacity',
      given: { groups: 4, pods: { a: 1 }, held: { a: [2] } },
      claim: [],
      release: [],
    },
    {
      name: 'takes the groups of a pod that died',
      given: { groups: 4, pods: { a: many }, held: { a: [0, 1] } },
      claim: [2, 3],
      release: [],
    },
    {
      name: 'waits for leases of a dead pod that have not run out',
      given: { groups: 4, pods: { a: many }, held: { a: [0, 1], dead: [2, 3] } },
      claim: [],
      release: [],
    },
    {
      name: 'makes room for a new pod',
      given: { groups: 4, pods: { a: many, b: many }, held: { a: [0, 1, 2, 3] } },
      claim: [],
      release: [2, 3],
    },
    {
      name: 'does not release twice',
      given: { groups: 4, pods: { a: many, b: many }, held: { a: [0, 1, 2, 3] }, releasing: [2, 3] },
      claim: [],
      release: [],
    },
    {
      name: 'leaves a fair placement alone',
      given: { groups: 5, pods: { a: many, b: many }, held: { a: [0, 1], b: [2, 3, 4] } },
      claim: [],
      release: [],
    },
    {
      name: 'does nothing while the others do not see it',
      given: { groups: 4, pods: { b: many }, held: { a: [0] } },
      claim: [],
      release: [],
    },
  ])('$name', ({ given, claim, release }) => {
    expect(planPlacement(view(given))).toEqual({ claim, release })
  })

  it('comes to rest from any beginning, evenly, and never moves more than it must', () => {
    let seed = 7
    const random = (n: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
      return seed % n
    }
    for (let round = 0; round < 300; round++) {
      const names = ['a', 'b', 'c', 'd', 'e'].slice(0, 1 + random(5))
      const pods = Object.fromEntries(names.map((pod) => [pod, 1 + random(12)]))
      const groups = 1 + random(20)
      const holders = Array.from({ length: groups }, () => [...names, 'dead', null][random(names.length + 2)] ?? null)
      const owner = holders.map((holder) => (holder === 'dead' ? null : holder))
      let moved = true
      let rounds = 0
      for (; moved && rounds < 10; rounds++) {
        moved = false
        for (const pod of names) {
          const leases = owner.map((holder, groupId) => ({ groupId, holder }))
          const rows = Object.entries(pods).map(([name, maxGroups]) => ({ pod: name, maxGroups }))
          const plan = planPlacement({ pod, leases, pods: rows, releasing: new Set() })
          for (const groupId of plan.claim) owner[groupId] = pod
          for (const groupId of plan.release) owner[groupId] = null
          moved ||= plan.claim.length + plan.release.length > 0
        }
      }
      expect(rounds).toBeLessThan(5)
      const room = Object.values(pods).reduce((sum, max) => sum + max, 0)
      expect(owner.filter((holder) => holder !== null)).toHaveLength(Math.min(groups, room))
      const counts = names.map((pod) => ({ pod, held: owner.filter((holder) => holder === pod).length }))
      for (const { pod, held } of counts) {
        expect(held).toBeLessThanOrEqual(pods[pod] ?? 0)
        // Whoever has room left holds at most one less than the fullest.
        if (held < (pods[pod] ?? 0))
          expect(Math.max(...counts.map((other) => other.held)) - held).toBeLessThanOrEqual(1)
      }
    }
  })
})
