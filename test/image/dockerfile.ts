/** One line of a Dockerfile, continuation lines included. */
export interface Instruction {
  readonly line: number
  readonly name: string
  readonly text: string
}

export interface Stage {
  readonly name: string
  readonly base: string
  readonly instructions: readonly Instruction[]
}

export interface Dockerfile {
  /** Defaults of the arguments before the first stage. */
  readonly globals: Readonly<Record<string, string>>
  /** In their order; the last one is the image. */
  readonly stages: readonly Stage[]
}

/** Names the line of what cannot be carried out here. */
export class DockerfileError extends Error {
  override readonly name = 'DockerfileError'

  constructor(line: number, reason: string) {
    super(`k8s/Dockerfile:${line}: ${reason}`)
  }
}

const known = new Set(['ARG', 'COPY', 'RUN', 'WORKDIR', 'ENV', 'USER', 'EXPOSE', 'ENTRYPOINT', 'CMD'])

/** Reads the part of the language that we use, and refuses everything else: what is not understood must not be passed over. */
export function parseDockerfile(text: string): Dockerfile {
  const globals: Record<string, string> = {}
  const stages: { name: string; base: string; instructions: Instruction[] }[] = []
  for (const instruction of instructionsIn(text)) {
    const { line, name, text: rest } = instruction
    const stage = stages.at(-1)
    if (name === 'FROM') {
      const [, base, as] = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(expand(rest, globals, line)) ?? []
      if (base === undefined) throw new DockerfileError(line, 'FROM must be an image and perhaps a name')
      stages.push({ name: as ?? String(stages.length), base, instructions: [] })
    } else if (!known.has(name)) {
      throw new DockerfileError(line, `${name} is not carried out by npm run image:check`)
    } else if (stage !== undefined) {
      stage.instructions.push(instruction)
    } else if (name === 'ARG') {
      const [key = '', value = ''] = splitOnce(rest, '=')
      globals[key] = value
    } else throw new DockerfileError(line, `${name} stands before the first FROM`)
  }
  if (stages.length === 0) throw new DockerfileError(1, 'there is no FROM')
  return { globals, stages }
}

function instructionsIn(text: string): Instruction[] {
  const found: Instruction[] = []
  let begun: { line: number; text: string } | undefined
  for (const [index, raw] of text.split('\n').entries()) {
    if (/^\s*(#|$)/.test(raw)) continue
    begun = { line: begun?.line ?? index + 1, text: `${begun?.text ?? ''}${raw.trim()}` }
    if (begun.text.endsWith('\\')) {
      begun.text = begun.text.slice(0, -1)
      continue
    }
    const [name = '', rest = ''] = splitOnce(begun.text, ' ')
    found.push({ line: begun.line, name: name.toUpperCase(), text: rest.trim() })
    begun = undefined
  }
  return found
}

/** Puts in what `$NAME` and `${NAME}` stand for. */
export function expand(text: string, values: Readonly<Record<string, string>>, line: number): string {
  return text.replaceAll(/\$\{?(\w+)\}?/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new DockerfileError(line, `${name} is not set`)
    return value
  })
}

/** The text before and behind the first separator. */
export function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)]
}

/** `["a", "b"]`; the form without brackets would need a shell, which an image need not have. */
export function execForm({ line, text }: Instruction): string[] {
  try {
    const words: unknown = JSON.parse(text)
    if (Array.isArray(words) && words.every((word) => typeof word === 'string')) return words
  } catch {
    // said below
  }
  throw new DockerfileError(line, 'it must be a list of words in brackets')
}

/** Which files of the project are sent to the engine; only patterns of whole names at the top are understood. */
export function readIgnore(text: string): (topName: string) => boolean {
  const patterns = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  const strange = patterns.find((pattern) => !/^(\*|!?[\w.-]+)$/.test(pattern))
  if (strange !== undefined) throw new Error(`.dockerignore: ${strange} is not understood by npm run image:check`)
  return (topName) => {
    let isSent = true
    for (const pattern of patterns) {
      if (pattern === '*' || pattern === topName) isSent = false
      else if (pattern === `!${topName}`) isSent = true
    }
    return isSent
  }
}
