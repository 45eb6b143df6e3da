import { guildId, kickUserId, userId, username } from '../../cluster/runtime/ids.ts'
import { transaction } from '../../sql/client.ts'
import { insertLink } from '../../sql/queries/links.ts'
import { buttonsOf, signIn, textOf } from '../support/browsing.ts'
import { until } from '../support/wait.ts'
import type { CastGuild } from './cast.ts'
import { answerOf } from './opening.ts'
import type { Stage } from './stage.ts'

type Member = CastGuild['members'][number]

const patienceMs = 20_000

/** Writes the links of these members, as if they had made them long ago. */
export async function seedLinks({ sql }: Stage, guild: CastGuild, members: readonly Member[]): Promise<void> {
  await transaction(sql, async (db) => {
    for (const { userId: member, viewer } of members) {
      await insertLink(db, {
        guildId: guildId(guild.id),
        userId: userId(member),
        kickUserId: kickUserId(viewer.userId),
        kickName: username(viewer.username),
      })
    }
  })
}

/** A member links themself: `/link` in Discord, sign-in at Kick in a browser, and a yes to the question in Discord. */
export async function linkByHand({ discord, kick, sql }: Stage, guild: CastGuild, member: Member): Promise<void> {
  const act = discord.control.command({ command: 'link', guildId: guild.id, userId: member.userId })
  const url = buttonsOf(await answerOf(act)).find((button) => button.url !== undefined)?.url
  if (url === undefined) throw new Error('/link gave no button')

  const last = await signIn(kick.control.browser(member.viewer), url)
  if (last.status !== 200) throw new Error(`the sign-in ended at ${last.visited.at(-1)} with ${last.status}`)

  const [question] = await act.followUps(1, { timeoutMs: patienceMs })
  const yes = question && buttonsOf(question).find((button) => button.id?.startsWith('links:yes:'))?.id
  if (question === undefined || yes === undefined) throw new Error('the member was not asked')
  const press = discord.control.press({ userId: member.userId, message: question, customId: yes })
  await press.message({ timeoutMs: patienceMs, where: (message) => /linked to/i.test(textOf(message)) })
  await until(
    async () =>
      (await sql`select from links where discord_server_id = ${guild.id} and discord_id = ${member.userId}`).length,
    { what: `the link of ${member.viewer.username}`, timeoutMs: patienceMs },
  )
}
