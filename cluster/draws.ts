import type { Sql } from '../sql/client.ts'
import { frozenLists } from '../sql/queries/draws.ts'
import { type OldDraw, oldDraws } from '../sql/queries/olddraws.ts'
import {
  giveawayList,
  type PublicDraw,
  type PublicEntry,
  type Published,
  type PublishedDraws,
  publicEntries,
  publicGiveawayEntries,
  publicGiveaways,
  publicPeriods,
  readGiveaway,
  readRaffle,
} from '../sql/queries/proof.ts'
import type { Answer, Ask } from './answer.ts'
import { beforePage, beforePathOf } from './pages/before.ts'
import { type DrawKind, drawPage, drawsPage, nameOfWinner } from './pages/draw.ts'
import { speakToBrowser } from './pages/texts.ts'
import type { Clock } from './runtime/clock.ts'
import type { Proof, PublishedEntropy, V1Draw, V1Proof } from './runtime/fairness.ts'
import { type GuildId, guildId } from './runtime/ids.ts'

const longestId = 9_223_372_036_854_775_807n
const mostOnPage = 200
const mostEntries = 1_000
/** Whoever looks again so soon sees what was read for somebody else. */
const freshMs = 3_000
/** Answers that are kept for that long at most, and the characters that they may have together. */
const mostKept = 500
const mostCharacters = 64 * 1024 * 1024

export interface Draws {
  /** Answers below `/raffles/` and `/giveaways/`; undefined for an address that there is not. */
  answer(ask: Ask): Promise<Answer | undefined>
}

interface Of {
  readonly guildId: GuildId
  readonly number: number
}

/** Where the pages of one kind read from. */
interface Source {
  all(guildId: GuildId): Promise<readonly Published[]>
  one(of: Of): Promise<PublishedDraws | undefined>
  entries(of: Of & { readonly entryId?: string; readonly limit: number }): Promise<readonly PublicEntry[]>
  /** The frozen list as it was hashed; undefined before it is frozen and for one without anybody. */
  list(of: Of): Promise<string | undefined>
}

const sourcesIn = (sql: Sql): Readonly<Record<DrawKind, Source>> => ({
  raffles: {
    all: (guild) => publicPeriods(sql, { guildId: guild, limit: mostOnPage }),
    one: (of) => readRaffle(sql, of),
    entries: (of) => publicEntries(sql, of),
    list: async ({ guildId: guild, number }) =>
      (await frozenLists(sql, { guildIds: [guild], numbers: [number] }))[0]?.list,
  },
  giveaways: {
    all: (guild) => publicGiveaways(sql, { guildId: guild, limit: mostOnPage }),
    one: (of) => readGiveaway(sql, of),
    entries: (of) => publicGiveawayEntries(sql, of),
    list: async (of) => (await giveawayList(sql, of))[0]?.list,
  },
})

const beforePaths = /^\/raffles\/(\d{1,19})\/before(\/proof\.json)?$/
const json = (text: string): Answer => ({
  status: 200,
  body: `${text}\n`,
  headers: { 'Content-Type': 'application/json; charset=utf-8' },
})

const paths = /^\/(raffles|giveaways)\/(\d{1,19})(?:\/([1-9]\d{0,8})(\/proof\.json)?)?$/

/**
 * The public pages of raffles and giveaways, and the same as JSON. What they show was published by the guild itself; people stand in it by
 * an entry that names nobody, and winners by their name at Kick unless they hide. The database is asked once for all who look within
 * three seconds.
 */
export function createDraws(options: {
  readonly sql: Sql
  readonly clock: Pick<Clock, 'monotonic'>
  /** Where rounds of drand are shown. */
  readonly drandUrl: string
}): Draws {
  const { sql, drandUrl } = options
  const sources = sourcesIn(sql)
  const kept = createKeeper(options.clock)

  const list = async (kind: DrawKind, guild: GuildId, ask: Ask): Promise<Answer | undefined> => {
    const say = speakToBrowser(ask)
    return kept(`${ask.path} ${say.locale}`, async () => {
      const all = await sources[kind].all(guild)
      const [before] = kind === 'raffles' ? await oldDraws(sql, { guildId: guild, limit: 1 }) : []
      const serverName = all[0]?.serverName ?? before?.serverName
      const beforePath = before === undefined ? undefined : beforePathOf(guild)
      return serverName === undefined ? undefined : drawsPage(say, kind, serverName, all, beforePath)
    })
  }

  /** Draws of the bot before, and the same as JSON. */
  const before = async (guild: GuildId, ask: Ask, isJson: boolean): Promise<Answer | undefined> => {
    const say = speakToBrowser(ask)
    return kept(isJson ? ask.path : `${ask.path} ${say.locale}`, async () => {
      const draws = await oldDraws(sql, { guildId: guild, limit: mostOnPage })
      const [newest] = draws
      if (newest === undefined) return undefined
      return isJson
        ? json(JSON.stringify({ scheme: 'v1', guild, draws: draws.map(v1Of) } satisfies V1Proof))
        : beforePage(say, { guildId: guild, serverName: newest.serverName, draws })
    })
  }

  const one = async (kind: DrawKind, of: Of, ask: Ask): Promise<Answer | undefined> => {
    const say = speakToBrowser(ask)
    const entryId = /^[0-9a-f]{40}$/.exec(ask.query.get('entry') ?? '')?.[0]
    return kept(`${ask.path} ${say.locale} ${entryId ?? ''}`, async () => {
      const found = await sources[kind].one(of)
      if (found === undefined) return undefined
      const entries = await sources[kind].entries({ ...of, limit: mostEntries })
      const [theirs] = entryId === undefined ? [] : await sources[kind].entries({ ...of, entryId, limit: 1 })
      const { entropyChain: chain, entropyRound: round } = found.published
      return drawPage(say, {
        kind,
        ...found,
        entries,
        ...(entryId !== undefined && { asked: { entryId, found: theirs } }),
        roundUrl: chain === null || round === null ? undefined : `${drandUrl}/${chain}/public/${round}`,
      })
    })
  }

  const proof = (kind: DrawKind, of: Of, path: string): Promise<Answer | undefined> =>
    kept(path, async () => {
      const found = await sources[kind].one(of)
      if (found === undefined) return undefined
      const frozen = found.published.closedAt === null ? undefined : await sources[kind].list(of)
      // The list is written as it was hashed; to read it and to write it again would only cost time.
      const { entrants: _, ...rest } = proofOf(found.published, found.draws)
      return json(JSON.stringify(rest).replace(/\}$/, () => `,"entrants":${frozen ?? '[]'}}`))
    })

  return {
    async answer(ask) {
      const [, ofGuild, asJson] = beforePaths.exec(ask.path) ?? []
      if (ofGuild !== undefined && BigInt(ofGuild) <= longestId)
        return before(guildId(ofGuild), ask, asJson !== undefined)
      const [, kind, guild, number, asProof] = paths.exec(ask.path) ?? []
      if ((kind !== 'raffles' && kind !== 'giveaways') || guild === undefined || BigInt(guild) > longestId)
        return undefined
      if (number === undefined) return list(kind, guildId(guild), ask)
      const of = { guildId: guildId(guild), number: Number(number) }
      return asProof === undefined ? one(kind, of, ask) : proof(kind, of, ask.path)
    },
  }
}

/** Remembers answers for a moment, and asks once for all who want the same at the same time. What is not there is remembered as well. */
function createKeeper(clock: Pick<Clock, 'monotonic'>) {
  const answers = new Map<
    string,
    { readonly until: number; readonly size: number; readonly answer: Answer | undefined }
  >()
  const asked = new Map<string, Promise<Answer | undefined>>()
  let characters = 0

  const forget = (key: string): void => {
    characters -= answers.get(key)?.size ?? 0
    answers.delete(key)
  }
  const keep = (key: string, answer: Answer | undefined): void => {
    forget(key)
    const size = answer?.body.length ?? 0
    answers.set(key, { until: clock.monotonic() + freshMs, size, answer })
    characters += size
    for (const oldest of answers.keys()) {
      if (answers.size <= mostKept && characters <= mostCharacters) break
      forget(oldest)
    }
  }
  return async (key: string, make: () => Promise<Answer | undefined>): Promise<Answer | undefined> => {
    const known = answers.get(key)
    if (known !== undefined && known.until > clock.monotonic()) return known.answer
    const pending =
      asked.get(key) ??
      make()
        .then((answer) => {
          keep(key, answer)
          return answer
        })
        .finally(() => asked.delete(key))
    asked.set(key, pending)
    return pending
  }
}

/** A draw of the bot before for whoever verifies it. */
export const v1Of = (draw: OldDraw): V1Draw => ({
  draw: draw.drawId,
  ticket: draw.winningTicket,
  total: draw.totalTickets,
  seed: draw.serverSeed,
  clientSeed: draw.clientSeed,
  nonce: draw.nonce,
  hash: draw.proofHash,
  commitment: draw.commitment,
})

/** What is published of a draw for whoever verifies it, without the list. What nobody knows yet is null. */
export const proofOf = (published: Published, draws: readonly PublicDraw[]): Proof => ({
  scheme: 'v2',
  guild: published.guildId,
  period: published.number,
  closedAt: published.closedAt?.toISOString() ?? null,
  commitment: published.commitment,
  seed: draws[0]?.serverSeed ?? null,
  listHash: published.listHash,
  entrants: [],
  entropy: entropyOf(published),
  draws: draws.map((draw) => ({
    nonce: draw.nonce,
    id: draw.entryId,
    ticket: draw.winningTicket,
    total: draw.totalTickets,
    counter: draw.counter,
    hash: draw.proofHash,
    status: draw.status,
    opening: openingOf(draw),
  })),
})

function entropyOf(published: Published): PublishedEntropy | null {
  if (published.entropyMessageId !== null) return { kind: 'discord', messageId: published.entropyMessageId }
  if (published.entropyChain === null || published.entropyRound === null || published.roundAt === null) return null
  return {
    kind: 'drand',
    chain: published.entropyChain,
    round: published.entropyRound,
    roundAt: published.roundAt.toISOString(),
    randomness: published.randomness,
    signature: published.signature,
  }
}

/** Tells whose entry won, of those who are named. Somebody's Discord id is nothing that the world has to know. */
const openingOf = (draw: PublicDraw): { salt: string; person: string } | null =>
  nameOfWinner(draw) === undefined || draw.salt === null || draw.kickUserId === null
    ? null
    : { salt: draw.salt, person: draw.kickUserId }
