import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { engine as catalog } from '../../src/engines/catalog/engine.ts'
import type { Clients } from '../../src/engines/contract.ts'
import { engine as firehose } from '../../src/engines/firehose/engine.ts'
import { dataText, keyText } from '../../src/engines/kit/pure/batch.ts'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import type { PipelineDocument } from '../../src/engines/pipeline/document.ts'
import { parsePipeline } from '../../src/engines/pipeline/document-text.ts'
import { engine as pipeline } from '../../src/engines/pipeline/engine.ts'
import { engine as stream } from '../../src/engines/stream/engine.ts'
import { runToEnd, startPipelines } from '../support/pipeline.ts'

const path = 'pipelines/flights.json'
const text = readFileSync(join(resolve(import.meta.dirname, '../../resources/samples/flights'), path), 'utf8')

/** The part of the sample that records flow through, over the first rows of its file, quotas and event time as they are. */
function recordsOnly(rows: number): PipelineDocument {
  const document = parsePipeline(text, path)
  const nodes = ['flights', 'stream', 'clean', 'delivery', 'flights-table']
  document.nodes = document.nodes.filter((node) => nodes.includes(node.id))
  document.wires = document.wires.filter((wire) => nodes.includes(wire.from.node) && nodes.includes(wire.to.node))
  document.nodes[0].config.limit = rows
  document.run.speed = null
  return document
}

/** Of each shard, a hash of its records in their order, with their number. */
async function shardHashes(clients: Clients): Promise<string[]> {
  const { shards } = await clients.stream.describeStream({ stream: 'flights' })
  const hashes: string[] = []
  for (const { shardId } of shards) {
    const hash = createHash('sha256')
    let offset = 0
    for (;;) {
      const read = await clients.stream.read({ stream: 'flights', shardId, position: { type: 'OFFSET', offset } })
      if (read.batch.count === 0) break
      for (let i = 0; i < read.batch.count; i++) hash.update(`${keyText(read.batch, i)}\n${dataText(read.batch, i)}\n`)
      offset = read.nextOffset
    }
    hashes.push(`${shardId} ${offset} ${hash.digest('hex')}`)
  }
  return hashes
}

test('a replay repeats: equal records in equal order in every shard, and equal counters', async () => {
  const runs: { shards: string[]; nodes: unknown; accounts: unknown }[] = []
  for (let run = 0; run < 2; run++) {
    await using engine = await startPipelines([lake, catalog, stream, firehose, pipeline])
    const state = await runToEnd(engine, recordsOnly(20_000), { path })
    expect(state.error).toBeUndefined()
    runs.push({
      shards: await shardHashes(engine.clients),
      nodes: state.nodes.map(({ node, rowsIn, rowsOut, rowsFiltered, rowsFailed }) => ({
        node,
        rowsIn,
        rowsOut,
        rowsFiltered,
        rowsFailed,
      })),
      // The cut into objects follows real timing; the sums do not.
      accounts: state.accounts.map(({ note, ...account }) => ({
        ...account,
        note: note?.replace(/ in \d+ objects/, ''),
      })),
    })
  }
  expect(runs[0].shards.length).toBe(4)
  expect(runs[1]).toEqual(runs[0])
})
