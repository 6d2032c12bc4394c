import { dateFormat } from './date-format.ts'

/** Types of the expression language. A whole number serves where a decimal is asked. */
export type ValueType = 'string' | 'integer' | 'decimal' | 'datetime' | 'boolean' | 'null'

/** What an argument may be: a type, `number` for both numeric ones, `any`, or `literal` for a text that is written out, such as 'MM'. */
export type Takes = ValueType | 'number' | 'any' | 'literal'

export interface Argument {
  readonly sql: string
  readonly type: ValueType
  /** The text, where the argument is a text literal. */
  readonly literal?: string
}

export interface Tools {
  /** Binds a value and gives its place holder. */
  bind(value: string): string
  /** Refuses the argument at this index. */
  refuse(index: number, message: string): never
  readonly nowSql: string
}

export interface FunctionRule {
  readonly takes: readonly Takes[]
  /** How many of `takes` must be given; all where left out. */
  readonly least?: number
  /** The last of `takes` may be repeated. */
  readonly more?: boolean
  readonly gives: ValueType | ((args: readonly Argument[]) => ValueType)
  readonly sql: (args: readonly Argument[], tools: Tools) => string
}

const PERIODS: Readonly<Record<string, string>> = {
  YYYY: 'year',
  Q: 'quarter',
  MM: 'month',
  WK: 'week',
  DD: 'day',
  HH: 'hour',
  MI: 'minute',
  SS: 'second',
  MS: 'millisecond',
}

function period(argument: Argument, index: number, tools: Tools): string {
  const unit = PERIODS[(argument.literal ?? '').toUpperCase()]
  return unit ?? tools.refuse(index, `the period is one of ${Object.keys(PERIODS).join(', ')}`)
}

/** Start of a period. Weeks start on Sunday, as QuickSight's do. */
export function truncSql(unit: string, sql: string): string {
  const time = `CAST(${sql} AS TIMESTAMP)`
  if (unit === 'week') return `(date_trunc('week', ${time} + INTERVAL 1 DAY) - INTERVAL 1 DAY)`
  return `CAST(date_trunc('${unit}', ${time}) AS TIMESTAMP)`
}

const EXTRACT: Readonly<Record<string, (time: string) => string>> = {
  YYYY: (time) => `year(${time})`,
  Q: (time) => `quarter(${time})`,
  MM: (time) => `month(${time})`,
  DD: (time) => `day(${time})`,
  WD: (time) => `(dayofweek(${time}) + 1)`,
  HH: (time) => `hour(${time})`,
  MI: (time) => `minute(${time})`,
  SS: (time) => `second(${time})`,
  MS: (time) => `(millisecond(${time}) % 1000)`,
}

/** The type that holds all of these: a decimal among whole numbers makes all decimal. Undefined where they do not go together. */
export function commonType(types: readonly ValueType[]): ValueType | undefined {
  const known = types.filter((type) => type !== 'null')
  if (known.every((type) => type === known[0])) return known[0] ?? 'null'
  return known.every((type) => type === 'integer' || type === 'decimal') ? 'decimal' : undefined
}

const results = (args: readonly Argument[]): ValueType => commonType(args.map((arg) => arg.type)) ?? 'null'
const branches = (args: readonly Argument[]): Argument[] => args.filter((_, i) => i % 2 === 1 || i === args.length - 1)

const plain =
  (name: string): FunctionRule['sql'] =>
  (args) =>
    `${name}(${args.map((arg) => arg.sql).join(', ')})`

const text = (name: string, takes: readonly Takes[], gives: ValueType = 'string'): FunctionRule => ({
  takes,
  gives,
  sql: plain(name),
})

const TO_STRING: FunctionRule = { takes: ['any'], gives: 'string', sql: ([a]) => `CAST(${a.sql} AS VARCHAR)` }

/** Row-level functions of QuickSight that Millrace computes; names as in "Functions for calculated fields". */
export const FUNCTIONS: Readonly<Record<string, FunctionRule>> = {
  ifelse: {
    takes: ['boolean', 'any', 'any'],
    more: true,
    gives: (args) => results(branches(args)),
    sql: (args, tools) => {
      if (args.length % 2 === 0) tools.refuse(args.length - 1, 'ifelse ends with the value for all other cases')
      const cases: string[] = []
      for (let i = 0; i + 1 < args.length; i += 2) {
        if (args[i].type !== 'boolean' && args[i].type !== 'null') tools.refuse(i, 'a condition is expected here')
        cases.push(`WHEN ${args[i].sql} THEN ${args[i + 1].sql}`)
      }
      if (commonType(branches(args).map((arg) => arg.type)) === undefined)
        tools.refuse(args.length - 1, 'all results of ifelse must be of one type')
      return `(CASE ${cases.join(' ')} ELSE ${args.at(-1)!.sql} END)`
    },
  },
  switch: {
    takes: ['any', 'any', 'any', 'any'],
    more: true,
    gives: (args) => results(branches(args.slice(1))),
    sql: (args, tools) => {
      if (args.length % 2 === 1) tools.refuse(args.length - 1, 'switch ends with the value for all other cases')
      const cases: string[] = []
      for (let i = 1; i + 1 < args.length; i += 2) {
        if (commonType([args[0].type, args[i].type]) === undefined)
          tools.refuse(i, 'it is compared with a value of another type')
        cases.push(`WHEN ${args[i].sql} THEN ${args[i + 1].sql}`)
      }
      if (commonType(branches(args.slice(1)).map((arg) => arg.type)) === undefined)
        tools.refuse(args.length - 1, 'all results of switch must be of one type')
      return `(CASE ${args[0].sql} ${cases.join(' ')} ELSE ${args.at(-1)!.sql} END)`
    },
  },
  coalesce: {
    takes: ['any', 'any'],
    more: true,
    gives: results,
    sql: (args, tools) => {
      if (commonType(args.map((arg) => arg.type)) === undefined)
        tools.refuse(args.length - 1, 'all arguments of coalesce must be of one type')
      return plain('coalesce')(args, tools)
    },
  },
  isNull: { takes: ['any'], gives: 'boolean', sql: ([a]) => `(${a.sql} IS NULL)` },
  isNotNull: { takes: ['any'], gives: 'boolean', sql: ([a]) => `(${a.sql} IS NOT NULL)` },
  nullIf: { takes: ['any', 'any'], gives: ([a]) => a.type, sql: plain('nullif') },

  concat: {
    takes: ['string', 'string'],
    more: true,
    gives: 'string',
    sql: (args) => `(${args.map((arg) => arg.sql).join(' || ')})`,
  },
  contains: text('contains', ['string', 'string'], 'boolean'),
  startsWith: text('starts_with', ['string', 'string'], 'boolean'),
  endsWith: text('ends_with', ['string', 'string'], 'boolean'),
  left: text('left', ['string', 'integer']),
  right: text('right', ['string', 'integer']),
  substring: text('substring', ['string', 'integer', 'integer']),
  strlen: text('length', ['string'], 'integer'),
  toUpper: text('upper', ['string']),
  toLower: text('lower', ['string']),
  trim: text('trim', ['string']),
  ltrim: text('ltrim', ['string']),
  rtrim: text('rtrim', ['string']),
  replace: text('replace', ['string', 'string', 'string']),
  locate: {
    takes: ['string', 'string', 'integer'],
    least: 2,
    gives: 'integer',
    sql: ([where, what, start]) => {
      if (!start) return `instr(${where.sql}, ${what.sql})`
      const found = `instr(substring(${where.sql}, ${start.sql}), ${what.sql})`
      return `(CASE WHEN ${found} = 0 THEN 0 ELSE ${found} + ${start.sql} - 1 END)`
    },
  },
  split: { takes: ['string', 'string', 'integer'], gives: 'string', sql: plain('split_part') },
  toString: TO_STRING,
  parseInt: { takes: ['string'], gives: 'integer', sql: ([a]) => `TRY_CAST(${a.sql} AS BIGINT)` },
  parseDecimal: { takes: ['string'], gives: 'decimal', sql: ([a]) => `TRY_CAST(${a.sql} AS DOUBLE)` },
  parseDate: {
    takes: ['string', 'literal'],
    least: 1,
    gives: 'datetime',
    sql: ([a, format], tools) =>
      format
        ? `try_strptime(${a.sql}, ${tools.bind(dateFormat(format.literal!, (why) => tools.refuse(1, why)))})`
        : `TRY_CAST(${a.sql} AS TIMESTAMP)`,
  },
  intToDecimal: { takes: ['integer'], gives: 'decimal', sql: ([a]) => `CAST(${a.sql} AS DOUBLE)` },
  decimalToInt: { takes: ['decimal'], gives: 'integer', sql: ([a]) => `CAST(trunc(${a.sql}) AS BIGINT)` },

  abs: { takes: ['number'], gives: ([a]) => a.type, sql: plain('abs') },
  ceil: { takes: ['number'], gives: 'integer', sql: ([a]) => `CAST(ceil(${a.sql}) AS BIGINT)` },
  floor: { takes: ['number'], gives: 'integer', sql: ([a]) => `CAST(floor(${a.sql}) AS BIGINT)` },
  round: { takes: ['number', 'integer'], least: 1, gives: ([a]) => a.type, sql: plain('round') },
  mod: { takes: ['number', 'number'], gives: results, sql: ([a, b]) => `(${a.sql} % nullif(${b.sql}, 0))` },
  sqrt: {
    takes: ['number'],
    gives: 'decimal',
    sql: ([a]) => `(CASE WHEN ${a.sql} >= 0 THEN sqrt(${a.sql}) END)`,
  },
  ln: { takes: ['number'], gives: 'decimal', sql: ([a]) => `(CASE WHEN ${a.sql} > 0 THEN ln(${a.sql}) END)` },
  log: { takes: ['number'], gives: 'decimal', sql: ([a]) => `(CASE WHEN ${a.sql} > 0 THEN log10(${a.sql}) END)` },
  exp: { takes: ['number'], gives: 'decimal', sql: plain('exp') },

  now: { takes: [], gives: 'datetime', sql: (_, tools) => tools.nowSql },
  dateDiff: {
    takes: ['datetime', 'datetime', 'literal'],
    least: 2,
    gives: 'integer',
    sql: ([a, b, unit], tools) => {
      const what = unit ? period(unit, 2, tools) : 'day'
      return `date_diff('${what}', CAST(${a.sql} AS TIMESTAMP), CAST(${b.sql} AS TIMESTAMP))`
    },
  },
  addDateTime: {
    takes: ['integer', 'literal', 'datetime'],
    gives: 'datetime',
    sql: ([amount, unit, time], tools) => {
      const what = period(unit, 1, tools)
      const [each, times] = what === 'quarter' ? ['month', 3] : [what, 1]
      return `(CAST(${time.sql} AS TIMESTAMP) + (${amount.sql}) * INTERVAL ${times} ${each})`
    },
  },
  truncDate: {
    takes: ['literal', 'datetime'],
    gives: 'datetime',
    sql: ([unit, time], tools) => truncSql(period(unit, 0, tools), time.sql),
  },
  extract: {
    takes: ['literal', 'datetime'],
    gives: 'integer',
    sql: ([part, time], tools) => {
      const of = EXTRACT[(part.literal ?? '').toUpperCase()]
      if (!of) tools.refuse(0, `the part is one of ${Object.keys(EXTRACT).join(', ')}`)
      return of(`CAST(${time.sql} AS TIMESTAMP)`)
    },
  },
  formatDate: {
    takes: ['datetime', 'literal'],
    least: 1,
    gives: 'string',
    sql: ([time, format], tools) => {
      const pattern = dateFormat(format?.literal ?? "yyyy-MM-dd'T'HH:mm:ss", (why) => tools.refuse(1, why))
      return `strftime(CAST(${time.sql} AS TIMESTAMP), ${tools.bind(pattern)})`
    },
  },
  epochDate: { takes: ['integer'], gives: 'datetime', sql: ([a]) => `make_timestamp(${a.sql} * 1000000)` },
}

/** Functions that QuickSight has and a data set's calculated field cannot use here, with the reason. */
export function refusal(name: string): string | undefined {
  const is = (...names: string[]) => names.some((its) => its.toLowerCase() === name.toLowerCase())
  const over =
    /^(sum|avg|count|distinctCount|min|max|percentile|percentileCont|percentileDisc|stdev|stdevp|var|varp|rank|denseRank|percentileRank|percentOfTotal|countOver|lead|lag|firstValue|lastValue)(Over|If)?$/i
  if (is('sumOver', 'avgOver', 'countOver', 'minOver', 'maxOver', 'distinctCountOver', 'percentileOver', 'stdevOver'))
    return `level-aware calculation ${name} is not computed by Millrace: use a measure with an aggregate in the visual`
  if (
    /^(running|window|periodOverPeriod|periodToDate|difference|percentDifference)/i.test(name) ||
    is('rank', 'denseRank', 'lag', 'lead', 'percentOfTotal', 'percentileRank')
  )
    return `table calculation ${name} is not computed by Millrace`
  if (over.test(name) || is('median', 'stdev', 'stdevp', 'var', 'varp', 'distinct_count', 'mode'))
    return `aggregate ${name} cannot stand in a data set's calculated field: choose the aggregate in the visual`
  if (is('parseJson', 'geometry', 'regexp', 'netWorkDays', 'percentileCont'))
    return `function ${name} is not computed by Millrace`
  return undefined
}
