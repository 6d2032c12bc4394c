import type { SchemaElement } from 'hyparquet'
import { parseIso } from '../../kit/pure/expr/index.ts'
import {
  BinaryColumn,
  BooleanColumn,
  type ColumnBuilder,
  FloatColumn,
  Int32Column,
  Int64Column,
  TextColumn,
  WideDecimalColumn,
} from './columns.ts'

/**
 * How a JSON value goes into a column of a Hive type. `add` answers false where the value does not convert: then nothing was added.
 * The value is as JSON.parse gives it; `exact` gives the source text of a number that a double may not hold.
 */
export interface HiveColumn {
  readonly element: SchemaElement
  readonly builder: ColumnBuilder
  add(value: unknown, exact: () => string): boolean
}

const INTEGER = /^[+-]?\d+$/
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Makes columns of a type; an error text where the type cannot be written. */
export function hiveColumn(name: string, type: string): (() => HiveColumn) | string {
  const [, base, args] = /^\s*(\w+)\s*(?:\(([^)]*)\))?\s*$/.exec(type.toLowerCase()) ?? []
  const sizes = args?.split(',').map(Number) ?? []
  const optional = { name, repetition_type: 'OPTIONAL' } as const
  switch (base) {
    case 'tinyint':
      return () => integer({ ...optional, type: 'INT32', converted_type: 'INT_8' }, 2 ** 7)
    case 'smallint':
      return () => integer({ ...optional, type: 'INT32', converted_type: 'INT_16' }, 2 ** 15)
    case 'int':
    case 'integer':
      return () => integer({ ...optional, type: 'INT32' }, 2 ** 31)
    case 'bigint':
      return () => bigint({ ...optional, type: 'INT64' })
    case 'float':
    case 'real':
      return () => float({ ...optional, type: 'FLOAT' }, 32)
    case 'double':
      return () => float({ ...optional, type: 'DOUBLE' }, 64)
    case 'boolean':
      return () => boolean({ ...optional, type: 'BOOLEAN' })
    case 'string':
    case 'varchar':
    case 'char':
      return () => text({ ...optional, type: 'BYTE_ARRAY', converted_type: 'UTF8' }, sizes[0])
    case 'date':
      return () => date({ ...optional, type: 'INT32', converted_type: 'DATE' })
    case 'timestamp':
      return () => timestamp(timestampElement(name))
    case 'binary':
      return () => binary({ ...optional, type: 'BYTE_ARRAY' })
    case 'decimal': {
      const [precision = 10, scale = 0] = sizes
      if (!(precision >= 1 && precision <= 38 && scale >= 0 && scale <= precision))
        return `${type} is not a decimal type`
      return () => decimal(name, precision, scale)
    }
  }
  return `columns of type ${type} cannot be written to Parquet here: use a string column, or flat columns`
}

function timestampElement(name: string): SchemaElement {
  return {
    name,
    repetition_type: 'OPTIONAL',
    type: 'INT64',
    converted_type: 'TIMESTAMP_MICROS',
    // Hive's timestamp has no zone.
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MICROS' },
  }
}

/** The number in a JSON number or in text that is one; NaN elsewhere. OpenX reads numbers from text, too. */
function numberOf(value: unknown): number {
  if (typeof value === 'number') return value
  return typeof value === 'string' && NUMBER.test(value) ? Number(value) : Number.NaN
}

function integer(element: SchemaElement, bound: number): HiveColumn {
  const builder = new Int32Column()
  return {
    element,
    builder,
    add(value) {
      const number = typeof value === 'number' ? value : numberOf(value)
      if (!Number.isInteger(number) || number < -bound || number >= bound) return false
      builder.add(number)
      return true
    },
  }
}

function bigint(element: SchemaElement): HiveColumn {
  const builder = new Int64Column()
  return {
    element,
    builder,
    add(value, exact) {
      if (typeof value === 'number' && Number.isSafeInteger(value)) {
        builder.add(value)
        return true
      }
      const source = typeof value === 'number' ? exact() : value
      if (typeof source !== 'string' || !INTEGER.test(source)) return false
      const whole = BigInt(source)
      if (whole !== BigInt.asIntN(64, whole)) return false
      builder.addBig(whole)
      return true
    },
  }
}

const FLOAT_MAX = 3.4028235677973366e38

function float(element: SchemaElement, width: 32 | 64): HiveColumn {
  const builder = new FloatColumn(width)
  const bound = width === 32 ? FLOAT_MAX : Number.POSITIVE_INFINITY
  return {
    element,
    builder,
    add(value) {
      const number = typeof value === 'number' ? value : numberOf(value)
      if (!(Math.abs(number) < bound)) return false
      builder.add(number)
      return true
    },
  }
}

function boolean(element: SchemaElement): HiveColumn {
  const builder = new BooleanColumn()
  return {
    element,
    builder,
    add(value) {
      const truth = value === 'true' ? true : value === 'false' ? false : value
      if (typeof truth !== 'boolean') return false
      builder.add(truth)
      return true
    },
  }
}

function text(element: SchemaElement, length = Number.POSITIVE_INFINITY): HiveColumn {
  const builder = new TextColumn()
  return {
    element,
    builder,
    add(value, exact) {
      const content = typeof value === 'string' ? value : textOf(value, exact)
      // A lone surrogate has no UTF-8: writing it would change it.
      if (content === undefined || content.length > length || !content.isWellFormed()) return false
      builder.add(content)
      return true
    },
  }
}

/** Text of a value that is not text: numbers as they were written, objects and arrays as JSON, unless a number in them would change. */
function textOf(value: unknown, exact: () => string): string | undefined {
  if (typeof value === 'number') return exact()
  if (typeof value === 'boolean') return String(value)
  return holdsUnsafe(value) ? undefined : JSON.stringify(value)
}

function holdsUnsafe(value: unknown): boolean {
  if (typeof value === 'number') return Math.abs(value) > Number.MAX_SAFE_INTEGER
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsUnsafe)
}

const DAY_MS = 86_400_000

function date(element: SchemaElement): HiveColumn {
  const builder = new Int32Column()
  return {
    element,
    builder,
    add(value) {
      if (typeof value !== 'string' || value.length !== 10) return false
      const ms = parseIso(value)
      if (Number.isNaN(ms)) return false
      builder.add(ms / DAY_MS)
      return true
    },
  }
}

/** ISO 8601 text (to the microsecond; what is finer is cut) or a whole number of epoch milliseconds. */
function timestamp(element: SchemaElement): HiveColumn {
  const builder = new Int64Column()
  return {
    element,
    builder,
    add(value) {
      let micros = Number.NaN
      if (typeof value === 'string') micros = parseIso(value) * 1000 + (value.length > 23 ? microsOf(value) : 0)
      else if (typeof value === 'number' && Number.isInteger(value)) micros = value * 1000
      if (!Number.isSafeInteger(micros)) return false
      builder.add(micros)
      return true
    },
  }
}

/** Digits four to six of the fraction of a second. */
function microsOf(value: string): number {
  const fraction = /\.\d{3}(\d{1,3})/.exec(value)?.[1]
  return fraction ? Number(fraction.padEnd(3, '0')) : 0
}

function binary(element: SchemaElement): HiveColumn {
  const builder = new BinaryColumn()
  return {
    element,
    builder,
    add(value) {
      if (typeof value !== 'string' || !BASE64.test(value)) return false
      builder.add(Buffer.from(value, 'base64'))
      return true
    },
  }
}

function decimal(name: string, precision: number, scale: number): HiveColumn {
  const common = { name, repetition_type: 'OPTIONAL', converted_type: 'DECIMAL', precision, scale } as const
  const bound = 10n ** BigInt(precision)
  const unscaled = (value: unknown, exact: () => string): bigint | undefined => {
    const source = typeof value === 'number' ? (precise(value) ? String(value) : exact()) : value
    const digits = typeof source === 'string' ? unscaledDigits(source, scale) : undefined
    return digits !== undefined && digits > -bound && digits < bound ? digits : undefined
  }
  const add = (put: (value: bigint) => void) => (value: unknown, exact: () => string) => {
    const digits = unscaled(value, exact)
    if (digits === undefined) return false
    put(digits)
    return true
  }
  if (precision <= 9) {
    const builder = new Int32Column()
    return { element: { ...common, type: 'INT32' }, builder, add: add((value) => builder.add(Number(value))) }
  }
  if (precision <= 18) {
    const builder = new Int64Column()
    return { element: { ...common, type: 'INT64' }, builder, add: add((value) => builder.addBig(value)) }
  }
  const builder = new WideDecimalColumn()
  const element: SchemaElement = { ...common, type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16 }
  return { element, builder, add: add((value) => builder.addBig(value)) }
}

/** Whether a double's shortest text is surely the text that was written: up to 15 digits always are. */
function precise(value: number): boolean {
  return String(Math.abs(value)).replace(/\D/g, '').length <= 15
}

/** 12.5 at scale 2 is 1250n; undefined where digits beyond the scale would be lost, or the text is no number. */
export function unscaledDigits(source: string, scale: number): bigint | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/.exec(source)
  if (!match) return undefined
  const [, sign, whole, fraction = '', exponent = '0'] = match
  if (whole === '' && fraction === '') return undefined
  const digits = whole + fraction
  const shift = scale + Number(exponent) - fraction.length
  const kept = shift >= 0 ? digits + '0'.repeat(shift) : digits.slice(0, shift)
  if (shift < 0 && /[1-9]/.test(digits.slice(shift))) return undefined
  const value = BigInt(kept === '' ? '0' : kept)
  return sign === '-' ? -value : value
}
