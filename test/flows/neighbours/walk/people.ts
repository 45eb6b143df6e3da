import { buttonsOf, signIn } from '../../../support/browsing.ts'
import { until } from '../../../support/wait.ts'
import { messageIn, type Side } from '../side.ts'
import { asking, type Step, says } from './step.ts'

/** Uses /link, signs in at Kick, and answers the question. */
async function link(side: Side, by: string, answer: 'yes' | 'no' | 'refuses'): Promise<void> {
  const { world } = side
  const act = side.act('link', {}, by)
  const invitation = await act.message()
  side.saw(invitation)
  const browser = world.kick.control.browser(world.viewers.Ann, { consent: answer === 'refuses' ? 'deny' : 'approve' })
  const page = await signIn(browser, String(buttonsOf(invitation)[0]?.url))
  side.saw(page.body)
  if (answer === 'refuses') return side.settle()
  const [question] = await act.followUps(1)
  if (question === undefined) throw new Error('nobody was asked')
  side.saw(question)
  await side.press(question, `links:${answer}`, by)
  await side.settle()
}

/** Who is who: links, what members decide about their data, and who is left out of what. */
export const people: readonly Step[] = [
  {
    name: 'a member links an account, at the third attempt',
    async run(side) {
      await link(side, side.members.anna, 'refuses')
      await link(side, side.members.anna, 'no')
      await link(side, side.members.anna, 'yes')
      says(await side.ask('me', {}, side.members.anna), 'Ann')
    },
  },
  {
    name: 'an admin links another member',
    async run(side) {
      const question = await side.ask('links force', { member: side.members.bob, kick: 'bob_k' })
      says(messageIn(await side.press(question, 'links:force')), 'Bob')
      await side.settle()
    },
  },
  {
    name: 'names are put together, looked up, and their members given a role',
    async run(side) {
      await side.ask('watchtime-admin give', { name: 'old_name', minutes: side.n(1) })
      await side.ask('watchtime-admin give', { name: 'new_name', minutes: side.n(2) })
      await side.ask('links rename', { old: 'old_name', new: 'new_name' })
      await side.ask('links who', { kick: 'bob_k' })
      await side.ask('links history', { member: side.members.bob })
      await side.ask('links history', { kick: 'new_name' })
      await side.ask('links grant-role')
      await side.settle()
      await side.play('links.run')
      await side.world.discord.control.untilRole(side.id, side.members.bob, side.roles.Verified)
    },
  },
  {
    name: 'a panel invites members to link',
    async run(side) {
      const { panels } = side.channels
      await side.ask('linkpanel post', { channel: panels, title: side.w('Link'), description: side.w('Do it') })
      const panel = await side.posted('panels', 'links:panel')
      await side.press(panel, 'links:panel', side.members.carl)
      await side.ask('linkpanel remove')
      await side.settle()
    },
  },
  {
    name: 'a link is taken away and made again',
    async run(side) {
      await side.ask('unlink', { member: side.members.bob })
      await side.settle()
      await side.dashboard('link.forced', { discord_id: side.members.bob, kick_name: 'bob_k' })
      await side.settle()
      await until(
        async () =>
          (await side.number(
            `select count(*) as n from links where discord_server_id = $guild and kick_name = 'bob_k'`,
          )) > 0,
        { what: 'the link' },
      )
    },
  },
  {
    name: 'the dashboard takes a link away, and an admin makes it again',
    async run(side) {
      await side.dashboard('link.removed', { discord_id: side.members.bob })
      await side.settle()
      const question = await side.ask('links force', { member: side.members.bob, kick: 'bob_k' })
      await side.press(question, 'links:force')
      await side.settle()
    },
  },
  asking('members decide about their data', ({ members }) => [
    ['privacy hide', {}, members.anna],
    ['privacy status', {}, members.anna],
    ['privacy show', {}, members.anna],
    ['why', {}, members.anna],
    ['why', { member: members.bob }],
    ['data export', {}, members.anna],
    ['data export', {}, members.bob],
  ]),
  {
    name: 'a member would be erased, and is not',
    async run(side) {
      await side.press(await side.ask('data erase', {}, side.members.anna), 'trust:keep', side.members.anna)
    },
  },
  asking('viewers are left out', (side) => [
    ['exclude add', { name: 'cheater', reason: side.w('cheats') }],
    ['exclude list'],
    ['exclude remove', { name: 'cheater', reason: side.w('was not') }],
  ]),
]
