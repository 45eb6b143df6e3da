import type { Sql } from '../../sql/client.ts'
import type { DiscordStandIn } from '../standins/discord/index.ts'
import type { KickStandIn } from '../standins/kick/index.ts'

/**
 * Of so many calls one may be told to wait. discord.js counts in seconds of its own, which do not begin with Discord's, and a
 * process that has just been started knows nothing of what its predecessor used up. Who asks for more does not keep to
 * the limits.
 */
const callsForOneRefusal = 50

/** How our programs misbehaved towards the outside world, one line each; a good client leaves this empty. */
export function misbehaviour({ discord, kick }: { discord: DiscordStandIn; kick: KickStandIn }): string[] {
  const { violations, rest } = discord.ledger
  const faults: string[] = []
  for (const { kind, detail } of violations) {
    if (kind !== 'rate-limit' || detail.includes('gateway-bot')) faults.push(`Discord: ${kind}: ${detail}`)
  }
  const limited = rest.filter(({ status }) => status === 429)
  if (limited.length > rest.length / callsForOneRefusal)
    faults.push(`Discord: ${limited.length} of ${rest.length} calls came too soon, such as ${limited.at(-1)?.path}`)
  for (const { method, path, status } of rest)
    if (status >= 400 && status !== 429) faults.push(`Discord: ${status} to ${method} ${path}`)
  for (const { method, path, status } of kick.control.requests)
    if (status >= 400) faults.push(`Kick: ${status} to ${method} ${path}`)
  const { refused, attempts } = kick.control.counts
  if (refused > 0) faults.push(`Kick: ${refused} of ${attempts} webhooks were refused`)
  return faults
}

/** What our programs gave up to pay. */
export async function deadRows(sql: Sql): Promise<string[]> {
  const rows = await sql<{ kind: string; reason: string | null; count: number }[]>`
    select kind, last_error as reason, count(*)::int as count
      from outbox
     where state = 'dead'
     group by kind, last_error`
  return rows.map(({ kind, reason, count }) => `outbox: ${count} of ${kind} were given up: ${reason ?? 'no reason'}`)
}
