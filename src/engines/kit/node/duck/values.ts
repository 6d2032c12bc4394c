import {
  DuckDBBlobValue,
  type DuckDBDataChunk,
  DuckDBDateValue,
  DuckDBIntervalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api'
import type { Cell, Column, ColumnType } from '../../pure/table.ts'
import { readStrings } from './pack.ts'

const TYPES: Partial<Record<DuckDBTypeId, ColumnType>> = {
  [DuckDBTypeId.BOOLEAN]: 'boolean',
  [DuckDBTypeId.TINYINT]: 'integer',
  [DuckDBTypeId.SMALLINT]: 'integer',
  [DuckDBTypeId.INTEGER]: 'integer',
  [DuckDBTypeId.UTINYINT]: 'integer',
  [DuckDBTypeId.USMALLINT]: 'integer',
  [DuckDBTypeId.UINTEGER]: 'bigint',
  [DuckDBTypeId.BIGINT]: 'bigint',
  [DuckDBTypeId.UBIGINT]: 'bigint',
  [DuckDBTypeId.HUGEINT]: 'bigint',
  [DuckDBTypeId.UHUGEINT]: 'bigint',
  [DuckDBTypeId.BIGNUM]: 'bigint',
  [DuckDBTypeId.FLOAT]: 'double',
  [DuckDBTypeId.DOUBLE]: 'double',
  [DuckDBTypeId.DECIMAL]: 'decimal',
  [DuckDBTypeId.DATE]: 'date',
  [DuckDBTypeId.TIME]: 'time',
  [DuckDBTypeId.TIME_NS]: 'time',
  [DuckDBTypeId.TIME_TZ]: 'time',
  [DuckDBTypeId.TIMESTAMP]: 'timestamp',
  [DuckDBTypeId.TIMESTAMP_S]: 'timestamp',
  [DuckDBTypeId.TIMESTAMP_MS]: 'timestamp',
  [DuckDBTypeId.TIMESTAMP_NS]: 'timestamp',
  [DuckDBTypeId.TIMESTAMP_TZ]: 'timestamp',
  [DuckDBTypeId.BLOB]: 'binary',
  [DuckDBTypeId.LIST]: 'json',
  [DuckDBTypeId.ARRAY]: 'json',
  [DuckDBTypeId.STRUCT]: 'json',
  [DuckDBTypeId.MAP]: 'json',
}

export function columnType(type: DuckDBType): ColumnType {
  return type.alias === 'JSON' ? 'json' : (TYPES[type.typeId] ?? 'string')
}

/** `declare` words a type in the dialect; without it the type is in DuckDB's words, in lower case. */
export function toColumn(name: string, type: DuckDBType, declare?: (type: DuckDBType) => string): Column {
  return { name, type: columnType(type), declared: declare ? declare(type) : String(type).toLowerCase() }
}

/** One value as it crosses to the renderer (kit/pure/table.ts): int64 and decimals as text, times as ISO text in UTC. */
export function toCell(value: DuckDBValue): Cell {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'string':
    case 'boolean':
      return value
    case 'bigint':
      return String(value)
  }
  if (value === null || value === undefined) return null
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) return isoOfMicros(value.micros)
  if (value instanceof DuckDBDateValue) return isoOfDays(value.days)
  // Months and days are of no fixed length: no time of day says them.
  if (value instanceof DuckDBIntervalValue) return String(value)
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('hex')
  if (value instanceof DuckDBListValue || value instanceof DuckDBStructValue || value instanceof DuckDBMapValue) {
    return JSON.stringify(toJson(value))
  }
  if ('micros' in value && typeof value.micros === 'bigint') return isoOfTime(value.micros)
  if ('millis' in value && typeof value.millis === 'bigint') return isoOfMicros(value.millis * 1000n)
  if ('seconds' in value && typeof value.seconds === 'bigint') return isoOfMicros(value.seconds * 1_000_000n)
  if ('items' in value) return JSON.stringify(toJson(value))
  return String(value)
}

/** Nested values as plain JSON; integers stay numbers while they are exact, else they become text. */
export function toJson(value: DuckDBValue): unknown {
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([key, inner]) => [key, toJson(inner)]))
  }
  if (value instanceof DuckDBMapValue) {
    return Object.fromEntries(value.entries.map((entry) => [String(toCell(entry.key)), toJson(entry.value)]))
  }
  if (value !== null && typeof value === 'object' && 'items' in value) {
    return (value.items as readonly DuckDBValue[]).map(toJson)
  }
  if (typeof value === 'bigint' && value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) {
    return Number(value)
  }
  return toCell(value)
}

const JS_DATE_LIMIT_MS = 8.64e15

/** `2001-01-01T00:00:00.000Z`, with microseconds where there are any. */
export function isoOfMicros(micros: bigint): string {
  if (micros >= 9223372036854775807n) return 'infinity'
  if (micros <= -9223372036854775807n) return '-infinity'
  const rest = ((micros % 1000n) + 1000n) % 1000n
  const ms = Number((micros - rest) / 1000n)
  if (Math.abs(ms) > JS_DATE_LIMIT_MS) return String(new DuckDBTimestampValue(micros))
  const iso = new Date(ms).toISOString()
  return rest === 0n ? iso : `${iso.slice(0, -1)}${String(rest).padStart(3, '0')}Z`
}

function isoOfDays(days: number): string {
  const ms = days * 86_400_000
  if (Math.abs(ms) > JS_DATE_LIMIT_MS) return String(new DuckDBDateValue(days))
  const iso = new Date(ms).toISOString()
  return iso.slice(0, iso.indexOf('T'))
}

function isoOfTime(micros: bigint): string {
  const text = (value: bigint, width = 2) => String(value).padStart(width, '0')
  const seconds = micros / 1_000_000n
  const fraction = micros % 1_000_000n
  const clock = `${text(seconds / 3600n)}:${text((seconds / 60n) % 60n)}:${text(seconds % 60n)}`
  return fraction === 0n ? clock : `${clock}.${text(fraction, 6)}`
}

/** Appends a chunk's cells to columns: `into[c]` grows by the chunk's rows. */
export function appendCells(chunk: DuckDBDataChunk, into: Cell[][], from = 0, to = chunk.rowCount): void {
  for (let column = 0; column < into.length; column++) {
    const vector = chunk.getColumnVector(column)
    const cells = into[column]
    if (vector.type.typeId === DuckDBTypeId.VARCHAR) {
      const strings = readStrings(chunk, column)
      for (let row = from; row < to; row++) cells.push(strings[row])
    } else for (let row = from; row < to; row++) cells.push(toCell(vector.getItem(row)))
  }
}
