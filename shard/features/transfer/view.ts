import { ButtonStyle, ComponentType } from 'discord.js'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import { settingKeys } from '../../../sql/queries/settings.ts'
import type { PartName, Way } from '../../../sql/queries/transfer.ts'
import type { Reply } from '../feature.ts'
import type { Say } from '../language.ts'
import { allowedText } from '../settings/index.ts'
import { colour, linesWithin, plain } from '../text.ts'
import { type Fault, mostPoints } from './rules/check.ts'
import type { Content } from './rules/file.ts'
import { type Mapping, roles } from './rules/totals.ts'

/** Discord's limit of an embed's description. */
const longestDescription = 4096
const mostShownFaults = 10
const red = 0xe5484d

function allowed(say: Say, { field, why }: Fault): string {
  switch (why.kind) {
    case 'whole64':
      return say('transfer:allowed.whole', { min: -mostPoints, max: mostPoints })
    case 'setting': {
      const key = settingKeys.find((known) => known === field)
      return key === undefined ? say('transfer:allowed.setting') : allowedText(say, key)
    }
    case 'decimal':
    case 'whole':
      return say('transfer:allowed.whole', { min: why.min, max: why.max })
    case 'text':
      return why.min === undefined
        ? say('transfer:allowed.text', { max: why.max })
        : say('transfer:allowed.text_given', { max: why.max })
    case 'choice':
      return say('transfer:allowed.choice', { values: why.values.join(', ') })
    default:
      return say(`transfer:allowed.${why.kind}`)
  }
}

const faultLine = (say: Say, fault: Fault, written: (field: string) => string): string => {
  const { part, row, field } = fault
  return say('transfer:fault', {
    part: say(`transfer:part.${part}`),
    row,
    field: written(field),
    allowed: allowed(say, fault),
  })
}

/** Every wrong row; a few of them in the message, all of them in a file when there are more. */
export function faultsView(say: Say, faults: readonly Fault[]): Reply {
  const lines = faults.map((fault) => faultLine(say, fault, (field) => field))
  const shown = faults.slice(0, mostShownFaults).map((fault) => faultLine(say, fault, plain))
  const description = linesWithin(say, shown, longestDescription)
  const title = say('transfer:faults', { count: faults.length })
  return {
    embeds: [{ color: red, title, description }],
    ...(lines.length > mostShownFaults && {
      files: [{ attachment: Buffer.from(`${lines.join('\n')}\n`), name: 'rows.txt' }],
    }),
  }
}

interface Preview {
  readonly content: Content
  readonly mapping?: Mapping
  readonly headings?: readonly string[]
  readonly way: Way
  /** It was merged or added before. */
  readonly isKnown: boolean
  readonly guildId: GuildId
  readonly draftRef: string
}

const partsOf = (say: Say, names: readonly PartName[]): string =>
  say.list(names.map((name) => say(`transfer:part.${name}`)))

/** What a file would bring in, in which way, and the question. */
export function previewView(say: Say, p: Preview): Reply {
  const { content, mapping, headings = [] } = p
  const counts = (Object.entries(content.rows) as [PartName, readonly unknown[]][]).filter(
    ([, rows]) => rows.length > 0,
  )
  const columns = roles.flatMap((role) => {
    const index = mapping?.columns[role]
    return index === undefined ? [] : [`${role} = ${plain(headings[index] ?? '')}`]
  })
  const [first] = content.totals
  const lines = [
    say(`transfer:way.${p.way}`),
    '',
    ...counts.map(([name, rows]) => say('transfer:count', { part: say(`transfer:part.${name}`), count: rows.length })),
    say('transfer:count', { part: say('transfer:part.viewers'), count: content.totals.length }),
    ...(mapping === undefined
      ? []
      : [say('transfer:columns', { columns: columns.join(', '), unit: say(`transfer:choice.${mapping.unit}`) })]),
    ...(mapping === undefined || first === undefined
      ? []
      : [
          say('transfer:first', {
            name: plain(first.username),
            minutes: first.minutes === null ? '—' : say.number(first.minutes),
            points: first.points === null ? '—' : say.number(first.points),
          }),
        ]),
    ...(content.totals.length > 0 ? ['', say('transfer:converted')] : []),
    ...(content.leftOut.length > 0 ? [say('transfer:left_out', { parts: partsOf(say, content.leftOut) })] : []),
    ...(content.itemsOff > 0 ? [say('transfer:items_off', { count: content.itemsOff })] : []),
    ...(content.tiersByName.length > 0 ? [say('transfer:tiers_by_name')] : []),
    ...(p.isKnown ? ['', say('transfer:known')] : []),
  ]
  const id = `${p.guildId}:${p.draftRef}`
  return {
    embeds: [
      { color: colour, title: say('transfer:preview'), description: linesWithin(say, lines, longestDescription) },
    ],
    components: [
      {
        type: ComponentType.ActionRow,
        components: [
          ...(p.isKnown
            ? []
            : [
                {
                  type: ComponentType.Button,
                  style: p.way === 'replace' ? ButtonStyle.Danger : ButtonStyle.Primary,
                  label: say('transfer:button.yes'),
                  custom_id: `transfer:yes:${id}`,
                } as const,
              ]),
          {
            type: ComponentType.Button,
            style: ButtonStyle.Secondary,
            label: say('transfer:button.no'),
            custom_id: `transfer:no:${id}`,
          },
        ],
      },
    ],
  }
}

/** What was brought in; undefined when the file had been brought in before. */
export const doneView = (
  say: Say,
  brought: { readonly viewers: number; readonly minutes: string; readonly points: string } | undefined,
): Reply => ({
  content:
    brought === undefined
      ? say('transfer:known')
      : say('transfer:done', {
          viewers: brought.viewers,
          minutes: say.number(brought.minutes),
          points: say.number(brought.points),
        }),
})
