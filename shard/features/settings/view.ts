import { type APIActionRowComponent, type APIButtonComponent, ButtonStyle, ComponentType } from 'discord.js'
import type { AuditRow } from '../../../sql/queries/audit.ts'
import type { Override } from '../../../sql/queries/channel.ts'
import { type FoundSetting, type SettingKey, type Settings, settings } from '../../../sql/queries/settings.ts'
import type { Reply } from '../feature.ts'
import type { Say } from '../language.ts'
import { ago, colour, linesWithin, plain } from '../text.ts'
import { type Check, sinceText } from './rules.ts'

/** Discord's limit of an embed's description. */
const longestDescription = 4096

const marks: Record<Check['mark'], string> = { well: '✅', watch: '⚠️', broken: '❌' }
const amber = 0xffb020
const red = 0xe5484d

/** Everything that was checked, one line each, and under what is not well what to do about it. */
export function checksView(
  say: Say,
  p: { title: string; first?: string; checks: readonly Check[]; next?: string; connectUrl?: string },
): Reply {
  const lines = p.checks.map((check) =>
    check.mark === 'well' ? `${marks.well} ${check.text}` : `${marks[check.mark]} ${check.text}\n→ ${check.cure}`,
  )
  const open = p.checks.filter((check) => check.mark !== 'well').length
  const isBroken = p.checks.some((check) => check.mark === 'broken')
  const summary = open === 0 ? say('settings:checks.well') : say('settings:checks.open', { count: open })
  const description = linesWithin(
    say,
    [...(p.first === undefined ? [] : [p.first]), ...lines, ...(p.next === undefined ? [] : ['', p.next])],
    longestDescription,
  )
  return {
    embeds: [
      { color: isBroken ? red : open > 0 ? amber : colour, title: p.title, description, footer: { text: summary } },
    ],
    components: p.connectUrl === undefined ? [] : [connectRow(say, p.connectUrl)],
  }
}

const connectRow = (say: Say, url: string): APIActionRowComponent<APIButtonComponent> => ({
  type: ComponentType.ActionRow,
  components: [{ type: ComponentType.Button, style: ButtonStyle.Link, label: say('settings:setup.connect'), url }],
})

/** What admins decided about counting. */
export function trackingView(say: Say, first: string | undefined, overrides: readonly Override[]): Reply {
  const off = overrides.find((override) => override.mode === 'off')
  const force = overrides.find((override) => override.mode === 'force')
  const state =
    off !== undefined
      ? `❌ ${say('settings:tracking.off', { since: sinceText(say, off) })}\n→ ${say('settings:check.tracking.off.cure')}`
      : force !== undefined
        ? `⚠️ ${say('settings:tracking.force', { since: sinceText(say, force) })}\n→ ${say('settings:check.tracking.force.cure')}`
        : `✅ ${say('settings:tracking.on')}`
  const both = off !== undefined && force !== undefined ? [say('settings:tracking.both')] : []
  const lines = [...(first === undefined ? [] : [first]), state, ...both]
  return {
    embeds: [
      {
        color: colour,
        title: say('settings:tracking.title'),
        description: linesWithin(say, lines, longestDescription),
      },
    ],
  }
}

/** A value as admins read it. */
export function shownValue(say: Say, key: SettingKey, value: Settings[SettingKey]): string {
  if (value === null) return say('settings:value.none')
  if (settings[key].shape.kind === 'channel') return `<#${String(value)}>`
  if (settings[key].shape.kind === 'role') return `<@&${String(value)}>`
  if (settings[key].shape.kind === 'text') return plain(String(value), 400)
  if (typeof value === 'boolean') return say(value ? 'settings:value.on' : 'settings:value.off')
  if (typeof value === 'number') return say.number(value)
  if (typeof value === 'string') return value
  return value.length === 0 ? say('settings:value.none') : value.join(', ')
}

/** What a setting may be; stands within a sentence. */
export function allowedText(say: Say, key: SettingKey): string {
  const { shape } = settings[key]
  switch (shape.kind) {
    case 'whole': {
      const range = { min: shape.min, max: shape.max }
      return shape.unit === 'seconds'
        ? say('settings:allowed.whole_seconds', range)
        : say('settings:allowed.whole', range)
    }
    case 'choice':
      return say('settings:allowed.choice', { values: shape.values.map((value) => `\`${value}\``).join(', ') })
    case 'words':
      return say('settings:allowed.words', { max: shape.most })
    case 'several':
      return say('settings:allowed.several', { values: shape.values.map((value) => `\`${value}\``).join(', ') })
    case 'text':
      return say('settings:allowed.text', { max: shape.max })
    default:
      return say(`settings:allowed.${shape.kind}`)
  }
}

/** Of a text as much as shows which one it is. */
const briefest = 60

/** Every setting with its value and where it comes from, one line each: what one does is told of it alone, or they would not fit. */
export function settingsView(say: Say, all: readonly FoundSetting[]): Reply {
  const lines = all.map(({ key, value, origin }) => {
    const source = origin === 'default' ? '' : ` (${say(`settings:origin.${origin}`)})`
    const shown = settings[key].shape.kind === 'text' && value !== null ? plain(String(value), briefest) : undefined
    return `\`${key}\`: ${shown ?? shownValue(say, key, value)}${source}`
  })
  return {
    embeds: [
      {
        color: colour,
        title: say('settings:settings.title'),
        description: linesWithin(say, lines, longestDescription),
        footer: { text: say('settings:settings.footer') },
      },
    ],
  }
}

/** One setting: value, origin, what it does, what it may be, and who may change it. */
export function settingView(say: Say, found: FoundSetting): Reply {
  const origin = say(`settings:origin.${found.origin}`)
  const isChosen = found.origin === 'guild' && found.updatedAt !== null
  const who = found.updatedBy === null ? say('settings:who.bot') : `<@${found.updatedBy}>`
  const lines = [
    `**${shownValue(say, found.key, found.value)}**`,
    isChosen && found.updatedAt !== null
      ? say('settings:settings.by', { origin, when: ago(found.updatedAt), who })
      : origin,
    '',
    say(`settings:help.${found.key}`),
    say('settings:settings.may_be', { allowed: allowedText(say, found.key) }),
    ...(settings[found.key].by === 'administrator' ? [say('settings:settings.only_administrators')] : []),
  ]
  return { embeds: [{ color: colour, title: found.key, description: lines.join('\n') }] }
}

const code = (text: string | null): string => {
  if (text === null) return '—'
  const shown = text.length > 60 ? `${text.slice(0, 59)}…` : text
  return `\`${shown.replaceAll('`', 'ˋ') || ' '}\``
}

/** Who changed what, the newest first. */
export function historyView(say: Say, rows: readonly AuditRow[]): Reply {
  const lines = rows.map((row) =>
    say('settings:history.line', {
      when: ago(row.happenedAt),
      who: row.actorId === null ? say(`settings:who.${row.source}`) : `<@${row.actorId}>`,
      subject: `${row.action.replace(/^settings\.set$/, '')} ${row.subject}`.trim().replaceAll('`', 'ˋ'),
      from: code(row.oldValue),
      to: code(row.newValue),
    }),
  )
  const description = lines.length === 0 ? say('settings:history.none') : linesWithin(say, lines, longestDescription)
  return { embeds: [{ color: colour, title: say('settings:history.title'), description }] }
}

/** What an admin reads when the broadcaster has connected Kick. */
export const connectedMessage = (say: Say, displayName: string) => ({
  content: say('settings:connected', { name: plain(displayName) }),
})
