import type { CatalogTable, TableColumn } from '../../catalog/contract.ts'
import { type HiveType, parseHiveType } from '../../kit/node/sql/types.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { isSerdeProperty, ownProperties, serdeOf } from '../serde/properties.ts'
import type { Statement } from '../statements/statement.ts'
import { tableNamed } from './ddl.ts'
import { type Outcome, type Run, textResult } from './outcome.ts'
import { partitionNamed } from './partitions.ts'
import { STORED } from './show-create.ts'

type Of<K extends Statement['kind']> = Extract<Statement, { kind: K }>
type Line = [string, string, string]

const HEAD: Line = ['# col_name', 'data_type', 'comment']
const EMPTY: Line = ['', '', '']

/** DESCRIBE as Hive lays it out, a row a line. */
export async function describe(statement: Of<'describe'>, run: Run): Promise<Outcome> {
  const table = await tableNamed(statement.table, run)
  const partition = statement.partition && (await partitionNamed(table, statement.partition, run))
  const lines = statement.path.length > 0 ? columnLines(table, statement.path) : tableLines(table)
  if (statement.path.length === 0 && statement.detail !== undefined)
    lines.push(...detailLines(table, partition?.location ?? table.location))
  return textResult(run, ['col_name', 'data_type', 'comment'], lines)
}

function line({ name, type, comment }: TableColumn): Line {
  return [name, type, comment ?? '']
}

function tableLines(table: CatalogTable): Line[] {
  const columns = [...table.columns, ...table.partitionKeys].map(line)
  if (table.partitionKeys.length === 0) return columns
  return [...columns, EMPTY, ['# Partition Information', '', ''], HEAD, EMPTY, ...table.partitionKeys.map(line)]
}

/** A column, or what is within it: `$elem$`, `$key$` and `$value$` are Hive's names of parts without one. */
function columnLines(table: CatalogTable, [name, ...path]: readonly string[]): Line[] {
  const column = [...table.columns, ...table.partitionKeys].find((one) => one.name === name)
  const missing = (part: string) =>
    new EngineError('COLUMN_NOT_FOUND', `cannot find field ${part} in ${table.database}.${table.name}`)
  if (!column) throw missing(name)
  if (path.length === 0) return [line(column)]
  let type: HiveType | undefined = parseHiveType(column.type)
  for (const part of path) type = partOf(type, part) ?? missingPart(missing(part))
  return [[path.at(-1)!, hiveText(type), 'from deserializer']]
}

function missingPart(error: EngineError): never {
  throw error
}

function partOf(type: HiveType, part: string): HiveType | undefined {
  if (type.kind === 'array') return part === '$elem$' ? type.of : undefined
  if (type.kind === 'map') return { $key$: type.key, $value$: type.value }[part]
  return type.kind === 'struct' ? type.fields.find(({ name }) => name.toLowerCase() === part)?.type : undefined
}

function hiveText(type: HiveType): string {
  switch (type.kind) {
    case 'plain':
      return type.name === 'decimal' ? type.duck.toLowerCase() : type.name
    case 'array':
      return `array<${hiveText(type.of)}>`
    case 'map':
      return `map<${hiveText(type.key)},${hiveText(type.value)}>`
    case 'struct':
      return `struct<${type.fields.map(({ name, type: field }) => `${name}:${hiveText(field)}`).join(',')}>`
  }
}

function detailLines(table: CatalogTable, location: string): Line[] {
  const view = table.viewText !== undefined
  const own = tableProperties(table).map(([name, value]): Line => ['', name, value])
  const serde = Object.entries(table.parameters).filter(([name]) => isSerdeProperty(name))
  const stored = STORED[table.format]
  const facts: Line[] = [
    EMPTY,
    ['# Detailed Table Information', '', ''],
    ['Database:', table.database, ''],
    ['Owner:', 'hadoop', ''],
    ['CreateTime:', hiveTime(table.createdMs), ''],
    ['LastAccessTime:', 'UNKNOWN', ''],
    ['Protect Mode:', 'None', ''],
    ['Retention:', '0', ''],
    ...(view ? [] : [['Location:', location, ''] satisfies Line]),
    ['Table Type:', view ? 'VIRTUAL_VIEW' : 'EXTERNAL_TABLE', ''],
    ['Table Parameters:', '', ''],
    ...own,
  ]
  if (view) return [...facts, EMPTY, ['# View Information', '', ''], ['View Original Text:', table.viewText!, '']]
  return [
    ...facts,
    EMPTY,
    ['# Storage Information', '', ''],
    ['SerDe Library:', serdeOf(table), ''],
    ['InputFormat:', stored.input, ''],
    ['OutputFormat:', stored.output, ''],
    ['Compressed:', 'No', ''],
    ['Num Buckets:', '-1', ''],
    ['Bucket Columns:', '[]', ''],
    ['Sort Columns:', '[]', ''],
    ['Storage Desc Params:', '', ''],
    ...serde.map(([name, value]): Line => ['', name, value]),
  ]
}

/** `Tue Jan 02 03:04:05 UTC 2001`. */
function hiveTime(ms: number): string {
  const [weekday, day, month, year, time] = new Date(ms).toUTCString().replace(',', '').split(' ')
  return `${weekday} ${month} ${day} ${time} UTC ${year}`
}

export async function showProperties(statement: Of<'showProperties'>, run: Run): Promise<Outcome> {
  const table = await tableNamed(statement.table, run)
  const { property } = statement
  const all = tableProperties(table)
  if (property === undefined) return textResult(run, ['prpt_name', 'prpt_value'], all)
  const value = all.find(([name]) => name === property)?.[1]
  const absent = `Table ${table.database}.${table.name} does not have property: ${property}`
  return textResult(run, ['prpt_name', 'prpt_value'], [[value === undefined ? absent : property, value ?? '']])
}

/** The properties of the table itself, those that Hive sets by itself among them. */
function tableProperties(table: CatalogTable): [string, string][] {
  return [
    ['EXTERNAL', 'TRUE'],
    ...ownProperties(table),
    ['transient_lastDdlTime', String(Math.floor(table.updatedMs / 1000))],
  ]
}
