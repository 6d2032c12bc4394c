import { isTree, nodeOf, type Tree } from '../../kit/node/sql/tree.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { classOf } from './agreement.ts'

/**
 * Refuses values of unlike types where Trino wants one type, by what they are to see: DuckDB would make a text of all of them. `kind` and
 * `payload` are a node as the user wrote it.
 */
export function refuseUnlike(kind: string, payload: Tree): void {
  switch (kind) {
    case 'coalesce':
      return alike('COALESCE', payload.expressions)
    case 'array_func':
      return alike('ARRAY', payload.expressions)
    case 'if_func':
      return alike('IF', [payload.true_value, payload.false_value])
    case 'case':
      return alike('CASE', [...(payload.whens as unknown[][]).map(([, value]) => value), payload.else_])
    case 'not':
      return boolean('Value of logical NOT expression', payload.this)
    case 'select':
      return isTree(payload.where_clause) ? boolean('WHERE clause', payload.where_clause.this) : undefined
    case 'union':
    case 'intersect':
    case 'except': {
      const [left, right] = [columnsOf(payload.left), columnsOf(payload.right)]
      for (const [i, column] of left.entries()) alike(kind.toUpperCase(), [column, right[i]])
    }
  }
}

function alike(place: string, values: unknown): void {
  const [first, ...others] = (values as unknown[]).map(classOf).filter((type) => type !== undefined)
  const other = others.find((type) => type !== first)
  if (other === undefined) return
  throw new EngineError(
    'TYPE_MISMATCH',
    `All values of ${place} must be of one type, not ${first} and ${other}. Use CAST to make them agree`,
  )
}

function boolean(place: string, value: unknown): void {
  const type = classOf(value)
  if (type === undefined || type === 'boolean') return
  throw new EngineError('TYPE_MISMATCH', `${place} must evaluate to a boolean: actual type ${type}`)
}

function columnsOf(query: unknown): unknown[] {
  const node = nodeOf(query)
  if (node?.kind !== 'select') return []
  return (node.payload.expressions as unknown[]).map((expression) => {
    const aliased = nodeOf(expression)
    return aliased?.kind === 'alias' ? aliased.payload.this : expression
  })
}
