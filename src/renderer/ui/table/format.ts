import type { CellValue, ColumnKind } from './model.ts'

const plain = new Intl.NumberFormat(undefined, { maximumFractionDigits: 6 })
/** Between a number's whole part and its fraction, as the reader's language has it. */
const POINT = plain.formatToParts(0.5).find(({ type }) => type === 'decimal')?.value ?? '.'

/** How a cell reads on the screen. Digits that a double cannot hold are kept: text numbers are grouped as text. */
export function displayCell(value: CellValue, kind: ColumnKind): string {
  if (value === null || value === undefined) return ''
  if (kind === 'number') {
    if (typeof value === 'number')
      return Number.isInteger(value) || Math.abs(value) >= 1e-6 ? plain.format(value) : String(value)
    if (typeof value === 'bigint') return plain.format(value)
    const [, minus, whole, fraction] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(String(value)) ?? []
    if (whole !== undefined) return minus + plain.format(BigInt(whole)) + (fraction ? POINT + fraction : '')
  }
  const text = String(value)
  if (kind === 'time') return text.replace(INSTANT, '$1 $2')
  return text.length <= SHOWN ? text.replaceAll(LINE_END, '⏎') : `${text.slice(0, SHOWN).replaceAll(LINE_END, '⏎')}…`
}

/** A row has one line: what follows in others must not look as if it were not there. */
const LINE_END = /\r\n|\r|\n/g
/** More letters of a text fit into no column; the whole of it is a key away. */
const SHOWN = 1000

/** An instant as engines write it; read, its letters and empty milliseconds are in the way. */
const INSTANT = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d(?:\.(?!0+Z)\d+)?)(?:\.0+)?Z$/

/** A cell as it is copied: engines send all times as instants, and one that has no zone must not get one on its way. */
export function unzoned(value: CellValue, declared: string | undefined): CellValue {
  const plain = typeof value === 'string' && declared !== undefined && TIMESTAMP.test(declared)
  return plain ? displayCell(value, 'time') : value
}

const TIMESTAMP = /^(timestamp(\(\d+\))?( without time zone)?|timestamp_(s|ms|ns|ntz))$/i

/** How many characters of a number stand from its decimal point on. */
export function fractionLength(text: string): number {
  const at = text.lastIndexOf(POINT)
  return at < 0 || /[^\d]/.test(text.slice(at + POINT.length)) ? 0 : text.length - at
}

/** What a number lacks at its right for its decimal point to stand under the others of its column. */
export function fractionPad(text: string, scale: number): string {
  return (POINT + '0'.repeat(Math.max(0, scale - 1))).slice(fractionLength(text), scale)
}
