import type { GuildId } from '../../../cluster/runtime/ids.ts'
import { Counter, registry } from '../../../cluster/runtime/metrics.ts'
import type { Db } from '../../../sql/client.ts'
import { ownWords } from '../../../sql/queries/commands.ts'
import { tellDashboard } from '../../../sql/queries/dashboard.ts'
import { readSettings, readSettingsOf, type Settings } from '../../../sql/queries/settings.ts'
import {
  beginLists,
  type Call,
  factsOfCalls,
  type HeldList,
  holdLists,
  insertRequests,
} from '../../../sql/queries/slots.ts'
import { type Answer, answerLines, tellInTurn, typedIn, withoutErased } from '../activity/index.ts'
import type { EventHandler, HeardWords, Tools } from '../feature.ts'
import { speak } from '../language.ts'
import { confirmJob, tellOfRequests } from './job.ts'
import {
  closedEveryMs,
  judge,
  type ListRules,
  type Refusal,
  readCall,
  refusals,
  refusedEveryMs,
  type Verdict,
} from './rules.ts'
import { chatRefusal } from './view.ts'

const heard = new Counter({
  name: 'bot_slots_calls_total',
  help: 'Lines of chat that asked for a slot, by what became of them.',
  labelNames: ['outcome'],
  registers: [registry],
})

const keys = [
  'language',
  'require_link_for_chat',
  'slot_requests_enabled',
  'slot_trigger_words',
  'slot_max_requests_per_user',
  'slot_request_cooldown_seconds',
  'slot_prevent_duplicates',
  'slot_reply_kick_enabled',
] as const
type Wishes = Pick<Settings, (typeof keys)[number]>

/**
 * Takes what viewers ask for into the lists of their guilds: one line of chat is one request, however often, late or out of order it is
 * delivered. Cooldowns, limits and duplicates are decided while the list is held, so that no two owners let one too many through. A
 * constant number of statements for a batch, and none where nobody typed a command. Words that the guild has given a meaning of its own
 * are left alone.
 */
export const onChat: EventHandler<'chat'> = async (events, db, tools) => {
  const typed = events.flatMap((event) => typedIn(event, tools))
  if (typed.length === 0) return
  const wishes = await readSettings(db, [...new Set(typed.map(({ guildId }) => guildId))], keys)
  const named = typed.filter(({ word, guildId }) => wishes.get(guildId)?.slot_trigger_words.includes(word))
  if (named.length === 0) return
  const own = await ownWords(db, {
    guildIds: named.map(({ guildId }) => guildId),
    words: named.map(({ word }) => word),
  })
  const calls = await withoutErased(
    db,
    named
      .filter((line) => !own.some((one) => one.guildId === line.guildId && one.word === line.word))
      .map((line) => ({ ...line, slotCall: readCall(line.args) })),
  )
  if (calls.length === 0) return
  await take(
    [...calls].sort((a, b) => a.at - b.at),
    wishes,
    db,
    tools,
  )
}

/** What viewers ask by while the list is open. */
export const triggerWords: HeardWords = async (guildId, { sql }) => {
  const its = await readSettingsOf(sql, guildId, ['slot_requests_enabled', 'slot_trigger_words'])
  return its.slot_requests_enabled ? its.slot_trigger_words : []
}

async function take(all: readonly Call[], wishes: ReadonlyMap<GuildId, Wishes>, db: Db, tools: Tools): Promise<void> {
  const guildIds = [...new Set(all.map(({ guildId }) => guildId))]
  await beginLists(
    db,
    guildIds.filter((guildId) => wishes.get(guildId)?.slot_requests_enabled),
  )
  const held = new Map((await holdLists(db, guildIds)).map((list) => [list.guildId, list]))
  const calls = all.filter(({ guildId }) => held.has(guildId)) // who never used requests is not told that they are closed
  if (calls.length === 0) return
  const facts = await factsOfCalls(db, calls)
  const verdicts = judge(calls, facts, (guildId) => rulesFor(guildId as GuildId, wishes, held))
  for (const verdict of verdicts) heard.inc({ outcome: verdict })
  const taken = calls.flatMap((call, i) =>
    verdicts[i] === 'taken' ? [{ ...call, username: facts[i]?.username ?? call.username }] : [],
  )
  const fresh = taken.length === 0 ? [] : await insertRequests(db, taken)
  await refuse(calls, verdicts, wishes, db, tools)
  await tellInTurn(
    db,
    {
      guildIds: fresh.map(({ guildId }) => guildId),
      job: confirmJob,
      lastTold: (guildId) => held.get(guildId)?.confirmedAt ?? 0,
      tellNow: (quiet) => tellOfRequests(quiet, db, tools),
    },
    tools,
  )
  if (fresh.length === 0 || tools.dashboardSecret === undefined) return
  await tellDashboard(
    db,
    fresh.flatMap(({ guildId, id, messageId }) => {
      const call = taken.find((one) => one.guildId === guildId && one.messageId === messageId)
      if (call === undefined) return []
      const data = { id, username: call.displayName, slot_call: call.slotCall }
      return [{ guildId, area: 'slot_requests', action: 'new_request', data, ref: id }]
    }),
  )
  tools.wakeOutbox()
}

function rulesFor(
  guildId: GuildId,
  wishes: ReadonlyMap<GuildId, Wishes>,
  held: ReadonlyMap<GuildId, HeldList>,
): ListRules {
  const its = wishes.get(guildId)
  const list = held.get(guildId)
  if (its === undefined || list === undefined) throw new Error('a guild is without its list')
  return {
    isOpen: its.slot_requests_enabled,
    mustBeLinked: its.require_link_for_chat,
    limit: its.slot_max_requests_per_user,
    cooldownSeconds: its.slot_request_cooldown_seconds,
    preventsDuplicates: its.slot_prevent_duplicates,
    since: list.since,
  }
}

const isRefusal = (verdict: Verdict | undefined): verdict is Refusal => refusals.some((one) => one === verdict)

/** Owes answers to those who were refused, where the guild wants them. */
const refuse = (
  calls: readonly Call[],
  verdicts: readonly Verdict[],
  wishes: ReadonlyMap<GuildId, Wishes>,
  db: Db,
  tools: Tools,
): Promise<void> =>
  answerLines(
    db,
    calls.flatMap((call, i): Answer[] => {
      const verdict = verdicts[i]
      const its = wishes.get(call.guildId)
      if (!isRefusal(verdict) || !its?.slot_reply_kick_enabled) return []
      const sourceRef =
        verdict === 'closed'
          ? `slots:closed:${Math.floor(call.at / closedEveryMs)}`
          : `slots:${call.userId}:${Math.floor(call.at / refusedEveryMs)}`
      const words = chatRefusal(speak(its.language), verdict, {
        word: its.slot_trigger_words[0] ?? 'call',
        limit: its.slot_max_requests_per_user,
        slot: call.slotCall,
      })
      return [{ line: call, sourceRef, words }]
    }),
    tools,
  )
