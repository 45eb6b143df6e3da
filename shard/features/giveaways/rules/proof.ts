import type { Proof } from '../../../../cluster/runtime/fairness.ts'
import type { GuildId } from '../../../../cluster/runtime/ids.ts'
import type { Draw, Opening, Winner } from '../../../../sql/queries/winners.ts'

/** All that anybody needs to check a draw; undefined for one whose list was not frozen by us. Before the draw it lacks what is secret. */
export function proofOf(
  of: { readonly guildId: GuildId; readonly giveawayId: number },
  draw: Draw | undefined,
  winners: readonly Winner[],
  openings: readonly Opening[],
): Proof | undefined {
  if (draw === undefined) return undefined
  const { entropy, chain, round, roundAt } = draw
  return {
    scheme: 'v2',
    guild: of.guildId,
    period: of.giveawayId,
    closedAt: draw.frozenAt.toISOString(),
    commitment: draw.commitment,
    seed: draw.seed,
    listHash: draw.listHash,
    entrants: JSON.parse(draw.list) as [string, number][],
    entropy:
      entropy?.kind === 'discord'
        ? entropy
        : {
            kind: 'drand',
            chain,
            round,
            roundAt: roundAt.toISOString(),
            randomness: entropy?.randomness ?? null,
            signature: entropy?.signature ?? null,
          },
    draws: winners.flatMap(({ nonce, listId, ticket, total, counter, hash, state }) => {
      if (listId === null || ticket === null || total === null || counter === null || hash === null) return []
      const opening = openings.find((one) => one.listId === listId)
      return [
        {
          nonce,
          id: listId,
          ticket,
          total,
          counter,
          hash,
          status: state === 'void' ? ('void' as const) : ('valid' as const),
          opening: opening === undefined ? null : { salt: opening.salt, person: opening.person },
        },
      ]
    }),
  }
}
