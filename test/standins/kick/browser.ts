/** What a browser shows at the end of its redirects. */
export interface Page {
  url: string
  status: number
  headers: Headers
  body: string
  /** Every address visited, the final one last. */
  visited: readonly string[]
}

const maxRedirects = 10

/** A browser just good enough for a sign-in: cookies for each origin, redirects, forms. It runs no scripts. */
export class Browser {
  readonly #cookies = new Map<string, Map<string, string>>()

  setCookie(origin: string, name: string, value: string): void {
    const jar = this.#cookies.get(origin) ?? new Map<string, string>()
    jar.set(name, value)
    this.#cookies.set(origin, jar)
  }

  cookies(origin: string): ReadonlyMap<string, string> {
    return this.#cookies.get(origin) ?? new Map()
  }

  get(url: string): Promise<Page> {
    return this.#visit(url, { method: 'GET' })
  }

  postForm(url: string, fields: Record<string, string>): Promise<Page> {
    return this.#visit(url, { method: 'POST', body: new URLSearchParams(fields) })
  }

  async #visit(start: string, first: { method: string; body?: URLSearchParams }): Promise<Page> {
    const visited: string[] = []
    let url = start
    let ask = first
    for (;;) {
      visited.push(url)
      if (visited.length > maxRedirects) throw new Error(`more than ${maxRedirects} redirects, last to ${url}`)
      const { origin } = new URL(url)
      const cookie = [...this.cookies(origin)].map(([name, value]) => `${name}=${value}`).join('; ')
      const headers = { 'User-Agent': 'Mozilla/5.0 (stand-in)', Accept: 'text/html', ...(cookie && { Cookie: cookie }) }
      const response = await fetch(url, { ...ask, headers, redirect: 'manual' })
      this.#keepCookies(origin, response.headers.getSetCookie())
      const location = response.headers.get('location')
      const body = await response.text()
      if (location === null || response.status < 300 || response.status > 399) {
        return { url, status: response.status, headers: response.headers, body, visited }
      }
      url = new URL(location, url).href
      if (response.status !== 307 && response.status !== 308) ask = { method: 'GET' }
    }
  }

  #keepCookies(origin: string, lines: readonly string[]): void {
    for (const line of lines) {
      const [, name = '', value = ''] = /^([^=;]+)=([^;]*)/.exec(line) ?? []
      const isGone = /;\s*max-age=0*\s*(;|$)/i.test(line) || /;\s*expires=[^;]*1970/i.test(line)
      if (isGone) this.#cookies.get(origin)?.delete(name)
      else this.setCookie(origin, name, value)
    }
  }
}
