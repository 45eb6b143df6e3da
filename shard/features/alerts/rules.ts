import type { AlertButton } from '../../../sql/queries/alerts.ts'

/** A stream that began longer ago than this is announced no more: its viewers are there already. */
export const latestSeconds = 30 * 60
/** A stream that is back within this time after its end goes on with the post it had. */
export const coolOffSeconds = 10 * 60

export const limits = { title: 200, description: 1500, footer: 200, label: 80, url: 400, buttons: 5 } as const

/** What a template may name. */
export const placeholders = ['streamer', 'channel', 'title', 'category'] as const
export type Placeholder = (typeof placeholders)[number]
export type TemplateValues = Readonly<Record<Placeholder, string>>

const form = /\{([a-z_]*)\}/gi
const isPlaceholder = (name: string): name is Placeholder => placeholders.some((known) => known === name)

/** Names in braces that no template knows, each once. */
export const unknownPlaceholders = (template: string): readonly string[] => [
  ...new Set([...template.matchAll(form)].map(([, name = '']) => name).filter((name) => !isPlaceholder(name))),
]

/** Puts values into a template in one pass: what stands in a value is never read as a template. */
export const fill = (template: string, values: TemplateValues): string =>
  template.replace(form, (all, name: string) => (isPlaceholder(name) ? values[name] : all))

export type ButtonFault = 'label' | 'url' | 'placeholder'

/** A button that Discord will take, or what is wrong with it. Only https, with `{channel}` where the address needs it. */
export function readButton(p: { label: string; url: string }): AlertButton | ButtonFault {
  const label = p.label.trim()
  const url = p.url.trim()
  if (label === '' || [...label].length > limits.label) return 'label'
  if (unknownPlaceholders(url).length > 0) return 'placeholder'
  if (url.length > limits.url || /\s/.test(url)) return 'url'
  try {
    const parsed = new URL(url.replace(form, 'x'))
    if (parsed.protocol !== 'https:' || !parsed.hostname.includes('.') || parsed.username !== '') return 'url'
  } catch {
    return 'url' // the only way to ask whether it is an address
  }
  return { label, url }
}

/** A value as part of an address. */
export const inAddress = (values: TemplateValues): TemplateValues => ({
  streamer: encodeURIComponent(values.streamer),
  channel: encodeURIComponent(values.channel),
  title: encodeURIComponent(values.title),
  category: encodeURIComponent(values.category),
})
