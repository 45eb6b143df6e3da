/** What an admin does at the dashboard: begins a raffle, gives and takes tickets, has the board posted anew. */
import { z } from 'zod'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { userId, username } from '../../../../cluster/runtime/ids.ts'
import { audit } from '../../../../sql/queries/audit.ts'
import { linkOf } from '../../../../sql/queries/links.ts'
import { owe } from '../../../../sql/queries/outbox.ts'
import { readSettingsOf } from '../../../../sql/queries/settings.ts'
import { mostTickets, type TicketKind, ticketKinds } from '../../../../sql/queries/tickets.ts'
import { actor, dataOf, discordId } from '../../dashboard.ts'
import type { DashboardHandler } from '../../feature.ts'
import { speak } from '../../language.ts'
import { giveTickets, takeFrom } from '../command/hand.ts'
import { checkSpan, plan, typedLine } from '../command/life.ts'
import { limits, spanWritten } from '../rules.ts'

/** Whoever reads a refusal is the dashboard's developer. */
const say = speak('en')

const line = (max: number) =>
  z
    .string()
    .transform((text) => typedLine(text))
    .pipe(z.string().max(max).nullable())
    .nullish()

const started = z.object({
  start_date: z.string().max(40).optional(),
  end_date: z.string().max(40),
  title: line(limits.title),
  prize: line(limits.prize),
  ...actor,
})

/** Starts or plans a raffle, as `/raffle start` does. What has begun in the past begins now: nothing counts that nobody could know of. */
export const onStartPeriod: DashboardHandler = async (event, db, tools) => {
  const { guildId } = event
  const data = dataOf(event, started)
  const { timezone: timeZone } = await readSettingsOf(db, guildId, ['timezone'])
  const span = checkSpan(
    say,
    spanWritten({ now: tools.clock.now(), timeZone, from: data.start_date ?? null, to: data.end_date }),
  )
  const [title, prize] = [data.title ?? null, data.prize ?? null]
  await plan(say, db, { guildId, span, timeZone, title, prize, by: data.actor_id ?? null, source: 'dashboard' }, tools)
}

/** Takes the board away and posts it anew, at the end of its channel. */
export const onLeaderboardPost: DashboardHandler = async ({ guildId, id }, db, tools) => {
  const { raffle_board_channel_id: channel } = await readSettingsOf(db, guildId, ['raffle_board_channel_id'])
  if (channel === null)
    throw new UserError('no_channel', 'there is no channel for the board; set raffle_board_channel_id first')
  await owe(db, [{ guildId, kind: 'raffle.board', sourceRef: `dashboard:${id}`, payload: { isNew: true } }])
  tools.wakeOutbox()
}

/** Kinds as the legacy dashboard named them, and as ours do. */
const kindOf = (source: string | undefined): TicketKind | null =>
  source === 'shuffle_wager' ? 'wager' : (ticketKinds.find((kind) => kind === source) ?? null)

const adjusted = z.object({
  kick_name: z.string().min(1).max(100).transform(username).optional(),
  discord_id: discordId.transform(userId).optional(),
  change: z.coerce.number().int().min(-mostTickets).max(mostTickets),
  ticket_source: z.string().max(50).optional(),
  reason: z.string().max(limits.reason).nullish(),
  ...actor,
})

/**
 * Gives bonus tickets or takes tickets, as `/raffle give` and `/raffle remove` do, once for each event: the ledger knows of it, which a
 * dashboard that writes balances by itself does not see to.
 */
export const onTicketsAdjusted: DashboardHandler = async (event, db, tools) => {
  const { guildId } = event
  const data = dataOf(event, adjusted)
  if (data.change === 0) throw new UserError('change', 'change: a whole number of tickets that is not 0')
  const name =
    data.kick_name ??
    (data.discord_id === undefined ? undefined : (await linkOf(db, guildId, data.discord_id))?.kickName)
  if (name === undefined) throw new UserError('whom', 'kick_name, or the discord_id of a member who has linked')
  const by = data.actor_id ?? null
  const wish = { guildId, username: name, sourceRef: `dashboard:${event.id}`, actorId: by, reason: data.reason ?? null }
  if (data.change > 0) await giveTickets(say, db, { ...wish, tickets: data.change }, tools)
  else {
    const kind = kindOf(data.ticket_source)
    await takeFrom(say, db, { ...wish, asked: BigInt(-data.change), kind })
  }
  await audit(db, [
    {
      guildId,
      source: 'dashboard',
      actorId: by ?? undefined,
      action: data.change > 0 ? 'raffle.give' : 'raffle.remove',
      subject: name,
      newValue: String(data.change),
      reason: data.reason ?? null,
    },
  ])
}
