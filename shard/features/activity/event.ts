import type { ChannelEvent, EventPerson } from '../../../cluster/ingress/event.ts'
import { slotAt } from '../../../cluster/runtime/clock.ts'
import { type GuildId, type KickUserId, kickUserId, type Username, username } from '../../../cluster/runtime/ids.ts'
import type { Db } from '../../../sql/client.ts'
import {
  type AccountNews,
  accountNews,
  chatPolicies,
  moveViewer,
  noteChat,
  noteRenames,
  recordAccounts,
  recordStreams,
} from '../../../sql/queries/activity.ts'
import { tellDashboard } from '../../../sql/queries/dashboard.ts'
import { excludedFrom } from '../../../sql/queries/exclusion.ts'
import { type ScheduledJob, scheduleJobs } from '../../../sql/queries/job.ts'
import { adoptLinks } from '../../../sql/queries/links.ts'
import { markPresent, type PresenceBatch } from '../../../sql/queries/presence.ts'
import { countTexts } from '../../../sql/queries/repeat.ts'
import { touchSettlement } from '../../../sql/queries/settlement.ts'
import { noteSubscribers } from '../../../sql/queries/span.ts'
import { erasuresOf } from '../../../sql/queries/trust.ts'
import type { EventHandler, Tools } from '../feature.ts'
import { badgeUntil, isLongEnough, presenceOf, subscribedUntil, textHash } from './rules.ts'

/** Somebody on Kick, by the name that they had at that time. */
interface Sighting {
  readonly guildId: GuildId
  readonly at: number
  readonly sender: Pick<EventPerson, 'userId' | 'username'>
}

interface Utterance extends Sighting {
  readonly content: string
  readonly messageId: string
  readonly isSubscriber: boolean
}

/**
 * Records who was there, by the time at which they wrote: a union of minutes, so that chat may come late, twice and in any
 * order. Constant number of statements for a batch. The broadcaster and the bot do not earn, nor does what somebody writes from the moment on
 * at which they were left out of time; what they wrote before counts whenever it arrives. Nor does a line that is shorter than the guild wants, or
 * that its writer has just said.
 */
export const onChat: EventHandler<'chat'> = async (events, db, tools) => {
  const guildIds = [...new Set(events.flatMap((event) => event.guildIds))]
  if (guildIds.length === 0) return
  const policies = new Map((await chatPolicies(db, guildIds)).map((policy) => [policy.guildId, policy]))
  const heard = await withoutErased(
    db,
    events
      .flatMap((event) => utterancesOf(event))
      .filter(({ sender }) => username(sender.username) !== tools.kickBotName),
  )
  const viewerOf = await currentNames(db, heard)
  const excluded = new Map(
    (
      await excludedFrom(db, {
        kind: 'time',
        guildIds: heard.map((one) => one.guildId),
        usernames: heard.map(viewerOf),
      })
    ).map((one) => [`${one.guildId}:${one.username}`, one.since * 1000]),
  )

  const batch: PresenceBatch = {
    guildIds: [],
    hours: [],
    usernames: [],
    minutes: [],
    oldestSlots: [],
    newestSlots: [],
  }
  const worthy = heard.filter((one) => {
    const { guildId, at, content } = one
    if (!isLongEnough(content, policies.get(guildId)?.shortest ?? 0)) return false
    return at < (excluded.get(`${guildId}:${viewerOf(one)}`) ?? Number.POSITIVE_INFINITY)
  })
  const repeatMs = (guildId: GuildId) => (policies.get(guildId)?.repeatSeconds ?? 0) * 1_000
  for (const utterance of await notRepeated(db, worthy, repeatMs)) {
    const { guildId, at } = utterance
    const viewer = viewerOf(utterance)
    for (const presence of presenceOf(at, policies.get(guildId)?.windowSeconds ?? 120)) {
      batch.guildIds.push(guildId)
      batch.hours.push(presence.hour)
      batch.usernames.push(viewer)
      batch.minutes.push(presence.minutes.toString())
      batch.oldestSlots.push(presence.oldestSlot)
      batch.newestSlots.push(presence.newestSlot)
    }
  }
  await markPresent(db, batch)
  await noteBadges(
    db,
    heard.filter(({ guildId, isSubscriber }) => isSubscriber && policies.get(guildId)?.countsSubscribers),
    viewerOf,
  )
  await noteChat(db, guildIds, Math.max(...events.map((event) => event.happening.at)) / 1000)
}

/**
 * Without lines that say what their writer has said within the time that the guild has chosen. Which of two lines counts is decided by
 * whichever came first here; a line that is delivered again fares as it did before. One statement for a batch, and one more for each time
 * that somebody says the same again in it after long enough. What was noted is forgotten within three hours.
 */
async function notRepeated(
  db: Db,
  lines: readonly Utterance[],
  repeatMs: (guildId: GuildId) => number,
): Promise<readonly Utterance[]> {
  const byText = new Map<string, Utterance[]>()
  for (const line of lines) {
    if (repeatMs(line.guildId) === 0) continue
    const key = textHash({ guildId: line.guildId, userId: line.sender.userId, content: line.content })
    byText.set(key, [...(byText.get(key) ?? []), line])
  }
  if (byText.size === 0) return lines
  const repeated = new Set<Utterance>()
  let open = [...byText].map(([hash, same]) => ({ hash, same: [...same].sort((a, b) => a.at - b.at) }))
  while (open.length > 0) {
    const asked = open.flatMap(({ hash, same: [line] }) => (line === undefined ? [] : [{ hash, line }]))
    const counted = await countTexts(db, {
      guildIds: asked.map(({ line }) => line.guildId),
      kickUserIds: asked.map(({ line }) => kickUserId(line.sender.userId)),
      hashes: asked.map(({ hash }) => hash),
      messageIds: asked.map(({ line }) => line.messageId),
      saidAt: asked.map(({ line }) => line.at / 1000),
      expiresAt: asked.map(({ line }) => (line.at + repeatMs(line.guildId)) / 1000),
    })
    const countedAs = new Map(counted.map((one) => [one.hash, one]))
    open = open.flatMap(({ hash, same }) => {
      const known = countedAs.get(hash)
      if (known === undefined) return []
      const near = (line: Utterance) => Math.abs(line.at - known.saidAt * 1000) < repeatMs(line.guildId)
      for (const line of same) if (line.messageId !== known.messageId && near(line)) repeated.add(line)
      // What was said after that may count in its turn.
      const later = same.slice(1).filter((line) => !near(line) && line.at > known.saidAt * 1000)
      return later.length > 0 ? [{ hash, same: later }] : []
    })
  }
  const turns = new Map<string, ScheduledJob>()
  for (const { guildId, at } of [...byText.values()].flat()) {
    const runAt = new Date((Math.floor(at / 3_600_000) + 3) * 3_600_000)
    const ref = runAt.toISOString()
    turns.set(`${guildId}:${ref}`, { guildId, kind: 'activity.texts', ref, runAt })
  }
  await scheduleJobs(db, [...turns.values()])
  return lines.filter((line) => !repeated.has(line))
}

/** A line with the badge of a subscriber says what a webhook may have failed to say. */
async function noteBadges(db: Db, heard: readonly Utterance[], viewerOf: NameOf): Promise<void> {
  if (heard.length === 0) return
  await noteSubscribers(db, {
    guildIds: heard.map((one) => one.guildId),
    usernames: heard.map(viewerOf),
    until: heard.map((one) => badgeUntil(one.at) / 1000),
  })
}

/** Records until when people are subscribers, whoever paid for it. */
async function subscribe(db: Db, bought: readonly (Sighting & { readonly expiresAt: number | null })[]): Promise<void> {
  const counted = await withoutErased(db, bought)
  if (counted.length === 0) return
  const nameOf = await currentNames(db, counted)
  await noteSubscribers(db, {
    guildIds: counted.map((one) => one.guildId),
    usernames: counted.map(nameOf),
    until: counted.map(({ at, expiresAt }) => subscribedUntil(at, expiresAt) / 1000),
  })
}

export const onSubscription: EventHandler<'subscription'> = async (events, db) =>
  subscribe(
    db,
    events.flatMap(({ guildIds, happening: { at, expiresAt, subscriber: sender } }) =>
      guildIds.map((guildId) => ({ guildId, at, expiresAt, sender })),
    ),
  )

export const onGifts: EventHandler<'gifts'> = async (events, db) =>
  subscribe(
    db,
    events.flatMap(({ guildIds, happening: { at, expiresAt, recipients } }) =>
      guildIds.flatMap((guildId) => recipients.map((sender) => ({ guildId, at, expiresAt, sender }))),
    ),
  )

/** Without what was written before its writer's data were erased: it would bring back the name and minutes that are gone. */
export async function withoutErased<S extends Sighting>(db: Db, heard: readonly S[]): Promise<readonly S[]> {
  const erasures = await erasuresOf(db, {
    guildIds: heard.map((one) => one.guildId),
    kickUserIds: heard.map((one) => kickUserId(one.sender.userId)),
    usernames: heard.map((one) => username(one.sender.username)),
  })
  if (erasures.length === 0) return heard
  const erasedAt = new Map(erasures.map((one) => [`${one.guildId}:${one.kickUserId}`, one.erasedAt * 1000]))
  return heard.filter((one) => one.at >= (erasedAt.get(`${one.guildId}:${one.sender.userId}`) ?? 0))
}

function utterancesOf(event: ChannelEvent<'chat'>): readonly Utterance[] {
  const { sender, at, content, messageId } = event.happening
  if (sender.userId === event.broadcaster.userId) return []
  const isSubscriber = sender.badges?.includes('subscriber') === true
  return event.guildIds.map((guildId) => ({ guildId, at, content, messageId, sender, isSubscriber }))
}

type NameOf = (one: Sighting) => Username

/**
 * The names under which these senders' rows are kept. A sender who goes by a new name has their rows moved first; rows of
 * somebody whose freed name was taken by another person are set aside under their id until they are seen again.
 */
export async function currentNames(db: Db, sightings: readonly Sighting[]): Promise<NameOf> {
  const latest = new Map<string, Sighting>()
  for (const sighting of sightings) {
    const key = `${sighting.guildId}:${sighting.sender.userId}`
    const known = latest.get(key)
    if (known === undefined || known.at < sighting.at) latest.set(key, sighting)
  }
  const senders = [...latest.values()]
  const names = new Map(senders.map((one) => [`${one.guildId}:${one.sender.userId}`, username(one.sender.username)]))
  const news = await accountNews(db, {
    guildIds: senders.map((one) => one.guildId),
    kickUserIds: senders.map((one) => kickUserId(one.sender.userId)),
    usernames: senders.map((one) => username(one.sender.username)),
    displayNames: senders.map((one) => one.sender.username),
    seenAt: senders.map((one) => one.at / 1000),
  })
  const accepted: AccountNews[] = []
  for (const account of news) {
    const isOlderThanRecord = account.knownSince !== null && account.seenAt < account.knownSince
    if (account.knownAs !== null && isOlderThanRecord) {
      names.set(`${account.guildId}:${account.kickUserId}`, account.knownAs)
      continue
    }
    await takeName(db, account)
    accepted.push(account)
  }
  if (accepted.length > 0) {
    const seen = {
      guildIds: accepted.map((one) => one.guildId),
      kickUserIds: accepted.map((one) => one.kickUserId),
      usernames: accepted.map((one) => one.username),
    }
    await recordAccounts(db, {
      ...seen,
      displayNames: accepted.map((one) => one.displayName),
      seenAt: accepted.map((one) => one.seenAt),
    })
    await adoptLinks(db, seen)
  }
  return ({ guildId, sender }) => names.get(`${guildId}:${sender.userId}`) ?? username(sender.username)
}

type Named = Pick<AccountNews, 'guildId' | 'kickUserId' | 'username' | 'seenAt' | 'knownAs' | 'heldBy'>

async function takeName(db: Db, account: Named): Promise<void> {
  const { guildId, kickUserId: id, username: name, knownAs, heldBy } = account
  if (heldBy !== null) {
    const aside = setAside(heldBy)
    await moveViewer(db, { guildId, from: name, to: aside })
    await recordAccounts(db, {
      guildIds: [guildId],
      kickUserIds: [heldBy],
      usernames: [aside],
      displayNames: [aside],
      seenAt: [account.seenAt],
    })
  }
  if (knownAs === null || knownAs === name) return
  await moveViewer(db, { guildId, from: knownAs, to: name })
  if (knownAs === setAside(id)) return
  await noteRenames(db, { guildIds: [guildId], kickUserIds: [id], oldNames: [knownAs], newNames: [name] })
}

/**
 * Writes down what an account is called now, as chat does: its rows move to the new name, and those of an account that had the name
 * before are set aside under its id until it is seen again. In the caller's transaction; safe to repeat.
 */
export async function nameAccount(
  db: Db,
  account: {
    readonly guildId: GuildId
    readonly kickUserId: KickUserId
    readonly kickName: Username
    readonly displayName: string
    /** Who holds the name by a link alone, if anybody. */
    readonly holder: KickUserId | null
    /** Seconds since 1970. */
    readonly now: number
  },
): Promise<void> {
  const { guildId, kickUserId: id, kickName, now } = account
  const own = {
    guildIds: [guildId],
    kickUserIds: [id],
    usernames: [kickName],
    displayNames: [account.displayName],
    seenAt: [now],
  }
  const [news] = await accountNews(db, own)
  const knownAs = news?.knownAs ?? null
  const heldBy = news?.heldBy ?? account.holder
  // What was seen a moment ago, by a clock ahead of ours, does not outweigh what is known for certain.
  const seenAt = Math.max(now, news?.knownSince ?? 0)
  await takeName(db, { guildId, kickUserId: id, username: kickName, seenAt, knownAs, heldBy })
  await recordAccounts(db, { ...own, seenAt: [seenAt] })
}

/**
 * Moves all that one person has in a guild from an old name to their new one: what both names earned is added up, minutes that were paid
 * under either stay paid, and points move with the mark up to which minutes were converted. In the caller's transaction.
 */
export async function mergeViewer(
  db: Db,
  merge: {
    readonly guildId: GuildId
    readonly from: Username
    readonly to: Username
    /** The account behind the old name, if it is known; the new name becomes its own. */
    readonly account: KickUserId | null
    readonly displayName: string
    readonly now: number
  },
): Promise<void> {
  const { guildId, from, to, account } = merge
  await moveViewer(db, { guildId, from, to })
  if (account === null) return
  await recordAccounts(db, {
    guildIds: [guildId],
    kickUserIds: [account],
    usernames: [to],
    displayNames: [merge.displayName],
    seenAt: [merge.now],
  })
}

/** A name that no Kick user can have. */
const setAside = (id: string): Username => username(`#${id}`)

/** Records when streams were live, and has the minutes looked at again that this makes count. */
export const onLivestream: EventHandler<'livestream'> = async (events, db, tools) => {
  // Of several messages about one stream only the last matters, and one statement can write a row only once.
  const latest = new Map<string, { guildId: GuildId } & Pick<ChannelEvent<'livestream'>, 'happening' | 'broadcaster'>>()
  for (const { guildIds, happening, broadcaster } of events) {
    for (const guildId of guildIds) {
      const key = `${guildId}:${happening.startedAt}`
      const known = latest.get(key)
      if (known === undefined || known.happening.at <= happening.at)
        latest.set(key, { guildId, happening, broadcaster })
    }
  }
  const streams = [...latest.values()].sort((a, b) => a.happening.startedAt - b.happening.startedAt)
  if (streams.length === 0) return
  const changed = await recordStreams(db, {
    guildIds: streams.map((one) => one.guildId),
    startedAt: streams.map((one) => one.happening.startedAt / 1000),
    endedAt: streams.map(({ happening }) => {
      if (happening.isLive) return null
      return (happening.endedAt ?? happening.at) / 1000
    }),
    titles: streams.map((one) => one.happening.title),
    changedAt: streams.map((one) => one.happening.at / 1000),
  })
  for (const [startedAt, guildIds] of groupByStart(changed)) {
    await touchSettlement(db, { kind: 'watchtime', guildIds, slot: slotAt(startedAt * 1000) })
  }
  const turned = changed.flatMap(({ guildId, startedAt, isLive, hasTurned }) => {
    const its = latest.get(`${guildId}:${Math.round(startedAt * 1000)}`)
    return hasTurned && its !== undefined ? [{ ...its, isLive }] : []
  })
  await tellOfStreams(
    db,
    turned.map(({ guildId, isLive, happening, broadcaster }) => ({
      guildId,
      isLive,
      startedAt: happening.startedAt,
      changedAt: happening.at,
      title: happening.title,
      channel: { name: broadcaster.username, slug: broadcaster.slug ?? broadcaster.username },
    })),
    tools,
  )
}

/** Says to the dashboard that streams are live now, or no longer; times in milliseconds. In the caller's transaction; safe to repeat. */
export async function tellOfStreams(
  db: Db,
  streams: readonly {
    readonly guildId: GuildId
    readonly isLive: boolean
    readonly startedAt: number
    readonly changedAt: number
    readonly title: string
    readonly channel: { readonly name: string; readonly slug: string }
  }[],
  { dashboardSecret, wakeOutbox }: Pick<Tools, 'dashboardSecret' | 'wakeOutbox'>,
): Promise<void> {
  if (dashboardSecret === undefined || streams.length === 0) return
  await tellDashboard(
    db,
    streams.map(({ guildId, isLive, startedAt, changedAt, title, channel }) => ({
      guildId,
      area: 'stream',
      action: isLive ? 'live' : 'offline',
      data: {
        streamer: channel.name,
        stream_url: `https://kick.com/${channel.slug}`,
        started_at: new Date(startedAt).toISOString(),
        title,
      },
      ref: `${startedAt}:${changedAt}`,
    })),
  )
  wakeOutbox()
}

/** Streams of one channel begin for all its guilds at once, so there are as many groups as channels in the batch. */
function groupByStart(rows: readonly { guildId: GuildId; startedAt: number }[]): ReadonlyMap<number, GuildId[]> {
  const groups = new Map<number, GuildId[]>()
  for (const { guildId, startedAt } of rows) groups.set(startedAt, [...(groups.get(startedAt) ?? []), guildId])
  return groups
}
