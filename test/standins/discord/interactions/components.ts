import type { Core } from '../core.ts'
import { isObject, type JsonObject, numberOf, objectsOf, stringOf } from '../json.ts'
import { ComponentType, flatten } from '../rest/component-form.ts'
import type { Message } from '../world/types.ts'
import { type Interaction, InteractionType, modalInputs, type SeenMessage, type SeenModal } from './interaction.ts'
import { Refused, type Resolved, resolve } from './options.ts'
import { noneResolved, type Place, placeOf, withLocale } from './place.ts'

export interface ComponentAct {
  userId: string
  /** A message as it was seen, or its id. */
  message: SeenMessage | string
  customId: string
  locale?: string
}

const findMessage = (core: Core, message: SeenMessage | string): Message => {
  if (typeof message !== 'string') {
    const found = core.world.channels.get(message.channelId)?.messages.get(message.id)
    if (found) return found
  } else {
    for (const channel of core.world.channels.values()) {
      const found = channel.messages.get(message)
      if (found) return found
    }
  }
  throw new Refused('the message is no longer there')
}

const findComponent = (core: Core, act: ComponentAct): { place: Place; message: Message; component: JsonObject } => {
  const message = findMessage(core, act.message)
  if (message.visibleTo !== null && message.visibleTo !== act.userId)
    throw new Refused('the message is ephemeral and not for this user')
  if (message.author.id !== core.world.bot.id) throw new Refused('the message is not one of the bot')
  const component = flatten(message.components).find((one) => one.custom_id === act.customId)
  if (component === undefined) throw new Refused(`the message has no component "${act.customId}"`)
  if (component.disabled === true) throw new Refused(`component "${act.customId}" is disabled`)
  const place = placeOf(core, { userId: act.userId, guildId: message.guildId, channelId: message.channelId })
  if (place.channel.id !== message.channelId) throw new Refused('the message is in a DM with someone else')
  return { place, message, component }
}

export const press = (core: Core, act: ComponentAct): Interaction => {
  const { place, message, component } = findComponent(core, act)
  if (component.type !== ComponentType.Button) throw new Refused(`"${act.customId}" is not a button`)
  const data = { custom_id: act.customId, component_type: ComponentType.Button, id: component.id }
  return core.interactions.begin({
    ...place,
    ...withLocale(act.locale),
    type: InteractionType.Component,
    data,
    source: message,
  })
}

const selectKinds = new Map<number, 'user' | 'role' | 'mentionable' | 'channel'>([
  [5, 'user'],
  [6, 'role'],
  [7, 'mentionable'],
  [8, 'channel'],
])

/** The `resolved` of the chosen values; refuses values that are not offered, and too few or too many. */
const resolveChosen = (core: Core, place: Place, component: JsonObject, values: readonly string[]): Resolved => {
  const name = stringOf(component.custom_id)
  const min = typeof component.min_values === 'number' ? component.min_values : 1
  const max = typeof component.max_values === 'number' ? component.max_values : 1
  if (values.length < min || values.length > max) throw new Refused(`"${name}" takes ${min} to ${max} values`)
  const resolved = noneResolved()
  const kind = selectKinds.get(numberOf(component.type))
  for (const value of values) {
    const isOffered =
      kind === undefined
        ? objectsOf(component.options).some((option) => option.value === value)
        : resolve(kind, value, {
            world: core.world,
            guild: place.guild,
            resolved,
            channelTypes: component.channel_types,
          })
    if (!isOffered) throw new Refused(`"${name}" does not offer "${value}"`)
  }
  return resolved
}

export const choose = (core: Core, act: ComponentAct & { values: readonly string[] }): Interaction => {
  const { place, message, component } = findComponent(core, act)
  const type = numberOf(component.type)
  if (type !== ComponentType.StringSelect && !selectKinds.has(type))
    throw new Refused(`"${act.customId}" is not a select`)
  const resolved = resolveChosen(core, place, component, act.values)
  const data: JsonObject = {
    custom_id: act.customId,
    component_type: type,
    id: component.id,
    values: [...act.values],
    resolved: { ...resolved },
  }
  return core.interactions.begin({
    ...place,
    ...withLocale(act.locale),
    type: InteractionType.Component,
    data,
    source: message,
  })
}

/** Fills in a modal that the member was shown and sends it off; absent inputs keep the text they came with. */
export const submit = (
  core: Core,
  modal: SeenModal,
  values: Readonly<Record<string, string | readonly string[]>>,
): Interaction => {
  const opener = modal.interaction
  if (opener.answer.kind !== 'modal') throw new Refused('no modal is open')
  if (opener.submission !== null && opener.submission.answer.kind !== 'none')
    throw new Refused('the modal was sent off and is closed')
  const shown = opener.answer.modal
  const place: Place = { user: opener.user, guild: opener.guild, channel: opener.channel }
  const inputs = modalInputs(shown)
  for (const name of Object.keys(values))
    if (!inputs.some((input) => input.custom_id === name)) throw new Refused(`the modal has no input "${name}"`)
  const resolved = noneResolved()
  const fill = (input: JsonObject): JsonObject => {
    const name = stringOf(input.custom_id)
    const given = values[name]
    const base = { type: input.type, id: input.id ?? 1, custom_id: name }
    if (input.type === ComponentType.TextInput)
      return { ...base, value: checkText(input, given ?? stringOf(input.value)) }
    const chosen = given === undefined ? [] : typeof given === 'string' ? [given] : [...given]
    if (chosen.length > 0 || input.required !== false)
      Object.assign(resolved, resolveChosen(core, place, input, chosen))
    return { ...base, values: chosen }
  }
  const components = objectsOf(shown.components).flatMap((component): JsonObject[] => {
    const id = component.id ?? 1
    if (isObject(component.component)) return [{ type: component.type, id, component: fill(component.component) }]
    if (component.type !== ComponentType.Row) return []
    return [{ type: component.type, id, components: objectsOf(component.components).map(fill) }]
  })
  const data = { custom_id: shown.custom_id, components, resolved: { ...resolved } }
  opener.submission = core.interactions.begin({
    ...place,
    locale: opener.locale,
    type: InteractionType.Modal,
    data,
    source: opener.source,
  })
  return opener.submission
}

const checkText = (input: JsonObject, value: string | readonly string[]): string => {
  const name = stringOf(input.custom_id)
  if (typeof value !== 'string') throw new Refused(`input "${name}" wants text`)
  if (value === '' && input.required === false) return value
  const min = Math.max(numberOf(input.min_length), input.required === false ? 0 : 1)
  const max = numberOf(input.max_length) || 4_000
  if (value.length < min || value.length > max) throw new Refused(`input "${name}" wants ${min} to ${max} characters`)
  return value
}
