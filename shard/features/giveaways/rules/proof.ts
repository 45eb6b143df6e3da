import type { Proof } from '../../../../cluster/runtime/fairness.ts'
import type { Draw, Winner } from '../../../../sql/queries/winners.ts'

/** What a giveaway is called in its proof. */
export const periodOf = (giveawayId: number): string => `giveaway-${giveawayId}`

/** All that anybody needs to check a draw; undefined for one that was not drawn by us, or not yet. */
export function proofOf(giveawayId: number, draw: Draw | undefined, winners: readonly Winner[]): Proof | undefined {
  if (draw === undefined || draw.seed === null || draw.entropy === null) return undefined
  const { signature, ...entropy } = draw.entropy
  return {
    period: periodOf(giveawayId),
    commitment: draw.commitment,
    seed: draw.seed,
    listHash: draw.listHash,
    entrants: (JSON.parse(draw.list) as [string, number][]).map(([id, tickets]) => ({ id, tickets })),
    entropy,
    ...(signature !== undefined && { signature }),
    draws: winners.flatMap(({ nonce, listId, ticket, hash }) =>
      listId === null || ticket === null || hash === null ? [] : [{ nonce, id: listId, ticket, hash }],
    ),
  }
}
