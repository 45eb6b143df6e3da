import { type ChannelEvent, decodeEvent } from '../../../cluster/ingress/event.ts'
import { kickUserId, username } from '../../../cluster/runtime/ids.ts'
import { handleEvents } from '../../../shard/dispatch/event.ts'
import type { Tools } from '../../../shard/features/feature.ts'
import { features } from '../../../shard/features/index.ts'
import { speak } from '../../../shard/features/language.ts'
import { links } from '../../../shard/features/links/index.ts'
import { raffle } from '../../../shard/features/raffle/index.ts'
import { endByHand } from '../../../shard/features/raffle/job.ts'
import { partsOf } from '../../../shard/features/raffle/rules.ts'
import { buy } from '../../../shard/features/shop/command/buy.ts'
import { edit, moreOf } from '../../../shard/features/shop/command/change.ts'
import { complete, refund } from '../../../shard/features/shop/command/refund.ts'
import { pick } from '../../../shard/features/slots/command/pick.ts'
import { trustDoor } from '../../../shard/features/trust/index.ts'
import type { Db, Sql } from '../../../sql/client.ts'
import { book } from '../../../sql/queries/ledger.ts'
import { linkOf } from '../../../sql/queries/links.ts'
import { latestPeriods } from '../../../sql/queries/raffle.ts'
import { itemOf } from '../../../sql/queries/shop.ts'
import { holdBalance, takeTickets } from '../../../sql/queries/tickets.ts'
import { aSlotAgo, aTick, chatOf } from '../../support/builders.ts'
import type { Dice } from './dice.ts'
import { beginRaffle, minuteMs, nobody, none, type Person, type Town } from './town.ts'

/**
 * Something that happens in a town. `run` does it in one transaction and may be called again, at the same time or after it was
 * interrupted; what it gives is told to `happened` once the transaction has committed.
 */
export interface Act {
  readonly name: string
  run(db: Db): Promise<unknown>
  happened?(outcome: unknown): void
}

const act = <T>(name: string, run: (db: Db) => Promise<T>, happened?: (outcome: T) => void): Act => ({
  name,
  run,
  ...(happened !== undefined && { happened: (outcome: unknown) => happened(outcome as T) }),
})

const rooms = features.filter(({ name }) => ['activity', 'gifts', 'slots', 'balance', 'giveaways'].includes(name))
const hear = (db: Db, event: unknown, tools: Tools) => handleEvents(rooms, [decodeEvent(event)], db, tools)

/** Chooses what happens next; everything that chance decides is decided here, so that a seed is the same row of acts each time. */
export function nextAct(town: Town, dice: Dice, sql: Sql, tools: Tools): Act {
  const { id: guildId, known } = town
  const person = dice.oneOf(town.people)
  const of = { guildId }
  switch (dice.whole(town.isRestless ? 20 : 18)) {
    case 0:
    case 1: {
      const ref = `points:${dice.whole(60)}`
      const delta = BigInt(dice.whole(60) - 20)
      return act(
        'points',
        (db) =>
          book(db, {
            guildId,
            username: person.name,
            change: { kind: 'add', delta },
            entry: 'give',
            sourceRef: ref,
            actorId: null,
            reason: null,
          }),
        (booked) => {
          if (booked.kind === 'done') known.points.set(ref, booked.delta)
        },
      )
    }
    case 2:
    case 3:
    case 4: {
      const itemId = 1 + dice.whole(4)
      const sourceRef = String(dice.whole(40))
      const key = `${person.member}:${sourceRef}`
      return act(
        'buy',
        async (db) => {
          const item = await itemOf(sql, { guildId, id: itemId })
          if (item === undefined) return undefined
          const { version, price } = item
          return buy(db, {
            guildId,
            userId: person.member,
            roles: [],
            itemId,
            version,
            price,
            sourceRef,
            answer: null,
            note: null,
            locale: 'en',
          })
        },
        (bought) => {
          if (bought?.kind === 'done') known.sales.set(key, (known.sales.get(key) ?? 0) + 1)
        },
      )
    }
    case 5: {
      const id = 1 + dice.whole(20)
      const restores = dice.whole(2) === 0
      return act(
        'refund',
        (db) => refund(db, speak('en'), { guildId, id, by: nobody, reason: null, restores }),
        (ended) => {
          if (ended.kind !== 'done') return
          if (known.refunds.has(id)) known.refunds.set(-id, true) // twice: the laws will say so
          known.refunds.set(id, restores)
          if (restores && ended.sale.itemId === 1) known.back += 1
        },
      )
    }
    case 6: {
      const amount = 1 + dice.whole(3)
      const [stock, price] = [dice.whole(6), String(5 + dice.whole(20))]
      const isRestock = dice.whole(2) === 0
      const change = { guildId, by: nobody, now: Date.now() }
      if (!isRestock)
        return act('complete', (db) => complete(db, { guildId, id: 1 + stock * 5, by: nobody, reason: null }))
      if (amount === 3)
        return act('edit', (db) =>
          edit(db, {
            ...change,
            id: 2,
            next: (held) => ({ terms: { ...held, price }, stockTotal: stock, stockLeft: stock }),
          }),
        )
      return act(
        'restock',
        (db) => edit(db, { ...change, id: 1, next: (held) => moreOf(held, amount) }),
        (before) => {
          if (before !== undefined) known.put += amount
        },
      )
    }
    case 7: {
      const ref = `bonus:${dice.whole(50)}`
      const tickets = 1 + dice.whole(9)
      return act(
        'award',
        (db) =>
          raffle.award(db, [
            { guildId, username: person.name, source: 'bonus', tickets, sourceRef: ref, at: Date.now() - 1 },
          ]),
        ([given]) => {
          if (given?.outcome === 'credited' || given?.outcome === 'pending') known.tickets.set(ref, tickets)
        },
      )
    }
    case 8: {
      const ref = `take:${dice.whole(40)}`
      const wanted = BigInt(1 + dice.whole(12))
      return act(
        'take',
        async (db) => {
          const period = (await latestPeriods(db, { guildId, limit: 3 })).find(({ status }) => status === 'active')
          if (period === undefined) return []
          const held = { guildId, periodNumber: period.periodNumber, username: person.name }
          const balance = await holdBalance(db, held)
          const parts = balance && partsOf(balance, wanted, null)
          return parts === undefined
            ? []
            : takeTickets(db, { ...held, parts, sourceRef: ref, actorId: null, reason: null })
        },
        (taken) => {
          const tickets = taken.reduce((sum, part) => sum + Number(part.tickets), 0)
          if (tickets > 0) known.taken.set(ref, (known.taken.get(ref) ?? 0) + tickets)
        },
      )
    }
    case 9: {
      const n = dice.whole(25)
      const gifter = town.people[n % town.people.length] as Person
      const event = giftOf(town, gifter, n)
      return act(
        'gift',
        (db) => hear(db, event, tools),
        () => known.gifts.set(event.ref, { gifter: gifter.account, count: 1 + (n % 3) }),
      )
    }
    case 10:
    case 11:
    case 12: {
      const at = town.startedAt + (1 + dice.whole(160)) * minuteMs
      const content = dice.oneOf(['hello', 'good', 'hi', 'meme', '!call a slot', '!gtb 12.50'])
      // A line of now may be the first under a new name.
      const isNew = dice.whole(8) === 0
      if (isNew) person.name = username(`${person.name.replace(/\d*$/, '')}${dice.whole(1_000_000)}`)
      const isNow = isNew || content.startsWith('!') || content === 'meme'
      const line = chatOf({
        guildIds: [guildId],
        username: person.name,
        userId: Number(person.account),
        broadcasterId: town.broadcaster,
        content: `${content}${content === '!call a slot' ? ` ${dice.whole(30)}` : ''}`,
        at: isNow ? Date.now() : at,
      })
      return act(isNew ? 'rename' : 'chat', (db) => hear(db, line, tools))
    }
    case 13:
    case 14: {
      const kind = dice.oneOf(['watchtime', 'points', 'raffle'] as const)
      return act(`tick ${kind}`, async (db) => {
        for (const { ticks } of features)
          await ticks?.[kind]?.(aTick({ kind, guildIds: [guildId], slot: aSlotAgo(0) }), db, tools)
      })
    }
    case 15:
      return act('unlink', (db) => links.unlink(db, { ...of, userId: person.member }, none))
    case 16: {
      // Of the time: an admin links a member to the account that is theirs.
      return act('force', (db) => {
        const wanted = {
          guildId,
          userId: person.member,
          kickUserId: person.account,
          kickName: person.name,
          displayName: person.name,
        }
        return links.force(db, wanted, none, Date.now() / 1000)
      })
    }
    case 17: {
      const sourceRef = `pick:${dice.whole(30)}`
      return act(
        'pick',
        (db) => pick(db, { guildId, by: null, sourceRef }, tools),
        (made) => {
          if (made !== undefined) known.picks.set(sourceRef, made.number)
        },
      )
    }
    case 18:
      return act('rollover', async (db) => {
        const period = (await latestPeriods(db, { guildId, limit: 3 })).find(({ status }) => status === 'active')
        if (period === undefined) return
        await endByHand(db, period, tools)
        await beginRaffle(db, guildId, tools)
      })
    default:
      if (dice.whole(3) > 0) return act('look', async () => {})
      return act('erase', async (db) => {
        const link = await linkOf(db, guildId, person.member)
        const kick = { username: link?.kickName ?? null, kickUserId: link?.kickUserId ?? null }
        return trustDoor.erase(db, { guildId, userId: person.member, ...kick })
      })
  }
}

/** The nth gift; told again it is the same. */
function giftOf(town: Town, gifter: Person, n: number): ChannelEvent<'gifts'> {
  const at = town.startedAt + n * minuteMs
  const people = Array.from({ length: 1 + (n % 3) }, (_, i) => ({
    userId: String(700_000 + n * 10 + i),
    username: `got${n}x${i}`,
  }))
  return {
    ref: `gifts:${town.broadcaster}:${n}`,
    broadcaster: { userId: kickUserId(town.broadcaster), username: 'Streamer' },
    guildIds: [town.id],
    happening: {
      type: 'gifts',
      gifter: { userId: gifter.account, username: gifter.name },
      recipients: people,
      expiresAt: null,
      at,
    },
  }
}
