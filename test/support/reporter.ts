import { writeSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'

/**
 * Ends a run with one plain line, `N passed, N failed`, alone and last. A file that could not be loaded and an error that
 * belongs to no test count as failures, so that the line never claims more than the exit code does.
 */
export class FinalLine implements Reporter {
  #passed = 0
  #failed = 0

  onInit(): void {
    process.once('exit', () => {
      try {
        writeSync(1, `${this.#passed} passed, ${this.#failed} failed\n`)
      } catch {
        // whoever read our output has gone
      }
    })
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    this.#passed = 0
    this.#failed = unhandledErrors.length
    for (const module of modules) {
      const failedBefore = this.#failed
      for (const { state } of Array.from(module.children.allTests(), (test) => test.result())) {
        if (state === 'passed') this.#passed++
        if (state === 'failed') this.#failed++
      }
      // a fault outside of every test, as in an import or a hook
      if (module.state() === 'failed' && this.#failed === failedBefore) this.#failed++
    }
  }
}
