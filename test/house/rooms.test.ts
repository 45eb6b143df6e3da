import { describe, expect, it } from 'vitest'
import { circlesIn, sourceFiles } from './tree.ts'

const features = 'shard/features/'
/** What a room may hold, as a file or as a folder of that name. */
const names = [
  'index',
  'feature',
  'rules',
  'view',
  'command',
  'chat',
  'event',
  'tick',
  'outbox',
  'job',
  'dashboard',
  'earning',
  'texts',
]

/** Files with names of their own, and why. */
const others: Readonly<Record<string, string>> = {
  'roles/power.ts':
    'what the bot may do about roles: asked of Discord, kept for a minute, used by commands, outbox and event',
}

/** Folders beside the rooms: a file that all rooms share and that outgrew itself. */
const shared: ReadonlySet<string> = new Set(['language'])

/** The room of a file; undefined for files that all rooms share, and outside. */
const roomOf = (path: string): string | undefined => {
  const [name = '', ...rest] = path.startsWith(features) ? path.slice(features.length).split('/') : []
  return rest.length > 0 && !shared.has(name) ? name : undefined
}
const inRooms = sourceFiles.filter(({ path }) => roomOf(path) !== undefined)
const rooms = [...new Set(inRooms.map(({ path }) => roomOf(path) ?? ''))]

describe('a room', () => {
  it('has a door, and stands in the list of features', () => {
    const paths = new Set(sourceFiles.map(({ path }) => path))
    expect(rooms.length).toBeGreaterThan(5)
    expect(rooms.filter((room) => !paths.has(`${features}${room}/index.ts`))).toEqual([])
    const list = sourceFiles.find(({ path }) => path === `${features}index.ts`)
    const listed = list?.imports.map(({ to }) => roomOf(to))
    expect(rooms.filter((room) => !listed?.includes(room))).toEqual([])
  })

  it('holds only files that every room may hold', () => {
    const strange = inRooms.filter(({ path }) => !names.includes((path.split('/')[3] ?? '').replace(/\.ts$/, '')))
    expect(strange.map(({ path }) => path.slice(features.length))).toEqual(Object.keys(others))
  })

  it('calls another room by its door only, and of what all share only the files beside the rooms', () => {
    const wrong = inRooms.flatMap(({ path, imports }) =>
      imports
        .filter(({ to }) => {
          if (!to.startsWith('shard/') || roomOf(to) === roomOf(path)) return false
          if (roomOf(to) !== undefined) return to !== `${features}${roomOf(to)}/index.ts`
          return !to.startsWith(features) || to === `${features}index.ts`
        })
        .map(({ to }) => `${path} imports ${to}`),
    )
    expect(wrong).toEqual([])
  })

  it('does not call, by way of others, itself', () => {
    const graph = new Map<string, Set<string>>()
    for (const { path, imports } of inRooms) {
      const room = roomOf(path) ?? ''
      const calls = graph.get(room) ?? new Set()
      for (const { to, isType } of imports) {
        const other = roomOf(to)
        if (other !== undefined && other !== room && !isType) calls.add(other)
      }
      graph.set(room, calls)
    }
    expect(circlesIn(graph)).toEqual([])
  })

  it('decides and shows without a clock, without chance and without waiting', () => {
    const pure = inRooms.filter(({ path }) => /^(rules|view)(\.ts)?$/.test(path.split('/')[3] ?? ''))
    expect(pure.length).toBeGreaterThan(5)
    for (const { path, text, imports } of pure) {
      expect(text, path).not.toMatch(/\b(Date\.now|new Date\(\)|Math\.random|performance\.now|async|await|process\.)/)
      const runs = imports.filter(({ isType }) => !isType).map(({ to }) => to)
      expect(
        runs.filter((to) => /^node:(?!crypto$)|\/(client|bus|log|metrics|kick|lifecycle)\.ts$/.test(to)),
        path,
      ).toEqual([])
    }
  })
})
