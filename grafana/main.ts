/** `npm run grafana`: writes the dashboards that Grafana is given. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { dashboardFiles, textOf } from './dashboards.ts'

/** Compiled, this file lies in `dist/grafana`. */
const folder = fileURLToPath(new URL('../../grafana/dashboards/', import.meta.url))
mkdirSync(folder, { recursive: true })
for (const file of readdirSync(folder)) rmSync(`${folder}${file}`)
for (const { file, dashboard } of dashboardFiles()) {
  writeFileSync(`${folder}${file}`, textOf(dashboard))
  process.stdout.write(`grafana/dashboards/${file}\n`)
}
