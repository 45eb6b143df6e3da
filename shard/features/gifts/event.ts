import type { ChannelEvent, EventPerson } from '../../../cluster/ingress/event.ts'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import { Counter, registry } from '../../../cluster/runtime/metrics.ts'
import type { Db } from '../../../sql/client.ts'
import { type Gift, type GiftKind, type GiftOutcome, noteAwards, recordGifts } from '../../../sql/queries/gifts.ts'
import { scheduleJobs } from '../../../sql/queries/job.ts'
import { type Owed, owe } from '../../../sql/queries/outbox.ts'
import { readSettings } from '../../../sql/queries/settings.ts'
import type { AwardOutcome } from '../../../sql/queries/tickets.ts'
import { chatLines, currentNames, isTimely, withoutErased } from '../activity/index.ts'
import type { EventHandler, Tools } from '../feature.ts'
import { speak } from '../language.ts'
import { raffle } from '../raffle/index.ts'
import { eventIdOf, forgetting, isNews, ticketsFor } from './rules.ts'
import { thanksLine } from './view.ts'

const recorded = new Counter({
  name: 'bot_gifts_recorded_total',
  help: 'Gifts of subscriptions and subscriptions that were recorded, each once for each server, by what they brought.',
  labelNames: ['kind', 'outcome'],
  registers: [registry],
})

/** Something that was bought, by whoever has the tickets for it. */
interface Bought {
  readonly guildId: GuildId
  readonly eventId: string
  readonly kind: GiftKind
  readonly buyer: EventPerson | null
  readonly subs: number
  readonly at: number
}

const bought = (
  event: Pick<ChannelEvent, 'ref' | 'guildIds'>,
  what: Pick<Bought, 'kind' | 'buyer' | 'subs' | 'at'>,
): readonly Bought[] => event.guildIds.map((guildId) => ({ guildId, eventId: eventIdOf(event.ref), ...what }))

/** Gifted subscriptions: recorded each once, with tickets for whoever gave them. */
export const onGifts: EventHandler<'gifts'> = (events, db, tools) =>
  record(
    db,
    events.flatMap((event) => {
      const { gifter, recipients, at } = event.happening
      return bought(event, { kind: 'gift', buyer: gifter, subs: recipients.length, at })
    }),
    tools,
  )

/** New subscriptions and renewals of them: recorded each once, with tickets where the guild gives any for them. */
export const onSubscription: EventHandler<'subscription'> = (events, db, tools) =>
  record(
    db,
    events.flatMap((event) => {
      const { kind, subscriber, at } = event.happening
      return bought(event, { kind, buyer: subscriber, subs: 1, at })
    }),
    tools,
  )

const keys = [
  'language',
  'raffle_tickets_per_gifted_sub',
  'raffle_tickets_per_sub',
  'gift_thanks_kick',
  'gift_channel_id',
] as const

const outcomes: Readonly<Record<AwardOutcome, GiftOutcome>> = {
  credited: 'awarded',
  pending: 'awarded',
  known: 'no_raffle', // of a row that was forgotten: its tickets were given in a raffle of long ago
  unlinked: 'unlinked',
  no_period: 'no_raffle',
}

/**
 * Records what was bought and gives the tickets for it, in the caller's transaction. The row of an event decides: only what is new there is
 * awarded and told, so that it may come twice, late and in any order. A constant number of statements for a batch.
 */
async function record(db: Db, all: readonly Bought[], tools: Tools): Promise<void> {
  const once = [...new Map(all.map((one) => [`${one.guildId}:${one.eventId}`, one])).values()]
  if (once.length === 0) return
  const chosen = await readSettings(db, [...new Set(once.map(({ guildId }) => guildId))], keys)
  const rateOf = ({ guildId, kind }: Pick<Gift, 'guildId' | 'kind'>): number =>
    chosen.get(guildId)?.[kind === 'gift' ? 'raffle_tickets_per_gifted_sub' : 'raffle_tickets_per_sub'] ?? 0
  const gifts = await named(db, once)
  const fresh = new Set(
    (
      await recordGifts(
        db,
        gifts.map((gift) => ({ ...gift, outcome: outcomeBefore(gift, rateOf(gift)) })),
      )
    ).map(({ guildId, eventId }) => `${guildId}:${eventId}`),
  )
  const news = gifts.filter(({ guildId, eventId }) => fresh.has(`${guildId}:${eventId}`))
  if (news.length === 0) return

  const earning = news.flatMap((gift) => {
    const { username } = gift
    const tickets = ticketsFor(gift.subs, rateOf(gift))
    return username === null || tickets === 0 ? [] : [{ ...gift, username, tickets }]
  })
  const awards = await raffle.award(
    db,
    earning.map(({ guildId, eventId, kind, username, tickets, at }) => ({
      guildId,
      username,
      source: kind === 'gift' ? 'gifted_sub' : 'subscription',
      tickets,
      sourceRef: `kick-event:${eventId}`,
      at,
    })),
  )
  const brought = awards.map(({ guildId, outcome, tickets, periodNumber }, i) => ({
    guildId,
    eventId: earning[i]?.eventId ?? '',
    outcome: outcomes[outcome],
    tickets: outcomes[outcome] === 'awarded' ? tickets : 0,
    periodNumber,
  }))
  if (brought.length > 0) await noteAwards(db, brought)
  const byEvent = new Map(brought.map((one) => [`${one.guildId}:${one.eventId}`, one]))
  for (const gift of news) {
    const outcome = byEvent.get(`${gift.guildId}:${gift.eventId}`)?.outcome ?? outcomeBefore(gift, rateOf(gift))
    recorded.inc({ kind: gift.kind, outcome })
  }

  const jobs = new Map(
    news.map(({ guildId, at }) => [
      `${guildId}:${forgetting(at).ref}`,
      { guildId, kind: 'gifts.forget', ...forgetting(at) },
    ]),
  )
  await scheduleJobs(db, [...jobs.values()])
  await thank(
    db,
    news.map((gift) => {
      const one = byEvent.get(`${gift.guildId}:${gift.eventId}`)
      const wishes = chosen.get(gift.guildId)
      return {
        gift,
        tickets: one?.tickets ?? 0,
        inChat: wishes?.gift_thanks_kick === true,
        inChannel: wishes?.gift_channel_id != null,
        say: speak(wishes?.language ?? 'en'),
      }
    }),
    tools,
  )
}

const outcomeBefore = (gift: Gift, rate: number): GiftOutcome =>
  gift.username === null ? 'anonymous' : rate === 0 ? 'no_rate' : 'no_raffle'

type Named = Gift & { readonly displayName: string | null }

/** With the names under which the buyers' rows are kept now. Whoever was erased since is somebody without a name. */
async function named(db: Db, all: readonly Bought[]): Promise<readonly Named[]> {
  const sightings = await withoutErased(
    db,
    all.flatMap(({ buyer, ...one }) => (buyer === null ? [] : [{ ...one, sender: buyer }])),
  )
  const nameOf = await currentNames(db, sightings)
  const known = new Map(sightings.map((one) => [`${one.guildId}:${one.eventId}`, one]))
  return all.map(({ buyer: _, ...one }) => {
    const sighting = known.get(`${one.guildId}:${one.eventId}`)
    return {
      ...one,
      username: sighting === undefined ? null : nameOf(sighting),
      displayName: sighting?.sender.username ?? null,
    }
  })
}

interface Thanks {
  readonly gift: Named
  readonly tickets: number
  readonly inChat: boolean
  readonly inChannel: boolean
  readonly say: ReturnType<typeof speak>
}

/** Owes the lines that guilds want, once for each event, and none about what is old. */
async function thank(
  db: Db,
  all: readonly Thanks[],
  { clock, wakeOutbox }: Pick<Tools, 'clock' | 'wakeOutbox'>,
): Promise<void> {
  const now = clock.now()
  const owed: Owed[] = [
    ...(await chatLines(
      db,
      all
        .filter(({ gift, inChat }) => inChat && isTimely(gift.at, now))
        .map(({ gift, tickets, say }) => ({
          guildId: gift.guildId,
          sourceRef: `gift:${gift.eventId}`,
          content: thanksLine(say, { ...gift, tickets }),
        })),
      now,
    )),
    ...all
      .filter(({ gift, inChannel }) => inChannel && isNews(gift.at, now))
      .map(({ gift: { guildId, eventId } }) => ({
        guildId,
        kind: 'gifts.post',
        sourceRef: eventId,
        payload: { eventId },
      })),
  ]
  if (owed.length === 0) return
  await owe(db, owed)
  wakeOutbox()
}
