import type { ButtonInteraction, ModalSubmitInteraction } from 'discord.js'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { type GuildId, userId } from '../../../../cluster/runtime/ids.ts'
import { transaction } from '../../../../sql/client.ts'
import { readSettingsOf, writeSetting } from '../../../../sql/queries/settings.ts'
import { pickOf } from '../../../../sql/queries/slotpicks.ts'
import type { Button, ModalSubmit, Tools } from '../../feature.ts'
import { speakTo } from '../../language.ts'
import { requireManager } from '../../manager.ts'
import { type Panel, pressedPanel } from '../../panel.ts'
import { limits } from '../rules.ts'
import { limitForm, panelBody, proofView } from '../view.ts'
import { emptyList, standingOf, switchList } from './list.ts'
import { pick, verifyPick } from './pick.ts'

export const slotPanel: Panel = {
  room: 'slots',
  body: async (say, guildId, { sql }) => panelBody(say, guildId, await standingOf(sql, guildId)),
}

type Press = ButtonInteraction | ModalSubmitInteraction

/** A button of the panel: for whoever may manage the server; what it did shows on the panel itself. */
const ofPanel = (act: (interaction: ButtonInteraction, guildId: GuildId, tools: Tools) => Promise<void>): Button => ({
  async run(interaction, guildId, _args, tools) {
    requireManager(speakTo(interaction), interaction)
    await act(interaction, guildId, tools)
    return pressedPanel(slotPanel, interaction, guildId, tools)
  },
})

const authorOf = (interaction: Press) => ({ source: 'discord', actorId: userId(interaction.user.id) }) as const

const toggle = (isOpen: boolean): Button =>
  ofPanel(async (interaction, guildId, tools) => {
    const by = authorOf(interaction)
    await transaction(tools.sql, (db) => switchList(db, { guildId, isOpen, by, ref: interaction.id }, tools))
  })

export const buttons: Readonly<Record<string, Button>> = {
  pick: ofPanel(async (interaction, guildId, tools) => {
    const by = userId(interaction.user.id)
    const made = await transaction(tools.sql, (db) => pick(db, { guildId, by, sourceRef: interaction.id }, tools))
    if (made === undefined) throw new UserError('nobody_waits', speakTo(interaction)('slots:error.nobody_waits'))
  }),
  refresh: ofPanel(async () => {}),
  open: toggle(true),
  close: toggle(false),
  limit: {
    opens: 'modal',
    isPrivate: true,
    async open(interaction, guildId, _args, { sql }) {
      const say = speakTo(interaction)
      requireManager(say, interaction)
      const { slot_max_requests_per_user: limit } = await readSettingsOf(sql, guildId, ['slot_max_requests_per_user'])
      return { modal: limitForm(say, guildId, limit) }
    },
  },
  /** `slots:clear:<guild>:<newest request>`: the second yes to an empty list; what came after the question stays. */
  clear: {
    async run(interaction, guildId, [upTo = ''], tools) {
      const say = speakTo(interaction)
      requireManager(say, interaction)
      if (!/^\d{1,18}$/.test(upTo)) throw new UserError('old_button', say('common:refused.old_button'))
      const by = userId(interaction.user.id)
      const gone = await emptyList({ guildId, upTo, by, ref: interaction.id }, tools)
      return { content: gone === 0 ? say('slots:clear.empty') : say('slots:clear.done', { count: gone }) }
    },
  },
  /** `slots:proof:<guild>:<number>`: for everybody. */
  proof: {
    isPrivate: true,
    async run(interaction, guildId, [number = ''], { sql }) {
      const say = speakTo(interaction)
      const made = /^\d{1,9}$/.test(number) ? await pickOf(sql, { guildId, number: Number(number) }) : undefined
      if (made === undefined) throw new UserError('no_pick', say('slots:error.no_pick'))
      return proofView(say, made, await verifyPick(guildId, made))
    },
  },
}

/** `slots:limit:<guild>`: what was typed into the form of the panel. */
export const limitSent: ModalSubmit = {
  async run(interaction, guildId, _args, tools) {
    const say = speakTo(interaction)
    requireManager(say, interaction)
    const typed = interaction.fields.getTextInputValue('limit').trim()
    const value = /^\d{1,2}$/.test(typed) ? Number(typed) : Number.NaN
    if (!(value <= limits.panelLimit))
      throw new UserError('limit', say('slots:error.limit', { max: limits.panelLimit }))
    const by = authorOf(interaction)
    await transaction(tools.sql, (db) => writeSetting(db, { guildId, key: 'slot_max_requests_per_user', value, by }))
    return pressedPanel(slotPanel, interaction, guildId, tools)
  },
}
