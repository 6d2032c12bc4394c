import type { Tree } from '../../kit/node/sql/tree.ts'

/** Words that DuckDB reserves (its `duckdb_keywords()`) and Trino does not: names like any other, until they are written down. */
const RESERVED: ReadonlySet<string> = new Set(
  `all analyse analyze anti any asc asof asymmetric at authorization binary both check collate collation column columns concurrently default
  deferrable desc do foreign freeze generated glob ilike initially isnull lambda lateral leading left like limit map notnull offset only overlaps pivot
  pivot_longer pivot_wider placing positional primary qualify references returning right select semi show similar some struct summarize
  symmetric tablesample to trailing try_cast unique unpack unpivot variadic verbose window`.split(/\s+/),
)

/** An identifier with quotes where DuckDB needs them; any other tree as it is. */
export function quoted(tree: Tree): Tree {
  const { name } = tree
  if (tree.quoted !== false || typeof name !== 'string' || 'args' in tree) return tree
  return RESERVED.has(name.toLowerCase()) || !/^[a-z_]\w*$/i.test(name) ? { ...tree, quoted: true } : tree
}
