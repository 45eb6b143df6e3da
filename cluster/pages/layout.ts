import type { Locale } from '../../sql/queries/settings.ts'
import type { Answer } from '../answer.ts'
import { scriptPath, stylePath } from './assets.ts'
import { type Html, html } from './html.ts'

/** The frame of every page. `isLive` pages come again by themselves, by script or without one. */
export function page(
  status: number,
  p: {
    readonly title: string
    readonly body: Html
    readonly locale?: Locale
    readonly isLive?: boolean
    readonly isWide?: boolean
    /** Of a script of ours, which the page needs and can be read without. */
    readonly module?: string
  },
): Answer {
  const markup = html`<!doctype html>
<html lang="${p.locale ?? 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="${p.isLive ? 'index' : 'noindex, nofollow'}">
<title>${p.title}</title>
<link rel="icon" href="/assets/bell.svg" type="image/svg+xml">
<link rel="stylesheet" href="${stylePath}">
${
  p.isLive &&
  html`<script src="${scriptPath}" defer></script>
<noscript><meta http-equiv="refresh" content="5"></noscript>
`
}${
  p.module !== undefined &&
  html`<script type="module" src="${p.module}"></script>
`
}</head>
<body>
<header class="bar"><a href="/" class="brand"><img src="/assets/bell.svg" alt="" width="28" height="28"> Belfry</a></header>
<main class="${p.isWide ? 'wide' : 'narrow'}">
${p.body}
</main>
</body>
</html>
`.markup
  return { status, body: markup, headers: { 'Content-Type': 'text/html; charset=utf-8' } }
}

export interface Message {
  readonly title: string
  /** What happened and what to do now, in one or two sentences. */
  readonly text: string
  readonly tone?: 'good' | 'bad'
  /** English when absent. */
  readonly locale?: Locale
}

/** A page that says one thing. */
export const messagePage = (status: number, message: Message): Answer =>
  page(status, {
    title: `${message.title} · Belfry`,
    ...(message.locale && { locale: message.locale }),
    body: html`<section class="card ${message.tone ?? (status < 400 ? 'good' : 'bad')}">
<h1>${message.title}</h1>
<p>${message.text}</p>
</section>`,
  })
