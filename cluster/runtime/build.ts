import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A file of the project, also when this file runs compiled from `dist/`. */
export function projectFile(...path: string[]): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  return join(folder, ...path)
}

export interface Build {
  readonly version: string
  /** Of the commit that the image was built from; `unknown` outside of an image. */
  readonly commit: string
}

/** Which build this is: the version of package.json, and the commit that the image's Dockerfile wrote beside the programs. */
export const build: Build = {
  version: versionIn(readFileSync(projectFile('package.json'), 'utf8')),
  commit: commitIn(projectFile('dist', 'commit')),
}

function versionIn(text: string): string {
  const { version }: { version?: unknown } = JSON.parse(text)
  return typeof version === 'string' ? version : 'unknown'
}

function commitIn(file: string): string {
  return (existsSync(file) && readFileSync(file, 'utf8').trim()) || 'unknown'
}

/** What `/healthz` says. */
export const health = `ok, belfry ${build.version}, commit ${build.commit}`
