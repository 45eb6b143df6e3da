import { parse } from 'discord-markdown-parser'
import { type Html, html } from '../../cluster/pages/html.ts'

/** What Discord's clients show for ids in a text. */
export interface Names {
  user(id: string): string
  role(id: string): string
  channel(id: string): string
}

type Node = ReturnType<typeof parse>[number]

/** A text as Discord's clients draw it, with the elements of the component library. */
export const markdown = (text: string, names: Names): Html => many(parse(text, 'extended'), names)

const many = (nodes: readonly Node[], names: Names): Html => html`${nodes.map((node) => one(node, names))}`

function one(node: Node, names: Names): Html {
  const inner = (): Html =>
    Array.isArray(node.content) ? many(node.content, names) : html`${String(node.content ?? '')}`
  const id = String(node.id)
  switch (node.type) {
    case 'br':
    case 'newline':
      return html`<br>`
    case 'strong':
      return html`<strong>${inner()}</strong>`
    case 'em':
      return html`<em>${inner()}</em>`
    case 'underline':
      return html`<u>${inner()}</u>`
    case 'strikethrough':
      return html`<s>${inner()}</s>`
    case 'spoiler':
      return html`<discord-spoiler>${inner()}</discord-spoiler>`
    case 'inlineCode':
      return html`<discord-code>${inner()}</discord-code>`
    case 'codeBlock':
      return html`<discord-code multiline>${inner()}</discord-code>`
    case 'blockQuote':
      return html`<discord-quote>${inner()}</discord-quote>`
    case 'heading':
      return html`<discord-header level="${Number(node.level)}">${inner()}</discord-header>`
    case 'subtext':
      return html`<discord-subscript>${inner()}</discord-subscript>`
    case 'url':
    case 'autolink':
    case 'link':
      return html`<discord-link href="${String(node.target)}" target="_blank">${inner()}</discord-link>`
    case 'timestamp':
      return html`<discord-time>${moment(Number(node.timestamp), String(node.format ?? 'f'))}</discord-time>`
    case 'user':
      return html`<discord-mention type="user">${names.user(id)}</discord-mention>`
    case 'role':
      return html`<discord-mention type="role">${names.role(id)}</discord-mention>`
    case 'channel':
      return html`<discord-mention type="channel">${names.channel(id)}</discord-mention>`
    case 'slashCommand':
      return html`<discord-mention type="slash">${String(node.fullName)}</discord-mention>`
    case 'twemoji':
      return html`${String(node.name)}`
    default:
      return inner()
  }
}

const formats: Readonly<Record<string, Intl.DateTimeFormatOptions>> = {
  t: { timeStyle: 'short' },
  T: { timeStyle: 'medium' },
  d: { dateStyle: 'short' },
  D: { dateStyle: 'long' },
  f: { dateStyle: 'long', timeStyle: 'short' },
  F: { dateStyle: 'full', timeStyle: 'short' },
}

const steps = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const

/** A moment in seconds since 1970, by the letter that stands behind it; "R" counts from now. */
function moment(seconds: number, letter: string): string {
  if (letter !== 'R')
    return new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', ...formats[letter] }).format(seconds * 1000)
  const away = seconds - Date.now() / 1000
  const [unit, size] = steps.find(([, each]) => Math.abs(away) >= each) ?? (['second', 1] as const)
  return new Intl.RelativeTimeFormat('en').format(Math.round(away / size), unit)
}
