import { identifier, literal } from '../../kit/node/duck.ts'
import type { Condition, Operand } from '../dqdl/ast.ts'
import { ageSql, conditionSql, invalid, meets, testedColumn } from './conditions.ts'
import { columnNamed, type Judge, type Prepared } from './context.ts'
import { judgedShare, type Outcome } from './outcome.ts'

/** Rules about every row: the share of the rows that comply, and some that do not. */
function compliance(
  { rule, from, context }: Prepared,
  metric: string,
  complies: string,
  more: Readonly<Record<string, string>> = {},
): Judge {
  const share = context.measures.ask(from, `avg((${complies})::INTEGER)`)
  const others = Object.entries(more).map(([name, aggregate]) => [name, context.measures.ask(from, aggregate)] as const)
  return (): Outcome => {
    const outcome = judgedShare(metric, share(), rule.threshold)
    const metrics = Object.fromEntries(
      others.flatMap(([name, measure]) => (measure() === null ? [] : [[name, measure()!]])),
    )
    return {
      ...outcome,
      metrics: { ...metrics, ...outcome.metrics },
      failing: `SELECT * FROM (${from}) AS source WHERE NOT (${complies})`,
    }
  }
}

export async function columnValues(prepared: Prepared): Promise<Judge> {
  const { rule, from, context } = prepared
  const column = columnNamed(context.source.columns, rule.parameters[0].text)
  const tested = testedColumn(column)
  const metric = `Column.${column.name}`
  const extremes: Record<string, string> =
    tested.kind === 'number'
      ? { [`${metric}.Minimum`]: `min(${tested.sql})`, [`${metric}.Maximum`]: `max(${tested.sql})` }
      : {}
  if (!rule.condition) return extremesOf(prepared, extremes)
  if (rule.condition.kind === 'matches') await checkPattern(rule.condition.pattern, prepared)
  const complies = conditionSql(tested, rule.condition, context.nowMs)
  const judge = compliance(prepared, `${metric}.ColumnValues.Compliance`, complies, extremes)
  // Glue names a NULL where NULLs alone do not comply.
  const wrong = context.measures.ask(from, `count(*) FILTER (NOT (${complies}) AND ${tested.sql} IS NOT NULL)`)
  return async () => {
    const outcome = await judge()
    if (outcome.passed || wrong() !== 0) return outcome
    return { ...outcome, message: 'Value: NULL does not meet the constraint requirement!' }
  }
}

/** A NULL has no characters (DQDL reference, "ColumnLength"). */
export async function columnLength(prepared: Prepared): Promise<Judge> {
  const { rule, context } = prepared
  const column = columnNamed(context.source.columns, rule.parameters[0].text)
  if (column.type !== 'string') throw invalid(`Column ${column.name} is ${column.declared}, and no text`)
  const length = `coalesce(length(${identifier(column.name)}), 0)`
  const metric = `Column.${column.name}`
  const extremes = { [`${metric}.MinimumLength`]: `min(${length})`, [`${metric}.MaximumLength`]: `max(${length})` }
  if (!rule.condition) return extremesOf(prepared, extremes)
  const complies = conditionSql({ sql: length, kind: 'number' }, rule.condition, context.nowMs)
  return compliance(prepared, `${metric}.ColumnLength.Compliance`, complies, extremes)
}

/** As an analyzer: the extremes alone. */
function extremesOf({ from, context }: Prepared, extremes: Readonly<Record<string, string>>): Judge {
  const asked = Object.entries(extremes).map(([name, sql]) => [name, context.measures.ask(from, sql)] as const)
  return () => ({
    passed: true,
    metrics: Object.fromEntries(asked.flatMap(([name, measure]) => (measure() === null ? [] : [[name, measure()!]]))),
  })
}

const DATA_TYPES: Readonly<Record<string, string>> = {
  BOOLEAN: 'BOOLEAN',
  DATE: 'DATE',
  TIMESTAMP: 'TIMESTAMP',
  INTEGER: 'INTEGER',
  LONG: 'BIGINT',
  FLOAT: 'FLOAT',
  DOUBLE: 'DOUBLE',
}

/** A NULL is of every type: that values are there is IsComplete's to say. */
export function columnDataType(prepared: Prepared): Judge {
  const { rule, context } = prepared
  const column = columnNamed(context.source.columns, rule.parameters[0].text)
  const { condition } = rule
  const wanted: readonly Operand[] =
    condition?.kind === 'in'
      ? condition.values
      : condition?.kind === 'compare' && condition.operator === '='
        ? [condition.value]
        : []
  const names = wanted.map((value) => (value.kind === 'text' ? value.text.toUpperCase() : ''))
  if (names.length === 0 || !names.every((name) => DATA_TYPES[name]))
    throw invalid(`The condition names types: ${Object.keys(DATA_TYPES).join(', ')}`)
  const name = identifier(column.name)
  const text = `CAST(${name} AS VARCHAR)`
  const tests = names.map((type) => {
    // DuckDB would round 1.5 to an integer.
    const whole = type === 'INTEGER' || type === 'LONG' ? ` AND regexp_full_match(${text}, '\\s*[+-]?\\d+\\s*')` : ''
    return `(TRY_CAST(${text} AS ${DATA_TYPES[type]}) IS NOT NULL${whole})`
  })
  const readable = `(${name} IS NULL OR ${tests.join(' OR ')})`
  const not = condition?.kind === 'in' && condition.not
  return compliance(prepared, `Column.${column.name}.ColumnDataType.Compliance`, not ? `NOT ${readable}` : readable)
}

export function dataFreshness(prepared: Prepared): Judge {
  const { rule, context } = prepared
  const column = columnNamed(context.source.columns, rule.parameters[0].text)
  const tested = testedColumn(column)
  if (tested.kind !== 'time' && tested.kind !== 'text')
    throw invalid(`Column ${column.name} is ${column.declared}, and holds no times`)
  const time = tested.kind === 'time' ? tested.sql : `TRY_CAST(${tested.sql} AS TIMESTAMP)`
  const age = `(${context.nowMs}::DOUBLE / 1000 - epoch(${time}))`
  return compliance(prepared, `Column.${column.name}.DataFreshness.Compliance`, ageSql(age, rule.condition!))
}

/** When every file under an S3 prefix was written, against points in time. */
export async function fileFreshness({ rule, context }: Prepared): Promise<Judge> {
  const uri = rule.parameters[0].text
  if (!uri.startsWith('s3://')) throw invalid(`A file's place is written s3://bucket/prefix, and not "${uri}"`)
  const condition = momentsOf(rule.condition!, context.nowMs)
  const files = (await context.reach.clients.lake.locate({ uri })).filter(({ size }) => size > 0)
  if (files.length === 0) return () => ({ passed: false, metrics: {}, message: `There is no file under ${uri}` })
  const fresh = files.filter(({ modifiedMs }) => meets(modifiedMs, condition)).length
  return () => judgedShare('Dataset.*.FileFreshness.Compliance', fresh / files.length, rule.threshold)
}

/** The condition's points in time as numbers, epoch ms. */
function momentsOf(condition: Condition, nowMs: number): Condition {
  const moment = (operand: Operand): Operand => {
    const ms =
      operand.kind === 'now'
        ? nowMs + operand.offsetMs
        : operand.kind === 'text'
          ? Date.parse(operand.text)
          : Number.NaN
    if (Number.isNaN(ms))
      throw invalid('The condition needs points in time, such as (now() - 24 hours) or "2024-01-31"')
    return { kind: 'number', text: String(ms) }
  }
  switch (condition.kind) {
    case 'compare':
      return { ...condition, value: moment(condition.value) }
    case 'between':
      return { ...condition, low: moment(condition.low), high: moment(condition.high) }
    default:
      throw invalid('The time of a file is compared, or is between two times')
  }
}

/** A pattern that cannot be read fails its own rule, and not the pass that it is taken in. */
async function checkPattern(pattern: string, { context }: Prepared): Promise<void> {
  await context.session.query(`SELECT regexp_full_match('', ${literal(pattern)})`).catch(() => {
    throw invalid(`"${pattern}" is no regular expression that can be read`)
  })
}
