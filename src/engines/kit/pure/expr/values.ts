import { EngineError } from '../errors.ts'
import type { Span, TypeName } from './ast.ts'
import { isoDate, isoText, parseIso } from './datetime.ts'

/** A point in time, epoch milliseconds, UTC. In JSON it is ISO text: `2001-01-31T18:20:00.000Z`. */
export class Instant {
  readonly ms: number

  constructor(ms: number) {
    this.ms = ms
  }

  toJSON(): string {
    return isoText(this.ms)
  }

  toString(): string {
    return isoText(this.ms)
  }
}

/** What an expression yields: JSON values and instants. A field that a record does not have is null. */
export type Value =
  | null
  | boolean
  | number
  | string
  | Instant
  | readonly unknown[]
  | { readonly [key: string]: unknown }

export type JsonRecord = Readonly<Record<string, unknown>>

/** A failure of one evaluation, at the piece of the expression that failed, in Trino's words for it. */
export function evaluationError(code: string, message: string, at: Span): EngineError {
  return new EngineError(code, `line ${at.line}:${at.column}: ${message}`, { at: { ...at } })
}

export function typeName(value: Value): string {
  if (value === null) return 'null'
  if (value instanceof Instant) return 'timestamp'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'string') return 'text'
  return typeof value
}

export function show(value: Value): string {
  const text = typeof value === 'string' ? `'${value}'` : (JSON.stringify(value) ?? String(value))
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

export function mismatch(what: string, value: Value, at: Span): EngineError {
  return evaluationError('TYPE_MISMATCH', `${what}, but this is the ${typeName(value)} ${show(value)}.`, at)
}

/**
 * Orders two values that are not null: negative, 0 or positive. Text beside a timestamp is read as ISO text. Values of two
 * different kinds have no order: that is an error, never a silent false.
 */
export function order(left: Value, right: Value, at: Span): number {
  if (typeof left === 'number' && typeof right === 'number') return left < right ? -1 : left > right ? 1 : 0
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0
  if (left instanceof Instant || right instanceof Instant) {
    const l = timeOf(left)
    const r = timeOf(right)
    if (l !== undefined && r !== undefined) return l - r
  } else if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right)
  const hint =
    typeof left === 'number' || typeof right === 'number' ? ' CAST(… AS double) reads a number from text.' : ''
  throw evaluationError(
    'TYPE_MISMATCH',
    `Cannot compare the ${typeName(left)} ${show(left)} with the ${typeName(right)} ${show(right)}.${hint}`,
    at,
  )
}

/** Epoch ms of an instant or of ISO text; undefined where it is neither. */
export function timeOf(value: Value): number | undefined {
  if (value instanceof Instant) return value.ms
  if (typeof value !== 'string') return undefined
  const ms = parseIso(value)
  return Number.isNaN(ms) ? undefined : ms
}

/** Text of a value for || and concat: numbers as JSON writes them, times as ISO text, arrays and objects as JSON. */
export function textOf(value: Value): string {
  if (typeof value === 'string') return value
  if (value instanceof Instant) return isoText(value.ms)
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

const INTEGER_BOUNDS: Record<string, number> = {
  tinyint: 2 ** 7,
  smallint: 2 ** 15,
  int: 2 ** 31,
  integer: 2 ** 31,
  bigint: 2 ** 53,
}
const TEXT_TYPES = new Set(['varchar', 'string', 'text', 'char'])
const DOUBLE_TYPES = new Set(['double', 'real', 'float'])

export const CAST_TYPES: readonly string[] = [
  ...Object.keys(INTEGER_BOUNDS),
  ...DOUBLE_TYPES,
  'decimal',
  ...TEXT_TYPES,
  'boolean',
  'timestamp',
  'date',
]

export function castTypeError(type: TypeName): string | undefined {
  if (CAST_TYPES.includes(type.name)) return undefined
  return `There is no type "${type.name}" to cast to. The types are ${CAST_TYPES.join(', ')}.`
}

const NUMERIC = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/

/** The conversion of CAST to one type. It gives undefined where the value has no counterpart, which CAST reports. */
export function converter(type: TypeName): (value: Value) => Value | undefined {
  const bound = INTEGER_BOUNDS[type.name]
  if (bound !== undefined) {
    return (value) => {
      const number = numberOf(value)
      if (number === undefined || !Number.isFinite(number)) return undefined
      // Text with a fraction is not an integer in Trino; a double is rounded half away from zero.
      if (typeof value === 'string' && !Number.isInteger(number)) return undefined
      const whole = roundAway(number, 0)
      return whole >= -bound && whole < bound ? whole : undefined
    }
  }
  if (DOUBLE_TYPES.has(type.name)) {
    return type.name === 'double' ? numberOf : (value) => round32(numberOf(value))
  }
  if (TEXT_TYPES.has(type.name)) {
    const length = type.args[0]
    return length === undefined ? textOf : (value) => textOf(value).slice(0, length)
  }
  switch (type.name) {
    case 'decimal':
      return decimal(type.args[0] ?? 38, type.args[1] ?? 0)
    case 'boolean':
      return booleanOf
    case 'timestamp':
      return (value) => {
        const ms = timeOf(value)
        return ms === undefined ? undefined : new Instant(ms)
      }
    default:
      return (value) => {
        const ms = timeOf(value)
        return ms === undefined ? undefined : isoDate(ms)
      }
  }
}

function numberOf(value: Value): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  return typeof value === 'string' && NUMERIC.test(value) ? Number(value) : undefined
}

function round32(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.fround(value)
}

function decimal(precision: number, scale: number): (value: Value) => number | undefined {
  const bound = 10 ** (precision - scale)
  return (value) => {
    const number = numberOf(value)
    if (number === undefined || !Number.isFinite(number)) return undefined
    const rounded = roundAway(number, scale)
    return Math.abs(rounded) < bound ? rounded : undefined
  }
}

function booleanOf(value: Value): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return value !== 0
  if (typeof value !== 'string') return undefined
  const text = value.trim().toLowerCase()
  if (text === 'true' || text === 't' || text === '1') return true
  if (text === 'false' || text === 'f' || text === '0') return false
  return undefined
}

/** Rounds half away from zero, as SQL does, at a decimal position that may be negative. */
export function roundAway(value: number, digits: number): number {
  if (digits === 0) return value < 0 ? -Math.floor(-value + 0.5) || 0 : Math.floor(value + 0.5)
  // Shifting the exponent in the decimal text keeps 1.005 from turning into 1.00499….
  const shifted = Number(`${shiftExponent(Math.abs(value), digits)}`)
  if (!Number.isFinite(shifted)) return value
  return Math.sign(value) * Number(shiftExponent(Math.floor(shifted + 0.5), -digits))
}

function shiftExponent(value: number, by: number): string {
  const [mantissa, exponent] = String(value).split('e')
  return `${mantissa}e${Number(exponent ?? 0) + by}`
}
