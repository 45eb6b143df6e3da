import { type Browser, chromium } from 'playwright-core'
import { onCleanUp } from './cleanup.ts'
import { installedProgram } from './program.ts'

/** The browser that the set-up step finds or installs; it ends with the test file. */
export async function startChromium(): Promise<Browser> {
  const executablePath = installedProgram(['chromium', 'google-chrome', 'chromium-browser'], '--browser')
  // Its sandbox needs rights that a container often lacks, and what it opens here is our own.
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
  onCleanUp(() => browser.close())
  return browser
}
