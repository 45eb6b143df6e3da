import { describe, expect, it } from 'vitest'
import { projectFile } from '../../sql/migrate.ts'
import { sourceFiles, textFiles } from './tree.ts'

const isTest = (path: string): boolean => path.startsWith('test/')
/** Where a pattern stands, as `file:line`. */
const placesOf = (files: readonly { path: string; text: string }[], pattern: RegExp): string[] =>
  files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}`] : [])),
  )
const withoutLock = textFiles.filter(({ path }) => path !== 'package-lock.json')

describe('SQL', () => {
  it('lists its columns', () => {
    const files = textFiles.filter(({ path }) => /\.(ts|sql)$/.test(path))
    expect(placesOf(files, /\b(select|returning)\s+(\w+\.)?\*/i)).toEqual([])
  })

  it('stands in sql/ only; elsewhere one may ask whether the database answers', () => {
    const files = sourceFiles.filter(({ path }) => !isTest(path) && !path.startsWith('sql/'))
    const templates = placesOf(files, /\b(db|sql|tx|admin|pool)\s*(<[^`]*>)?`/)
    const pings = placesOf(files, /`select 1( as one)?`/)
    expect(templates.filter((place) => !pings.includes(place))).toEqual([])
  })
})

describe('a file', () => {
  it('begins with its first line, ends with a line break, and has one kind of them', () => {
    const odd = textFiles.filter(
      ({ text }) => text === '' || /^[\s\uFEFF]/.test(text) || !text.endsWith('\n') || text.includes('\r'),
    )
    expect(odd.map(({ path }) => path)).toEqual([])
  })

  it('holds nothing that was meant to go: marks of a merge, notes to oneself, traces of a search for a fault', () => {
    expect(placesOf(withoutLock, /^(<{7}|>{7}|={7})( |$)/)).toEqual([])
    expect(placesOf(withoutLock, /\b(TO)(DO)\b|\b(FIX)(ME)\b|\bX(XX)\b/)).toEqual([])
    expect(placesOf(sourceFiles, /^\s*debugger\b|\b(it|test|describe)\.only\b/)).toEqual([])
    expect(
      placesOf(
        sourceFiles.filter(({ path }) => !isTest(path)),
        /\bconsole\.\w+\(/,
      ),
    ).toEqual([])
  })

  it('is typed: no rule of the compiler or the linter is switched off without a reason', () => {
    expect(placesOf(sourceFiles, /@ts-(ignore|nocheck|expect-error)\b/)).toEqual([])
    expect(placesOf(sourceFiles, /biome-ignore [\w/]+:?\s*$/)).toEqual([])
  })

  it('is named in lower case', () => {
    const odd = sourceFiles.filter(({ path }) => !/^[a-z0-9/.-]+$/.test(path))
    expect(odd.map(({ path }) => path)).toEqual([])
  })
})

describe('the project', () => {
  it('knows nothing of the machine it was written on', () => {
    const root = projectFile().replaceAll('\\', '/')
    expect(
      withoutLock.filter(({ text }) => root.length > 3 && text.includes(`${root}/`)).map(({ path }) => path),
    ).toEqual([])
  })

  it('takes its packages from wherever the one who installs it does', () => {
    const settings = /^\s*(@\w+:)?registry\s*=|"resolved":|"registry":|npm config set|--registry|\/\/[^/\s]+\/:_auth/m
    expect(
      textFiles
        .filter(
          ({ path, text }) =>
            /\.npmrc$|package(-lock)?\.json$|Dockerfile$|\.sh$|\.ya?ml$|\.mjs$/.test(path) && settings.test(text),
        )
        .map(({ path }) => path),
    ).toEqual([])
  })

  it('holds no credential: neither written down nor as the default of a variable', () => {
    const credential =
      /-----BEGIN [A-Z ]*PRIVATE KEY-----\s*[A-Za-z0-9+/]{40}|\b[MNO][A-Za-z\d_-]{23,27}\.[A-Za-z\d_-]{6}\.[A-Za-z\d_-]{27,}|\b(?:ghp|gho|github_pat|xox[abp])_?[A-Za-z\d_-]{20,}/
    expect(withoutLock.filter(({ text }) => credential.test(text)).map(({ path }) => path)).toEqual([])
    const config = textFiles.find(({ path }) => path === 'cluster/runtime/config.ts')?.text ?? ''
    const secret = [...config.matchAll(/^ {2}(\w*(?:TOKEN|SECRET|_KEY)\w*):([\s\S]*?),\n(?= {2}\S|\n|\})/gm)]
    expect(secret.length).toBeGreaterThan(4)
    expect(secret.filter(([, , rule = '']) => rule.includes('default(')).map(([, name]) => name)).toEqual([])
  })

  it('speaks to hosts that everybody knows, and otherwise to none that exist', () => {
    const known =
      /^(discord\.com|cdn\.discordapp\.com|media\.discordapp\.net|discord\.gg|discord\.media|gateway\.discord\.gg|([a-z]+\.)?kick\.com|github\.com|www\.w3\.org|grafana\.com|prometheus\.io|json-schema\.org|schema\.org|biomejs\.dev|nodejs\.org|kubernetes\.io|nats\.io|([a-z0-9]+\.)?drand\.(sh|love)|drand\.cloudflare\.com|affiliate\.(shuffle\.com|stake\.com|stake\.us)|howl\.gg|www\.chromium\.org|www\.python\.org|postgresql\.org|www\.postgresql\.org)$/
    const nobody =
      /^(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]|[a-z-]+|([a-z0-9-]+\.)*(example|example\.(com|org|net)|invalid|test|localhost|door|svc|svc\.cluster\.local))$/
    const strange = withoutLock.flatMap(({ path, text }) =>
      [...text.matchAll(/\b(?:https?|wss?|nats|tls|postgres(?:ql)?):\/\/(?:[^\s/@'"`$]*@)?([A-Za-z0-9.[\]:-]+)/g)]
        .map(([, host = '']) => host.replace(/:\d*$/, '').toLowerCase())
        .filter((host) => host !== '' && !known.test(host) && !nobody.test(host))
        .map((host) => `${path}: ${host}`),
    )
    expect(strange).toEqual([])
  })
})
