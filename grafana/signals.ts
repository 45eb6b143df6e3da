/**
 * What an alert compares with its limits: of `a > 1 and on (namespace) (b < c)` these are `a`, `b` and `c`, of `absent(a)` it is `a`. Each of them
 * should give data while all is well; an alert whose signal has gone can never fire again.
 */
export function signalsOf(expr: string): readonly string[] {
  const text = expr.trim()
  const inner = unwrapped(text)
  if (inner !== undefined) return signalsOf(inner)
  const parts = split(text, joins)
  if (parts.length > 1) return parts.flatMap(signalsOf)
  return split(text, comparisons)
    .map((part) => part.trim().replace(/^bool\s+/, ''))
    .filter((part) => part !== '' && !/^[\d.e+-]+$/.test(part))
    .map((part) => unwrapped(part) ?? part)
}

const joins = /^(?:and|or|unless)\b(?:\s*(?:on|ignoring)\s*\([^)]*\))?/
const comparisons = /^(?:==|!=|>=|<=|>|<)/

/** What stands in one pair of parentheses around all of it, or is asked to be absent. */
function unwrapped(text: string): string | undefined {
  const opening = /^(absent\s*)?\(/.exec(text)?.[0]
  if (opening === undefined || closingOf(text, opening.length - 1) !== text.length - 1) return undefined
  return text.slice(opening.length, -1).trim()
}

/** Where the parenthesis that opens at `start` closes. */
function closingOf(text: string, start: number): number {
  let depth = 0
  for (const { at, char } of outside(text)) {
    if (at < start) continue
    if (char === '(') depth++
    if (char === ')' && --depth === 0) return at
  }
  return -1
}

/** The text cut at every place outside of parentheses, braces and quotes where the pattern stands. */
function split(text: string, at: RegExp): string[] {
  const parts: string[] = []
  let depth = 0
  let from = 0
  let before = ' '
  for (const { at: place, char } of outside(text)) {
    if (place < from) continue
    const found = depth === 0 && !/[\w:]/.test(before) ? at.exec(text.slice(place))?.[0] : undefined
    if ('([{'.includes(char)) depth++
    if (')]}'.includes(char)) depth--
    before = char
    if (found === undefined) continue
    parts.push(text.slice(from, place))
    from = place + found.length
  }
  return [...parts, text.slice(from)]
}

/** The characters that do not stand in quotes. */
function outside(text: string): { at: number; char: string }[] {
  let isQuoted = false
  return [...text].flatMap((char, at) => {
    if (char === '"') isQuoted = !isQuoted
    return isQuoted || char === '"' ? [] : [{ at, char }]
  })
}
