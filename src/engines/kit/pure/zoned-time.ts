/** Shifts a time by a zone's offset at that time, so that its UTC fields read as the zone's own. Undefined for a zone that does not exist. */
export function zoneShift(zone: string): ((ms: number) => number) | undefined {
  if (zone === 'UTC') return (ms) => ms
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'gregory',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch {
    return undefined
  }
  return (ms) => {
    const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]))
    const [year, month, day, hour, minute, second] = ['year', 'month', 'day', 'hour', 'minute', 'second'].map(
      (part) => parts.get(part as Intl.DateTimeFormatPartTypes) as number,
    )
    return Date.UTC(year, month - 1, day, hour, minute, second) + (ms - Math.floor(ms / 1000) * 1000)
  }
}

/**
 * A time zone. Wall time is written as the epoch milliseconds at which a clock in UTC would show the same, so that days and hours are
 * reckoned without thinking of the zone.
 */
export interface Zone {
  /** What a clock in the zone shows at an instant. */
  wallOf(instantMs: number): number
  /** The first instant at which it shows that; undefined for a time that daylight saving skips. */
  instantOf(wallMs: number): number | undefined
}

const DAY_MS = 86_400_000
const zones = new Map<string, Zone>()

export const UTC: Zone = { wallOf: (instantMs) => instantMs, instantOf: (wallMs) => wallMs }

/** A zone of the IANA database by its name; undefined where there is none. */
export function zoneNamed(name: string): Zone | undefined {
  if (name === 'UTC') return UTC
  const known = zones.get(name)
  if (known) return known
  const wallOf = zoneShift(name)
  if (!wallOf) return undefined
  const zone: Zone = {
    wallOf,
    instantOf(wallMs) {
      // By the offsets of a day before and a day after: between them there is one change at most.
      const instants = [-DAY_MS, DAY_MS].map((far) => wallMs - (wallOf(wallMs + far) - (wallMs + far)))
      const shown = instants.filter((instantMs) => wallOf(instantMs) === wallMs)
      return shown.length === 0 ? undefined : Math.min(...shown)
    },
  }
  zones.set(name, zone)
  return zone
}
