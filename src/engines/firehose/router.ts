import { isAscii } from 'node:buffer'
import { EngineError } from '../kit/pure/errors.ts'
import { type JsonRecord, textOf, type Value } from '../kit/pure/expr/index.ts'
import { type Arrivals, recordAt, type Unit, unitAt } from './arrivals.ts'
import { type Buffers, OutputBuffer, type Sink } from './buffers.ts'
import { type Failure, type FailureContext, failureLine } from './failures.ts'
import { ACTIVE_PARTITIONS_MAX, type Destination } from './model.ts'
import { type ConversionSchema, ParquetBuilder } from './parquet/convert.ts'
import { type ErrorOutputType, PREFIX_CHARACTERS_MAX, partitionId } from './prefix.ts'
import type { Requests } from './requests.ts'
import { jsonPieces } from './unpack.ts'

/** What the router knows of a table now: its columns, or why they cannot be had. */
export type SchemaState = { readonly schema: ConversionSchema } | { readonly failure: string } | undefined

export interface RouterParts {
  readonly destination: Destination
  readonly buffers: Buffers
  readonly deliveryStream: string
  readonly schema: () => SchemaState
  readonly now: () => number
  /** Requests that were announced before the last stop: their records go together again. */
  readonly requests?: Requests
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const WHOLE = new Map<string, string>()
const NO_KEYS: Readonly<Record<string, string>> = {}
const NEW_LINE = new Uint8Array([10])

/** One record on its way: as it came, for counters and for the error prefix, and as it is now. */
interface Item extends Unit {
  readonly original: Uint8Array
  readonly content: Uint8Array
  /** Text of the content, decoded only where it is needed. */
  readonly text: () => string
  /** Partition keys that the transform gave. */
  readonly keys: Readonly<Record<string, string>>
}

/** Sends each record to the buffer of the object that it will be in: its partition's, or that of the failure it met. */
export class Router {
  private readonly parts: RouterParts
  private readonly needsJson: boolean
  private readonly partitions: boolean

  constructor(parts: RouterParts) {
    this.parts = parts
    const { config, partition, lambdaKeys } = parts.destination
    this.needsJson = config.conversion !== undefined || partition.length > 0
    this.partitions = partition.length + lambdaKeys.length > 0
  }

  /** Routes records as they came, without those that `skip` knows, by index, to be done. */
  routeBatch(arrivals: Arrivals, skip: (index: number) => boolean): void {
    const { data, ends } = arrivals
    const ascii =
      this.needsJson && isAscii(data)
        ? Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1')
        : undefined
    for (let i = 0; i < arrivals.count; i++) {
      if (skip(i)) continue
      const start = i === 0 ? 0 : ends[i - 1]
      const record = recordAt(arrivals, i)
      const text = ascii === undefined ? () => decoder.decode(record) : () => ascii.slice(start, ends[i])
      this.route({ ...unitAt(arrivals, i), original: record, content: record, text, keys: NO_KEYS })
    }
  }

  /** Routes one record whose content a transform has made. */
  routeTransformed(
    arrivals: Arrivals,
    index: number,
    content: Uint8Array,
    keys: Readonly<Record<string, string>> = NO_KEYS,
  ): void {
    this.route({ ...this.itemOf(arrivals, index), content, text: () => decoder.decode(content), keys })
  }

  fail(arrivals: Arrivals, index: number, type: ErrorOutputType, failure: Failure): void {
    this.failItem(this.itemOf(arrivals, index), type, failure)
  }

  drop(arrivals: Arrivals, index: number): void {
    const item = this.itemOf(arrivals, index)
    this.count(
      this.buffer('dropped', () => ({ id: 'dropped', track: 'main', outcome: 'dropped' })),
      item,
    )
  }

  backup(arrivals: Arrivals, skip: (position: number) => boolean): void {
    for (let i = 0; i < arrivals.count; i++) {
      if (skip(arrivals.first + i)) continue
      const item = this.itemOf(arrivals, i)
      const buffer = this.buffer('backup', () => ({ id: 'backup', track: 'backup', outcome: 'delivered' }))
      buffer.append(item.content, this.parts.destination.delimiter)
      this.count(buffer, item)
    }
  }

  private itemOf(arrivals: Arrivals, index: number): Item {
    const record = recordAt(arrivals, index)
    const text = () => decoder.decode(record)
    return { ...unitAt(arrivals, index), original: record, content: record, text, keys: NO_KEYS }
  }

  private route(item: Item): void {
    const { delimiter, endpoint } = this.parts.destination
    if (endpoint?.kind.pushes) {
      this.routeToEndpoint(item)
      return
    }
    if (!this.needsJson) {
      const buffer = this.partitions
        ? this.partitionBuffer(item, {})
        : this.buffer('main', () => ({ id: 'main', track: 'main', outcome: 'delivered' }))
      if (!buffer) return
      buffer.append(item.content, delimiter)
      if (buffer.count === 0) this.parts.buffers.add(buffer)
      this.count(buffer, item)
      return
    }
    let row: JsonRecord
    let text: string
    try {
      text = item.text()
      row = asRecord(JSON.parse(text))
    } catch (thrown) {
      this.routeUnparsed(item, thrown)
      return
    }
    this.routeRow(item, row, text)
  }

  /** Records for an endpoint are kept one by one. Those of a request that was under way at the last stop make that request again. */
  private routeToEndpoint(item: Item): void {
    const { requests, destination } = this.parts
    const again = requests?.of(item)
    const id = again ? `again/${again.id}` : 'main'
    const buffer = this.buffer(id, () => ({ id, track: 'main', outcome: 'delivered', endpoint: { again } }))
    const { origin, position, piece, of, rawBytes, arrivalMs, original } = item
    const content = destination.delimiter ? Buffer.concat([item.content, destination.delimiter]) : item.content
    buffer.keep({ origin, position, piece, of, rawBytes, arrivalMs, original, content })
    this.count(buffer, item)
  }

  private routeRow(item: Item, row: JsonRecord, text: string): void {
    const buffer = this.partitions ? this.partitionBuffer(item, row) : this.wholeBuffer(item)
    if (!buffer) return
    if (buffer.parquet) {
      const problem = buffer.parquet.add(row, () => text)
      if (problem !== undefined) {
        this.failItem(item, 'format-conversion-failed', conversion('DataFormatConversion.MalformedData', problem))
        return
      }
    } else buffer.append(item.content, this.parts.destination.delimiter)
    if (buffer.count === 0) this.parts.buffers.add(buffer)
    this.count(buffer, item)
  }

  /** Several JSON objects in one record are several rows, if all of them convert; anything else has failed. */
  private routeUnparsed(item: Item, thrown: unknown): void {
    const { config } = this.parts.destination
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    if (!config.conversion) {
      this.failItem(
        item,
        'processing-failed',
        processing('DynamicPartitioning.MetadataExtractionFailed', `The record is not a JSON object: ${message}`),
      )
      return
    }
    const rows = this.partitions ? undefined : concatenatedObjects(item)
    const buffer = rows && (this.parts.buffers.get('main') ?? this.openPartition(item, 'main', WHOLE))
    if (rows && !buffer) return
    const state = this.parts.schema()
    if (!rows || !buffer?.parquet || !state || 'failure' in state) {
      this.failItem(
        item,
        'format-conversion-failed',
        conversion('DataFormatConversion.ParseError', `The record is not a JSON object: ${message}`),
      )
      return
    }
    const trial = new ParquetBuilder(state.schema, 'UNCOMPRESSED')
    for (const { row, text } of rows) {
      const problem = trial.add(row, () => text)
      if (problem === undefined) continue
      this.failItem(item, 'format-conversion-failed', conversion('DataFormatConversion.MalformedData', problem))
      return
    }
    for (const { row, text } of rows) buffer.parquet.add(row, () => text)
    if (buffer.count === 0) this.parts.buffers.add(buffer)
    this.count(buffer, item)
  }

  private wholeBuffer(item: Item): OutputBuffer | undefined {
    return this.parts.buffers.get('main') ?? this.openPartition(item, 'main', WHOLE)
  }

  /** The buffer of a record's partition. Values are looked at closely only where they open a new one. */
  private partitionBuffer(item: Item, row: JsonRecord): OutputBuffer | undefined {
    const values = this.partitionOf(item, row)
    if (typeof values === 'string') return this.failPartition(item, values)
    let id = 'main'
    for (const value of values) id += `\u0000${value}`
    const open = this.parts.buffers.get(id)
    if (open) return open
    const { partition, lambdaKeys } = this.parts.destination
    const names = [...partition.map(({ name }) => name), ...lambdaKeys.map((key) => partitionId('lambda', key))]
    const unsafe = values.findIndex((value) => !isPathSafe(value))
    if (unsafe < 0) return this.openPartition(item, id, new Map(values.map((value, i) => [names[i], value])))
    const shown = JSON.stringify(values[unsafe].slice(0, 100))
    return this.failPartition(item, `Partition field ${names[unsafe]} is ${shown}, which cannot stand in a key.`)
  }

  private failPartition(item: Item, message: string): undefined {
    this.failItem(item, 'processing-failed', processing('DynamicPartitioning.MetadataExtractionFailed', message))
  }

  /** The values of the partition fields and of the transform's keys, or why a record has none. */
  private partitionOf(item: Item, row: JsonRecord): string[] | string {
    const values: string[] = []
    for (const { name, evaluate } of this.parts.destination.partition) {
      let value: Value
      try {
        value = evaluate(row)
      } catch (thrown) {
        if (thrown instanceof EngineError) return `Partition field ${name}: ${thrown.message}`
        throw thrown
      }
      if (value === null) return `Partition field ${name} is null for this record.`
      values.push(textOf(value))
    }
    for (const key of this.parts.destination.lambdaKeys) {
      if (!Object.hasOwn(item.keys, key)) return `The transform gave no partition key ${key} for this record.`
      values.push(item.keys[key])
    }
    return values
  }

  /** A new buffer for a partition, not yet open; undefined where the record had to fail instead. */
  private openPartition(item: Item, id: string, partition: ReadonlyMap<string, string>): OutputBuffer | undefined {
    const { destination, buffers } = this.parts
    const partitioned = this.partitions
    if (partitioned && buffers.partitions >= ACTIVE_PARTITIONS_MAX) {
      const message = `More than ${ACTIVE_PARTITIONS_MAX} partitions are active.`
      this.failItem(
        item,
        'activePartitionExceeded',
        processing('DynamicPartitioning.ActivePartitionsLimitExceeded', message),
      )
      return undefined
    }
    const prefix = partitioned
      ? destination.prefix.evaluate({ timeMs: 0, random: () => 'x'.repeat(11), partition })
      : ''
    if (prefix.length > PREFIX_CHARACTERS_MAX) {
      const message = `The prefix of this record's partition has more than ${PREFIX_CHARACTERS_MAX} characters.`
      this.failItem(item, 'processing-failed', processing('DynamicPartitioning.MetadataExtractionFailed', message))
      return undefined
    }
    const sink: Sink = { id, track: 'main', outcome: 'delivered', ...(partitioned && { partition }) }
    const { conversion: wanted } = destination.config
    if (!wanted) return new OutputBuffer(sink, undefined)
    const state = this.parts.schema()
    if (state && 'schema' in state)
      return new OutputBuffer(sink, new ParquetBuilder(state.schema, wanted.parquetCompression))
    this.failItem(
      item,
      'format-conversion-failed',
      conversion('DataFormatConversion.InvalidTable', state?.failure ?? 'The table is not known.'),
    )
    return undefined
  }

  private failItem(item: Item, type: ErrorOutputType, failure: Failure): void {
    const { destination, deliveryStream, now } = this.parts
    const { conversion: wanted, transform } = destination.config
    const context: FailureContext = {
      arrivalMs: item.arrivalMs,
      endedMs: now(),
      deliveryStream,
      ...(wanted && { conversion: { database: wanted.database, table: wanted.table } }),
      ...(transform?.language === 'function' && { function: transform.function }),
    }
    const buffer = this.buffer(`failed/${type}`, () => ({
      id: `failed/${type}`,
      track: 'main',
      outcome: 'failed',
      errorType: type,
    }))
    buffer.append(encoder.encode(failureLine(failure, item.original, context)), NEW_LINE)
    this.count(buffer, item)
  }

  private buffer(id: string, sink: () => Sink): OutputBuffer {
    return this.parts.buffers.get(id) ?? this.parts.buffers.add(new OutputBuffer(sink(), undefined))
  }

  private count(buffer: OutputBuffer, item: Item): void {
    buffer.add(item, item.original.length)
    this.parts.buffers.check(buffer)
  }
}

const processing = (code: string, message: string): Failure => ({ code, message, attempts: 1, form: 'processing' })
const conversion = (code: string, message: string): Failure => ({ code, message, attempts: 1, form: 'conversion' })

function asRecord(value: unknown): JsonRecord {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonRecord
  throw new SyntaxError(`this is ${Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`}`)
}

/** Whether a value can stand in an object's key without leaving its prefix. */
function isPathSafe(text: string): boolean {
  return (
    text !== '' &&
    !/[\u0000-\u001f\u007f]/.test(text) &&
    text.isWellFormed() &&
    !text.split('/').some((part) => part === '.' || part === '..' || part === '')
  )
}

/** `{"a":1}{"a":2}`: the objects of a record that holds nothing else; undefined where it is not that. */
function concatenatedObjects(item: Item): { row: JsonRecord; text: string }[] | undefined {
  const pieces = jsonPieces(item.content)
  if (typeof pieces === 'string' || pieces.length < 2) return undefined
  try {
    return pieces.map((piece) => {
      const text = decoder.decode(piece)
      return { row: asRecord(JSON.parse(text)), text }
    })
  } catch {
    return undefined
  }
}
