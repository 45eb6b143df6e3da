import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { pageTexts } from '../../cluster/pages/texts.ts'
import { type Proof, type V1Proof, verify, verifyV1 } from '../../cluster/runtime/fairness.ts'
import { guildId } from '../../cluster/runtime/ids.ts'
import { locales } from '../../sql/queries/settings.ts'
import { startChromium } from '../support/chromium.ts'
import { createDatabase } from '../support/database.ts'
import { temporaryFolder } from '../support/folder.ts'
import { startOwnNats } from '../support/nats.ts'
import { writeGiveaway, writeRaffle } from '../support/raffle.ts'
import { guildOfShard, openFrontDoor, startKick } from './front-door.ts'

const nats = await startOwnNats()
const database = await createDatabase()
const { sql } = database
const kick = await startKick()
const door = await openFrontDoor({ databaseUrl: database.url, natsUrl: nats.url, kick })

const guild = guildId(guildOfShard(1, 900_000))
const other = guildId(guildOfShard(2, 900_000))
await sql`
  insert into guild (discord_server_id, server_name)
  values (${guild}, 'Ringers & <Friends>'), (${other}, 'Another')`
const tickets = Array.from({ length: 60 }, (_, n) => (n % 9) + 1)
const [winner] = [
  await writeRaffle(sql, { guildId: guild, number: 1, tickets, winners: 4, title: 'Summer <b>raffle</b>' }),
]
await writeRaffle(sql, { guildId: guild, number: 2, tickets: [5, 3] })
await writeRaffle(sql, { guildId: guild, number: 3, tickets: Array(1_200).fill(1), winners: 1 })
await sql`
  update raffle_draws
     set status = 'void', void_reason = 'did not answer', voided_ref = 'test', voided_at = now()
   where discord_server_id = ${guild} and period_number = 1 and nonce = 1`
await sql`
  insert into raffle_periods (discord_server_id, period_number, status, starts_at, ends_at, time_zone)
  values (${guild}, 4, 'scheduled', now() + interval '1 day', now() + interval '2 days', 'UTC')`
const draws = await sql<{ nonce: number; entryId: string; username: string }[]>`
  select d.nonce, d.entry_id, e.kick_username as username
    from raffle_draws d
    join raffle_entrants e using (discord_server_id, period_number, entry_id)
   where d.discord_server_id = ${guild} and d.period_number = 1
   order by d.nonce`
// The first winner hides, the last one was erased.
await sql`
  insert into exclusion (discord_server_id, username, kind, origin)
  values (${guild}, ${draws[0]?.username ?? ''}, 'boards', 'member')`
await sql`
  update raffle_entrants
     set salt = null, kick_user_id = null, discord_id = null, kick_username = null
   where discord_server_id = ${guild} and period_number = 1 and entry_id = ${draws[3]?.entryId ?? ''}`

await writeGiveaway(sql, {
  guildId: guild,
  number: 1,
  tickets,
  winners: 4,
  title: 'A <b>hat</b>',
  lost: { 0: 'unclaimed', 2: 'role' },
})
await writeGiveaway(sql, { guildId: guild, number: 2, tickets: [5, 3] })
await sql`
  insert into giveaways (discord_server_id, id, title, keyword, status, server_seed_commitment, legacy_proof)
  values (${guild}, 3, 'Planned', 'win', 'pending', null, null), (${guild}, 4, 'Called off', 'win', 'cancelled', 'a hash', null),
         (${guild}, 5, 'Of the bot before', 'win', 'completed', 'a hash', '{}'), (${guild}, 6, 'Running', 'win', 'active', 'a hash', null),
         (${guild}, 7, 'Told', 'win', 'completed', 'a hash', null)`
const rolled = await sql<{ username: string }[]>`
  select kick_username as username from giveaway_winners where discord_server_id = ${guild} and giveaway_id = 1 order by nonce`
await sql`
  insert into exclusion (discord_server_id, username, kind, origin)
  values (${guild}, ${rolled[1]?.username ?? ''}, 'boards', 'member')
  on conflict do nothing`

// Draws of the bot before: one as it should be, one whose ticket was changed, one without a fingerprint, one without a proof.
const seed = 'a'.repeat(64)
const commitment = 'ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb'
const hash = 'fd7b4777c9a9a9f4e08c658bab7e260614bab0352fd0e8a0239e006abfd95822'
const old = guildId(guildOfShard(3, 900_000))
await sql`insert into guild (discord_server_id, server_name) values (${old}, 'The old <one>')`
await sql`
  insert into raffle_draw_v1 (
    discord_server_id, draw_id, period_number, winner_kick_name, winning_ticket, total_tickets, server_seed, client_seed, nonce, proof_hash,
    commitment, drawn_at
  )
  values (${old}, 11, 3, 'anna', 325, 1000, ${seed}, '42:1000:7', '42', ${hash}, ${commitment}, now()),
         (${old}, 12, 3, 'ben', 326, 1000, ${seed}, '42:1000:7', '42', ${hash}, ${commitment}, now()),
         (${old}, 13, 4, 'hidden_one', 325, 1000, ${seed}, '42:1000:7', '42', ${hash}, null, now()),
         (${old}, 14, null, 'cleo', 1, 3, null, null, null, null, null, null)`
await sql`
  insert into exclusion (discord_server_id, username, kind, origin) values (${old}, 'hidden_one', 'boards', 'member')`

const get = (path: string, language = 'en') =>
  fetch(`${door.url}${path}`, { redirect: 'manual', headers: { 'Accept-Language': language } })
const proofOf = async (number: number): Promise<Proof> =>
  (await (await get(`/raffles/${guild}/${number}/proof.json`)).json()) as Proof

describe('the page of a raffle', () => {
  it('shows everything that was published, and names of winners who do not hide', async () => {
    const body = await (await get(`/raffles/${guild}/1`)).text()
    const proof = await proofOf(1)
    for (const value of [proof.commitment, proof.listHash, proof.seed, ...proof.draws.map(({ id }) => id)])
      expect(body).toContain(value)
    expect(body).toContain('Ringers &#38; &#60;Friends&#62;')
    expect(body).not.toContain('<b>raffle')
    expect(body).toContain(`https://drand.example/${proof.entropy?.kind === 'drand' && proof.entropy.chain}/public/`)
    expect(body).toContain('void: did not answer')
    const named = draws.map(({ username }) => new RegExp(`\\b${username}\\b`).test(body)) // one name may begin another
    expect(named).toEqual([false, true, true, false])
    expect(winner.filter(({ username }) => body.includes(`>${username}<`))).toEqual([])
  })

  it('has no script and no style of its own, and reads well without one', async () => {
    const answer = await get(`/raffles/${guild}/1`)
    expect(answer.headers.get('content-security-policy')).not.toContain('unsafe')
    const body = await answer.text()
    expect(body).not.toMatch(/<script(?![^>]*\ssrc="\/assets\/)/)
    expect(body).not.toMatch(/\sstyle=|\son\w+=|<style/)
    expect(body).toContain('<noscript>')
    expect(body).toContain('<button type="button" hidden>')
  })

  it.each(locales)('is written in the language of the browser: %s', async (locale) => {
    const body = await (await get(`/raffles/${guild}/1`, locale)).text()
    expect(body).toContain(`<html lang="${locale}">`)
    expect(body).toContain(pageTexts[locale]['raffle.how.title'])
    expect(body).not.toContain('{{')
  })

  it('tells anybody where their entry stands, however long the list is', async () => {
    const body = await (await get(`/raffles/${guild}/3`)).text()
    expect(body).toContain('The first 1,000 entries')
    const [last] = (await proofOf(3)).entrants.slice(-1)
    expect(body).not.toContain(last?.[0])
    expect(await (await get(`/raffles/${guild}/3?entry=${last?.[0]}`)).text()).toContain(
      `Entry ${last?.[0]} is number 1,200 of the list, with 1 tickets.`,
    )
    const unknown = 'a'.repeat(40)
    expect(await (await get(`/raffles/${guild}/3?entry=${unknown}`)).text()).toContain(`Entry ${unknown} is not in`)
  })

  it('shows of a raffle that is closed what is known by then', async () => {
    const body = await (await get(`/raffles/${guild}/2`)).text()
    expect(body).toContain('secret until the draw')
    const proof = await proofOf(2)
    expect(proof).toMatchObject({ seed: null, draws: [] })
    expect((await verify(proof)).map(({ check, holds }) => [check, holds])).toEqual([
      ['list', true],
      ['round', true],
      ['randomness', true],
    ])
  })

  it.each([
    `/raffles/${other}/1`,
    `/raffles/${guild}/4`,
    `/raffles/${guild}/5`,
    `/raffles/${guild}/01`,
    `/raffles/${guild}/1/`,
    '/raffles/',
    '/raffles/9999999999999999999',
    `/raffles/${guild}/1/proof.json/x`,
    `/raffles/${guild}/999999999/proof.json`,
  ])('is not there at %s', async (path) => {
    expect((await get(path)).status).toBe(404)
  })

  it('stands in the list of the server, without what is only planned', async () => {
    const body = await (await get(`/raffles/${guild}`)).text()
    expect([...body.matchAll(/href="\/raffles\/\d+\/(\d+)"/g)].map(([, number]) => number)).toEqual(['3', '2', '1'])
    expect((await get(`/raffles/${other}`)).status).toBe(404)
  })
})

describe('the page of the draws of the bot before', () => {
  it('shows what it left, says what that proves and what it does not, and names nobody who hides', async () => {
    const body = await (await get(`/raffles/${old}/before`)).text()
    for (const value of [
      seed,
      hash,
      commitment,
      '42:1000:7',
      '325 of 1,000',
      'anna',
      'The old &#60;one&#62;',
      'Raffle 4',
    ])
      expect(body).toContain(value)
    expect(body).toContain('no list was frozen')
    expect(body).toContain('none from before the draw')
    expect(body).toContain('The bot before left none of this draw.')
    expect(body).not.toContain('hidden_one')
    expect([...body.matchAll(/Draw (\d+)/g)].map(([, id]) => id).filter((id) => id !== undefined)).toEqual(
      expect.arrayContaining(['14', '13', '12', '11']),
    )
  })

  it('offers the same for a program, by which a changed ticket is found', async () => {
    const proof = (await (await get(`/raffles/${old}/before/proof.json`)).json()) as V1Proof
    expect(proof).toMatchObject({ scheme: 'v1', guild: old })
    const checks = await verifyV1(proof)
    expect(checks.filter(({ holds }) => !holds)).toEqual([
      { check: 'v1_ticket', draw: '12', holds: false, expected: '326', found: '325' },
    ])
    expect(checks.map(({ check, draw }) => `${draw} ${check}`).sort()).toEqual([
      '11 v1_hash',
      '11 v1_seed',
      '11 v1_ticket',
      '12 v1_hash',
      '12 v1_seed',
      '12 v1_ticket',
      '13 v1_hash',
      '13 v1_ticket',
    ])
    const [first, ...others] = proof.draws
    const changed = { draws: [{ ...proof.draws[3], seed: 'b'.repeat(64) } as V1Proof['draws'][number]] }
    expect((await verifyV1(changed)).map(({ check, holds }) => [check, holds])).toEqual([
      ['v1_seed', false],
      ['v1_hash', false],
      ['v1_ticket', true],
    ])
    expect([first?.draw, others.length]).toEqual(['14', 3])
  })

  it('is led to by the list of raffles, of this server alone, in every language', async () => {
    expect(await (await get(`/raffles/${old}`)).text()).toContain(`href="/raffles/${old}/before"`)
    expect(await (await get(`/raffles/${guild}`)).text()).not.toContain('/before')
    expect((await get(`/raffles/${guild}/before`)).status).toBe(404)
    expect((await get(`/giveaways/${old}/before`)).status).toBe(404)
    for (const locale of locales) {
      const body = await (await get(`/raffles/${old}/before`, locale)).text()
      expect(body).toContain(pageTexts[locale]['raffle.before.title'])
      expect(body).not.toContain('{{')
    }
  })
})

describe('the page of a giveaway', () => {
  const proofOfGiveaway = async (number: number): Promise<Proof> =>
    (await (await get(`/giveaways/${guild}/${number}/proof.json`)).json()) as Proof

  it('is the page of a raffle in its own words, with why a roll came to nothing, and verifies by the same rules', async () => {
    const body = await (await get(`/giveaways/${guild}/1`)).text()
    const proof = await proofOfGiveaway(1)
    for (const value of [proof.commitment, proof.listHash, proof.seed, ...proof.draws.map(({ id }) => id)])
      expect(body).toContain(value)
    expect(body).not.toContain('<b>hat')
    expect(body).toContain('void: did not answer in time')
    expect(body).toContain('void: did not have the role that was asked for')
    expect(body).toContain('by the button “How it was drawn” in Discord')
    expect(body).not.toMatch(/raffle(?!s\/)/i)
    const named = rolled.map(({ username }) => new RegExp(`\\b${username}\\b`).test(body))
    expect(named).toEqual([true, false, true, true])
    expect(proof.draws.map(({ status, opening }) => [status, opening !== null])).toEqual([
      ['void', true],
      ['valid', false],
      ['void', true],
      ['valid', true],
    ])
    expect((await verify(proof)).filter(({ holds }) => !holds)).toEqual([])
    const [first] = proof.entrants
    expect(await (await get(`/giveaways/${guild}/1?entry=${first?.[0]}`)).text()).toContain(
      `Entry ${first?.[0]} is number 1 of the list`,
    )
  })

  it('keeps its seed until it is drawn, and says when somebody else named the winners', async () => {
    expect(await (await get(`/giveaways/${guild}/2`)).text()).toContain('secret until the draw')
    expect(await proofOfGiveaway(2)).toMatchObject({
      seed: null,
      draws: [],
      entrants: [[], []].map(() => expect.any(Array)),
    })
    expect(await (await get(`/giveaways/${guild}/7`)).text()).toContain(
      'The dashboard of this server named the winners',
    )
    expect(await proofOfGiveaway(6)).toMatchObject({ commitment: 'a hash', listHash: null, entrants: [] })
  })

  it.each(locales)('is written in the language of the browser: %s', async (locale) => {
    const body = await (await get(`/giveaways/${guild}/1`, locale)).text()
    expect(body).toContain(pageTexts[locale]['giveaway.how.seed'].slice(0, 40))
    expect(body).not.toContain('{{')
  })

  it('stands in the list of the server, without what did not begin, was called off or cannot be checked', async () => {
    const body = await (await get(`/giveaways/${guild}`)).text()
    expect([...body.matchAll(/href="\/giveaways\/\d+\/(\d+)"/g)].map(([, number]) => number)).toEqual([
      '7',
      '6',
      '2',
      '1',
    ])
    for (const path of [
      `/giveaways/${guild}/3`,
      `/giveaways/${guild}/4`,
      `/giveaways/${guild}/5`,
      `/giveaways/${other}`,
      `/giveaways/${other}/1`,
    ])
      expect((await get(path)).status).toBe(404)
  })
})

describe('a verifier', () => {
  it('gets all numbers, the list exactly as it was hashed, and whose entries won', async () => {
    const proof = await proofOf(1)
    expect(proof.entrants).toHaveLength(60)
    expect(proof.draws.map(({ status, opening }) => [status, opening !== null])).toEqual([
      ['valid', false],
      ['void', true],
      ['valid', true],
      ['valid', false],
    ])
    const checks = await verify(proof)
    expect(checks.map(({ check }) => check)).toEqual([
      ...['list', 'seed', 'round', 'randomness'],
      ...['winner', 'winner', 'entry', 'winner', 'entry', 'winner'],
    ])
    expect(checks.filter(({ holds }) => !holds)).toEqual([])
  })
})

describe('in a browser', async () => {
  const browser = await startChromium()

  async function open(
    number: number,
    tamper?: (proof: Proof) => object,
    kind = 'raffles',
  ): Promise<{ page: Page; faults: string[] }> {
    const page = await browser.newPage({ locale: 'en' })
    const faults: string[] = []
    page.on('pageerror', (error) => faults.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text())
    })
    if (tamper !== undefined) {
      await page.route('**/proof.json', async (route) => {
        const proof = (await (await route.fetch()).json()) as Proof
        await route.fulfill({ json: tamper(proof) })
      })
    }
    await page.goto(`${door.url}/${kind}/${guild}/${number}`)
    return { page, faults }
  }
  const press = async (page: Page) => {
    await page.getByRole('button', { name: 'Verify in my browser' }).click()
    await page.locator('#verdict.good, #verdict.bad').waitFor()
    return {
      verdict: await page.locator('#verdict').textContent(),
      checks: await page.locator('#checks li').allTextContents(),
    }
  }

  it('the page checks itself, by the module that the bot draws with', async () => {
    const { page, faults } = await open(1)
    const { verdict, checks } = await press(page)
    expect(verdict).toBe('Everything holds: 10 checks.')
    expect(checks).toContain('Winner 4 is the one whom seed, list and randomness give.')
    expect(faults).toEqual([])
    const folder = process.env.PICTURES ?? (await temporaryFolder())
    const picture = await page.screenshot({ fullPage: true })
    await writeFile(join(folder, 'raffle.png'), picture)
    expect(picture.length).toBeGreaterThan(20_000)
  })

  it.each<[string, (proof: Proof) => object, RegExp]>([
    [
      'one entrant was given one ticket more',
      (proof) => ({ ...proof, entrants: proof.entrants.map(([id, n], i) => [id, i === 30 ? n + 1 : n]) }),
      /^The list has the hash.*\.published [0-9a-f]{64}, computed [0-9a-f]{64}$/,
    ],
    [
      'another won',
      (proof) => ({ ...proof, draws: proof.draws.toReversed().map((d, nonce) => ({ ...d, nonce })) }),
      /^Winner 1/,
    ],
  ])('the page says so when %s', async (_, tamper, sentence) => {
    const { page } = await open(1, tamper)
    const { verdict } = await press(page)
    expect(verdict).toBe('This does not hold. Something was changed after it was published.')
    expect(await page.locator('#checks li.bad').first().textContent()).toMatch(sentence)
  })

  it('the page of a giveaway checks itself by the same script, and tells when a ticket was added', async () => {
    const { page, faults } = await open(1, undefined, 'giveaways')
    const { verdict, checks } = await press(page)
    expect(verdict).toMatch(/^Everything holds: \d+ checks\.$/)
    expect(checks).toContain('The seed is the one that was committed to when the giveaway began.')
    expect(faults).toEqual([])
    const picture = await page.screenshot({ fullPage: true })
    await writeFile(join(process.env.PICTURES ?? (await temporaryFolder()), 'giveaway.png'), picture)
    const tampered = await open(
      1,
      (proof) => ({ ...proof, entrants: proof.entrants.map(([id]) => [id, 1]) }),
      'giveaways',
    )
    expect((await press(tampered.page)).verdict).toContain('This does not hold')
  })

  it('the page of the draws of the bot before checks what it left, and finds the ticket that was changed', async () => {
    const page = await browser.newPage({ locale: 'en' })
    await page.goto(`${door.url}/raffles/${old}/before`)
    const { verdict, checks } = await press(page)
    expect(verdict).toBe('This does not hold. Something was changed after it was published.')
    expect(await page.locator('#checks li.bad').allTextContents()).toEqual([
      'Draw 12: the winning ticket follows from the proof.published 326, computed 325',
    ])
    expect(checks).toHaveLength(8)
    const picture = await page.screenshot({ fullPage: true })
    await writeFile(join(process.env.PICTURES ?? (await temporaryFolder()), 'before.png'), picture)
    await page.route('**/proof.json', async (route) => {
      const proof = (await (await route.fetch()).json()) as V1Proof
      await route.fulfill({ json: { ...proof, draws: proof.draws.filter(({ draw }) => draw !== '12') } })
    })
    expect((await press(page)).verdict).toBe('Everything holds: 5 checks.')
  })

  it('the page says so when somebody stands in the list twice', async () => {
    const { page } = await open(1, (proof) => ({ ...proof, entrants: [...proof.entrants, ...proof.entrants] }))
    expect((await press(page)).verdict).toBe('This does not hold. Something was changed after it was published.')
  })

  it('the page of a raffle that waits for its draw checks what is there', async () => {
    const { page } = await open(2)
    expect((await press(page)).verdict).toBe(
      'What can be checked by now holds: 3 checks. The winners follow with the draw.',
    )
  })
})
