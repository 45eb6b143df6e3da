/** `npm run k8s:check`: renders every overlay, and says of each object what a server, a cluster with rules, or our own programs would refuse. */
import { checkFolder, sentence } from './check/index.ts'
import { overlayFolder, overlayNames } from './render.ts'

let count = 0
for (const name of await overlayNames()) {
  try {
    const { manifests, problems } = await checkFolder(overlayFolder(name))
    for (const problem of problems) process.stdout.write(`${sentence(problem)} (overlay ${name})\n`)
    count += problems.length
    process.stdout.write(`overlay ${name}: ${manifests.length} objects, ${problems.length} problems\n`)
  } catch (err) {
    process.stdout.write(`${err instanceof Error ? err.message : String(err)}\n`)
    count += 1
  }
}
process.exitCode = count === 0 ? 0 : 1
