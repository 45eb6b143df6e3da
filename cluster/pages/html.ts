/** Markup that is safe to send; made by {@link html} only. */
export interface Html {
  readonly markup: string
}

type Part = string | number | Html | readonly Part[] | undefined | false

/** Escapes everything that is put into it, unless it was made by itself. Attributes stand in double quotes. */
export const html = (texts: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  markup: texts.reduce((before, text, index) => before + render(parts[index - 1]) + text),
})

function render(part: Part): string {
  if (part === undefined || part === false) return ''
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part))
  return 'markup' in part ? part.markup : part.map(render).join('')
}

const escaped = (text: string): string => text.replace(/[&<>"'`]/g, (sign) => `&#${sign.charCodeAt(0)};`)
