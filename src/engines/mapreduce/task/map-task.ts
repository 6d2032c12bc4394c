import { FILE_COUNTER, INPUT_COUNTER, OUTPUT_COUNTER, type TaskOrder, type TaskResult } from '../protocol.ts'
import { Aggregator } from './aggregator.ts'
import { hold, tell } from './channel.ts'
import { RawText, textOf, type Value } from './codec.ts'
import { Collector } from './collector.ts'
import { Combiner } from './combiner.ts'
import { Command, keyAndValue } from './command.ts'
import { type Context, contextOf, type Report, shown } from './context.ts'
import { type Loaded, load, type MapFunction, type ReduceFunction } from './functions.ts'
import { decoding } from './groups.ts'
import { HeavyKeys } from './heavy-keys.ts'
import { combineOutput } from './late-combiner.ts'
import { OutputWriter, partName } from './output.ts'
import { partitionerOf } from './partitioner.ts'
import { batchesOf } from './records.ts'
import { Spills } from './spills.ts'

type MapOrder = Extract<TaskOrder, { kind: 'map' }>

const MIB = 1024 * 1024
/** Records after which a task looks at the clock. */
const TICK_RECORDS = 1024

/** The buffer of the process, and the table before it: one job's tasks use them one after the other. */
let collector: Collector | undefined
let aggregator: Aggregator | undefined

/** Gives the memory of the sort buffer back: a process whose job has come to its reduces hardly sorts again. */
export function releaseBuffers(): void {
  collector = undefined
  aggregator = undefined
}

/** Takes the records of a split through the map into a file for each attempt: sorted by partition, or the output where nothing reduces. */
export async function runMap(order: MapOrder, report: Report): Promise<TaskResult> {
  const { spec, split } = order
  const sink = spec.reducers === 0 ? outputSink(order, report) : await shuffleSink(order, report)
  let sampling = true
  const emit = withBreakpoints(order, (key, value) => {
    if (sampling) {
      report.sample('mapOutput', key, value)
      sampling = report.wantsSample('mapOutput')
    }
    sink.emit(key, value)
  })
  const context = contextOf(order, report, emit.emit)
  const mapper = await mapperOf(order, report, context)
  await mapper.setup()
  let records = 0
  let bytes = 0
  for await (const batch of batchesOf(spec.input, split, spec.records === 'bytes')) {
    for (let i = 0; i < batch.count; i++) {
      const key = batch.key(i)
      const value = batch.value(i)
      emit.input = { key, value }
      if (report.wantsSample('mapInput')) report.sample('mapInput', key, value)
      const answer = mapper.map(key, value)
      if (answer !== undefined) await answer
      if (++records % TICK_RECORDS === 0) tick()
    }
    bytes = batch.bytes
    tick()
  }
  await mapper.cleanup()
  function tick(): void {
    report.progress = (bytes / Math.max(1, split.length)) * 0.9
    report.task.MAP_INPUT_RECORDS = records
    report.task.MAP_OUTPUT_RECORDS = sink.records
    report.task.MAP_OUTPUT_BYTES = sink.bytes
    report.tick()
  }
  tick()
  report.count('SPLIT_RAW_BYTES', Buffer.byteLength(`${split.uri}:${split.offset}+${split.length}`))
  report.countIn(INPUT_COUNTER, 'BYTES_READ', split.length)
  report.countIn(FILE_COUNTER, `${schemeOf(split.uri)}_BYTES_READ`, split.length)
  const made = await sink.finish()
  report.task.MAP_OUTPUT_RECORDS = sink.records
  report.task.MAP_OUTPUT_BYTES = sink.bytes
  report.progress = 1
  return { ...report.take(), ...made, samples: report.takeSamples() }
}

const schemeOf = (uri: string): string => uri.slice(0, uri.indexOf(':')).toUpperCase()

type Made = Pick<TaskResult, 'segments' | 'output' | 'heaviest'>

interface Sink {
  readonly records: number
  readonly bytes: number
  emit(key: Value, value: Value): void
  finish(): Made | Promise<Made>
}

function outputSink({ directory, spec, task }: MapOrder, report: Report): Sink {
  const writer = new OutputWriter(directory, partName('map', task, spec.output), spec.output)
  return {
    get records() {
      return writer.records
    },
    get bytes() {
      return writer.bytes
    },
    emit: (key, value) => writer.write(key, value),
    finish() {
      writer.close()
      report.countIn(OUTPUT_COUNTER, 'BYTES_WRITTEN', writer.bytes)
      return { segments: [], output: writer.file, heaviest: [] }
    },
  }
}

async function shuffleSink(order: MapOrder, report: Report): Promise<Sink> {
  const { spec, directory, workspaceDirectory } = order
  const { partition, combine, sort, reducers, sortFactor, memoryMiB } = spec
  const ownPartition =
    typeof partition === 'object' && partition.kind === 'module'
      ? await load<(key: Value, value: Value, partitions: number) => number>(partition, 'partition', workspaceDirectory)
      : undefined
  const form = decoding(spec.records)
  const combiner =
    combine?.kind === 'module'
      ? new Combiner(await load<ReduceFunction>(combine, 'combine', workspaceDirectory), order, report)
      : undefined
  const sorting = sort && sort.fields.length > 0 ? sort : undefined
  const memoryBytes = memoryMiB * MIB
  collector ??= new Collector({
    memoryBytes,
    partitions: reducers,
    sort: sorting,
    partitioner: ownPartition ? () => 0 : partitionerOf(spec),
    choose: ownPartition?.run,
  })
  const own = collector
  const heavy = new HeavyKeys(reducers, sort)
  const spills = new Spills({
    directory,
    collector: own,
    combiner,
    report,
    heavy,
    decoding: form,
    sort: sorting,
    sortFactor,
  })
  own.begin(() => {
    spills.spill()
    report.tick()
  })
  // A partition function sees each value, and bytes are no text: then nothing is combined before it is in the sort buffer.
  const early = combiner && !ownPartition && spec.records === 'auto' ? combiner : undefined
  if (early) {
    aggregator ??= new Aggregator(own, memoryBytes)
    aggregator.begin(early)
  }
  const counted = aggregator ?? own
  return {
    get records() {
      return counted.records
    },
    get bytes() {
      return counted.bytes
    },
    emit: (key, value) => counted.emit(key, value),
    async finish() {
      aggregator?.drain()
      const sorted = spills.finish()
      const late = combine && combine.kind !== 'module' ? combine : undefined
      const segments = late ? await combineOutput(late, sorted, order, report) : sorted
      const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0)
      report.count('MAP_OUTPUT_MATERIALIZED_BYTES', bytes)
      report.countIn(FILE_COUNTER, 'FILE_BYTES_WRITTEN', bytes)
      report.countIn('Millrace', 'SPILLS', spills.count)
      return { segments, output: null, heaviest: heavy.told(segments) }
    },
  }
}

interface Mapper {
  setup(): unknown
  map(key: Value, value: Value): unknown
  cleanup(): unknown
}

async function mapperOf(order: MapOrder, report: Report, context: Context): Promise<Mapper> {
  const { map, input } = order.spec
  if (map?.kind === 'module') {
    const loaded: Loaded<MapFunction> = await load(map, 'map', order.workspaceDirectory)
    const { run } = loaded
    return {
      setup: () => loaded.setup?.(context),
      map: (key, value) => run(key, value, context),
      cleanup: () => loaded.cleanup?.(context),
    }
  }
  if (map?.kind === 'command') {
    const command = new Command(map.argv, order, report, (line) => {
      const [key, value] = keyAndValue(line)
      context.emit(key, value === null ? null : new RawText(value))
    })
    // The place of a line in its file says nothing to a command: it gets the line alone.
    const withKey = input.format === 'keyValue' || input.format === 'wholeFile'
    return {
      setup() {},
      map(key, value) {
        if (withKey) {
          command.write(textOf(key))
          command.write('\t')
        }
        command.write(value instanceof Uint8Array ? value : textOf(value))
        command.write('\n')
        return command.isBehind ? command.catchUp() : undefined
      },
      cleanup: () => command.end(),
    }
  }
  if (map?.kind === 'sql') {
    const { SqlFunction } = await import('./sql.ts')
    const sql = await SqlFunction.open(map.text, order.directory, context.emit)
    return {
      setup() {},
      map(key, value) {
        sql.add(key, value)
        return sql.isFull ? sql.run() : undefined
      },
      cleanup: () => sql.end(),
    }
  }
  return { setup() {}, map: (key, value) => context.emit(key, value), cleanup() {} }
}

interface Breaking {
  emit: Context['emit']
  input: { key: Value; value: Value } | undefined
}

/** Stands where a key is emitted that the user wants to look at. */
function withBreakpoints({ breakpoints, attempt }: MapOrder, emit: Context['emit']): Breaking {
  const keys = new Set(breakpoints.filter(({ stage }) => stage === 'map').map(({ key }) => key))
  if (keys.size === 0) return { emit, input: undefined }
  const breaking: Breaking = {
    input: undefined,
    emit(key, value) {
      if (keys.has(textOf(key))) {
        const { input } = breaking
        const held = {
          attempt,
          stage: 'map' as const,
          key: shown(key),
          values: [shown(value)],
          ...(input && { input: { key: shown(input.key), value: shown(input.value) } }),
        }
        tell({ type: 'held', held })
        hold()
      }
      emit(key, value)
    },
  }
  return breaking
}
