import type { GuildId } from '../../../cluster/runtime/ids.ts'
import type { Db } from '../../../sql/client.ts'
import { type Owed, owe } from '../../../sql/queries/outbox.ts'
import { readSettings } from '../../../sql/queries/settings.ts'
import { pickOf, type SlotPick } from '../../../sql/queries/slotpicks.ts'
import { holdLists, takeUnconfirmed } from '../../../sql/queries/slots.ts'
import { chatLines, isTimely } from '../activity/index.ts'
import type { JobHandler, Tools } from '../feature.ts'
import { speak } from '../language.ts'
import { touchPanels } from '../panel.ts'
import { postOf } from './outbox.ts'
import { chatPicked, chatTaken } from './view.ts'

/** A guild has one of these at a time. */
export const confirmJob = { kind: 'slots.confirm', ref: 'chat' } as const
export const announceJob = 'slots.announce'

/** Tells chat and the channel for requests of everything that was taken and of which nobody was told; once, whoever does it. */
export async function tellOfRequests(guildIds: readonly GuildId[], db: Db, tools: Tools): Promise<void> {
  if (guildIds.length === 0) return
  const requests = await takeUnconfirmed(db, guildIds)
  if (requests.length === 0) return
  const settings = await readSettings(db, guildIds, ['language', 'slot_reply_kick_enabled', 'slot_calls_channel_id'])
  const now = tools.clock.now()
  const posts: Owed[] = []
  const lines: { guildId: GuildId; sourceRef: string; content: string }[] = []
  for (const [guildId, its] of settings) {
    const theirs = requests.filter((one) => one.guildId === guildId)
    const [first, last] = [theirs[0]?.id, theirs.at(-1)?.id]
    if (first === undefined || last === undefined) continue
    const sourceRef = `requests:${first}:${last}`
    if (its.slot_calls_channel_id !== null) posts.push(postOf(guildId, sourceRef, { what: 'requests', first, last }))
    const timely = theirs.filter(({ requestedAt }) => isTimely(requestedAt.getTime(), now))
    if (its.slot_reply_kick_enabled && timely.length > 0)
      lines.push({ guildId, sourceRef: `slots:${sourceRef}`, content: chatTaken(speak(its.language), timely) })
  }
  await owe(db, [...posts, ...(await chatLines(db, lines, now))])
  await touchPanels(db, 'slots', guildIds)
  tools.wakeOutbox()
}

export const onConfirm: JobHandler = async (jobs, db, tools) => {
  const guildIds = jobs.map(({ guildId }) => guildId)
  await holdLists(db, guildIds)
  await tellOfRequests(guildIds, db, tools)
}

/** Tells chat and the channel what was picked; once for each pick. */
export async function tellOfPick(guildId: GuildId, pick: SlotPick, db: Db, tools: Tools): Promise<void> {
  const settings = (await readSettings(db, [guildId], ['language'])).get(guildId)
  const sourceRef = `pick:${pick.number}`
  const content = chatPicked(speak(settings?.language ?? 'en'), pick)
  await owe(db, [
    postOf(guildId, sourceRef, { what: 'pick', number: pick.number }),
    ...(await chatLines(db, [{ guildId, sourceRef: `slots:${sourceRef}`, content }], tools.clock.now())),
  ])
  tools.wakeOutbox()
}

/** The overlay has had its time: now everybody is told. */
export const onAnnounce: JobHandler = async (jobs, db, tools) => {
  for (const { guildId, ref } of jobs) {
    const pick = await pickOf(db, { guildId, number: Number(ref) })
    if (pick !== undefined) await tellOfPick(guildId, pick, db, tools)
  }
}
