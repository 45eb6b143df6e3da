/** `npm run grafana`: writes the dashboards that Grafana is given, and rules and dashboards as Kubernetes takes them. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { dashboardFiles, textOf } from './dashboards.ts'
import { kubernetesFiles } from './kubernetes.ts'

/** Compiled, this file lies in `dist/grafana`. */
const folder = fileURLToPath(new URL('../../grafana/', import.meta.url))
mkdirSync(`${folder}dashboards`, { recursive: true })
for (const file of readdirSync(`${folder}dashboards`)) rmSync(`${folder}dashboards/${file}`)
for (const { file, text } of [
  ...dashboardFiles().map(({ file, dashboard }) => ({ file: `dashboards/${file}`, text: textOf(dashboard) })),
  ...kubernetesFiles(folder),
]) {
  writeFileSync(`${folder}${file}`, text)
  process.stdout.write(`grafana/${file}\n`)
}
