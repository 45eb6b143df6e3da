import { z } from 'zod'
import { UserError } from '../../../cluster/runtime/errors.ts'
import { channelId, userId, username } from '../../../cluster/runtime/ids.ts'
import { owe } from '../../../sql/queries/outbox.ts'
import { actor, authorOf, dataOf, discordId } from '../dashboard.ts'
import type { DashboardHandler } from '../feature.ts'
import { unlinkMember } from './command/make.ts'
import { owePanel } from './outbox.ts'
import { isKickName, panelLimits } from './rules.ts'

const panel = z.object({
  /** Only the one for links is here; the legacy dashboard has two names for it. */
  panel_type: z.string(),
  channel_id: discordId.transform(channelId),
  title: z.string().max(panelLimits.title).nullish(),
  description: z.string().max(panelLimits.description).nullish(),
  ...actor,
})

/** Posts the panel for linking, or moves it, as `/linkpanel post` does. */
export const onPanel: DashboardHandler = async (event, db, { wakeOutbox }) => {
  const data = dataOf(event, panel)
  if (data.panel_type !== 'link' && data.panel_type !== 'kick_link')
    throw new UserError('panel_type', 'panel_type: only link (or kick_link) can be posted; there is no other panel')
  await owePanel(db, {
    guildId: event.guildId,
    channelId: data.channel_id,
    title: data.title ?? null,
    description: data.description ?? null,
    by: authorOf(data),
    ref: event.id,
  })
  wakeOutbox()
}

const forced = z.object({
  discord_id: discordId,
  kick_name: z.string().transform(username).refine(isKickName, 'not a Kick name'),
  ...actor,
})

/** Links a member without their sign-in, as `/links force` does; Kick is asked first, outside of this transaction. */
export const onForced: DashboardHandler = async (event, db, { wakeOutbox }) => {
  const { discord_id, kick_name, actor_id } = dataOf(event, forced)
  const payload = { discordId: discord_id, kickName: kick_name, actorId: actor_id ?? null }
  await owe(db, [{ guildId: event.guildId, kind: 'links.force', sourceRef: event.id, payload }])
  wakeOutbox()
}

const removed = z.object({ discord_id: discordId.transform(userId), ...actor })

/** Takes a member's link away, as `/unlink` does. */
export const onRemoved: DashboardHandler = async (event, db, { wakeOutbox }) => {
  const data = dataOf(event, removed)
  const was = await unlinkMember(db, { guildId: event.guildId, userId: data.discord_id }, authorOf(data))
  if (was === undefined) throw new UserError('not_linked', 'discord_id: this member has no link')
  wakeOutbox()
}
