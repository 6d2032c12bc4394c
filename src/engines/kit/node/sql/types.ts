import {
  type DuckDBArrayType,
  type DuckDBDecimalType,
  type DuckDBListType,
  type DuckDBMapType,
  type DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
} from '@duckdb/node-api'
import { EngineError } from '../../pure/errors.ts'

const HIVE: Partial<Record<DuckDBTypeId, string>> = {
  [DuckDBTypeId.BOOLEAN]: 'boolean',
  [DuckDBTypeId.TINYINT]: 'tinyint',
  [DuckDBTypeId.SMALLINT]: 'smallint',
  [DuckDBTypeId.INTEGER]: 'int',
  [DuckDBTypeId.BIGINT]: 'bigint',
  [DuckDBTypeId.UTINYINT]: 'smallint',
  [DuckDBTypeId.USMALLINT]: 'int',
  [DuckDBTypeId.UINTEGER]: 'bigint',
  [DuckDBTypeId.UBIGINT]: 'decimal(20,0)',
  [DuckDBTypeId.HUGEINT]: 'decimal(38,0)',
  [DuckDBTypeId.FLOAT]: 'float',
  [DuckDBTypeId.DOUBLE]: 'double',
  [DuckDBTypeId.DATE]: 'date',
  [DuckDBTypeId.TIMESTAMP]: 'timestamp',
  [DuckDBTypeId.TIMESTAMP_S]: 'timestamp',
  [DuckDBTypeId.TIMESTAMP_MS]: 'timestamp',
  [DuckDBTypeId.TIMESTAMP_NS]: 'timestamp',
  [DuckDBTypeId.TIMESTAMP_TZ]: 'timestamp',
  [DuckDBTypeId.BLOB]: 'binary',
}

/** A DuckDB type in Hive's words, as Glue keeps columns. What Hive has no type for becomes a string. */
export function hiveType(type: DuckDBType): string {
  switch (type.typeId) {
    case DuckDBTypeId.DECIMAL: {
      const { width, scale } = type as DuckDBDecimalType
      return `decimal(${width},${scale})`
    }
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY:
      return `array<${hiveType((type as DuckDBListType | DuckDBArrayType).valueType)}>`
    case DuckDBTypeId.MAP: {
      const { keyType, valueType } = type as DuckDBMapType
      return `map<${hiveType(keyType)},${hiveType(valueType)}>`
    }
    case DuckDBTypeId.STRUCT: {
      const { entryNames, entryTypes } = type as DuckDBStructType
      return `struct<${entryNames.map((name, i) => `${name}:${hiveType(entryTypes[i])}`).join(',')}>`
    }
  }
  return HIVE[type.typeId] ?? 'string'
}

const TRINO: Partial<Record<DuckDBTypeId, string>> = {
  ...HIVE,
  [DuckDBTypeId.INTEGER]: 'integer',
  [DuckDBTypeId.USMALLINT]: 'integer',
  [DuckDBTypeId.FLOAT]: 'real',
  [DuckDBTypeId.TIMESTAMP]: 'timestamp(3)',
  [DuckDBTypeId.TIMESTAMP_TZ]: 'timestamp(3) with time zone',
  [DuckDBTypeId.TIME]: 'time(3)',
  [DuckDBTypeId.BLOB]: 'varbinary',
  [DuckDBTypeId.INTERVAL]: 'interval day to second',
  [DuckDBTypeId.UUID]: 'uuid',
  [DuckDBTypeId.SQLNULL]: 'unknown',
}

/** A DuckDB type in Trino's words. */
export function trinoType(type: DuckDBType): string {
  if (type.alias === 'JSON') return 'json'
  switch (type.typeId) {
    case DuckDBTypeId.DECIMAL: {
      const { width, scale } = type as DuckDBDecimalType
      return `decimal(${width},${scale})`
    }
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY:
      return `array(${trinoType((type as DuckDBListType | DuckDBArrayType).valueType)})`
    case DuckDBTypeId.MAP: {
      const { keyType, valueType } = type as DuckDBMapType
      return `map(${trinoType(keyType)}, ${trinoType(valueType)})`
    }
    case DuckDBTypeId.STRUCT: {
      const { entryNames, entryTypes } = type as DuckDBStructType
      return `row(${entryNames.map((name, i) => `${name} ${trinoType(entryTypes[i])}`.trimStart()).join(', ')})`
    }
  }
  return TRINO[type.typeId] ?? 'varchar'
}

const DUCK: Readonly<Record<string, string>> = {
  boolean: 'BOOLEAN',
  tinyint: 'TINYINT',
  smallint: 'SMALLINT',
  int: 'INTEGER',
  integer: 'INTEGER',
  bigint: 'BIGINT',
  float: 'FLOAT',
  real: 'FLOAT',
  double: 'DOUBLE',
  string: 'VARCHAR',
  varchar: 'VARCHAR',
  char: 'VARCHAR',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
  binary: 'BLOB',
  varbinary: 'BLOB',
}

/** A Hive type as Glue keeps it, taken apart. */
export type HiveType =
  /** `duck` is its name in DuckDB. */
  | { readonly kind: 'plain'; readonly name: string; readonly duck: string }
  | { readonly kind: 'array'; readonly of: HiveType }
  | { readonly kind: 'map'; readonly key: HiveType; readonly value: HiveType }
  | { readonly kind: 'struct'; readonly fields: readonly { readonly name: string; readonly type: HiveType }[] }

/** Throws InvalidInputException where Hive knows no such type. */
export function parseHiveType(text: string): HiveType {
  const reader = new TypeReader(text)
  const type = reader.type()
  reader.end()
  return type
}

/** A Hive type as Glue keeps it in DuckDB's words: `array<struct<a:int>>` is `STRUCT("a" INTEGER)[]`. */
export function duckTypeOfHive(text: string): string {
  return duckType(parseHiveType(text))
}

export function duckType(type: HiveType): string {
  switch (type.kind) {
    case 'plain':
      return type.duck
    case 'array':
      return `${duckType(type.of)}[]`
    case 'map':
      return `MAP(${duckType(type.key)}, ${duckType(type.value)})`
    case 'struct': {
      const fields = type.fields.map(({ name, type: field }) => `"${name.replaceAll('"', '""')}" ${duckType(field)}`)
      return `STRUCT(${fields.join(', ')})`
    }
  }
}

class TypeReader {
  private at = 0
  private readonly text: string

  constructor(text: string) {
    this.text = text.trim()
  }

  type(): HiveType {
    const word = this.take(/^\s*([a-z_]+)/i)
    if (word === undefined) throw this.refuse()
    const name = word.toLowerCase()
    if (name === 'array') {
      this.need('<')
      const of = this.type()
      this.need('>')
      return { kind: 'array', of }
    }
    if (name === 'map') {
      this.need('<')
      const key = this.type()
      this.need(',')
      const value = this.type()
      this.need('>')
      return { kind: 'map', key, value }
    }
    if (name === 'struct') return this.struct()
    const argumentsText = this.take(/^\s*(\(\s*\d+\s*(?:,\s*\d+\s*)?\))/)
    if (name === 'decimal') return { kind: 'plain', name, duck: `DECIMAL${argumentsText ?? '(10,0)'}` }
    const duck = DUCK[name]
    if (!duck) throw this.refuse()
    return { kind: 'plain', name, duck }
  }

  private struct(): HiveType {
    this.need('<')
    const fields: { name: string; type: HiveType }[] = []
    do {
      const name = this.take(/^\s*`?([^:`<>,\s]+)`?/)
      if (name === undefined) throw this.refuse()
      this.need(':')
      fields.push({ name, type: this.type() })
    } while (this.take(/^\s*(,)/) !== undefined)
    this.need('>')
    return { kind: 'struct', fields }
  }

  end(): void {
    if (this.text.slice(this.at).trim() !== '') throw this.refuse()
  }

  private need(character: string): void {
    const found = this.take(/^\s*([<>,:])/)
    if (found !== character) throw this.refuse()
  }

  private take(pattern: RegExp): string | undefined {
    const match = pattern.exec(this.text.slice(this.at))
    if (!match) return undefined
    this.at += match[0].length
    return match[1]
  }

  private refuse(): EngineError {
    return new EngineError('InvalidInputException', `"${this.text}" is not a type that Hive knows.`)
  }
}
