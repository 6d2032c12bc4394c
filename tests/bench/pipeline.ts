import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { Clients } from '../../src/engines/contract.ts'
import type { RunState } from '../../src/engines/pipeline/contract.ts'
import { PipelineDocument } from '../../src/engines/pipeline/document.ts'
import { Millrace } from '../support/millrace.ts'
import { type Bench, count, type Row, root } from './harness.ts'

const MILLION = 1_000_000
/** Ten times the input, to see that neither pace nor memory hang on its length. */
const TEN_MILLION = 10 * MILLION
const RATE_TARGET = 60_000
const MEMORY_TARGET_MIB = 700
/** Largest differences that still count as flat between one input and ten times as much. */
const FLAT_RATE = 0.8

/** The sample's flights as records of about 200 bytes: a trace id, as producers like to add one, makes up the rest. */
async function widen(workspace: string): Promise<void> {
  mkdirSync(join(workspace, 'data'), { recursive: true })
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const source = join(root, 'node_modules', 'vega-datasets', 'data', 'flights-3m.parquet')
  await connection.run(
    `COPY (SELECT *, repeat(md5(row_number() OVER ()::VARCHAR), 2) || md5(origin) AS trace FROM '${source}' LIMIT ${MILLION})
     TO '${join(workspace, 'data', 'wide.parquet')}' (FORMAT parquet)`,
  )
  connection.closeSync()
}

/** From the producer to the lake as in the sample: replay, stream, transform, delivery, table. */
function producerToLake(records: number): PipelineDocument {
  const bucket = 'bench-lake'
  const nodes = [
    {
      id: 'source',
      kind: 'replay',
      config: { file: 'data/wide.parquet', keyColumn: 'origin', speed: null, limit: records },
    },
    { id: 'stream', kind: 'stream', config: { stream: 'bench', shards: 4, quotas: false } },
    {
      id: 'clean',
      kind: 'transform',
      config: {
        filter: 'delay IS NOT NULL AND distance > 0',
        fields: [
          { name: 'departure', expression: '"date"' },
          { name: 'day', expression: 'substr("date", 1, 10)' },
          { name: 'late', expression: 'delay > 15' },
        ],
        drop: ['date'],
      },
    },
    {
      id: 'delivery',
      kind: 'delivery',
      config: { name: 'bench', bucket, prefix: 'flights/', bufferMB: 64, bufferSeconds: 60, onStart: 'replace' },
    },
    {
      id: 'table',
      kind: 'lake-table',
      config: {
        database: 'bench',
        table: 'flights',
        bucket,
        prefix: 'flights/',
        columns: [
          { name: 'departure', type: 'timestamp' },
          { name: 'day', type: 'string' },
          { name: 'origin', type: 'string' },
          { name: 'destination', type: 'string' },
          { name: 'delay', type: 'int' },
          { name: 'distance', type: 'int' },
          { name: 'late', type: 'boolean' },
          { name: 'trace', type: 'string' },
        ],
      },
    },
  ]
  const port = (node: string, name: string) => ({ node, port: name })
  return PipelineDocument.parse({
    format: 1,
    name: 'bench',
    nodes: nodes.map((node, i) => ({ ...node, position: { x: i * 280, y: 0 } })),
    wires: nodes.slice(1).map((node, i) => ({ id: `w${i}`, from: port(nodes[i].id, 'out'), to: port(node.id, 'in') })),
    run: { clock: 'virtual', speed: null, seed: 'bench' },
  })
}

interface Passage {
  /** From the first record that the source sends to the last that has landed in the lake. */
  readonly flowSeconds: number
  /** Until every row has been read back and accounted for. */
  readonly wholeSeconds: number
  readonly recordBytes: number
  readonly cpuSeconds: Record<string, number>
  readonly memoryMiB: number
}

const seconds = () => Number(process.hrtime.bigint()) / 1e9

async function pass(millrace: Millrace, clients: Clients, records: number): Promise<Passage> {
  const { pid } = millrace.ready
  const memory = watchMemory(pid)
  const before = cpuByThread(pid)
  const { runId } = await clients.pipeline.start({
    path: 'pipelines/bench.json',
    document: producerToLake(records),
    scale: Math.ceil(records / MILLION),
  })
  let [started, landed] = [0, 0]
  let last: RunState | undefined
  for await (const state of clients.pipeline.watch({ runId })) {
    last = state
    const of = (id: string) => state.nodes.find(({ node }) => node === id)
    if (started === 0 && state.state === 'running') started = seconds()
    if (landed === 0 && of('delivery')?.state === 'done') landed = seconds()
  }
  const ended = seconds()
  if (last?.state !== 'succeeded') throw new Error(`the run ${last?.state}: ${last?.error?.message}`)
  const source = last.nodes.find(({ node }) => node === 'source')
  if (source?.rowsOut !== records) throw new Error(`${source?.rowsOut} of ${records} records were sent`)
  const after = cpuByThread(pid)
  return {
    flowSeconds: (landed || ended) - started,
    wholeSeconds: ended - started,
    recordBytes: source.bytesOut / records,
    cpuSeconds: Object.fromEntries(Object.entries(after).map(([name, cpu]) => [name, cpu - (before[name] ?? 0)])),
    memoryMiB: memory(),
  }
}

/** Looks at the resident memory ten times a second until it is asked for the largest, in MiB. */
function watchMemory(pid: number): () => number {
  let most = 0
  const look = () => {
    const resident = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    most = Math.max(most, Number(resident?.[1] ?? 0) / 1024)
  }
  const timer = setInterval(look, 100)
  return () => {
    clearInterval(timer)
    look()
    return most
  }
}

/** CPU seconds of each thread of a process by its name, from the kernel's account. Threads of one name count together. */
function cpuByThread(pid: number): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const [, name, rest] = /^\d+ \((.*)\) (.*)$/s.exec(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')) ?? []
    if (rest === undefined) continue
    const fields = rest.split(' ')
    sums[name] = (sums[name] ?? 0) + (Number(fields[11]) + Number(fields[12])) / 100
  }
  return sums
}

function rowsOf(once: Passage, tenfold: Passage, idleMiB: number): Row[] {
  const rate = MILLION / once.flowSeconds
  const flat = TEN_MILLION / tenfold.flowSeconds / rate
  const busiest = Object.entries(once.cpuSeconds)
    .sort(([, a], [, b]) => b - a)
    .filter(([, cpu]) => cpu >= 0.5)
  const cpu = Object.values(once.cpuSeconds).reduce((sum, each) => sum + each, 0)
  return [
    { name: 'bytes of a record', value: once.recordBytes.toFixed(0) },
    {
      name: `records/s, ${count(MILLION)} records`,
      value: count(rate),
      target: `at least ${count(RATE_TARGET)}`,
      kept: rate >= RATE_TARGET,
    },
    { name: `records/s, ${count(TEN_MILLION)} records`, value: count(TEN_MILLION / tenfold.flowSeconds) },
    {
      name: 'rate at ten times the input',
      value: `${flat.toFixed(2)} ×`,
      target: `flat: at least ${FLAT_RATE} ×`,
      kept: flat >= FLAT_RATE,
    },
    { name: 'records/s with every row read back', value: count(MILLION / once.wholeSeconds) },
    { name: 'CPU s for a million records, read back', value: cpu.toFixed(1) },
    ...busiest.map(([name, each]) => ({ name: `  of that ${name}`, value: each.toFixed(1) })),
    { name: 'resident memory before, MiB', value: count(idleMiB) },
    memoryRow(MILLION, once),
    memoryRow(TEN_MILLION, tenfold),
  ]
}

function memoryRow(records: number, { memoryMiB }: Passage): Row {
  return {
    name: `resident memory, ${count(records)} records, MiB`,
    value: count(memoryMiB),
    target: `under ${MEMORY_TARGET_MIB}`,
    kept: memoryMiB < MEMORY_TARGET_MIB,
  }
}

export const bench: Bench = {
  name: 'pipeline',
  title: 'From the producer to the lake: replay, stream of 4 shards, transform, delivery, Parquet table',
  async run() {
    const workspace = join(mkdtempSync(join(tmpdir(), 'millrace-flow-')), 'workspace')
    const rows: Row[] = []
    try {
      await widen(workspace)
      await using millrace = await Millrace.start({ workspace })
      const clients = await millrace.clients()
      // A short run first, so that what is measured is the work and not the start of the engines.
      await pass(millrace, clients, MILLION / 100)
      const idle = watchMemory(millrace.ready.pid)()
      const once = await pass(millrace, clients, MILLION)
      const tenfold = await pass(millrace, clients, TEN_MILLION)
      rows.push(...rowsOf(once, tenfold, idle))
    } finally {
      rmSync(join(workspace, '..'), { recursive: true, force: true })
    }
    return rows
  },
}
