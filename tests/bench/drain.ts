import { Agent, request } from 'node:http'

/**
 * Reads shards of a stream by GetRecords from their horizon to where they end now, all at once, from a process of its own. Arguments:
 * port, stream, shards. Prints the records read and the seconds it took, as JSON.
 */
export interface Drained {
  readonly records: number
  readonly seconds: number
}

const [port, stream, shards] = [Number(process.argv[2]), process.argv[3], Number(process.argv[4])]
const agent = new Agent({ keepAlive: true, maxSockets: shards })

function call(operation: string, input: object): Promise<Buffer> {
  return new Promise((done, failed) => {
    const headers = {
      'Content-Type': 'application/x-amz-json-1.1',
      'X-Amz-Target': `Kinesis_20131202.${operation}`,
      Authorization:
        'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=00',
    }
    const asked = request({ port, host: '127.0.0.1', method: 'POST', path: '/', agent, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('end', () => {
        const answer = Buffer.concat(chunks)
        if (response.statusCode === 200) done(answer)
        else failed(new Error(answer.toString()))
      })
    })
    asked.on('error', failed)
    asked.end(JSON.stringify(input))
  })
}

/** Counts what each record has once. Parsing the answers whole would be most of the work on a small machine. */
function countIn(answer: Buffer): number {
  let found = 0
  for (let at = answer.indexOf('"PartitionKey"'); at >= 0; at = answer.indexOf('"PartitionKey"', at + 100)) found++
  return found
}

async function drain(shard: number): Promise<number> {
  const ShardId = `shardId-${String(shard).padStart(12, '0')}`
  const first = await call('GetShardIterator', { StreamName: stream, ShardId, ShardIteratorType: 'TRIM_HORIZON' })
  let { ShardIterator } = JSON.parse(first.toString()) as { ShardIterator: string }
  for (let records = 0; ; ) {
    const answer = await call('GetRecords', { ShardIterator, Limit: 10_000 })
    const found = countIn(answer)
    records += found
    if (found === 0) return records
    ;[, ShardIterator] = /"NextShardIterator":"([^"]+)"/.exec(answer.toString('latin1', answer.lastIndexOf(']')))!
  }
}

const startedMs = performance.now()
const counts = await Promise.all(Array.from({ length: shards }, (_, shard) => drain(shard)))
const drained: Drained = {
  records: counts.reduce((sum, each) => sum + each, 0),
  seconds: (performance.now() - startedMs) / 1000,
}
agent.destroy()
process.stdout.write(JSON.stringify(drained))
