import type { Db } from '../client.ts'
import type { Table } from './catalogue.ts'
import type { Plan } from './decide.ts'
import type { SourceName } from './shape.ts'

/** Where the old tables are until the swap, and where ours are built. */
export const before = { from: 'public', to: 'incoming' } as const
/** Where the old tables are from then on, and ours. */
export const after = { from: 'legacy', to: 'public' } as const

/** What every step needs to write its statements: they follow the columns that are there. */
export interface Move {
  /** Schema of the old tables. */
  readonly from: string
  /** Schema of ours. */
  readonly to: string
  readonly plan: Plan
  readonly tables: ReadonlyMap<SourceName, Table>
}

export interface Outcome {
  readonly guildId: string
  readonly outcome: 'brought' | 'merged' | 'capped' | 'set aside' | 'refused' | 'kept'
  readonly table: string
  readonly subject: string
  readonly detail: string
}

/** Sends a statement that was put together from the catalogue's names and nothing else. */
export const send = <Row extends object>(db: Db, text: string, values: (string | (string | null)[])[] = []) =>
  db.unsafe<Row[]>(text, values)
