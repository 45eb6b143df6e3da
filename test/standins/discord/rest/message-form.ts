import { isObject, type JsonObject, numberOf, objectsOf, stringOf } from '../json.ts'
import type { MessageContent } from '../world/messages.ts'
import { MessageFlag } from '../world/types.ts'
import { checkMessageComponents } from './component-form.ts'
import { failure } from './errors.ts'
import { Form } from './form.ts'
import type { UploadedFile } from './router.ts'

const longestMessage = 2_000
const longestEmbeds = 6_000

const textsOfEmbed = (embed: JsonObject): string[] => [
  stringOf(embed.title),
  stringOf(embed.description),
  isObject(embed.footer) ? stringOf(embed.footer.text) : '',
  isObject(embed.author) ? stringOf(embed.author.name) : '',
  ...objectsOf(embed.fields).flatMap((field) => [stringOf(field.name), stringOf(field.value)]),
]

const checkEmbeds = (form: Form): void => {
  let total = 0
  for (const embed of form.list('embeds', { max: 10 })) {
    embed.text('title', { max: 256 })
    embed.text('description', { max: 4_096 })
    embed.text('url', { max: 2_048, pattern: /^https?:\/\/\S+$/ })
    embed.integer('color', { min: 0, max: 0xffffff })
    const timestamp = embed.text('timestamp', { max: 64 })
    if (timestamp !== undefined && Number.isNaN(Date.parse(timestamp)))
      embed.fault('timestamp', 'DATE_TIME_TYPE_PARSE', `Could not parse ${timestamp}. Should be ISO8601.`)
    embed.nested('footer')?.text('text', { min: 1, max: 2_048, required: true })
    embed.nested('author')?.text('name', { min: 1, max: 256, required: true })
    for (const name of ['image', 'thumbnail'])
      embed.nested(name)?.text('url', { min: 1, max: 2_048, required: true, pattern: /^(https?|attachment):\/\// })
    for (const field of embed.list('fields', { max: 25 })) {
      field.text('name', { min: 1, max: 256, required: true })
      field.text('value', { min: 1, max: 1_024, required: true })
    }
    for (const text of textsOfEmbed(embed.values())) total += [...text].length
  }
  if (total > longestEmbeds)
    form.fault('embeds', 'MAX_EMBED_SIZE_EXCEEDED', `Embed size exceeds maximum size of ${longestEmbeds}`)
}

const checkAllowedMentions = (form: Form): void => {
  const allowed = form.nested('allowed_mentions')
  if (!allowed) return
  const parse = allowed.strings('parse', { max: 3 })
  for (const kind of parse)
    if (!['everyone', 'users', 'roles'].includes(kind))
      allowed.fault('parse', 'BASE_TYPE_CHOICES', "Value must be one of ('everyone', 'users', 'roles').")
  for (const kind of ['users', 'roles']) {
    if (allowed.strings(kind, { max: 100 }).length > 0 && parse.includes(kind))
      allowed.fault(
        'parse',
        'MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE',
        `parse:["${kind}"] and ${kind}: [ids...] are mutually exclusive.`,
      )
  }
}

export interface ReadMessage {
  content: Partial<MessageContent>
  nonce: string | null
  isNonceEnforced: boolean
  replyTo: string | null
}

/** Which flags a bot may set on a message; Ephemeral is for interaction answers only. */
const settable = 4 | 4_096 | MessageFlag.ComponentsV2

/**
 * Reads and checks the body of a message. For an edit, absent fields stay absent, and null empties a field.
 * Throws 50035 with every fault, or 50006 when nothing would be left to show.
 */
export const readMessage = (
  body: unknown,
  files: readonly UploadedFile[],
  purpose: { kind: 'new'; mayBeEphemeral: boolean; path?: string } | { kind: 'edit'; current: MessageContent },
): ReadMessage => {
  const form = Form.of(body)
  const read = readMessageForm(form, files, purpose)
  form.check()
  refuseEmpty(read.content, purpose.kind === 'edit' ? purpose.current : null)
  return read
}

export const refuseEmpty = (content: Partial<MessageContent>, current: MessageContent | null): void => {
  const after = { ...current, ...content }
  const isEmpty =
    (after.content ?? '').trim() === '' &&
    !after.embeds?.length &&
    !after.components?.length &&
    !after.attachments?.length
  if (isEmpty) throw failure.emptyMessage()
}

export const readMessageForm = (
  form: Form,
  files: readonly UploadedFile[],
  purpose: { kind: 'new'; mayBeEphemeral: boolean } | { kind: 'edit'; current: MessageContent },
): ReadMessage => {
  const flags = form.integer('flags', { min: 0 })
  const isV2 = ((flags ?? (purpose.kind === 'edit' ? purpose.current.flags : 0)) & MessageFlag.ComponentsV2) !== 0
  const text = form.text('content', { max: longestMessage })
  checkEmbeds(form)
  checkMessageComponents(form, isV2)
  checkAllowedMentions(form)
  if (isV2) {
    for (const field of ['content', 'embeds'])
      if (stringOf(form.raw(field)) !== '' || objectsOf(form.raw(field)).length > 0)
        form.fault(
          field,
          'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2',
          `The '${field}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2`,
        )
  }
  const nonce = form.text('nonce', { max: 25 }) ?? null
  const reference = form.nested('message_reference')
  const replyTo = reference?.snowflake('message_id', true) ?? null
  const allowed = purpose.kind === 'new' && purpose.mayBeEphemeral ? settable | MessageFlag.Ephemeral : settable
  const content: Partial<MessageContent> = {}
  if (form.has('content') || purpose.kind === 'new') content.content = text ?? ''
  if (form.has('embeds') || purpose.kind === 'new')
    content.embeds = objectsOf(form.raw('embeds')).map((embed) => ({ type: 'rich', ...embed }))
  if (form.has('components') || purpose.kind === 'new') content.components = withIds(objectsOf(form.raw('components')))
  if (files.length > 0 || form.has('attachments') || purpose.kind === 'new')
    content.attachments = attachmentsOf(form, files)
  if (flags !== undefined) content.flags = flags & allowed
  const mentions = form.raw('allowed_mentions')
  if (isObject(mentions) || purpose.kind === 'new') content.allowedMentions = isObject(mentions) ? mentions : null
  return { content, nonce, isNonceEnforced: form.raw('enforce_nonce') === true, replyTo }
}

/** Discord numbers the components of a message when it stores them. */
const withIds = (components: JsonObject[]): JsonObject[] => {
  let id = 0
  const number = (component: JsonObject): JsonObject => {
    id += 1
    const own = numberOf(component.id) || id
    const children = Array.isArray(component.components)
      ? { components: objectsOf(component.components).map(number) }
      : {}
    return { ...component, id: own, ...children }
  }
  return components.map(number)
}

const attachmentsOf = (form: Form, files: readonly UploadedFile[]): JsonObject[] => {
  const kept = objectsOf(form.raw('attachments')).filter((one) => typeof one.id === 'string' && one.id.length > 16)
  return [...kept, ...files.map((file) => file.attachment)]
}
