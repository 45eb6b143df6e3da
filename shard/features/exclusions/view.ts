import type { Exclusion, ExclusionKind } from '../../../sql/queries/exclusion.ts'
import type { Reply } from '../feature.ts'
import type { Say } from '../language.ts'
import { ago, colour, linesWithin, plain } from '../text.ts'

/** Discord's limit of an embed's description. */
const longestDescription = 4096

const listed = (say: Say, kinds: readonly ExclusionKind[]): string =>
  say.list(kinds.map((kind) => say(`exclusions:choice.${kind}`)))

/** What has just been decided about one viewer. */
export function changedView(
  say: Say,
  p: { viewer: string; isExcluded: boolean; changed: readonly ExclusionKind[] },
): Reply {
  const name = plain(p.viewer)
  if (p.changed.length === 0)
    return { content: p.isExcluded ? say('exclusions:was_so', { name }) : say('exclusions:was_not', { name }) }
  const values = { name, kinds: listed(say, p.changed) }
  return { content: p.isExcluded ? say('exclusions:added', values) : say('exclusions:removed', values) }
}

/** Who is left out of what, one line for each viewer. */
export function exclusionsView(say: Say, all: readonly (Exclusion & { displayName: string })[]): Reply {
  const viewers = new Map<string, (Exclusion & { displayName: string })[]>()
  for (const one of all) viewers.set(one.username, [...(viewers.get(one.username) ?? []), one])
  const lines = [...viewers.values()].flatMap((rows) => {
    const [first] = rows
    if (first === undefined) return []
    const who = first.setBy === null ? '' : ` · <@${first.setBy}>`
    const reason = first.reason === null ? '' : ` · ${plain(first.reason)}`
    const kinds = listed(
      say,
      rows.map((row) => row.kind),
    )
    return [`**${plain(first.displayName)}** — ${kinds} · ${ago(first.setAt)}${who}${reason}`]
  })
  const description = lines.length === 0 ? say('exclusions:nobody') : linesWithin(say, lines, longestDescription)
  return { embeds: [{ color: colour, title: say('exclusions:title'), description }] }
}
