import { isName, type Token } from './lex.ts'
import { closing } from './references.ts'
import { readType } from './types.ts'

/** What ends a list of selected items, at its own level. */
const ENDS = new Set(
  'FROM INTO WHERE GROUP HAVING QUALIFY WINDOW ORDER LIMIT OFFSET UNION EXCEPT MINUS INTERSECT'.split(' '),
)

/**
 * Functions that Redshift keeps under another name. The examples of these pages of the Amazon Redshift Database Developer Guide show them:
 * "NVL and COALESCE functions", "DECODE function", "EXTRACT function", "DATE_PART function", "DATEADD function", "DATEDIFF function",
 * "TRIM function", "GETDATE function". NVL2 and ISNULL are shown nowhere without an alias.
 */
const CALLED: Readonly<Record<string, string>> = {
  nvl: 'coalesce',
  nvl2: 'case',
  decode: 'case',
  isnull: 'coalesce',
  extract: 'date_part',
  date_part: 'pgdate_part',
  getdate: 'timestamp',
  dateadd: 'date_add',
  datediff: 'date_diff',
  trim: 'btrim',
}

/** TRIM of one side is another function (PostgreSQL: "String Functions and Operators"). */
const SIDES: Readonly<Record<string, string>> = { LEADING: 'ltrim', TRAILING: 'rtrim' }

/** Words that are calls without parentheses ("SYSDATE function", "CURRENT_DATE function", "CURRENT_USER"). */
const BARE_NAMES: Readonly<Record<string, string>> = {
  SYSDATE: 'timestamp',
  CURRENT_DATE: 'date',
  CURRENT_TIMESTAMP: 'timestamptz',
  CURRENT_USER: 'current_user',
  USER: 'current_user',
}

/** Types by the names of the catalog, which the columns of casts have. */
const INTERNAL: Readonly<Record<string, string>> = {
  smallint: 'int2',
  integer: 'int4',
  bigint: 'int8',
  real: 'float4',
  'double precision': 'float8',
  boolean: 'bool',
  'character varying': 'varchar',
  character: 'bpchar',
  'timestamp without time zone': 'timestamp',
  'timestamp with time zone': 'timestamptz',
  'time without time zone': 'time',
  'time with time zone': 'timetz',
}

interface Found {
  readonly name: string
  /** For want of a better one: that of a column or function goes before that of a type around it. */
  readonly weak?: true
  /** A column as it is, which has its name already. */
  readonly column?: true
}

/**
 * The names that calls, casts and CASE have as columns where none is written, with their first tokens, by the index of their last: the function's, that of what is
 * cast, else the type's (PostgreSQL: "Select-List Items"). So subqueries and tables made from them have columns of these names too.
 */
export function itemNames(sql: string, tokens: readonly Token[]): Map<number, { start: number; name: string }> {
  const names = new Map<number, { start: number; name: string }>()
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i].kind !== 'word' || tokens[i].value !== 'SELECT' || tokens[i - 1]?.text === '.') continue
    for (const [start, end] of items(tokens, i + 1)) {
      const found = nameOf(sql, tokens, start, end)
      if (found && !found.column) names.set(end - 1, { start, name: found.name })
    }
  }
  return names
}

/** Start and end of each selected item. */
function items(tokens: readonly Token[], from: number): [number, number][] {
  const found: [number, number][] = []
  let start = from
  while (['DISTINCT', 'ALL'].includes(tokens[start]?.value)) start++
  if (tokens[start]?.value === 'TOP') start += 2
  let i = start
  for (; i < tokens.length; i++) {
    const { text, kind, value } = tokens[i]
    if (text === '(') i = closing(tokens, i)
    else if (text === ')' || (kind === 'word' && ENDS.has(value) && !['.', 'WITHIN'].includes(tokens[i - 1]?.value)))
      break
    else if (text === ',') {
      found.push([start, i])
      start = i + 1
    }
  }
  if (i > start) found.push([start, Math.min(i, tokens.length)])
  return found
}

const isEnclosed = (tokens: readonly Token[], start: number, end: number) =>
  tokens[start].text === '(' && closing(tokens, start) === end - 1

function nameOf(sql: string, tokens: readonly Token[], start: number, end: number): Found | undefined {
  if (end <= start) return undefined
  if (isEnclosed(tokens, start, end)) return nameOf(sql, tokens, start + 1, end - 1)
  if (isInZone(tokens, start, end)) return { name: 'timezone' }
  const cast = lastCast(sql, tokens, start, end)
  if (cast) {
    const inner = nameOf(sql, tokens, start, cast.at)
    return inner && !inner.weak ? { name: inner.name } : { name: cast.name, weak: true }
  }
  const first = tokens[start]
  if (first.value === 'CASE' && first.kind === 'word') return nameOfCase(sql, tokens, start, end)
  if (!isName(first)) return undefined
  const bare = first.kind === 'word' && end === start + 1 ? BARE_NAMES[first.value] : undefined
  if (bare) return { name: bare }
  if (tokens[start + 1]?.text === '(') return first.value === 'NOT' ? undefined : nameOfCall(sql, tokens, start, end)
  // A column, with what stands before it.
  for (let i = start; i < end; i += 2)
    if (!isName(tokens[i]) || (i + 1 < end && tokens[i + 1].text !== '.')) return undefined
  const last = tokens[end - 1]
  if (['NULL', 'TRUE', 'FALSE', '*'].includes(last.value)) return undefined
  return { name: last.value.toLowerCase(), column: true }
}

/** The cast that goes over all of an item: the last `::`, with nothing behind its type and no operator beside what it casts. */
function lastCast(sql: string, tokens: readonly Token[], start: number, end: number) {
  let at = -1
  for (let i = start; i < end; i++) {
    const { text, kind, value } = tokens[i]
    if (text === '(') i = closing(tokens, i)
    else if (text === '::') at = i
    else if (kind === 'word' && value === 'CASE') i = endOfCase(tokens, i)
    else if (kind === 'sign' && text !== '.') return undefined
    else if (kind === 'word' && WORD_OPERATORS.has(value)) return undefined
    // Of two casts the one behind is the one that counts.
    if (at === i) i = (readType(sql, tokens, i + 1)?.end ?? i + 1) - 1
  }
  const type = at < 0 ? undefined : readType(sql, tokens, at + 1)
  return type?.end === end ? { at, name: typeName(type.type.declared) } : undefined
}

/** `x AT TIME ZONE 'z'`, which is a call ("AT TIME ZONE function"). */
function isInZone(tokens: readonly Token[], start: number, end: number): boolean {
  const at = end - 4
  const isZone = ['AT', 'TIME', 'ZONE'].every((word, i) => tokens[at + i]?.value === word)
  if (at <= start || !isZone || tokens[end - 1].kind !== 'string') return false
  for (let i = start; i < at; i++) {
    const { text, kind, value } = tokens[i]
    if (text === '(') i = closing(tokens, i)
    else if (kind === 'sign' && text !== '.' && text !== '::') return false
    else if (kind === 'word' && WORD_OPERATORS.has(value)) return false
  }
  return true
}

const WORD_OPERATORS = new Set('AND OR NOT IS IN LIKE ILIKE SIMILAR BETWEEN AT'.split(' '))

const typeName = (declared: string) => {
  const plain = declared.replace(/\(.*$/, '')
  return INTERNAL[plain] ?? plain
}

function nameOfCall(sql: string, tokens: readonly Token[], start: number, end: number): Found | undefined {
  const first = tokens[start]
  let close = closing(tokens, start + 1)
  if (first.value === 'CAST' && close === end - 1) return nameOfCast(sql, tokens, start + 2, close)
  // LISTAGG ( … ) WITHIN GROUP ( … ) OVER ( … )
  for (const words of [['WITHIN', 'GROUP'], ['IGNORE', 'NULLS'], ['RESPECT', 'NULLS'], ['OVER']])
    if (words.every((word, i) => tokens[close + 1 + i]?.value === word)) {
      close += words.length
      if (tokens[close + 1]?.text === '(') close = closing(tokens, close + 1)
    }
  if (close !== end - 1) return undefined
  const name = first.value.toLowerCase()
  const side = name === 'trim' ? SIDES[tokens[start + 2].value] : undefined
  if (side) return { name: side }
  return { name: CALLED[name] ?? name, ...((name === 'decode' || name === 'nvl2') && { weak: true }) }
}

function nameOfCast(sql: string, tokens: readonly Token[], start: number, close: number): Found | undefined {
  let as = start
  for (; as < close && tokens[as].value !== 'AS'; as++) if (tokens[as].text === '(') as = closing(tokens, as)
  const inner = nameOf(sql, tokens, start, as)
  if (inner && !inner.weak) return { name: inner.name }
  const type = readType(sql, tokens, as + 1)
  return type && { name: typeName(type.type.declared), weak: true }
}

/** `case`, or what its ELSE has as a name. */
function nameOfCase(sql: string, tokens: readonly Token[], start: number, end: number): Found | undefined {
  if (endOfCase(tokens, start) !== end - 1) return undefined
  let otherwise = -1
  for (let i = start + 1; i < end - 1; i++) {
    if (tokens[i].text === '(') i = closing(tokens, i)
    else if (tokens[i].value === 'CASE' && tokens[i].kind === 'word') i = endOfCase(tokens, i)
    else if (tokens[i].value === 'ELSE' && tokens[i].kind === 'word') otherwise = i
  }
  const found = otherwise < 0 ? undefined : nameOf(sql, tokens, otherwise + 1, end - 1)
  return found && !found.weak ? { name: found.name } : { name: 'case', weak: true }
}

function endOfCase(tokens: readonly Token[], start: number): number {
  let depth = 0
  for (let i = start; i < tokens.length; i++) {
    if (tokens[i].kind !== 'word') continue
    if (tokens[i].value === 'CASE') depth++
    if (tokens[i].value === 'END' && --depth === 0) return i
  }
  return tokens.length
}
