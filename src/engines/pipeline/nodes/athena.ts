import { z } from 'zod'
import type { Clients } from '../../contract.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { defineNode, type NodeContext, type SinkAccount, ui } from './define.ts'
import { emptyPrefix, ensureBucket, ensureDatabase, lastOf, listAll } from './kit/objects.ts'
import { refreshing } from './kit/refresh.ts'

export const athenaConfig = z.object({
  sql: z
    .string()
    .min(1, 'Write the query.')
    .default('SELECT 1 AS one')
    .meta(ui({ label: 'Query', editor: 'sql', help: 'One SELECT in Athena SQL. Its result becomes the table below.' })),
  database: z
    .string()
    .default('default')
    .meta(ui({ label: 'Database of the query', editor: 'database' })),
  workGroup: z
    .string()
    .default('primary')
    .meta(ui({ label: 'Workgroup' })),
  outputDatabase: z
    .string()
    .regex(/^[a-z0-9_]{1,255}$/, 'A database name has lower-case letters, digits and underscores.')
    .default('default')
    .meta(ui({ label: 'Database', editor: 'database', section: 'Result' })),
  outputTable: z
    .string()
    .regex(/^[a-z0-9_]{1,200}$/, 'A table name has lower-case letters, digits and underscores.')
    .meta(
      ui({ label: 'Table', editor: 'table', section: 'Result', help: 'Replaced as a whole by each run of the query.' }),
    ),
  outputBucket: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
      'A bucket name has 3 to 63 lower-case letters, digits, dots and hyphens.',
    )
    .meta(ui({ label: 'Bucket', editor: 'bucket', section: 'Result' })),
  outputPrefix: z
    .string()
    .regex(/\/$/, 'A prefix ends with /.')
    .default('results/')
    .meta(
      ui({
        label: 'Prefix',
        section: 'Result',
        help: 'Belongs to this node: each run of the query writes a folder of its own here and removes older ones.',
      }),
    ),
  refreshSeconds: z
    .number()
    .min(0)
    .default(10)
    .meta(
      ui({
        label: 'Refresh while data flows',
        unit: 's',
        section: 'Refresh',
        help: 'At least this long between two runs of the query; one always follows when everything has arrived. 0: only that one.',
      }),
    ),
  refreshClock: z
    .enum(['real', 'engine'])
    .default('real')
    .meta(
      ui({ label: 'Measured in', section: 'Refresh', options: { real: 'Real time', engine: 'Time of the clock' } }),
    ),
})

type AthenaContext = NodeContext<z.output<typeof athenaConfig>>

/** What the latest run of the query left. */
class Results {
  runs = 0
  /** Folders of the latest results, oldest first. */
  folders: string[] = []
  rows: number | null = null
  location = ''
}

/**
 * Runs the query into a folder and a table of its own, and then turns the result's name to them: who reads the result sees the old
 * rows or the new ones, never none.
 */
async function refresh(
  context: AthenaContext,
  results: Results,
): Promise<{ location: string; rows: number; bytes: number }> {
  const { clients, config, meter, runId } = context
  const number = ++results.runs
  const folder = `${config.outputPrefix}${runId.slice(0, 8)}-${String(number).padStart(4, '0')}/`
  const location = `s3://${config.outputBucket}/${folder}`
  const made = `${config.outputTable}__${runId.slice(0, 8)}_${number}`
  const query = config.sql.trim().replace(/;\s*$/, '')
  await runQuery(
    context,
    `CREATE TABLE "${config.outputDatabase}"."${made}" WITH (format = 'PARQUET', external_location = '${location}') AS\n${query}`,
  )
  await turnTo(clients, config, made, location)
  await removeOlder(context, results, folder)
  const objects = await listAll(clients, config.outputBucket, folder)
  const bytes = objects.reduce((sum, object) => sum + object.size, 0)
  const rows = await countRows(context)
  Object.assign(results, { rows, location })
  meter.set({ rowsOut: rows, bytesOut: bytes })
  meter.note(`${number === 1 ? 'queried once' : `queried ${number} times`}`)
  return { location, rows, bytes }
}

async function runQuery(context: AthenaContext, sql: string): Promise<{ queryId: string; rowCount: number | null }> {
  const { clients, config, meter, signal } = context
  const { queryId } = await clients.athena.startQuery({ sql, database: config.database, workGroup: config.workGroup })
  try {
    const ended = await lastOf(clients.athena.watchQuery({ queryId }, { signal }))
    if (ended.error) throw EngineError.fromWire(ended.error)
    if (ended.state !== 'SUCCEEDED') throw new EngineError('QueryStopped', 'The query was stopped before it had ended.')
    meter.athena(ended.bytesScanned ?? 0, ended.costUsd ?? 0)
    return { queryId, rowCount: ended.rowCount }
  } catch (thrown) {
    if (signal.aborted) await clients.athena.stopQuery({ queryId }).catch(() => {})
    throw thrown
  }
}

async function turnTo(
  clients: Clients,
  config: AthenaContext['config'],
  made: string,
  location: string,
): Promise<void> {
  const { outputDatabase: database, outputTable } = config
  const { columns, partitionKeys, format, parameters } = await clients.catalog.getTable({ database, table: made })
  const table = { database, name: outputTable, columns, partitionKeys, format, parameters, location }
  const known = (await clients.catalog.listTables({ database })).some((other) => other.name === outputTable)
  if (known) await clients.catalog.updateTable(table)
  else await clients.catalog.createTable(table)
  await clients.catalog.deleteTable({ database, table: made })
}

/** A reader may still be loading one of the results before the latest. */
const KEPT_RESULTS = 3

/** The prefix belongs to this node: folders of earlier results, and what a stopped run left, go. */
async function removeOlder({ clients, config }: AthenaContext, results: Results, folder: string): Promise<void> {
  const { outputBucket: bucket, outputPrefix } = config
  results.folders = [...results.folders, folder].slice(-KEPT_RESULTS)
  const page = await clients.lake.listObjects({ bucket, prefix: outputPrefix, delimiter: '/' })
  for (const other of page.commonPrefixes)
    if (!results.folders.includes(other) && /[0-9a-f]{8}-\d{4}\/$/.test(other))
      await emptyPrefix(clients, bucket, other)
}

/** Reads the result back. A count of a Parquet table reads footers only, and Athena bills next to nothing for it. */
async function countRows(context: AthenaContext): Promise<number> {
  const { outputDatabase, outputTable } = context.config
  const { queryId } = await runQuery(context, `SELECT count(*) AS n FROM "${outputDatabase}"."${outputTable}"`)
  const page = await context.clients.athena.results({ queryId })
  return Number(page.values[0][0])
}

async function accountAthena(context: AthenaContext, results: Results): Promise<SinkAccount | null> {
  if (results.runs === 0) return null
  const readBack = await countRows(context)
  return {
    readBack,
    agrees: readBack === results.rows,
    note: `rows of ${context.config.outputDatabase}.${context.config.outputTable}`,
  }
}

export const athena = defineNode({
  kind: 'athena',
  title: 'Athena query',
  service: 'Athena',
  summary: 'Runs SQL over lake tables in place and keeps the result as a Parquet table.',
  group: 'Query',
  icon: 'search-code',
  inputs: [{ name: 'in', type: 'relation', required: true, many: true, title: 'Tables' }],
  outputs: [{ name: 'out', type: 'relation', title: 'Result' }],
  version: 1,
  config: athenaConfig,
  behaviour: {
    owns: (config) => [`table "${config.outputDatabase}.${config.outputTable}"`],
    prepare: async ({ clients, config }) => {
      await ensureBucket(clients, config.outputBucket)
      await ensureDatabase(clients, config.outputDatabase)
      return new Results()
    },
    run: async (context, results) => {
      const out = context.relation('out')
      const { refreshSeconds, refreshClock } = context.config
      await refreshing(context, { seconds: refreshSeconds, clock: refreshClock }, 'querying', async () => {
        const { location, rows, bytes } = await refresh(context, results)
        const { outputDatabase: database, outputTable: table } = context.config
        out?.publish({ reference: { type: 'catalog', database, table, location, format: 'parquet' }, rows, bytes })
      })
    },
    account: accountAthena,
    reference: ({ outputDatabase: database, outputTable: table, outputBucket, outputPrefix }) => ({
      type: 'catalog',
      database,
      table,
      location: `s3://${outputBucket}/${outputPrefix}`,
      format: 'parquet',
    }),
  },
})
