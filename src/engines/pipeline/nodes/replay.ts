import { z } from 'zod'
import type { RecordBatch } from '../../kit/pure/batch.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { type ConfigProblem, defineNode, type NodeContext, type RecordsOutput, ui } from './define.ts'
import { encodeAll, joinBatches, sliceBatch } from './kit/rows.ts'

export const replayConfig = z.object({
  file: z
    .string()
    .min(1, 'Choose the file to replay.')
    .default('sample:flights-3m.parquet')
    .meta(
      ui({
        label: 'File',
        editor: 'file',
        help: 'Parquet, CSV or JSON: a path inside the workspace, s3://bucket/key in the lake, sample:<name>, or file:///path for one of this machine.',
      }),
    ),
  format: z
    .enum(['auto', 'parquet', 'csv', 'json'])
    .default('auto')
    .meta(ui({ label: 'Format', options: { auto: 'By the name', parquet: 'Parquet', csv: 'CSV', json: 'JSON' } })),
  keyColumn: z
    .string()
    .default('')
    .meta(
      ui({
        label: 'Partition key column',
        help: 'Its value decides the shard of a record. Without one, the number of the row does.',
      }),
    ),
  timeColumn: z
    .string()
    .default('')
    .meta(
      ui({
        label: 'Event time column',
        section: 'Pace',
        help: 'Rows leave at the pace of these times. Rows without a time leave with the row before them.',
      }),
    ),
  sort: z
    .boolean()
    .default(false)
    .meta(
      ui({
        label: 'Sort by event time',
        section: 'Pace',
        help: 'For files that do not lie in the order of their times. The whole file is sorted before the first row leaves.',
      }),
    ),
  speed: z
    .number()
    .positive()
    .nullable()
    .default(1)
    .meta(
      ui({
        label: 'Event time speed',
        section: 'Pace',
        unit: '×',
        help: 'Seconds of event time that pass in one second of the clock. Empty: as fast as what follows can take.',
      }),
    ),
  rate: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .meta(
      ui({
        label: 'Rate without event time',
        section: 'Pace',
        unit: 'records/s',
        help: 'Used where no event time column is set. Empty: as fast as what follows can take.',
      }),
    ),
  limit: z
    .number()
    .int()
    .positive()
    .nullable()
    .default(null)
    .meta(ui({ label: 'At most', unit: 'rows', help: 'Stops after so many rows. Empty: the whole file.' })),
  delimiter: z
    .string()
    .max(1)
    .default('')
    .meta(ui({ label: 'Delimiter', section: 'CSV', placeholder: 'found by itself', help: 'One character.' })),
  header: z
    .enum(['auto', 'yes', 'no'])
    .default('auto')
    .meta(
      ui({
        label: 'First line',
        section: 'CSV',
        options: { auto: 'Found by itself', yes: 'Names the columns', no: 'Is a row' },
      }),
    ),
})

/** How finely records are let go, engine milliseconds: as a producer that sends what has come together a few times a second. */
const TICK_MS = 250
/** A replay faster than this is no likeness of its producers' pace any more: it is let go once a second, in fewer, larger batches. */
const FAST_SPEED = 100
const FAST_TICK_MS = 1000
/** Rows asked of the file at a time; more where they leave at once. */
const BATCH_ROWS = 2000
const BATCH_ROWS_AT_ONCE = 5000

type Config = z.output<typeof replayConfig>
type ReplayContext = NodeContext<Config>
interface ReplayPlan {
  /** Rows of the file once, and of the whole replay, where they are known. */
  readonly fileRows: number | null
  readonly totalRows: number | null
}

function sourceOf({ file, format, delimiter, header }: Config) {
  const csv = { ...(delimiter && { delimiter }), ...(header !== 'auto' && { header: header === 'yes' }) }
  return { uri: file, format, csv }
}

function problems({ timeColumn, sort, rate }: Config): ConfigProblem[] {
  const found: ConfigProblem[] = []
  if (timeColumn && rate !== null)
    found.push({
      field: 'rate',
      severity: 'warning',
      message: 'Not used: the rows leave at the pace of their event times.',
    })
  if (sort && !timeColumn) found.push({ field: 'sort', message: 'Name the event time column to sort by.' })
  return found
}

async function replayFile(context: ReplayContext, plan: ReplayPlan): Promise<void> {
  const { config, clients, meter, scale } = context
  const out = context.out('out')
  if (!out) return
  const cut = cutterOf(context, plan)
  const leaving = new Leaving(context, out, plan)
  let seen = 0
  let badRows = 0
  const rows = clients.catalog.scan(
    {
      ...sourceOf(config),
      ...(config.sort && { orderBy: config.timeColumn }),
      ...(config.keyColumn && { keyColumn: config.keyColumn }),
      ...(config.timeColumn && { timeColumn: config.timeColumn }),
      ...(config.limit && { limit: config.limit }),
      scale,
      batchRows: cut === atOnce ? BATCH_ROWS_AT_ONCE : BATCH_ROWS,
    },
    { signal: context.signal },
  )
  for await (const item of rows) {
    const batch = keyed(item.batch, config.keyColumn, seen)
    if (item.badRows > badRows) {
      meter.failed(item.badRows - badRows)
      badRows = item.badRows
      meter.note(
        `${badRows} broken rows left out${item.firstBadRow ? `, the first in line ${item.firstBadRow.line}` : ''}`,
      )
    }
    for (let from = 0; from < batch.count; ) {
      const { to, tickMs } = cut(batch, item.times, from, seen)
      if (!(await leaving.add(sliceBatch(batch, from, to), tickMs))) return
      seen += to - from
      from = to
    }
  }
  if (await leaving.go()) meter.progress(1)
}

/**
 * What leaves at one tick, put together before time reaches it: the file is read ahead while the clock is held, so that what goes
 * together and when depends on the file and the clock alone, never on how quickly a disk answers.
 */
class Leaving {
  private readonly context: ReplayContext
  private readonly out: RecordsOutput
  private readonly plan: ReplayPlan
  private parts: RecordBatch[] = []
  private rows = 0
  private tickMs: number | null = null
  private sent = 0

  constructor(context: ReplayContext, out: RecordsOutput, plan: ReplayPlan) {
    this.context = context
    this.out = out
    this.plan = plan
  }

  /** Sends what leaves before these rows; without a tick they leave at once. False when the source shall stop. */
  async add(batch: RecordBatch, tickMs: number | null): Promise<boolean> {
    const apart = tickMs !== this.tickMs || this.rows >= BATCH_ROWS_AT_ONCE
    if (apart && !(await this.go())) return false
    this.parts.push(batch)
    this.rows += batch.count
    this.tickMs = tickMs
    return tickMs === null ? this.go() : true
  }

  async go(): Promise<boolean> {
    const { parts, tickMs } = this
    const { clock, meter, stopping } = this.context
    if (parts.length === 0) return !stopping.aborted
    if (tickMs !== null && tickMs > clock.now()) await this.context.sleepUntil(tickMs)
    if (stopping.aborted) return false
    this.sent += this.rows
    this.parts = []
    this.rows = 0
    await this.out.push(joinBatches(parts))
    const { totalRows } = this.plan
    meter.progress(totalRows ? this.sent / totalRows : null)
    return true
  }
}

/** Without a key column the number of the row is the key: it spreads the rows over all shards, alike in every run. */
function keyed(batch: RecordBatch, keyColumn: string, firstRow: number): RecordBatch {
  if (keyColumn) return batch
  const [keys, keyEnds] = encodeAll(Array.from({ length: batch.count }, (_, i) => String(firstRow + i)))
  return { ...batch, keys, keyEnds }
}

/** Up to which row of a batch all leave with the row `from`, and when (null: at once). `seen` rows came before `from`. */
type Cut = (
  batch: RecordBatch,
  times: Float64Array | undefined,
  from: number,
  seen: number,
) => { to: number; tickMs: number | null }

function cutterOf(context: ReplayContext, plan: ReplayPlan): Cut {
  const { config, clock } = context
  const startMs = clock.now()
  if (config.timeColumn) return config.speed === null ? atOnce : byEventTime(plan, startMs, config.speed)
  const { rate } = config
  if (rate === null) return atOnce
  return (batch, _, from, seen) => {
    const tickMs = tickAt(startMs, startMs + (seen / rate) * 1000, TICK_MS)
    const due = Math.floor(((tickMs - startMs) / 1000) * rate) + 1
    return { to: Math.min(batch.count, Math.max(from + 1, from + due - seen)), tickMs }
  }
}

const atOnce: Cut = (batch) => ({ to: batch.count, tickMs: null })

function byEventTime(plan: ReplayPlan, startMs: number, speed: number): Cut {
  const stepMs = speed > FAST_SPEED ? FAST_TICK_MS : TICK_MS
  let first = Number.NaN
  let last = Number.NaN
  let shift = 0
  return (batch, times, from, seen) => {
    const dueMs = (i: number) => {
      const time = times?.[i] ?? Number.NaN
      return startMs + (Number.isNaN(time) ? 0 : (time + shift - first) / speed)
    }
    // When the file begins anew its times begin again: they go on from where they ended.
    if (plan.fileRows && seen > 0 && seen % plan.fileRows === 0) shift += last - first
    if (Number.isNaN(first)) first = times?.[from] ?? Number.NaN
    const tickMs = tickAt(startMs, dueMs(from), stepMs)
    const end = plan.fileRows ? Math.min(batch.count, from + plan.fileRows - (seen % plan.fileRows)) : batch.count
    let to = from + 1
    while (to < end && !(dueMs(to) > tickMs)) to++
    const time = times?.[to - 1] ?? Number.NaN
    if (!Number.isNaN(time)) last = time
    return { to, tickMs }
  }
}

/** The first tick at or after a time. Ticks count from the start, so that each run cuts alike. */
function tickAt(startMs: number, dueMs: number, stepMs: number): number {
  return startMs + Math.ceil((dueMs - startMs) / stepMs) * stepMs
}

export const replay = defineNode({
  kind: 'replay',
  title: 'File replay',
  summary: 'Sends the rows of a file as JSON records, at the pace of their own event times or at a rate.',
  group: 'Sources',
  icon: 'history',
  inputs: [],
  outputs: [{ name: 'out', type: 'records' }],
  version: 1,
  config: replayConfig,
  behaviour: {
    check: problems,
    prepare: async ({ clients, config, scale }) => {
      const preview = await clients.catalog.preview({ ...sourceOf(config), rows: 1 }).catch((thrown: unknown) => {
        const { code, message, domain, retry, at } = EngineError.from(thrown)
        throw new EngineError(code, message, { domain, retry, at: { ...at, field: 'file' }, cause: thrown })
      })
      const names = preview.columns.map((column) => column.name)
      for (const field of ['keyColumn', 'timeColumn'] as const) {
        if (config[field] && !names.includes(config[field]))
          throw new EngineError(
            'NoSuchColumn',
            `${config.file} has no column "${config[field]}". Its columns are ${names.join(', ')}.`,
            { at: { field } },
          )
      }
      const rows = preview.rowCount
      const wanted = config.limit ?? Number.POSITIVE_INFINITY
      return { fileRows: rows, totalRows: rows === null ? config.limit : Math.min(rows * scale, wanted) }
    },
    run: replayFile,
  },
})
