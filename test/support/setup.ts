import { afterAll } from 'vitest'
import { cleanUp } from './cleanup.ts'

// Registered before the hooks of the test file, and so run after them.
afterAll(cleanUp)
