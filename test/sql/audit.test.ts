import { expect, it } from 'vitest'
import { pruneAudit } from '../../sql/queries/audit.ts'
import { createDatabase } from '../support/database.ts'

const { sql } = await createDatabase()

it('forgets who changed what after its days, a thousand notes at a time, and no note before them; two owners at once take each once', async () => {
  await sql`
    insert into audit_log (discord_server_id, source, action, subject, happened_at)
    select 1 + n % 2, 'discord', 'x', n::text, now() - make_interval(days => case when n <= 1500 then 401 else 399 end)
      from generate_series(1, 1600) n`
  const taken = await Promise.all([pruneAudit(sql, 400), pruneAudit(sql, 400)])
  expect(Math.max(...taken)).toBeLessThanOrEqual(1000)
  while ((await pruneAudit(sql, 400)) > 0);
  expect(await sql`select count(*)::int as kept, min(subject::int) as first from audit_log`).toEqual([
    { kept: 100, first: 1501 },
  ])
})
