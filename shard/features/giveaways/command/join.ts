import { randomBytes } from 'node:crypto'
import { type ButtonInteraction, ComponentType, type ModalSubmitInteraction, TextInputStyle } from 'discord.js'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { type GuildId, userId } from '../../../../cluster/runtime/ids.ts'
import { transaction } from '../../../../sql/client.ts'
import { type Entry, enterMember, entryOf, type Joined } from '../../../../sql/queries/entries.ts'
import type { Giveaway } from '../../../../sql/queries/giveaways.ts'
import { readSettingsOf } from '../../../../sql/queries/settings.ts'
import { claimWin, winnersOf } from '../../../../sql/queries/winners.ts'
import type { Button, ModalSubmit, Reply, Tools } from '../../feature.ts'
import { type Say, speakTo } from '../../language.ts'
import { type Link, linkOf } from '../../links/index.ts'
import { ago } from '../../text.ts'
import { entries } from '../event.ts'
import { refreshSoon } from '../job/panel.ts'
import { tellOfEntries } from '../job/tell.ts'
import { hasButton } from '../rules/choices.ts'
import { createdAtOf, gateFor, ticketsFor } from '../rules/gates.ts'
import { limits } from '../rules/limits.ts'
import { showProof } from './manage.ts'
import { existing } from './permission.ts'

type Interaction = ButtonInteraction | ModalSubmitInteraction

const idOf = (arg: string | undefined): number => (/^\d{1,9}$/.test(arg ?? '') ? Number(arg) : 0)

/** The member's roles and since when they are here, as the interaction tells it; which form it has depends on what is cached. */
function membershipOf({ member }: Interaction): { roleIds: readonly string[]; joinedAt: number | undefined } {
  if (member === null) return { roleIds: [], joinedAt: undefined }
  const roleIds = Array.isArray(member.roles) ? member.roles : [...member.roles.cache.keys()]
  const joined = 'joined_at' in member ? member.joined_at : member.joinedAt
  return { roleIds, joinedAt: joined === null ? undefined : new Date(joined).getTime() }
}

/** Somebody who wants to enter and may, as far as that can be said beforehand. */
interface Allowed {
  readonly giveaway: Giveaway
  readonly link: Link | undefined
  readonly tickets: number
  /** What they have already. */
  readonly entry: Entry | undefined
}

/** Looks at everything that stands before an entry, in its order; a `UserError` says what does, and what to do. */
async function allowed(interaction: Interaction, guildId: GuildId, id: number, tools: Tools): Promise<Allowed> {
  const say = speakTo(interaction)
  const giveaway = await existing(say, tools.sql, guildId, id)
  const who = userId(interaction.user.id)
  const { roleIds, joinedAt } = membershipOf(interaction)
  const [link, chosen] = await Promise.all([
    linkOf(tools.sql, guildId, who),
    readSettingsOf(tools.sql, guildId, ['giveaway_min_account_age_days', 'giveaway_min_server_days']),
  ])
  const gate = gateFor(
    giveaway,
    { roleIds, joinedAt, createdAt: createdAtOf(who), isLinked: link !== undefined },
    {
      now: tools.clock.now(),
      minAccountDays: chosen.giveaway_min_account_age_days,
      minServerDays: chosen.giveaway_min_server_days,
    },
  )
  switch (gate?.kind) {
    case 'not_active':
    case 'over':
      throw new UserError(gate.kind, say('giveaways:gate.over'))
    case 'role':
      throw new UserError('role', say('giveaways:gate.role', { role: `<@&${giveaway.requiredRoleId}>` }))
    case 'link':
      throw new UserError('link', say('giveaways:gate.link'))
    case 'account_age':
      throw new UserError(
        'account_age',
        say('giveaways:gate.account_age', { count: gate.days, when: ago(gate.readyAt) }),
      )
    case 'membership':
      throw new UserError('membership', say('giveaways:gate.membership', { count: gate.days, when: ago(gate.readyAt) }))
    case undefined:
  }
  if (!hasButton(giveaway)) throw new UserError('over', say('giveaways:gate.chat_only'))
  const entry = await entryOf(tools.sql, { guildId, giveawayId: id, userId: who, kickName: link?.kickName ?? null })
  return { giveaway, link, tickets: ticketsFor(giveaway.bonusRoles, roleIds), entry }
}

async function enter(
  interaction: Interaction,
  guildId: GuildId,
  { giveaway, link, tickets }: Allowed,
  answers: readonly string[] | null,
  tools: Tools,
): Promise<Reply> {
  const say = speakTo(interaction)
  const joined = await transaction(tools.sql, async (db) => {
    const result = await enterMember(db, {
      guildId,
      giveawayId: giveaway.id,
      userId: userId(interaction.user.id),
      displayName: link?.displayName ?? interaction.user.displayName,
      kickName: link?.kickName ?? null,
      kickUserId: link?.kickUserId ?? null,
      ref: interaction.id,
      tickets,
      answers,
      salt: randomBytes(16).toString('hex'),
    })
    if (result.kind === 'joined') {
      const displayName = link?.displayName ?? interaction.user.displayName
      await tellOfEntries(db, [{ guildId, giveawayId: giveaway.id, displayName, tickets: result.tickets }], tools)
      await refreshSoon(db, [{ guildId, id: giveaway.id }], tools)
    }
    return result
  })
  if (joined.kind === 'joined') entries.inc({ method: 'discord' })
  return { content: joinedText(say, giveaway, joined) }
}

function joinedText(say: Say, giveaway: Giveaway, joined: Joined): string {
  switch (joined.kind) {
    case 'closed':
      return say('giveaways:gate.over')
    case 'already':
      return say('giveaways:join.already', { tickets: say('giveaways:tickets', { count: joined.tickets }) })
    case 'joined': {
      const left = giveaway.maxEntriesPerUser - joined.joins
      const line = say('giveaways:join.done', { tickets: say('giveaways:tickets', { count: joined.tickets }) })
      return left > 0 ? `${line} ${say('giveaways:join.more', { count: left })}` : line
    }
  }
}

/** Enters: `giveaways:join:<guild>:<giveaway>`. Pressed again, it says the same again. */
export const joinButton: Button = {
  isPrivate: true,
  async run(interaction, guildId, [id], tools) {
    const may = await allowed(interaction, guildId, idOf(id), tools)
    return enter(interaction, guildId, may, null, tools)
  },
}

/** Asks the giveaway's questions: `giveaways:ask:<guild>:<giveaway>`. It looks and does not write. */
export const askButton: Button = {
  opens: 'modal',
  isPrivate: true,
  async open(interaction, guildId, [id], tools) {
    const say = speakTo(interaction)
    const { giveaway, entry } = await allowed(interaction, guildId, idOf(id), tools)
    if (entry !== undefined && entry.joins >= giveaway.maxEntriesPerUser)
      return { reply: { content: joinedText(say, giveaway, { kind: 'already', ...entry }) } }
    return {
      modal: {
        custom_id: `giveaways:answer:${guildId}:${giveaway.id}`,
        title: [...giveaway.title].slice(0, 45).join(''),
        components: giveaway.entryPrompts.map((prompt, i) => ({
          type: ComponentType.Label as const,
          label: [...prompt].slice(0, limits.question).join(''),
          component: {
            type: ComponentType.TextInput as const,
            custom_id: `answer${i}`,
            style: TextInputStyle.Paragraph,
            required: true,
            max_length: limits.answer,
          },
        })),
      },
    }
  },
}

/** Takes the answers and enters: `giveaways:answer:<guild>:<giveaway>`. */
export const answerForm: ModalSubmit = {
  isPrivate: true,
  async run(interaction, guildId, [id], tools) {
    const may = await allowed(interaction, guildId, idOf(id), tools)
    const answers = may.giveaway.entryPrompts.map((_, i) => {
      const name = `answer${i}`
      return interaction.fields.fields.has(name)
        ? interaction.fields.getTextInputValue(name).trim().slice(0, limits.answer)
        : ''
    })
    return enter(interaction, guildId, may, answers, tools)
  },
}

/** A winner says that they are there: `giveaways:claim:<guild>:<giveaway>`. */
export const claimButton: Button = {
  isPrivate: true,
  async run(interaction, guildId, [id], tools) {
    const say = speakTo(interaction)
    const giveaway = await existing(say, tools.sql, guildId, idOf(id))
    const who = userId(interaction.user.id)
    const link = await linkOf(tools.sql, guildId, who)
    const of = { guildId, giveawayId: giveaway.id }
    const [claimed] = await claimWin(tools.sql, { ...of, userId: who, kickName: link?.kickName ?? null })
    if (claimed !== undefined) return { content: say('giveaways:claim.done') }
    const theirs = (await winnersOf(tools.sql, of)).some(
      ({ userId: winner, kickName }) => winner === who || (kickName !== null && kickName === link?.kickName),
    )
    throw new UserError('not_yours', say(theirs ? 'giveaways:claim.late' : 'giveaways:claim.not_yours'))
  },
}

/** Shows how a giveaway was drawn: `giveaways:proof:<guild>:<giveaway>`. */
export const proofButton: Button = {
  isPrivate: true,
  run: (interaction, guildId, [id], tools) =>
    showProof(speakTo(interaction), { guildId, id: idOf(id), by: userId(interaction.user.id) }, tools),
}
