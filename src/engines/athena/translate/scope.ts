import { isTree, nodeOf, type Tree } from '../../kit/node/sql/tree.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { type TableReference, versionOf } from './table-reference.ts'

/** What is known on the way down in any dialect: names of common table expressions. */
export interface CteScope {
  readonly ctes: ReadonlySet<string>
}

/** A table of the catalog as one under the name that stands for it; undefined for a common table expression. */
export function standFor(
  payload: Tree,
  { ctes }: CteScope,
  table: (reference: TableReference) => string,
  members: (payload: Tree) => Tree,
): Tree | undefined {
  const reference = referenceOf(payload)
  if (!reference) return undefined
  const name = reference.name.toLowerCase()
  if (reference.database === undefined && ctes.has(name)) return undefined
  const version = versionOf(payload.version)
  const stand = table({ ...reference, ...(version && { version }), ...(payload.path === true && { path: true }) })
  const { path: _, ...plain } = payload
  const copy = members({ ...plain, version: null })
  return {
    table: {
      ...copy,
      name: { name: stand, quoted: true, trailing_comments: [] },
      schema: null,
      catalog: null,
      alias: copy.alias ?? { name, quoted: true, trailing_comments: [] },
      alias_explicit_as: true,
    },
  }
}

/** The table that a node names, without its version. */
export function referenceOf({ name: own, schema, catalog: outermost }: Tree): TableReference | undefined {
  const [name, database, catalog] = [own, schema, outermost].map(identifierOf)
  if (!name) return undefined
  return {
    name: name.text,
    ...(database && { database: database.text }),
    ...(catalog && { catalog: catalog.text }),
    start: (catalog ?? database ?? name).start,
  }
}

export function identifierOf(value: unknown): { text: string; start: number } | undefined {
  if (!isTree(value) || typeof value.name !== 'string') return undefined
  const span = value.span as { start?: number } | undefined
  return { text: value.name, start: span?.start ?? 0 }
}

const QUERIES = new Set(['select', 'union', 'intersect', 'except', 'values', 'subquery', 'paren'])

/** DuckDB has other statements that give rows in the place of a query, and reads files by them. */
export function refuseOtherThanQuery(value: unknown): void {
  const kind = nodeOf(value)?.kind
  if (kind !== undefined && !QUERIES.has(kind))
    throw new EngineError('SYNTAX_ERROR', `A query is expected in place of ${kind.toUpperCase()}.`)
}

/** The scope within a query: with the names of its common table expressions. */
export function withCtes<S extends CteScope>(value: Tree, outer: S): S {
  const list = isTree(value.with) ? value.with.ctes : undefined
  if (!Array.isArray(list)) return outer
  const ctes = new Set(outer.ctes)
  for (const cte of list) {
    const name = isTree(cte) ? identifierOf(cte.alias) : undefined
    if (!name || !isTree(cte)) continue
    refuseOtherThanQuery(cte.this)
    // Where a name is not in scope, DuckDB takes one that could be a file's for it.
    if (!/^[\p{L}\p{N}_$ -]+$/u.test(name.text))
      throw new EngineError('NOT_SUPPORTED', `"${name.text}" cannot be the name of a WITH clause here.`)
    ctes.add(name.text.toLowerCase())
  }
  return { ...outer, ctes }
}
