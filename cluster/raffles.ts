import type { Sql } from '../sql/client.ts'
import { frozenLists, type NamedDraw } from '../sql/queries/draws.ts'
import { type PublicPeriod, publicEntries, publicPeriods, readRaffle } from '../sql/queries/proof.ts'
import type { Answer, Ask } from './answer.ts'
import { nameOfWinner, rafflePage, rafflesPage } from './pages/raffle.ts'
import { speakToBrowser } from './pages/texts.ts'
import type { Clock } from './runtime/clock.ts'
import type { Proof, PublishedEntropy } from './runtime/fairness.ts'
import { type GuildId, guildId } from './runtime/ids.ts'

const longestId = 9_223_372_036_854_775_807n
const mostPeriods = 200
const mostEntries = 1_000
/** Whoever looks again so soon sees what was read for somebody else. */
const freshMs = 3_000
/** Answers that are kept for that long at most, and the characters that they may have together. */
const mostKept = 500
const mostCharacters = 64 * 1024 * 1024

export interface Raffles {
  /** Answers below `/raffles/`; undefined for an address that there is not. */
  answer(ask: Ask): Promise<Answer | undefined>
}

const paths = /^\/raffles\/(\d{1,19})(?:\/([1-9]\d{0,8})(\/proof\.json)?)?$/

/**
 * The public pages of raffles, and the same as JSON. What they show was published by the guild itself; people stand in it by an entry
 * that names nobody, and winners by their name unless they hide. The database is asked once for all who look within three seconds.
 */
export function createRaffles(options: {
  readonly sql: Sql
  readonly clock: Pick<Clock, 'monotonic'>
  /** Where rounds of drand are shown. */
  readonly drandUrl: string
}): Raffles {
  const { sql, drandUrl } = options
  const kept = createKeeper(options.clock)

  const list = async (guild: GuildId, ask: Ask): Promise<Answer | undefined> => {
    const say = speakToBrowser(ask)
    return kept(`${ask.path} ${say.locale}`, async () => {
      const periods = await publicPeriods(sql, { guildId: guild, limit: mostPeriods })
      const [newest] = periods
      return newest && rafflesPage(say, newest.serverName, periods)
    })
  }

  const one = async (guild: GuildId, number: number, ask: Ask): Promise<Answer | undefined> => {
    const say = speakToBrowser(ask)
    const entryId = /^[0-9a-f]{40}$/.exec(ask.query.get('entry') ?? '')?.[0]
    return kept(`${ask.path} ${say.locale} ${entryId ?? ''}`, async () => {
      const raffle = await readRaffle(sql, { guildId: guild, number })
      if (raffle === undefined) return undefined
      const of = { guildId: guild, number }
      const entries = await publicEntries(sql, { ...of, limit: mostEntries })
      const [found] = entryId === undefined ? [] : await publicEntries(sql, { ...of, entryId, limit: 1 })
      const { entropyChain: chain, entropyRound: round } = raffle.period
      return rafflePage(say, {
        ...raffle,
        entries,
        ...(entryId !== undefined && { asked: { entryId, found } }),
        roundUrl: chain === null || round === null ? undefined : `${drandUrl}/${chain}/public/${round}`,
      })
    })
  }

  const proof = (guild: GuildId, number: number, path: string): Promise<Answer | undefined> =>
    kept(path, async () => {
      const raffle = await readRaffle(sql, { guildId: guild, number })
      if (raffle === undefined) return undefined
      const [frozen] =
        raffle.period.closedAt === null ? [] : await frozenLists(sql, { guildIds: [guild], numbers: [number] })
      // The list is written as it was hashed; to read it and to write it again would only cost time.
      const { entrants: _, ...rest } = proofOf(raffle.period, raffle.draws)
      const body = JSON.stringify(rest).replace(/\}$/, () => `,"entrants":${frozen?.list ?? '[]'}}\n`)
      return { status: 200, body, headers: { 'Content-Type': 'application/json; charset=utf-8' } }
    })

  return {
    async answer(ask) {
      const [, guild, number, json] = paths.exec(ask.path) ?? []
      if (guild === undefined || BigInt(guild) > longestId) return undefined
      if (number === undefined) return list(guildId(guild), ask)
      return json === undefined
        ? one(guildId(guild), Number(number), ask)
        : proof(guildId(guild), Number(number), ask.path)
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

/** What is published of a raffle for whoever verifies it, without the list. What nobody knows yet is null. */
export const proofOf = (period: PublicPeriod, draws: readonly NamedDraw[]): Proof => ({
  scheme: 'v2',
  guild: period.guildId,
  period: period.periodNumber,
  closedAt: period.closedAt?.toISOString() ?? null,
  commitment: period.commitment,
  seed: draws[0]?.serverSeed ?? null,
  listHash: period.listHash,
  entrants: [],
  entropy: entropyOf(period),
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

function entropyOf(period: PublicPeriod): PublishedEntropy | null {
  if (period.entropyMessageId !== null) return { kind: 'discord', messageId: period.entropyMessageId }
  if (period.entropyChain === null || period.entropyRound === null || period.roundAt === null) return null
  return {
    kind: 'drand',
    chain: period.entropyChain,
    round: period.entropyRound,
    roundAt: period.roundAt.toISOString(),
    randomness: period.randomness,
    signature: period.signature,
  }
}

/** Tells whose entry won, of those who are named. Somebody's Discord id is nothing that the world has to know. */
const openingOf = (draw: NamedDraw): { salt: string; person: string } | null =>
  nameOfWinner(draw) === undefined || draw.salt === null || draw.kickUserId === null
    ? null
    : { salt: draw.salt, person: draw.kickUserId }
