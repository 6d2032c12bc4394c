import { type DuckSession, identifier, literal } from '../kit/node/duck.ts'
import type { Cell, Column, ColumnType } from '../kit/pure/table.ts'
import type { ColumnProfile } from './contract.ts'

/** Columns measured in one pass. The sketches of a column take some hundred kilobytes, so that a pass is bounded however wide the table. */
const PASS_COLUMNS = 40
/**
 * So many distinct values are counted exactly. Of more, a share that is half as many and more is, so that the standard error of the whole is at
 * most 1 / sqrt(EXACT_MAX / 2): 0.2 %.
 */
const EXACT_MAX = 500_000
const TOP = 10
/** Where values are too many to count each, a sketch finds those that stand out; it needs room to spare. */
const CANDIDATES = 3 * TOP
const BUCKETS = 24
/** Of so many rows the quantiles are values of the column. They are kept to be sorted: 32 MB in a pass. */
const SORTED_MAX = 100_000
const QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95]
/** Characters of a value and of a pattern that are told apart and kept. */
const VALUE_MAX = 256
const PATTERN_MAX = 48

const NUMBERS: ReadonlySet<ColumnType> = new Set(['integer', 'bigint', 'decimal', 'double'])
const TIMES: ReadonlySet<ColumnType> = new Set(['date', 'timestamp'])
/** How far apart neighbours are, as numbers. */
const STEPS: Partial<Record<ColumnType, number>> = { integer: 1, bigint: 1, date: 86_400 }
const UNORDERED: ReadonlySet<ColumnType> = new Set(['json', 'binary'])

/**
 * Profiles of all columns: a pass over the rows for extremes, moments and sketches, one for histograms and patterns between what the first
 * has found, and one for the frequent values of each column, which spills where it must. `onProgress` is given 0 to 1.
 */
export async function profileColumns(
  sql: string,
  columns: readonly Column[],
  session: DuckSession,
  options: { signal: AbortSignal; onProgress: (progress: number) => void },
): Promise<{ rowCount: number; columns: ColumnProfile[] }> {
  const groups = Math.max(1, Math.ceil(columns.length / PASS_COLUMNS))
  const profiles: ColumnProfile[] = []
  let rowCount = 0
  for (let group = 0; group < groups; group++) {
    const part = columns.slice(group * PASS_COLUMNS, (group + 1) * PASS_COLUMNS).map((column) => new ColumnSql(column))
    const pass = (half: number) => ({
      signal: options.signal,
      onProgress: (progress: number) => options.onProgress((group + (half + progress) / 3) / groups),
    })
    const first = await measure(
      sql,
      part.map((column) => column.first()),
      session,
      pass(0),
    )
    rowCount = first.rowCount
    const second = await measure(
      sql,
      part.map((column, i) => column.second(first.columns[i], rowCount)),
      session,
      pass(1),
    )
    for (const [i, column] of part.entries()) {
      const frequent = await column.frequent(sql, first.columns[i], session, options.signal)
      profiles.push(column.profile(first.columns[i], second.columns[i], frequent))
      options.onProgress((group + (2 + (i + 1) / part.length) / 3) / groups)
    }
  }
  return { rowCount, columns: profiles }
}

type Measures = Readonly<Record<string, string>>
type Measured = Readonly<Record<string, Cell>>

interface Frequent {
  readonly distinct: number
  readonly exact: boolean
  readonly top: { value: string; count: number }[]
}

/** One pass: an aggregate for each measure of each column. */
async function measure(
  sql: string,
  measures: readonly Measures[],
  session: DuckSession,
  options: { signal: AbortSignal; onProgress: (progress: number) => void },
): Promise<{ rowCount: number; columns: Measured[] }> {
  const expressions = measures.flatMap((measure) => Object.values(measure))
  const { values } = await session.query(
    `SELECT count(*)::DOUBLE, ${expressions.length > 0 ? expressions.join(', ') : 'NULL'} FROM (${sql}) AS source`,
    options,
  )
  let at = 1
  const columns = measures.map((measure) =>
    Object.fromEntries(Object.keys(measure).map((name) => [name, values[at++][0]])),
  )
  return { rowCount: Number(values[0][0]), columns }
}

class ColumnSql {
  private readonly column: Column
  private readonly name: string
  /** As a number, where it is one or a time. */
  private readonly number: string | undefined
  /** What is counted: values are compared as they are stored, for as texts they cost twice as much. */
  private readonly value: string

  constructor(column: Column) {
    this.column = column
    this.name = identifier(column.name)
    this.value = column.type === 'string' ? `left(CAST(${this.name} AS VARCHAR), ${VALUE_MAX})` : this.name
    if (column.type === 'double') this.number = `CASE WHEN isfinite(${this.name}) THEN ${this.name}::DOUBLE END`
    else if (NUMBERS.has(column.type)) this.number = `${this.name}::DOUBLE`
    else if (TIMES.has(column.type))
      this.number = `CASE WHEN isfinite(${this.name}) THEN epoch(${this.name}::TIMESTAMP) END`
  }

  first(): Measures {
    const { name } = this
    const number = this.number
    const { type } = this.column
    return {
      nulls: `(count(*) - count(${name}))::DOUBLE`,
      distinct: `approx_count_distinct(${name})::DOUBLE`,
      ...(!UNORDERED.has(type) && {
        min: `min(${name})`,
        max: `max(${name})`,
      }),
      ...(number !== undefined && {
        low: `min(${number})`,
        high: `max(${number})`,
        quantiles: `approx_quantile(${number}, [${QUANTILES.join(', ')}])`,
      }),
      ...(NUMBERS.has(type) && { mean: `avg(${number})`, stddev: `stddev_pop(${number})` }),
      ...(type === 'string' && {
        shortest: `min(length(${name}))::DOUBLE`,
        longest: `max(length(${name}))::DOUBLE`,
        length: `avg(length(${name}))`,
        patterns: `approx_top_k(${patternSql(name)}, ${CANDIDATES})`,
      }),
    }
  }

  second(first: Measured, rowCount: number): Measures {
    const { name } = this
    const number = this.number
    const counts = (of: string, found: Cell | undefined) => {
      const candidates = listOf(found).map((candidate) => literal(String(candidate)))
      return candidates.length > 0
        ? `(histogram(${of}) FILTER (${of} IN (${candidates.join(', ')})))::MAP(VARCHAR, BIGINT)`
        : 'NULL'
    }
    const { low, high } = first
    return {
      ...(first.patterns !== undefined && { patterns: counts(patternSql(name), first.patterns) }),
      ...(number !== undefined &&
        typeof low === 'number' &&
        typeof high === 'number' && {
          buckets:
            low === high
              ? `map {0: count(${number})}`
              : `histogram(${this.bucketSql(number, low, high)}) FILTER (${number} IS NOT NULL)`,
        }),
      ...(number !== undefined &&
        rowCount <= SORTED_MAX && { quantiles: `quantile_disc(${number}, [${QUANTILES.join(', ')}])` }),
    }
  }

  /** Frequent values with their counts, and how many distinct ones there are. */
  async frequent(sql: string, first: Measured, session: DuckSession, signal: AbortSignal): Promise<Frequent> {
    const sketched = Number(first.distinct)
    if (sketched <= EXACT_MAX) return { ...(await this.counted('IS NOT NULL', sql, session, signal)), exact: true }
    // A share of the values, told by their hashes, is counted exactly and stands for the whole.
    const shares = 2 ** Math.ceil(Math.log2(sketched / EXACT_MAX))
    const { values } = await session.query(
      `SELECT count(DISTINCT ${this.name})::DOUBLE FROM (${sql}) AS source WHERE (hash(${this.name}) >> 32) % ${shares} = 0`,
      { signal },
    )
    const { top } = UNORDERED.has(this.column.type)
      ? { top: [] }
      : await this.counted(await this.candidates(sql, session, signal), sql, session, signal)
    return { distinct: Number(values[0][0]) * shares, exact: false, top }
  }

  private async counted(
    wanted: string,
    sql: string,
    session: DuckSession,
    signal: AbortSignal,
  ): Promise<Omit<Frequent, 'exact'>> {
    const counted = `SELECT ${this.name} AS v, count(*) AS n FROM (${sql}) AS source WHERE ${this.value} ${wanted} GROUP BY 1`
    const frequent = UNORDERED.has(this.column.type)
      ? 'NULL'
      : `arg_max({'value': left(v::VARCHAR, ${VALUE_MAX}), 'count': n}, n, ${TOP})`
    const { values } = await session.query(`SELECT count(*)::DOUBLE, ${frequent} FROM (${counted})`, { signal })
    const [distinct, top] = values.map(([value]) => value)
    return { distinct: Number(distinct), top: (listOf(top) as Frequent['top']).toSorted(byCount) }
  }

  private async candidates(sql: string, session: DuckSession, signal: AbortSignal): Promise<string> {
    const { values } = await session.query(
      `SELECT approx_top_k(${this.value}, ${CANDIDATES})::VARCHAR[] FROM (${sql}) AS source`,
      { signal },
    )
    return `IN (${listOf(values[0][0])
      .map((value) => literal(String(value)))
      .join(', ')})`
  }

  /** Whole numbers and days that are few have a bucket each: buckets between them would be empty. */
  private bucketCount(low: number, high: number): number {
    if (low === high) return 1
    const step = STEPS[this.column.type]
    return step === undefined ? BUCKETS : Math.min(BUCKETS, Math.round((high - low) / step) + 1)
  }

  private bucketSql(number: string, low: number, high: number): string {
    const count = this.bucketCount(low, high)
    return `least(${count - 1}, floor((${number} - ${low}::DOUBLE) / (${high}::DOUBLE - ${low}::DOUBLE) * ${count}))::INTEGER`
  }

  profile(first: Measured, second: Measured, frequent: Frequent): ColumnProfile {
    const { name, declared, type } = this.column
    const { low, high } = first
    const buckets = mapOf(second.buckets)
    const quantiles = second.quantiles ?? first.quantiles ?? null
    return {
      name,
      declared,
      type,
      nulls: Number(first.nulls),
      distinct: { count: frequent.distinct, exact: frequent.exact },
      min: shortened(first.min),
      max: shortened(first.max),
      mean: numberOf(first.mean),
      stddev: numberOf(first.stddev),
      quantiles:
        quantiles === null
          ? null
          : listOf(quantiles).map((value) => (TIMES.has(type) ? isoOf(Number(value), type) : Number(value))),
      quantilesExact: typeof second.quantiles === 'string',
      lengths:
        typeof first.length === 'number'
          ? { min: Number(first.shortest), max: Number(first.longest), mean: first.length }
          : null,
      patterns: topOf(second.patterns),
      topValues: frequent.top,
      histogram:
        typeof low === 'number' && typeof high === 'number'
          ? {
              from: low,
              to: high,
              counts: Array.from({ length: this.bucketCount(low, high) }, (_, i) => buckets.get(String(i)) ?? 0),
            }
          : null,
    }
  }
}

/** What stands for a character beyond ASCII. */
const CLASSES = [
  ['\\p{Lu}', 'A'],
  ['[\\p{Ll}\\p{Lt}\\p{Lm}\\p{Lo}]', 'a'],
  ['\\p{Nd}', '9'],
]

/** A text's shape: `AA-9999`. By character: regular expressions over the whole text cost four times as much, `translate` twelve times. */
function patternSql(name: string): string {
  const wide = CLASSES.reduce((inner, [of, sign]) => `regexp_replace(${inner}, '${of}', '${sign}')`, 'c')
  const sign = `CASE WHEN c BETWEEN 'A' AND 'Z' THEN 'A' WHEN c BETWEEN 'a' AND 'z' THEN 'a' WHEN c BETWEEN '0' AND '9' THEN '9' WHEN c > '~' THEN ${wide} ELSE c END`
  return `array_to_string(list_transform(string_split(left(${name}, ${PATTERN_MAX}), ''), lambda c: ${sign}), '')`
}

/** Lists and maps come as JSON. */
function listOf(cell: Cell | undefined): unknown[] {
  return typeof cell === 'string' ? (JSON.parse(cell) as unknown[]).filter((value) => value !== null) : []
}

function mapOf(cell: Cell | undefined): Map<string, number> {
  const entries = typeof cell === 'string' ? Object.entries(JSON.parse(cell) as Record<string, unknown>) : []
  return new Map(entries.map(([value, count]) => [value, Number(count)]))
}

function topOf(cell: Cell | undefined): { value: string; count: number }[] {
  return [...mapOf(cell)]
    .map(([value, count]) => ({ value, count }))
    .sort(byCount)
    .slice(0, TOP)
}

const byCount = (a: { value: string; count: number }, b: typeof a): number =>
  b.count - a.count || (a.value < b.value ? -1 : 1)

function shortened(cell: Cell | undefined): Cell {
  return typeof cell === 'string' ? cell.slice(0, VALUE_MAX) : (cell ?? null)
}

/** A moment of numbers can be beyond what a double holds. */
function numberOf(cell: Cell | undefined): number | null {
  return typeof cell === 'number' ? cell : null
}

function isoOf(seconds: number, type: ColumnType): string {
  const iso = new Date(Math.round(seconds * 1000)).toISOString()
  return type === 'date' ? iso.slice(0, iso.indexOf('T')) : iso
}
