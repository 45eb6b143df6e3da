import { UserError } from '../../../../cluster/runtime/errors.ts'
import { userId } from '../../../../cluster/runtime/ids.ts'
import { type Db, transaction } from '../../../../sql/client.ts'
import { type Round, roundOf } from '../../../../sql/queries/balance.ts'
import type { Button, ModalSubmit } from '../../feature.ts'
import { type Say, speakTo } from '../../language.ts'
import { requireManager } from '../../manager.ts'
import { type Panel, pressedPanel } from '../../panel.ts'
import { readCents } from '../rules.ts'
import { panelBody, resultForm } from '../view.ts'
import { type Act, close, complete, open, standingOf } from './rounds.ts'

export const balancePanel: Panel = {
  room: 'balance',
  body: async (say, guildId, { sql }) => panelBody(say, guildId, await standingOf(sql, guildId)),
}

/** What a round is like that was opened without saying more. */
export const usual = { winnerCount: 3, firstIsFinal: false, noOvershoot: false, prize: null, minutes: null } as const

/** Whoever uses a command or a button, for the rounds. */
export const actOf = (
  interaction: { readonly id: string; readonly user: { readonly id: string } },
  guildId: Act['guildId'],
): Act => ({ guildId, by: { source: 'discord', actorId: userId(interaction.user.id) }, ref: interaction.id })

const idForm = /^\d{1,18}$/

/** The round that a button or form was made for, when it waits for its result. */
async function waiting(db: Db, say: Say, guildId: Act['guildId'], id: string): Promise<Round> {
  const round = idForm.test(id) ? await roundOf(db, { guildId, id, status: ['closed'] }) : undefined
  if (round === undefined) throw new UserError('no_closed', say('balance:error.no_closed'))
  return round
}

export const buttons: Readonly<Record<string, Button>> = {
  open: {
    async run(interaction, guildId, _args, tools) {
      const say = speakTo(interaction)
      requireManager(say, interaction)
      const openedBy = interaction.user.displayName
      await transaction(tools.sql, (db) => open(db, say, actOf(interaction, guildId), { ...usual, openedBy }, tools))
      return pressedPanel(balancePanel, interaction, guildId, tools)
    },
  },
  /** `balance:close:<guild>:<id>`: the round that the panel showed when it was pressed. */
  close: {
    async run(interaction, guildId, [id = ''], tools) {
      const say = speakTo(interaction)
      requireManager(say, interaction)
      if (!idForm.test(id)) throw new UserError('none_open', say('balance:error.none_open'))
      await transaction(tools.sql, (db) => close(db, say, actOf(interaction, guildId), id, tools))
      return pressedPanel(balancePanel, interaction, guildId, tools)
    },
  },
  result: {
    opens: 'modal',
    isPrivate: true,
    async open(interaction, guildId, [id = ''], { sql }) {
      const say = speakTo(interaction)
      requireManager(say, interaction)
      return { modal: resultForm(say, guildId, await waiting(sql, say, guildId, id)) }
    },
  },
  refresh: {
    async run(interaction, guildId, _args, tools) {
      requireManager(speakTo(interaction), interaction)
      return pressedPanel(balancePanel, interaction, guildId, tools)
    },
  },
}

/** `balance:result:<guild>:<id>`: what was typed into the form of the panel, for the round that it was opened for. */
export const resultSent: ModalSubmit = {
  async run(interaction, guildId, [id = ''], tools) {
    const say = speakTo(interaction)
    requireManager(say, interaction)
    const result = readCents(interaction.fields.getTextInputValue('amount'))
    if (result === undefined) throw new UserError('amount', say('balance:error.amount'))
    await transaction(tools.sql, async (db) => {
      const round = await waiting(db, say, guildId, id)
      await complete(db, say, actOf(interaction, guildId), { round, result }, tools)
    })
    return pressedPanel(balancePanel, interaction, guildId, tools)
  },
}
