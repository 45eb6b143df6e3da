import type { SeenMessage } from '../standins/discord/index.ts'
import type { Browser } from '../standins/kick/index.ts'

/** A button as a member sees it: one that leads somewhere has a URL, the others an id. */
export interface ButtonSeen {
  readonly label: string | undefined
  readonly url: string | undefined
  readonly id: string | undefined
}

/** The buttons below a message, in their order. */
export const buttonsOf = (message: SeenMessage): readonly ButtonSeen[] =>
  message.components.flatMap((row) => {
    const buttons: unknown[] = Array.isArray(row.components) ? row.components : []
    return buttons.map((button) => ({
      label: textAt(button, 'label'),
      url: textAt(button, 'url'),
      id: textAt(button, 'custom_id'),
    }))
  })

/** A menu below a message: its id, and what it offers as `[label, value, description]`. */
export function menuOf(message: SeenMessage): { id: string; options: readonly (readonly [string, string, string])[] } {
  const components = message.components.flatMap((row) => (Array.isArray(row.components) ? row.components : []))
  const menu: unknown = components.find((one: unknown) => valueAt(one, 'type') === 3)
  const options = valueAt(menu, 'options')
  return {
    id: String(valueAt(menu, 'custom_id')),
    options: (Array.isArray(options) ? options : []).map(
      (option) =>
        [
          String(valueAt(option, 'label')),
          String(valueAt(option, 'value')),
          String(valueAt(option, 'description')),
        ] as const,
    ),
  }
}

/** All that a message says, without the fields of its embeds. */
export const textOf = (message: SeenMessage): string =>
  [message.content, ...message.embeds.flatMap((embed) => [embed.title, embed.description])]
    .filter((part) => typeof part === 'string')
    .join('\n')

/** Opens a sign-in link and presses the button on the page; gives the page on which it ends. */
export async function signIn(browser: Browser, url: string) {
  const page = await browser.get(url)
  const action = /<form[^>]* action="([^"]+)"/.exec(page.body)?.[1] ?? page.url
  const fields = [...page.body.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)]
  return browser.postForm(
    new URL(action, page.url).href,
    Object.fromEntries(fields.map(([, name = '', value = '']) => [name, value])),
  )
}

const valueAt = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined

function textAt(value: unknown, key: string): string | undefined {
  const found = valueAt(value, key)
  return typeof found === 'string' ? found : undefined
}
