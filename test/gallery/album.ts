import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import type { SeenMessage } from '../standins/discord/index.ts'

/** Takes pictures of what members see. */
export class Album {
  /** Names of the pictures that were taken. */
  readonly taken: string[] = []
  readonly #browser: Browser
  readonly #pages: string
  readonly #folder: string

  constructor(p: { readonly browser: Browser; readonly pages: string; readonly folder: string }) {
    this.#browser = p.browser
    this.#pages = p.pages
    this.#folder = p.folder
  }

  /** These messages of one channel, as the stand-in of Discord has them now. */
  async ofMessages(name: string, messages: readonly SeenMessage[], as: string): Promise<void> {
    const [first] = messages
    if (first === undefined) throw new Error(`there is no message for the picture ${name}`)
    const only = messages.map(({ id }) => id).join(',')
    await this.#take(name, `${this.#pages}/${first.channelId}?as=${as}&only=${only}`, { what: 'discord-messages' })
  }

  /** A page of ours from top to bottom, once somebody has pressed what is to be pressed and sees what they wait for. */
  ofPage(name: string, url: string, p: { readonly press?: string; readonly waitFor: string }): Promise<void> {
    return this.#take(name, url, { what: 'body', ...p })
  }

  async #take(name: string, url: string, p: { what: string; press?: string; waitFor?: string }): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    const page = await this.#browser.newPage({ viewport: { width: 820, height: 400 } })
    try {
      await page.goto(url, { waitUntil: 'networkidle' })
      if (p.press !== undefined) await page.locator(p.press).click()
      await page
        .locator(p.waitFor ?? p.what)
        .first()
        .waitFor()
      await page
        .locator(p.what)
        .first()
        .screenshot({ path: join(this.#folder, `${name}.png`) })
      this.taken.push(name)
    } finally {
      await page.close()
    }
  }
}
