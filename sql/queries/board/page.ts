export interface BoardRow {
  readonly rank: number
  readonly displayName: string
  /** Minutes, points as a 64-bit integer, or streams in a row; a decimal string. */
  readonly amount: string
  /** Of a streak, the longest that the viewer ever had. */
  readonly best: number | null
}

export interface BoardPage {
  readonly rows: readonly BoardRow[]
  /** The page that these rows are; the last one when a later one was asked for. */
  readonly page: number
  readonly pages: number
  readonly viewers: number
}

export const boardPageSize = 10

/** Rows of one page, each of which knows its page and how many viewers there are, as the page that they are. */
export const pageOf = (rows: readonly (BoardRow & { page: number; viewers: number })[]): BoardPage => {
  const first = rows[0]
  return {
    rows: rows.map(({ rank, displayName, amount, best }) => ({ rank, displayName, amount, best })),
    page: first?.page ?? 1,
    pages: first === undefined ? 1 : Math.ceil(first.viewers / boardPageSize),
    viewers: first?.viewers ?? 0,
  }
}
