import { z } from 'zod'
import { EMPTY_BATCH, type RecordBatch, selectRecords } from '../../kit/pure/batch.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { compile, compileCondition, type Evaluate, parse, textOf } from '../../kit/pure/expr/index.ts'
import { type ConfigProblem, defineNode, type NodeContext, type SinkAccount, ui } from './define.ts'
import { ensureBucket, splitLocation } from './kit/objects.ts'
import { encodeAll, parseRow, payloadTexts, type Row, rememberRows, selectKeys } from './kit/rows.ts'

export const transformConfig = z.object({
  filter: z
    .string()
    .default('')
    .meta(
      ui({
        label: 'Keep rows where',
        editor: 'expression',
        placeholder: 'delay IS NOT NULL AND delay BETWEEN -60 AND 600',
        help: 'Rows for which this is true go on; the others are counted as filtered. Empty: all rows.',
      }),
    ),
  fields: z
    .array(
      z.object({
        name: z
          .string()
          .min(1, 'Name the field.')
          .meta(ui({ label: 'Field' })),
        expression: z
          .string()
          .min(1, 'Say how the field is computed.')
          .meta(ui({ label: 'Expression', editor: 'expression' })),
      }),
    )
    .default([])
    .meta(
      ui({
        label: 'Computed fields',
        help: 'In order; an expression sees the fields of the record, not those computed here.',
      }),
    ),
  keep: z
    .enum(['all', 'listed'])
    .default('all')
    .meta(ui({ label: 'Other fields', options: { all: 'Keep them', listed: 'Only the computed ones go on' } })),
  drop: z
    .array(z.string())
    .default([])
    .meta(ui({ label: 'Drop fields' })),
  keyField: z
    .string()
    .default('')
    .meta(ui({ label: 'New partition key', help: 'A field of the result. Empty: the key stays as it is.' })),
  errorLocation: z
    .string()
    .regex(/^$|^s3:\/\/[a-z0-9.-]+\/.+/, 'Write it as s3://bucket/prefix/.')
    .default('')
    .meta(
      ui({
        label: 'Error location',
        section: 'Errors',
        placeholder: 's3://bucket/errors/transform/',
        help: 'Where records go that are not JSON objects or whose expressions fail. Empty: such a record fails the run.',
      }),
    ),
})

type TransformConfig = z.output<typeof transformConfig>
type TransformContext = NodeContext<TransformConfig>

interface Failure {
  readonly text: string
  readonly code: string
  readonly message: string
}

interface Changed {
  readonly batch: RecordBatch
  readonly filtered: number
  readonly failures: Failure[]
}

function checkExpressions(config: TransformConfig): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const tryOut = (field: string, text: string, condition: boolean) => {
    try {
      if (condition) compileCondition(parse(text))
      else compile(parse(text))
    } catch (thrown) {
      problems.push({ field, message: EngineError.from(thrown).message })
    }
  }
  if (config.filter.trim()) tryOut('filter', config.filter, true)
  const seen = new Set<string>()
  config.fields.forEach(({ name, expression }, i) => {
    tryOut(`fields.${i}.expression`, expression, false)
    if (seen.has(name)) problems.push({ field: `fields.${i}.name`, message: `The field ${name} is computed twice.` })
    seen.add(name)
  })
  if (config.keep === 'listed' && config.fields.length === 0)
    problems.push({ field: 'keep', message: 'Nothing would go on: name the fields, or keep the others.' })
  return problems
}

/** The whole change of a batch as one function. */
function compileChange(config: TransformConfig): (batch: RecordBatch) => Changed {
  const filter = config.filter.trim() ? compileCondition(parse(config.filter)) : null
  const names = config.fields.map((field) => field.name)
  const evaluates = config.fields.map((field) => compile(parse(field.expression)))
  const same = names.length === 0 && config.drop.length === 0 && config.keep === 'all' && !config.keyField
  const changed = rowChange(config, names, evaluates)
  return (batch) => {
    const texts = payloadTexts(batch)
    const kept: number[] = []
    const results: string[] = []
    const rows: Row[] = []
    const keys: string[] = []
    const failures: Failure[] = []
    let filtered = 0
    for (let i = 0; i < texts.length; i++) {
      const row = parseRow(texts[i])
      if (typeof row === 'string') {
        failures.push({ text: texts[i], code: 'InvalidJson', message: row })
        continue
      }
      try {
        if (filter && !filter(row)) {
          filtered++
          continue
        }
        if (!same) {
          const result = changed(row)
          if (config.keyField) keys.push(keyOf(result, config.keyField))
          results.push(JSON.stringify(result))
          rows.push(result)
        }
        kept.push(i)
      } catch (thrown) {
        if (!(thrown instanceof EngineError)) throw thrown
        failures.push({ text: texts[i], code: thrown.code, message: thrown.message })
      }
    }
    return {
      batch: same
        ? selected(batch, kept)
        : rememberRows(rebuilt(batch, kept, results, config.keyField ? keys : null), rows),
      filtered,
      failures,
    }
  }
}

/**
 * The change of one row. Rows of a file mostly have the same fields, so where each field of the result comes from is worked out once
 * and kept as long as the fields stay; a result built field by field in one order is also several times quicker to write as JSON
 * than one that fields were deleted from.
 */
function rowChange(
  config: TransformConfig,
  names: readonly string[],
  evaluates: readonly Evaluate[],
): (row: Row) => Row {
  let fields: readonly string[] | undefined
  let plan: readonly { readonly name: string; readonly computed: number }[] = []
  const values: unknown[] = new Array(names.length)
  return (row) => {
    for (let f = 0; f < names.length; f++) values[f] = evaluates[f](row)
    if (!fields || !hasFields(row, fields)) {
      fields = Object.keys(row)
      plan = planOf(fields, config, names)
    }
    const result: Row = {}
    for (const { name, computed } of plan) {
      const value = computed < 0 ? row[name] : values[computed]
      // Assigned, this one name would become the object's prototype.
      if (name === '__proto__')
        Object.defineProperty(result, name, { value, enumerable: true, configurable: true, writable: true })
      else result[name] = value
    }
    return result
  }
}

function hasFields(row: Row, fields: readonly string[]): boolean {
  let i = 0
  for (const name in row) if (name !== fields[i++]) return false
  return i === fields.length
}

/** A computed field takes the place of one of its name; the others follow in their order. */
function planOf(
  fields: readonly string[],
  config: TransformConfig,
  names: readonly string[],
): { name: string; computed: number }[] {
  const kept = config.keep === 'listed' ? [] : fields
  const added = names.filter((name, i) => !kept.includes(name) && names.indexOf(name) === i)
  return [...kept, ...added]
    .filter((name) => !config.drop.includes(name))
    .map((name) => ({ name, computed: names.lastIndexOf(name) }))
}

function keyOf(row: Row, field: string): string {
  const value = row[field]
  if (value === null || value === undefined || value === '')
    throw new EngineError('NoPartitionKey', `The record has no value in ${field}, which is its partition key.`)
  return typeof value === 'string' ? value : textOf(value as Parameters<typeof textOf>[0])
}

function selected(batch: RecordBatch, kept: readonly number[]): RecordBatch {
  if (kept.length === batch.count) return batch
  return kept.length === 0 ? EMPTY_BATCH : selectRecords(batch, kept)
}

function rebuilt(
  batch: RecordBatch,
  kept: readonly number[],
  texts: readonly string[],
  keys: readonly string[] | null,
): RecordBatch {
  if (kept.length === 0) return EMPTY_BATCH
  const [keyBytes, keyEnds] = keys ? encodeAll(keys) : selectKeys(batch, kept)
  const [data, dataEnds] = encodeAll(texts)
  return { count: kept.length, keys: keyBytes, keyEnds, data, dataEnds }
}

const ERROR_LINES = 1000

/** Keeps failed records under the error location, as lines like those of Firehose: the record as it came, and why it failed. */
class ErrorSink {
  private readonly context: TransformContext
  private readonly keys: string[] = []
  private lines: string[] = []
  private count = 0

  constructor(context: TransformContext) {
    this.context = context
  }

  async take(failures: readonly Failure[]): Promise<void> {
    const { config, meter } = this.context
    if (!config.errorLocation) {
      const { text, code, message } = failures[0]
      throw new EngineError(
        code,
        `${message} The record: ${text.length > 160 ? `${text.slice(0, 160)}…` : `${text}.`} Set an error location to keep such records aside and go on.`,
        { at: { field: 'errorLocation' } },
      )
    }
    meter.failed(failures.length)
    this.count += failures.length
    meter.note(`${this.count.toLocaleString('en')} failed: ${failures[0].message}`)
    for (const { text, code, message } of failures)
      this.lines.push(
        JSON.stringify({
          errorCode: code,
          errorMessage: message,
          arrivalTimestamp: this.context.clock.now(),
          rawData: text,
        }),
      )
    if (this.lines.length >= ERROR_LINES) await this.flush()
  }

  async flush(): Promise<void> {
    if (this.lines.length === 0) return
    const { clients, config, id, runId } = this.context
    const { bucket, prefix } = splitLocation(config.errorLocation)
    const key = `${prefix}${id}-${runId}-${String(this.keys.length).padStart(6, '0')}.json`
    const body = new TextEncoder().encode(`${this.lines.join('\n')}\n`)
    this.lines = []
    await clients.lake.putObject({ bucket, key, body, contentType: 'application/x-ndjson' })
    this.keys.push(key)
  }

  async account(): Promise<SinkAccount | null> {
    if (this.count === 0) return null
    const { clients, config, meter } = this.context as TransformContext & {
      meter: { rowsIn: number; rowsOut: number; rowsFiltered: number }
    }
    const { bucket } = splitLocation(config.errorLocation)
    let found = 0
    for (const key of this.keys) {
      const { body } = await clients.lake.getObject({ bucket, key })
      for (const byte of body) if (byte === 10) found++
    }
    const balanced = meter.rowsIn === meter.rowsOut + meter.rowsFiltered + this.count
    return {
      readBack: found,
      failed: found,
      agrees: found === this.count && balanced,
      note: `${found} failed rows read back`,
    }
  }
}

export const transform = defineNode({
  kind: 'transform',
  title: 'Filter and compute',
  service: 'Lambda',
  summary: 'Keeps the rows that matter and computes fields with expressions.',
  group: 'Transform',
  icon: 'funnel',
  inputs: [{ name: 'in', type: 'records', required: true, many: true }],
  outputs: [{ name: 'out', type: 'records' }],
  version: 1,
  config: transformConfig,
  behaviour: {
    check: checkExpressions,
    prepare: async (context) => {
      const { errorLocation } = context.config
      if (errorLocation) await ensureBucket(context.clients, splitLocation(errorLocation).bucket)
      return { change: compileChange(context.config), errors: new ErrorSink(context) }
    },
    run: async (context, { change, errors }) => {
      const input = context.records('in')!
      const out = context.out('out')
      for (let batch = await input.take(); batch; batch = await input.take()) {
        const result = change(batch)
        context.meter.filtered(result.filtered)
        if (result.failures.length > 0) await errors.take(result.failures)
        if (out) await out.push(result.batch)
        else context.meter.filtered(result.batch.count)
      }
      await errors.flush()
    },
    account: (_, { errors }) => errors.account(),
  },
})
