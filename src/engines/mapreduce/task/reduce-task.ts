import { FILE_COUNTER, OUTPUT_COUNTER, type Segment, type TaskOrder, type TaskResult } from '../protocol.ts'
import { hold, tell } from './channel.ts'
import { readValue, type Value } from './codec.ts'
import { contextOf, type Report, shown } from './context.ts'
import { load, type ReduceFunction } from './functions.ts'
import { decoding, Groups, Values } from './groups.ts'
import { Merger, mergeDown } from './merger.ts'
import { OutputWriter, partName } from './output.ts'
import { commandReducer, type Reducer, sqlReducer } from './reducers.ts'

type ReduceOrder = Extract<TaskOrder, { kind: 'reduce' }>

const TICK_RECORDS = 1024
/** Values of a group that are shown at a breakpoint. */
const HELD_VALUES = 100

/** Merges a partition of all maps' outputs and takes it group by group through the reduce. */
export async function runReduce(order: ReduceOrder, report: Report): Promise<TaskResult> {
  const { spec, segments, directory, task } = order
  const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0)
  const records = segments.reduce((sum, segment) => sum + segment.records, 0)
  report.count('SHUFFLED_MAPS', segments.length)
  report.count('REDUCE_SHUFFLE_BYTES', bytes)
  report.countIn(FILE_COUNTER, 'FILE_BYTES_READ', bytes)
  report.phase = 'sort'
  report.progress = 1 / 3
  report.tick()
  const filled = segments.filter((segment) => segment.records > 0)
  const merger = new Merger(mergeDown(filled as Segment[], spec.sortFactor, directory, 'shuffle'))
  report.phase = 'reduce'
  const groups = new Groups(merger)
  const writer = new OutputWriter(directory, partName('reduce', task, spec.output), spec.output)
  const reducer = await reducerOf(order, report, writer)
  const breakpoints = new Set(keysOf(order))
  const tick = () => {
    report.progress = 2 / 3 + groups.records / Math.max(1, records) / 3
    report.task.REDUCE_INPUT_RECORDS = groups.records
    report.task.REDUCE_OUTPUT_RECORDS = writer.records
    report.tick()
  }
  await reducer.setup()
  let groupCount = 0
  for (let nextTick = TICK_RECORDS; groups.next(); groupCount++) {
    if (breakpoints.size > 0) stand(order, groups, breakpoints)
    const answer = reducer.reduce(groups)
    if (answer !== undefined) await answer
    if (groups.records < nextTick) continue
    nextTick = groups.records + TICK_RECORDS
    tick()
  }
  await reducer.cleanup()
  merger.close()
  writer.close()
  tick()
  report.count('REDUCE_INPUT_GROUPS', groupCount)
  report.countIn(OUTPUT_COUNTER, 'BYTES_WRITTEN', writer.bytes)
  report.progress = 1
  return { ...report.take(), segments: [], output: writer.file, heaviest: [], samples: report.takeSamples() }
}

const keysOf = ({ breakpoints }: ReduceOrder): string[] =>
  breakpoints.filter(({ stage }) => stage === 'reduce').map(({ key }) => key)

async function reducerOf(order: ReduceOrder, report: Report, writer: OutputWriter): Promise<Reducer> {
  const { spec } = order
  const form = decoding(spec.records)
  const emit = (key: Value, value: Value) => {
    if (report.wantsSample('reduceOutput')) report.sample('reduceOutput', key, value)
    writer.write(key, value)
  }
  const keyOf = ({ merger }: Groups): Value => {
    const { key, sortLength, keyLength } = merger.current
    return form.key(key, sortLength, keyLength)
  }
  const valueAt = ({ merger }: Groups): Value => {
    const { buffer, valueStart, valueLength } = merger.current
    return form.value(buffer, valueStart, valueStart + valueLength)
  }
  const sampled = (groups: Groups, value: Value): Value => {
    if (report.wantsSample('reduceInput')) report.sample('reduceInput', keyOf(groups), value)
    return value
  }
  const { reduce } = spec
  if (reduce?.kind === 'module') {
    const loaded = await load<ReduceFunction>(reduce, 'reduce', order.workspaceDirectory)
    let standing: Groups | undefined
    const context = Object.defineProperty(contextOf(order, report, emit), 'key', {
      // With secondary sort the key changes while the values of its group go by.
      get: () => (standing ? keyOf(standing) : undefined),
    })
    const { run } = loaded
    return {
      setup: () => loaded.setup?.(context),
      reduce(groups) {
        standing = groups
        return run(
          keyOf(groups),
          new Values(
            () => groups.step(),
            () => sampled(groups, valueAt(groups)),
          ),
          context,
        )
      },
      cleanup: () => loaded.cleanup?.(context),
    }
  }
  if (reduce?.kind === 'command') {
    const onLine = (line: Buffer) => {
      if (report.wantsSample('reduceOutput')) report.sample('reduceOutput', null, line.toString('utf8'))
      writer.writeLine(line)
    }
    return commandReducer(reduce.argv, order, report, onLine, (groups) => sampled(groups, null))
  }
  if (reduce?.kind === 'sql') return sqlReducer(reduce.text, order, emit, (groups) => sampled(groups, valueAt(groups)))
  return {
    setup() {},
    reduce(groups) {
      while (groups.step()) {
        const { key, sortLength, keyLength } = groups.merger.current
        const own = keyLength === sortLength ? null : key.subarray(sortLength, keyLength)
        emit(own, sampled(groups, valueAt(groups)))
      }
    },
    cleanup() {},
  }
}

/** Stands before a group that the user wants to look at. Its first values are read from a second merge, so that none is used up. */
function stand(order: ReduceOrder, groups: Groups, keys: ReadonlySet<string>): void {
  const { key, sortLength, keyLength } = groups.merger.current
  const text = key.utf8Slice(sortLength, keyLength)
  if (!keys.has(text)) return
  const beside = new Merger(order.segments.filter(({ records }) => records > 0))
  const look = new Groups(beside)
  const values: string[] = []
  while (look.next()) {
    const { current } = beside
    if (current.key.utf8Slice(current.sortLength, current.keyLength) !== text) continue
    while (values.length < HELD_VALUES && look.step()) {
      const { buffer, valueStart, valueLength } = beside.current
      values.push(shown(readValue(buffer, valueStart, valueStart + valueLength)))
    }
    break
  }
  beside.close()
  tell({ type: 'held', held: { attempt: order.attempt, stage: 'reduce', key: text, values } })
  hold()
}
