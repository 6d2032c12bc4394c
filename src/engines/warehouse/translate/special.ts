import { FormatError, isNumberFormat, parseFormat, toCharNumber, toCharTime } from './formats.ts'
import type { Token } from './lex.ts'
import type { Output } from './output.ts'
import { datePart } from './parts.ts'
import { closing } from './references.ts'
import type { readType } from './types.ts'
import { macro, text } from './words.ts'

/** A call as its rewriting sees it: its tokens, its arguments, and how to refuse. */
export interface CallTools {
  readonly sql: string
  readonly tokens: readonly Token[]
  readonly name: number
  readonly close: number
  readonly count: number
  /** Schemas of the search path. */
  readonly searched: readonly string[]
  first(n: number): Token
  bounds(n: number): [number, number]
  arg(n: number): string
  range(from: number, to: number): string
  type(at: number): NonNullable<ReturnType<typeof readType>>
  fail(code: string, message: string, at?: number): never
}

/** Writes a call anew. Gives the index behind it where that is not the closing parenthesis. */
type Special = (tools: CallTools, out: Output) => number | undefined

function wants(tools: CallTools, least: number, most = least): void {
  if (tools.count >= least && tools.count <= most) return
  const name = tools.tokens[tools.name].text.toLowerCase()
  tools.fail('42883', `function ${name} with ${tools.count} arguments does not exist`)
}

function put(tools: CallTools, out: Output, sql: string): undefined {
  out.write(sql, tools.tokens[tools.name].from)
}

function part(tools: CallTools, n: number): string {
  const [at] = tools.bounds(n)
  const token = tools.first(n)
  return datePart(token.value) ?? tools.fail('22023', `"${token.text}" is not a date part`, at)
}

/** The format that is written out as this argument, put into DuckDB's words. */
function withFormat<T>(tools: CallTools, n: number, use: (format: string) => T): T {
  const [at] = tools.bounds(n)
  const token = tools.first(n)
  if (token.kind !== 'string') return tools.fail('0A000', 'the format must be a text that is written out', at)
  try {
    return use(token.value)
  } catch (thrown) {
    if (thrown instanceof FormatError) return tools.fail('22007', thrown.message, at)
    throw thrown
  }
}

const timestamp = (sql: string) => `CAST(${sql} AS TIMESTAMP)`

/** Calls whose arguments change, by name. */
export const SPECIAL: Readonly<Record<string, Special>> = {
  DECODE: (tools, out) => {
    if (tools.count < 3) wants(tools, 3)
    const value = tools.arg(0)
    const cases: string[] = []
    let n = 1
    for (; n + 1 < tools.count; n += 2)
      cases.push(`WHEN ${value} IS NOT DISTINCT FROM ${tools.arg(n)} THEN ${tools.arg(n + 1)}`)
    return put(tools, out, `(CASE ${cases.join(' ')}${n < tools.count ? ` ELSE ${tools.arg(n)}` : ''} END)`)
  },
  NVL: (tools, out) => put(tools, out, `coalesce(${arguments_(tools)})`),
  CONCAT: (tools, out) => {
    wants(tools, 2)
    return put(tools, out, `(${tools.arg(0)} || ${tools.arg(1)})`)
  },
  AVG: (tools, out) => {
    // AVG of whole numbers is a whole number in Redshift; the division follows the argument's type.
    const rest = windowEnd(tools)
    const tail = tools.range(tools.close + 1, rest)
    const args = tools.range(tools.name + 2, tools.close)
    put(tools, out, `(sum(${args})${tail ? ` ${tail}` : ''} / count(${args})${tail ? ` ${tail}` : ''})`)
    return rest
  },
  LISTAGG: listagg,
  RATIO_TO_REPORT: (tools, out) => {
    wants(tools, 1)
    const rest = windowEnd(tools)
    const value = tools.arg(0)
    put(tools, out, `(CAST(${value} AS DOUBLE) / sum(${value}) ${tools.range(tools.close + 1, rest)})`)
    return rest
  },
  DATEADD: (tools, out) => {
    wants(tools, 3)
    const unit = part(tools, 0)
    const [each, times] = unit === 'quarter' ? ['month', 3] : [unit, 1]
    if (['dow', 'doy', 'epoch'].includes(unit)) tools.fail('22023', `DATEADD has no part ${unit}`)
    return put(
      tools,
      out,
      `(${timestamp(tools.arg(2))} + CAST(${tools.arg(1)} AS INTEGER) * INTERVAL ${times} ${each})`,
    )
  },
  DATE_ADD: (tools, out) => SPECIAL.DATEADD(tools, out),
  DATEDIFF: (tools, out) => {
    wants(tools, 3)
    return put(tools, out, `date_diff('${part(tools, 0)}', ${timestamp(tools.arg(1))}, ${timestamp(tools.arg(2))})`)
  },
  DATE_DIFF: (tools, out) => SPECIAL.DATEDIFF(tools, out),
  DATE_PART: (tools, out) => {
    wants(tools, 2)
    return put(tools, out, `CAST(date_part('${part(tools, 0)}', ${timestamp(tools.arg(1))}) AS DOUBLE)`)
  },
  PGDATE_PART: (tools, out) => SPECIAL.DATE_PART(tools, out),
  EXTRACT: (tools, out) => {
    const from = tools.name + 3
    if (tools.tokens[from]?.value !== 'FROM') tools.fail('42601', 'EXTRACT is written EXTRACT(part FROM value)')
    const unit = part(tools, 0)
    return put(tools, out, `CAST(date_part('${unit}', ${timestamp(tools.range(from + 1, tools.close))}) AS BIGINT)`)
  },
  TO_CHAR: (tools, out) => {
    wants(tools, 2)
    const value = tools.arg(0)
    return put(
      tools,
      out,
      withFormat(tools, 1, (format) =>
        isNumberFormat(format) ? toCharNumber(value, format) : toCharTime(value, format),
      ),
    )
  },
  TO_DATE: (tools, out) => {
    wants(tools, 2, 3)
    if (tools.count === 3 && tools.first(2).value !== 'TRUE')
      tools.fail('0A000', 'TO_DATE reads dates strictly here: is_strict can be TRUE alone', tools.bounds(2)[0])
    return put(tools, out, `CAST(strptime(${tools.arg(0)}, ${text(withFormat(tools, 1, parseFormat))}) AS DATE)`)
  },
  TO_TIMESTAMP: (tools, out) => {
    wants(tools, 2, 3)
    if (tools.count === 3 && tools.first(2).value !== 'TRUE')
      tools.fail('0A000', 'TO_TIMESTAMP reads times strictly here: is_strict can be TRUE alone', tools.bounds(2)[0])
    return put(tools, out, `(strptime(${tools.arg(0)}, ${text(withFormat(tools, 1, parseFormat))}) AT TIME ZONE 'UTC')`)
  },
  TO_NUMBER: (tools, out) => {
    wants(tools, 2)
    const scale = withFormat(tools, 1, (format) => (/[.D]([09]*)/i.exec(format)?.[1] ?? '').length)
    return put(
      tools,
      out,
      `CAST(regexp_replace(regexp_replace(${tools.arg(0)}, '[^-0-9.]', '', 'g'), '^(.*)-$', '-\\1') AS DECIMAL(38,${scale}))`,
    )
  },
  CONVERT_TIMEZONE: (tools, out) => {
    wants(tools, 2, 3)
    const [source, target, time] =
      tools.count === 3 ? [tools.arg(0), tools.arg(1), tools.arg(2)] : [`'UTC'`, tools.arg(0), tools.arg(1)]
    return put(tools, out, `((${timestamp(time)} AT TIME ZONE ${source}) AT TIME ZONE ${target})`)
  },
  CAST: castCall,
  TRY_CAST: castCall,
  CONVERT: (tools, out) => {
    wants(tools, 2)
    const { type } = tools.type(tools.name + 2)
    const value = `CAST(${tools.arg(1)} AS ${type.duck})`
    return put(tools, out, type.length ? `left(${value}, ${type.length})` : value)
  },
  NOW: (tools, out) => put(tools, out, `${macro('getdate')}()`),
  SYSDATE: (tools, out) => put(tools, out, `${macro('getdate')}()`),
  SHA2: (tools, out) => {
    wants(tools, 2)
    if (!['0', '256'].includes(tools.first(1).text)) tools.fail('0A000', 'SHA2 is supported with 256 bits')
    return put(tools, out, `sha256(${tools.arg(0)})`)
  },
  REGEXP_REPLACE: (tools, out) => {
    wants(tools, 2, 3)
    return put(
      tools,
      out,
      `regexp_replace(${tools.arg(0)}, ${tools.arg(1)}, ${tools.count > 2 ? tools.arg(2) : `''`}, 'g')`,
    )
  },
  JSON_EXTRACT_PATH_TEXT: (tools, out) => {
    if (tools.count < 2) wants(tools, 2)
    const path: string[] = []
    for (let n = 1; n < tools.count; n++) {
      const key = tools.first(n)
      if (key.kind === 'word' && n === tools.count - 1 && /^(TRUE|FALSE)$/.test(key.value)) break
      if (key.kind !== 'string') tools.fail('0A000', 'the path must be texts that are written out', tools.bounds(n)[0])
      path.push(`/${key.value.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    }
    return put(tools, out, `json_extract_string(${tools.arg(0)}, ${text(path.join(''))})`)
  },
  CURRENT_DATABASE: (tools, out) => put(tools, out, `'dev'`),
  CURRENT_SCHEMA: (tools, out) => {
    wants(tools, 0)
    const [schema] = tools.searched
    return put(tools, out, schema === undefined ? 'CAST(NULL AS VARCHAR)' : text(schema))
  },
  CURRENT_SCHEMAS: (tools, out) => {
    wants(tools, 1)
    const list = (schemas: readonly string[]) => text(`{${schemas.join(',')}}`)
    const all = list(['pg_catalog', ...tools.searched])
    return put(tools, out, `CASE WHEN ${tools.arg(0)} THEN ${all} ELSE ${list(tools.searched)} END`)
  },
  VERSION: (tools, out) => put(tools, out, `'Millrace warehouse, Redshift dialect'`),
}

function arguments_(tools: CallTools): string {
  return tools.range(tools.name + 2, tools.close)
}

/** Index behind `OVER (…)` or a FILTER that follows a call, or behind the call. */
function windowEnd(tools: CallTools): number {
  let end = tools.close + 1
  if (tools.tokens[end]?.value === 'FILTER' && tools.tokens[end + 1]?.text === '(')
    end = closing(tools.tokens, end + 1) + 1
  if (tools.tokens[end]?.value !== 'OVER') return end
  return tools.tokens[end + 1]?.text === '(' ? closing(tools.tokens, end + 1) + 1 : end + 2
}

/** `LISTAGG(x, ',') WITHIN GROUP (ORDER BY y) [OVER (…)]`: the order moves into the call. */
function listagg(tools: CallTools, out: Output): number {
  wants(tools, 1, 2)
  const value = tools.arg(0)
  const separator = tools.count > 1 ? tools.arg(1) : `''`
  let end = tools.close + 1
  let order = ''
  if (tools.tokens[end]?.value === 'WITHIN' && tools.tokens[end + 1]?.value === 'GROUP') {
    const close = closing(tools.tokens, end + 2)
    order = ` ${tools.range(end + 3, close)}`
    end = close + 1
  }
  const distinct = /^DISTINCT\s/i.test(value)
  const written = distinct ? `DISTINCT CAST(${value.slice(8)} AS VARCHAR)` : `CAST(${value} AS VARCHAR)`
  put(tools, out, `string_agg(${written}, ${separator}${order})`)
  return end
}

function castCall(tools: CallTools, out: Output): undefined {
  let as = tools.close - 1
  let depth = 0
  for (; as > tools.name + 1; as--) {
    if (tools.tokens[as].text === ')') depth++
    if (tools.tokens[as].text === '(') depth--
    if (depth === 0 && tools.tokens[as].value === 'AS') break
  }
  if (tools.tokens[as].value !== 'AS') tools.fail('42601', 'CAST is written CAST(value AS type)')
  const { type } = tools.type(as + 1)
  const value = `${tools.tokens[tools.name].value}(${tools.range(tools.name + 2, as)} AS ${type.duck})`
  return put(tools, out, type.length ? `left(${value}, ${type.length})` : value)
}
