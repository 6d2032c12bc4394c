import type { Dialect } from './header.ts'
import { type Token, tokens } from './tokens.ts'

/** Something after FROM: a table by its name, or a subquery by its columns. */
export interface Source {
  readonly alias: string
  /** Parts of the name as written: `flights.airports` is two. Empty for a subquery. */
  readonly name: readonly string[]
  /** Where the parts of its name and its alias stand. */
  readonly places?: readonly number[]
  /** Columns of a subquery or common table expression; `*` stands for those of its own sources. */
  readonly query?: Output
  /** The common table expression that its name stands for, which need not be the only one of that name. */
  readonly cte?: Cte
}

/** The columns that a query gives, and sources all of whose columns it passes on. */
export interface Output {
  readonly columns: readonly OutputColumn[]
  readonly stars: readonly Source[]
}

export interface OutputColumn {
  readonly name: string
  /** A column that is only passed on, perhaps under another name: what it is called where it comes from, and the sources that may have it. */
  readonly of?: { readonly name: string; readonly sources: readonly Source[] }
}

/** A common table expression, with its places in the statement. */
export interface Cte extends Output {
  readonly name: string
  /** Where its name stands. */
  readonly at: number
  /** From the WITH that it belongs to, to behind its closing parenthesis: what a query of it needs before itself. */
  readonly from: number
  readonly to: number
  /** Where the query ends that its WITH belongs to, and with it the reach of the name. */
  readonly until: number
}

export interface Scope {
  /** What may be named at the cursor, the innermost query first. */
  readonly sources: readonly Source[]
  readonly ctes: readonly Cte[]
  /** Names before the cursor that end with a dot: `f.` gives `['f']`. */
  readonly qualifier: readonly string[]
  /** `name`: one that the text gives to something, behind AS. */
  readonly expects: 'table' | 'column' | 'statement' | 'name'
  /** In a condition of a JOIN. */
  readonly joins: boolean
}

interface Select {
  readonly start: number
  end: number
  readonly sources: Source[]
  readonly items: Token[][]
  readonly clauses: { at: number; clause: string }[]
}

const TABLE_BEFORE = new Set([
  'FROM',
  'JOIN',
  'INTO',
  'UPDATE',
  'TABLE',
  'DESCRIBE',
  'DESC',
  'VIEW',
  'REPAIR',
  'COPY',
  'ANALYZE',
])
const CLAUSES = new Set([
  'SELECT',
  'FROM',
  'WHERE',
  'GROUP',
  'HAVING',
  'ORDER',
  'LIMIT',
  'OFFSET',
  'WINDOW',
  'QUALIFY',
  'SET',
])
const NO_ALIAS = new Set([
  ...CLAUSES,
  ...'ON USING JOIN LEFT RIGHT FULL INNER OUTER CROSS NATURAL UNION INTERSECT EXCEPT FETCH WITH AS TABLESAMPLE PIVOT UNPIVOT VALUES'.split(
    ' ',
  ),
])

const word = (token: Token | undefined) => (token?.kind === 'word' ? token.text.toUpperCase() : '')
const isMark = (token: Token | undefined, mark: string) => token?.kind === 'mark' && token.text === mark
const isName = (token: Token | undefined) => token !== undefined && (token.kind === 'quoted' || token.kind === 'word')

/** What a statement means at an offset, finished or not. */
export function scopeAt(sql: string, offset: number, dialect: Dialect = 'athena'): Scope {
  const reader = new Reader(tokens(sql, dialect), sql.length)
  reader.query(0, reader.tokens.length)
  const inside = reader.selects
    .filter((select) => select.start <= offset && offset <= select.end)
    .sort((a, b) => b.start - a.start)
  const before = reader.tokens.filter((token) => token.end < offset || (token.end === offset && !isName(token)))
  const qualifier = qualifierOf(before)
  const last = before[before.length - 1 - qualifier.length * 2]
  const { clause, at = 0 } = inside[0]?.clauses.findLast(({ at }) => at < offset) ?? {}
  const expects =
    last === undefined
      ? 'statement'
      : namesTable(last, reader.tokens[0]) || (isMark(last, ',') && clause === 'FROM')
        ? 'table'
        : (clause === 'SELECT' || clause === 'FROM') && givesName(before)
          ? 'name'
          : 'column'
  return {
    sources: inside.flatMap((select) => select.sources),
    ctes: visibleAt(reader.ctes, offset),
    qualifier,
    expects,
    joins: clause === 'ON' && /^on/i.test(sql.slice(at)),
  }
}

/** DESC is DESCRIBE at the beginning of a statement, and an order everywhere else. */
const namesTable = (token: Token, first: Token | undefined) =>
  TABLE_BEFORE.has(word(token)) && (token === first || word(token) !== 'DESC')

/** Whether the words before a place end with the AS of a name, not of a type in a cast or of a format. */
function givesName(before: readonly Token[]): boolean {
  if (word(before.at(-1)) !== 'AS' || word(before.at(-2)) === 'FORMAT') return false
  let depth = 0
  const open = before.findLastIndex((token) => {
    depth += isMark(token, ')') ? 1 : isMark(token, '(') ? -1 : 0
    return depth < 0
  })
  return !/CAST$/.test(word(before[open - 1]))
}

/** Every table that a statement names, with its place: for definitions and hovers. */
export function sourcesOf(
  sql: string,
  dialect: Dialect = 'athena',
): { sources: readonly Source[]; ctes: readonly Cte[] } {
  const reader = new Reader(tokens(sql, dialect), sql.length)
  reader.query(0, reader.tokens.length)
  return { sources: reader.selects.flatMap((select) => select.sources), ctes: reader.ctes }
}

const KIND_OF_JOIN = /^(inner|left|right|full|outer|cross|natural)$/i

/** The clauses of every query in a statement, each up to the next one of the same query; a JOIN is a FROM of its own. */
export function clausesOf(sql: string, dialect: Dialect = 'athena'): { clause: string; from: number; to: number }[] {
  const reader = new Reader(tokens(sql, dialect), sql.length)
  reader.query(0, reader.tokens.length)
  return reader.selects.flatMap(({ clauses, end }) =>
    clauses.map(({ at, clause }, i) => {
      const next = clauses[i + 1]?.at ?? end
      // What kind of join comes next is said before its word.
      const last = reader.tokens.findLast(
        (token) => token.start >= at && token.end <= next && !(clause === 'ON' && KIND_OF_JOIN.test(token.text)),
      )
      const to = last?.end ?? next
      return { clause, from: at, to }
    }),
  )
}

/** Common table expressions that a place may name, each name once: those of the innermost query hide others. */
export function visibleAt(ctes: readonly Cte[], offset: number): Cte[] {
  const inReach = ctes.filter(({ to, until }) => to <= offset && offset <= until)
  return [...new Map(inReach.sort((a, b) => a.from - b.from).map((cte) => [cte.name.toLowerCase(), cte])).values()]
}

function qualifierOf(before: readonly Token[]): string[] {
  const parts: string[] = []
  let at = before.length - 1
  while (isMark(before[at], '.') && isName(before[at - 1])) {
    parts.unshift(before[at - 1].text)
    at -= 2
  }
  return parts
}

class Reader {
  readonly tokens: readonly Token[]
  readonly selects: Select[] = []
  readonly ctes: Cte[] = []
  /** What names stand for where it reads. */
  private known: ReadonlyMap<string, Cte> = new Map()
  private readonly length: number

  constructor(list: readonly Token[], length: number) {
    this.tokens = list
    this.length = length
  }

  /** Reads a query between two tokens; its output is that of its first SELECT. */
  query(from: number, to: number): Output {
    const first = this.selects.length
    const outer = this.known
    let at = from
    if (word(this.tokens[at]) === 'WITH') at = this.common(at + 1, to)
    let select: Select | null = null
    while (at < to) {
      const token = this.tokens[at]
      const upper = word(token)
      if (upper === 'UNION' || upper === 'INTERSECT' || upper === 'EXCEPT') {
        if (select) select.end = token.start
        select = null
      } else if (!select && (upper === 'SELECT' || namesTable(token, this.tokens[0]))) {
        select = { start: token.start, end: this.endOf(to), sources: [], items: [], clauses: [] }
        this.selects.push(select)
      }
      at = select ? this.step(select, at, to) : isMark(token, '(') ? this.group(at, to) : at + 1
    }
    this.known = outer
    const own = this.selects[first]
    return own ? outputOf(own) : { columns: [], stars: [] }
  }

  private endOf(to: number): number {
    return to < this.tokens.length ? this.tokens[to].start : this.length
  }

  /** `a AS (…), b (x, y) AS (…)` after WITH. */
  private common(from: number, to: number): number {
    const recursive = word(this.tokens[from]) === 'RECURSIVE'
    let at = recursive ? from + 1 : from
    while (at < to && isName(this.tokens[at])) {
      const head = this.tokens[at++]
      let named: OutputColumn[] | null = null
      if (isMark(this.tokens[at], '(')) {
        const close = this.closing(at, to)
        named = this.tokens
          .slice(at + 1, close)
          .filter(isName)
          .map((token) => ({ name: token.text }))
        at = close + 1
      }
      if (word(this.tokens[at]) === 'AS') at++
      if (!isMark(this.tokens[at], '(')) return at
      const close = this.closing(at, to)
      const cte = {
        columns: named ?? [],
        stars: [] as readonly Source[],
        name: head.text,
        at: head.start,
        from: this.tokens[from - 1].start,
        to: this.tokens[close]?.end ?? this.length,
        until: this.endOf(to),
      }
      this.ctes.push(cte)
      const within = new Map(this.known).set(head.text.toLowerCase(), cte)
      if (recursive) this.known = within
      const output = this.query(at + 1, close)
      if (!named) Object.assign(cte, output)
      this.known = within
      at = close + 1
      if (!isMark(this.tokens[at], ',')) return at
      at++
    }
    return at
  }

  private step(select: Select, at: number, to: number): number {
    const token = this.tokens[at]
    const upper = word(token)
    if (CLAUSES.has(upper)) select.clauses.push({ at: token.start, clause: upper })
    else if (upper === 'JOIN') select.clauses.push({ at: token.start, clause: 'FROM' })
    else if (upper === 'ON' || upper === 'USING') select.clauses.push({ at: token.start, clause: 'ON' })
    const clause = select.clauses.at(-1)?.clause
    if (upper === 'SELECT') select.items.push([])
    if (namesTable(token, this.tokens[0]) || (isMark(token, ',') && clause === 'FROM'))
      return this.source(select, at + 1, to)
    if (isMark(token, '(')) {
      const next = this.group(at, to)
      if (clause === 'SELECT') select.items.at(-1)?.push(token)
      return next
    }
    if (clause === 'SELECT' && upper !== 'SELECT') {
      if (isMark(token, ',')) select.items.push([])
      else if (upper !== 'DISTINCT') select.items.at(-1)?.push(token)
    }
    return at + 1
  }

  /** What stands in parentheses: a query of its own, or expressions that may hold some. */
  private group(at: number, to: number): number {
    const close = this.closing(at, to)
    this.inner(at + 1, close)
    return close + 1
  }

  private inner(from: number, to: number): Output | null {
    const first = word(this.tokens[from])
    if (first === 'SELECT' || first === 'WITH') return this.query(from, to)
    for (let at = from; at < to; ) at = isMark(this.tokens[at], '(') ? this.group(at, to) : at + 1
    return null
  }

  private source(select: Select, from: number, to: number): number {
    let at = from
    const name: string[] = []
    const places: number[] = []
    let query: Output | undefined
    if (word(this.tokens[at]) === 'LATERAL') at++
    if (isMark(this.tokens[at], '(') && at < to) {
      const close = this.closing(at, to)
      query = this.inner(at + 1, close) ?? undefined
      at = close + 1
    } else {
      while (at < to && isName(this.tokens[at]) && !(name.length === 0 && NO_ALIAS.has(word(this.tokens[at])))) {
        places.push(this.tokens[at].start)
        name.push(this.tokens[at++].text)
        if (!isMark(this.tokens[at], '.')) break
        at++
      }
      if (isMark(this.tokens[at], '(') && at < to) at = this.group(at, to)
    }
    if (word(this.tokens[at]) === 'AS' && at < to) at++
    const named = at < to && isName(this.tokens[at]) && !NO_ALIAS.has(word(this.tokens[at])) ? this.tokens[at] : null
    if (named) {
      places.push(named.start)
      at++
    }
    const alias = named?.text ?? name.at(-1)
    const cte = name.length === 1 ? this.known.get(name[0].toLowerCase()) : undefined
    query ??= cte
    if (alias !== undefined) select.sources.push({ alias, name, places, ...(query && { query }), ...(cte && { cte }) })
    return at
  }

  private closing(open: number, to: number): number {
    let depth = 0
    for (let at = open; at < to; at++) {
      if (isMark(this.tokens[at], '(')) depth++
      else if (isMark(this.tokens[at], ')') && --depth === 0) return at
    }
    return to
  }
}

function outputOf(select: Select): Output {
  const columns: OutputColumn[] = []
  const stars: Source[] = []
  for (const item of select.items) {
    const last = item.at(-1)
    if (!last) continue
    if (isMark(last, '*')) {
      const owner = item.length >= 3 ? item.at(-3)!.text.toLowerCase() : null
      stars.push(...select.sources.filter((source) => owner === null || source.alias.toLowerCase() === owner))
    } else if (isName(last) && word(last) !== 'END') columns.push(columnOf(item, last, select.sources))
  }
  return { columns, stars }
}

/** `a`, `t.a`, `t.a AS b` and `t.a b` only pass a column on; anything else is worked out. */
function columnOf(item: readonly Token[], last: Token, sources: readonly Source[]): OutputColumn {
  const marks = item.filter((token) => word(token) !== 'AS')
  const dotted = isMark(marks[1], '.')
  const origin = dotted ? marks[2] : marks[0]
  const parts = dotted ? 3 : 1
  if (!isName(origin) || marks.length > parts + 1 || (marks.length === parts + 1 && marks[parts] !== last))
    return { name: last.text }
  const owner = dotted ? marks[0].text.toLowerCase() : null
  const owners = sources.filter(({ alias }) => owner === null || alias.toLowerCase() === owner)
  return { name: last.text, of: { name: origin.text, sources: owners } }
}
