import type { GuildId, UserId } from '../../../../cluster/runtime/ids.ts'
import { type Db, transaction } from '../../../../sql/client.ts'
import { audit } from '../../../../sql/queries/audit.ts'
import { owe } from '../../../../sql/queries/outbox.ts'
import { type Author, readSettingsOf, writeSetting } from '../../../../sql/queries/settings.ts'
import { pickOf, seedStateOf } from '../../../../sql/queries/slotpicks.ts'
import { beginLists, clearRequests, holdLists, listFigures, noteOpened } from '../../../../sql/queries/slots.ts'
import { chatLines } from '../../activity/index.ts'
import type { Tools } from '../../feature.ts'
import { speak } from '../../language.ts'
import { touchPanels } from '../../panel.ts'
import { postOf } from '../outbox.ts'
import type { Standing } from '../view.ts'
import { commitSeed } from './pick.ts'

/** How the list of a guild stands. */
export async function standingOf(db: Db, guildId: GuildId): Promise<Standing> {
  const [figures, last, seed, settings] = await Promise.all([
    listFigures(db, guildId),
    pickOf(db, { guildId }),
    seedStateOf(db, guildId),
    readSettingsOf(db, guildId, [
      'slot_requests_enabled',
      'slot_max_requests_per_user',
      'slot_request_cooldown_seconds',
      'slot_prevent_duplicates',
      'slot_trigger_words',
      'slot_calls_channel_id',
    ]),
  ])
  return { figures, last, commitment: seed?.commitment ?? null, settings }
}

/**
 * Opens or closes the list and tells everybody; gives whether that is news. Requests that are there stay; what was written while it was
 * closed is not taken in, however late it arrives. `ref` is the same for the same wish. Inside a transaction.
 */
export async function switchList(
  db: Db,
  p: { readonly guildId: GuildId; readonly isOpen: boolean; readonly by: Author; readonly ref: string },
  tools: Tools,
): Promise<boolean> {
  const { guildId, isOpen } = p
  await beginLists(db, [guildId])
  await holdLists(db, [guildId])
  const isNews = await writeSetting(db, { guildId, key: 'slot_requests_enabled', value: isOpen, by: p.by })
  await commitSeed(db, guildId, tools)
  if (!isNews) return false
  if (isOpen) await noteOpened(db, guildId)
  const settings = await readSettingsOf(db, guildId, ['language', 'slot_trigger_words'])
  const word = `!${settings.slot_trigger_words[0] ?? 'call'}`
  const content = speak(settings.language)(isOpen ? 'slots:chat.opened' : 'slots:chat.now_closed', { word })
  await owe(db, [
    postOf(guildId, `switch:${p.ref}`, { what: 'switch', isOpen }),
    ...(await chatLines(db, [{ guildId, sourceRef: `slots:switch:${p.ref}`, content }], tools.clock.now())),
  ])
  await touchPanels(db, 'slots', [guildId])
  tools.wakeOutbox()
  return true
}

/** Empties the list up to a request, notes who did it and tells chat; gives how many requests are gone. */
export const emptyList = (
  p: { readonly guildId: GuildId; readonly upTo: string; readonly by: UserId; readonly ref: string },
  tools: Tools,
): Promise<number> =>
  transaction(tools.sql, async (db) => {
    const { guildId } = p
    await holdLists(db, [guildId])
    const gone = await clearRequests(db, { guildId, upTo: p.upTo })
    if (gone === 0) return 0
    await audit(db, [
      { guildId, source: 'discord', actorId: p.by, action: 'slots.clear', subject: 'list', oldValue: String(gone) },
    ])
    const { language } = await readSettingsOf(db, guildId, ['language'])
    const content = speak(language)('slots:chat.cleared')
    await owe(db, await chatLines(db, [{ guildId, sourceRef: `slots:clear:${p.ref}`, content }], tools.clock.now()))
    await touchPanels(db, 'slots', [guildId])
    tools.wakeOutbox()
    return gone
  })
