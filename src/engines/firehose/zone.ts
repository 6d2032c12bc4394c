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

/** Whether a DateTimeFormatter pattern writes the zone itself. */
export function writesZone(pattern: string): boolean {
  return /[zZxXV]/.test(pattern.replace(/'[^']*'/g, ''))
}
