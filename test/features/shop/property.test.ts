import { beforeAll, describe, expect, it } from 'vitest'
import { username } from '../../../cluster/runtime/ids.ts'
import { speak } from '../../../shard/features/language.ts'
import { buy } from '../../../shard/features/shop/command/buy.ts'
import { edit, moreOf } from '../../../shard/features/shop/command/change.ts'
import { complete, refund } from '../../../shard/features/shop/command/refund.ts'
import type { Db, Sql } from '../../../sql/client.ts'
import { moveViewer } from '../../../sql/queries/activity.ts'
import { book } from '../../../sql/queries/ledger.ts'
import { itemOf } from '../../../sql/queries/shop.ts'
import { type Bot, startBot } from '../../support/bot.ts'
import { createDatabase } from '../../support/database.ts'
import { type Member, nothingWrong, ShopPlace } from './place.ts'

let sql: Sql
let bot: Bot

beforeAll(async () => {
  sql = (await createDatabase({ max: 14 })).sql
  bot = await startBot({ sql, features: [] })
})

/** A small generator, so that a seed is a story (Mulberry32). */
function chance(seed: number) {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  return { whole: (below: number) => Math.floor(next() * below) }
}

const acts = 240
const atOnce = 12
const none = { source: 'bot', actorId: null } as const

interface Story {
  /** What was put up of the item whose stock is never set. */
  put: number
  /** Units that refunds put back. */
  back: number
  /** What each kind of act came to, for a look at whether the story is one. */
  readonly seen: Map<string, number>
  readonly failures: unknown[]
}

async function live(place: ShopPlace, members: readonly Member[], seed: number): Promise<Story> {
  const dice = chance(seed)
  const story: Story = { put: 10, back: 0, seen: new Map(), failures: [] }
  const names = new Map(members.map(({ name }) => [name, name]))
  const renaming = new Set<string>()
  const count = (what: string): void => {
    story.seen.set(what, (story.seen.get(what) ?? 0) + 1)
  }
  /** Without the retries of `transaction`: a deadlock shall be seen. */
  const once = <T>(work: (db: Db) => Promise<T>) => sql.begin((db) => work(db)) as Promise<T>

  const act = async (): Promise<void> => {
    const member = members[dice.whole(members.length)] as Member
    const item = 1 + dice.whole(3)
    const guildId = place.id
    switch (dice.whole(10)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4: {
        const nonce = String(dice.whole(40))
        const found = await itemOf(sql, { guildId, id: item })
        if (found === undefined) return
        const bought = await once((db) =>
          buy(db, {
            guildId,
            userId: member.id,
            roles: [],
            itemId: item,
            version: found.version,
            price: found.price,
            sourceRef: nonce,
            answer: null,
            note: null,
            locale: 'en',
          }),
        )
        if (bought.kind === 'done') expect(bought.sale.pricePaid).toBe(found.price)
        return count(`buy ${bought.kind}`)
      }
      case 5: {
        const id = 1 + dice.whole(60)
        const restores = dice.whole(2) === 0
        const ended = await once((db) => refund(db, speak('en'), { guildId, id, by: none, reason: null, restores }))
        if (ended.kind === 'done' && restores && ended.sale.itemId === 1) story.back += 1
        return count(`refund ${ended.kind}`)
      }
      case 6: {
        const ended = await once((db) => complete(db, { guildId, id: 1 + dice.whole(60), by: none, reason: null }))
        return count(`complete ${ended.kind}`)
      }
      case 7: {
        const change = { guildId, by: none, now: Date.now() }
        const amount = 1 + dice.whole(3)
        const price = String(5 + dice.whole(20))
        const stock = dice.whole(6)
        if (item === 1) {
          const before = await once((db) => edit(db, { ...change, id: 1, next: (held) => moreOf(held, amount) }))
          if (before !== undefined) story.put += amount
          return count('restock')
        }
        await once((db) =>
          edit(db, {
            ...change,
            id: item,
            next: (held) => ({ terms: { ...held, price }, stockTotal: stock, stockLeft: stock }),
          }),
        )
        return count('edit')
      }
      case 8: {
        const booked = await once((db) =>
          book(db, {
            guildId,
            username: username(names.get(member.name) ?? member.name),
            change: { kind: 'add', delta: BigInt(dice.whole(60) - 20) },
            entry: 'give',
            sourceRef: `dice:${dice.whole(1_000_000)}`,
            actorId: null,
            reason: null,
          }),
        )
        return count(`points ${booked.kind}`)
      }
      default: {
        if (renaming.has(member.name)) return // one person has one name after the other
        renaming.add(member.name)
        const from = names.get(member.name) ?? member.name
        const to = `${member.name}${dice.whole(1_000_000)}`
        await once((db) => moveViewer(db, { guildId, from: username(from), to: username(to) }))
        names.set(member.name, to)
        renaming.delete(member.name)
        return count('rename')
      }
    }
  }

  let left = acts
  const worker = async () => {
    while (left-- > 0) await act().catch((error: unknown) => story.failures.push(error))
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return story
}

describe('whatever happens at once', () => {
  it.each([1, 2, 3, 4, 5, 6])(
    'nobody owes points, nothing is sold that is not there, and each sale is paid once (story %i)',
    async (seed) => {
      const [place, neighbour] = [new ShopPlace(bot, sql), new ShopPlace(bot, sql)]
      for (const one of [place, neighbour]) {
        await sql`insert into point_shop (discord_server_id, last_item) values (${one.id}, 3)`
        await sql`
          insert into point_shop_items (discord_server_id, id, name, price, stock_total, stock_left, per_user_limit)
          values (${one.id}, 1, 'mug', 10, 10, 10, null), (${one.id}, 2, 'cap', 7, 3, 3, 4), (${one.id}, 3, 'air', 0, null, null, 6)`
      }
      const people = ['ann', 'bob', 'cat', 'dan']
      const members = await Promise.all(people.map((name) => place.member(name, 150)))
      const others = await Promise.all(people.map((name) => neighbour.member(name, 150)))
      const [story, other] = await Promise.all([live(place, members, seed), live(neighbour, others, seed + 100)])
      for (const [where, told] of [
        [place, story],
        [neighbour, other],
      ] as const) {
        expect(told.failures).toEqual([])
        expect(await where.wrong()).toEqual(nothingWrong)
        const [mugs] = await sql<{ left: number; sold: number }[]>`
          select i.stock_left as left,
                 (select count(*)::int from point_sales s where s.discord_server_id = i.discord_server_id and s.item_id = 1) as sold
            from point_shop_items i where i.discord_server_id = ${where.id} and i.id = 1`
        expect(mugs?.left).toBe(told.put + told.back - Number(mugs?.sold))
        const over = await sql`
          select s.item_id, s.discord_id, count(*) from point_sales s
            join point_shop_items i on i.discord_server_id = s.discord_server_id and i.id = s.item_id
           where s.discord_server_id = ${where.id} and s.status in ('pending', 'completed') and i.per_user_limit is not null
           group by s.item_id, s.discord_id, i.per_user_limit having count(*) > i.per_user_limit`
        expect([...over]).toEqual([])
        const numbers = await sql<{ id: number }[]>`
          select id from point_sales where discord_server_id = ${where.id} order by id`
        expect(numbers.map(({ id }) => id)).toEqual(numbers.map((_, i) => i + 1))
        // A sale belongs to whoever the buyer is called now.
        const lost = await sql`
          select s.id from point_sales s
           where s.discord_server_id = ${where.id}
             and not exists (select from links l where l.discord_server_id = s.discord_server_id
                                and l.discord_id = s.discord_id and l.kick_name = s.kick_username)`
        expect([...lost]).toEqual([])
        // It was a story at all.
        for (const what of ['buy done', 'buy repeated', 'refund done', 'restock', 'edit', 'rename'])
          expect(told.seen.get(what) ?? 0, what).toBeGreaterThan(0)
      }
    },
    60_000,
  )
})
