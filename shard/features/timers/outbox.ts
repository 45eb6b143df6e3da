import { z } from 'zod'
import { noteSaid } from '../../../sql/queries/timers.ts'
import { sendLine } from '../activity/index.ts'
import type { OutboxPayer } from '../feature.ts'

const payload = z.object({ id: z.int(), content: z.string().min(1), expiresAt: z.number() })

/** Says a message in stream chat, and notes that it was said once Kick has taken it. */
export const paySay: OutboxPayer = async (row, tools) => {
  const { id, ...line } = payload.parse(row.payload)
  const payment = await sendLine(row.guildId, line, tools)
  if (payment.kind === 'paid') await noteSaid(tools.sql, { guildId: row.guildId, id })
  return payment
}
