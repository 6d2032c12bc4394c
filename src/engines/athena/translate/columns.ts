import { isTree, nodeOf, type Tree, visitTree } from '../../kit/node/sql/tree.ts'
import { identifierOf, referenceOf } from './scope.ts'
import type { TableReference } from './table-reference.ts'

/** A column of a table as the catalog has it. `type` is Hive's, or absent where it is not sure. */
export interface KnownColumn {
  readonly name: string
  readonly type?: string
}

/** What a value is, as far as Trino tells types apart when it compares them. */
export type Class = 'number' | 'varchar' | 'boolean' | 'date'

/** Tables that a query seems to name, first to last, so that they can be looked up before it is translated. Some may turn out to be names of its own. */
export function tablesIn(tree: Tree): TableReference[] {
  const own = new Set<string>()
  visitTree(tree, (value) => {
    for (const cte of ctesOf(value)) own.add(nameOf(cte.alias))
  })
  const references: TableReference[] = []
  visitTree(tree, (value) => {
    const node = nodeOf(value)
    const reference = node?.kind === 'table' ? referenceOf(node.payload) : undefined
    if (reference && (reference.database !== undefined || !own.has(reference.name.toLowerCase())))
      references.push(reference)
  })
  return references.sort((a, b) => a.start - b.start)
}

/**
 * The query with what is known of its columns: a `column` has a member `of`, its class, where the catalog makes it sure. Names are followed no
 * further than to tell that one can be nothing but a column of a table, or several that are of one class: where the query gives that name to
 * something of its own, or might, nothing is said of it.
 */
export function tellColumns(tree: Tree, tables: readonly (readonly KnownColumn[])[]): Tree {
  const classes = classesOf(tables.flat())
  const { relations, names, isOpen } = namesWithin(tree, (name) => classes.has(name))
  if (isOpen) return tree
  const told = (name: string) => (names.has(name) ? undefined : classes.get(name))
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk)
    if (!isTree(value)) return value
    const node = nodeOf(value)
    if (node?.kind !== 'column')
      return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, walk(member)]))
    const { name, table } = node.payload
    const of = table && !relations.has(nameOf(table)) ? undefined : told(nameOf(name))
    return of ? { column: { ...node.payload, of } } : value
  }
  return walk(tree) as Tree
}

/** The class of a column that `tellColumns` has told. */
export const toldClass = (column: Tree): Class | undefined => column.of as Class | undefined

/** By name; undefined where columns of one name are of several. */
function classesOf(columns: readonly KnownColumn[]): ReadonlyMap<string, Class | undefined> {
  const classes = new Map<string, Class | undefined>()
  for (const { name: written, type } of columns) {
    const name = written.toLowerCase()
    const own = type === undefined ? undefined : classOfHive(type)
    classes.set(name, classes.has(name) && classes.get(name) !== own ? undefined : own)
  }
  return classes
}

/** A `char` is padded and a time may have a zone, so that they are compared in ways of their own. */
function classOfHive(type: string): Class | undefined {
  const word = /^\w+/.exec(type.toLowerCase())?.[0] ?? ''
  if (/^(tinyint|smallint|int|integer|bigint|float|real|double|decimal)$/.test(word)) return 'number'
  if (word === 'string' || word === 'varchar') return 'varchar'
  if (word === 'boolean') return 'boolean'
  return /^(date|timestamp)$/i.test(type) ? 'date' : undefined
}

interface Names {
  /** By which rows are called: tables, their aliases, and names of WITH clauses. */
  readonly relations: ReadonlySet<string>
  /** What the query itself calls a value, or might, and in how many places. */
  readonly names: ReadonlyMap<string, number>
  /** Whether it has rows whose columns are not named in its text or the catalog. */
  readonly isOpen: boolean
}

const ROWS: ReadonlySet<string> = new Set(['table', 'subquery', 'joined_table', 'values'])

export function namesWithin(tree: Tree, isColumn: (name: string) => boolean): Names {
  const relations = new Set<string>()
  const names = new Map<string, number>()
  const give = (own: string) => names.set(own, (names.get(own) ?? 0) + 1)
  const qualified: { qualifier: string; name: string | undefined }[] = []
  let isOpen = false
  const name = (identifiers: unknown) => {
    if (Array.isArray(identifiers)) for (const one of identifiers) if (isTree(one)) give(nameOf(one))
  }
  const relation = (value: unknown) => {
    const node = nodeOf(value)
    const inner = node?.kind === 'alias' ? nodeOf(node.payload.this) : node
    if (!inner || !ROWS.has(inner.kind)) isOpen = true
    // Columns of an earlier time.
    if (inner?.payload.version) isOpen = true
    for (const one of [node, inner]) if (isTree(one?.payload.alias)) relations.add(nameOf(one.payload.alias))
    if (inner?.kind === 'table') relations.add(nameOf(inner.payload.name))
  }
  visitTree(tree, (value) => {
    for (const cte of ctesOf(value)) {
      relations.add(nameOf(cte.alias))
      name(cte.columns)
    }
    if (isTree(value.from)) for (const one of value.from.expressions as unknown[]) relation(one)
    if (Array.isArray(value.joins)) for (const join of value.joins as Tree[]) relation(join.this)
    const { kind, payload } = nodeOf(value) ?? {}
    if (!payload) return
    name(payload.column_aliases)
    switch (kind) {
      case 'joined_table':
        relation(payload.left)
        break
      case 'alias': {
        const column = nodeOf(payload.this)
        if (column?.kind !== 'column' || nameOf(column.payload.name) !== nameOf(payload.alias)) name([payload.alias])
        break
      }
      case 'lambda':
        name(payload.parameters)
        break
      case 'json_extract':
        // A lambda, to polyglot.
        if (payload.arrow_syntax === true) name([nodeOf(payload.this)?.payload.name])
        break
      case 'dot':
        // A member of a row gives its name to the column, and all of them give theirs.
        name([payload.field])
        if (nameOf(payload.field) === '*') isOpen = true
        break
      case 'column':
        if (isTree(payload.table)) qualified.push({ qualifier: nameOf(payload.table), name: nameOf(payload.name) })
        break
      case 'star':
        if (isTree(payload.table)) qualified.push({ qualifier: nameOf(payload.table), name: undefined })
        break
    }
  })
  for (const { qualifier, name: own } of qualified) {
    if (relations.has(qualifier) && !isColumn(qualifier)) continue
    // A member of a row, too.
    if (own === undefined) isOpen = true
    else give(own)
  }
  return { relations, names, isOpen }
}

function ctesOf(value: Tree): Tree[] {
  return isTree(value.with) && Array.isArray(value.with.ctes) ? value.with.ctes.filter(isTree) : []
}

export const nameOf = (identifier: unknown): string => identifierOf(identifier)?.text.toLowerCase() ?? ''
