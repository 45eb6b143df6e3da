import { expect } from 'vitest'
import type { SeenMessage } from '../../../standins/discord/index.ts'
import { saidIn } from '../../../support/room.ts'
import type { Side } from '../side.ts'

/** Something that is done in one server. What it leaves there is there for later steps. */
export interface Step {
  readonly name: string
  run(side: Side): Promise<void>
}

/** A step that is a row of commands and nothing else. */
export const asking = (
  name: string,
  ask: (side: Side) => readonly (readonly [command: string, options?: object, by?: string])[],
): Step => ({
  name,
  async run(side) {
    for (const [command, options, by] of ask(side)) await side.ask(command, { ...options }, by)
  },
})

/** That an answer says something; an amount is written as the member reads it. */
export function says(message: SeenMessage, ...parts: readonly (string | number)[]): void {
  const text = `${saidIn(message)}\n${JSON.stringify(message.embeds)}`
  for (const part of parts) expect(text).toContain(typeof part === 'number' ? part.toLocaleString('en') : part)
}
