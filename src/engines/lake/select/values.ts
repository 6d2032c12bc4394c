import { EngineError } from '../../kit/pure/errors.ts'

/** A value of a record; undefined is what S3 Select calls MISSING. */
export type Value = string | number | boolean | null | undefined | Date | readonly Value[] | { [name: string]: Value }

/** A record as expressions see it. */
export interface Row {
  /** A column; `exact` where the name was quoted, else its case does not count. */
  get(name: string, exact: boolean): Value
  /** What `*` stands for: a record of JSON or Parquet whole, the fields of CSV in order. */
  whole(): { [name: string]: Value }
}

export const isAbsent = (value: Value): value is null | undefined => value === null || value === undefined

/** A member of an object, without regard to case unless the name was quoted. */
export function memberOf(value: Value, name: string, exact: boolean): Value {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Date) return undefined
  const object = value as { [name: string]: Value }
  if (Object.hasOwn(object, name)) return object[name]
  if (exact) return undefined
  const wanted = name.toLowerCase()
  const found = Object.keys(object).find((key) => key.toLowerCase() === wanted)
  return found === undefined ? undefined : object[found]
}

export class ObjectRow implements Row {
  private readonly value: Value

  constructor(value: Value) {
    this.value = value
  }

  get(name: string, exact: boolean): Value {
    // A record that is no object has one column.
    return name === '_1' && !isObject(this.value) ? this.value : memberOf(this.value, name, exact)
  }

  whole(): { [name: string]: Value } {
    return isObject(this.value) ? this.value : { _1: this.value }
  }
}

const isObject = (value: Value): value is { [name: string]: Value } =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)

/** A number as it is, or as a text spells it: fields of CSV are texts. */
export function asNumber(value: Value): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'string' || value.trim() === '') return undefined
  const number = Number(value)
  return Number.isNaN(number) ? undefined : number
}

/** Order of two values, undefined where there is none: absent values, and kinds that do not go together. */
export function compare(a: Value, b: Value): number | undefined {
  if (isAbsent(a) || isAbsent(b)) return undefined
  if (a instanceof Date || b instanceof Date) {
    const [x, y] = [asTime(a), asTime(b)]
    return x === undefined || y === undefined ? undefined : x - y
  }
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0
  if (typeof a === 'boolean' || typeof b === 'boolean') {
    const [x, y] = [asBoolean(a), asBoolean(b)]
    return x === undefined || y === undefined ? undefined : Number(x) - Number(y)
  }
  const [x, y] = [asNumber(a), asNumber(b)]
  return x === undefined || y === undefined ? undefined : x - y
}

const asTime = (value: Value): number | undefined => {
  const ms = value instanceof Date ? value.getTime() : typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(ms) ? undefined : ms
}

export function asBoolean(value: Value): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (typeof value === 'string' && /^(true|false)$/i.test(value)) return value.toLowerCase() === 'true'
  return undefined
}

export function asText(value: Value): string {
  if (isAbsent(value)) return ''
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

const castFailed = (value: Value, type: string) =>
  new EngineError(
    'CastFailed',
    `Attempt to convert from one data type to another using CAST failed: ${asText(value)} is no ${type}.`,
  )

/** CAST by the types of S3 Select (S3 User Guide, "Data types"). */
export function cast(value: Value, type: string): Value {
  if (isAbsent(value)) return value
  switch (type) {
    case 'BOOL':
    case 'BOOLEAN': {
      const known = typeof value === 'number' ? value !== 0 : asBoolean(value)
      if (known === undefined) throw castFailed(value, type)
      return known
    }
    case 'INT':
    case 'INTEGER': {
      const number = typeof value === 'boolean' ? Number(value) : asNumber(value)
      if (number === undefined || (typeof value === 'string' && !Number.isInteger(number)))
        throw castFailed(value, type)
      return Math.trunc(number)
    }
    case 'FLOAT':
    case 'DECIMAL':
    case 'NUMERIC': {
      const number = typeof value === 'boolean' ? Number(value) : asNumber(value)
      if (number === undefined) throw castFailed(value, type)
      return number
    }
    case 'TIMESTAMP': {
      const ms = asTime(value)
      if (ms === undefined) throw castFailed(value, type)
      return new Date(ms)
    }
    case 'STRING':
      return asText(value)
    default:
      throw new EngineError('InvalidCast', `CAST to ${type} is not offered.`)
  }
}
