import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Drives PutRecords at one server from a process of its own: requests are encoded before the clock starts, so the driver costs as little
 * as it can. Arguments: port, stream, records a request, bytes a record, requests, connections, and requests a second for an open loop:
 * then each has its moment, whatever became of the ones before, and its latency counts from that. Prints a `Load`.
 */
export interface Load {
  readonly recordsPerSecond: number
  /** Of requests, in an open loop from the moment they were due, else from when they were sent. */
  readonly p50Ms: number
  readonly p99Ms: number
}

const [port, stream, records, bytes, requests, connections, rate = 0] = process.argv
  .slice(2)
  .map((arg, i) => (i === 1 ? arg : Number(arg))) as [number, string, number, number, number, number, number?]

const bodies = Array.from({ length: 32 }, (_, b) =>
  Buffer.from(
    JSON.stringify({
      StreamName: stream,
      Records: Array.from({ length: records }, (_, r) => ({
        Data: Buffer.alloc(bytes, `record ${b} ${r} `).toString('base64'),
        PartitionKey: `key-${(b * records + r) % 5000}`,
      })),
    }),
  ),
)
const agent = new Agent({ keepAlive: true, maxSockets: connections })
const latencies = new Float64Array(requests)
let sent = 0
let refused = 0
let checked = false

/** The first answer is read whole: a number for each record, none of them twice. */
function check(answer: Buffer): void {
  checked = true
  const { Records } = JSON.parse(answer.toString()) as { Records?: { SequenceNumber: string; ShardId: string }[] }
  // The ceiling keeps nothing, and says nothing of any record.
  if (!Records) return
  const places = new Set(Records.map(({ ShardId, SequenceNumber }) => `${ShardId}/${SequenceNumber}`))
  if (places.size !== records) throw new Error(`${places.size} records of ${records} were given a place`)
}

function put(body: Buffer): Promise<void> {
  return new Promise((done, failed) => {
    const call = request(
      {
        port,
        host: '127.0.0.1',
        method: 'POST',
        path: '/',
        agent,
        headers: {
          'Content-Type': 'application/x-amz-json-1.1',
          'Content-Length': body.length,
          'X-Amz-Target': 'Kinesis_20131202.PutRecords',
          'X-Amz-Date': '20260101T000000Z',
          Authorization:
            'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/kinesis/aws4_request, SignedHeaders=host;x-amz-date, Signature=00',
        },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk) => chunks.push(chunk))
        response.on('end', () => {
          const answer = Buffer.concat(chunks)
          if (response.statusCode !== 200) return failed(new Error(answer.toString()))
          // Parsing every answer whole would be a good part of the load on a small machine: all servers write the count this way.
          if (!answer.includes('"FailedRecordCount":0')) refused++
          if (!checked) check(answer)
          done()
        })
      },
    )
    call.on('error', failed)
    call.end(body)
  })
}

async function timed(dueMs: number): Promise<void> {
  const at = sent++
  await put(bodies[at % bodies.length])
  latencies[at] = performance.now() - dueMs
}

async function closedLoop(): Promise<void> {
  while (sent < requests) await timed(performance.now())
}

async function openLoop(): Promise<void> {
  const startMs = performance.now()
  const under: Promise<void>[] = []
  while (sent < requests) {
    const dueMs = startMs + (sent / rate) * 1000
    const waitMs = dueMs - performance.now()
    if (waitMs > 0) await sleep(waitMs)
    else under.push(timed(dueMs))
  }
  await Promise.all(under)
}

const startedMs = performance.now()
await (rate > 0 ? openLoop() : Promise.all(Array.from({ length: connections }, closedLoop)))
const seconds = (performance.now() - startedMs) / 1000
agent.destroy()
if (refused > 0) throw new Error(`${refused} requests were throttled: the quotas are on`)
const sorted = latencies.sort()
const quantile = (share: number) => sorted[Math.min(requests - 1, Math.floor(requests * share))]
const load: Load = { recordsPerSecond: (requests * records) / seconds, p50Ms: quantile(0.5), p99Ms: quantile(0.99) }
process.stdout.write(JSON.stringify(load))
