import { fieldsAt } from '../model/declared.ts'
import { KEYWORDS, SNIPPETS, SQL_FUNCTIONS, type SqlFunction } from '../model/functions.ts'
import type { Dialect, Header } from '../model/header.ts'
import { quoted } from '../model/names.ts'
import { findTable, type Schema, type SchemaColumn } from '../model/schema.ts'
import { type Scope, type Source, scopeAt } from '../model/scope.ts'
import { isQuiet, tokens } from '../model/tokens.ts'

export interface Suggestion {
  readonly label: string
  readonly kind: 'column' | 'table' | 'view' | 'database' | 'cte' | 'alias' | 'function' | 'keyword' | 'snippet'
  readonly insert: string
  /** What typed letters are looked for in, where it is not the label. */
  readonly filter?: string
  /** Beside the label: a type, where it comes from. */
  readonly detail?: string
  readonly about?: string
  /** Lower comes first. */
  readonly rank: number
  readonly snippet?: boolean
}

/** What lies between the semicolons around an offset, and the offset in it. */
export function around(text: string, offset: number, dialect: Dialect): { sql: string; start: number; offset: number } {
  let start = 0
  let end = text.length
  for (const token of tokens(text, dialect)) {
    if (token.kind !== 'mark' || token.text !== ';') continue
    if (token.end <= offset) start = token.end
    else {
      end = token.start
      break
    }
  }
  return { sql: text.slice(start, end), start, offset: offset - start }
}

/** More are not read by anyone: what is typed next narrows them down. */
export const SUGGESTIONS_MAX = 200

export interface Completion {
  readonly items: readonly Suggestion[]
  /** There are more than these: they are asked for anew when more is typed. */
  readonly incomplete: boolean
}

/** What may stand at the cursor, from what is known of the catalog: nothing is asked of an engine, and no more is made than is shown. */
export function complete(text: string, at: number, header: Header, schema: Schema): Completion {
  if (isQuiet(text, at, header.engine)) return { items: [], incomplete: false }
  const { sql, offset } = around(text, at, header.engine)
  const scope = scopeAt(sql, offset, header.engine)
  const word = /[\p{L}\p{N}_$]*$/u.exec(sql.slice(0, offset))![0]
  const before = lastKeyword(sql.slice(0, offset - word.length), header.engine)
  const items: Suggestion[] = []
  for (const item of candidates(scope, header, schema, word.toLowerCase())) {
    if (items.length === SUGGESTIONS_MAX) return { items, incomplete: true }
    items.push(inCase(item, word, before))
  }
  return { items, incomplete: false }
}

function lastKeyword(sql: string, engine: Dialect): string {
  const known = new Set(KEYWORDS[engine])
  return tokens(sql, engine).findLast(({ kind, text }) => kind === 'word' && known.has(text.toUpperCase()))?.text ?? ''
}

/** Keywords as the person writes them: in the case of what is typed, those of a longer text and of no letter yet in that of the keyword before. */
function inCase(item: Suggestion, typed: string, before: string): Suggestion {
  if (item.kind !== 'keyword' && item.kind !== 'snippet') return item
  const like = item.kind === 'keyword' && typed !== '' ? typed : before
  if (like === '' || like !== like.toLowerCase()) return item
  return item.kind === 'keyword'
    ? { ...item, label: item.label.toLowerCase(), insert: item.insert.toLowerCase() }
    : { ...item, insert: item.insert.replaceAll(/'[^']*'|\$\{[^}]*\}|[A-Z_]+/g, lowerWord) }
}

const lowerWord = (part: string) => (/^['$]/.test(part) ? part : part.toLowerCase())

/** The likeliest first, made one by one. */
function* candidates(scope: Scope, header: Header, schema: Schema, typed: string): Generator<Suggestion> {
  // A name that is made up here is none that is known.
  if (scope.expects === 'name') return
  if (scope.qualifier.length > 0) return yield* qualified(scope, header, schema, typed)
  if (scope.expects === 'table') yield* tables(scope, header, schema, typed)
  else if (scope.expects === 'column') {
    yield* columns(scope, header, schema, typed)
    yield* functions(header, typed)
  }
  yield* words(header, scope.expects, typed)
}

/** Whether the letters that were typed stand in a name in their order, as the editor looks for them. */
function fits(name: string, typed: string): boolean {
  if (typed === '') return true
  let at = 0
  for (const letter of name.toLowerCase()) if (letter === typed[at] && ++at === typed.length) return true
  return false
}

function* qualified(scope: Scope, { database, engine }: Header, schema: Schema, typed: string): Generator<Suggestion> {
  const [first] = scope.qualifier
  // After FROM, `other.` begins the name of a table: nothing of that name is a source yet.
  const source = scope.expects === 'table' ? undefined : scope.sources.find(({ alias }) => same(alias, first))
  const catalog = source ? undefined : schema.catalogs?.find(({ name }) => same(name, first))
  if (catalog && scope.qualifier.length === 1)
    for (const { name } of catalog.databases) if (fits(name, typed)) yield databaseItem(name, 'database', engine)
  const owners = catalog && scope.qualifier.length === 2 ? catalog.databases : schema.databases
  const owner = source ? undefined : owners.find(({ name }) => same(name, scope.qualifier.at(-1)!))
  if (owner && scope.qualifier.length === (owners === schema.databases ? 1 : 2)) {
    for (const table of owner.tables)
      if (fits(table.name, typed))
        yield {
          label: table.name,
          kind: table.detail === 'view' ? 'view' : 'table',
          insert: quoted(table.name, engine),
          detail: `${table.columns.length} columns`,
          rank: 0,
        }
    return
  }
  const table = source ? undefined : findTable(schema, scope.qualifier, database)
  const found = source && scope.qualifier.length === 1 ? columnsOf(source, schema, database) : (table?.columns ?? [])
  for (const column of found)
    if (fits(column.name, typed)) yield columnItem(column, source?.alias ?? table!.name, 0, engine)
  if (scope.expects === 'table') return
  // A name before a dot is a column too, whose type may have fields.
  const path = source ? scope.qualifier.slice(1) : scope.qualifier
  for (const owner of source ? [source] : scope.sources)
    for (const { name, type } of columnsOf(owner, schema, database))
      if (path.length > 0 && same(name, path[0]))
        for (const column of fieldsAt(type, path.slice(1)))
          if (fits(column.name, typed)) yield columnItem(column, scope.qualifier.join('.'), 0, engine)
}

function* tables(
  { ctes }: Scope,
  { engine, database = 'default' }: Header,
  schema: Schema,
  typed: string,
): Generator<Suggestion> {
  const home = engine === 'warehouse' ? 'public' : database
  for (const { name } of ctes)
    if (fits(name, typed)) yield { label: name, kind: 'cte', insert: quoted(name, engine), detail: 'WITH', rank: 0 }
  const nearFirst = [...schema.databases].sort((a, b) => Number(same(b.name, home)) - Number(same(a.name, home)))
  for (const { name: owner, tables: list } of nearFirst) {
    const near = same(owner, home)
    for (const table of list) {
      const label = near ? table.name : `${owner}.${table.name}`
      if (!fits(label, typed)) continue
      const name = quoted(table.name, engine)
      yield {
        label,
        kind: table.detail === 'view' ? 'view' : 'table',
        insert: near ? name : `${quoted(owner, engine)}.${name}`,
        detail: near ? owner : '',
        rank: near ? 1 : 2,
      }
    }
  }
  for (const { name } of schema.databases)
    if (fits(name, typed)) yield databaseItem(name, engine === 'warehouse' ? 'schema' : 'database', engine)
  for (const { name } of schema.catalogs ?? []) if (fits(name, typed)) yield databaseItem(name, 'data catalog', engine)
}

function databaseItem(name: string, detail: string, engine: Dialect): Suggestion {
  return { label: name, kind: 'database', insert: quoted(name, engine), detail, rank: 3 }
}

function* columns(scope: Scope, { database, engine }: Header, schema: Schema, typed: string): Generator<Suggestion> {
  const known = scope.sources.map((source) => ({ source, list: columnsOf(source, schema, database) }))
  const owners = new Map<string, number>()
  for (const { list } of known)
    for (const { name } of list) owners.set(name.toLowerCase(), (owners.get(name.toLowerCase()) ?? 0) + 1)
  for (const { source, list } of known)
    for (const column of list) {
      // A name that several tables have is ambiguous unless it says which, and a condition of a join reads by its tables.
      const qualify = known.length > 1 && (scope.joins || owners.get(column.name.toLowerCase())! > 1)
      const label = qualify ? `${source.alias}.${column.name}` : column.name
      if (!fits(label, typed)) continue
      const item = columnItem(column, source.alias, 0, engine)
      if (qualify) {
        const insert = `${quoted(source.alias, engine)}.${item.insert}`
        yield { ...item, label, insert, ...(fits(column.name, typed) && { filter: column.name }) }
      } else if (known.length > 1) yield { ...item, detail: [column.type, source.alias].filter(Boolean).join(' · ') }
      else yield item
    }
  for (const { alias, name } of scope.sources)
    if (fits(alias, typed))
      yield { label: alias, kind: 'alias', insert: quoted(alias, engine), detail: name.join('.'), rank: 2 }
}

function columnItem(
  { name, type, comment, partition }: SchemaColumn,
  owner: string,
  rank: number,
  engine: Dialect,
): Suggestion {
  return {
    label: name,
    kind: 'column',
    insert: quoted(name, engine),
    detail: type,
    about: [owner, partition && 'partition key: conditions on it save bytes', comment].filter(Boolean).join(' · '),
    rank,
  }
}

/** The columns of something after FROM, as far as they are known. */
export function columnsOf(source: Source, schema: Schema, database: string | undefined, depth = 0): SchemaColumn[] {
  if (depth > 8) return []
  const output = source.query
  if (!output) return [...(findTable(schema, source.name, database)?.columns ?? [])]
  const within = (inner: Source) => columnsOf(inner, schema, database, depth + 1)
  return [
    ...output.stars.flatMap(within),
    ...output.columns.map(({ name, of }) => {
      const origin = of?.sources.flatMap(within).find((column) => same(column.name, of.name))
      return { ...(origin ?? { type: '' }), name }
    }),
  ]
}

function* functions({ engine }: Header, typed: string): Generator<Suggestion> {
  for (const fn of SQL_FUNCTIONS[engine])
    if (fits(fn.name, typed))
      yield {
        label: fn.name,
        kind: 'function',
        insert: fn.parameters.length === 0 ? `${fn.name}()` : `${fn.name}($0)`,
        snippet: true,
        detail: fn.returns,
        about: `${signature(fn)}\n\n${fn.about}`,
        rank: 4,
      }
}

function* words({ engine }: Header, expects: Scope['expects'], typed: string): Generator<Suggestion> {
  for (const label of KEYWORDS[engine])
    if (fits(label, typed)) yield { label, kind: 'keyword', insert: label, rank: expects === 'statement' ? 1 : 5 }
  for (const { label, about, text, engine: only } of SNIPPETS)
    if ((only === undefined || only === engine) && fits(label, typed))
      yield { label, kind: 'snippet', insert: text, snippet: true, detail: about, rank: 6 }
}

export function signature({ name, parameters }: SqlFunction): string {
  return `${name}(${parameters.join(', ')})`
}

export function findFunction(list: readonly SqlFunction[], name: string): SqlFunction | undefined {
  return list.find((fn) => same(fn.name, name))
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
