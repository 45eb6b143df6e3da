import { beforeAll, describe, expect, it } from 'vitest'
import { verify } from '../../../cluster/runtime/fairness.ts'
import { textOf } from '../../support/browsing.ts'
import { chatOf } from '../../support/builders.ts'
import { aStage, type Place, type Stage } from './stage.ts'

let s: Stage

beforeAll(async () => {
  s = await aStage()
})

const keyword = { method: 'keyword' }

describe('a giveaway of the chat that asks for a role', () => {
  const winnersIn = async (place: Place) =>
    (
      await s.sql<{ kickUsername: string; state: string; voidReason: string | null }[]>`
        select kick_username, state, void_reason from giveaway_winners where discord_server_id = ${place.id} order by nonce`
    ).map((row) => ({ ...row }))
  const aGiveaway = async (names: readonly string[], holders: readonly string[], options: object = {}) => {
    const place = await s.aPlace()
    const role = place.guild.addRole({ name: 'Fans' })
    await s.create(place, { ...keyword, role: role.id, ...options }, { title: 'A hat', keyword: 'hat' })
    for (const [i, name] of names.entries()) {
      await s.link(place, s.member(place, name, holders.includes(name) ? [role.id] : []), name, 100 + i)
      await s.say(place, name, 'hat')
    }
    return { place, role }
  }

  it('is entered by linked accounts alone, and won by those alone who hold the role; every other roll stays in the proof', async () => {
    const { place, role } = await aGiveaway(['anna', 'bob', 'carl', 'dora'], ['carl', 'dora'], { winners: 2 })
    expect(textOf(s.messages(place)[0] as never)).toContain(
      `Only for members with <@&${role.id}>; in the chat they need a linked Kick account`,
    )
    await s.say(place, 'Unlinked', 'hat')
    expect((await s.entriesIn(place)).map(({ who }) => who)).toEqual(['anna', 'bob', 'carl', 'dora'])
    await s.draw(place)
    const rolls = await winnersIn(place)
    expect(
      rolls
        .filter(({ state }) => state === 'won')
        .map(({ kickUsername }) => kickUsername)
        .sort(),
    ).toEqual(['carl', 'dora'])
    const lost = rolls.filter(({ state }) => state === 'void')
    expect(lost.every(({ voidReason, kickUsername }) => voidReason === 'role' && /anna|bob/.test(kickUsername))).toBe(
      true,
    )
    const told = s
      .messages(place)
      .filter((message) => textOf(message).includes('🏆') && textOf(message).includes('drawn'))
    expect(told).toHaveLength(1)
    expect(textOf(told[0] as never)).toContain('**carl**')
    expect(textOf(told[0] as never)).not.toMatch(/anna|bob/)
    expect(textOf(s.messages(place)[0] as never)).toContain('**Winners**')
    const proof = await s.proofOf(place)
    expect(proof.draws).toHaveLength(rolls.length)
    expect((await verify(proof)).filter(({ holds }) => !holds)).toEqual([])
  })

  it('has no winner when nobody holds it, and says so', async () => {
    const { place } = await aGiveaway(['anna', 'bob'], [])
    await s.draw(place)
    expect((await winnersIn(place)).map(({ voidReason }) => voidReason)).toEqual(['role', 'role'])
    expect(textOf(s.messages(place).at(-1) as never)).toContain('nobody entered who could win')
  })

  it('is decided once, though the owner of the row dies after it has decided', async () => {
    const { place } = await aGiveaway(['anna', 'bob', 'carl'], ['carl'])
    await s.draw(place)
    const rolls = await winnersIn(place)
    const messages = s.messages(place).length
    await s.sql`
      update outbox set state = 'due', next_attempt_at = now() where discord_server_id = ${place.id} and kind = 'giveaways.check'`
    await s.paid(place)
    expect(await winnersIn(place)).toEqual(rolls)
    expect(s.messages(place)).toHaveLength(messages)
  })

  it('asks for a deleted role no more', async () => {
    const { place, role } = await aGiveaway(['anna'], [])
    place.guild.removeRole(role.id)
    await s.draw(place)
    expect(await winnersIn(place)).toEqual([{ kickUsername: 'anna', state: 'won', voidReason: null }])
  })
})

describe('when drand stays away', () => {
  /** As if the list had been frozen so long ago. */
  const later = (place: Place, minutes: number) => s.sql`
    update giveaways
       set round = round - ${minutes * 20}, round_at = round_at - make_interval(mins => ${minutes}),
           frozen_at = frozen_at - make_interval(mins => ${minutes})
     where discord_server_id = ${place.id}`
  const frozen = async () => {
    const place = await s.aPlace()
    await s.create(place, { ...keyword, winners: 2 }, { title: 'A hat', keyword: 'hat' })
    for (const name of ['Anna', 'Bob', 'Carl']) await s.say(place, name, 'hat')
    await s.ask(place, 'giveaway draw', { number: 1 })
    await s.paid(place)
    return place
  }

  it('the message that announced the frozen list decides after an hour, as it had said before', async () => {
    const place = await frozen()
    const closing = s.messages(place).find((message) => textOf(message).includes('The list is frozen'))
    expect(closing && textOf(closing)).toMatch(
      /3 people with 3 tickets[\s\S]*fingerprint is `[0-9a-f]{64}`[\s\S]*Round \d+ .* decides[\s\S]*not to be had for an hour, the id of this message stands in for it[\s\S]*\/giveaways\/\d+\/1/,
    )
    await later(place, 58)
    await s.play(place, 'giveaways.draw')
    expect(await s.statusOf(place)).toBe('drawing')
    await later(place, 3)
    await s.play(place, 'giveaways.draw')
    await s.paid(place)
    expect(await s.statusOf(place)).toBe('completed')
    const proof = await s.proofOf(place)
    expect(proof.entropy).toEqual({ kind: 'discord', messageId: closing?.id })
    expect(proof.draws).toHaveLength(2)
    const checks = await verify(proof)
    expect(checks.map(({ check }) => check)).toContain('winner')
    expect(checks.filter(({ holds }) => !holds)).toEqual([])
    expect(textOf(s.messages(place).at(-1) as never)).toContain('are drawn')
    expect(textOf(await s.ask(place, 'giveaway proof', { number: 1 }))).toContain(`instead: \`${closing?.id}\``)
  })

  it('and there is no such message, admins are told what helps, and that helps', async () => {
    const place = await frozen()
    const admins = place.guild.addChannel({ name: 'admins' })
    await s.ask(place, 'settings set', { key: 'admin_channel_id', value: admins.id })
    await s.sql`update giveaways set closing_message_id = null where discord_server_id = ${place.id}`
    await later(place, 61)
    await s.play(place, 'giveaways.draw')
    await s.play(place, 'giveaways.draw')
    await s.paid(place)
    const told = s.bot.discord.control.messagesIn(admins.id)
    expect(told.map(textOf)).toEqual([
      expect.stringMatching(/#1 \(A hat\) cannot be drawn[\s\S]*`\/giveaway show number:1 post:True`/),
    ])
    await s.ask(place, 'giveaway show', { number: 1, post: true })
    await s.paid(place)
    await s.play(place, 'giveaways.draw')
    await s.paid(place)
    expect(await s.statusOf(place)).toBe('completed')
    expect((await s.proofOf(place)).entropy).toMatchObject({ kind: 'discord' })
  })

  it('a round that comes within the hour decides as ever', async () => {
    const place = await frozen()
    await later(place, 50)
    await s.publish(place)
    await s.play(place, 'giveaways.draw')
    expect((await s.proofOf(place)).entropy).toMatchObject({ kind: 'drand' })
  })
})

it('whoever takes part learns their own entry, by which the public page finds them', async () => {
  const place = await s.aPlace()
  await s.create(place, { ...keyword, button: true }, { title: 'A hat', keyword: 'hat' })
  const [anna, guest] = [s.member(place, 'anna'), s.member(place, 'guest')]
  await s.link(place, anna, 'anna', 501)
  await s.hear(chatOf({ guildIds: [place.id], username: 'Anna', userId: 501, content: 'hat', at: Date.now() }))
  await s.draw(place)
  const news = s.messages(place).at(-1) as never
  const told = textOf(await s.press(place, anna, news, 'proof').message())
  const [, entry] = /Your entry is `([0-9a-f]{40})`, with 1 ticket\.\n.*`[0-9a-f]{32}:501`/.exec(told) ?? []
  expect((await s.proofOf(place)).entrants.map(([id]) => id)).toContain(entry)
  expect(told).toContain(`/giveaways/${place.id}/1?entry=${entry}`)
  expect(textOf(await s.press(place, guest, news, 'proof').message())).not.toContain('Your entry')
})

it('Discord had nothing to complain about', () => expect(s.bot.discord.ledger.violations).toEqual([]))
