import { createDraws } from '../../../cluster/draws.ts'
import { decodeEvent } from '../../../cluster/ingress/event.ts'
import { commitmentOf, listHashOf, type Proof } from '../../../cluster/runtime/fairness.ts'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import { handleEvents } from '../../../shard/dispatch/event.ts'
import { features } from '../../../shard/features/index.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import { storeRound } from '../../../sql/queries/randomness.ts'
import type { Guild, Interaction, SeenMessage } from '../../standins/discord/index.ts'
import { DrandStandIn } from '../../standins/drand/index.ts'
import { type Bot, startBot } from '../../support/bot.ts'
import { buttonsOf, textOf } from '../../support/browsing.ts'
import { aGuildId, chatOf } from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'
import { until } from '../../support/wait.ts'

export interface Place {
  readonly id: GuildId
  readonly guild: Guild
  readonly news: string
}

/** A bot with everything on, and a chain of public randomness whose every round is known to the test. */
export async function aStage() {
  const { sql } = await createDatabase({ max: 16 })
  const drand = new DrandStandIn()
  const bot: Bot = await startBot({ sql, features, tools: { drandChain: drand.chain } })

  const aPlace = async (): Promise<Place> => {
    const id = aGuildId()
    const guild = bot.discord.world.addGuild({ id })
    await sql`insert into guild (discord_server_id, server_name) values (${id}, 'A place')`
    return { id, guild, news: guild.addChannel({ name: 'news' }).id }
  }
  const run = (place: Place, command: string, options: object = {}, userId = place.guild.ownerId): Interaction =>
    bot.discord.control.command({ guildId: place.id, channelId: place.news, userId, command, options: { ...options } })
  const ask = (place: Place, command: string, options: object = {}): Promise<SeenMessage> =>
    run(place, command, options).message()
  /** Begins a giveaway as an admin does: the command, then the form. */
  const create = async (
    place: Place,
    options: object,
    form: Readonly<Record<string, string>>,
  ): Promise<SeenMessage> => {
    const modal = await run(place, 'giveaway create', options).modal()
    return bot.discord.control.submit(modal, form).message()
  }
  /** Nothing is owed to Discord any more. */
  const paid = (place: Place) =>
    until(
      async () => {
        bot.tools.wakeOutbox()
        return (await sql`select 1 from outbox where discord_server_id = ${place.id} and state = 'due'`).length === 0
      },
      { what: 'the outbox to be paid' },
    )
  const messages = (place: Place): readonly SeenMessage[] => bot.discord.control.messagesIn(place.news)
  const hear = (...lines: ReturnType<typeof chatOf>[]) =>
    transaction(sql, (db) =>
      handleEvents(
        features,
        lines.map((line) => decodeEvent(line)),
        db,
        bot.tools,
      ),
    )
  const say = (place: Place, username: string, content: string, at = Date.now()) =>
    hear(chatOf({ guildIds: [place.id], username, content, at }))
  /** Lets jobs of this kind be due now, and waits until they were done. */
  const play = async (place: Place, kind: string): Promise<void> => {
    await sql`
      update job set next_run_at = now() - interval '1 second' where discord_server_id = ${place.id} and kind = ${kind}`
    await until(
      async () =>
        (
          await sql`
            select 1 from job where discord_server_id = ${place.id} and kind = ${kind} and next_run_at <= now()`
        ).length === 0,
      { what: `the jobs ${kind}` },
    )
  }
  /** The round that a giveaway waits for is published. */
  const publish = async (place: Place, id = 1): Promise<void> => {
    const [row] = await sql<{ round: number }[]>`
      select round::float8 as round from giveaways where discord_server_id = ${place.id} and id = ${id}`
    await storeRound(sql, { chain: drand.chain.hash, ...drand.beaconOf(row?.round ?? 0) })
  }
  /** What anybody may load of it. */
  const proofOf = async (place: Place, id = 1): Promise<Proof> => {
    const pages = createDraws({ sql, clock: bot.tools.clock, drandUrl: 'https://drand.example' })
    const path = `/giveaways/${place.id}/${id}/proof.json`
    const answer = await pages.answer({
      method: 'GET',
      path,
      query: new URLSearchParams(),
      headers: {},
      body: Buffer.alloc(0),
    })
    return JSON.parse(answer?.body.toString() ?? 'null') as Proof
  }
  /** Ends, draws and announces. */
  const draw = async (place: Place, id = 1): Promise<SeenMessage> => {
    const answer = await ask(place, 'giveaway draw', { number: id })
    await publish(place, id)
    await play(place, 'giveaways.draw')
    await paid(place)
    return answer
  }
  const panelOf = (place: Place): SeenMessage => {
    const panel = messages(place).find((message) => buttonsOf(message).some(({ id }) => /:(join|ask):/.test(id ?? '')))
    if (panel === undefined) throw new Error('there is no panel')
    return panel
  }
  const press = (place: Place, userId: string, message: SeenMessage, action: string): Interaction => {
    const id = buttonsOf(message).find((button) => button.id?.startsWith(`giveaways:${action}:${place.id}`))?.id
    return bot.discord.control.press({ userId, message, customId: id ?? 'none' })
  }
  const join = async (place: Place, userId: string): Promise<string> =>
    textOf(await press(place, userId, panelOf(place), 'join').message())
  const member = (place: Place, name: string, roles: readonly string[] = []): string =>
    place.guild.addMember({ username: name, roles }).user.id
  const link = (place: Place, userId: string, kickName: string, kickUserId = 77) =>
    sql`
      insert into links (discord_server_id, discord_id, kick_user_id, kick_name)
      values (${place.id}, ${userId}, ${kickUserId}, ${kickName})`
  const entriesIn = async (place: Place, id = 1) =>
    (
      await sql<{ who: string; tickets: number }[]>`
        select coalesce(kick_username, discord_id::text) as who, entry_count as tickets
          from giveaway_entries where discord_server_id = ${place.id} and giveaway_id = ${id} order by 1`
    ).map((row) => ({ ...row }))
  const statusOf = async (place: Place, id = 1): Promise<string> =>
    (
      await sql<{ status: string }[]>`select status from giveaways where discord_server_id = ${place.id} and id = ${id}`
    )[0]?.status ?? ''
  return {
    sql,
    drand,
    bot,
    aPlace,
    run,
    ask,
    create,
    paid,
    messages,
    hear,
    say,
    play,
    publish,
    proofOf,
    draw,
    panelOf,
    press,
    join,
    member,
    link,
    entriesIn,
    statusOf,
  }
}

export type Stage = Awaited<ReturnType<typeof aStage>>

/** What is stored of a draw fits together: the seed was committed to, and the list is the one that was hashed. */
export async function holdsTogether(sql: Sql, place: Place, id = 1): Promise<boolean> {
  const [row] = await sql<{ seed: string; commitment: string; list: string; listHash: string }[]>`
    select server_seed as seed, server_seed_commitment as commitment, frozen_list as list, list_hash
      from giveaways where discord_server_id = ${place.id} and id = ${id}`
  if (row === undefined) return false
  const entrants = (JSON.parse(row.list) as [string, number][]).map(([entry, tickets]) => ({ id: entry, tickets }))
  return (await commitmentOf(row.seed)) === row.commitment && (await listHashOf(entrants)) === row.listHash
}
