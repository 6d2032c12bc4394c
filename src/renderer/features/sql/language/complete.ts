import type { SQL_FUNCTIONS as Functions, SqlFunction } from '../model/functions.ts'
import { KEYWORDS, SNIPPETS, SQL_FUNCTIONS } from '../model/functions.ts'
import type { Header } from '../model/header.ts'
import { quoted } from '../model/names.ts'
import { type Output, type Scope, type Source, scopeAt } from '../model/scope.ts'
import { isQuiet, tokens } from '../model/tokens.ts'
import { findTable, type Schema, type SchemaColumn } from '../schema.ts'

export interface Suggestion {
  readonly label: string
  readonly kind: 'column' | 'table' | 'view' | 'database' | 'cte' | 'alias' | 'function' | 'keyword' | 'snippet'
  readonly insert: string
  /** Beside the label: a type, where it comes from. */
  readonly detail?: string
  readonly about?: string
  /** Lower comes first. */
  readonly rank: number
  readonly snippet?: boolean
}

/** What lies between the semicolons around an offset, and the offset in it. */
export function around(text: string, offset: number): { sql: string; start: number; offset: number } {
  let start = 0
  let end = text.length
  for (const token of tokens(text)) {
    if (token.kind !== 'mark' || token.text !== ';') continue
    if (token.end <= offset) start = token.end
    else {
      end = token.start
      break
    }
  }
  return { sql: text.slice(start, end), start, offset: offset - start }
}

/** What may stand at the cursor, from what is known of the catalog: nothing is asked of an engine. */
export function complete(text: string, at: number, header: Header, schema: Schema): Suggestion[] {
  if (isQuiet(text, at)) return []
  const { sql, offset } = around(text, at)
  const scope = scopeAt(sql, offset)
  if (scope.qualifier.length > 0) return qualified(scope, header, schema)
  const found: Suggestion[] = []
  if (scope.expects === 'table') found.push(...tables(scope, header, schema))
  else if (scope.expects === 'column') found.push(...columns(scope, header, schema), ...functions(header))
  found.push(...words(header, scope.expects))
  return found
}

function qualified(scope: Scope, { database }: Header, schema: Schema): Suggestion[] {
  const [first] = scope.qualifier
  // After FROM, `other.` begins the name of a table: nothing of that name is a source yet.
  const source = scope.expects === 'table' ? undefined : scope.sources.find(({ alias }) => same(alias, first))
  if (source && scope.qualifier.length === 1)
    return columnsOf(source, scope.ctes, schema, database).map((column) => columnItem(column, source.alias, 0))
  const owner = schema.databases.find(({ name }) => same(name, first))
  if (owner && scope.qualifier.length === 1)
    return owner.tables.map((table) => ({
      label: table.name,
      kind: table.detail === 'view' ? ('view' as const) : ('table' as const),
      insert: quoted(table.name),
      detail: `${table.columns.length} columns`,
      rank: 0,
    }))
  const table = findTable(schema, scope.qualifier, database)
  return table ? table.columns.map((column) => columnItem(column, table.name, 0)) : []
}

function tables({ ctes }: Scope, { engine, database = 'default' }: Header, schema: Schema): Suggestion[] {
  const home = engine === 'athena' ? database : 'public'
  return [
    ...[...ctes.keys()].map(
      (name): Suggestion => ({ label: name, kind: 'cte', insert: quoted(name), detail: 'WITH', rank: 0 }),
    ),
    ...schema.databases.flatMap(({ name: owner, tables: list }) =>
      list.map((table): Suggestion => {
        const near = same(owner, home)
        return {
          label: near ? table.name : `${owner}.${table.name}`,
          kind: table.detail === 'view' ? 'view' : 'table',
          insert: near ? quoted(table.name) : `${quoted(owner)}.${quoted(table.name)}`,
          detail: near ? owner : '',
          rank: near ? 1 : 2,
        }
      }),
    ),
    ...schema.databases.map(
      ({ name }): Suggestion => ({
        label: name,
        kind: 'database',
        insert: quoted(name),
        detail: engine === 'athena' ? 'database' : 'schema',
        rank: 3,
      }),
    ),
  ]
}

function columns(scope: Scope, { database }: Header, schema: Schema): Suggestion[] {
  const seen = new Map<string, string[]>()
  const found = scope.sources.flatMap((source) =>
    columnsOf(source, scope.ctes, schema, database).map((column) => {
      const owners = seen.get(column.name.toLowerCase()) ?? []
      seen.set(column.name.toLowerCase(), [...owners, source.alias])
      return { column, source }
    }),
  )
  return [
    ...found.map(({ column, source }): Suggestion => {
      // A name that several tables have is ambiguous unless it says which.
      const shared = (seen.get(column.name.toLowerCase())?.length ?? 0) > 1
      const item = columnItem(column, source.alias, 0)
      return shared
        ? { ...item, label: `${source.alias}.${column.name}`, insert: `${quoted(source.alias)}.${item.insert}` }
        : item
    }),
    ...scope.sources.map(
      ({ alias, name }): Suggestion => ({
        label: alias,
        kind: 'alias',
        insert: quoted(alias),
        detail: name.join('.'),
        rank: 2,
      }),
    ),
  ]
}

function columnItem({ name, type, comment, partition }: SchemaColumn, owner: string, rank: number): Suggestion {
  return {
    label: name,
    kind: 'column',
    insert: quoted(name),
    detail: type,
    about: [owner, partition && 'partition key: conditions on it save bytes', comment].filter(Boolean).join(' · '),
    rank,
  }
}

/** The columns of something after FROM, as far as they are known. */
export function columnsOf(
  source: Source,
  ctes: ReadonlyMap<string, Output>,
  schema: Schema,
  database: string | undefined,
  depth = 0,
): SchemaColumn[] {
  if (depth > 8) return []
  const output = source.query ?? (source.name.length === 1 ? ctes.get(source.name[0].toLowerCase()) : undefined)
  if (!output) return [...(findTable(schema, source.name, database)?.columns ?? [])]
  const within = (inner: Source) => columnsOf(inner, ctes, schema, database, depth + 1)
  return [
    ...output.stars.flatMap(within),
    ...output.columns.map(({ name, of }) => {
      const origin = of?.sources.flatMap(within).find((column) => same(column.name, of.name))
      return { ...(origin ?? { type: '' }), name }
    }),
  ]
}

function functions({ engine }: Header): Suggestion[] {
  return SQL_FUNCTIONS[engine].map((fn) => ({
    label: fn.name,
    kind: 'function' as const,
    insert: fn.parameters.length === 0 ? `${fn.name}()` : `${fn.name}($0)`,
    snippet: true,
    detail: fn.returns,
    about: `${signature(fn)}\n\n${fn.about}`,
    rank: 4,
  }))
}

function words({ engine }: Header, expects: Scope['expects']): Suggestion[] {
  return [
    ...KEYWORDS[engine].map(
      (label): Suggestion => ({ label, kind: 'keyword', insert: label, rank: expects === 'statement' ? 1 : 5 }),
    ),
    ...SNIPPETS.filter((snippet) => snippet.engine === undefined || snippet.engine === engine).map(
      ({ label, about, text }): Suggestion => ({
        label,
        kind: 'snippet',
        insert: text,
        snippet: true,
        detail: about,
        rank: 6,
      }),
    ),
  ]
}

export function signature({ name, parameters }: SqlFunction): string {
  return `${name}(${parameters.join(', ')})`
}

export function findFunction(list: (typeof Functions)['athena'], name: string): SqlFunction | undefined {
  return list.find((fn) => same(fn.name, name))
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
