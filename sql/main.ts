/** `npm run migrate`: brings a database up to date, that of the bot before included, or says what that would do. */
import { parseArgs } from 'node:util'
import { createSql, isTransient } from './client.ts'
import { type Answers, type Brought, guildsOfBot, LegacyQuestion } from './legacy/index.ts'
import { migrate, previewLegacy } from './migrate.ts'

const help = `Brings the database that DATABASE_URL names up to date. A database of the bot before is brought over first: its rows are copied while
it goes on working, and its tables then lie untouched in the schema "legacy".

  npm run migrate -- [--dry-run] [--guild <server id>|none] [--json] [--wait]

  --dry-run   says what would happen to a database of the bot before, and changes nothing
  --guild     the Discord server of rows that name none; "none" sets them aside. Else LEGACY_GUILD_ID, DISCORD_GUILD_ID, the
              only row of the table "servers", or the only server the bot is in (asked with DISCORD_TOKEN)
  --json      one line of JSON in place of sentences
  --wait      waits for a database that does not answer, for as long as it takes

Exit codes: 0 done, or nothing to do · 1 failed; start again to go on · 2 the call is wrong · 3 a question has to be answered first
`

const exit = { done: 0, failed: 1, usage: 2, question: 3 } as const
/** Sentences of one kind that are printed; the rest stand in the table legacy_report. */
const mostSentences = 20

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const complain = (text: string): void => void process.stderr.write(`migrate: ${text}\n`)

process.exitCode = await main()

async function main(): Promise<number> {
  const call = readCall()
  if (typeof call === 'number') return call
  const { databaseUrl, answers, isDryRun, isJson } = call
  if (call.isPatient) await untilItAnswers(databaseUrl)
  try {
    if (isDryRun) {
      const brought = await previewLegacy(databaseUrl, answers)
      if (isJson) say(JSON.stringify(brought ?? {}))
      else if (brought === undefined)
        say('This is no database of the bot before, or it is already being brought over. Nothing was changed.')
      else describe(brought, 'This is what would happen. Nothing was changed.')
      return exit.done
    }
    const { applied, brought } = await migrate(databaseUrl, {
      legacy: answers,
      onStep: (step, seconds) => {
        if (!isJson) say(`step ${step}: ${seconds.toFixed(1)} s`)
      },
    })
    if (isJson) say(JSON.stringify({ applied, brought }))
    else {
      if (brought !== undefined) describe(brought, 'The database of the bot before was brought over.')
      say(applied.length === 0 ? 'The database is up to date.' : `Applied ${applied.join(', ')}.`)
    }
    return exit.done
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error))
    return error instanceof LegacyQuestion ? exit.question : exit.failed
  }
}

/** What is wrong with it besides is for whoever works with it to say. */
async function untilItAnswers(databaseUrl: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const sql = createSql(databaseUrl, { max: 1, name: 'belfry migrate' })
    try {
      await sql`select 1 as one`
      return
    } catch (error) {
      if (!isTransient(error)) return
      if (attempt === 1) complain('the database does not answer yet')
      await new Promise((resolve) => setTimeout(resolve, 1_000))
    } finally {
      await sql.end({ timeout: 0 })
    }
  }
}

interface Call {
  readonly databaseUrl: string
  readonly answers: Answers
  readonly isDryRun: boolean
  readonly isJson: boolean
  readonly isPatient: boolean
}

/** What was asked for, or the exit code of a call that is answered already. */
function readCall(): Call | number {
  let values: { 'dry-run'?: boolean; guild?: string; json?: boolean; wait?: boolean; help?: boolean }
  try {
    values = parseArgs({
      options: {
        'dry-run': { type: 'boolean' },
        guild: { type: 'string' },
        json: { type: 'boolean' },
        wait: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    complain(`${error instanceof Error ? error.message : String(error)}\n\n${help}`)
    return exit.usage
  }
  if (values.help === true) {
    process.stdout.write(help)
    return exit.done
  }
  const given = (name: string) => process.env[name]?.trim() || undefined
  const databaseUrl = given('DATABASE_URL')
  if (databaseUrl === undefined || !/^postgres(ql)?:\/\//.test(databaseUrl)) {
    complain('DATABASE_URL must be the URL of a PostgreSQL database')
    return exit.usage
  }
  const guild = values.guild ?? given('LEGACY_GUILD_ID')
  const onlyGuild = given('DISCORD_GUILD_ID')
  const wrong = [
    ...(guild === undefined || /^(\d{15,20}|none)$/.test(guild) ? [] : ['--guild (or LEGACY_GUILD_ID)']),
    ...(onlyGuild === undefined || /^\d{15,20}$/.test(onlyGuild) ? [] : ['DISCORD_GUILD_ID']),
  ]
  if (wrong.length > 0) {
    complain(`${wrong.join(' and ')} must be the id of a Discord server`)
    return exit.usage
  }
  const token = given('DISCORD_TOKEN')
  const apiUrl = (given('DISCORD_API_URL') ?? 'https://discord.com/api').replace(/\/+$/, '')
  return {
    databaseUrl,
    answers: { guild, onlyGuild, guildsOfBot: token === undefined ? undefined : guildsOfBot({ apiUrl, token }) },
    isDryRun: values['dry-run'] === true,
    isJson: values.json === true,
    isPatient: values.wait === true,
  }
}

function describe({ plan, outcomes, setAside }: Brought, conclusion: string): void {
  say(`Found: ${plan.generation}, ${plan.guilds.length} Discord servers named in it`)
  say(`Rows without a server go to ${plan.guildId ?? 'nobody'}: ${plan.decidedBy}`)
  for (const [table, { all, withoutGuild }] of Object.entries(plan.rows))
    say(`  ${table}: ${all} rows, ${withoutGuild} of them without a server`)
  const kinds = [...new Set(outcomes.map(({ outcome }) => outcome))]
  for (const kind of kinds) {
    const ofKind = outcomes.filter(({ outcome }) => outcome === kind)
    say(`${kind}: ${ofKind.length}`)
    for (const { guildId, table, subject, detail } of ofKind.slice(0, mostSentences))
      say(`  ${[guildId === '0' ? '' : guildId, table, subject].filter((part) => part !== '').join(' ')}: ${detail}`)
    if (ofKind.length > mostSentences) say(`  … and ${ofKind.length - mostSentences} more`)
  }
  say(`rows set aside: ${setAside.length}`)
  for (const { guildId, table, reason, kickName } of setAside.slice(0, mostSentences))
    say(
      `  ${[guildId === '0' ? '' : guildId, table, kickName ?? ''].filter((part) => part !== '').join(' ')}: ${reason}`,
    )
  if (setAside.length > mostSentences) say(`  … and ${setAside.length - mostSentences} more`)
  say(conclusion)
}
