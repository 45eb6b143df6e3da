import type { Db } from '../../../sql/client.ts'
import { oweAnnouncements, syncRoles } from '../../../sql/queries/roles.ts'
import { seenRevisions, settleRevisions } from '../../../sql/queries/settlement.ts'
import type { Milestone } from '../../../sql/queries/watchtime.ts'
import type { TickHandler, Tools } from '../feature.ts'
import { multipliers } from '../multipliers/index.ts'

/** Owes Discord the roles of viewers who have just reached a tier. */
export async function syncMembers(
  db: Db,
  milestones: readonly Pick<Milestone, 'guildId' | 'username'>[],
  tools: Tools,
): Promise<void> {
  if (milestones.length === 0) return
  const [result] = await syncRoles(db, {
    kind: 'viewers',
    guildIds: milestones.map((milestone) => milestone.guildId),
    usernames: milestones.map((milestone) => milestone.username),
  })
  if ((result?.changes ?? 0) > 0) tools.wakeOutbox()
}

/**
 * The same for viewers who have passed a tier by watching, and not by a correction or a repair; the guild's channel is owed word of it, if
 * there is one.
 */
export async function reachTiers(db: Db, milestones: readonly Milestone[], tools: Tools): Promise<void> {
  if (milestones.length === 0) return
  await syncMembers(db, milestones, tools)
  const [owed] = await oweAnnouncements(db, {
    guildIds: milestones.map((milestone) => milestone.guildId),
    usernames: milestones.map((milestone) => milestone.username),
    before: milestones.map((milestone) => milestone.before),
    after: milestones.map((milestone) => milestone.after),
  })
  if ((owed?.announcements ?? 0) > 0) tools.wakeOutbox()
}

/** Compares all linked members of guilds whose tiers, links or settings have changed. */
export const onTick: TickHandler = async ({ ticks }, db, tools) => {
  const guildIds = ticks.map((tick) => tick.guildId)
  const seen = await seenRevisions(db, { kind: 'roles', guildIds })
  const [result] = await syncRoles(db, { kind: 'guilds', guildIds })
  await multipliers.sync(db, guildIds)
  await settleRevisions(db, { kind: 'roles', seen, ticks })
  if ((result?.changes ?? 0) > 0) tools.wakeOutbox()
}
