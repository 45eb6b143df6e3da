import { randomBytes } from 'node:crypto'
import type { ChannelEvent } from '../../../cluster/ingress/event.ts'
import { type GuildId, kickUserId, username } from '../../../cluster/runtime/ids.ts'
import { Counter, registry } from '../../../cluster/runtime/metrics.ts'
import type { Db } from '../../../sql/client.ts'
import {
  type Activity,
  type ChatJoin,
  enterFromChat,
  keepActivity,
  lockActivity,
} from '../../../sql/queries/entries.ts'
import { type Giveaway, heardByChat } from '../../../sql/queries/giveaways.ts'
import { claimFromChat, guildsWithClaims } from '../../../sql/queries/winners.ts'
import { withoutErased } from '../activity/index.ts'
import type { EventHandler, Tools } from '../feature.ts'
import { refreshSoon } from './job/panel.ts'
import { tellOfEntries } from './job/tell.ts'
import { fingerprintOf, fold, hear } from './rules/chatter.ts'
import { lateChatMinutes } from './rules/limits.ts'

export const entries = new Counter({
  name: 'bot_giveaways_entries_total',
  help: 'Entries in giveaways that were new or grew, by the way they came.',
  labelNames: ['method'],
  registers: [registry],
})

interface Line {
  readonly guildId: GuildId
  readonly sender: { readonly userId: string; readonly username: string }
  readonly content: string
  readonly messageId: string
  readonly at: number
}

/**
 * Enters whoever writes what a giveaway asks for, and hears of winners that they are there: a constant number of statements for a batch,
 * two of them where no giveaway listens. Counted by when it was written. The broadcaster and the bot itself do not enter.
 */
export const onChat: EventHandler<'chat'> = async (events, db, tools) => {
  const guildIds = [...new Set(events.flatMap((event) => event.guildIds))].sort()
  if (guildIds.length === 0) return
  const [giveaways, claims] = [
    await heardByChat(db, { guildIds, lateMinutes: lateChatMinutes }),
    await guildsWithClaims(db, guildIds),
  ]
  if (giveaways.length === 0 && claims.length === 0) return
  const lines = await withoutErased(
    db,
    events.flatMap((event) => linesOf(event, tools)),
  )
  if (claims.length > 0) await hearClaims(db, lines, new Set(claims.map((row) => row.guildId)), tools)
  const joins = [...keywordJoins(lines, giveaways), ...(await chatterJoins(db, lines, giveaways))]
  if (joins.length === 0) return
  const entered = await enterFromChat(db, joins)
  if (entered.length === 0) return
  entries.inc({ method: 'chat' }, entered.length)
  await tellOfEntries(db, entered, tools)
  await refreshSoon(
    db,
    entered.map(({ guildId, giveawayId }) => ({ guildId, id: giveawayId })),
    tools,
  )
}

function linesOf({ happening, broadcaster, guildIds }: ChannelEvent<'chat'>, tools: Tools): readonly Line[] {
  const { sender, content, messageId, at } = happening
  if (sender.userId === broadcaster.userId || username(sender.username) === tools.kickBotName) return []
  return guildIds.map((guildId) => ({ guildId, sender, content, messageId, at }))
}

const joinOf = (line: Line, giveaway: Giveaway, ref: string, at = line.at): ChatJoin => ({
  guildId: line.guildId,
  giveawayId: giveaway.id,
  username: username(line.sender.username),
  displayName: line.sender.username,
  kickUserId: kickUserId(line.sender.userId),
  ref,
  at,
  salt: randomBytes(16).toString('hex'),
})

const keywordJoins = (lines: readonly Line[], giveaways: readonly Giveaway[]): readonly ChatJoin[] =>
  lines.flatMap((line) => {
    const said = fold(line.content)
    return giveaways
      .filter(({ guildId, entryMethod, keyword }) => {
        return guildId === line.guildId && entryMethod === 'keyword' && keyword !== null && fold(keyword) === said
      })
      .map((giveaway) => joinOf(line, giveaway, line.messageId))
  })

/** Counts what active chatters wrote; whoever has written enough enters by the message that made it so. */
async function chatterJoins(
  db: Db,
  lines: readonly Line[],
  giveaways: readonly Giveaway[],
): Promise<readonly ChatJoin[]> {
  const heard = new Map<string, { giveaway: Giveaway; said: { line: Line; hash: string }[] }>()
  for (const giveaway of giveaways.filter(({ entryMethod }) => entryMethod === 'active_chatter')) {
    const { guildId, id, startedAt, endsAt } = giveaway
    for (const line of lines) {
      const isInTime =
        line.at >= (startedAt?.getTime() ?? 0) && line.at < (endsAt?.getTime() ?? Number.POSITIVE_INFINITY)
      const hash = line.guildId === guildId && isInTime ? fingerprintOf(line.content, `${guildId}:${id}`) : undefined
      if (hash === undefined) continue
      const key = `${guildId}:${id}:${username(line.sender.username)}`
      const known = heard.get(key) ?? { giveaway, said: [] }
      known.said.push({ line, hash })
      heard.set(key, known)
    }
  }
  if (heard.size === 0) return []
  const all = [...heard.values()].map(({ giveaway, said }) => ({
    giveaway,
    username: username(said[0]?.line.sender.username ?? ''),
  }))
  const known = await lockActivity(db, {
    guildIds: all.map(({ giveaway }) => giveaway.guildId),
    giveawayIds: all.map(({ giveaway }) => giveaway.id),
    usernames: all.map((one) => one.username),
  })
  const joins: ChatJoin[] = []
  const changed: Activity[] = []
  for (const activity of known) {
    const found = heard.get(`${activity.guildId}:${activity.giveawayId}:${activity.username}`)
    if (found === undefined) continue
    const { giveaway, said } = found
    const demands = { messages: giveaway.messagesRequired, windowMs: giveaway.timeWindowMinutes * 60_000 }
    let chatter = { saidAt: activity.saidAt, hashes: activity.hashes, countedUntil: activity.countedUntil }
    for (const { line, hash } of said.sort((a, b) => a.line.at - b.line.at)) {
      const next = hear(chatter, { at: line.at, hash }, demands)
      if (next.entered) joins.push(joinOf(line, giveaway, `until:${next.chatter.countedUntil}`))
      chatter = { ...next.chatter, saidAt: [...next.chatter.saidAt], hashes: [...next.chatter.hashes] }
    }
    changed.push({ ...activity, ...chatter })
  }
  await keepActivity(db, changed)
  return joins
}

async function hearClaims(db: Db, lines: readonly Line[], waiting: ReadonlySet<GuildId>, tools: Tools): Promise<void> {
  const heard = lines.filter((line) => waiting.has(line.guildId))
  if (heard.length === 0) return
  const claimed = await claimFromChat(db, {
    guildIds: heard.map((line) => line.guildId),
    kickUserIds: heard.map((line) => kickUserId(line.sender.userId)),
    usernames: heard.map((line) => username(line.sender.username)),
    at: heard.map((line) => line.at),
  })
  await refreshSoon(
    db,
    claimed.map(({ guildId, giveawayId }) => ({ guildId, id: giveawayId })),
    tools,
  )
}
