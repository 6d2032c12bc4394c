import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clients } from '../../src/engines/contract.ts'
import { PRODUCERS, type Producer, startProducer } from '../../src/engines/pipeline/produce.ts'
import { Millrace } from '../support/millrace.ts'
import { drive } from './drive.ts'
import { type Bench, count, cpuSeconds, median, pace, type Row, ratio } from './harness.ts'

const RECORDS = 500_000
const SHARDS = 4
const RUNS = 3

async function recordsIn({ stream }: Clients, name: string): Promise<number> {
  const { shards } = await stream.describeStream({ stream: name })
  return shards.reduce((sum, { nextOffset }) => sum + nextOffset, 0)
}

interface Pace {
  readonly recordsPerSecond: number
  /** Microseconds on all threads. */
  readonly cpuOfRecord: number
}

/** From the start of a producer into an empty stream until the last of its records is durable there. */
async function produce(
  clients: Clients,
  pid: number,
  name: Producer['name'],
  settings: Record<string, unknown>,
): Promise<Pace> {
  const producer = PRODUCERS.find((each) => each.name === name)!
  const stream = `from-${name}`
  await clients.stream.createStream({ stream, shardCount: SHARDS, quotas: false })
  const [startedMs, before] = [performance.now(), cpuSeconds(pid)]
  const { run } = await startProducer(clients, { producer, settings, stream })
  while ((await recordsIn(clients, stream)) < RECORDS) await sleep(20)
  const seconds = (performance.now() - startedMs) / 1000
  const cpu = cpuSeconds(pid) - before
  await clients.pipeline.stop({ runId: run.runId, mode: 'abandon' }).catch(() => {})
  for await (const { endedMs } of clients.pipeline.watch({ runId: run.runId })) if (endedMs !== undefined) break
  await clients.stream.deleteStream({ stream })
  // Half a second of the engine's time.
  while ((await clients.stream.listStreams({})).some((each) => each.name === stream)) await sleep(50)
  return { recordsPerSecond: RECORDS / seconds, cpuOfRecord: (cpu * 1e6) / RECORDS }
}

export const bench: Bench = {
  name: 'producers',
  title: `${count(RECORDS)} records of about 100 B from producers that are built in, into ${SHARDS} shards, on disk`,
  async run() {
    await using millrace = await Millrace.start()
    const { pid, workspace, aws } = millrace.ready
    const clients = await millrace.clients()
    const lines = Array.from({ length: RECORDS }, (_, i) => JSON.stringify({ id: i, text: 'x'.repeat(80) }))
    writeFileSync(join(workspace, 'lines.json'), `${lines.join('\n')}\n`)
    writeFileSync(join(workspace, 'rows.csv'), `id,text\n${lines.map((_, i) => `${i},${'x'.repeat(80)}`).join('\n')}\n`)
    const wanted: readonly [string, Producer['name'], Record<string, unknown>][] = [
      ['generator (IoT)', 'iot', { count: RECORDS, rate: null }],
      ['file tail', 'tail', { file: join(workspace, 'lines.json'), start: 'beginning', resume: false }],
      ['replay of CSV', 'replay', { file: 'rows.csv', speed: null }],
    ]
    await clients.stream.createStream({ stream: 'bench', shardCount: SHARDS, quotas: false })
    const load = { port: Number(new URL(aws).port), stream: 'bench', records: 500, bytes: 100, connections: 8 }
    const taken = new Map<string, Pace[]>()
    const puts: number[] = []
    for (let run = 0; run < RUNS; run++) {
      puts.push((await drive({ ...load, requests: RECORDS / 500 })).recordsPerSecond)
      for (const [title, name, settings] of wanted)
        taken.set(title, [...(taken.get(title) ?? []), await produce(clients, pid, name, settings)])
    }
    const put = median(puts)
    const rows: Row[] = [{ name: 'PutRecords over HTTP, records/s', value: count(put) }]
    for (const [title, paces] of taken) {
      const rate = median(paces.map(({ recordsPerSecond }) => recordsPerSecond))
      const cpu = median(paces.map(({ cpuOfRecord }) => cpuOfRecord))
      rows.push({ name: `${title}, records/s`, value: count(rate) })
      rows.push({ name: `${title}: share of the put path`, value: ratio(rate / put) })
      rows.push({ name: `${title}: CPU of a record on all threads, µs`, value: cpu.toFixed(2) })
    }
    return [...rows, pace()]
  },
}
