import { FormatError, isNumberFormat, parseFormat, toCharNumber, toCharTime } from './formats.ts'
import { BARE, MACROS, NOT_CALLS, RENAMED, SAME } from './functions.ts'
import { isName, sqlError, type Token } from './lex.ts'
import { Output } from './output.ts'
import { datePart } from './parts.ts'
import { closing, type TableReference } from './references.ts'
import { readType } from './types.ts'

const text = (value: string) => `'${value.replaceAll("'", "''")}'`

/** Where our macros are: in the in-memory database, so that no user's schema can hide them. */
const macro = (name: string) => `memory.redshift.rs_${name.toLowerCase()}`

/** Words that begin a query in DuckDB and never in Redshift; they would read what they please. */
const FOREIGN_QUERY = new Set(['FROM', 'SUMMARIZE', 'DESCRIBE', 'SHOW', 'TABLE', 'PIVOT', 'UNPIVOT', 'CALL', 'PRAGMA'])
const SET_OPERATORS = new Set(['UNION', 'EXCEPT', 'INTERSECT', 'MINUS'])

/**
 * Rewrites the words of a Redshift query for DuckDB. What both have alike is copied, so that DuckDB's places are the user's; what
 * Redshift does not know (or Millrace does not honour) is refused by name.
 */
export class Rewriter {
  private readonly sql: string
  private readonly tokens: readonly Token[]
  private readonly before = new Map<number, string>()
  private readonly after = new Map<number, string>()
  /** Tokens that are not written. */
  private readonly skipped = new Set<number>()

  constructor(sql: string, tokens: readonly Token[], tables: readonly TableReference[] = []) {
    this.sql = sql
    this.tokens = tokens
    // `dev.public.t`: the database is the one there is.
    for (const { start, end } of tables) if (end - start === 5) this.skipped.add(start).add(start + 1)
    tokens.forEach((token, i) => {
      if (token.text === '::') this.markCast(i)
      if (token.kind === 'word' && token.value === 'TOP') this.markTop(i)
      this.checkQuery(i)
    })
  }

  /** The tokens from `start` to before `end`, written for DuckDB. */
  range(start = 0, end = this.tokens.length): Output {
    const out = new Output()
    let i = start
    while (i < end) {
      const token = this.tokens[i]
      if (i > start && this.tokens[i - 1].to < token.from) out.write(' ', token.from)
      if (this.skipped.has(i)) {
        i++
        continue
      }
      const before = this.before.get(i)
      if (before) out.write(before, token.from)
      const next = this.token(i, out)
      for (let done = i; done < next; done++) {
        const after = this.after.get(done)
        if (after) out.write(after, this.tokens[done].to)
      }
      i = next
    }
    return out
  }

  /** Writes what begins at a token; gives the index behind it. */
  private token(i: number, out: Output): number {
    const token = this.tokens[i]
    const next = this.tokens[i + 1]
    const dotted = this.tokens[i - 1]?.text === '.'
    if (token.kind === 'string') return this.literal(i, out)
    if (token.text === '::') return this.cast(i, out)
    if (token.kind === 'sign') return this.sign(i, out)
    if (isName(token) && next?.text === '(' && !this.isAlias(i)) {
      if (token.kind === 'quoted' || !NOT_CALLS.has(token.value)) return this.call(i, out)
    }
    if (token.text.startsWith('#')) return this.replace(i, `"${token.text.toLowerCase()}"`, out)
    if (token.kind === 'word' && !dotted) {
      if (token.value === 'MINUS' && this.isSetOperator(i)) return this.replace(i, 'EXCEPT', out)
      if (token.value === 'SIMILAR' && next?.value === 'TO') return this.similar(i, out)
      if (token.value === 'APPROXIMATE' && isName(next)) return this.approximate(i, out)
      if (BARE[token.value] && next?.text !== '.' && next?.text !== '(' && this.tokens[i - 1]?.value !== 'AS')
        return this.replace(i, BARE[token.value], out)
    }
    out.copy(token.text, token.from)
    return i + 1
  }

  private replace(i: number, by: string, out: Output, end = i + 1): number {
    out.write(by, this.tokens[i].from)
    return end
  }

  private literal(i: number, out: Output): number {
    const token = this.tokens[i]
    if (token.text.includes('\\')) out.write(text(token.value), token.from)
    else out.copy(token.text, token.from)
    // Redshift's LIKE escapes with a backslash unless told otherwise; DuckDB's does not escape.
    const like = ['LIKE', 'ILIKE'].includes(this.tokens[i - 1]?.value ?? '')
    if (like && token.value.includes('\\') && this.tokens[i + 1]?.value !== 'ESCAPE')
      out.write(` ESCAPE '\\'`, token.to)
    return i + 1
  }

  private sign(i: number, out: Output): number {
    const token = this.tokens[i]
    if (/^!?~\*?$/.test(token.text)) return this.pattern(i, out)
    if (token.text === '[')
      throw this.error('0A000', 'type super is not supported by Millrace: arrays cannot be navigated', i)
    const arrow = token.text === '-' && this.tokens[i + 1]?.text === '>' && this.tokens[i + 1].from === token.to
    if (['@', ':', ']'].includes(token.text) || arrow) throw this.syntax(i)
    out.copy(token.text, token.from)
    return i + 1
  }

  /** POSIX matching looks anywhere in the text; DuckDB's operator matches the whole. */
  private pattern(i: number, out: Output): number {
    const { text: operator, from } = this.tokens[i]
    const literal = this.tokens[i + 1]
    if (literal?.kind !== 'string')
      throw this.error('0A000', `the pattern of ${operator} must be a text that is written out`, i)
    const flags = operator.endsWith('*') ? '(?is)' : '(?s)'
    out.write(`${operator.replace('*', '')} ${text(`${flags}.*(?:${literal.value}).*`)}`, from)
    return i + 2
  }

  private similar(i: number, out: Output): number {
    const literal = this.tokens[i + 2]
    if (literal?.kind !== 'string')
      throw this.error('0A000', 'the pattern of SIMILAR TO must be a text that is written out', i)
    const regex = literal.value.replace(/\\([\s\S])|([%_.^$])/g, (_, escaped?: string, mark?: string) =>
      escaped !== undefined ? `\\${escaped}` : mark === '%' ? '.*' : mark === '_' ? '.' : `\\${mark}`,
    )
    out.write(`SIMILAR TO ${text(`(?s)(?:${regex})`)}`, this.tokens[i].from)
    return i + 3
  }

  /** `APPROXIMATE COUNT(DISTINCT x)`: HyperLogLog, with an error of a few per cent in both. */
  private approximate(i: number, out: Output): number {
    const close = closing(this.tokens, i + 2)
    if (this.tokens[i + 1].value !== 'COUNT' || this.tokens[i + 3]?.value !== 'DISTINCT')
      throw this.error('0A000', `APPROXIMATE ${this.tokens[i + 1].text} is not supported by Millrace`, i)
    out.write('approx_count_distinct(', this.tokens[i].from)
    out.append(this.range(i + 4, close))
    out.write(')', this.tokens[close].from)
    return close + 1
  }

  private cast(i: number, out: Output): number {
    const { type, end } = this.type(i + 1)
    out.write(`::${type.duck}${type.length ? `, ${type.length})` : ''}`, this.tokens[i].from)
    return end
  }

  private type(at: number) {
    const found = readType(this.sql, this.tokens, at)
    if (found) return found
    const token = this.tokens[at] ?? this.tokens.at(-1)
    throw sqlError('42704', `type "${token?.text.toLowerCase() ?? ''}" does not exist`, this.sql, token.from, token.to)
  }

  private call(i: number, out: Output): number {
    const token = this.tokens[i]
    const name = token.value.toUpperCase()
    const close = closing(this.tokens, i + 1)
    if (close === this.tokens.length)
      throw sqlError('42601', 'syntax error: ")" is missing', this.sql, this.tokens[i + 1].from)
    if (this.tokens[i - 1]?.text === '.' && this.tokens[i - 2]?.value !== 'PG_CATALOG')
      throw this.error('42883', `function ${this.tokens[i - 2]?.text}.${token.text}() does not exist`, i)
    const special = SPECIAL[name]
    if (special) return special(this.tools(i, close), out) ?? close + 1
    const written = SAME.has(name) ? token.text : (RENAMED[name] ?? (MACROS.has(name) ? macro(name) : undefined))
    if (written === undefined) throw this.unknown(i, name)
    if (written === token.text) out.copy(token.text, token.from)
    else out.write(written, token.from)
    const ignore = this.tokens[close + 1]?.value
    const nulls = (ignore === 'IGNORE' || ignore === 'RESPECT') && this.tokens[close + 2]?.value === 'NULLS'
    out.write('(', this.tokens[i + 1].from)
    out.append(this.range(i + 2, close))
    out.write(nulls ? ` ${ignore} NULLS)` : ')', this.tokens[close].from)
    return close + (nulls ? 3 : 1)
  }

  private unknown(i: number, name: string) {
    const super_ = /^(JSON_PARSE|JSON_SERIALIZE|ARRAY|SPLIT_TO_ARRAY|SUBARRAY|FLATTEN|GET_ARRAY_LENGTH|OBJECT)/.test(
      name,
    )
    if (super_) return this.error('0A000', `${name}: type super is not supported by Millrace`, i)
    return this.error('42883', `function ${name.toLowerCase()}() does not exist, or is not supported by Millrace`, i)
  }

  private tools(i: number, close: number): CallTools {
    const bounds: [number, number][] = []
    let depth = 0
    let start = i + 2
    for (let k = i + 2; k < close; k++) {
      const { kind, text: sign } = this.tokens[k]
      if (kind !== 'sign') continue
      if (sign === '(') depth++
      if (sign === ')') depth--
      if (sign === ',' && depth === 0) {
        bounds.push([start, k])
        start = k + 1
      }
    }
    if (start < close) bounds.push([start, close])
    return {
      sql: this.sql,
      tokens: this.tokens,
      name: i,
      close,
      count: bounds.length,
      first: (n) => this.tokens[bounds[n]?.[0] ?? close],
      bounds: (n) => bounds[n] ?? [close, close],
      arg: (n) => this.range(...(bounds[n] ?? [close, close])).text,
      range: (from, to) => this.range(from, to).text,
      type: (at) => this.type(at),
      fail: (code, message, at = i) => {
        throw this.error(code, message, at)
      },
    }
  }

  /** `x::varchar(3)` cuts to three characters, which DuckDB would not: the operand is put in `left`. */
  private markCast(i: number): void {
    const { type } = this.type(i + 1)
    if (!type.length) return
    const start = this.operandStart(i)
    this.before.set(start, `left(${this.before.get(start) ?? ''}`)
  }

  private operandStart(cast: number): number {
    let i = cast - 1
    if (this.tokens[i]?.text === ')') {
      i = this.opening(i)
      if (this.tokens[i - 1]?.value === 'OVER') i = this.opening(i - 2)
      if (isName(this.tokens[i - 1]) && !NOT_CALLS.has(this.tokens[i - 1].value)) i--
    } else if (this.tokens[i]?.value === 'END') {
      for (let depth = 1; depth > 0 && i > 0; ) {
        i--
        if (this.tokens[i].value === 'END') depth++
        if (this.tokens[i].value === 'CASE') depth--
      }
    } else if (
      this.tokens[i]?.kind === 'string' &&
      ['DATE', 'TIMESTAMP', 'INTERVAL'].includes(this.tokens[i - 1]?.value)
    )
      i--
    while (this.tokens[i - 1]?.text === '.') i -= 2
    if (this.tokens[i - 1]?.text === '::') return this.operandStart(i - 1)
    if (this.tokens[i - 2]?.text === '::' && this.tokens[i - 1]?.kind === 'word') return this.operandStart(i - 2)
    return Math.max(i, 0)
  }

  private opening(close: number): number {
    let depth = 0
    for (let i = close; i >= 0; i--) {
      if (this.tokens[i].kind !== 'sign') continue
      if (this.tokens[i].text === ')') depth++
      if (this.tokens[i].text === '(' && --depth === 0) return i
    }
    return 0
  }

  /** `SELECT TOP 5 …` is a limit at the end of this SELECT. */
  private markTop(i: number): void {
    const previous = this.tokens[i - 1]?.value
    const count = this.tokens[i + 1]
    if ((previous !== 'SELECT' && previous !== 'DISTINCT' && previous !== 'ALL') || count?.kind !== 'number') return
    this.skipped.add(i).add(i + 1)
    let depth = 0
    let end = i + 2
    for (; end < this.tokens.length; end++) {
      const { kind, text: sign, value } = this.tokens[end]
      if (kind === 'sign' && sign === '(') depth++
      if (kind === 'sign' && sign === ')' && --depth < 0) break
      if (kind === 'word' && depth === 0 && SET_OPERATORS.has(value)) break
    }
    this.after.set(end - 1, `${this.after.get(end - 1) ?? ''} LIMIT ${count.text}`)
  }

  private checkQuery(i: number): void {
    const token = this.tokens[i]
    if (token.kind !== 'word') return
    const previous = this.tokens[i - 1]
    if (FOREIGN_QUERY.has(token.value) && (previous?.text === '(' || previous === undefined)) throw this.syntax(i)
    if (!SET_OPERATORS.has(token.value) || !this.isSetOperator(i)) return
    const all = ['ALL', 'DISTINCT'].includes(this.tokens[i + 1]?.value ?? '')
    const next = this.tokens[i + (all ? 2 : 1)]
    if (next?.text !== '(' && !['SELECT', 'WITH', 'VALUES'].includes(next?.value ?? ''))
      throw this.syntax(Math.min(i + (all ? 2 : 1), this.tokens.length - 1))
  }

  private isSetOperator(i: number): boolean {
    const next = this.tokens[i + 1]
    return (
      this.tokens[i - 1]?.text !== '.' &&
      (next?.text === '(' ||
        ['SELECT', 'ALL', 'DISTINCT', 'FROM', 'TABLE', 'WITH', 'VALUES', 'BY'].includes(next?.value ?? ''))
    )
  }

  /** A name with columns behind it, such as `t(a, b)` after a subquery or AS: no call. */
  private isAlias(i: number): boolean {
    const previous = this.tokens[i - 1]
    if (!previous) return false
    if (previous.value === 'AS' || previous.value === 'WITH' || previous.value === 'RECURSIVE') return true
    if (previous.text === ')')
      return !['OVER', 'FILTER', 'WITHIN', 'AND', 'OR', 'IN', 'NOT'].includes(this.tokens[i].value)
    const close = closing(this.tokens, i + 1)
    return previous.text === ',' && this.tokens[close + 1]?.value === 'AS' && this.tokens[close + 2]?.text === '('
  }

  private syntax(i: number) {
    return this.error('42601', `syntax error at or near "${this.tokens[i].text}"`, i)
  }

  private error(code: string, message: string, i: number) {
    return sqlError(code, message, this.sql, this.tokens[i].from, this.tokens[i].to)
  }
}

interface CallTools {
  readonly sql: string
  readonly tokens: readonly Token[]
  readonly name: number
  readonly close: number
  readonly count: number
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

const SPECIAL: Readonly<Record<string, Special>> = {
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
    return put(tools, out, `CAST(strptime(${tools.arg(0)}, ${text(withFormat(tools, 1, parseFormat))}) AS DATE)`)
  },
  TO_TIMESTAMP: (tools, out) => {
    wants(tools, 2, 3)
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
  CURRENT_SCHEMA: (tools, out) => put(tools, out, `'public'`),
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
