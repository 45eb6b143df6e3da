import { z } from 'zod'
import { slotAt } from '../../../cluster/runtime/clock.ts'
import { UserError } from '../../../cluster/runtime/errors.ts'
import { audit } from '../../../sql/queries/audit.ts'
import { endOverride, startOverride } from '../../../sql/queries/channel.ts'
import { owe } from '../../../sql/queries/outbox.ts'
import {
  settings as registry,
  resetSetting,
  type SettingKey,
  settingKeys,
  writeSetting,
} from '../../../sql/queries/settings.ts'
import { touchSettlement } from '../../../sql/queries/settlement.ts'
import { actor, authorOf, dataOf } from '../dashboard.ts'
import type { DashboardHandler } from '../feature.ts'
import { speak } from '../language.ts'
import { allowedText } from './view.ts'

const updated = z.object({ key: z.string(), value: z.union([z.string(), z.number(), z.boolean(), z.null()]), ...actor })

/** Changes one setting as `/settings set` does; null takes the guild's own value away. */
export const onUpdated: DashboardHandler = async (event, db) => {
  const data = dataOf(event, updated)
  const key = settingKeys.find((known) => known === data.key)
  const say = speak('en')
  if (key === undefined)
    throw new UserError('unknown_setting', say('settings:error.unknown', { key: data.key.slice(0, 60) }))
  const by = authorOf(data)
  const { guildId } = event
  const hasChanged = data.value === null ? await resetSetting(db, { guildId, key, by }) : await write(key, data.value)
  const { touches } = registry[key]
  if (hasChanged && touches !== undefined) await touchSettlement(db, { kind: touches, guildIds: [guildId] })

  async function write(known: SettingKey, typed: string | number | boolean): Promise<boolean> {
    const value = registry[known].read(String(typed))
    if (value === undefined)
      throw new UserError('bad_value', say('settings:error.value', { key: known, allowed: allowedText(say, known) }))
    return writeSetting(db, { guildId, key: known, value, by })
  }
}

/** The dashboard has written rows by itself: everything that depends on settings is looked at again. Nothing keeps settings in memory. */
export const onReload: DashboardHandler = async ({ guildId }, db) => {
  await touchSettlement(db, { kind: 'points', guildIds: [guildId] })
  await touchSettlement(db, { kind: 'roles', guildIds: [guildId] })
}

const synced = z.object({ kick_channel: z.string().min(1).max(200) })

/** The dashboard has chosen a Kick channel: it is looked up at Kick and bound, as `/setup` does. */
export const onKickSynced: DashboardHandler = async (event, db, tools) => {
  const { kick_channel: channel } = dataOf(event, synced)
  await owe(db, [
    { guildId: event.guildId, kind: 'settings.bind', sourceRef: event.id, payload: { channel, replaces: true } },
  ])
  tools.wakeOutbox()
}

const switched = z.object({ mode: z.enum(['on', 'off', 'force', 'auto']), ...actor })

/** Switches tracking as `/tracking` does. */
export const onTracking: DashboardHandler = async (event, db, { clock }) => {
  const data = dataOf(event, switched)
  const { guildId } = event
  const mode = data.mode === 'on' || data.mode === 'off' ? 'off' : 'force'
  const isBegun = data.mode === 'off' || data.mode === 'force'
  const hasChanged = isBegun
    ? await startOverride(db, { guildId, mode, userId: data.actor_id ?? null })
    : await endOverride(db, { guildId, mode })
  if (!hasChanged) return
  await touchSettlement(db, { kind: 'watchtime', guildIds: [guildId], slot: slotAt(clock.now()) })
  await audit(db, [{ ...authorOf(data), guildId, action: 'tracking.set', subject: 'tracking', newValue: data.mode }])
}

/** The dashboard has sold somebody another plan. There are none here, everybody has everything, so that nothing follows from it. */
export const onPlanChanged: DashboardHandler = async () => {}
