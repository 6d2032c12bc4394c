import { Millrace } from '../support/millrace.ts'
import { drive } from './drive.ts'
import { type Bench, compare, count, cpuSeconds, pace, type Row, ratio } from './harness.ts'
import { ceiling, createStream, kinesalite, kinesisLocal, type Peer } from './peers.ts'

const SHARDS = 4
const RECORDS = 500
const CONNECTIONS = 8
/** kinesis-local closes connections that wait for seconds; two keep it as busy as eight. */
const CONNECTIONS_LOCAL = 2
/** For an open loop: enough that none waits for another. */
const CONNECTIONS_OPEN = 64
const OPEN_SECONDS = 15

const rateOf = async (port: number, bytes: number, requests: number, connections = CONNECTIONS) =>
  (await drive({ port, stream: 'bench', records: RECORDS, bytes, requests, connections })).recordsPerSecond

interface Served {
  readonly port: number
  readonly pid: number
}

/** Microseconds of CPU that a record takes, on all threads. Where others share the cores, it says more than the pace. */
async function cpuOfRecord({ port, pid }: Served): Promise<number> {
  const requests = 400
  const before = cpuSeconds(pid)
  await rateOf(port, 100, requests)
  return ((cpuSeconds(pid) - before) * 1e6) / (requests * RECORDS)
}

async function againstPeers(ours: Served, top: Peer): Promise<{ rows: Row[]; recordsPerSecond: number }> {
  const [lite, local] = [await kinesalite(), await kinesisLocal()]
  try {
    for (const { port } of [lite, local]) await createStream(port, 'bench', SHARDS)
    await rateOf(ours.port, 100, 200)
    await rateOf(top.port, 100, 200)
    await rateOf(lite.port, 100, 10)
    await rateOf(local.port, 100, 8, CONNECTIONS_LOCAL)
    const rates = await compare(5, {
      millrace: () => rateOf(ours.port, 100, 800),
      ceiling: () => rateOf(top.port, 100, 800),
      kinesalite: () => rateOf(lite.port, 100, 40),
      kinesisLocal: () => rateOf(local.port, 100, 8, CONNECTIONS_LOCAL),
    })
    const cpu = await compare(3, { millrace: () => cpuOfRecord(ours), ceiling: () => cpuOfRecord(top) })
    const [overLite, overLocal] = [rates.millrace / rates.kinesalite, rates.millrace / rates.kinesisLocal]
    const share = rates.millrace / rates.ceiling
    const kept = rates.millrace >= 150_000
    return {
      recordsPerSecond: rates.millrace,
      rows: [
        { name: 'Millrace, records/s', value: count(rates.millrace), target: 'at least 150,000', kept },
        { name: 'kinesalite 3.3.3 (in memory), records/s', value: count(rates.kinesalite) },
        { name: 'kinesis-local 0.6.2 (in memory), records/s', value: count(rates.kinesisLocal) },
        { name: 'a server that only parses and decodes, records/s', value: count(rates.ceiling) },
        // What else the machine did: on a busy one the ratios hold better than the rates.
        pace(),
        { name: 'Millrace against kinesalite', value: ratio(overLite), target: 'at least 9 ×', kept: overLite >= 9 },
        {
          name: 'Millrace against kinesis-local',
          value: ratio(overLocal),
          target: 'at least 80 ×',
          kept: overLocal >= 80,
        },
        { name: 'CPU of a record on all threads, µs', value: cpu.millrace.toFixed(2) },
        { name: 'CPU of it in the server that only parses, µs', value: cpu.ceiling.toFixed(2) },
        { name: 'share of that ceiling', value: ratio(share), target: 'at least 0.5 ×', kept: share >= 0.5 },
      ],
    }
  } finally {
    lite.stop()
    local.stop()
  }
}

async function ofOneKiB(ours: number, top: Peer): Promise<Row[]> {
  await rateOf(ours, 1024, 100)
  await rateOf(top.port, 1024, 100)
  const rates = await compare(3, {
    millrace: () => rateOf(ours, 1024, 400),
    ceiling: () => rateOf(top.port, 1024, 400),
  })
  const megabytes = (rates.millrace * 1024) / 1e6
  return [
    { name: '500 × 1 KiB, MB/s', value: megabytes.toFixed(1), target: 'at least 60', kept: megabytes >= 60 },
    { name: 'share of its ceiling', value: ratio(rates.millrace / rates.ceiling) },
  ]
}

/** As many requests a second as make half the load that was reached, each at its moment. The bare server shows what the machine adds. */
async function latency(ours: number, top: Peer, recordsPerSecond: number): Promise<Row[]> {
  const rate = recordsPerSecond / 2 / RECORDS
  const load = { stream: 'bench', records: RECORDS, bytes: 100, rate }
  const at = (port: number) =>
    drive({ ...load, port, requests: Math.ceil(rate * OPEN_SECONDS), connections: CONNECTIONS_OPEN })
  const [{ p50Ms, p99Ms }, bare] = [await at(ours), await at(top.port)]
  return [
    { name: `at half that load (${count(rate)} puts a second): p50, ms`, value: p50Ms.toFixed(1) },
    { name: 'p99 from the moment each was due, ms', value: p99Ms.toFixed(1), target: 'under 40', kept: p99Ms < 40 },
    { name: 'p99 of the server that only parses, ms', value: bare.p99Ms.toFixed(1) },
  ]
}

export const bench: Bench = {
  name: 'put',
  title: 'PutRecords over HTTP/1.1, 500 × 100 B, 4 shards, acknowledged after fsync, 8 connections',
  async run() {
    await using millrace = await Millrace.start()
    const port = Number(new URL(millrace.ready.aws).port)
    const clients = await millrace.clients()
    await clients.stream.createStream({ stream: 'bench', shardCount: SHARDS, quotas: false })
    const top = await ceiling()
    try {
      const { rows, recordsPerSecond } = await againstPeers({ port, pid: millrace.ready.pid }, top)
      return [...rows, ...(await ofOneKiB(port, top)), ...(await latency(port, top, recordsPerSecond))]
    } finally {
      top.stop()
    }
  },
}
