import { z } from 'zod'
import { EngineError } from '../../kit/pure/errors.ts'
import { defineNode, type NodeContext, type Reference, type SinkAccount, ui, type Version } from './define.ts'
import { lastOf } from './kit/objects.ts'
import { refreshing } from './kit/refresh.ts'

const identifier = /^[a-z_][a-z0-9_]{0,126}$/

export const warehouseConfig = z.object({
  schema: z
    .string()
    .regex(identifier, 'A schema name has lower-case letters, digits and underscores.')
    .default('public')
    .meta(ui({ label: 'Schema' })),
  table: z
    .string()
    .regex(identifier, 'A table name has lower-case letters, digits and underscores.')
    .meta(ui({ label: 'Table' })),
  mode: z
    .enum(['replace', 'append'])
    .default('replace')
    .meta(
      ui({
        label: 'COPY',
        options: { replace: 'Replaces the rows', append: 'Adds to the rows' },
        help: 'Replacing follows every version of what comes before. Adding loads once, when everything has arrived.',
      }),
    ),
  distStyle: z
    .enum(['AUTO', 'EVEN', 'KEY', 'ALL'])
    .default('AUTO')
    .meta(ui({ label: 'Distribution style', section: 'Table design' })),
  distKey: z
    .string()
    .default('')
    .meta(ui({ label: 'Distribution key', section: 'Table design', help: 'For style KEY.' })),
  sortKeys: z
    .array(z.string())
    .default([])
    .meta(ui({ label: 'Sort keys', section: 'Table design' })),
})

type WarehouseContext = NodeContext<z.output<typeof warehouseConfig>>

class Loads {
  count = 0
  /** Rows of the table after the last load, by the source's own count; before it, for appending. */
  rows: number | null = null
}

/** Where the source has moved on while the load was under way, and its files are gone, the next version follows at once. */
async function loadUnlessOutdated(context: WarehouseContext, loads: Loads, version: Version): Promise<boolean> {
  try {
    await load(context, loads, version)
    return true
  } catch (thrown) {
    const { reference } = version
    if (reference.type !== 'catalog' || context.signal.aborted) throw thrown
    const now = await context.clients.catalog.getTable({ database: reference.database, table: reference.table })
    if (now.location === reference.location) throw thrown
    return false
  }
}

async function load(context: WarehouseContext, loads: Loads, version: Version): Promise<void> {
  const { clients, config, meter } = context
  const { reference } = version
  if (reference.type !== 'catalog')
    throw new EngineError(
      'InvalidArgument',
      'COPY reads from the lake: wire a lake table or an Athena query to this node.',
    )
  const source = await clients.catalog.getTable({ database: reference.database, table: reference.table })
  const target = `"${config.schema}"."${config.table}"`
  await ensureTable(context, source.columns)
  const before = config.mode === 'append' ? await countRows(context) : 0
  const copy = `COPY ${target} FROM '${reference.location}' IAM_ROLE default ${formatClause(reference)}`
  // One transaction: readers see the old rows or the new ones. A result without rows has no files, and COPY refuses an empty prefix.
  const copies = version.rows === 0 ? [] : [copy]
  const statements = config.mode === 'append' ? copies : ['BEGIN', `DELETE FROM ${target}`, ...copies, 'COMMIT']
  if (statements.length > 0) await execute(context, statements.join('; '))
  loads.count++
  loads.rows = version.rows === null ? await countRows(context) : before + version.rows
  meter.set({ rowsOut: loads.rows, bytesOut: version.bytes ?? 0 })
  meter.note(loads.count === 1 ? 'loaded once' : `loaded ${loads.count} times`)
}

function formatClause(reference: Extract<Reference, { type: 'catalog' }>): string {
  switch (reference.format) {
    case 'parquet':
      return 'FORMAT AS PARQUET'
    case 'csv':
      return 'FORMAT AS CSV IGNOREHEADER 1'
    case 'json':
      return "FORMAT AS JSON 'auto'"
    case 'avro':
      throw new EngineError(
        'FeatureNotSupported',
        'COPY does not read Avro here: query the table with Athena first, its result is Parquet.',
      )
  }
}

/** Creates the table by the source's columns; one of other columns is made anew where its rows are replaced anyway. */
async function ensureTable(
  context: WarehouseContext,
  columns: readonly { name: string; type: string }[],
): Promise<void> {
  const { clients, config } = context
  const known = (await clients.warehouse.listTables({})).find(
    (table) => table.schema === config.schema && table.name === config.table,
  )
  const names = columns.map((column) => column.name).join()
  if (known) {
    if (known.columns.map((column) => column.name).join() === names) return
    if (config.mode === 'append')
      throw new EngineError(
        'InvalidArgument',
        `${config.schema}.${config.table} has the columns ${known.columns.map((column) => column.name).join(', ')}, but ${names.replaceAll(',', ', ')} would be added.`,
      )
    await execute(context, `DROP TABLE "${config.schema}"."${config.table}"`)
  }
  if (config.schema !== 'public') await execute(context, `CREATE SCHEMA IF NOT EXISTS "${config.schema}"`)
  await execute(context, createStatement(config, columns))
}

function createStatement(
  config: WarehouseContext['config'],
  columns: readonly { name: string; type: string }[],
): string {
  const defined = columns.map((column) => `"${column.name}" ${redshiftType(column.type)}`).join(', ')
  const dist =
    config.distStyle === 'KEY' ? `DISTSTYLE KEY DISTKEY("${config.distKey}")` : `DISTSTYLE ${config.distStyle}`
  const sort = config.sortKeys.length > 0 ? ` SORTKEY(${config.sortKeys.map((key) => `"${key}"`).join(', ')})` : ''
  return `CREATE TABLE "${config.schema}"."${config.table}" (${defined}) ${dist}${sort}`
}

/** Redshift's type for a Hive type, as its guide maps Parquet columns for COPY. */
function redshiftType(hiveType: string): string {
  const type = hiveType.toLowerCase()
  if (/^decimal\(\d+, ?\d+\)$/.test(type)) return type
  const known: Record<string, string> = {
    tinyint: 'smallint',
    smallint: 'smallint',
    int: 'integer',
    integer: 'integer',
    bigint: 'bigint',
    float: 'real',
    double: 'double precision',
    boolean: 'boolean',
    date: 'date',
    timestamp: 'timestamp',
    string: 'varchar(65535)',
    binary: 'varbyte(64000)',
  }
  const mapped = known[type] ?? (/^(var)?char\(\d+\)$/.test(type) ? type : undefined)
  if (mapped) return mapped
  throw new EngineError(
    'FeatureNotSupported',
    `A column of type ${hiveType} cannot be copied: cast it in the Athena query before.`,
  )
}

async function execute(context: WarehouseContext, sql: string): Promise<string> {
  const { clients, signal } = context
  const { statementId } = await clients.warehouse.startStatement({ sql })
  try {
    const ended = await lastOf(clients.warehouse.watchStatement({ statementId }, { signal }))
    if (ended.error) throw EngineError.fromWire(ended.error)
    if (ended.state !== 'FINISHED')
      throw new EngineError('StatementStopped', 'The statement was stopped before it had ended.')
    return statementId
  } catch (thrown) {
    if (signal.aborted) await clients.warehouse.stopStatement({ statementId }).catch(() => {})
    throw thrown
  }
}

async function countRows(context: WarehouseContext): Promise<number> {
  const { schema, table } = context.config
  const statementId = await execute(context, `SELECT count(*) FROM "${schema}"."${table}"`)
  const page = await context.clients.warehouse.results({ statementId })
  return Number(page.values[0][0])
}

async function accountWarehouse(context: WarehouseContext, loads: Loads): Promise<SinkAccount | null> {
  if (loads.count === 0) return null
  const readBack = await countRows(context)
  return { readBack, agrees: readBack === loads.rows, note: `rows of ${context.config.schema}.${context.config.table}` }
}

export const warehouse = defineNode({
  kind: 'warehouse',
  title: 'Warehouse table',
  service: 'Redshift',
  summary: 'Loads a table with COPY and keeps it sorted and distributed.',
  group: 'Warehouse',
  icon: 'warehouse',
  inputs: [{ name: 'in', type: 'relation', required: true }],
  outputs: [{ name: 'out', type: 'relation' }],
  version: 1,
  config: warehouseConfig,
  behaviour: {
    owns: (config) => [`warehouse table "${config.schema}.${config.table}"`],
    check: (config) => [
      ...(config.distStyle === 'KEY' && !config.distKey
        ? [{ field: 'distKey', message: 'Distribution style KEY needs a key column.' }]
        : []),
      ...(config.distStyle !== 'KEY' && config.distKey
        ? [{ field: 'distStyle', message: 'A distribution key goes with style KEY: choose it, or clear the key.' }]
        : []),
    ],
    prepare: async () => new Loads(),
    run: async (context, loads) => {
      const out = context.relation('out')
      const { mode, schema, table } = context.config
      await refreshing(
        context,
        mode === 'append' ? { seconds: 0, clock: 'real' } : null,
        'copying into the warehouse',
        async ([version]) => {
          if (!(await loadUnlessOutdated(context, loads, version))) return
          out?.publish({ reference: { type: 'warehouse', schema, table }, rows: loads.rows, bytes: version.bytes })
        },
      )
    },
    account: accountWarehouse,
    reference: ({ schema, table }) => ({ type: 'warehouse', schema, table }),
  },
})
