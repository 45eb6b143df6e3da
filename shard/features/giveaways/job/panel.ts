import type { GuildId } from '../../../../cluster/runtime/ids.ts'
import type { Db } from '../../../../sql/client.ts'
import { scheduleMissing } from '../../../../sql/queries/job.ts'
import { owe } from '../../../../sql/queries/outbox.ts'
import type { JobHandler, Tools } from '../../feature.ts'
import { panelEveryMs } from '../rules/limits.ts'

/** Has panels say what is true in a while, however much changes until then. In the transaction that changes it. */
export async function refreshSoon(
  db: Db,
  changed: readonly { readonly guildId: GuildId; readonly id: number }[],
  { clock }: Tools,
): Promise<void> {
  const each = new Map(changed.map((one) => [`${one.guildId}:${one.id}`, one]))
  if (each.size === 0) return
  const runAt = new Date(clock.now() + panelEveryMs)
  await scheduleMissing(
    db,
    [...each.values()].map(({ guildId, id }) => ({ guildId, kind: 'giveaways.refresh', ref: String(id), runAt })),
  )
}

/** Has panels edited; the outbox leaves those alone that say it already. */
export const onRefresh: JobHandler = async (jobs, db, tools) => {
  await owe(
    db,
    jobs.map(({ guildId, ref, dueAt }) => ({
      guildId,
      kind: 'giveaways.panel',
      sourceRef: `${ref}:${dueAt.getTime()}`,
      payload: { id: Number(ref) },
    })),
  )
  tools.wakeOutbox()
}
