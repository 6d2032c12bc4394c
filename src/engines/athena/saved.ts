import type { Db } from '../kit/node/sqlite.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { NamedQuery, PreparedStatement } from './contract.ts'
import { Documents } from './store.ts'
import { invalidInput } from './workgroups.ts'

/** Queries that are kept by name, each in one workgroup; names need not differ, ids do. */
export class NamedQueries {
  private readonly kept: Documents<NamedQuery>
  private readonly requests: Documents<{ id: string }>

  constructor(db: Db) {
    this.kept = new Documents(db, 'named')
    this.requests = new Documents(db, 'namedRequest')
  }

  /** The same token answers the query that it made. */
  create(query: NamedQuery, token?: string): string {
    const known = token === undefined ? undefined : this.requests.get(token)
    if (known) return known.id
    this.kept.put(query.id, query)
    if (token !== undefined) this.requests.put(token, { id: query.id })
    return query.id
  }

  get(id: string): NamedQuery {
    const query = this.kept.get(id)
    if (!query) throw invalidInput(`NamedQuery ${id} does not exist.`)
    return query
  }

  /** Newest first. */
  list(workGroup?: string): NamedQuery[] {
    const all = this.kept.list().reverse()
    return workGroup === undefined ? all : all.filter((query) => query.workGroup === workGroup)
  }

  update(change: Pick<NamedQuery, 'id' | 'name' | 'description' | 'sql'>): void {
    const { database, workGroup } = this.get(change.id)
    this.kept.put(change.id, { ...change, database, workGroup })
  }

  delete(id: string): void {
    this.get(id)
    this.kept.delete(id)
  }
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
