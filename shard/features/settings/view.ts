import { type APIActionRowComponent, type APIButtonComponent, ButtonStyle, ComponentType } from 'discord.js'
import type { Override } from '../../../sql/queries/channel.ts'
import { type SettingKey, type Settings, settingKeys, settings } from '../../../sql/queries/settings.ts'
import type { Reply } from '../feature.ts'
import { speak } from '../language.ts'
import { ago, colour, count, countOf, linesWithin, plain } from '../text.ts'
import type { Check } from './rules.ts'

/** Discord's limit of an embed's description. */
const longestDescription = 4096

const marks: Record<Check['mark'], string> = { well: '✅', watch: '⚠️', broken: '❌' }
const amber = 0xffb020
const red = 0xe5484d

/** Everything that was checked, one line each, and under what is not well what to do about it. */
export function checksView(p: { title: string; first?: string; checks: readonly Check[]; connectUrl?: string }): Reply {
  const lines = p.checks.map((check) =>
    check.mark === 'well' ? `${marks.well} ${check.text}` : `${marks[check.mark]} ${check.text}\n→ ${check.cure}`,
  )
  const open = p.checks.filter((check) => check.mark !== 'well').length
  const isBroken = p.checks.some((check) => check.mark === 'broken')
  const summary = open === 0 ? 'Everything works.' : `${countOf(open, 'thing')} to look at.`
  const description = linesWithin(
    speak('en'),
    [...(p.first === undefined ? [] : [p.first]), ...lines],
    longestDescription,
  )
  return {
    embeds: [
      { color: isBroken ? red : open > 0 ? amber : colour, title: p.title, description, footer: { text: summary } },
    ],
    components: p.connectUrl === undefined ? [] : [connectRow(p.connectUrl)],
  }
}

const connectRow = (url: string): APIActionRowComponent<APIButtonComponent> => ({
  type: ComponentType.ActionRow,
  components: [{ type: ComponentType.Button, style: ButtonStyle.Link, label: 'Connect Kick for chat replies', url }],
})

/** What admins decided about counting, and which names earn nothing. */
export function trackingView(
  first: string | undefined,
  overrides: readonly Override[],
  ignored: readonly string[],
): Reply {
  const since = (override: Override): string =>
    `${ago(override.startedAt)}${override.setBy === null ? '' : `, by <@${override.setBy}>`}`
  const off = overrides.find((override) => override.mode === 'off')
  const force = overrides.find((override) => override.mode === 'force')
  const state =
    off !== undefined
      ? `❌ Tracking is **off** (${since(off)}): nobody earns minutes.\n→ Use \`/tracking on\`.`
      : force !== undefined
        ? `⚠️ Tracking is **forced** (${since(force)}): chat counts although the stream is offline.\n→ Use \`/tracking auto\` to end it.`
        : '✅ Tracking is **on**: chat counts while the stream is live.'
  const both =
    off !== undefined && force !== undefined ? ['It is also forced, which takes effect when it is on again.'] : []
  const names =
    ignored.length === 0
      ? 'No names are ignored.'
      : `${countOf(ignored.length, 'name')} earn${ignored.length === 1 ? 's' : ''} nothing: ${listed(ignored, 40)}`
  const lines = [...(first === undefined ? [] : [first]), state, ...both, names]
  return {
    embeds: [{ color: colour, title: 'Tracking', description: linesWithin(speak('en'), lines, longestDescription) }],
  }
}

const listed = (names: readonly string[], most: number): string => {
  const shown = names.slice(0, most).map(plain).join(', ')
  return names.length > most ? `${shown} … and ${count(names.length - most)} more` : shown
}

/** A value as admins read it. */
export function shownValue<Key extends SettingKey>(key: Key, value: Settings[Key]): string {
  if (key === 'admin_channel_id') return value === null ? 'none' : `<#${value}>`
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  if (Array.isArray(value)) return value.length === 0 ? 'none' : listed(value, 10)
  return typeof value === 'number' ? count(value) : String(value)
}

/** Every setting with its value, what it does and what it may be. */
export function settingsView(values: Settings): Reply {
  const lines = settingKeys.map((key) => {
    const isDefault = settings[key].write(values[key] as never) === settings[key].write(settings[key].default as never)
    return `**\`${key}\`**: ${shownValue(key, values[key])}${isDefault ? '' : ' (changed)'}\n${settings[key].help}`
  })
  const footer = { text: 'Change one with /settings set' }
  return {
    embeds: [
      { color: colour, title: 'Settings', description: linesWithin(speak('en'), lines, longestDescription), footer },
    ],
  }
}

export const changedSettingView = <Key extends SettingKey>(
  key: Key,
  value: Settings[Key],
  hasChanged: boolean,
): Reply => ({
  content: hasChanged
    ? `✅ \`${key}\` is now ${shownValue(key, value)}.`
    : `\`${key}\` was ${shownValue(key, value)} already; nothing has changed.`,
})

/** What an admin reads when the broadcaster has connected Kick. */
export const connectedMessage = (displayName: string) => ({
  content: `✅ ${plain(displayName)} is connected. Viewers who type \`!watchtime\`, \`!points\`, \`!rank\` or \`!link\` in stream chat are answered now.`,
})
