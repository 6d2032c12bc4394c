/** A format of dates or numbers that cannot be honoured; the caller knows where it stands. */
export class FormatError extends Error {}

const text = (value: string) => `'${value.replaceAll("'", "''")}'`

type Case = 'upper' | 'lower' | 'title'

const caseOf = (token: string): Case =>
  token === token.toUpperCase() ? 'upper' : token === token.toLowerCase() ? 'lower' : 'title'

function cased(sql: string, style: Case): string {
  return style === 'title' ? sql : `${style}(${sql})`
}

interface DateToken {
  readonly pattern: RegExp
  /** Expression that writes it. `fm` leaves padding out. */
  write(time: string, token: string, fm: boolean): string
  /** For reading, in strptime's words. */
  readonly parse?: string
}

const code =
  (padded: string, bare?: string): DateToken['write'] =>
  (time, _, fm) =>
    `strftime(${time}, '${fm && bare ? bare : padded}')`

const word =
  (format: string, width: number): DateToken['write'] =>
  (time, token, fm) => {
    const name = cased(`strftime(${time}, '${format}')`, caseOf(token))
    return fm || width === 0 ? name : `rpad(${name}, ${width}, ' ')`
  }

/** Longest first, as PostgreSQL reads them. */
const DATE_TOKENS: readonly DateToken[] = [
  { pattern: /^YYYY/i, write: code('%Y', '%-Y'), parse: '%Y' },
  { pattern: /^YY/i, write: code('%y', '%-y'), parse: '%y' },
  { pattern: /^IYYY/i, write: code('%G') },
  { pattern: /^MONTH/i, write: word('%B', 9), parse: '%B' },
  { pattern: /^MON/i, write: word('%b', 0), parse: '%b' },
  { pattern: /^MM/i, write: code('%m', '%-m'), parse: '%m' },
  { pattern: /^DAY/i, write: word('%A', 9), parse: '%A' },
  { pattern: /^DDD/i, write: code('%j', '%-j'), parse: '%j' },
  { pattern: /^DD/i, write: code('%d', '%-d'), parse: '%d' },
  { pattern: /^DY/i, write: word('%a', 0), parse: '%a' },
  { pattern: /^D/i, write: (time) => `CAST(dayofweek(${time}) + 1 AS VARCHAR)` },
  { pattern: /^HH24/i, write: code('%H', '%-H'), parse: '%H' },
  { pattern: /^HH12|^HH/i, write: code('%I', '%-I'), parse: '%I' },
  { pattern: /^MI/i, write: code('%M', '%-M'), parse: '%M' },
  { pattern: /^MS/i, write: code('%g'), parse: '%g' },
  { pattern: /^SSSSS/i, write: (time) => `CAST(floor(epoch(CAST(${time} AS TIME)))::BIGINT AS VARCHAR)` },
  { pattern: /^SS/i, write: code('%S', '%-S'), parse: '%S' },
  { pattern: /^US/i, write: code('%f'), parse: '%f' },
  { pattern: /^Q/i, write: (time) => `CAST(quarter(${time}) AS VARCHAR)` },
  { pattern: /^IW/i, write: code('%V') },
  { pattern: /^WW/i, write: (time) => `lpad(CAST((dayofyear(${time}) - 1) // 7 + 1 AS VARCHAR), 2, '0')` },
  { pattern: /^CC/i, write: (time) => `lpad(CAST(century(${time}) AS VARCHAR), 2, '0')` },
  { pattern: /^(?:AM|PM)/, write: (time) => `strftime(${time}, '%p')`, parse: '%p' },
  { pattern: /^(?:am|pm)/, write: (time) => `lower(strftime(${time}, '%p'))`, parse: '%p' },
]

function scan(format: string): ({ token: DateToken; text: string; fm: boolean } | string)[] {
  const parts: ReturnType<typeof scan> = []
  let rest = format
  let fm = false
  while (rest) {
    const quote = /^"([^"]*)"/.exec(rest)
    const fill = /^FM/i.exec(rest)
    const token = DATE_TOKENS.find((candidate) => candidate.pattern.test(rest))
    if (quote) parts.push(quote[1])
    else if (fill) fm = true
    else if (token) parts.push({ token, text: token.pattern.exec(rest)![0], fm })
    else if (/^[A-Za-z]/.test(rest) && !/^T(?![HZ])/i.test(rest))
      throw new FormatError(`"${/^[A-Za-z]+/.exec(rest)![0]}" is not a supported date format`)
    else parts.push(rest[0])
    const length = (quote ?? fill)?.[0].length ?? (token ? token.pattern.exec(rest)![0].length : 1)
    if (!fill) fm = false
    rest = rest.slice(length)
  }
  return parts
}

/** TO_CHAR of a time: an expression of DuckDB ("Datetime format strings"). */
export function toCharTime(time: string, format: string): string {
  const parts = scan(format).map((part) =>
    typeof part === 'string' ? text(part) : part.token.write(`CAST(${time} AS TIMESTAMP)`, part.text, part.fm),
  )
  return parts.length > 0 ? `(${parts.join(' || ')})` : `''`
}

/** The format by which strptime reads what TO_DATE, TO_TIMESTAMP and COPY's DATEFORMAT describe. */
export function parseFormat(format: string): string {
  return scan(format)
    .map((part) => {
      if (typeof part === 'string') return part.replaceAll('%', '%%')
      if (!part.token.parse) throw new FormatError(`"${part.text}" cannot be read in a date format`)
      return part.token.parse
    })
    .join('')
}

/** Whether a format of TO_CHAR is one of numbers. */
export const isNumberFormat = (format: string) => /^(?:FM|fm)?[$LlSs]?[09.,DdGg]+(?:MI|mi|[Ss])?$/.test(format)

/** TO_CHAR of a number: an expression of DuckDB ("Numeric format strings"). Digits, grouping, decimals, FM, $, S and MI are honoured. */
export function toCharNumber(number: string, format: string): string {
  const match = /^(FM)?([$LS])?([09,G]*)(?:([.D])([09]*))?(MI|S)?$/i.exec(format)
  if (!match) throw new FormatError(`"${format}" is not a supported number format`)
  const [, fm, lead = '', whole, point, fraction = '', tail = ''] = match
  const decimals = fraction.length
  const value = `round(CAST(${number} AS DOUBLE), ${decimals})`
  const digits = whole.replace(/[^09]/g, '').length
  const zeros = whole.includes('0') ? whole.slice(whole.indexOf('0')).replace(/[^09]/g, '').length : 0
  const grouped = /[,G]/i.test(whole)
  if (grouped && zeros > 1) throw new FormatError(`"${format}": leading zeros with group separators are not supported`)
  const written = grouped
    ? `format('{:,.${decimals}f}', abs(${value}))`
    : `format('{:${zeros > 0 ? `0${zeros + (decimals > 0 ? decimals + 1 : 0)}` : ''}.${decimals}f}', abs(${value}))`
  const shown = zeros === 0 && point ? `regexp_replace(${written}, '^0[.]', '.')` : written
  const dollar = lead === '$' || lead.toUpperCase() === 'L' ? `'$' || ` : ''
  const sign = `CASE WHEN ${value} < 0 THEN '-' ELSE '${/s/i.test(lead + tail) ? '+' : fm ? '' : ' '}' END`
  const body = /^MI$|^S$/i.test(tail) ? `${dollar}${shown} || ${sign}` : `${sign} || ${dollar}${shown}`
  const width = whole.length + (point ? 1 : 0) + decimals + 1 + (dollar ? 1 : 0)
  const overflow = `CASE WHEN abs(${value}) >= 1e${digits} THEN repeat('#', ${width}) ELSE`
  return fm ? `(${overflow} ${body} END)` : `(${overflow} lpad(${body}, ${width}, ' ') END)`
}
