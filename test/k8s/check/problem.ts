import type { Manifest } from '../render.ts'

/** What is wrong with one field of one object. */
export interface Problem {
  readonly file: string
  /** Kind and name. */
  readonly object: string
  readonly field: string
  readonly reason: string
}

export const problemOf = ({ file, kind, name }: Manifest, field: string, reason: string): Problem => ({
  file,
  object: `${kind} ${name}`,
  field,
  reason,
})

export const sentence = ({ file, object, field, reason }: Problem): string => `${file}: ${object}: ${field} ${reason}`
