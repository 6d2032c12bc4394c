import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync } from 'node:fs'
import { availableParallelism, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { Clients } from '../../src/engines/contract.ts'
import { Millrace } from '../support/millrace.ts'
import { type Bench, benchDirectory, compare, ratio } from './harness.ts'
import { TPCH_QUERIES, TPCH_TABLES } from './tpch.ts'

/** As Millrace gives its own DuckDB (`src/main/session.ts`). */
const THREADS = Math.max(2, availableParallelism())
const MEMORY = `${Math.floor(totalmem() / 4 / 1024 ** 2)}MiB`

/** TPC-H at scale 1 as Parquet, made once by tpchgen-cli (a Python package), outside the sources. */
function tpch(): string {
  const folder = join(benchDirectory, 'tpch-1')
  if (existsSync(join(folder, 'lineitem.parquet'))) return folder
  mkdirSync(folder, { recursive: true })
  const packages = join(benchDirectory, 'python')
  const install = spawnSync(
    'python3',
    ['-m', 'pip', 'install', '--quiet', '--target', packages, 'tpchgen-cli==4.0.0'],
    { stdio: 'inherit' },
  )
  const made =
    install.status === 0 &&
    spawnSync(join(packages, 'bin', 'tpchgen-cli'), ['parquet', '-s', '1', `--output-dir=${folder}`], {
      stdio: 'inherit',
    }).status === 0
  if (!made) throw new Error('TPC-H data could not be made: the bench needs Python and its package tpchgen-cli')
  return folder
}

async function duckdb(folder: string): Promise<(sql: string) => Promise<unknown>> {
  const instance = await DuckDBInstance.create(':memory:', { threads: String(THREADS), memory_limit: MEMORY })
  const connection = await instance.connect()
  for (const table of TPCH_TABLES)
    await connection.run(`CREATE VIEW ${table} AS SELECT * FROM read_parquet('${folder}/${table}.parquet')`)
  return async (sql) => (await connection.runAndReadAll(sql)).getColumns()
}

/** Registers the files as Athena's users would: one folder and one external table each. */
async function registerTables(clients: Clients, folder: string, workspace: string): Promise<void> {
  await clients.lake.createBucket({ bucket: 'tpch' })
  await clients.catalog.createDatabase({ database: 'tpch' })
  for (const name of TPCH_TABLES) {
    const target = join(workspace, 'lake', 'tpch', name)
    mkdirSync(target, { recursive: true })
    copyFileSync(join(folder, `${name}.parquet`), join(target, `${name}.parquet`))
    const preview = await clients.catalog.preview({ uri: `s3://tpch/${name}/${name}.parquet`, rows: 1 })
    const columns = preview.columns.map((column) => ({ name: column.name, type: hiveType(column.declared) }))
    await clients.catalog.createTable({
      database: 'tpch',
      name,
      columns,
      partitionKeys: [],
      location: `s3://tpch/${name}/`,
      format: 'parquet',
    })
  }
}

function hiveType(declared: string): string {
  const type = declared.toLowerCase()
  return type.startsWith('varchar') ? 'string' : type === 'integer' ? 'int' : type
}

async function ask(clients: Clients, sql: string): Promise<void> {
  const { queryId } = await clients.athena.startQuery({ sql, database: 'tpch' })
  for await (const query of clients.athena.watchQuery({ queryId })) {
    if (query.state === 'FAILED' || query.state === 'CANCELLED') throw new Error(`${query.error?.message}\n${sql}`)
  }
  await clients.athena.results({ queryId })
}

export const bench: Bench = {
  name: 'query',
  title: `TPC-H at scale 1, 22 queries on Parquet in the lake: the Athena engine against DuckDB by itself (${THREADS} threads, ${MEMORY} each)`,
  async run() {
    const folder = tpch()
    const workspace = join(mkdtempSync(join(tmpdir(), 'millrace-tpch-')), 'workspace')
    await using millrace = await Millrace.start({ workspace })
    const clients = await millrace.clients()
    await registerTables(clients, folder, workspace)
    const alone = await duckdb(folder)
    let [ours, theirs] = [0, 0]
    const worst = { query: 0, times: 0 }
    for (const [index, sql] of TPCH_QUERIES.entries()) {
      const seconds = async (work: () => Promise<unknown>) => {
        const started = process.hrtime.bigint()
        await work()
        return Number(process.hrtime.bigint() - started) / 1e9
      }
      const taken = await compare(3, {
        millrace: () => seconds(() => ask(clients, sql)),
        duckdb: () => seconds(() => alone(sql)),
      })
      ours += taken.millrace
      theirs += taken.duckdb
      const times = taken.millrace / taken.duckdb
      if (times > worst.times) Object.assign(worst, { query: index + 1, times })
    }
    return [
      { name: 'Athena engine, s for all 22', value: ours.toFixed(2) },
      { name: 'DuckDB by itself, s for all 22', value: theirs.toFixed(2) },
      { name: `worst single query (Q${worst.query})`, value: ratio(worst.times) },
      {
        name: 'Athena engine against DuckDB',
        value: ratio(ours / theirs),
        target: 'at most 1.15 ×',
        kept: ours / theirs <= 1.15,
      },
    ]
  },
}
