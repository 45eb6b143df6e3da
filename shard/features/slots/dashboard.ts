import { z } from 'zod'
import { UserError } from '../../../cluster/runtime/errors.ts'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import { username } from '../../../cluster/runtime/ids.ts'
import type { Db } from '../../../sql/client.ts'
import { runJobsNow } from '../../../sql/queries/job.ts'
import { settings, writeSetting } from '../../../sql/queries/settings.ts'
import {
  claimRequest,
  insertPick,
  pickByRef,
  requestOf,
  savePicks,
  seedStateOf,
} from '../../../sql/queries/slotpicks.ts'
import { beginLists, holdLists } from '../../../sql/queries/slots.ts'
import { actor, authorOf, dataOf } from '../dashboard.ts'
import type { DashboardHandler, Tools } from '../feature.ts'
import { speak } from '../language.ts'
import { touchPanels } from '../panel.ts'
import { switchList } from './command/list.ts'
import { announce, pick } from './command/pick.ts'
import { announceJob } from './job.ts'
import { readCall } from './rules.ts'

/** The legacy dashboard writes yes and no in several ways. */
const yesOrNo = z.union([
  z.boolean(),
  z.string().transform((text) => settings.slot_requests_enabled.read(text) === true),
])
const toggled = z.object({ enabled: yesOrNo, ...actor })

/** Opens or closes the list as `/slots open` and `/slots close` do. */
export const onToggle: DashboardHandler = async (event, db, tools) => {
  const data = dataOf(event, toggled)
  await switchList(db, { guildId: event.guildId, isOpen: data.enabled, by: authorOf(data), ref: event.id }, tools)
}

const id = z.union([z.int().positive().transform(String), z.string().regex(/^\d{1,18}$/)])
const picked = z.object({
  /** The request that the dashboard has picked by itself; without it we pick, provably. */
  id: id.optional(),
  slot_id: id.optional(),
  slot_call: z.string().optional(),
  username: z.string().optional(),
  reward_type: z.string().max(60).nullish(),
  reward_amount: z.union([z.number(), z.string()]).transform(Number).pipe(z.number().min(0).max(999_999_999)).nullish(),
  delay_announcement: z.number().min(0).max(600).nullish(),
  ...actor,
})

/** Picks, or tells of what the dashboard has picked; once for each event. What it picked by itself proves nothing, and is kept as such. */
export const onPick: DashboardHandler = async (event, db, tools) => {
  const { guildId } = event
  const data = dataOf(event, picked)
  const requestId = data.id ?? data.slot_id
  const sourceRef = `dashboard:${event.id}`
  if (requestId !== undefined) return takeOver({ guildId, sourceRef, requestId, data }, db, tools)
  const made = await pick(db, { guildId, by: data.actor_id ?? null, sourceRef }, tools)
  if (made === undefined) throw new UserError('nobody_waits', speak('en')('slots:error.nobody_waits'))
}

async function takeOver(
  p: { guildId: GuildId; sourceRef: string; requestId: string; data: z.output<typeof picked> },
  db: Db,
  tools: Tools,
): Promise<void> {
  const { guildId, sourceRef, requestId, data } = p
  await beginLists(db, [guildId])
  await holdLists(db, [guildId])
  await claimRequest(db, { guildId, id: requestId })
  const [request] = await requestOf(db, { guildId, id: requestId })
  const slotCall = request?.slotCall ?? readCall([data.slot_call ?? ''])
  const displayName = request?.displayName ?? data.username?.trim().slice(0, 60) ?? ''
  if (slotCall === '') throw new UserError('no_request', 'id: there is no such request, and slot_call says nothing')
  const number = ((await seedStateOf(db, guildId))?.picks ?? 0) + 1
  const amount = Math.round((data.reward_amount ?? 0) * 100)
  const reward = amount > 0 ? { id: 0, type: data.reward_type ?? 'bonus_buy', amount, chance: 0 } : null
  await insertPick(db, {
    guildId,
    sourceRef,
    number,
    requestId,
    username: request?.username ?? username(displayName),
    displayName,
    slotCall,
    pickedBy: data.actor_id ?? null,
    reward,
    rewards: [],
    scheme: 'dashboard',
    pool: [],
    commitment: null,
    serverSeed: null,
    clientSeed: null,
    nonce: null,
    proofHash: null,
    rewardHash: null,
    randomValue: null,
  })
  await savePicks(db, { guildId, picks: number })
  const made = await pickByRef(db, { guildId, sourceRef })
  if (made !== undefined) await announce(db, guildId, made, tools, data.delay_announcement ?? undefined)
}

/** The overlay has shown the pick: whoever waited for that is told now. */
export const onReveal: DashboardHandler = async ({ guildId }, db) => {
  await runJobsNow(db, { guildId, kind: announceJob })
}

const updatedMax = z.object({ max_requests: z.union([z.int(), z.string()]).transform(String), ...actor })

/** Changes the limit as `/slots limit` does. */
export const onUpdateMax: DashboardHandler = async (event, db) => {
  const data = dataOf(event, updatedMax)
  const value = settings.slot_max_requests_per_user.read(data.max_requests)
  if (value === undefined) throw new UserError('bad_value', 'max_requests: a whole number from 0 to 100')
  const { guildId } = event
  await writeSetting(db, { guildId, key: 'slot_max_requests_per_user', value, by: authorOf(data) })
  await touchPanels(db, 'slots', [guildId])
}
