import { expect, test } from 'vitest'
import type { Clients } from '../../src/engines/contract.ts'
import type { ClockSettings } from '../../src/engines/kit/pure/clock.ts'
import { ClockLease } from '../../src/engines/pipeline/clock-lease.ts'

function clockOf(first: ClockSettings) {
  const clock = { settings: first }
  const system = {
    status: async () => ({ clock: clock.settings }),
    setClock: async (change: Partial<ClockSettings>) => {
      clock.settings = { ...clock.settings, ...change }
      return clock.settings
    },
  } as unknown as Clients['system']
  return { clock, lease: new ClockLease(system) }
}

const REAL: ClockSettings = { mode: 'real', speed: 1, paused: false }

test('the first run sets the clock, and only the last one to end gives it back', async () => {
  const { clock, lease } = clockOf(REAL)
  await lease.take({ mode: 'virtual', speed: 60 })
  await lease.take({ mode: 'virtual', speed: 3600 })
  expect(clock.settings).toMatchObject({ mode: 'virtual', speed: 60 })
  await lease.release()
  expect(clock.settings).toMatchObject({ mode: 'virtual', speed: 60 })
  await lease.release()
  expect(clock.settings).toEqual(REAL)
})

test('a run that begins while another ends has the clock as it wants it', async () => {
  const { clock, lease } = clockOf(REAL)
  await lease.take({ mode: 'virtual', speed: 60 })
  await Promise.all([lease.release(), lease.take({ mode: 'virtual', speed: 600 })])
  expect(clock.settings).toMatchObject({ mode: 'virtual', speed: 600 })
  await lease.release()
  expect(clock.settings).toEqual(REAL)
})
