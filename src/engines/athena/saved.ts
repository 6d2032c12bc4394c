import type { Db } from '../kit/node/sqlite.ts'
import { Broadcast } from '../kit/pure/broadcast.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { NamedQuery, PreparedStatement } from './contract.ts'
import { Documents } from './store.ts'
import { invalidInput } from './workgroups.ts'

/** Queries that are kept by name, each in one workgroup; names need not differ, ids do. */
export class NamedQueries {
  private readonly kept: Documents<KeptQuery>
  /** Only the newest list matters to whoever is behind. */
  private readonly changes = new Broadcast<NamedQuery[]>(() => 'list')

  constructor(db: Db) {
    this.kept = new Documents(db, 'named')
  }

  /** The same request with the same token answers the query that it made. */
  create(query: NamedQuery, token?: string): string {
    const request = JSON.stringify({ ...query, id: undefined })
    const known = token === undefined ? undefined : this.kept.list().find(({ made }) => made?.token === token)
    if (known?.made?.request === request) return known.query.id
    if (known) throw new EngineError('IDEMPOTENT_PARAMETER_MISMATCH', 'Idempotent parameters do not match')
    this.kept.put(query.id, { query, ...(token !== undefined && { made: { token, request } }) })
    this.changes.announce(this.list())
    return query.id
  }

  get(id: string): NamedQuery {
    return this.find(id).query
  }

  /** Newest first. */
  list(workGroup?: string): NamedQuery[] {
    const all = this.kept.list().map(({ query }) => query)
    return all.reverse().filter((query) => workGroup === undefined || query.workGroup === workGroup)
  }

  watch(signal: AbortSignal): AsyncGenerator<NamedQuery[]> {
    return this.changes.watch(signal, [this.list()])
  }

  update(change: Pick<NamedQuery, 'id' | 'name' | 'description' | 'sql'>): void {
    const { query, ...made } = this.find(change.id)
    this.kept.put(change.id, { ...made, query: { ...change, database: query.database, workGroup: query.workGroup } })
    this.changes.announce(this.list())
  }

  delete(id: string): void {
    this.find(id)
    this.kept.delete(id)
    this.changes.announce(this.list())
  }

  private find(id: string): KeptQuery {
    const kept = this.kept.get(id)
    if (!kept) throw invalidInput(`NamedQuery ${id} does not exist.`)
    return kept
  }
}

interface KeptQuery {
  readonly query: NamedQuery
  readonly made?: { readonly token: string; readonly request: string }
}

/** Statements with `?` for values, by name within a workgroup. */
export class PreparedStatements {
  private readonly kept: Documents<PreparedStatement>

  constructor(db: Db) {
    this.kept = new Documents(db, 'prepared')
  }

  find(workGroup: string, name: string): PreparedStatement | undefined {
    return this.kept.get(keyOf(workGroup, name))
  }

  get(workGroup: string, name: string): PreparedStatement {
    const statement = this.find(workGroup, name)
    if (!statement) throw notFound(workGroup, name)
    return statement
  }

  list(workGroup: string): PreparedStatement[] {
    return this.kept
      .list()
      .filter((statement) => statement.workGroup === workGroup)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  create(statement: PreparedStatement): void {
    const { workGroup, name } = statement
    if (this.find(workGroup, name))
      throw invalidInput(`Prepared statement ${name} already exists in WorkGroup ${workGroup}`)
    this.kept.put(keyOf(workGroup, name), statement)
  }

  update(statement: PreparedStatement): void {
    this.get(statement.workGroup, statement.name)
    this.kept.put(keyOf(statement.workGroup, statement.name), statement)
  }

  delete(workGroup: string, name: string): void {
    this.get(workGroup, name)
    this.kept.delete(keyOf(workGroup, name))
  }
}

/** A workgroup's name has no slash. */
function keyOf(workGroup: string, name: string): string {
  return `${workGroup}/${name}`
}

function notFound(workGroup: string, name: string): EngineError {
  return new EngineError(
    'ResourceNotFoundException',
    `PreparedStatement ${name} was not found in workGroup ${workGroup}`,
  )
}
