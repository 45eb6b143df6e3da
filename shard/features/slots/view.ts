import {
  type APIActionRowComponent,
  type APIButtonComponent,
  type APIEmbed,
  ButtonStyle,
  ComponentType,
  TextInputStyle,
} from 'discord.js'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import type { Settings } from '../../../sql/queries/settings.ts'
import type { Blacklisted, CatalogueSlot } from '../../../sql/queries/slotlists.ts'
import type { Reward, SlotPick } from '../../../sql/queries/slotpicks.ts'
import type { ListFigures, Request } from '../../../sql/queries/slots.ts'
import type { Modal, Reply } from '../feature.ts'
import type { Say } from '../language.ts'
import type { PanelBody } from '../panel.ts'
import { ago, colour, linesWithin, money, plain, spoken } from '../text.ts'
import { chancesOf, costOf, limits, namedAtOnce, type Refusal } from './rules.ts'

const longestDescription = 4096

const row = (...components: APIButtonComponent[]): APIActionRowComponent<APIButtonComponent> => ({
  type: ComponentType.ActionRow,
  components,
})

const percent = (say: Say, hundredths: number): string =>
  `${new Intl.NumberFormat(say.locale, { maximumFractionDigits: 2 }).format(hundredths / 100)} %`

// --- In stream chat -------------------------------------------------------------------------------------------------------

export const chatRefusal = (
  say: Say,
  refusal: Refusal,
  values: { readonly word: string; readonly limit: number; readonly slot: string },
): string => say(`slots:chat.${refusal}`, { word: `!${values.word}`, limit: values.limit, slot: spoken(values.slot) })

/** Tells of requests that were taken, one or several. */
export function chatTaken(say: Say, requests: readonly Pick<Request, 'displayName' | 'slotCall'>[]): string {
  const [first] = requests
  if (first === undefined) throw new Error('there is no request to tell of')
  if (requests.length === 1) return `@${first.displayName} ${say('slots:chat.taken', { slot: spoken(first.slotCall) })}`
  const named = requests
    .slice(0, namedAtOnce)
    .map(({ displayName, slotCall }) => `${displayName}: ${[...spoken(slotCall)].slice(0, 30).join('')}`)
  const more = requests.length - named.length
  const list = more > 0 ? [...named, say('common:and_more', { count: more })] : named
  return say('slots:chat.taken_many', { list: list.join(' · ') })
}

export const chatPicked = (say: Say, pick: SlotPick): string => {
  const what = say('slots:chat.picked', { slot: spoken(pick.slotCall), name: pick.displayName })
  return pick.reward === null ? what : `${what} ${say('slots:chat.won', { reward: rewardName(say, pick.reward) })}`
}

export const chatCurrent = (say: Say, pick: SlotPick | undefined): string =>
  pick === undefined
    ? say('slots:chat.no_pick')
    : say('slots:chat.current', { slot: spoken(pick.slotCall), name: pick.displayName })

/** An amount and what it is for; the bot before called the one kind `bonus_buy`. */
const rewardName = (say: Say, { type, amount }: Pick<Reward, 'type' | 'amount'>): string =>
  `${money(say, amount)} ${type === 'bonus_buy' ? 'Bonus Buy' : spoken(type)}`

// --- Posts ------------------------------------------------------------------------------------------------------------------

const slotLine = ({
  slotCall,
  displayName,
  username,
}: Pick<Request, 'slotCall' | 'displayName' | 'username'>): string =>
  `**${plain(slotCall)}** · ${plain(displayName || username)}`

export const requestsPost = (say: Say, requests: readonly Request[]): { embeds: APIEmbed[] } => ({
  embeds: [
    {
      color: colour,
      title: say('slots:post.title', { count: requests.length }),
      description: linesWithin(say, requests.map(slotLine), longestDescription),
    },
  ],
})

/** A pick, with the button under which everybody finds its proof. */
export const pickPost = (say: Say, guildId: GuildId, pick: SlotPick) => ({
  embeds: [pickEmbed(say, pick)],
  components: pick.scheme === 'dashboard' ? [] : [row(proofButton(say, guildId, pick.number))],
})

function pickEmbed(say: Say, pick: SlotPick): APIEmbed {
  const lines = [
    say('slots:pick.by', { name: plain(pick.displayName || pick.username) }),
    pick.reward === null ? '' : `🏆 ${say('slots:pick.won', { reward: plain(rewardName(say, pick.reward)) })}`,
  ]
  return {
    color: colour,
    title: `🎰 ${[...pick.slotCall].slice(0, 200).join('')}`,
    description: lines.filter((line) => line !== '').join('\n'),
    footer: { text: say('slots:pick.number', { number: pick.number, count: pick.pool.length }) },
  }
}

const proofButton = (say: Say, guildId: GuildId, number: number): APIButtonComponent => ({
  type: ComponentType.Button,
  style: ButtonStyle.Secondary,
  label: say('slots:button.proof'),
  custom_id: `slots:proof:${guildId}:${number}`,
})

// --- The panel --------------------------------------------------------------------------------------------------------------

export interface Standing {
  readonly figures: ListFigures
  readonly last: SlotPick | undefined
  readonly commitment: string | null
  readonly settings: Pick<
    Settings,
    | 'slot_requests_enabled'
    | 'slot_max_requests_per_user'
    | 'slot_request_cooldown_seconds'
    | 'slot_prevent_duplicates'
    | 'slot_trigger_words'
    | 'slot_calls_channel_id'
  >
}

function standingLines(say: Say, { figures, last, settings }: Standing): string[] {
  const words = settings.slot_trigger_words.map((word) => `\`!${word}\``)
  const limit = settings.slot_max_requests_per_user
  return [
    settings.slot_requests_enabled
      ? `🟢 ${say('slots:is_open', { words: words.join(' ') })}`
      : `🔴 ${say('slots:is_closed')}`,
    say('slots:figures', { total: figures.total, waiting: figures.waiting, picked: figures.total - figures.waiting }),
    limit === 0 ? say('slots:no_limit') : say('slots:limit', { count: limit }),
    last === undefined
      ? say('slots:no_pick')
      : say('slots:last_pick', {
          slot: plain(last.slotCall),
          name: plain(last.displayName || last.username),
          when: ago(last.pickedAt),
        }),
  ]
}

export function panelBody(say: Say, guildId: GuildId, standing: Standing): PanelBody {
  const button = (action: string, style: APIButtonComponent['style'], emoji: string, disabled = false) => ({
    type: ComponentType.Button as const,
    style: style as ButtonStyle.Primary,
    label: say(`slots:button.${action as 'pick' | 'refresh' | 'open' | 'close' | 'limit'}`),
    emoji: { name: emoji },
    custom_id: `slots:${action}:${guildId}`,
    disabled,
  })
  const isOpen = standing.settings.slot_requests_enabled
  const { commitment } = standing
  return {
    embeds: [
      {
        color: colour,
        title: say('slots:title'),
        description: standingLines(say, standing).join('\n'),
        ...(commitment === null ? {} : { footer: { text: say('slots:next_pick', { commitment }) } }),
      },
    ],
    components: [
      row(
        button('pick', ButtonStyle.Primary, '🎲', standing.figures.waiting === 0),
        button('refresh', ButtonStyle.Secondary, '♻️'),
        button('open', ButtonStyle.Success, '🟢', isOpen),
        button('close', ButtonStyle.Danger, '🔴', !isOpen),
        button('limit', ButtonStyle.Secondary, '🔢'),
      ),
    ],
  }
}

export const limitForm = (say: Say, guildId: GuildId, limit: number): Modal => ({
  custom_id: `slots:limit:${guildId}`,
  title: say('slots:form.limit.title'),
  components: [
    {
      type: ComponentType.Label,
      label: say('slots:form.limit.label', { max: limits.panelLimit }),
      component: {
        type: ComponentType.TextInput,
        custom_id: 'limit',
        style: TextInputStyle.Short,
        min_length: 1,
        max_length: 2,
        value: String(Math.min(limit, limits.panelLimit)),
        required: true,
      },
    },
  ],
})

// --- Answers ------------------------------------------------------------------------------------------------------------------

export function statusView(say: Say, standing: Standing, note?: string): Reply {
  const { settings } = standing
  const channel = settings.slot_calls_channel_id
  const lines = [
    ...standingLines(say, standing),
    say('slots:cooldown', { count: settings.slot_request_cooldown_seconds }),
    settings.slot_prevent_duplicates ? say('slots:duplicates.no') : say('slots:duplicates.yes'),
    channel === null ? say('slots:channel.none') : say('slots:channel', { channel: `<#${channel}>` }),
  ]
  return { content: note ?? '', embeds: [{ color: colour, title: say('slots:title'), description: lines.join('\n') }] }
}

/** Offers to empty the list, up to the newest request that whoever is asked knows of. */
const clearRow = (say: Say, guildId: GuildId, upTo: string) =>
  row({
    type: ComponentType.Button,
    style: ButtonStyle.Danger,
    label: say('slots:button.clear'),
    custom_id: `slots:clear:${guildId}:${upTo}`,
  })

export const openedView = (
  say: Say,
  guildId: GuildId,
  p: { readonly standing: Standing; readonly wasOpen: boolean; readonly newest: string | undefined },
): Reply => {
  const { total } = p.standing.figures
  const left = p.newest === undefined || p.wasOpen ? '' : say('slots:left_over', { count: total })
  const note = [p.wasOpen ? say('slots:was_open') : say('slots:opened'), left].join(' ').trim()
  return {
    ...statusView(say, p.standing, note),
    components: left === '' || p.newest === undefined ? [] : [clearRow(say, guildId, p.newest)],
  }
}

export const clearQuestion = (say: Say, guildId: GuildId, figures: ListFigures, newest: string): Reply => ({
  content: say('slots:clear.question', { count: figures.total, waiting: figures.waiting }),
  components: [clearRow(say, guildId, newest)],
})

export function listView(say: Say, figures: ListFigures, waiting: readonly Request[]): Reply {
  const lines = waiting.map((request, i) => `${i + 1}. ${slotLine(request)} · ${ago(request.requestedAt)}`)
  const heading = say('slots:figures', {
    total: figures.total,
    waiting: figures.waiting,
    picked: figures.total - figures.waiting,
  })
  const more = figures.waiting - waiting.length
  const all = more > 0 ? [...lines, say('common:and_more', { count: more })] : lines
  const description = [heading, all.length === 0 ? say('slots:nobody_waits') : linesWithin(say, all, 3900)].join('\n\n')
  return { embeds: [{ color: colour, title: say('slots:title'), description }] }
}

export const pickedView = (say: Say, guildId: GuildId, pick: SlotPick): Reply => pickPost(say, guildId, pick)

/** How a pick came about, and how anybody can work it out again. */
export function proofView(say: Say, pick: SlotPick, holds: boolean | undefined): Reply {
  const code = (label: string, value: string | null) => (value === null ? '' : `**${label}**\n\`${value}\``)
  const pool = pick.pool.length > 60 ? `${pick.pool.slice(0, 60).join(',')},…` : pick.pool.join(',')
  const isOurs = pick.scheme === 'v2'
  const lines = [
    say(`slots:proof.${pick.scheme}`),
    holds === undefined ? '' : holds ? `✅ ${say('slots:proof.holds')}` : `❌ ${say('slots:proof.fails')}`,
    code(say('slots:proof.commitment'), pick.commitment),
    code(say('slots:proof.seed'), pick.serverSeed),
    code(say('slots:proof.client'), pick.clientSeed),
    code(say('slots:proof.nonce'), pick.nonce),
    code(say('slots:proof.hash'), pick.proofHash),
    isOurs ? code(say('slots:proof.pool', { count: pick.pool.length }), `[${pool}]`) : '',
    isOurs ? code(say('slots:proof.request'), pick.requestId) : '',
    code(say('slots:proof.reward_hash'), pick.rewardHash),
    pick.randomValue === null ? '' : code(say('slots:proof.value'), (pick.randomValue / 100).toFixed(2)),
    ...pick.rewards.map((reward) =>
      say('slots:reward.line', {
        number: reward.id,
        reward: plain(rewardName(say, reward)),
        chance: percent(say, reward.chance),
      }),
    ),
  ]
  const embed = pickEmbed(say, pick)
  const description = [embed.description ?? '', '', ...lines.filter((line) => line !== '')].join('\n')
  return { embeds: [{ ...embed, description: description.slice(0, longestDescription) }] }
}

/** What may be won, and what that costs: how often a pick wins, and how much it costs on average. */
export function rewardsView(say: Say, rewards: readonly Reward[], note?: string): Reply {
  const lines = chancesOf(rewards).map(({ reward, share }) => {
    const line = say('slots:reward.line', {
      number: reward.id,
      reward: plain(rewardName(say, reward)),
      chance: percent(say, reward.chance),
    })
    return share === reward.chance ? line : `${line} ${say('slots:reward.share', { chance: percent(say, share) })}`
  })
  const { hitRate, expected } = costOf(rewards)
  const cost = say('slots:reward.cost', {
    hits: percent(say, hitRate),
    expected: new Intl.NumberFormat(say.locale, { minimumFractionDigits: 2, maximumFractionDigits: 4 }).format(
      Number(expected) / 1_000_000,
    ),
  })
  const description =
    lines.length === 0 ? say('slots:reward.none') : [...lines, '', cost, say('slots:reward.linked_only')].join('\n')
  return { content: note ?? '', embeds: [{ color: colour, title: say('slots:reward.title'), description }] }
}

export function blacklistView(say: Say, entries: readonly Blacklisted[]): Reply {
  const lines = entries.map(({ username, reason, by, since }) =>
    [
      `**${plain(username)}**`,
      ...(reason === null ? [] : [plain(reason)]),
      ...(by === null ? [] : [`<@${by}>`]),
      ago(since),
    ].join(' · '),
  )
  const description = lines.length === 0 ? say('slots:blacklist.none') : linesWithin(say, lines, longestDescription)
  return { embeds: [{ color: colour, title: say('slots:blacklist.title'), description }] }
}

export function catalogueView(say: Say, slots: readonly CatalogueSlot[]): Reply {
  const lines = slots.map(({ name, provider, banned, isActive }) => {
    const state = banned ? 'banned' : isActive ? 'allowed' : 'unavailable'
    const marks = { banned: '⛔', allowed: '✅', unavailable: '⏸️' }
    return `${marks[state]} **${plain(name)}**${provider === null ? '' : ` · ${plain(provider)}`} · ${say(`slots:choice.${state}`)}`
  })
  const description = lines.length === 0 ? say('slots:catalogue.none') : linesWithin(say, lines, longestDescription)
  return { embeds: [{ color: colour, title: say('slots:catalogue.title'), description }] }
}
