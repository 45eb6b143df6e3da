import type { ChannelEvent } from '../../../cluster/ingress/event.ts'
import type { Db } from '../../../sql/client.ts'
import { beginAlerts, type ChangedAlert, endAlerts } from '../../../sql/queries/alerts.ts'
import { scheduleJobs } from '../../../sql/queries/job.ts'
import { type Owed, owe } from '../../../sql/queries/outbox.ts'
import type { EventHandler, Tools } from '../feature.ts'
import { coolOffSeconds, latestSeconds } from './rules.ts'

/** How often the title of a stream is looked at, where the post follows it. */
const refreshMs = 5 * 60_000

/** Owes a post for every stream that begins, and an edit when it ends or comes back. One statement for all guilds of a channel. */
export const onLivestream: EventHandler<'livestream'> = async (events, db, tools) => {
  const inOrder = [...events].sort((a, b) => a.happening.at - b.happening.at)
  for (const event of inOrder) await (event.happening.isLive ? begin : end)(event, db, tools)
}

async function begin({ guildIds, happening }: ChannelEvent<'livestream'>, db: Db, tools: Tools): Promise<void> {
  const { startedAt, title } = happening
  const { begun, continued } = await beginAlerts(db, { guildIds, startedAt, title, latestSeconds, coolOffSeconds })
  await oweAll(db, [...begun.map(postOf), ...continued.flatMap(editOf)], tools)
  const followed = begun.filter((alert) => alert.updates === 'all')
  if (followed.length === 0) return
  const runAt = new Date(tools.clock.now() + refreshMs)
  await scheduleJobs(
    db,
    followed.map((alert) => ({ guildId: alert.guildId, kind: 'alerts.refresh', ref: String(alert.startedAt), runAt })),
  )
}

async function end({ guildIds, happening }: ChannelEvent<'livestream'>, db: Db, tools: Tools): Promise<void> {
  const endedAt = happening.endedAt ?? happening.at
  const ended = await endAlerts(db, { guildIds, startedAt: happening.startedAt, endedAt })
  await oweAll(db, ended.flatMap(editOf), tools)
}

async function oweAll(db: Db, owed: readonly Owed[], tools: Tools): Promise<void> {
  if (owed.length === 0) return
  await owe(db, owed)
  tools.wakeOutbox()
}

const postOf = ({ guildId, startedAt }: ChangedAlert): Owed => ({
  guildId,
  kind: 'alerts.post',
  sourceRef: String(startedAt),
  payload: { startedAt },
})

const editOf = ({ guildId, startedAt, revision, updates }: ChangedAlert): readonly Owed[] =>
  updates === 'none'
    ? []
    : [{ guildId, kind: 'alerts.edit', sourceRef: `${startedAt}:${revision}`, payload: { startedAt } }]
