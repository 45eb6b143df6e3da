import { type Html, html } from '../../cluster/pages/html.ts'
import type { SeenMessage } from '../standins/discord/index.ts'
import { isObject, type JsonObject, numberOf, objectsOf, stringOf } from '../standins/discord/json.ts'
import { markdown, type Names } from './markdown.ts'

const buttonTypes = ['primary', 'primary', 'secondary', 'success', 'destructive', 'secondary'] as const

/** A message as the stand-in of Discord keeps it, in the elements of the component library. */
export function messageElement(message: SeenMessage, names: Names & { isBot(id: string): boolean }): Html {
  const isBot = names.isBot(message.authorId)
  return html`<discord-message id="m${message.id}" author="${names.user(message.authorId)}" ${isBot && html`bot`} ${message.isEphemeral && html`ephemeral`} ${message.isEdited && html`edited`} timestamp="${moment(madeAt(message.id))}" avatar="${avatarOf(names.user(message.authorId))}">
${markdown(message.content, names)}${message.embeds.map((embed) => embedElement(embed, names))}${componentsOf(message)}
</discord-message>`
}

/** Snowflakes say when they were made. */
const madeAt = (id: string): string => new Date(Number(BigInt(id) >> 22n) + 1_420_070_400_000).toISOString()

/** Day and time, of a moment in ISO 8601. */
const moment = (iso: string): string => iso.replace(/^(.{10})T(.{5}).*/, '$1 $2')

const avatarOf = (name: string): string => {
  const picture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" fill="#5865f2"/><text x="20" y="27" text-anchor="middle" font-family="sans-serif" font-size="20" fill="#fff">${name.slice(0, 1)}</text></svg>`
  return `data:image/svg+xml;base64,${Buffer.from(picture).toString('base64')}`
}

function embedElement(embed: JsonObject, names: Names): Html {
  const has = (key: string): boolean => stringOf(embed[key]) !== ''
  const fields = objectsOf(embed.fields)
  const footer = isObject(embed.footer) ? stringOf(embed.footer.text) : ''
  const author = isObject(embed.author) ? stringOf(embed.author.name) : ''
  const colour = typeof embed.color === 'number' && `#${embed.color.toString(16).padStart(6, '0')}`
  return html`<discord-embed slot="embeds" ${colour && html`color="${colour}"`} ${has('title') && html`embed-title="${stringOf(embed.title)}"`} ${has('url') && html`url="${stringOf(embed.url)}"`} ${author !== '' && html`author-name="${author}"`}>
${has('description') && html`<discord-embed-description slot="description">${markdown(stringOf(embed.description), names)}</discord-embed-description>`}
${
  fields.length > 0 &&
  html`<discord-embed-fields slot="fields">${fields.map(
    (field) =>
      html`<discord-embed-field field-title="${stringOf(field.name)}" ${field.inline === true && html`inline`}>${markdown(stringOf(field.value), names)}</discord-embed-field>`,
  )}</discord-embed-fields>`
}
${(footer !== '' || has('timestamp')) && html`<discord-embed-footer slot="footer" ${has('timestamp') && html`timestamp="${moment(stringOf(embed.timestamp))}"`}>${footer}</discord-embed-footer>`}
</discord-embed>`
}

const componentsOf = (message: SeenMessage): Html | undefined =>
  message.components.length === 0
    ? undefined
    : html`<discord-attachments slot="components">${message.components.map(
        (row) => html`<discord-action-row>${objectsOf(row.components).map(componentElement)}</discord-action-row>`,
      )}</discord-attachments>`

function componentElement(component: JsonObject): Html {
  const disabled = component.disabled === true && html`disabled`
  const type = numberOf(component.type)
  if (type === 2) {
    const emoji = isObject(component.emoji) ? `${stringOf(component.emoji.name)} ` : ''
    const url = stringOf(component.url)
    return html`<discord-button type="${buttonTypes[numberOf(component.style)] ?? 'secondary'}" ${url !== '' && html`url="${url}"`} ${disabled}>${emoji}${stringOf(component.label)}</discord-button>`
  }
  const chosen = objectsOf(component.options).find((option) => option.default === true)
  const shown = chosen === undefined ? stringOf(component.placeholder) : stringOf(chosen.label)
  return html`<discord-string-select-menu placeholder="${shown}" ${disabled}>${objectsOf(component.options).map(
    (option) =>
      html`<discord-string-select-menu-option label="${stringOf(option.label)}" description="${stringOf(option.description)}"></discord-string-select-menu-option>`,
  )}</discord-string-select-menu>`
}
