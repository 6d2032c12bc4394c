/** Values as people read them. What is shown follows the locale; what is exported never passes through here. */

/** Formatters are dear to make and cheap to use: tables and axes write thousands of numbers a second. */
const numbers = new Map<number, Intl.NumberFormat>()
const times = new Map<string, Intl.DateTimeFormat>()

function kept<K, F>(formatters: Map<K, F>, key: K, make: () => F): F {
  const known = formatters.get(key) ?? make()
  formatters.set(key, known)
  return known
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** 1234567 → "1,234,567". */
export function formatNumber(value: number | bigint, digits = 2): string {
  return kept(numbers, digits, () => new Intl.NumberFormat(undefined, { maximumFractionDigits: digits })).format(value)
}

/** 1234567 → "1.23 M", for places too narrow for the digits; the whole number belongs in a tooltip. */
export function formatCompact(value: number): string {
  const magnitude = Math.abs(value)
  if (magnitude < 10_000) return formatNumber(value, magnitude < 10 ? 1 : 0)
  const unit = compactUnit(magnitude)
  if (!unit) return Number.isFinite(value) ? value.toExponential(2).replace('e+', 'e') : formatNumber(value)
  const scaled = value / unit.divisor
  return formatNumber(scaled, Math.abs(scaled) < 10 ? 2 : Math.abs(scaled) < 100 ? 1 : 0) + unit.text
}

const COMPACT = ['', ' k', ' M', ' G', ' T', ' P', ' E']

/** In what a number so large reads short; null where no prefix reaches and it takes an exponent. */
export function compactUnit(magnitude: number): { readonly divisor: number; readonly text: string } | null {
  const thousands = magnitude < 10_000 ? 0 : Math.floor(Math.log10(magnitude) / 3 + 1e-12)
  return thousands < COMPACT.length ? { divisor: 1000 ** thousands, text: COMPACT[thousands] } : null
}

/** Bytes in IEC units: 1536 → "1.5 KiB". */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (Math.abs(value) >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit++
  }
  return `${formatNumber(value, unit === 0 ? 0 : Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0)} ${UNITS[unit]}`
}

/** Milliseconds as a person says them: "412 ms", "1.2 s", "3 m 04 s", "2 h 05 m", "3 d 04 h". */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return '–'
  if (ms < 0) return `−${formatDuration(-ms)}`
  if (ms < 1) return `${formatNumber(ms, 2)} ms`
  if (ms < 999.5) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${formatNumber(ms / 1000, ms < 9950 ? 1 : 0)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${two(seconds % 60)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} m`
  const hours = Math.floor(minutes / 60)
  return `${Math.floor(hours / 24)} d ${two(hours % 24)} h`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

/** "12,345 rec/s" */
export function formatRate(perSecond: number, unit = 'rec'): string {
  return `${perSecond < 10_000 ? formatNumber(perSecond, perSecond < 10 ? 1 : 0) : formatCompact(perSecond)} ${unit}/s`
}

export function formatByteRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`
}

/** 0.4231 → "42.3 %" */
export function formatPercent(share: number, digits = 1): string {
  return `${formatNumber(share * 100, digits)} %`
}

/** US dollars, with as many digits as a small amount needs. It is always an estimate: say so beside it. */
export function formatCost(usd: number): string {
  const digits = usd !== 0 && Math.abs(usd) < 0.01 ? 6 : Math.abs(usd) < 1 ? 4 : 2
  return `$${usd.toLocaleString(undefined, { minimumFractionDigits: 2, maximumFractionDigits: digits })}`
}

const DATE_TIME: Intl.DateTimeFormatOptions = {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
}

/** "2001-01-14 09:30:05" in the given zone, the machine's own when none is named. */
export function formatTime(ms: number, options: { zone?: string; date?: boolean; millis?: boolean } = {}): string {
  const date = new Date(ms)
  if (Number.isNaN(date.getTime())) return '–'
  const { zone = '' } = options
  const format = kept(
    times,
    zone,
    () => new Intl.DateTimeFormat('en-CA', { ...DATE_TIME, ...(zone && { timeZone: zone }) }),
  )
  const parts = Object.fromEntries(format.formatToParts(date).map((part) => [part.type, part.value]))
  const hour = parts.hour === '24' ? '00' : parts.hour
  const clock = `${hour}:${parts.minute}:${parts.second}${options.millis ? `.${String(date.getUTCMilliseconds()).padStart(3, '0')}` : ''}`
  return options.date === false ? clock : `${parts.year}-${parts.month}-${parts.day} ${clock}`
}

/** The same moment in UTC: what a tooltip over a time says. */
export function formatUtc(ms: number): string {
  return Number.isFinite(ms) ? `${new Date(ms).toISOString().replace('T', ' ').replace('Z', '')} UTC` : '–'
}

/** "12 s ago", "in 3 m", against `nowMs`. */
export function formatAgo(ms: number, nowMs: number): string {
  const distance = nowMs - ms
  if (Math.abs(distance) < 1000) return 'now'
  const rounded = Math.abs(distance) < 60_000 ? Math.round(Math.abs(distance) / 1000) * 1000 : Math.abs(distance)
  const words = formatDuration(rounded).replace(/ 00? [smh]$/, '')
  const short = rounded >= 60_000 ? words.split(' ').slice(0, 2).join(' ') : words
  return distance > 0 ? `${short} ago` : `in ${short}`
}

/** "arn:aws:kin…/flights": both ends of a long id. The whole belongs in the title and in what is copied. */
export function shortId(id: string, length = 20): string {
  if (id.length <= length) return id
  const end = Math.floor((length - 1) / 2)
  return `${id.slice(0, length - 1 - end)}…${id.slice(id.length - end)}`
}

/** 1 → "1 row", 2 → "2 rows". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count, 0)} ${count === 1 ? one : many}`
}
