import { createHash } from 'node:crypto'
import type { Answer } from '../answer.ts'
import { fairnessModule, verifyScript } from './verify.ts'

const style = `
:root {
  color-scheme: light dark;
  --ground: #f6f4ef; --card: #ffffff; --line: #e2ddd2; --ink: #1f2328; --soft: #5c6069; --accent: #9a5b00;
  --button: #8a5200; --good: #1a7f45; --bad: #b42318; --shadow: 0 1px 2px rgb(0 0 0 / .05), 0 8px 24px rgb(60 40 0 / .06);
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14161a; --card: #1c1f25; --line: #2e323b; --ink: #e8e6e1; --soft: #a2a6b0; --accent: #f0b352;
    --button: #96600f; --good: #5ad08a; --bad: #ff8d80; --shadow: 0 1px 2px rgb(0 0 0 / .4);
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.55 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: 6px; }
.bar { max-width: 72rem; margin: 0 auto; padding: 1.1rem clamp(1rem, 4vw, 2.5rem); }
.brand { display: inline-flex; align-items: center; gap: .55rem; color: var(--ink); font-weight: 650; font-size: 1.1rem; text-decoration: none; }
main { margin: 0 auto; padding: 1rem clamp(1rem, 4vw, 2.5rem) 4rem; }
main.wide { max-width: 72rem; } main.narrow { max-width: 38rem; }
h1 { font-size: clamp(1.6rem, 4vw, 2.1rem); line-height: 1.2; margin: 0 0 .6rem; letter-spacing: -.01em; }
h2 { font-size: 1.05rem; margin: 2.2rem 0 .8rem; }
p { margin: .5rem 0; max-width: 62ch; }
.lead { color: var(--soft); font-size: 1.05rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: clamp(1.2rem, 4vw, 2rem); box-shadow: var(--shadow); }
.card.good { border-top: 4px solid var(--good); } .card.bad { border-top: 4px solid var(--bad); }
.pills { display: flex; flex-wrap: wrap; gap: .5rem; padding: 0; margin: 1.2rem 0 0; list-style: none; }
.pills li { border: 1px solid var(--line); background: var(--card); border-radius: 99px; padding: .2rem .8rem; font-size: .9rem; }
.pills li::before { content: "●"; margin-right: .45rem; color: var(--good); }
.pills li.bad::before { content: "▲"; color: var(--bad); }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 12.5rem), 1fr)); gap: .8rem; margin: 0; }
.tiles > div { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: .8rem 1.1rem .9rem; }
@media (min-width: 60rem) { .tiles { grid-template-columns: repeat(4, 1fr); } }
.tiles dt { color: var(--soft); font-size: .9rem; }
.tiles dd { margin: 0; font-size: 1.6rem; font-weight: 620; font-variant-numeric: tabular-nums; letter-spacing: -.01em; overflow-wrap: anywhere; }
.tiles dd small { display: block; font-size: .85rem; font-weight: 400; color: var(--soft); letter-spacing: 0; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 0 1.6rem; align-items: start; }
table { width: 100%; border-collapse: collapse; background: var(--card); border: 1px solid var(--line); border-radius: 12px; overflow: hidden; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .5rem .9rem; border-top: 1px solid var(--line); overflow-wrap: break-word; } td.id, .columns td { overflow-wrap: anywhere; } td.id { min-width: 12ch; }
thead th { border-top: 0; color: var(--soft); font-weight: 500; font-size: .88rem; }
.number { text-align: right; }
.empty { color: var(--soft); }
.note { color: var(--soft); font-size: .93rem; margin: 1.1rem 0; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .45rem 1.2rem; margin: 1.2rem 0; }
.facts dt { color: var(--soft); } .facts dd { margin: 0; overflow-wrap: anywhere; }
.id { font-family: ui-monospace, "Cascadia Mono", Menlo, monospace; font-size: .92em; }
@media (max-width: 30rem) { .facts { grid-template-columns: 1fr; gap: 0; } .facts dd { margin-bottom: .6rem; } }
button { font: inherit; font-weight: 600; color: #fff; background: var(--button); border: 0; border-radius: 10px; padding: .7rem 1.4rem; cursor: pointer; }
button:hover { filter: brightness(1.1); }
[hidden] { display: none; }
.scroll { overflow-x: auto; }
.how li { margin: .6rem 0; max-width: 74ch; overflow-wrap: anywhere; }
code { font-family: ui-monospace, "Cascadia Mono", Menlo, monospace; font-size: .9em; background: var(--ground); border-radius: 5px; padding: .1em .35em; overflow-wrap: anywhere; }
.verdict { font-weight: 620; margin: 1.1rem 0 .4rem; } .verdict.good { color: var(--good); } .verdict.bad { color: var(--bad); }
.checks { list-style: none; padding: 0; margin: 0; }
.checks li { padding: .3rem 0 .3rem 1.6rem; position: relative; max-width: 74ch; }
.checks li::before { position: absolute; left: 0; content: "✓"; color: var(--good); font-weight: 700; } .checks li.bad::before { content: "✗"; color: var(--bad); }
.checks small { display: block; color: var(--soft); overflow-wrap: anywhere; }
tr.void td { color: var(--soft); text-decoration: line-through; } tr.void td:last-child { text-decoration: none; }
tr.mine td { background: color-mix(in srgb, var(--accent) 18%, transparent); }
`

/** Fetches the page again while somebody looks at it, and puts in what has changed. */
const script = `
const again = async () => {
  if (document.hidden) return
  try {
    const answer = await fetch('/', { headers: { Accept: 'text/html' } })
    if (!answer.ok) return
    const next = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('live')
    const now = document.getElementById('live')
    if (next && now && next.innerHTML !== now.innerHTML) now.innerHTML = next.innerHTML
  } catch {
    // the next one may get through
  }
}
setInterval(again, 2000)
`

const bell = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#d9922b" d="M16 4a2 2 0 0 1 2 2v.6A8 8 0 0 1 24 14.3v4.7l2.3 3.3a1 1 0 0 1-.8 1.6H6.5a1 1 0 0 1-.8-1.6L8 19v-4.7A8 8 0 0 1 14 6.6V6a2 2 0 0 1 2-2z"/><path fill="#8a5200" d="M12.5 25.5h7a3.5 3.5 0 0 1-7 0z"/></svg>`

const versionOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 10)

export const stylePath = `/assets/style.${versionOf(style)}.css`
export const scriptPath = `/assets/live.${versionOf(script)}.js`
const fairnessPath = `/assets/fairness.${versionOf(fairnessModule)}.js`
const verify = verifyScript(fairnessPath)
export const verifyPath = `/assets/verify.${versionOf(verify)}.js`

const asset = (type: string, body: string, cache: string): Answer => ({
  status: 200,
  body,
  headers: { 'Content-Type': type, 'Cache-Control': cache },
})
const forEver = 'public, max-age=31536000, immutable'

/** What pages load, by path; a path with a version in it never changes. */
export const assets: ReadonlyMap<string, Answer> = new Map([
  [stylePath, asset('text/css; charset=utf-8', style, forEver)],
  [scriptPath, asset('text/javascript; charset=utf-8', script, forEver)],
  [fairnessPath, asset('text/javascript; charset=utf-8', fairnessModule, forEver)],
  [verifyPath, asset('text/javascript; charset=utf-8', verify, forEver)],
  ['/assets/bell.svg', asset('image/svg+xml', bell, 'public, max-age=86400')],
])
