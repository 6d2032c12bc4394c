import { type Declared, readDeclared } from './declared.ts'
import type { Dialect } from './header.ts'
import { quoted } from './names.ts'
import { Digits, type Json, parseJson } from './value-tree.ts'

type Value = string | number | bigint | boolean | null | undefined

/**
 * A cell as a literal of its dialect, which gives the value of its declared type back. Cells come as they are shown: times as ISO text in UTC,
 * bytes in hex, nested values as JSON.
 */
export function literalIn(dialect: Dialect, declared: string, value: Value): string {
  if (value === null || value === undefined) return 'NULL'
  const type = readDeclared(declared)
  if (type.of.length === 0) return scalar(dialect, type.name, String(value))
  const nested = parseJson(String(value))
  if (nested === undefined) return text(dialect, String(value))
  if (dialect === 'spark') return inSpark(nested, type)
  // Fields have their names, and what is empty its type, by a cast alone.
  const [literal, names] = [inTrino(nested, type), typeIn(type)]
  return /\bROW\(/.test(names) || /ARRAY\[\]|MAP\(\)/.test(literal) ? `CAST(${literal} AS ${names})` : literal
}

function inTrino(value: Json, type: Declared): string {
  if (value === null) return 'NULL'
  if (type.of.length === 0) return scalar('athena', type.name, plain(value))
  const items = itemsOf(value, type)
  if (type.name === 'array') return `ARRAY[${items.map(([, of, inner]) => inTrino(of, inner)).join(', ')}]`
  if (type.name === 'row') return `ROW(${items.map(([, of, inner]) => inTrino(of, inner)).join(', ')})`
  if (items.length === 0) return 'MAP()'
  const keys = items.map(([key]) => inTrino(keyOf(key, type), type.of[0].type))
  return `MAP(ARRAY[${keys.join(', ')}], ARRAY[${items.map(([, of, inner]) => inTrino(of, inner)).join(', ')}])`
}

function inSpark(value: Json, type: Declared): string {
  if (value === null) return 'NULL'
  if (type.of.length === 0) return scalar('spark', type.name, plain(value))
  const items = itemsOf(value, type).map(([key, of, inner]) => ({ key, value: inSpark(of, inner) }))
  if (type.name === 'array') return `array(${items.map((item) => item.value).join(', ')})`
  if (type.name === 'row')
    return `named_struct(${items.map((item) => `${text('spark', item.key)}, ${item.value}`).join(', ')})`
  return `map(${items.map((item) => `${inSpark(keyOf(item.key, type), type.of[0].type)}, ${item.value}`).join(', ')})`
}

/** The parts of a nested value, each with its key and its type. */
function itemsOf(value: Json, type: Declared): [key: string, value: Json, type: Declared][] {
  const entries = Object.entries((value ?? {}) as Record<string, Json>)
  if (type.name !== 'row') return entries.map(([key, of]) => [key, of, type.of.at(-1)!.type])
  // By name: an object has keys that are numbers before the others.
  return type.of.map((field, at) => {
    const key = field.field ?? `field${at}`
    return [key, (value as Record<string, Json>)[key] ?? null, field.type]
  })
}

/** The key of a map, which JSON has as text. */
const keyOf = (key: string, { of: [{ type }] }: Declared): Json =>
  type.of.length === 0 ? key : (parseJson(key) ?? key)

const plain = (value: Json): string =>
  value instanceof Digits ? value.text : typeof value === 'object' ? JSON.stringify(value) : String(value)

function typeIn({ name, of }: Declared): string {
  if (of.length === 0) return name
  const parts = of.map(({ field, type }) => (field === null ? typeIn(type) : `${quoted(field)} ${typeIn(type)}`))
  return `${name.toUpperCase()}(${parts.join(', ')})`
}

function text(dialect: Dialect, value: string): string {
  // In Spark a backslash begins an escape, and a quote that is doubled ends one text and begins the next.
  if (dialect === 'spark') return `'${value.replaceAll(/[\\']/g, '\\$&')}'`
  return `'${value.replaceAll("'", "''")}'`
}

const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i

function scalar(dialect: Dialect, type: string, value: string): string {
  const kind = /^[a-z]+/.exec(type.toLowerCase())?.[0]
  const zoned = type.includes(' with time zone')
  const whole = text(dialect, value)
  switch (kind) {
    case 'boolean':
      return value.toUpperCase()
    case 'tinyint':
    case 'smallint':
      // A bare number is an integer, which Trino puts into no narrower column.
      return dialect === 'athena' ? `${kind.toUpperCase()} ${whole}` : value
    case 'int':
    case 'integer':
    case 'bigint':
      return value
    case 'decimal':
    case 'numeric':
      if (dialect === 'warehouse') return value
      return dialect === 'spark' ? `CAST(${whole} AS ${type})` : `DECIMAL ${whole}`
    case 'real':
    case 'float':
    case 'double':
      if (dialect === 'athena') return `${kind === 'double' ? 'DOUBLE' : 'REAL'} ${whole}`
      if (dialect === 'spark') return `CAST(${whole} AS ${kind === 'double' ? 'double' : 'float'})`
      return NUMBER.test(value) ? value : `${whole}::float8`
    case 'date':
      return dialect === 'warehouse' ? `${whole}::date` : `DATE ${whole}`
    case 'timestamp': {
      const at = value.replace('T', ' ').replace('Z', '')
      if (dialect === 'warehouse') return zoned ? `'${at}+00'::timestamptz` : `'${at}'::timestamp`
      return `TIMESTAMP '${at}${zoned ? ' UTC' : ''}'`
    }
    case 'time':
      if (dialect === 'spark') return whole
      return dialect === 'warehouse' ? `${whole}::time` : `TIME ${whole}`
    case 'varbinary':
    case 'binary':
      return dialect === 'warehouse' ? whole : `X'${value.toUpperCase()}'`
    case 'json':
      return dialect === 'athena' ? `JSON ${whole}` : whole
    default:
      return whole
  }
}
