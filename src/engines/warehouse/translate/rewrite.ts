import { BARE, MACROS, NOT_CALLS, RENAMED, SAME } from './functions.ts'
import { itemNames } from './item-names.ts'
import { isName, sqlError, type Token } from './lex.ts'
import { Output } from './output.ts'
import { closing, type TableReference } from './references.ts'
import { type CallTools, SPECIAL } from './special.ts'
import { readType } from './types.ts'
import { macro, text } from './words.ts'

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
  /** Names of items that have none written, behind their last tokens. */
  private readonly named: ReturnType<typeof itemNames>
  /** Tokens that are not written. */
  private readonly skipped = new Set<number>()

  private readonly searched: readonly string[]

  constructor(
    sql: string,
    tokens: readonly Token[],
    {
      tables = [],
      prefixes = new Map(),
      searched = ['public'],
    }: {
      tables?: readonly TableReference[]
      /** What is written before names of tables, by their first tokens. */
      prefixes?: ReadonlyMap<number, string>
      /** Schemas of the search path. */
      searched?: readonly string[]
    } = {},
  ) {
    this.sql = sql
    this.tokens = tokens
    this.searched = searched
    for (const [start, prefix] of prefixes) this.before.set(start, prefix)
    this.named = itemNames(sql, tokens)
    // `dev.public.t`: the database is the one there is.
    for (const { start, end } of tables) if (end - start === 5) this.skipped.add(start).add(start + 1)
    tokens.forEach((token, i) => {
      if (token.text === '::') this.markCast(i)
      if (token.text === '/' || token.text === '%') this.markDivisor(i)
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
      // What stands behind tokens within has been written with them.
      const after = this.after.get(next - 1)
      if (after) out.write(after, this.tokens[next - 1].to)
      const named = this.named.get(next - 1)
      if (named && named.start >= start) out.write(` AS "${named.name}"`, this.tokens[next - 1].to)
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
      // NULLs come first in a descending order, unless it says otherwise.
      if (token.value === 'DESC' && next?.value !== 'NULLS') return this.replace(i, 'DESC NULLS FIRST', out)
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
    if (token.text.includes('\\') || token.text.startsWith('$')) out.write(text(token.value), token.from)
    else out.copy(token.text, token.from)
    // Redshift's LIKE escapes with a backslash unless told otherwise; DuckDB's does not escape.
    const like = ['LIKE', 'ILIKE'].includes(this.tokens[i - 1]?.value ?? '')
    if (like && token.value.includes('\\') && this.tokens[i + 1]?.value !== 'ESCAPE')
      out.write(` ESCAPE '\\'`, token.to)
    return i + 1
  }

  private sign(i: number, out: Output): number {
    const token = this.tokens[i]
    const before = this.tokens[i - 1]
    const unary =
      !before ||
      (before.kind === 'sign' && before.text !== ')') ||
      ['SELECT', 'AND', 'OR', 'WHERE'].includes(before.value)
    if (/^!?~\*?$/.test(token.text) && !unary) return this.pattern(i, out)
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
      searched: this.searched,
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

  /** A divisor of zero is an error, where DuckDB gives NULL. */
  private markDivisor(i: number): void {
    const divisor = this.tokens[i + 1]
    if (!divisor || (divisor.kind === 'number' && Number(divisor.text) !== 0)) return
    const end = this.operandEnd(i + 1)
    this.before.set(i + 1, `${macro('divisor')}(${this.before.get(i + 1) ?? ''}`)
    this.after.set(end, `${this.after.get(end) ?? ''})`)
  }

  /** The last token of the operand that begins at a token. */
  private operandEnd(start: number): number {
    const token = this.tokens[start]
    if (token?.text === '-' || token?.text === '+') return this.operandEnd(start + 1)
    let end = start
    if (token?.text === '(') end = closing(this.tokens, start)
    else if (token?.value === 'CASE') {
      for (let depth = 1; depth > 0 && end < this.tokens.length - 1; ) {
        end++
        if (this.tokens[end].value === 'CASE') depth++
        if (this.tokens[end].value === 'END') depth--
      }
    } else {
      while (this.tokens[end + 1]?.text === '.' && this.tokens[end + 2]) end += 2
      if (isName(token) && this.tokens[end + 1]?.text === '(') end = closing(this.tokens, end + 1)
      while (['OVER', 'FILTER'].includes(this.tokens[end + 1]?.value ?? '') && this.tokens[end + 2]?.text === '(')
        end = closing(this.tokens, end + 2)
    }
    while (this.tokens[end + 1]?.text === '::') end = this.type(end + 2).end - 1
    return Math.min(end, this.tokens.length - 1)
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
