/** A table as text (RFC 4180): commas, semicolons or tabs; quotes around what holds one of them; any kind of line end. */
export interface Table {
  readonly headings: readonly string[]
  readonly rows: readonly { readonly line: number; readonly cells: readonly string[] }[]
}

/** The separator that stands most often in the first line, outside of quotes. */
function separatorOf(text: string): string {
  const first = /^(?:"(?:[^"]|"")*"|[^\r\n"])*/.exec(text)?.[0].replace(/"(?:[^"]|"")*"/g, '') ?? ''
  const [best] = [',', ';', '\t']
    .map((separator) => ({ separator, times: first.split(separator).length }))
    .sort((a, b) => b.times - a.times)
  return best?.separator ?? ','
}

/** Reads it in one pass; empty lines are skipped. A quote that is never closed ends with the text. */
export function readTable(text: string): Table {
  const source = text.replace(/^\uFEFF/, '')
  const separator = separatorOf(source)
  const rows: { line: number; cells: string[] }[] = []
  let cells: string[] = []
  let cell = ''
  let isQuoted = false
  let line = 1
  let began = 1
  const endRow = () => {
    cells.push(cell.trim())
    if (cells.some((each) => each !== '')) rows.push({ line: began, cells })
    cells = []
    cell = ''
  }
  for (let i = 0; i < source.length; i++) {
    const letter = source.charAt(i)
    if (letter === '\n') line++
    if (isQuoted) {
      if (letter !== '"') cell += letter
      else if (source.charAt(i + 1) === '"') cell += source.charAt(++i)
      else isQuoted = false
    } else if (letter === '"' && cell.trim() === '') {
      isQuoted = true
      cell = ''
    } else if (letter === separator) {
      cells.push(cell.trim())
      cell = ''
    } else if (letter === '\n' || letter === '\r') {
      endRow()
      if (letter === '\r') line++
      if (letter === '\r' && source.charAt(i + 1) === '\n') i++
      began = line
    } else cell += letter
  }
  endRow()
  const [head, ...body] = rows
  return { headings: head?.cells ?? [], rows: body }
}

/** One line of a table; what a spreadsheet would take for a formula gets an apostrophe in front. */
export const csvLine = (cells: readonly (string | number | null)[]): string =>
  cells
    .map((cell) => {
      const text = typeof cell === 'string' && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : String(cell ?? '')
      return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
    })
    .join(',')
