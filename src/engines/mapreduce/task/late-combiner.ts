import { renameSync } from 'node:fs'
import { join } from 'node:path'
import type { Fn } from '../contract.ts'
import type { Segment, TaskOrder } from '../protocol.ts'
import { bytesAtMost, plain, RawText, textOf, type Value, writeValue } from './codec.ts'
import { keyAndValue } from './command.ts'
import type { Report } from './context.ts'
import { Groups } from './groups.ts'
import { Merger } from './merger.ts'
import { type Partitioner, partitionerOf } from './partitioner.ts'
import { commandReducer, type Reducer, sqlReducer } from './reducers.ts'
import { SegmentWriter } from './segments.ts'
import { sortKeyBytesAtMost, writeSortKey } from './sort-key.ts'
import { compareBytes } from './sorter.ts'

interface Combined {
  /** What of the key sorts, then the key; it sorts by itself where `sortLength` is 0. */
  readonly region: Buffer
  readonly sortLength: number
  readonly groupLength: number
  readonly value: Value
}

/**
 * Combines a map's whole output, partition after partition, by a command or SQL: neither can be asked in the midst of a sort. What a command
 * gives has to be in the order of what it got, as under Hadoop Streaming; what a query gives is sorted.
 */
export async function combineOutput(
  combine: Exclude<Fn, { kind: 'module' }>,
  segments: readonly Segment[],
  order: TaskOrder,
  report: Report,
): Promise<readonly Segment[]> {
  const file = join(order.directory, 'combined.out')
  const writer = new SegmentWriter(file)
  for (const [partition, segment] of segments.entries()) {
    const into = new Into(writer, partition, order, report)
    const groups = new Groups(new Merger(segment.records > 0 ? [segment] : []), true)
    const reducer = await reducerOf(combine, order, report, into)
    while (groups.next()) {
      const answer = reducer.reduce(groups)
      if (answer !== undefined) await answer
      into.flush()
      report.tick()
    }
    await reducer.cleanup()
    into.flush()
    groups.merger.close()
    report.count('COMBINE_INPUT_RECORDS', groups.records)
    writer.endPartition()
  }
  writer.close()
  renameSync(file, segments[0].file)
  return writer.segments.map((segment) => ({ ...segment, file: segments[0].file }))
}

async function reducerOf(
  combine: Exclude<Fn, { kind: 'module' }>,
  order: TaskOrder,
  report: Report,
  into: Into,
): Promise<Reducer> {
  if (combine.kind === 'sql')
    return sqlReducer(
      combine.text,
      order,
      (key, value) => into.hold(key, value),
      () => {},
    )
  const onLine = (line: Buffer) => {
    const [key, value] = keyAndValue(line)
    into.write(into.encode(key, value === null ? null : new RawText(value)))
  }
  return commandReducer(combine.argv, order, report, onLine, () => {})
}

/** What is combined of one partition, on its way into the file. */
class Into {
  private readonly writer: SegmentWriter
  private readonly partition: number
  private readonly partitioner: Partitioner | undefined
  private readonly spec: TaskOrder['spec']
  private readonly report: Report
  private last: Combined | undefined
  private held: Combined[] = []

  constructor(writer: SegmentWriter, partition: number, { spec }: TaskOrder, report: Report) {
    this.writer = writer
    this.partition = partition
    const own = typeof spec.partition === 'object' && spec.partition.kind === 'module'
    this.partitioner = own ? undefined : partitionerOf(spec)
    this.spec = spec
    this.report = report
  }

  /** Keeps a record until all of its batch can be sorted. */
  hold(key: Value, value: Value): void {
    this.held.push(this.encode(key, value))
  }

  flush(): void {
    if (this.held.length === 0) return
    for (const record of this.held.sort(compare)) this.write(record)
    this.held = []
  }

  encode(key: Value, value: Value): Combined {
    const { sort } = this.spec
    const bytes = key instanceof Uint8Array ? Buffer.from(key) : Buffer.from(textOf(key))
    if (!sort || sort.fields.length === 0)
      return { region: bytes, sortLength: 0, groupLength: bytes.length, value: plain(value) }
    const region = Buffer.alloc(sortKeyBytesAtMost(sort, bytes.length) + bytes.length)
    const { end, groupEnd } = writeSortKey(sort, bytes, 0, bytes.length, region, 0)
    bytes.copy(region, end)
    return {
      region: region.subarray(0, end + bytes.length),
      sortLength: end,
      groupLength: groupEnd,
      value: plain(value),
    }
  }

  write(record: Combined): void {
    const { region, sortLength, groupLength, value } = record
    const [writer, report, last] = [this.writer, this.report, this.last]
    const key = () => region.toString('utf8', sortLength)
    const order = last ? compare(last, record) : -1
    if (order > 0)
      throw new Error(
        `The combiner emitted the key ${key()} after ${last!.region.toString('utf8', last!.sortLength)}: what it emits is not sorted again, so it has to keep the order of keys.`,
      )
    const partition = this.partitioner?.(region, sortLength, region.length, 0, groupLength)
    if (partition !== undefined && partition !== this.partition)
      throw new Error(`The combiner emitted the key ${key()}, which is of another partition: it has to keep the keys.`)
    const scratch = Buffer.allocUnsafe(bytesAtMost(value))
    const end = writeValue(value, scratch, 0)
    if (last && order === 0 && last.region.equals(region)) writer.appendSame(scratch, 0, end)
    else writer.append(region, 0, region.length, sortLength, sortLength > 0 ? groupLength : 0, scratch, 0, end)
    this.last = record
    report.count('COMBINE_OUTPUT_RECORDS', 1)
    if (report.wantsSample('combined')) report.sample('combined', key(), value)
  }
}

const compare = (a: Combined, b: Combined): number => {
  const lengthOf = ({ region, sortLength }: Combined) => sortLength || region.length
  return compareBytes(a.region, 0, lengthOf(a), b.region, 0, lengthOf(b))
}
