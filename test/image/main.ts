/** `npm run image:check`: carries `k8s/Dockerfile` out without a container engine, and starts every process from what it makes. */
import { cleanUp } from '../support/cleanup.ts'
import { checkImage } from './check.ts'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

process.exitCode = 1
try {
  const { files, written } = await checkImage(say)
  if (written.length > 0) say(`written into the image: ${written.join(', ')}`)
  else {
    say(`The image is whole: ${files.length} files, nothing written, every process ran from it.`)
    process.exitCode = 0
  }
} catch (err) {
  process.stderr.write(`image:check failed: ${err instanceof Error ? err.message : String(err)}\n`)
} finally {
  await cleanUp()
}
process.exit()
