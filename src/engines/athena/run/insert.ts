import type { CatalogTable, TableColumn } from '../../catalog/contract.ts'
import { identifier, literal } from '../../kit/node/duck.ts'
import { duckTypeOfHive, trinoType } from '../../kit/node/sql/types.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { Column } from '../../kit/pure/table.ts'
import { folderUri } from '../files.ts'
import { isIceberg } from '../iceberg/table.ts'
import { isUntyped, type PreparedQuery, prepareQuery, type Shape, shapeOf } from '../prepare.ts'
import { isProjected } from '../projection.ts'
import { PROVIDER, type Statement } from '../statements/statement.ts'
import { coerces } from '../translate/common-type.ts'
import { tableNamed } from './ddl.ts'
import { lineInto } from './lines.ts'
import type { Outcome, Run } from './outcome.ts'
import { whereOf } from './partitions.ts'
import { addWritten, type Into, outcomeOf, partitionsMax, type Target, write } from './write.ts'

type Insert = Extract<Statement, { kind: 'insert' }>
type Fixed = ReadonlyMap<string, string>

/** INSERT INTO: new files beside those that are there. INSERT OVERWRITE: new files, and what was there goes when they are. */
export async function insertInto(statement: Insert, run: Run): Promise<Outcome> {
  const table = await tableNamed(statement.table, run)
  refuseReadOnly(table)
  refuseTemplate(table)
  const line = table.format === 'parquet' ? undefined : lineInto(table)
  const keys = table.partitionKeys.map((key) => key.name)
  const fixed = await fixedKeys(table, statement, run)
  const whole = keys.length > 0 && fixed.size === keys.length ? keys.map((key) => fixed.get(key)!) : undefined
  if (statement.ifNotExists && (await isThere(table, whole, run))) return { columns: [], rowCount: 0 }
  const prepared = await prepareQuery(statement.query, run.sql, run.database, run)
  if (statement.overwrite) refuseOverwriting(table, statement, prepared)
  const sql = await rowsFor(table, statement, fixed, prepared, run)
  const target: Target = {
    uri: table.location,
    format: table.format as Target['format'],
    partitionBy: keys,
    compression: table.format === 'parquet' ? 'snappy' : 'none',
    ...(line && { line }),
    ...partitionsMax(statement.query),
  }
  const into: Into = {
    database: table.database,
    table: table.name,
    billed: prepared,
    ...(whole && { partition: whole }),
    ...(statement.overwrite && { replaces: replacing(table, fixed, run) }),
  }
  const names = [...table.columns.map((column) => column.name), ...keys]
  const written = await write({ ...prepared, sql }, names, target, run, into)
  await addWritten(table.database, table.name, written, run)
  const { outputLocation: _, ...outcome } = outcomeOf(written, target)
  return outcome
}

function refuseReadOnly(table: CatalogTable): void {
  if (table.viewText !== undefined) throw new EngineError('NOT_SUPPORTED', 'Inserting into views is not supported')
  if (isIceberg(table)) throw new EngineError('NOT_SUPPORTED', 'Writing Iceberg tables is not supported')
  if (table.attached) throw new EngineError('NOT_SUPPORTED', 'Files that are attached are only read')
  if (table.format === 'avro') throw new EngineError('NOT_SUPPORTED', 'Writing Avro is not supported')
  if (table.format === 'grok') throw new EngineError('NOT_SUPPORTED', 'Writing logs is not supported')
}

/** Rows are put into `key=value/`, where a projection with a template of its own would not find them. */
function refuseTemplate(table: CatalogTable): void {
  const template = table.parameters['storage.location.template']
  const written = table.partitionKeys.map(({ name }) => `${name}=\${${name}}/`).join('')
  if (!isProjected(table) || template === undefined || folderUri(template) === `${table.location}${written}`) return
  throw new EngineError(
    'NOT_SUPPORTED',
    `Inserting into ${table.name} is not supported: its partitions lie where storage.location.template says. Write with UNLOAD to the place of a partition.`,
  )
}

/** Spark refuses to overwrite what the query reads; Hive, which writes beside the table first as is done here, does not. */
function refuseOverwriting(table: CatalogTable, { query }: Insert, prepared: PreparedQuery): void {
  const reads = [...prepared.marked.tables.values()].map((source) => source.table)
  if (query.dialect === 'spark' && reads.some((read) => read.location !== '' && read.location === table.location))
    throw new EngineError(
      'UNSUPPORTED_OVERWRITE.TABLE',
      `Can't overwrite the target that is also being read from. The target table is ${table.database}.${table.name}.`,
    )
}

/** The partition keys that the statement gives a value, as texts of the keys' types: `'01'` of an integer is 1. */
async function fixedKeys(table: CatalogTable, { partition }: Insert, run: Run): Promise<Fixed> {
  if (!partition) return new Map()
  const named = Object.keys(partition)
  const stray = named.filter((name) => !table.partitionKeys.some((key) => key.name === name))
  if (stray.length > 0)
    throw new EngineError(
      'NON_PARTITION_COLUMN',
      `PARTITION clause cannot contain the non-partition column: ${stray.join(', ')}.`,
    )
  if (named.length !== table.partitionKeys.length)
    throw new EngineError(
      'REQUESTED_PARTITIONS_MISMATCH_TABLE_PARTITIONS',
      `Requested partitioning does not match the table ${table.database}.${table.name}: requested partitions are ${named.join(', ')}, table partitions are ${table.partitionKeys.map((key) => key.name).join(', ')}. A key without a value is taken from the query.`,
    )
  const fixed = table.partitionKeys.filter((key) => partition[key.name] !== null)
  if (fixed.length === 0) return new Map()
  const texts = fixed.map(
    ({ name, type }) => `CAST(CAST(${literal(partition[name]!)} AS ${duckTypeOfHive(type)}) AS VARCHAR)`,
  )
  const { values } = await run.session.query(`SELECT ${texts.join(', ')}`, { signal: run.signal }).catch((thrown) => {
    throw new EngineError(
      'CAST_INVALID_INPUT',
      `A value of the PARTITION clause is none of its key's type: ${thrown.message}`,
    )
  })
  return new Map(fixed.map(({ name }, i) => [name, String(values[i][0])]))
}

async function isThere(table: CatalogTable, values: string[] | undefined, run: Run): Promise<boolean> {
  if (!values)
    throw new EngineError('SYNTAX_ERROR', 'IF NOT EXISTS needs a value for each partition key of the PARTITION clause.')
  return (await run.clients.catalog.getPartitions({ ...whereOf(table), values: [values] })).length > 0
}

/** The query's columns by place as the table's: its own columns, and last the keys that have no value in the statement. */
async function rowsFor(
  table: CatalogTable,
  statement: Insert,
  fixed: Fixed,
  prepared: PreparedQuery,
  run: Run,
): Promise<string> {
  const all = [...table.columns, ...table.partitionKeys]
  const given = statement.columns ?? all.map((column) => column.name).filter((name) => !fixed.has(name))
  for (const name of given) {
    if (fixed.has(name))
      throw new EngineError(
        'STATIC_PARTITION_COLUMN_IN_INSERT_COLUMN_LIST',
        `Static partition column ${name} is also specified in the column list.`,
      )
    if (!all.some((column) => column.name === name))
      throw new EngineError('COLUMN_NOT_FOUND', `Insert column name does not exist in target table: ${name}`)
  }
  const shape = await shapeOf(prepared, run.session, run.signal)
  if (shape.columns.length !== given.length) {
    throw new EngineError(
      'TYPE_MISMATCH',
      `Insert query has mismatched column types: the table takes ${given.length} columns, the query gives ${shape.columns.length}`,
    )
  }
  const taken = given.map((name) => all.find((column) => column.name === name)!)
  if ((statement.query.dialect ?? 'trino') === 'trino') await refuseOtherTypes(taken, shape, prepared, run)
  const values = all.map(({ name, type }) => {
    const at = given.indexOf(name)
    const value = at >= 0 ? `c${at}` : fixed.has(name) ? literal(fixed.get(name)!) : 'NULL'
    return `CAST(${value} AS ${duckTypeOfHive(type)}) AS ${identifier(name)}`
  })
  return `SELECT ${values.join(', ')} FROM (${prepared.sql}) AS q(${given.map((_, i) => `c${i}`).join(', ')})`
}

/** Spark casts what it writes; Trino takes a value of the column's own kind. */
async function refuseOtherTypes(
  columns: readonly TableColumn[],
  shape: Shape,
  { sql }: PreparedQuery,
  { session, signal }: Run,
): Promise<void> {
  const nothing = columns.map(({ type }) => `CAST(NULL AS ${duckTypeOfHive(type)})`)
  const taken = await session.describe(`SELECT ${nothing.join(', ')}`, { signal, declare: trinoType })
  for (const [i, type] of shape.types.entries()) {
    if (coerces(type, taken.types[i]) || (await isUntyped(session, sql, shape, i))) continue
    const declared = (of: readonly Column[]) => of.map((column) => column.declared).join(', ')
    throw new EngineError(
      'TYPE_MISMATCH',
      `Insert query has mismatched column types: Table: [${declared(taken.columns)}], Query: [${declared(shape.columns)}]. Use CAST to make them agree`,
    )
  }
}

/**
 * What an overwriting takes the place of. Of a table that Spark made, all partitions that the statement's values fit, as its
 * `partitionOverwriteMode` STATIC has it, which is the default; of a table of Hive, the partitions that rows fall into.
 */
function replacing(table: CatalogTable, fixed: Fixed, run: Run): NonNullable<Into['replaces']> {
  return async (written) => {
    if (table.partitionKeys.length === 0) return { locations: [table.location], partitions: [] }
    const locations = written.map(({ location }) => location)
    if (table.parameters[PROVIDER] === undefined) return { locations, partitions: [] }
    const stay = new Set(written.map(({ values }) => JSON.stringify(values)))
    const fitting = (await run.clients.catalog.listPartitions(whereOf(table))).filter(({ values }) =>
      table.partitionKeys.every(({ name }, i) => !fixed.has(name) || fixed.get(name) === values[i]),
    )
    return {
      locations: [
        ...(fixed.size === 0 ? [table.location] : []),
        ...locations,
        ...fitting.map(({ location }) => folderUri(location)),
      ],
      partitions: fitting.map(({ values }) => values).filter((values) => !stay.has(JSON.stringify(values))),
    }
  }
}
