import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import type { Clients } from '../../src/engines/contract.ts'
import { Millrace } from '../support/millrace.ts'
import { type Bench, count } from './harness.ts'

const FILES = 1000
const ROWS = 5000
const COLUMNS = 20
const SECONDS = 10
/** Jiffies of `/proc/<pid>/stat` are hundredths of a second wherever Linux runs on x86 and ARM. */
const JIFFIES = 100

/** A thousand files of a table of twenty columns in fifty partitions. */
function write(workspace: string): void {
  const columnData = Array.from({ length: COLUMNS }, (_, column) => ({
    name: `c${column}`,
    data: Array.from({ length: ROWS }, (_, row) => (column % 2 ? `value ${row % 97}` : row * column)),
  }))
  const bytes = new Uint8Array(parquetWriteBuffer({ columnData }))
  for (let file = 0; file < FILES; file++) {
    const folder = join(workspace, 'lake', 'bench', 'events', `day=${file % 50}`)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `part-${file}.parquet`), bytes)
  }
}

/** Processor time of a process so far, all its threads, seconds. */
function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / JIFFIES
}

async function crawled({ catalog }: Clients): Promise<{ files: number; partitions: number }> {
  await catalog.startCrawler({ crawler: 'bench' })
  for await (const _ of catalog.watchCrawlers({})) {
    const { state } = await catalog.getCrawler({ crawler: 'bench' })
    if (state === 'READY') break
  }
  const { lastCrawl } = await catalog.getCrawler({ crawler: 'bench' })
  if (lastCrawl?.state !== 'COMPLETED') throw new Error(`the crawl ended ${lastCrawl?.state}: ${lastCrawl?.message}`)
  return { files: lastCrawl.filesRead, partitions: lastCrawl.partitions.created }
}

export const bench: Bench = {
  name: 'crawl',
  title: `A crawl of ${count(FILES)} Parquet files of ${COLUMNS} columns in 50 partitions`,
  async run() {
    const workspace = join(mkdtempSync(join(tmpdir(), 'millrace-crawl-')), 'workspace')
    await using millrace = await Millrace.start({ workspace })
    write(workspace)
    const clients = await millrace.clients()
    await clients.catalog.createCrawler({
      name: 'bench',
      database: 'bench',
      targets: [{ path: 's3://bench/events/' }],
    })
    const processor = processorSeconds(millrace.ready.pid)
    const started = process.hrtime.bigint()
    const { files, partitions } = await crawled(clients)
    const seconds = Number(process.hrtime.bigint() - started) / 1e9
    const spent = processorSeconds(millrace.ready.pid) - processor
    return [
      { name: 'files read, partitions added', value: `${count(files)}, ${count(partitions)}` },
      { name: 'time', value: `${seconds.toFixed(2)} s`, target: `under ${SECONDS} s`, kept: seconds < SECONDS },
      { name: 'processor time of the program', value: `${spent.toFixed(2)} s` },
    ]
  },
}
