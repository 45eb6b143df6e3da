import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { onCleanUp } from './cleanup.ts'

/** The browser that the set-up step finds or installs; it ends with the test file. */
export async function startChromium(): Promise<Browser> {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin']
  const programs = ['chromium', 'google-chrome', 'chromium-browser']
  const executablePath = programs.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable)
  if (executablePath === undefined) {
    throw new Error('Chromium is missing; `node cluster/runtime/setup.mjs --browser` installs it')
  }
  // Its sandbox needs rights that a container often lacks, and what it opens here is our own.
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
  onCleanUp(() => browser.close())
  return browser
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
