import type { TableColumn } from '../../catalog/contract.ts'
import { type HiveColumn, hiveColumn } from './hive.ts'
import { type ParquetCompression, ParquetFile } from './writer.ts'

/** Rows of a row group: what DuckDB and Trino like to read as one piece of work. */
const ROW_GROUP_ROWS = 122_880

/** A table's columns, ready to be filled. */
export interface ConversionSchema {
  readonly columns: readonly { readonly name: string; readonly key: string; readonly make: () => HiveColumn }[]
  /** Tells one schema from another. */
  readonly signature: string
}

/** The columns of a catalog table for writing; an error text naming the column whose type cannot be written. */
export function conversionSchema(columns: readonly TableColumn[]): ConversionSchema | string {
  const made: { name: string; key: string; make: () => HiveColumn }[] = []
  for (const column of columns) {
    const make = hiveColumn(column.name, column.type)
    if (typeof make === 'string') return `Column ${column.name}: ${make}.`
    made.push({ name: column.name, key: column.name.toLowerCase(), make })
  }
  if (made.length === 0) return 'The table has no columns.'
  return { columns: made, signature: JSON.stringify(columns.map(({ name, type }) => [name, type])) }
}

/**
 * Fills a Parquet file record by record. A record goes in whole or not at all. Keys match columns without regard to case, as in OpenX's SerDe:
 * an exact match wins, else the last key that differs only in case; keys that are no columns are dropped, columns without a key are null.
 */
export class ParquetBuilder {
  private readonly schema: ConversionSchema
  private readonly file: ParquetFile
  private columns: HiveColumn[]
  private rowsInGroup = 0

  constructor(schema: ConversionSchema, compression: ParquetCompression) {
    this.schema = schema
    this.columns = schema.columns.map((column) => column.make())
    this.file = new ParquetFile(
      this.columns.map((column) => column.element),
      compression,
    )
  }

  /** Memory held, bytes, roughly. */
  get bytes(): number {
    return this.columns.reduce((sum, column) => sum + column.builder.bytes, this.file.length)
  }

  /** Adds a record; an error text where one of its values does not convert. `source` gives the record's own text. */
  add(record: Readonly<Record<string, unknown>>, source: () => string): string | undefined {
    const { columns } = this.schema
    for (let i = 0; i < columns.length; i++) {
      let value = record[columns[i].name]
      if (value === undefined || !Object.hasOwn(record, columns[i].name)) value = anyCase(record, columns[i].key)
      const column = this.columns[i]
      if (value === null || value === undefined) column.builder.addNull()
      else if (!column.add(value, () => numberText(source(), columns[i].key) ?? String(value))) {
        for (let j = 0; j < i; j++) this.columns[j].builder.undo()
        return `${show(value)} is not a ${elementType(column)} for column ${columns[i].name}.`
      }
    }
    if (++this.rowsInGroup === ROW_GROUP_ROWS) this.closeRowGroup()
    return undefined
  }

  finish(): Uint8Array<ArrayBuffer> {
    if (this.rowsInGroup > 0) this.closeRowGroup()
    return this.file.finish()
  }

  private closeRowGroup(): void {
    this.file.addRowGroup(this.columns.map((column) => column.builder.finish()))
    this.columns = this.schema.columns.map((column) => column.make())
    this.rowsInGroup = 0
  }
}

function anyCase(record: Readonly<Record<string, unknown>>, key: string): unknown {
  let found: unknown
  for (const name of Object.keys(record))
    if (name.length === key.length && name.toLowerCase() === key) found = record[name]
  return found
}

/** The text of a number as the record has it, for numbers that a double does not hold. */
function numberText(source: string, key: string): string | undefined {
  const seen: { holder: unknown; text: string }[] = []
  let found: string | undefined
  // JSON.parse hands a reviver the source of each primitive; the last call, with an empty key, is for the record itself.
  function revive(this: unknown, name: string, value: unknown, context?: { source?: string }): unknown {
    if (context?.source !== undefined && name.toLowerCase() === key) seen.push({ holder: this, text: context.source })
    if (name === '') found = seen.findLast(({ holder }) => holder === value)?.text ?? found
    return value
  }
  JSON.parse(source, revive as (this: unknown, key: string, value: unknown) => unknown)
  return found
}

function show(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > 100 ? `${text.slice(0, 97)}…` : text
}

function elementType({ element }: HiveColumn): string {
  return (element.converted_type ?? element.type ?? '').toLowerCase().replaceAll('_', ' ')
}
