/**
 * What a test file leaves behind and must not: `setup.ts` clears it after each file. A program outside of the test
 * runner calls `cleanUp` itself.
 */
const cleanups: (() => Promise<unknown>)[] = []

export function onCleanUp(cleanup: () => Promise<unknown>): void {
  cleanups.push(cleanup)
}

/** Runs the latest first, all of them even if one fails, and throws the failures. */
export async function cleanUp(): Promise<void> {
  const failures: unknown[] = []
  for (const cleanup of cleanups.splice(0).reverse()) {
    await cleanup().catch((err: unknown) => failures.push(err))
  }
  if (failures.length > 0) throw new AggregateError(failures, 'could not clean up')
}
