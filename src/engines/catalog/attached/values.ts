import {
  type DateOrder,
  type FileReading,
  roundsAsDouble,
  type ValueType,
  wholeNumberType,
} from '../../kit/pure/file-reading.ts'

/** Texts that files write for null, beside the empty one. */
const NULLS = new Set(['NA', 'N/A', 'n/a', '#N/A', 'NULL', 'null', 'Null', '\\N', 'None', 'NaN', 'nan', '-', '?'])
const DATE = /^(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[AaPp][Mm])?Z?)?$/
const TIME = /\d:\d/

const INTEGER = /^[+-]?\d+$/
const GROUPED_INTEGER = { '.': /^[+-]?\d{1,3}(,\d{3})+$/, ',': /^[+-]?\d{1,3}(\.\d{3})+$/ }
const NUMBER = {
  '.': /^[+-]?(\d+\.?\d*|\.\d+|\d{1,3}(,\d{3})+(\.\d*)?)([eE][+-]?\d+)?$/,
  ',': /^[+-]?(\d+,?\d*|,\d+|\d{1,3}(\.\d{3})+(,\d*)?)([eE][+-]?\d+)?$/,
}
/** Codes, not amounts: numbers that would lose their first zeros. */
const CODE = /^0\d/

type Numbers = FileReading['decimal']

/** Whether dates are told apart by their values: `orders` are the ones that all of them allow. */
export interface DateEvidence {
  readonly orders: readonly DateOrder[]
  /** One that reads in more than one way, where there is a choice. */
  readonly sample?: string
}

/** The type that fits all values of a column, nulls left out. */
export function typeOf(values: readonly string[], decimal: Numbers, order: DateOrder): ValueType {
  if (values.length === 0) return 'string'
  const all = (test: (value: string) => boolean) => values.every(test)
  if (!values.some((value) => CODE.test(value))) {
    const digits = values.flatMap((value) => digitsOf(value, decimal) ?? [])
    if (digits.length === values.length) return wholeType(digits)
    // A sum of fractions may be rounded; a number that is long because it names something may not.
    if (all((value) => NUMBER[decimal].test(value))) return digits.some(roundsAsDouble) ? 'string' : 'double'
  }
  if (all((value) => /^(true|false)$/i.test(value))) return 'boolean'
  if (all((value) => ordersOf(value).includes(order)))
    return values.some((value) => TIME.test(value)) ? 'timestamp' : 'date'
  return 'string'
}

/** Of a whole number, without the signs that group it. */
function digitsOf(value: string, decimal: Numbers): string | undefined {
  if (INTEGER.test(value)) return value
  return GROUPED_INTEGER[decimal].test(value) ? value.replace(/[.,]/g, '') : undefined
}

function wholeType(digits: readonly string[]): ValueType {
  const types = new Set(digits.map(wholeNumberType))
  return (['string', 'decimal(38,0)'] as const).find((type) => types.has(type)) ?? 'bigint'
}

/** In which orders a text reads as a day: none where it is no date. A year of four digits in front is read in any of them. */
function ordersOf(text: string): DateOrder[] {
  const match = DATE.exec(text)
  if (!match) return []
  const [a, b, c] = [match[1], match[3], match[4]]
  const [x, y, z] = [a, b, c].map(Number)
  if (a.length === 4) return isDay(x, y, z) ? ['YMD', 'DMY', 'MDY'] : []
  if (a.length > 2) return []
  const orders: DateOrder[] = []
  const year = c.length === 4 || c.length === 2
  if (year && isDay(z, y, x)) orders.push('DMY')
  if (year && isDay(z, x, y)) orders.push('MDY')
  if (a.length === 2 && c.length <= 2 && isDay(x, y, z)) orders.push('YMD')
  return orders
}

/** A day of the calendar: 30 February is none. */
function isDay(year: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()
}

/** Of columns in which every value is a date. */
export function dateEvidence(columns: readonly (readonly string[])[]): DateEvidence {
  let orders: DateOrder[] = ['YMD', 'DMY', 'MDY']
  let sample: string | undefined
  for (const values of columns) {
    const known = values.map(ordersOf)
    if (values.length === 0 || known.some((of) => of.length === 0)) continue
    const fit = orders.filter((order) => known.every((of) => of.includes(order)))
    if (fit.length === 0) continue
    orders = fit
    sample ??= values.find((value) => !/^\d{4}/.test(value) && ordersOf(value).length > 1)
  }
  // Two digits for the year, put first, are rare: they count where nothing else fits.
  if (orders.length > 1 && sample !== undefined) orders = orders.filter((order) => order !== 'YMD')
  return orders.length > 1 && sample !== undefined ? { orders, sample } : { orders }
}

/** Which sign stands before the fraction: by values that read in one way only. `sample` is one that reads in two, where none decides. */
export function decimalEvidence(values: readonly string[], delimiter: string): { decimal: Numbers; sample?: string } {
  let points = 0
  let commas = 0
  let sample: string | undefined
  for (const value of values) {
    const point = NUMBER['.'].test(value)
    const comma = NUMBER[','].test(value)
    if (point && !comma) points++
    else if (comma && !point) commas++
    else if (point && comma && /[.,]/.test(value)) sample ??= value
  }
  if (points !== commas) return { decimal: commas > points ? ',' : '.' }
  if (sample === undefined) return { decimal: '.' }
  // Who separates by semicolons has the comma for another use.
  return { decimal: delimiter === ';' ? ',' : '.', sample }
}

/** Texts for null: those of the customary ones without which a column of numbers or dates would be one of texts. */
export function nullTexts(columns: readonly (readonly string[])[], decimal: Numbers): string[] {
  const found = new Set<string>()
  for (const values of columns) {
    const nulls = values.filter((value) => NULLS.has(value))
    if (nulls.length === 0 || nulls.length === values.length) continue
    const rest = values.filter((value) => !NULLS.has(value))
    const typed = (['YMD', 'DMY', 'MDY'] as const).some((order) => typeOf(rest, decimal, order) !== 'string')
    if (typed) for (const text of nulls) found.add(text)
  }
  return [...found].sort()
}
