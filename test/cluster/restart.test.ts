import { describe, expect, it } from 'vitest'
import { RestartDelay } from '../../cluster/manager/restart.ts'

const delays = (delay: RestartDelay, count: number, reason: 'crash' | 'refused' = 'crash') =>
  Array.from({ length: count }, () => Math.round(delay.next(reason)))

describe('the delay before a process is replaced', () => {
  it('doubles up to a limit and never gives up', () => {
    const delay = new RestartDelay(
      {},
      () => 0,
      () => 1,
    )
    expect(delays(delay, 10)).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000])
    expect(delays(delay, 5_000).every((ms) => ms === 60_000)).toBe(true)
  })

  it('lies between half and the whole of its step', () => {
    expect(
      delays(
        new RestartDelay(
          {},
          () => 0,
          () => 0,
        ),
        2,
      ),
    ).toEqual([125, 250])
  })

  it('begins anew only after the process was ready for a while', () => {
    let now = 0
    const delay = new RestartDelay(
      {},
      () => now,
      () => 1,
    )
    delays(delay, 4)
    delay.becameReady()
    now += 59_000
    expect(delays(delay, 1)).toEqual([4_000])
    delay.becameReady()
    now += 60_000
    expect(delays(delay, 1)).toEqual([250])
  })

  it('is long for a process that Discord refused', () => {
    expect(
      delays(
        new RestartDelay(
          {},
          () => 0,
          () => 1,
        ),
        6,
        'refused',
      ),
    ).toEqual([60_000, 120_000, 240_000, 480_000, 600_000, 600_000])
  })
})
