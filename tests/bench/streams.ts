import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  DescribeStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  ListShardsCommand,
  ListStreamsCommand,
} from '@aws-sdk/client-kinesis'
import type { Clients } from '../../src/engines/contract.ts'
import { BatchBuilder } from '../../src/engines/kit/pure/batch.ts'
import { Millrace } from '../support/millrace.ts'
import type { Drained } from './drain.ts'
import { drive, script } from './drive.ts'
import { type Bench, count, cpuSeconds, median, pace, type Row } from './harness.ts'

const MILLION = 1_000_000
const SHARDS = 8
const GROWTH_MIB = 250
const READY_SECONDS = 2
const MANY_SHARDS = 1000
const MANY_STREAMS = 500
const ANSWER_MS = 100
const CALLS = 15

const portOf = (millrace: Millrace) => Number(new URL(millrace.ready.aws).port)
const fill = (millrace: Millrace, records: number) =>
  drive({ port: portOf(millrace), stream: 'bench', records: 500, bytes: 100, requests: records / 500, connections: 8 })

/** After a while, so that what is rubbish has been collected. */
async function residentMiB(pid: number): Promise<number> {
  await sleep(3000)
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
}

async function drain(millrace: Millrace): Promise<Row[]> {
  const rates: number[] = []
  const before = cpuSeconds(millrace.ready.pid)
  for (let run = 0; run < 3; run++) {
    const { records, seconds } = JSON.parse(await script('drain.ts', portOf(millrace), 'bench', SHARDS)) as Drained
    if (records !== MILLION) throw new Error(`${records} records were read of ${MILLION}`)
    rates.push(records / seconds)
  }
  const cpu = cpuSeconds(millrace.ready.pid) - before
  const rate = median(rates)
  return [
    { name: 'GetRecords, records/s', value: count(rate), target: 'at least 200,000', kept: rate >= 200_000 },
    // A million of them each time: seconds of a million are microseconds of one.
    { name: 'CPU of a record on all threads, µs', value: (cpu / rates.length).toFixed(2) },
  ]
}

/** From the start of a process until every shard has answered a read at its tip: seconds that passed, and seconds of CPU. */
async function ready(workspace: string): Promise<{ seconds: number; cpu: number }> {
  const startedMs = performance.now()
  await using millrace = await Millrace.start({ workspace })
  const { stream } = await millrace.clients()
  const { shards } = await stream.describeStream({ stream: 'bench' })
  for (const { shardId, nextOffset } of shards)
    await stream.read({ stream: 'bench', shardId, position: { type: 'OFFSET', offset: nextOffset - 1 } })
  return { seconds: (performance.now() - startedMs) / 1000, cpu: cpuSeconds(millrace.ready.pid) }
}

async function tenMillion(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
  const workspace = join(folder, 'workspace')
  const rows: Row[] = []
  try {
    const millrace = await Millrace.start({ workspace })
    const { pid } = millrace.ready
    const { stream } = await millrace.clients()
    await stream.createStream({ stream: 'bench', shardCount: SHARDS, quotas: false })
    // Everything is loaded and compiled before memory is looked at: what is measured is the records.
    await fill(millrace, 50_000)
    const before = await residentMiB(pid)
    await fill(millrace, MILLION - 50_000)
    rows.push(...(await drain(millrace)))
    await fill(millrace, 9 * MILLION)
    const growth = (await residentMiB(pid)) - before
    rows.push({
      name: `10 million records in ${SHARDS} shards: the process grows by, MiB`,
      value: count(growth),
      target: `less than ${GROWTH_MIB}`,
      kept: growth < GROWTH_MIB,
    })
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const again = signal === 'SIGTERM' ? millrace : await Millrace.start({ workspace })
      // Killed in the middle of puts: logs were open, and have no index.
      if (signal === 'SIGKILL') await fill(again, 10_000)
      await again.end(signal)
      const { seconds, cpu } = await ready(workspace)
      const name = `ready again after ${signal === 'SIGTERM' ? 'a stop' : 'kill -9'}, every shard read at its tip, s (of CPU)`
      const kept = seconds < READY_SECONDS
      rows.push({ name, value: `${seconds.toFixed(2)} (${cpu.toFixed(2)})`, target: `under ${READY_SECONDS}`, kept })
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return rows
}

async function timed(name: string, call: () => Promise<unknown>): Promise<Row> {
  await call()
  const times: number[] = []
  for (let run = 0; run < CALLS; run++) {
    const startedMs = performance.now()
    await call()
    times.push(performance.now() - startedMs)
  }
  const ms = median(times)
  return { name: `${name}, ms`, value: ms.toFixed(1), target: `under ${ANSWER_MS}`, kept: ms < ANSWER_MS }
}

async function firstOf(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items) return
}

async function manyShards({ stream }: Clients, kinesis: KinesisClient): Promise<Row[]> {
  const StreamName = 'wide'
  await stream.createStream({ stream: StreamName, shardCount: MANY_SHARDS, quotas: false })
  // Puts that reach every shard, and a minute of their metrics.
  for (let second = 0; second < 10; second++) {
    const batch = new BatchBuilder()
    for (let i = 0; i < 10_000; i++) batch.add(`key ${i}`, 'x'.repeat(100))
    await stream.put({ stream: StreamName, batch: batch.finish() })
    await sleep(1000)
  }
  const of = `${count(MANY_SHARDS)} shards`
  return [
    await timed(`${of}: DescribeStream`, () => kinesis.send(new DescribeStreamCommand({ StreamName }))),
    await timed(`${of}: DescribeStreamSummary`, () => kinesis.send(new DescribeStreamSummaryCommand({ StreamName }))),
    await timed(`${of}: ListShards`, () => kinesis.send(new ListShardsCommand({ StreamName, MaxResults: 1000 }))),
    await timed(`${of}: described to the monitor`, () => stream.describeStream({ stream: StreamName })),
    await timed(`${of}: the monitor's first item`, () => firstOf(stream.watchMetrics({ stream: StreamName }))),
  ]
}

async function manyStreams({ stream }: Clients, kinesis: KinesisClient): Promise<Row[]> {
  for (let i = 0; i < MANY_STREAMS; i++) await stream.createStream({ stream: `s-${i}`, shardCount: 1 })
  await sleep(1000)
  const of = `${count(MANY_STREAMS)} streams`
  return [
    await timed(`${of}: ListStreams`, () => kinesis.send(new ListStreamsCommand({ Limit: 100 }))),
    await timed(`${of}: listed to the monitor`, () => stream.listStreams({})),
    await timed(`${of}: the monitor's first item`, () => firstOf(stream.watchStreams({}))),
  ]
}

export const bench: Bench = {
  name: 'streams',
  title: 'Data streams: drained, with ten million records, with many shards, and many of them',
  async run() {
    const rows = await tenMillion()
    await using millrace = await Millrace.start()
    const clients = await millrace.clients()
    const { aws: endpoint, region, accessKeyId, secretAccessKey } = millrace.ready
    const kinesis = new KinesisClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } })
    rows.push(...(await manyShards(clients, kinesis)), ...(await manyStreams(clients, kinesis)))
    kinesis.destroy()
    return [...rows, pace()]
  },
}
