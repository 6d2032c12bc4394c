import { isName, nameOf, sqlError, type Token } from './lex.ts'

/** A table that a statement names, with its place. */
export interface TableReference {
  /** `[table]` or `[schema, table]`, in lower case. */
  readonly parts: readonly string[]
  /** Index of its first token, and behind its last. */
  readonly start: number
  readonly end: number
}

export interface References {
  readonly tables: readonly TableReference[]
  readonly ctes: ReadonlySet<string>
}

interface Level {
  /** Whether a SELECT (or DELETE, UPDATE) has begun here, so that FROM is a clause and not a word of EXTRACT or TRIM. */
  query: boolean
  /** Inside a list of tables. */
  tables: boolean
}

const ENDS_TABLES = new Set(
  'WHERE GROUP HAVING ORDER LIMIT OFFSET UNION INTERSECT EXCEPT MINUS QUALIFY WINDOW SET RETURNING SELECT WHEN VALUES'.split(
    ' ',
  ),
)
const BEGINS_QUERY = new Set(['SELECT', 'DELETE', 'UPDATE'])

/** The database of a cluster, which may stand before a schema. */
export const DATABASE = 'dev'

/**
 * The tables that a query reads, and the names that its WITH clauses define. A text in the place of a table, by which DuckDB would
 * read a file, is refused. `clause` says that the words go on a DELETE or UPDATE.
 */
export function tableReferences(sql: string, tokens: readonly Token[], clause = false): References {
  const tables: TableReference[] = []
  const ctes = new Set<string>()
  const levels: Level[] = [{ query: clause, tables: false }]
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]
    const level = levels.at(-1)!
    if (token.text === '(') levels.push({ query: false, tables: level.tables && wantsTable(tokens, i) })
    else if (token.text === ')') levels.length > 1 && levels.pop()
    else if (token.kind === 'word' && BEGINS_QUERY.has(token.value)) level.query = true
    if (token.kind === 'word' && ENDS_TABLES.has(token.value)) level.tables = false
    const using = token.value === 'USING' && tokens[i + 1]?.text !== '('
    if (level.query && token.kind === 'word' && (token.value === 'FROM' || using) && !isDistinctFrom(tokens, i))
      level.tables = true
    if (isName(token) && tokens[i + 1]?.value === 'AS' && tokens[i + 2]?.text === '(' && beginsCte(tokens, i))
      ctes.add(cteName(sql, token))
    if (isName(token) && tokens[i + 1]?.text === '(' && beginsCte(tokens, i)) {
      const close = closing(tokens, i + 1)
      if (tokens[close + 1]?.value === 'AS' && tokens[close + 2]?.text === '(') ctes.add(cteName(sql, token))
    }
    if (!level.tables || !wantsTable(tokens, i)) continue
    if (token.kind === 'string' || token.kind === 'number')
      throw sqlError('42601', `syntax error at or near ${token.text}`, sql, token.from, token.to)
    if (
      isName(token) &&
      !['SELECT', 'LATERAL', 'ONLY', 'WITH', 'VALUES'].includes(token.kind === 'word' ? token.value : '')
    ) {
      const reference = readName(sql, tokens, i)
      if (tokens[reference.end]?.text === '(') continue
      tables.push(reference)
      i = reference.end - 1
    }
  }
  return { tables, ctes }
}

/** A dotted name; a leading `dev.` is the database itself. */
export function readName(sql: string, tokens: readonly Token[], start: number): TableReference {
  const parts: string[] = []
  let i = start
  for (;;) {
    const token: Token | undefined = tokens[i]
    if (!isName(token)) {
      const at: Token = tokens[i] ?? tokens.at(-1)!
      throw sqlError('42601', `syntax error at or near "${at.text}"`, sql, at.from, at.to)
    }
    parts.push(nameOf(token))
    i++
    if (tokens[i]?.text !== '.') break
    i++
  }
  if (parts.length === 3 && parts[0] === DATABASE) parts.shift()
  if (parts.length > 2)
    throw sqlError(
      '0A000',
      `cross-database reference to "${parts.join('.')}" is not supported`,
      sql,
      tokens[start].from,
      tokens[i - 1].to,
    )
  return { parts, start, end: i }
}

/** Whether the token stands where a table is named: after FROM, JOIN, a comma, or an opening parenthesis of these. */
function wantsTable(tokens: readonly Token[], i: number): boolean {
  const before = tokens[i - 1]
  if (!before) return false
  // USING ( … ) names columns of a join.
  if (before.value === 'USING') return tokens[i].text !== '('
  if (before.kind === 'word') return ['FROM', 'JOIN', 'LATERAL'].includes(before.value)
  return before.text === ',' || (before.text === '(' && wantsTable(tokens, i - 1))
}

const isDistinctFrom = (tokens: readonly Token[], i: number) => tokens[i - 1]?.value === 'DISTINCT'

function beginsCte(tokens: readonly Token[], i: number): boolean {
  const before = tokens[i - 1]
  return (
    before?.value === 'WITH' || before?.value === 'RECURSIVE' || (before?.text === ',' && tokens[i - 2]?.text === ')')
  )
}

/** A name for a WITH clause that could be taken for a file is refused: where it is not in scope DuckDB would read the file. */
function cteName(sql: string, token: Token): string {
  const name = nameOf(token)
  if (!/^[\p{L}\p{N}_$ -]+$/u.test(name))
    throw sqlError('42602', `"${name}" cannot be the name of a WITH clause here`, sql, token.from, token.to)
  return name
}

/** Index of the parenthesis that closes the one at `open`. */
export function closing(tokens: readonly Token[], open: number): number {
  let depth = 0
  for (let i = open; i < tokens.length; i++) {
    if (tokens[i].kind !== 'sign') continue
    if (tokens[i].text === '(') depth++
    if (tokens[i].text === ')' && --depth === 0) return i
  }
  return tokens.length
}
