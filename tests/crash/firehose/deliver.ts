import { engine as catalog } from '../../../src/engines/catalog/engine.ts'
import { engine as firehoseEngine } from '../../../src/engines/firehose/engine.ts'
import { realTime } from '../../../src/engines/kit/node/real-time.ts'
import { BatchBuilder } from '../../../src/engines/kit/pure/batch.ts'
import { engine as lake } from '../../../src/engines/lake/engine.ts'
import { engine as stream } from '../../../src/engines/stream/engine.ts'
import { startEngines } from '../../support/engines.ts'

/**
 * A process to be killed: puts numbered records to a delivery stream as fast as it takes them, never the same one twice, and prints the numbers
 * of a put, as `first:count`, once it is acknowledged. Every 13th record is no JSON and goes under the error prefix. Objects land all the time.
 * With an endpoint, encrypted records go there instead, in twos that are taken apart. Arguments: workspace, first number, endpoint.
 */
const [directory, first, url] = process.argv.slice(2)
const { clients } = await startEngines([stream, lake, catalog, firehoseEngine], { directory })
const { firehose } = clients
const isNew = (await firehose.listDeliveryStreams({})).length === 0
if (isNew && url) {
  await clients.lake.createBucket({ bucket: 'lake' })
  await firehose.createDeliveryStream({
    name: 'd',
    encrypted: true,
    destination: {
      bucket: 'lake',
      errorOutputPrefix: 'errors/',
      deaggregation: { type: 'DELIMITED', delimiter: ',' },
      buffering: { sizeInMBs: 1, intervalInSeconds: 60 },
      endpoint: { kind: 'http-endpoint', config: { url } },
    },
  })
} else if (isNew) {
  await clients.lake.createBucket({ bucket: 'lake' })
  await clients.catalog.createDatabase({ database: 'db' })
  await clients.catalog.createTable({
    database: 'db',
    name: 't',
    columns: [{ name: 'n', type: 'bigint' }],
    partitionKeys: [{ name: 'k', type: 'string' }],
    location: 's3://lake/t/',
    format: 'parquet',
    parameters: {},
  })
  await firehose.createDeliveryStream({
    name: 'd',
    destination: {
      bucket: 'lake',
      prefix: 't/k=!{partitionKeyFromQuery:k}/',
      errorOutputPrefix: 'errors/',
      conversion: { database: 'db', table: 't' },
      dynamicPartitioning: { fields: { k: 'n % 3' } },
      buffering: { sizeInMBs: 1, intervalInSeconds: 60 },
    },
  })
}

let next = Number(first)

async function produce(): Promise<void> {
  for (;;) {
    const builder = new BatchBuilder()
    const start = next
    for (; next < start + 50 && url; next += 2) builder.add('', `${next},${next + 1}`)
    for (; next < start + 50; next++) builder.add('', next % 13 === 0 ? `${next}` : JSON.stringify({ n: next }))
    await firehose.put({ name: 'd', batch: builder.finish() })
    // One write for each put: what the parent has read whole was acknowledged.
    process.stdout.write(`${start}:50\n`)
  }
}

/**
 * By flushes: puts hold a clock that is moved by hand, and there is always one under way. A flush of nothing answers at once, so that without
 * the pause this loop would leave the puts no turn.
 */
async function deliver(): Promise<void> {
  for (;;) {
    await firehose.flush({ name: 'd' })
    await realTime.sleep(5)
  }
}

await Promise.all([produce(), produce(), deliver()])
