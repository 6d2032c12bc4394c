import type { CatalogTable } from '../catalog/contract.ts'
import { isTree, nodeOf, parseSql, visitTree } from '../kit/node/sql/tree.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { injectedColumns } from './projection.ts'
import { spellOutLiterals } from './translate/typed-literals.ts'

/** A projected column of the type `injected` has the values that the query's text gives it by `=` or `IN`, and no others. */
export function checkInjected(table: CatalogTable, sql: string): void {
  const columns = injectedColumns(table)
  if (columns.length === 0) return
  const given = new Set<string>()
  visitTree(parseSql(spellOutLiterals(sql).text, 'trino'), (value) => {
    const node = nodeOf(value)
    if (node?.kind === 'eq') for (const side of [node.payload.left, node.payload.right]) add(given, side)
    if (node?.kind === 'in' && node.payload.not !== true) add(given, node.payload.this)
  })
  const missing = columns.find((column) => !given.has(column))
  if (missing === undefined) return
  throw new EngineError(
    'CONSTRAINT_VIOLATION',
    `For the injected projected partition column ${missing}, the WHERE clause must contain only static equality conditions, and at least one such condition must be present.`,
  )
}

function add(given: Set<string>, side: unknown): void {
  const node = nodeOf(side)
  const name = node?.kind === 'column' ? node.payload.name : undefined
  if (isTree(name) && typeof name.name === 'string') given.add(name.name.toLowerCase())
}
