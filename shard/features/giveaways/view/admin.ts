import { AttachmentBuilder } from 'discord.js'
import type { Proof } from '../../../../cluster/runtime/fairness.ts'
import type { Giveaway, Template, Totals } from '../../../../sql/queries/giveaways.ts'
import type { Winner } from '../../../../sql/queries/winners.ts'
import type { Reply } from '../../feature.ts'
import type { Say } from '../../language.ts'
import { ago, colour, linesWithin, plain } from '../../text.ts'
import { conditionLines, personView } from './panel.ts'

const longestDescription = 4096

/** Giveaways of a guild, one line for each. */
export function listView(say: Say, all: readonly Giveaway[], totals: readonly Totals[]): Reply {
  const lines = all.map((one) => {
    const its = totals.find(({ id }) => id === one.id)
    const end =
      one.status === 'active' && one.endsAt !== null
        ? ` · ${say('giveaways:panel.ends', { when: ago(one.endsAt) })}`
        : ''
    return `**#${one.id}** ${plain(one.title)} · ${say(`giveaways:status.${one.status}`)} · ${say('giveaways:people', { count: its?.people ?? 0 })}${end}`
  })
  const description = lines.length === 0 ? say('giveaways:list.none') : linesWithin(say, lines, longestDescription)
  return { embeds: [{ color: colour, title: say('giveaways:list.title'), description }] }
}

/** All about one giveaway, with every roll. `note` stands above. */
export function showView(
  say: Say,
  p: { giveaway: Giveaway; totals: Pick<Totals, 'people' | 'tickets'>; winners: readonly Winner[]; note?: string },
): Reply {
  const { giveaway, totals, winners } = p
  const { endsAt, channelId } = giveaway
  const lines = [
    say('giveaways:show.status', { status: say(`giveaways:status.${giveaway.status}`) }),
    ...conditionLines(say, giveaway),
    say('giveaways:panel.prizes', { count: giveaway.maxWinners }),
    say('giveaways:panel.totals', { people: totals.people, tickets: BigInt(totals.tickets) }),
    ...(giveaway.status === 'active'
      ? [endsAt === null ? say('giveaways:panel.no_end') : say('giveaways:panel.ends', { when: ago(endsAt) })]
      : []),
    ...(channelId === null ? [] : [say('giveaways:show.channel', { channel: `<#${channelId}>` })]),
    ...(giveaway.status === 'drawing' ? [say('giveaways:panel.drawing', { round: String(giveaway.round ?? 0) })] : []),
    ...winners.map((winner) => rollLine(say, winner)),
  ]
  return {
    content: p.note ?? '',
    embeds: [
      {
        color: colour,
        title: `#${giveaway.id} ${giveaway.title}`.slice(0, 256),
        description: linesWithin(say, lines, longestDescription),
      },
    ],
  }
}

function rollLine(say: Say, winner: Winner): string {
  const name = personView(winner)
  if (winner.voidReason !== null)
    return `${winner.nonce + 1}. ~~${name}~~ · ${say(`giveaways:void.${winner.voidReason}`)}`
  const until =
    winner.state === 'won' && winner.claimUntil !== null
      ? ` · ${say('giveaways:show.claims', { when: ago(winner.claimUntil) })}`
      : ''
  return `${winner.nonce + 1}. ${name}${winner.state === 'claimed' ? ` · ${say('giveaways:show.claimed')}` : until}`
}

/** The place of whoever asks in a frozen list. */
export interface OwnEntry {
  readonly entryId: string
  readonly salt: string
  /** What the salt goes with. */
  readonly person: string
  readonly tickets: number
}

/** What anybody needs to check a draw, in words and as a file. Before the draw it says what is known by then. */
export function proofView(
  say: Say,
  p: {
    giveaway: Giveaway
    proof: Proof | undefined
    winners: readonly Winner[]
    own: OwnEntry | undefined
    url: string
  },
): Reply {
  const { giveaway, proof, winners, own, url } = p
  const code = (text: string) => `\`${text}\``
  const title = `#${giveaway.id} ${giveaway.title}`.slice(0, 256)
  if (giveaway.isLegacy) return { embeds: [{ color: colour, title, description: say('giveaways:proof.legacy') }] }
  const check = [
    ...(own === undefined
      ? []
      : [
          say('giveaways:proof.own', {
            entry: code(own.entryId),
            tickets: say('giveaways:tickets', { count: own.tickets }),
          }),
          say('giveaways:proof.salt', { formula: code(`${own.salt}:${own.person}`) }),
        ]),
    ...(giveaway.commitment === null
      ? []
      : [say('giveaways:announce.page', { url: own === undefined ? url : `${url}?entry=${own.entryId}` })]),
  ]
  if (proof?.seed == null || proof.entropy === null) {
    const lines = [
      say('giveaways:proof.not_yet'),
      ...(giveaway.commitment === null ? [] : [say('giveaways:proof.commitment', { hash: code(giveaway.commitment) })]),
      ...(giveaway.listHash === null ? [] : [say('giveaways:proof.list', { hash: code(giveaway.listHash) })]),
      ...(giveaway.round === null ? [] : [say('giveaways:proof.round', { round: code(String(giveaway.round)) })]),
      ...check,
    ]
    return { embeds: [{ color: colour, title, description: lines.join('\n') }] }
  }
  const { entropy } = proof
  const lines = [
    say('giveaways:proof.how'),
    say('giveaways:proof.commitment', { hash: code(proof.commitment ?? '') }),
    say('giveaways:proof.seed', { seed: code(proof.seed) }),
    say('giveaways:proof.list', { hash: code(proof.listHash ?? '') }),
    ...(entropy.kind === 'drand'
      ? [
          say('giveaways:proof.round', { round: code(String(entropy.round)) }),
          say('giveaways:proof.randomness', { value: code(entropy.randomness ?? '') }),
        ]
      : [say('giveaways:proof.message', { id: code(entropy.messageId) })]),
    ...check,
    ...winners.map((winner) =>
      winner.ticket === null
        ? `${winner.nonce + 1}. ${personView(winner)} · ${say('giveaways:proof.told')}`
        : `${winner.nonce + 1}. ${personView(winner)} · ${say('giveaways:proof.ticket', {
            ticket: BigInt(winner.ticket),
            total: BigInt(winner.total ?? 0),
          })}`,
    ),
  ]
  const file = new AttachmentBuilder(Buffer.from(`${JSON.stringify(proof)}\n`), {
    name: `giveaway-${giveaway.id}.json`,
  })
  return { embeds: [{ color: colour, title, description: linesWithin(say, lines, longestDescription) }], files: [file] }
}

export function templatesView(say: Say, all: readonly Template[]): Reply {
  const lines = all.map(({ displayName }) => `• ${plain(displayName)}`)
  const description = lines.length === 0 ? say('giveaways:template.none') : linesWithin(say, lines, longestDescription)
  return { embeds: [{ color: colour, title: say('giveaways:template.title'), description }] }
}
