import type { TableColumn } from '../catalog/contract.ts'
import { identifier, literal } from '../kit/node/duck.ts'
import { dataBytes, keyText } from '../kit/pure/batch.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { ShardInfo } from '../stream/contract.ts'
import { sequenceNumber } from '../stream/sequence.ts'
import { STREAM_COLUMNS } from './contract.ts'
import { declaredColumn, type FederatedClients, federatedTable } from './federated-catalogs.ts'
import type { StagedFiles } from './staged.ts'
import type { TableSource } from './tables.ts'
import type { TableReference } from './translate/table-reference.ts'

/** What federated tables are read with. */
export interface FederatedReach {
  readonly clients: FederatedClients
  readonly staged: StagedFiles
  readonly nowMs: () => number
}

type Open = (database: string, name: string, reach: FederatedReach) => Promise<TableSource>
const OPEN: Readonly<Record<string, Open>> = { warehouse: openWarehouse, streams: openStream }

/** The table of a reference to a federated catalog; undefined where it names none. */
export async function openFederated(
  { catalog, database, name }: TableReference,
  reach: FederatedReach,
): Promise<TableSource | undefined> {
  const open = catalog === undefined ? undefined : OPEN[catalog.toLowerCase()]
  return open?.((database ?? 'default').toLowerCase(), name.toLowerCase(), reach)
}

let warehouseReads = 0

/** A table of the warehouse, read in place: it is in the same DuckDB. Its bytes are not handed over, so none are counted. */
async function openWarehouse(database: string, name: string, reach: FederatedReach): Promise<TableSource> {
  const tables = await reach.clients.warehouse.listTables({})
  const inSchema = tables.filter(({ schema }) => schema.toLowerCase() === database)
  const table = inSchema.find((one) => one.name.toLowerCase() === name)
  if (!table) throw missing('warehouse', database, name)
  const columns = table.columns.map(declaredColumn)
  const list = table.columns.map(({ name: own }) => `${identifier(own)} AS ${identifier(own.toLowerCase())}`)
  const from = ['warehouse', table.schema, table.name].map(identifier).join('.')
  // Nothing tells when a table has changed, so that no state of it is like another.
  return handedSource(database, name, columns, {
    sql: `(SELECT ${list.join(', ')} FROM ${from})`,
    stamp: `${reach.nowMs()} ${++warehouseReads}`,
  })
}

/** A stream's columns as they are staged, and as they are read. */
const STAGED: Readonly<Record<string, string>> = {
  partition_key: 'VARCHAR',
  sequence_number: 'VARCHAR',
  arrival_time: 'BIGINT',
  shard_id: 'VARCHAR',
  data: 'VARCHAR',
}
const READ: Readonly<Record<string, string>> = {
  arrival_time: 'make_timestamp_ms(arrival_time)',
  data: 'TRY(decode(from_base64("data")))',
  data_bytes: 'from_base64("data")',
}
/** Records of a shard that are read at a time, and kept for the next query. */
const WINDOW = 50_000

/**
 * The records that a stream keeps now, counted with the bytes that its shards hold of them. `data` is NULL where the bytes are no UTF-8.
 */
async function openStream(database: string, name: string, reach: FederatedReach): Promise<TableSource> {
  const streams = database === 'default' ? await reach.clients.stream.listStreams({}) : []
  const stream = streams.find((one) => one.name.toLowerCase() === name)
  if (!stream) throw missing('streams', database, name)
  const { shards, createdMs, arn } = await reach.clients.stream.describeStream({ stream: stream.name })
  const files: string[] = []
  let bytes = 0
  for (const shard of shards) {
    if (shard.state === 'EXPIRED') continue
    for (let from = shard.firstOffset; from < shard.nextOffset; ) {
      const to = Math.min(shard.nextOffset, (Math.floor(from / WINDOW) + 1) * WINDOW)
      const key = JSON.stringify([arn, createdMs, shard.shardId, from, to])
      const start = from
      files.push(await reach.staged.lines(key, () => recordsOf(stream.name, shard, start, to, reach)))
      from = to
    }
    bytes += shard.bytes
  }
  const stored = Object.entries(STAGED)
  const columns = stored.map(([own, type]) => `${literal(own)}: ${literal(type)}`)
  const select = STREAM_COLUMNS.map(({ name: own }) => `${READ[own] ?? own} AS ${identifier(own)}`).join(', ')
  const nothing = stored.map(([own, type]) => `CAST(NULL AS ${type}) AS ${identifier(own)}`)
  const from =
    files.length === 0
      ? `(SELECT ${nothing.join(', ')} WHERE false)`
      : `read_json([${files.map(literal).join(', ')}], format = 'newline_delimited', columns = {${columns.join(', ')}})`
  const tips = shards.map(({ shardId, firstOffset, nextOffset }) => [shardId, firstOffset, nextOffset])
  return handedSource(database, name, STREAM_COLUMNS, {
    sql: `(SELECT ${select} FROM ${from})`,
    stamp: JSON.stringify([arn, createdMs, tips]),
    handedBytes: bytes,
  })
}

async function* recordsOf(
  stream: string,
  shard: ShardInfo,
  from: number,
  to: number,
  { clients }: FederatedReach,
): AsyncGenerator<object> {
  const { shardId, index, createdMs } = shard
  for (let offset = from; offset < to; ) {
    const { batch, startOffset, nextOffset, arrivals } = await clients.stream.read({
      stream,
      shardId,
      position: { type: 'OFFSET', offset },
      maxRecords: Math.min(10_000, to - offset),
    })
    if (nextOffset <= offset) return
    for (let i = 0; i < batch.count; i++) {
      yield {
        partition_key: keyText(batch, i),
        sequence_number: sequenceNumber(index, startOffset + i, Math.floor(createdMs / 1000), arrivals[i]),
        arrival_time: arrivals[i],
        shard_id: shardId,
        data: Buffer.from(dataBytes(batch, i)).toString('base64'),
      }
    }
    offset = nextOffset
  }
}

/** A table whose rows are those of an expression of ours, not of files. */
export function handedSource(
  database: string,
  name: string,
  columns: readonly TableColumn[],
  { sql, stamp, handedBytes = 0 }: { sql: string; stamp: string; handedBytes?: number },
): TableSource {
  const table = federatedTable(database, name, columns)
  return {
    table,
    reads: [],
    fileCount: 0,
    sql: () => sql,
    markedColumns: table.columns.map((column) => ({ name: column.name, partition: false })),
    footers: () => {
      throw new Error('a federated table has no footers')
    },
    places: new Map(),
    beside: { stamp, bytes: handedBytes },
  }
}

function missing(catalog: string, database: string, name: string): EngineError {
  return new EngineError('TABLE_NOT_FOUND', `Table '${catalog}.${database}.${name}' does not exist`)
}
