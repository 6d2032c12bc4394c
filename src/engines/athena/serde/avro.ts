import { readFile } from 'node:fs/promises'
import type { CatalogTable } from '../../catalog/contract.ts'
import type { Clients } from '../../contract.ts'
import { avroFileValues } from '../../kit/node/avro-file.ts'
import { literal } from '../../kit/node/duck.ts'
import { parseHiveType } from '../../kit/node/sql/types.ts'
import { avroReader } from '../../kit/pure/avro.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { DataFile } from '../files.ts'
import type { StagedFiles } from '../staged.ts'
import type { LineSerde } from './line-serde.ts'
import type { SerdeTable } from './properties.ts'
import { jsonShape, jsonValue, strict } from './values.ts'

type Schema = string | Schema[] | { type: Schema; [attribute: string]: unknown }
type Field = { name: string; type: Schema; default?: unknown; aliases?: string[] }

/**
 * AvroSerDe: values by the schema in the file, columns by the names of its fields, or by those and the aliases and defaults of the table's own
 * schema (`avro.schema.literal`, `avro.schema.url`).
 */
export class AvroTables {
  private readonly staged: StagedFiles
  private readonly lake: Pick<Clients['lake'], 'locate'>

  constructor(staged: StagedFiles, lake: Pick<Clients['lake'], 'locate'>) {
    this.staged = staged
    this.lake = lake
  }

  /** The file's values as lines of JSON, a key for each column of the table. */
  async lines(table: CatalogTable, file: DataFile): Promise<string> {
    const own = await this.ownFields(table)
    const key = JSON.stringify([file.file, file.size, file.modifiedMs, table.columns, own])
    return this.staged
      .lines(key, () => recordsOf(table, own, file.file))
      .catch((thrown) => {
        if (thrown instanceof EngineError) throw thrown
        throw new EngineError('HIVE_CANNOT_OPEN_SPLIT', `Error opening ${file.uri}: ${(thrown as Error).message}`, {
          domain: 'user',
          cause: thrown,
        })
      })
  }

  private async ownFields(table: CatalogTable): Promise<Field[]> {
    const { 'avro.schema.literal': text, 'avro.schema.url': url } = table.parameters
    if (text === undefined && url === undefined) return []
    const invalid = (why: string) => new EngineError('HIVE_INVALID_METADATA', `The Avro schema of ${table.name} ${why}`)
    const [object] = text === undefined ? await this.lake.locate({ uri: url! }) : []
    if (text === undefined && !object) throw invalid(`is not there: ${url}`)
    try {
      const { fields } = JSON.parse(text ?? (await readFile(object.file, 'utf8'))) as { fields?: Field[] }
      return fields ?? []
    } catch (thrown) {
      throw invalid(`is not JSON: ${(thrown as Error).message}`)
    }
  }
}

async function* recordsOf(table: CatalogTable, own: readonly Field[], file: string): AsyncGenerator<object> {
  let fields: readonly Field[] = []
  const reader = (schema: string) => {
    const written = JSON.parse(schema) as { type: Schema; fields?: Field[] }
    if (!written.fields) throw new Error('Its Avro schema is no record.')
    fields = written.fields
    const types = new Map(table.columns.map((column) => [column.name, column.type]))
    const typeOf = ({ name }: Field) =>
      types.get((own.find(({ aliases }) => aliases?.includes(name))?.name ?? name).toLowerCase()) ?? ''
    const read = written.fields.map((field) => ({ ...field, type: asColumn(field.type, typeOf(field)) }))
    return avroReader(JSON.stringify({ ...written, fields: read }))
  }
  let sources: { name: string; from: string | undefined; otherwise: unknown }[] | undefined
  for await (const value of avroFileValues(file, reader)) {
    sources ??= table.columns.map(({ name }) => {
      const mine = own.find((field) => field.name.toLowerCase() === name)
      const names = [name, ...(mine?.aliases ?? []).map((alias) => alias.toLowerCase())]
      const from = fields.find((field) => names.includes(field.name.toLowerCase()))?.name
      return { name, from, otherwise: mine?.default ?? null }
    })
    const record = value as Record<string, unknown>
    const entries = sources.map(({ name, from, otherwise }) => [name, from === undefined ? otherwise : record[from]])
    yield Object.fromEntries(entries)
  }
}

/** Names in small letters, as a catalog has them, and numbers that Avro calls times left numbers where the column is one. */
function asColumn(schema: Schema, type: string): Schema {
  if (typeof schema === 'string') return schema
  if (Array.isArray(schema)) return schema.map((branch) => asColumn(branch, type))
  const { logicalType, ...plain } = schema
  const changed: { [attribute: string]: unknown } = {
    ...plain,
    ...(/timestamp|date|decimal/.test(type) && { logicalType }),
  }
  for (const part of ['items', 'values'] as const)
    if (plain[part] !== undefined) changed[part] = asColumn(plain[part] as Schema, type)
  if (Array.isArray(plain.fields)) {
    const fields = plain.fields as Field[]
    changed.fields = fields.map((field) => ({
      ...field,
      name: field.name.toLowerCase(),
      type: asColumn(field.type, type),
    }))
  }
  if (typeof plain.type === 'object') changed.type = asColumn(plain.type, type)
  return changed as Schema
}

/** Reads the lines that `AvroTables` makes. */
export function avroSerde(table: SerdeTable): LineSerde {
  const names = table.columns.map(({ name }) => name)
  const types = table.columns.map((column) => parseHiveType(column.type.toLowerCase()))
  return {
    passesBlank: false,
    row: (line) => `from_json(${line}, ${jsonShape(names, types)})`,
    value: (row, index, file) =>
      jsonValue(`struct_extract(${row}, ${literal(names[index])})`, types[index], (text, type) =>
        type.duck === 'BLOB' ? `unhex(${text}[3:])` : strict(text, type, index, file),
      ),
  }
}
