import { type DuckSession, identifier } from '../kit/node/duck.ts'
import type { EngineError } from '../kit/pure/errors.ts'
import { type Relations, relations, schemas } from './catalog.ts'
import { warehouseError } from './errors.ts'
import type { TableName } from './reader.ts'
import { pathSchemas, type SearchPath } from './search-path.ts'
import type { Session } from './session.ts'
import { sqlError, type Token } from './translate/lex.ts'
import type { Output } from './translate/output.ts'
import { tableReferences } from './translate/references.ts'
import { Rewriter } from './translate/rewrite.ts'

/** What the statements of one text share: the session, the text, and the tables that they see and change. */
export class Scope {
  readonly session: DuckSession
  readonly sql: string
  readonly signal: AbortSignal
  readonly unique: (prefix: string) => string
  readonly onProgress?: (progress: number) => void
  private readonly of: Session
  private known: Relations | undefined
  private existing: ReadonlySet<string> | undefined
  /** A search path in place of the session's, of a text that is only read. */
  path: SearchPath | undefined
  /** Where the statement that is running begins. */
  from = 0

  constructor(options: {
    session: Session
    sql: string
    signal: AbortSignal
    unique: (prefix: string) => string
    onProgress?: (progress: number) => void
  }) {
    this.of = options.session
    this.session = options.session.duck
    this.sql = options.sql
    this.signal = options.signal
    this.unique = options.unique
    this.onProgress = options.onProgress
  }

  /** The same session for a text of its own, such as the query in an UNLOAD. */
  inside(sql: string): Scope {
    const { of: session, signal, unique } = this
    return new Scope({ session, sql, signal, unique })
  }

  async relations(): Promise<Relations> {
    this.known ??= await relations(this.session)
    return this.known
  }

  forgetRelations(): void {
    this.known = undefined
    this.existing = undefined
  }

  async schemas(): Promise<ReadonlySet<string>> {
    this.existing ??= await schemas(this.session)
    return this.existing
  }

  /** Schemas in which what is named without one is searched for, in their order. */
  async searched(): Promise<string[]> {
    return pathSchemas(this.path ?? this.of.searchPath, await this.schemas())
  }

  /** The schema of what is named without one; temporary tables and system views come first. */
  private async schemaOf(name: string): Promise<string | undefined> {
    const known = await this.relations()
    const kind = known.get(`public.${name}`)
    if (kind === 'temporary' || kind === 'system') return 'public'
    const searched = await this.searched()
    return searched.find((schema) => known.has(`${schema}.${name}`))
  }

  /** A table or view that may be there, with its schema. */
  async find(named: TableName): Promise<TableName> {
    if (named.qualified) return named
    return { ...named, schema: (await this.schemaOf(named.name)) ?? '' }
  }

  /** One that is to be made: without a schema of its own it is made in the first of the search path. */
  async place(named: TableName): Promise<TableName> {
    if (named.qualified) return named
    const [schema] = await this.searched()
    if (schema === undefined)
      throw this.error('3F000', 'no schema has been selected to create in: search_path has none that there is', named)
    return { ...named, schema }
  }

  changed({ schema, name }: Pick<TableName, 'schema' | 'name'>): void {
    if (this.isTemporary({ schema, name })) return
    this.of.touched.set(`${schema}.${name}`, { schema, table: name })
  }

  /** Temporary tables of the session stand before those of the warehouse. */
  isTemporary({ schema, name }: Pick<TableName, 'schema' | 'name'>): boolean {
    return schema === 'public' && this.known?.get(`public.${name}`) === 'temporary'
  }

  name({ schema, name }: Pick<TableName, 'schema' | 'name'>): string {
    if (this.isTemporary({ schema, name })) return `temp.${identifier(name)}`
    return `warehouse.${identifier(schema)}.${identifier(name)}`
  }

  /** A table (or view) that must be there and may be changed. */
  async table(given: TableName, kind: 'table' | 'view'): Promise<TableName> {
    const named = await this.find(given)
    const found = (await this.relations()).get(`${named.schema}.${named.name}`)
    if (found === kind || (found === 'temporary' && kind === 'table')) return named
    if (found === 'system') throw this.error('42501', `permission denied: ${named.name} is a system view`, named)
    if (found) throw this.error('42809', `"${named.name}" is not a ${kind}`, named)
    throw this.error(
      '42P01',
      `relation "${named.qualified ? `${named.schema}.` : ''}${named.name}" does not exist`,
      named,
    )
  }

  /** Words of a query written for DuckDB, after every table that they name has been found in the warehouse. */
  async query(tokens: readonly Token[], clause = false): Promise<Output> {
    const { tables, ctes } = tableReferences(this.sql, tokens, clause)
    const known = await this.relations()
    const prefixes = new Map<number, string>()
    for (const { parts, start, end } of tables) {
      if (parts.length === 1 && ctes.has(parts[0])) continue
      const schema = parts.length === 2 ? parts[0] : await this.schemaOf(parts[0])
      const kind = known.get(`${schema}.${parts.at(-1)}`)
      if (parts.length === 1 && schema !== undefined && (kind === 'table' || kind === 'view'))
        prefixes.set(start, `warehouse.${identifier(schema)}.`)
      if (kind === undefined)
        throw sqlError(
          '42P01',
          `relation "${parts.join('.')}" does not exist`,
          this.sql,
          tokens[start].from,
          tokens[end - 1].to,
        )
    }
    return new Rewriter(this.sql, tokens, { tables, prefixes, searched: await this.searched() }).range()
  }

  /** Runs a query behind a prefix of ours; failures point into the user's text. */
  async run(prefix: string, query: Output, text = query.text): Promise<number> {
    try {
      return await this.session.run(prefix + text, { signal: this.signal, onProgress: this.onProgress })
    } catch (thrown) {
      const skip = Buffer.byteLength(prefix) + Math.max(0, text.indexOf(query.text))
      throw warehouseError(thrown, this.sql, this.from, query, skip)
    }
  }

  error(code: string, message: string, at: { from: number; to: number }): EngineError {
    return sqlError(code, message, this.sql, at.from, at.to)
  }
}
