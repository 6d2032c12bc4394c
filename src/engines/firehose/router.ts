import { isAscii } from 'node:buffer'
import { EngineError } from '../kit/pure/errors.ts'
import { type JsonRecord, textOf, type Value } from '../kit/pure/expr/index.ts'
import { type Arrivals, arrivalAt, recordAt } from './arrivals.ts'
import { type Buffers, OutputBuffer, type Sink } from './buffers.ts'
import { type Failure, type FailureContext, failureLine } from './failures.ts'
import { ACTIVE_PARTITIONS_MAX, type Destination } from './model.ts'
import { type ConversionSchema, ParquetBuilder } from './parquet/convert.ts'
import { type ErrorOutputType, PREFIX_CHARACTERS_MAX } from './prefix.ts'

/** What the router knows of a table now: its columns, or why they cannot be had. */
export type SchemaState = { readonly schema: ConversionSchema } | { readonly failure: string } | undefined

export interface RouterParts {
  readonly destination: Destination
  readonly buffers: Buffers
  readonly deliveryStream: string
  readonly schema: () => SchemaState
  readonly now: () => number
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const WHOLE = new Map<string, string>()

/** One record on its way: as it came, for counters and for the error prefix, and as it is now. */
interface Item {
  readonly origin: string
  readonly position: number
  readonly arrivalMs: number
  readonly original: Uint8Array
  readonly content: Uint8Array
  /** Text of the content, decoded only where it is needed. */
  readonly text: () => string
}

/** Sends each record to the buffer of the object that it will be in: its partition's, or that of the failure it met. */
export class Router {
  private readonly parts: RouterParts
  private readonly needsJson: boolean

  constructor(parts: RouterParts) {
    this.parts = parts
    this.needsJson = parts.destination.config.conversion !== undefined || parts.destination.partition.length > 0
  }

  /** Routes records as they came, without those that `skip` knows to be done. */
  routeBatch(arrivals: Arrivals, skip: (position: number) => boolean): void {
    const { data, ends } = arrivals
    const ascii =
      this.needsJson && isAscii(data)
        ? Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1')
        : undefined
    for (let i = 0; i < arrivals.count; i++) {
      const position = arrivals.first + i
      if (skip(position)) continue
      const record = recordAt(arrivals, i)
      const start = i === 0 ? 0 : ends[i - 1]
      const text = ascii === undefined ? () => decoder.decode(record) : () => ascii.slice(start, ends[i])
      this.route({
        origin: arrivals.origin,
        position,
        arrivalMs: arrivalAt(arrivals, i),
        original: record,
        content: record,
        text,
      })
    }
  }

  /** Routes one record whose content a transform has made. */
  routeTransformed(arrivals: Arrivals, index: number, content: Uint8Array): void {
    const item = { ...this.itemOf(arrivals, index), content, text: () => decoder.decode(content) }
    this.route(item)
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
      buffer.append(item.content, this.parts.destination.config.appendDelimiter)
      this.count(buffer, item)
    }
  }

  private itemOf(arrivals: Arrivals, index: number): Item {
    const record = recordAt(arrivals, index)
    return {
      origin: arrivals.origin,
      position: arrivals.first + index,
      arrivalMs: arrivalAt(arrivals, index),
      original: record,
      content: record,
      text: () => decoder.decode(record),
    }
  }

  private route(item: Item): void {
    if (!this.needsJson) {
      const buffer = this.buffer('main', () => ({ id: 'main', track: 'main', outcome: 'delivered' }))
      buffer.append(item.content, this.parts.destination.config.appendDelimiter)
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

  private routeRow(item: Item, row: JsonRecord, text: string): void {
    const buffer =
      this.parts.destination.partition.length > 0 ? this.partitionBuffer(item, row) : this.wholeBuffer(item)
    if (!buffer) return
    if (buffer.parquet) {
      const problem = buffer.parquet.add(row, () => text)
      if (problem !== undefined) {
        this.failItem(item, 'format-conversion-failed', conversion('DataFormatConversion.MalformedData', problem))
        return
      }
    } else buffer.append(item.content, this.parts.destination.config.appendDelimiter)
    if (buffer.records === 0) this.parts.buffers.add(buffer)
    this.count(buffer, item)
  }

  /** Several JSON objects in one record are several rows, if all of them convert; anything else has failed. */
  private routeUnparsed(item: Item, thrown: unknown): void {
    const { config, partition } = this.parts.destination
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    if (!config.conversion) {
      this.failItem(
        item,
        'processing-failed',
        processing('DynamicPartitioning.MetadataExtractionFailed', `The record is not a JSON object: ${message}`),
      )
      return
    }
    const rows = partition.length === 0 ? concatenatedObjects(item) : undefined
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
    if (buffer.records === 0) this.parts.buffers.add(buffer)
    this.count(buffer, item)
  }

  private wholeBuffer(item: Item): OutputBuffer | undefined {
    return this.parts.buffers.get('main') ?? this.openPartition(item, 'main', WHOLE)
  }

  /** The buffer of a record's partition. Values are looked at closely only where they open a new one. */
  private partitionBuffer(item: Item, row: JsonRecord): OutputBuffer | undefined {
    const values = this.partitionOf(row)
    if (typeof values !== 'string') {
      let id = 'main'
      for (const value of values) id += `\u0000${value}`
      const open = this.parts.buffers.get(id)
      if (open) return open
      const names = this.parts.destination.partition.map(({ name }) => name)
      const unsafe = values.findIndex((value) => !isPathSafe(value))
      if (unsafe < 0) return this.openPartition(item, id, new Map(values.map((value, i) => [names[i], value])))
      const shown = JSON.stringify(values[unsafe].slice(0, 100))
      return this.failPartition(item, `Partition field ${names[unsafe]} is ${shown}, which cannot stand in a key.`)
    }
    return this.failPartition(item, values)
  }

  private failPartition(item: Item, message: string): undefined {
    this.failItem(item, 'processing-failed', processing('DynamicPartitioning.MetadataExtractionFailed', message))
  }

  /** The values of the partition fields, or why a record has none. */
  private partitionOf(row: JsonRecord): string[] | string {
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
    return values
  }

  /** A new buffer for a partition, not yet open; undefined where the record had to fail instead. */
  private openPartition(item: Item, id: string, partition: ReadonlyMap<string, string>): OutputBuffer | undefined {
    const { destination, buffers } = this.parts
    const partitioned = destination.partition.length > 0
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
    const wanted = destination.config.conversion
    const context: FailureContext = {
      arrivalMs: item.arrivalMs,
      endedMs: now(),
      deliveryStream,
      ...(wanted && { conversion: { database: wanted.database, table: wanted.table } }),
    }
    const buffer = this.buffer(`failed/${type}`, () => ({
      id: `failed/${type}`,
      track: 'main',
      outcome: 'failed',
      errorType: type,
    }))
    buffer.append(encoder.encode(failureLine(failure, item.original, context)), true)
    this.count(buffer, item)
  }

  private buffer(id: string, sink: () => Sink): OutputBuffer {
    return this.parts.buffers.get(id) ?? this.parts.buffers.add(new OutputBuffer(sink(), undefined))
  }

  private count(buffer: OutputBuffer, item: Item): void {
    buffer.count(item.origin, item.position, item.original.length, item.arrivalMs)
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
  let text: string
  try {
    text = item.text()
  } catch {
    return undefined
  }
  const rows: { row: JsonRecord; text: string }[] = []
  let [depth, start, quoted] = [0, -1, false]
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (quoted) {
      if (c === '\\') i++
      else if (c === '"') quoted = false
    } else if (c === '"') {
      if (depth === 0) return undefined
      quoted = true
    } else if (c === '{' || c === '[') {
      if (depth++ === 0) start = i
    } else if (c === '}' || c === ']') {
      if (--depth > 0) continue
      if (depth < 0) return undefined
      const piece = text.slice(start, i + 1)
      try {
        rows.push({ row: asRecord(JSON.parse(piece)), text: piece })
      } catch {
        return undefined
      }
    } else if (depth === 0 && !/\s/.test(c)) return undefined
  }
  return depth === 0 && !quoted && rows.length > 1 ? rows : undefined
}
