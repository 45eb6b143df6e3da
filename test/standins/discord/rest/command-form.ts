import { type Json, type JsonObject, numberOf, objectsOf, stringOf } from '../json.ts'
import { Form } from './form.ts'

const chatName = /^[-_'\p{L}\p{N}\p{sc=Devanagari}\p{sc=Thai}]{1,32}$/u
const mostOptions = 25
const longestCommand = 8_000

const OptionType = { Subcommand: 1, Group: 2, String: 3, Integer: 4, Number: 10 } as const
const numeric: readonly number[] = [OptionType.Integer, OptionType.Number]

const locales = new Set(
  'id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr cs el bg ru uk hi th zh-CN ja zh-TW ko'.split(
    ' ',
  ),
)

const checkName = (form: Form, isChat: boolean): string | undefined => {
  const name = form.text('name', { min: 1, max: 32, required: true })
  if (name === undefined || !isChat) return name
  if (chatName.test(name) && name === name.toLowerCase()) return name
  form.fault('name', 'APPLICATION_COMMAND_INVALID_NAME', 'Command name is invalid')
  return undefined
}

const checkLocalizations = (form: Form, field: string, limit: number, isChatName: boolean): void => {
  const texts = form.nested(field)
  for (const locale of Object.keys(texts?.values() ?? {})) {
    if (!locales.has(locale)) texts?.fault(locale, 'BASE_TYPE_CHOICES', 'Value is not a supported locale.')
    const text = texts?.text(locale, { min: 1, max: limit })
    if (isChatName && text !== undefined && (!chatName.test(text) || text !== text.toLowerCase()))
      texts?.fault(locale, 'APPLICATION_COMMAND_INVALID_NAME', 'Command name is invalid')
  }
}

const checkChoices = (option: Form, type: number): void => {
  const names = new Set<string>()
  for (const choice of option.list('choices', { max: 25 })) {
    const name = choice.text('name', { min: 1, max: 100, required: true })
    if (type === OptionType.String) choice.text('value', { min: 1, max: 100, required: true })
    else choice.number('value', { required: true })
    if (name !== undefined && names.has(name))
      option.fault(
        'choices',
        'APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS',
        `There already exists a choice with the name "${name}"`,
      )
    if (name !== undefined) names.add(name)
  }
}

const checkOption = (option: Form, depth: number): void => {
  const type = option.integer('type', { min: 1, max: 11, required: true })
  checkName(option, true)
  option.text('description', { min: 1, max: 100, required: true })
  checkLocalizations(option, 'name_localizations', 32, true)
  checkLocalizations(option, 'description_localizations', 100, false)
  if (type === undefined) return
  if (type === OptionType.Group && depth > 0)
    option.fault('type', 'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID', 'A group belongs directly below the command')
  if (type === OptionType.Subcommand || type === OptionType.Group) checkOptions(option, depth + 1, type)
  else checkValueOption(option, type)
}

const checkValueOption = (option: Form, type: number): void => {
  if (option.has('options')) option.fault('options', 'BASE_TYPE_INVALID', 'Only subcommands and groups have options')
  const hasChoices = option.has('choices') && objectsOf(option.raw('choices')).length > 0
  if (hasChoices && type !== OptionType.String && !numeric.includes(type))
    option.fault('choices', 'BASE_TYPE_INVALID', 'Choices need a string, integer or number option')
  if (hasChoices) checkChoices(option, type)
  if (option.boolean('autocomplete') && hasChoices)
    option.fault(
      'autocomplete',
      'APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES',
      'Autocomplete and choices exclude each other',
    )
  if (type === OptionType.String) {
    option.integer('min_length', { min: 0, max: 6_000 })
    option.integer('max_length', { min: 1, max: 6_000 })
  } else if (numeric.includes(type)) {
    option.number('min_value')
    option.number('max_value')
  }
}

const checkOptions = (form: Form, depth: number, parent: number): void => {
  const options = form.list('options', { max: mostOptions, min: parent === OptionType.Group ? 1 : 0 })
  const names = new Set<string>()
  let isPastOptional = false
  const nested = options.filter((option) => option.raw('type') === 1 || option.raw('type') === 2)
  if (nested.length > 0 && nested.length < options.length)
    form.fault(
      'options',
      'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID',
      'Sub-command and sub-command group option types are mutually exclusive to all other types',
    )
  if (parent === OptionType.Subcommand && nested.length > 0)
    form.fault('options', 'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID', 'A subcommand has no subcommands')
  if (parent === OptionType.Group && options.some((option) => option.raw('type') !== OptionType.Subcommand))
    form.fault('options', 'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID', 'A group has subcommands only')
  for (const option of options) {
    checkOption(option, depth)
    const name = stringOf(option.raw('name'))
    if (names.has(name))
      option.fault(
        'name',
        'APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS',
        'There already exists an option with this name',
      )
    names.add(name)
    const isRequired = option.raw('required') === true
    if (isRequired && isPastOptional)
      option.fault(
        '',
        'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID',
        'Required options must be placed before non-required options',
      )
    if (!isRequired) isPastOptional = true
  }
}

const lengthOf = (value: Json | undefined): number => {
  if (typeof value === 'string') return value.length
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + lengthOf(item), 0)
  if (typeof value !== 'object' || value === null) return 0
  return ['name', 'description', 'value', 'options', 'choices'].reduce((sum, field) => sum + lengthOf(value[field]), 0)
}

/** Checks one command in a form; the caller throws what was found. */
export const checkCommand = (form: Form): void => {
  const type = form.oneOf('type', [1, 2, 3]) ?? 1
  checkName(form, type === 1)
  checkLocalizations(form, 'name_localizations', 32, type === 1)
  if (type === 1) {
    form.text('description', { min: 1, max: 100, required: true })
    checkLocalizations(form, 'description_localizations', 100, false)
    checkOptions(form, 0, 0)
  } else {
    if (stringOf(form.raw('description')) !== '')
      form.fault(
        'description',
        'APPLICATION_COMMAND_DESCRIPTION_INVALID',
        'Context menu commands cannot have a description',
      )
    if (objectsOf(form.raw('options')).length > 0)
      form.fault('options', 'APPLICATION_COMMAND_OPTIONS_INVALID', 'Context menu commands cannot have options')
  }
  form.bits('default_member_permissions')
  form.boolean('nsfw')
  for (const field of ['contexts', 'integration_types']) {
    const values = form.raw(field)
    const most = field === 'contexts' ? 2 : 1
    if (values === undefined || values === null) continue
    if (!Array.isArray(values) || values.some((value) => !Number.isInteger(value) || value < 0 || value > most))
      form.fault(field, 'BASE_TYPE_CHOICES', `Values must be between 0 and ${most}.`)
  }
  if (lengthOf(form.values()) > longestCommand)
    form.fault('', 'APPLICATION_COMMAND_TOO_LARGE', `Command exceeds maximum size (${longestCommand})`)
}

/** The command as Discord keeps and returns it, without id and version. */
export const normalCommand = (values: JsonObject): JsonObject => {
  const type = numberOf(values.type) || 1
  return {
    type,
    name: stringOf(values.name),
    name_localizations: values.name_localizations ?? null,
    description: type === 1 ? stringOf(values.description) : '',
    description_localizations: values.description_localizations ?? null,
    options: type === 1 ? objectsOf(values.options).map(normalOption) : undefined,
    default_member_permissions:
      values.default_member_permissions === undefined || values.default_member_permissions === null
        ? null
        : String(values.default_member_permissions),
    dm_permission: values.dm_permission ?? true,
    contexts: values.contexts ?? null,
    integration_types: values.integration_types ?? [0],
    nsfw: values.nsfw ?? false,
  }
}

const normalOption = (option: JsonObject): JsonObject => {
  const { options, required, ...rest } = option
  return {
    ...rest,
    required: required === true ? true : undefined,
    options: Array.isArray(options) ? objectsOf(options).map(normalOption) : undefined,
  }
}

/** Reads one command; throws 50035. */
export const readCommand = (body: unknown): JsonObject => {
  const form = Form.of(body)
  checkCommand(form)
  form.check()
  return normalCommand(form.values())
}
