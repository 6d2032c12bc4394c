import type { Random } from '../../../kit/pure/random.ts'
import { iso, type MakeRecord, padded, Remembered, spread } from './draw.ts'

interface Device {
  /** Where its surroundings are now, off their own mean, °C. */
  wander: number
  /** How far it has lost its calibration, °C. */
  drift: number
  readonly driftPerReading: number
  /** Number of its next reading; those that a silence swallowed are counted too, so that the gap can be seen. */
  reading: number
  silentUntilMs: number
  faultyReadings: number
}

const SILENCE_SHARE = 0.0005
const SILENCE_MS_MIN = 30_000
const SILENCE_MS_MORE = 570_000
const FAULT_SHARE = 0.0005
/** Where nearly all devices are silent, one is heard before its time rather than searched for. */
const TRIES = 32
const DAY_MS = 86_400_000

/** Sensors follow the day, wander and slowly drift; now and then one falls silent for some minutes, or reads far off for a while. */
export function iot(random: Random, key: () => number): MakeRecord {
  const devices = new Remembered<Device>()
  const heard = (timeMs: number): [number, Device] => {
    for (let tries = 1; ; tries++) {
      const number = key()
      const device = devices.get(number) ?? devices.set(number, newDevice(random))
      if (timeMs >= device.silentUntilMs || tries === TRIES) return [number, device]
      device.reading++
    }
  }
  return (timeMs) => {
    const [number, device] = heard(timeMs)
    const mean = 18 + (number % 17)
    const ofDay = 3 * Math.sin((2 * Math.PI * (timeMs + number * 60_000)) / DAY_MS)
    device.wander += spread(random) * 0.2 - device.wander * 0.02
    device.drift += device.driftPerReading
    if (device.faultyReadings > 0) device.faultyReadings--
    else if (random.next() < FAULT_SHARE) device.faultyReadings = 1 + random.int(8)
    const faulty = device.faultyReadings > 0
    device.silentUntilMs =
      random.next() < SILENCE_SHARE ? timeMs + SILENCE_MS_MIN + random.next() * SILENCE_MS_MORE : timeMs
    const temperature = mean + ofDay + device.wander + device.drift + (faulty ? 60 : 0)
    const text = JSON.stringify({
      event_time: iso(timeMs),
      sequence: device.reading++,
      device_id: `d${padded(number, 6)}`,
      site: `site-${padded(number % 40, 2)}`,
      temperature: Number(temperature.toFixed(2)),
      humidity: Number((45 + spread(random) * 10).toFixed(1)),
      battery: Number(Math.max(2.8, 4.2 - device.reading * 0.00001 - random.next() * 0.05).toFixed(3)),
      signal_dbm: -50 - random.int(60),
      firmware: `2.${number % 6}.${number % 9}`,
      status: faulty ? 'fault' : 'ok',
    })
    return { key: `d${padded(number, 6)}`, text }
  }
}

function newDevice(random: Random): Device {
  return {
    wander: 0,
    drift: 0,
    driftPerReading: spread(random) * 0.002,
    reading: 0,
    silentUntilMs: 0,
    faultyReadings: 0,
  }
}
