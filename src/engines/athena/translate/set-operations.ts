import { isTree, nodeOf, parseSql, startOf, type Tree, writeSql } from '../../kit/node/sql/tree.ts'
import { classOf } from './agreement.ts'

/** A UNION, INTERSECT or EXCEPT whose columns have types that are not plain to see. */
export interface SetOperation {
  readonly operator: string
  readonly sides: readonly Side[]
}

export interface Side {
  /** A query of it alone, in DuckDB's words. */
  readonly sql: string
  /** Where each column begins in the text that was parsed, or else the side. */
  readonly starts: readonly (number | undefined)[]
}

const OPERATORS: ReadonlySet<string> = new Set(['union', 'intersect', 'except'])

/**
 * The set operations of a rewritten tree. DuckDB gives a column the type that can hold the values of both sides, so a number beside a varchar
 * is a varchar; Trino refuses. What a side is made of is known once DuckDB has bound it.
 */
export function setOperations(tree: Tree): SetOperation[] {
  const found: SetOperation[] = []
  const walk = (value: unknown, around: readonly Tree[], recursive: boolean): void => {
    if (Array.isArray(value)) for (const item of value) walk(item, around, recursive)
    if (!isTree(value)) return
    const node = nodeOf(value)
    if (node && isTree(node.payload.with)) {
      const { with: clause, ...payload } = node.payload as Tree & { with: Tree }
      const ctes = clause.ctes as Tree[]
      // Each knows those before it. What a recursive name is in its own definition is not known there.
      for (const [i, cte] of ctes.entries())
        walk(
          cte,
          i === 0 ? around : [...around, { ...clause, ctes: ctes.slice(0, i) }],
          recursive || clause.recursive === true,
        )
      walk({ [node.kind]: payload }, [...around, clause], recursive)
      return
    }
    if (node && OPERATORS.has(node.kind) && !recursive) {
      const sides = sidesOf(node.kind, value)
      if (!areAlike(sides))
        found.push({ operator: node.kind.toUpperCase(), sides: sides.map((side) => alone(side, around)) })
      for (const side of sides) walk(side, around, recursive)
      return
    }
    for (const member of Object.values(value)) walk(member, around, recursive)
  }
  walk(tree, [], false)
  return found
}

/** Of `a UNION b UNION c` all three: each is held against the first, so that no side is bound more than once. */
function sidesOf(operator: string, value: unknown): unknown[] {
  const node = nodeOf(value)
  if (node?.kind !== operator || isTree(node.payload.with)) return [value]
  return [...sidesOf(operator, node.payload.left), ...sidesOf(operator, node.payload.right)]
}

/** Whether what is known of the columns is enough to say that they are. */
function areAlike(sides: readonly unknown[]): boolean {
  const [first, ...others] = sides.map((side) => columnsOf(side).map((column) => classOf(unnamed(column))))
  if (first.length === 0 || first.includes(undefined)) return false
  return others.every((classes) => classes.length === first.length && classes.every((one, i) => one === first[i]))
}

function alone(side: unknown, around: readonly Tree[]): Side {
  const query = around.reduceRight<Tree>((inner, clause) => within(clause, inner), side as Tree)
  const start = startOf(side)
  return { sql: writeSql(query, 'duckdb'), starts: columnsOf(side).map((column) => startOf(column) ?? start) }
}

/** `WITH … SELECT * FROM (…)`: names of an inner clause hide those of an outer one. */
function within(clause: Tree, inner: Tree): Tree {
  const { select } = parseSql('SELECT * FROM (SELECT 1)', 'duckdb')[0] as { select: Tree & { from: Tree } }
  const [{ subquery }] = select.from.expressions as [{ subquery: Tree }]
  const from = { ...select.from, expressions: [{ subquery: { ...subquery, this: inner } }] }
  return { select: { ...select, from, with: clause } }
}

function columnsOf(side: unknown): unknown[] {
  const node = nodeOf(side)
  if (node?.kind === 'subquery' || node?.kind === 'paren') return columnsOf(node.payload.this)
  return node?.kind === 'select' ? (node.payload.expressions as unknown[]) : []
}

const unnamed = (column: unknown) => {
  const node = nodeOf(column)
  return node?.kind === 'alias' ? node.payload.this : column
}
