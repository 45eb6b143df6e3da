import {
  type APIActionRowComponent,
  type APIButtonComponent,
  ButtonStyle,
  ComponentType,
  type RESTPostAPIChannelMessageJSONBody,
} from 'discord.js'
import type { Giveaway, Totals } from '../../../../sql/queries/giveaways.ts'
import type { Winner } from '../../../../sql/queries/winners.ts'
import type { Say } from '../../language.ts'
import { ago, colour, plain } from '../../text.ts'
import { asksRoleOfWinners, hasButton, hasChat } from '../rules/choices.ts'

const overColour = 0x747f8d
/** Names on a panel; the others stand in the announcement. */
const shownWinners = 15

type Button = APIButtonComponent
type Row = APIActionRowComponent<Button>

/** The public page of a giveaway, where anybody can check it. */
export const pageOf = (publicUrl: string, { guildId, id }: Pick<Giveaway, 'guildId' | 'id'>): string =>
  `${publicUrl}/giveaways/${guildId}/${id}`

export const rowOf = (...components: Button[]): Row => ({ type: ComponentType.ActionRow, components })

/** Words of an admin: markup is theirs to use, but they call nobody and lead nowhere they do not say. */
const words = (text: string): string => text.replace(/[\p{Cf}]/gu, '')

/** Somebody as a message shows them: by their Kick name, and as a member where they are known as one. */
export function personView({
  displayName,
  userId,
  kickName,
}: Pick<Winner, 'displayName' | 'userId' | 'kickName'>): string {
  const name = displayName === null ? '' : `**${plain(displayName)}**`
  if (userId === null) return name === '' ? '?' : name
  return kickName === null || name === '' ? `<@${userId}>` : `<@${userId}> (${name})`
}

/** How one enters, and what it takes. */
export function conditionLines(say: Say, giveaway: Giveaway): readonly string[] {
  const { entryMethod, keyword, requiredRoleId, bonusRoles, maxEntriesPerUser, claimMinutes } = giveaway
  const ways = [
    ...(entryMethod === 'keyword' ? [say('giveaways:panel.keyword', { keyword: `**${plain(keyword ?? '')}**` })] : []),
    ...(entryMethod === 'active_chatter'
      ? [
          say('giveaways:panel.chatter', {
            count: giveaway.messagesRequired,
            time: say.duration(giveaway.timeWindowMinutes),
          }),
        ]
      : []),
    ...(hasButton(giveaway) ? [say(hasChat(giveaway) ? 'giveaways:panel.also_button' : 'giveaways:panel.button')] : []),
  ]
  const bonus = hasChat(giveaway) ? 'giveaways:panel.bonus_button' : 'giveaways:panel.bonus'
  const bonuses = Object.entries(bonusRoles).map(([role, count]) => say(bonus, { role: `<@&${role}>`, count }))
  const needed = asksRoleOfWinners(giveaway) ? 'giveaways:panel.role_chat' : 'giveaways:panel.role'
  return [
    ...ways,
    ...(requiredRoleId === null ? [] : [say(needed, { role: `<@&${requiredRoleId}>` })]),
    ...(giveaway.needsLink ? [say('giveaways:panel.link')] : []),
    ...bonuses,
    ...(maxEntriesPerUser > 1 ? [say('giveaways:panel.entries', { count: maxEntriesPerUser })] : []),
    ...(claimMinutes > 0 ? [say('giveaways:panel.claim', { time: say.duration(claimMinutes) })] : []),
  ]
}

function stateLines(say: Say, giveaway: Giveaway, winners: readonly Winner[]): readonly string[] {
  switch (giveaway.status) {
    case 'active':
      return [
        giveaway.endsAt === null
          ? say('giveaways:panel.no_end')
          : say('giveaways:panel.ends', { when: ago(giveaway.endsAt) }),
      ]
    case 'drawing':
      return [say('giveaways:panel.drawing', { round: String(giveaway.round ?? 0) })]
    case 'completed': {
      const won = winners.filter(({ state }) => state !== 'void')
      if (won.length === 0) return [say('giveaways:panel.nobody')]
      const names = won.slice(0, shownWinners).map(personView)
      const rest = won.length - names.length
      return [
        say('giveaways:panel.winners', { count: won.length }),
        ...names.map((name) => `🏆 ${name}`),
        ...(rest > 0 ? [say('common:and_more', { count: rest })] : []),
      ]
    }
    case 'cancelled':
      return [say('giveaways:panel.cancelled')]
    default:
      return [say('giveaways:panel.ended')]
  }
}

export interface PanelShown {
  readonly giveaway: Giveaway
  readonly totals: Pick<Totals, 'people' | 'tickets'>
  readonly winners: readonly Winner[]
}

/** The message that tells of a giveaway: what there is to win, how one enters, how many have. Mentions nobody. */
export function panelMessage(say: Say, { giveaway, totals, winners }: PanelShown): RESTPostAPIChannelMessageJSONBody {
  const isOpen = giveaway.status === 'active'
  const lines = [
    ...(giveaway.description === null ? [] : [words(giveaway.description), '']),
    ...(isOpen ? [...conditionLines(say, giveaway), ''] : []),
    say('giveaways:panel.prizes', { count: giveaway.maxWinners }),
    say('giveaways:panel.totals', { people: totals.people, tickets: BigInt(totals.tickets) }),
    ...stateLines(say, giveaway, winners),
  ]
  const marks = [
    ...(giveaway.commitment === null ? [] : [say('giveaways:panel.commitment', { hash: giveaway.commitment })]),
    ...(giveaway.listHash === null ? [] : [say('giveaways:panel.list', { hash: giveaway.listHash })]),
  ]
  return {
    content: '',
    embeds: [
      {
        color: isOpen ? colour : overColour,
        title: `🎉 ${giveaway.title}`.slice(0, 256),
        description: lines.join('\n').slice(0, 4096),
        ...(marks.length === 0 ? {} : { footer: { text: `#${giveaway.id} · ${marks.join(' · ')}`.slice(0, 2048) } }),
      },
    ],
    components: isOpen && hasButton(giveaway) ? [rowOf(joinButton(say, giveaway))] : [],
    allowed_mentions: { parse: [] },
  }
}

/** The button of one that asks questions opens a form, and another one enters at once. */
const joinButton = (say: Say, { guildId, id, entryPrompts }: Giveaway): Button => ({
  type: ComponentType.Button,
  style: ButtonStyle.Success,
  label: say('giveaways:button.join'),
  emoji: { name: '🎉' },
  custom_id: `giveaways:${entryPrompts.length > 0 ? 'ask' : 'join'}:${guildId}:${id}`,
})
