import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { engine as athena } from '../../src/engines/athena/engine.ts'
import { engine as catalog } from '../../src/engines/catalog/engine.ts'
import type { Clients } from '../../src/engines/contract.ts'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { startEngines } from '../support/engines.ts'
import { Millrace } from '../support/millrace.ts'
import { TPCH_QUERIES, TPCH_TABLES } from '../support/tpch.ts'
import { askAthena, duckdbAlone, registerTables, tpchData } from '../support/tpch-data.ts'
import { type Bench, benchDirectory, compare, ratio } from './harness.ts'

const { argv } = process
const SCALE = argv.includes('--scale') ? Number(argv[argv.indexOf('--scale') + 1]) : 1
/** As Millrace gives its own DuckDB (`src/main/session.ts`); from scale 10 on both sides have 2 GB, and spill. */
const THREADS = Math.max(2, availableParallelism())
const LIMITED = SCALE >= 10
const MEMORY_BYTES = LIMITED ? 2 * 1024 ** 3 : Math.floor(totalmem() / 4)
const RUNS = LIMITED ? 1 : 5

/** The program itself; where it may have less memory than it would take, its engines in this process. */
async function serve(): Promise<{
  clients: Pick<Clients, 'lake' | 'catalog' | 'athena'>
  workspace: string
  stop(): Promise<void>
}> {
  if (!LIMITED) {
    const workspace = join(mkdtempSync(join(tmpdir(), 'millrace-tpch-')), 'workspace')
    const millrace = await Millrace.start({ workspace })
    return { clients: await millrace.clients(), workspace, stop: async () => millrace[Symbol.asyncDispose]() }
  }
  // On the disk of the data, where there is room to spill.
  const workspace = mkdtempSync(join(benchDirectory, 'workspace-'))
  const limits = { olapMemoryBytes: MEMORY_BYTES, olapThreads: THREADS }
  const engines = await startEngines([lake, catalog, athena], { directory: workspace, limits })
  const stop = async () => {
    await engines.stop()
    rmSync(workspace, { recursive: true })
  }
  return { clients: engines.clients, workspace, stop }
}

/** Whoever is asked first would pay for the disk. */
async function bringIntoMemory(folder: string): Promise<void> {
  for (const table of TPCH_TABLES)
    for await (const _ of createReadStream(join(folder, `${table}.parquet`), { highWaterMark: 1024 ** 2 }));
}

export const bench: Bench = {
  name: 'query',
  title: `TPC-H at scale ${SCALE}, 22 queries on Parquet in the lake: the Athena engine against DuckDB by itself (${THREADS} threads, ${Math.round(MEMORY_BYTES / 1024 ** 2)} MiB each)`,
  async run() {
    const folder = tpchData(SCALE)
    if (!folder) throw new Error('TPC-H data could not be made: the bench needs Python and its package tpchgen-cli')
    const { clients, workspace, stop } = await serve()
    await registerTables(clients, folder, workspace)
    const alone = await duckdbAlone(folder, THREADS, `${Math.floor(MEMORY_BYTES / 1024 ** 2)}MiB`)
    await bringIntoMemory(folder)
    let [ours, theirs] = [0, 0]
    const worst = { query: 0, times: 0 }
    for (const [index, sql] of TPCH_QUERIES.entries()) {
      const seconds = async (work: () => Promise<unknown>) => {
        const started = process.hrtime.bigint()
        await work()
        return Number(process.hrtime.bigint() - started) / 1e9
      }
      const taken = await compare(RUNS, {
        millrace: () => seconds(() => askAthena(clients, sql)),
        duckdb: () => seconds(async () => (await alone.runAndReadAll(sql)).getColumns()),
      })
      if (LIMITED) {
        const [us, them] = [taken.millrace.toFixed(1), taken.duckdb.toFixed(1)]
        process.stderr.write(`  Q${index + 1}: ${us} s, DuckDB by itself ${them} s\n`)
      }
      ours += taken.millrace
      theirs += taken.duckdb
      const times = taken.millrace / taken.duckdb
      if (times > worst.times) Object.assign(worst, { query: index + 1, times })
    }
    alone.closeSync()
    await stop()
    return [
      { name: 'Athena engine, s for all 22', value: ours.toFixed(2) },
      { name: 'DuckDB by itself, s for all 22', value: theirs.toFixed(2) },
      { name: `worst single query (Q${worst.query})`, value: ratio(worst.times) },
      {
        name: 'Athena engine against DuckDB',
        value: ratio(ours / theirs),
        target: 'at most 1.10 ×',
        kept: ours / theirs <= 1.1,
      },
    ]
  },
}
