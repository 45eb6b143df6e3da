import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { checkAddress } from '../../cluster/runtime/affiliate/address.ts'
import { centsOf } from '../../cluster/runtime/affiliate/money.ts'
import { questionOf, readAnswer, typedAddress, windowOf } from '../../cluster/runtime/affiliate/shapes.ts'
import { type AffiliateAnswer, affiliateHosts, createAffiliates } from '../../cluster/runtime/affiliate.ts'
import { isPublicAddress, publicLookup } from '../../cluster/runtime/outside.ts'
import { AffiliateStandIn } from '../standins/affiliate/index.ts'
import { onCleanUp } from '../support/cleanup.ts'

const hosts = affiliateHosts
/** Apart, since these addresses lead nowhere. */
const https = 'https:/' + '/'

describe('an amount', () => {
  it.each([
    ['0', 0n],
    ['1', 100n],
    ['12.34', 1234n],
    ['12.345678901234567890123', 1234n],
    ['0.0099999999999999', 0n],
    ['1234.5600000000001', 123456n],
    ['90071992547.40993', 9_007_199_254_740n],
    ['1e3', 100_000n],
    ['1.5E+2', 15_000n],
    ['12345e-3', 1234n],
    ['1e-30', 0n],
    ['100000000000', 10_000_000_000_000n],
  ])('is read digit by digit: %s', (written, cents) => expect(centsOf(written)).toBe(cents))

  it.each(['', '-1', 'NaN', 'Infinity', '1,5', '0x10', '1e99', '100000000000.01', '1e', '.5', '1.', '٣'])(
    'is none: %s',
    (written) => expect(centsOf(written)).toBeUndefined(),
  )

  it('grows by a cent for each cent, and loses only what is below one', () => {
    for (let mills = 0n; mills < 3_000n; mills += 1n)
      expect(centsOf(`${mills / 1_000n}.${String(mills % 1_000n).padStart(3, '0')}`)).toBe(mills / 10n)
  })
})

describe('an address', () => {
  it('is one of the hosts that are known, over https', () => {
    const url = checkAddress(' https://affiliate.shuffle.com/stats/abc#part ', hosts)
    expect(String(url)).toBe('https://affiliate.shuffle.com/stats/abc')
  })

  it.each([
    ['affiliate.shuffle.com/stats/abc', 'no_url'],
    ['http://affiliate.shuffle.com/stats/abc', 'not_https'],
    ['file:///etc/passwd', 'not_https'],
    [`${https}affiliate.shuffle.com:8443/`, 'has_port'],
    [`${https}me:secret@affiliate.shuffle.com/`, 'has_password'],
    ['https://affiliate.shuffle.com@evil.example/', 'has_password'],
    [`${https}affiliate.shuffle.com.evil.example/`, 'unknown_host'],
    ['https://evil.example/affiliate.shuffle.com', 'unknown_host'],
    [`${https}evilaffiliate.shuffle.com/`, 'unknown_host'],
    [`${https}affiliate.shuffle.com./`, 'unknown_host'],
    ['https://127.0.0.1/', 'unknown_host'],
    [`${https}2130706433/`, 'unknown_host'],
    ['https://[::1]/', 'unknown_host'],
    [`${https}[::ffff:10.0.0.1]/`, 'unknown_host'],
    [`${https}169.254.169.254/latest/meta-data/`, 'unknown_host'],
    ['https://localhost/', 'unknown_host'],
    [`${https}affiliate。shuffle。com.evil.example/`, 'unknown_host'],
  ])('is refused: %s', (typed, fault) => expect(checkAddress(typed, hosts)).toBe(fault))

  it('may be said by the id in it', () => {
    expect(typedAddress('shuffle', 'ab-12')).toBe('https://affiliate.shuffle.com/stats/ab-12')
    expect(typedAddress('stake_us', 'ab-12')).toBe('https://affiliate.stake.us/stats/ab-12')
    expect(typedAddress('shuffle', 'https://x')).toBe('https://x')
    expect(typedAddress('shuffle', null)).toBeUndefined()
    expect(typedAddress('howl', '')).toBe('https://howl.gg/api/user/affiliate/lb')
  })

  it('is public or not', () => {
    for (const address of ['1.1.1.1', '172.15.0.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00::1'])
      expect(isPublicAddress(address), address).toBe(true)
    for (const address of [
      '0.0.0.0',
      '10.1.2.3',
      '100.64.0.1',
      '127.0.0.1',
      '169.254.169.254',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '198.18.0.1',
      '224.0.0.1',
      '255.255.255.255',
      '::',
      '::1',
      '::ffff:1.1.1.1',
      '64:ff9b::a00:1',
      'fc00::1',
      'fe80::1',
      '2001::1',
      '2001:db8::1',
      '2002:a00:1::',
      'ff02::1',
      'no address',
    ])
      expect(isPublicAddress(address), address).toBe(false)
  })

  it('that a name leads to is refused when any of several is not public, and used as it was checked', async () => {
    const leadTo = (addresses: readonly string[], all: boolean) =>
      new Promise((resolve) => {
        const lookup = publicLookup((_host, _options, done) =>
          done(
            null,
            addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
          ),
        )
        lookup('affiliate.shuffle.com', { all }, (error, found, family) =>
          resolve(error === null ? [found, family] : (error as { code?: string }).code),
        )
      })
    expect(await leadTo(['1.1.1.1', '10.0.0.1'], true)).toBe('EPRIVATE')
    expect(await leadTo([], false)).toBe('EPRIVATE')
    expect(await leadTo(['127.0.0.1'], false)).toBe('EPRIVATE')
    expect(await leadTo(['1.1.1.1'], false)).toEqual(['1.1.1.1', 4])
    expect(await leadTo(['1.1.1.1'], true)).toEqual([[{ address: '1.1.1.1', family: 4 }], undefined])
  })
})

describe('an answer', () => {
  it('is read in both shapes of Shuffle, with codes and with weights', () => {
    const stats = readAnswer('shuffle', '[{"username":" Bob_X ","campaignCode":"VIP","wagerAmount":1234.5678}]')
    expect(stats).toEqual({
      kind: 'rows',
      skipped: 0,
      rows: [{ account: 'bob_x', name: 'Bob_X', code: 'vip', cents: 123456n, weightedCents: null }],
    })
    const wager = readAnswer('shuffle', '[{"username":"Bob","wagerAmount":"10.019","weightedWagerAmount":5.5}]')
    expect(wager).toMatchObject({ rows: [{ code: null, cents: 1001n, weightedCents: 550n }] })
    expect(readAnswer('stake', '[]')).toEqual({ kind: 'rows', rows: [], skipped: 0 })
  })

  it('that is an object is an error, whatever its status was', () => {
    expect(readAnswer('shuffle', '{"statusCode":429,"message":"TOO_MANY_REQUEST"}').kind).toBe('rate_limited')
    expect(readAnswer('shuffle', '{"statusCode":500,"message":"x"}').kind).toBe('refused')
    expect(readAnswer('howl', '{"success":false}').kind).toBe('refused')
    for (const body of ['', '<html>', '"text"', '[1,2]', '[{"username":""}]', 'null'])
      expect(readAnswer('shuffle', body).kind, body).toBe('unreadable')
  })

  it('loses an entry that cannot be read, and no other', () => {
    const read = readAnswer(
      'shuffle',
      '[{"username":"a","wagerAmount":1},{"username":"b","wagerAmount":-5},{"username":"c"},{"username":"d\\u0000","wagerAmount":1},7]',
    )
    expect(read).toMatchObject({ kind: 'rows', skipped: 4, rows: [{ account: 'a' }] })
  })

  it('of Howl is about a month, and accounts go by their numbers', () => {
    const at = new Date('2026-12-31T23:59:59.999Z')
    const { url, headers } = questionOf('howl', {
      address: new URL('https://howl.gg/api/user/affiliate/lb?x=1'),
      key: 'k',
      at,
    })
    expect(url.search).toBe('?x=1&from=2026-12-01T00%3A00%3A00.000Z&to=2027-01-01T00%3A00%3A00.000Z&limit=1000')
    expect(headers).toEqual({ Authorization: 'k' })
    expect([windowOf('howl', at), windowOf('shuffle', at)]).toEqual(['2026-12', ''])
    expect(
      readAnswer('howl', '{"success":true,"data":[{"name":"Bob","wageredUSD":9.999,"userId":12345678901234567890}]}'),
    ).toEqual({
      kind: 'rows',
      skipped: 0,
      rows: [{ account: '12345678901234567890', name: 'Bob', code: null, cents: 999n, weightedCents: null }],
    })
  })
})

describe('a question', () => {
  const platform = new AffiliateStandIn()
  const address = 'https://affiliate.shuffle.com/stats/one'
  const at = new Date()
  beforeAll(async () => {
    await platform.start()
    onCleanUp(() => platform.stop())
  })
  beforeEach(() => {
    platform.fault = undefined
    platform.headers = {}
    platform.asked.length = 0
    platform.allow(1_000, 1_000)
    platform.tell('affiliate.shuffle.com/stats/one', [{ username: 'Bob', wager: '12.345' }])
    platform.tellByKey('the-key', [{ username: 'Ann', wager: '7', userId: '77' }])
  })
  const affiliates = createAffiliates({ hosts, request: platform.request, timeoutMs: 1_500 })
  const ask = (more: Partial<Parameters<typeof affiliates.ask>[0]> = {}): Promise<AffiliateAnswer> =>
    affiliates.ask({ platform: 'shuffle', address, key: null, at, etag: null, lastModified: null, ...more })

  it('is answered, and not answered again while nothing has changed', async () => {
    const first = await ask()
    if (first.kind !== 'report') throw new Error(JSON.stringify(first))
    expect(first.rows).toMatchObject([{ account: 'bob', cents: 1234n, code: 'code' }])
    expect(await ask({ etag: first.etag })).toEqual({ kind: 'unchanged' })
    platform.tell('affiliate.shuffle.com/stats/one', [{ username: 'Bob', wager: '13' }])
    expect((await ask({ etag: first.etag })).kind).toBe('report')
    expect(platform.asked.map(({ status }) => status)).toEqual([200, 304, 200])
  })

  it('sends a key where it belongs and nowhere else', async () => {
    const howl = { platform: 'howl', address: 'https://howl.gg/api/user/affiliate/lb' } as const
    expect((await ask({ ...howl, key: 'the-key' })).kind).toBe('report')
    expect(await ask({ ...howl, key: 'another' })).toMatchObject({ kind: 'failed', fault: 'refused' })
    await ask()
    expect(platform.asked.map(({ authorization }) => authorization)).toEqual(['the-key', 'another', undefined])
  })

  it.each([
    ['down', 'unavailable', null],
    ['cut', 'unavailable', null],
    ['hang', 'unavailable', null],
    ['page', 'unreadable', null],
    ['not_a_list', 'unreadable', null],
    ['endless', 'too_long', null],
    ['redirect', 'redirect', null],
    ['envelope', 'refused', null],
    ['bad_request', 'rate_limited', null],
    ['too_many', 'rate_limited', 600_000],
  ] as const)('ends well when the platform is %s', async (fault, expected, retryAfterMs) => {
    platform.fault = fault
    expect(await ask()).toEqual({ kind: 'failed', fault: expected, retryAfterMs })
    expect(platform.asked.length).toBeLessThanOrEqual(1) // nothing is followed
  })

  it('that comes too often is known for one, with either kind of error', async () => {
    platform.allow(1, 60_000, true)
    await ask()
    expect(await ask()).toEqual({ kind: 'failed', fault: 'rate_limited', retryAfterMs: null })
    platform.allow(0, 60_000)
    expect(await ask()).toEqual({ kind: 'failed', fault: 'rate_limited', retryAfterMs: 60_000 })
  })

  it('does not leave for hosts that are not known, though they stood in the database', async () => {
    expect(await ask({ address: 'https://evil.example/' })).toMatchObject({ fault: 'unknown_host' })
    expect(await ask({ address: 'http://affiliate.shuffle.com/' })).toMatchObject({ fault: 'not_https' })
    expect(platform.asked).toEqual([])
  })

  it('does not leave for an address in a private network, whatever its name', async () => {
    const rebound = createAffiliates({
      hosts,
      resolve: (_host, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]),
    })
    const answer = await rebound.ask({ platform: 'shuffle', address, key: null, at, etag: null, lastModified: null })
    expect(answer).toEqual({ kind: 'failed', fault: 'private_address', retryAfterMs: null })
  })

  it('knows how old an answer from a cache is, whosever date it has', async () => {
    const made = new Date(Math.floor(at.getTime() / 1_000) * 1_000 - 100_000)
    const asOf = async (date: Date, age?: string) => {
      platform.headers = { Date: date.toUTCString(), ...(age && { Age: age }) }
      const answer = await ask()
      return answer.kind === 'report' ? answer.asOf?.getTime() : undefined
    }
    expect(await asOf(made)).toBe(made.getTime())
    expect(await asOf(made, '100')).toBe(made.getTime())
    expect(await asOf(new Date(made.getTime() + 100_000), '100')).toBe(made.getTime())
  })
})
