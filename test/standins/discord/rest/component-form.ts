import { isObject, type JsonObject, objectsOf, stringOf } from '../json.ts'
import type { Form } from './form.ts'

export const ComponentType = {
  Row: 1,
  Button: 2,
  StringSelect: 3,
  TextInput: 4,
  UserSelect: 5,
  RoleSelect: 6,
  MentionableSelect: 7,
  ChannelSelect: 8,
  Section: 9,
  Text: 10,
  Thumbnail: 11,
  Gallery: 12,
  File: 13,
  Separator: 14,
  Container: 17,
  Label: 18,
} as const

const selects = [3, 5, 6, 7, 8]
const v2Types = [1, 9, 10, 12, 13, 14, 17]
const mostV2Components = 40

/** Every component below a list, containers and labels opened. */
export const flatten = (components: readonly JsonObject[]): JsonObject[] =>
  components.flatMap((component) => {
    const single = [component.component, component.accessory].filter(isObject)
    return [component, ...flatten([...objectsOf(component.components), ...single])]
  })

const checkEmoji = (form: Form): void => {
  const emoji = form.nested('emoji')
  if (emoji && !emoji.has('id') && !emoji.has('name')) emoji.required('name')
}

const checkButton = (button: Form): void => {
  const style = button.integer('style', { min: 1, max: 6, required: true })
  button.text('label', { max: 80 })
  checkEmoji(button)
  if (style === 5) {
    if (button.required('url')) button.text('url', { max: 512, pattern: /^(https?|discord):\/\// })
    if (button.has('custom_id')) button.fault('custom_id', 'BASE_TYPE_INVALID', 'A link button has no custom id')
  } else if (style !== undefined && style < 5) {
    button.text('custom_id', { min: 1, max: 100, required: true })
    if (button.has('url')) button.fault('url', 'BASE_TYPE_INVALID', 'A custom id and url cannot both be specified')
  }
  if (style !== undefined && style < 6 && !stringOf(button.raw('label')) && !button.has('emoji'))
    button.fault('', 'BUTTON_COMPONENT_INVALID', 'A button must have a label or an emoji')
}

const checkSelect = (select: Form, type: number, isInModal: boolean): void => {
  select.text('custom_id', { min: 1, max: 100, required: true })
  select.text('placeholder', { max: 150 })
  const min = select.integer('min_values', { min: 0, max: 25 }) ?? 1
  const max = select.integer('max_values', { min: 1, max: 25 }) ?? 1
  if (min > max) select.fault('min_values', 'NUMBER_TYPE_MAX', 'min_values must not be greater than max_values')
  if (select.has('disabled') && isInModal)
    select.fault('disabled', 'BASE_TYPE_INVALID', 'A select in a modal cannot be disabled')
  if (type !== ComponentType.StringSelect) return
  const values = new Set<string>()
  // There must be as many options as may be chosen.
  for (const option of select.list('options', { min: Math.max(1, max), max: 25, required: true })) {
    option.text('label', { min: 1, max: 100, required: true })
    option.text('description', { max: 100 })
    const value = option.text('value', { min: 1, max: 100, required: true })
    checkEmoji(option)
    if (value !== undefined && values.has(value))
      option.fault('value', 'SELECT_COMPONENT_OPTION_VALUE_DUPLICATED', 'The specified option value is already used')
    if (value !== undefined) values.add(value)
  }
}

const checkTextInput = (input: Form, isLabelled: boolean): void => {
  input.text('custom_id', { min: 1, max: 100, required: true })
  input.oneOf('style', [1, 2], true)
  if (!isLabelled) input.text('label', { min: 1, max: 45, required: true })
  const min = input.integer('min_length', { min: 0, max: 4_000 }) ?? 0
  const max = input.integer('max_length', { min: 1, max: 4_000 }) ?? 4_000
  if (min > max) input.fault('min_length', 'NUMBER_TYPE_MAX', `Value should be less than or equal to ${max}.`)
  input.boolean('required')
  input.text('placeholder', { max: 100 })
  input.text('value', { max: 4_000 })
}

const checkRow = (row: Form): void => {
  const items = row.list('components', { min: 1, max: 5, required: true })
  for (const item of items) {
    const type = item.raw('type')
    if (type === ComponentType.Button) checkButton(item)
    else if (typeof type === 'number' && selects.includes(type)) {
      checkSelect(item, type, false)
      if (items.length > 1) row.fault('components', 'COMPONENT_LAYOUT_WIDTH_EXCEEDED', 'A select takes the whole row')
    } else item.fault('type', 'UNION_TYPE_CHOICES', 'Value of field "type" must be one of (2, 3, 5, 6, 7, 8).')
  }
}

const checkV2 = (component: Form, isInContainer: boolean): void => {
  const type = component.raw('type')
  if (type === ComponentType.Row) checkRow(component)
  else if (type === ComponentType.Text) component.text('content', { min: 1, max: 4_000, required: true })
  else if (type === ComponentType.Section) {
    for (const text of component.list('components', { min: 1, max: 3, required: true }))
      text.text('content', { min: 1, max: 4_000, required: true })
    const accessory = component.nested('accessory')
    if (accessory === undefined) component.required('accessory')
    else if (accessory.raw('type') === ComponentType.Button) checkButton(accessory)
  } else if (type === ComponentType.Gallery) component.list('items', { min: 1, max: 10, required: true })
  else if (type === ComponentType.Container && !isInContainer)
    for (const child of component.list('components', { min: 1, max: 39, required: true })) checkV2(child, true)
  else if (typeof type !== 'number' || !v2Types.includes(type))
    component.fault('type', 'UNION_TYPE_CHOICES', `Value of field "type" must be one of (${v2Types.join(', ')}).`)
}

const checkCustomIds = (form: Form): void => {
  const seen = new Set<string>()
  for (const component of flatten(objectsOf(form.raw('components')))) {
    const { custom_id: customId } = component
    if (typeof customId !== 'string') continue
    if (seen.has(customId))
      form.fault('components', 'COMPONENT_CUSTOM_ID_DUPLICATED', 'Component custom id cannot be duplicated')
    seen.add(customId)
  }
}

/** Checks `components` of a message; with the v2 flag layouts are allowed as well. */
export const checkMessageComponents = (form: Form, isV2: boolean): void => {
  const components = form.list('components', { max: isV2 ? mostV2Components : 5 })
  for (const component of components) {
    if (isV2) checkV2(component, false)
    else if (component.raw('type') === ComponentType.Row) checkRow(component)
    else component.fault('type', 'UNION_TYPE_CHOICES', 'Value of field "type" must be one of (1,).')
  }
  if (isV2 && flatten(objectsOf(form.raw('components'))).length > mostV2Components)
    form.fault(
      'components',
      'COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED',
      `Must be ${mostV2Components} or fewer in total.`,
    )
  checkCustomIds(form)
}

/** Checks a modal: rows with one text input each, or labels with any input, or text. */
export const checkModal = (form: Form): void => {
  form.text('custom_id', { min: 1, max: 100, required: true })
  form.text('title', { min: 1, max: 45, required: true })
  for (const component of form.list('components', { min: 1, max: 5, required: true })) {
    const type = component.raw('type')
    if (type === ComponentType.Row) {
      for (const input of component.list('components', { min: 1, max: 1, required: true })) {
        if (input.raw('type') === ComponentType.TextInput) checkTextInput(input, false)
        else input.fault('type', 'UNION_TYPE_CHOICES', 'Value of field "type" must be one of (4,).')
      }
    } else if (type === ComponentType.Label) {
      component.text('label', { min: 1, max: 45, required: true })
      component.text('description', { max: 100 })
      const input = component.nested('component')
      const inputType = input?.raw('type')
      if (input === undefined) component.required('component')
      else if (inputType === ComponentType.TextInput) checkTextInput(input, true)
      else if (typeof inputType === 'number' && selects.includes(inputType)) checkSelect(input, inputType, true)
      else input.fault('type', 'UNION_TYPE_CHOICES', 'Value of field "type" must be one of (3, 4, 5, 6, 7, 8).')
    } else if (type !== ComponentType.Text) {
      component.fault('type', 'UNION_TYPE_CHOICES', 'Value of field "type" must be one of (1, 10, 18).')
    }
  }
  checkCustomIds(form)
}
