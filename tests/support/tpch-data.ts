import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, linkSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { Clients } from '../../src/engines/contract.ts'

import { TPCH_TABLES } from './tpch.ts'

/** Outside the sources, beside the peers of the bench. */
const directory = resolve(import.meta.dirname, '../../.cache/bench')

/** TPC-H as Parquet, made once by tpchgen-cli (a Python package), outside the sources; undefined where it cannot be had. */
export function tpchData(scale: number): string | undefined {
  const folder = join(directory, `tpch-${scale}`)
  if (existsSync(join(folder, 'complete'))) return folder
  mkdirSync(folder, { recursive: true })
  const packages = join(directory, 'python')
  const program = join(packages, 'bin', 'tpchgen-cli')
  const quiet = { stdio: 'ignore' } as const
  if (!existsSync(program))
    spawnSync('python3', ['-m', 'pip', 'install', '--quiet', '--target', packages, 'tpchgen-cli==4.0.0'], quiet)
  const made = spawnSync(program, ['parquet', '-s', String(scale), `--output-dir=${folder}`], quiet)
  if (made.status !== 0) return undefined
  mkdirSync(join(folder, 'complete'))
  return folder
}

/** DuckDB by itself over the files. */
export async function duckdbAlone(folder: string, threads: number, memory: string) {
  const instance = await DuckDBInstance.create(':memory:', { threads: String(threads), memory_limit: memory })
  const connection = await instance.connect()
  for (const table of TPCH_TABLES)
    await connection.run(`CREATE VIEW ${table} AS SELECT * FROM read_parquet('${folder}/${table}.parquet')`)
  return connection
}

/** Registers the files as Athena's users would: one folder and one external table each. */
export async function registerTables(
  clients: Pick<Clients, 'lake' | 'catalog'>,
  folder: string,
  workspace: string,
): Promise<void> {
  await clients.lake.createBucket({ bucket: 'tpch' })
  await clients.catalog.createDatabase({ database: 'tpch' })
  for (const name of TPCH_TABLES) {
    const target = join(workspace, 'lake', 'tpch', name)
    mkdirSync(target, { recursive: true })
    linkOrCopy(join(folder, `${name}.parquet`), join(target, `${name}.parquet`))
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

/** Scale 10 is large: a second name will do where both are on one disk. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch {
    copyFileSync(from, to)
  }
}

function hiveType(declared: string): string {
  const type = declared.toLowerCase()
  return type.startsWith('varchar') ? 'string' : type === 'integer' ? 'int' : type
}

/** As many rows as a page may have. */
const PAGE = 10_000

/** The rows that the Athena engine answers. */
export async function askAthena(clients: Pick<Clients, 'athena'>, sql: string): Promise<unknown[][]> {
  const { queryId } = await clients.athena.startQuery({ sql, database: 'tpch' })
  for await (const query of clients.athena.watchQuery({ queryId })) {
    if (query.state === 'FAILED' || query.state === 'CANCELLED') throw new Error(`${query.error?.message}\n${sql}`)
  }
  const rows: unknown[][] = []
  for (;;) {
    const page = await clients.athena.results({ queryId, start: rows.length, rows: PAGE })
    const count = page.values[0]?.length ?? 0
    for (let r = 0; r < count; r++) rows.push(page.values.map((column) => column[r]))
    if (count < PAGE) return rows
  }
}
