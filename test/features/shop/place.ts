import { type GuildId, type UserId, userId, username } from '../../../cluster/runtime/ids.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import { book, unexplainedBalances } from '../../../sql/queries/ledger.ts'
import { type SettingKey, type Settings, writeSetting } from '../../../sql/queries/settings.ts'
import type { Guild, Interaction, SeenMessage } from '../../standins/discord/index.ts'
import type { Bot } from '../../support/bot.ts'
import { buttonsOf, menuOf, textOf } from '../../support/browsing.ts'
import { aGuildId } from '../../support/builders.ts'

/** Somebody in a server who has linked a Kick account. */
export interface Member {
  readonly id: UserId
  readonly name: string
}

/** A server with a shop, and what its people do in it. */
export class ShopPlace {
  readonly id: GuildId
  readonly guild: Guild
  readonly #bot: Bot
  readonly #sql: Sql

  constructor(bot: Bot, sql: Sql) {
    this.#bot = bot
    this.#sql = sql
    this.id = aGuildId()
    this.guild = bot.discord.world.addGuild({ id: this.id })
  }

  get control() {
    return this.#bot.discord.control
  }

  act(
    by: string,
    command: string,
    options: Readonly<Record<string, string | number | boolean>> = {},
    locale?: string,
  ): Interaction {
    return this.control.command({
      guildId: this.id,
      userId: by,
      command,
      options,
      ...(locale === undefined ? {} : { locale }),
    })
  }

  ask(by: string, command: string, options = {}, locale?: string): Promise<SeenMessage> {
    return this.act(by, command, options, locale).message()
  }

  async admin(command: string, options = {}): Promise<string> {
    return textOf(await this.ask(this.guild.ownerId, `shop-admin ${command}`, options))
  }

  /** A member with a link, and as many points. */
  async member(name: string, points = 0): Promise<Member> {
    const id = userId(this.control.join(this.id, { username: name }))
    await this.#sql`
      insert into links (discord_server_id, discord_id, kick_name) values (${this.id}, ${id}, ${username(name)})`
    if (points > 0) await this.give(name, points)
    return { id, name }
  }

  async give(name: string, points: number): Promise<void> {
    await transaction(this.#sql, (db) =>
      book(db, {
        guildId: this.id,
        username: username(name),
        change: { kind: 'add', delta: BigInt(points) },
        entry: 'give',
        sourceRef: `test:${Math.random()}`,
        actorId: null,
        reason: null,
      }),
    )
  }

  set<Key extends SettingKey>(key: Key, value: Settings[Key]) {
    return transaction(this.#sql, (db) => writeSetting(db, { guildId: this.id, key, value, by: { source: 'bot' } }))
  }

  async balance(name: string): Promise<number> {
    const [row] = await this.#sql<{ points: string }[]>`
      select points from user_points where discord_server_id = ${this.id} and kick_username = ${name}`
    return Number(row?.points ?? 0)
  }

  async stock(item = 1): Promise<number | null | undefined> {
    const [row] = await this.#sql<{ stockLeft: number | null }[]>`
      select stock_left from point_shop_items where discord_server_id = ${this.id} and id = ${item}`
    return row?.stockLeft
  }

  async sales(): Promise<readonly string[]> {
    const rows = await this.#sql<{ id: number; name: string; price: string; status: string }[]>`
      select id, kick_username as name, price_paid as price, status from point_sales
       where discord_server_id = ${this.id} order by id`
    return rows.map((row) => `#${row.id} ${row.name} ${row.price} ${row.status}`)
  }

  /** Opens the shop and chooses an item from its menu. */
  async choose(member: Member, item: number, locale?: string): Promise<Interaction> {
    const store = await this.ask(member.id, 'shop show', {}, locale)
    const { id } = menuOf(store)
    return this.control.choose({
      userId: member.id,
      message: store,
      customId: id,
      values: [String(item)],
      ...(locale === undefined ? {} : { locale }),
    })
  }

  /** The offer of an item without a question. */
  offer = async (member: Member, item = 1): Promise<SeenMessage> => (await this.choose(member, item)).message()

  press(by: string, message: SeenMessage, action: string, locale?: string): Interaction {
    const found = buttonsOf(message).find(({ id }) => id?.split(':')[1] === action)
    return this.control.press({
      userId: by,
      message,
      customId: String(found?.id),
      ...(locale === undefined ? {} : { locale }),
    })
  }

  /** Buys an item from the list to the receipt; gives what stands there in the end. */
  async buy(member: Member, item = 1): Promise<string> {
    return this.answer(this.press(member.id, await this.offer(member, item), 'buy'))
  }

  /** What a press says in the end: in the place of its message, or beside it. */
  async answer(interaction: Interaction): Promise<string> {
    return Promise.race([
      interaction.message().then(textOf),
      interaction.followUps().then(([first]) => (first === undefined ? '' : textOf(first))),
    ])
  }

  /** What must hold whatever happened. */
  async wrong(): Promise<unknown> {
    const unexplained = await unexplainedBalances(this.#sql, this.id)
    const unpaid = await this.#sql`
      select s.id, s.status from point_sales s
       where s.discord_server_id = ${this.id} and s.price_paid > 0
         and (select coalesce(sum(l.delta), 0) from point_ledger l
               where l.discord_server_id = s.discord_server_id and l.source_ref in ('shop:' || s.id, 'shop:' || s.id || ':refund'))
             <> case when s.status = 'refunded' then 0 else -s.price_paid end`
    const negative = await this.#sql`
      select kick_username, points from user_points where discord_server_id = ${this.id} and points < 0`
    return { unexplained: [...unexplained], unpaid: [...unpaid], negative: [...negative] }
  }
}

export const nothingWrong = { unexplained: [], unpaid: [], negative: [] }
