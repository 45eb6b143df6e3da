import type { Sql } from '../../sql/client.ts'
import type { DiscordStandIn } from '../standins/discord/index.ts'
import type { KickStandIn } from '../standins/kick/index.ts'

/** How our programs misbehaved towards the outside world, one line each; a good client leaves this empty. */
export function misbehaviour({ discord, kick }: { discord: DiscordStandIn; kick: KickStandIn }): string[] {
  const faults = discord.ledger.violations.map(({ kind, detail }) => `Discord: ${kind}: ${detail}`)
  for (const entry of discord.ledger.rest) {
    if (entry.status === 429) faults.push(`Discord: too many requests: ${entry.method} ${entry.path}`)
    else if (entry.status >= 400) faults.push(`Discord: ${entry.status} to ${entry.method} ${entry.path}`)
  }
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
