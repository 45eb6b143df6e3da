import { z } from 'zod'
import { type ChannelId, channelId, type RoleId, roleId } from '../../../../cluster/runtime/ids.ts'
import { type Choices, entryMethods } from '../../../../sql/queries/giveaways.ts'
import { limits } from './limits.ts'

/** What an admin chooses by options of the command, before the form asks for words. */
export interface Chosen extends Omit<Choices, 'keyword' | 'entryPrompts'> {
  readonly channelId: ChannelId
}

const whole = (max: number, min = 1) => z.int().min(min).max(max)
const snowflake = z.string().regex(/^\d{15,20}$/)

/** Choices as a template keeps them; what is missing or not allowed any more is as if nobody had chosen. */
export const choicesForm: z.ZodType<Choices> = z.object({
  entryMethod: z.enum(entryMethods).catch('discord'),
  withButton: z.boolean().catch(false),
  keyword: z.string().min(1).max(limits.keyword).nullable().catch(null),
  messagesRequired: whole(limits.messages).catch(1),
  timeWindowMinutes: whole(limits.windowMinutes).catch(10),
  maxEntriesPerUser: whole(limits.entries).catch(1),
  maxWinners: whole(limits.winners).catch(1),
  needsLink: z.boolean().catch(false),
  requiredRoleId: snowflake.transform(roleId).nullable().catch(null),
  bonusRoles: z.record(snowflake, whole(limits.bonusTickets)).catch({}),
  entryPrompts: z.array(z.string().min(1).max(limits.question)).max(limits.questions).catch([]),
  claimMinutes: whole(limits.claimMinutes, 0).catch(0),
})

/** Whether members enter by a button in Discord, alone or beside the chat. */
export const hasButton = (choices: Pick<Choices, 'entryMethod' | 'withButton'>): boolean =>
  choices.entryMethod === 'discord' || choices.withButton

/** Whether the chat matters to it. */
export const hasChat = (choices: Pick<Choices, 'entryMethod'>): boolean => choices.entryMethod !== 'discord'

/** Whether winners have to hold a role that was not looked at when they entered: the chat tells nobody's roles. */
export const asksRoleOfWinners = (choices: Pick<Choices, 'entryMethod' | 'requiredRoleId'>): boolean =>
  choices.requiredRoleId !== null && hasChat(choices)

// --- Within the id of a form --------------------------------------------------------------------------------------------

/** Bits of each field, in their order. */
const layout = {
  method: 2,
  withButton: 1,
  needsLink: 1,
  messages: 7,
  window: 11,
  entries: 7,
  winners: 6,
  claim: 14,
  channel: 64,
  role: 64,
  bonusRole: 64,
  bonusTickets: 7,
  otherRole: 64,
  otherTickets: 7,
} as const
type Field = keyof typeof layout
const fields = Object.entries(layout) as readonly (readonly [Field, number])[]
const allBits = fields.reduce((sum, [, bits]) => sum + bits, 0)
const allBytes = Math.ceil(allBits / 8)

/**
 * What was chosen as 54 letters: a form has room for a hundred in its id, and nothing else comes back with it. So nothing has to be kept
 * while somebody types. Only the first two bonus roles are taken along.
 */
export function pack(chosen: Chosen): string {
  const [bonus, other] = Object.entries(chosen.bonusRoles)
  const values: Readonly<Record<Field, bigint>> = {
    method: BigInt(entryMethods.indexOf(chosen.entryMethod)),
    withButton: BigInt(chosen.withButton),
    needsLink: BigInt(chosen.needsLink),
    messages: BigInt(chosen.messagesRequired),
    window: BigInt(chosen.timeWindowMinutes),
    entries: BigInt(chosen.maxEntriesPerUser),
    winners: BigInt(chosen.maxWinners),
    claim: BigInt(chosen.claimMinutes),
    channel: BigInt(chosen.channelId),
    role: BigInt(chosen.requiredRoleId ?? 0),
    bonusRole: BigInt(bonus?.[0] ?? 0),
    bonusTickets: BigInt(bonus?.[1] ?? 0),
    otherRole: BigInt(other?.[0] ?? 0),
    otherTickets: BigInt(other?.[1] ?? 0),
  }
  let packed = 0n
  for (const [field, bits] of fields) packed = (packed << BigInt(bits)) | BigInt.asUintN(bits, values[field])
  return Buffer.from(packed.toString(16).padStart(allBytes * 2, '0'), 'hex').toString('base64url')
}

/** What was packed; undefined for what no version of ours has packed. */
export function unpack(text: string): Chosen | undefined {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.length !== allBytes) return undefined
  let rest = BigInt(`0x${bytes.toString('hex')}`)
  const values = new Map<Field, bigint>()
  for (const [field, bits] of [...fields].reverse()) {
    values.set(field, BigInt.asUintN(bits, rest))
    rest >>= BigInt(bits)
  }
  const of = (field: Field): bigint => values.get(field) ?? 0n
  const role = (field: Field): RoleId | null => (of(field) === 0n ? null : roleId(String(of(field))))
  const bonuses = (['bonus', 'other'] as const).flatMap((name) => {
    const id = role(`${name}Role`)
    return id === null ? [] : [[id, Number(of(`${name}Tickets`))] as const]
  })
  const {
    keyword: _,
    entryPrompts: __,
    ...choices
  } = choicesForm.parse({
    entryMethod: entryMethods[Number(of('method'))],
    withButton: of('withButton') === 1n,
    messagesRequired: Number(of('messages')),
    timeWindowMinutes: Number(of('window')),
    maxEntriesPerUser: Number(of('entries')),
    maxWinners: Number(of('winners')),
    needsLink: of('needsLink') === 1n,
    requiredRoleId: role('role'),
    bonusRoles: Object.fromEntries(bonuses),
    claimMinutes: Number(of('claim')),
  })
  return { ...choices, channelId: channelId(String(of('channel'))) }
}

// --- Words --------------------------------------------------------------------------------------------------------------

const units: readonly (readonly [minutes: number, words: string])[] = [
  [1440, 'd day days t tag tage tagen dia dias día días j jour jours g gün'],
  [60, 'h hr hrs hour hours std stunde stunden hora horas heure heures sa saat'],
  [1, 'm min mins minute minutes minuten minuto minutos dk dakika'],
]
const minutesOf = new Map(units.flatMap(([minutes, words]) => words.split(' ').map((word) => [word, minutes] as const)))

/**
 * Minutes, from `2d 3h 15m` in words of any of our languages, `90` (minutes) or `1:30` (hours and minutes); null for nothing, which is
 * no end; undefined for what is none, shorter than a minute or a year long.
 */
export function readDuration(typed: string): number | null | undefined {
  const text = typed.trim().toLowerCase()
  if (text === '') return null
  const clock = /^(\d{1,3}):([0-5]\d)$/.exec(text)
  if (clock !== null) return within(Number(clock[1]) * 60 + Number(clock[2]))
  if (/^\d{1,6}$/.test(text)) return within(Number(text))
  const parts = [...text.matchAll(/(\d{1,6})\s*(\p{L}+)[\s,]*/gu)]
  if (parts.length === 0 || parts.map(([all]) => all).join('') !== text) return undefined
  const minutes = parts.map(([, amount, unit = '']) => Number(amount) * (minutesOf.get(unit) ?? Number.NaN))
  return within(minutes.reduce((sum, each) => sum + each, 0))
}

const within = (minutes: number): number | undefined =>
  minutes >= 1 && minutes <= limits.durationMinutes ? minutes : undefined

/** One question for each line; undefined when there are too many or one is too long. */
export function readQuestions(typed: string): readonly string[] | undefined {
  const questions = typed
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const fits = questions.length <= limits.questions && questions.every((one) => [...one].length <= limits.question)
  return fits ? questions : undefined
}
