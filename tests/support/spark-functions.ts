import { REFUSED, SPARK_FUNCTIONS } from '../../src/engines/athena/spark/functions.ts'

const MANNERS = {
  mapped: (target: string) => `DuckDB's \`${target}\``,
  emulated: () => 'an expression over DuckDB',
  rewritten: () => 'rewritten in the tree',
}

/** The table of functions in `docs/conformance/spark.md`, drawn from the translation itself. */
export function sparkTable(): string {
  const known = SPARK_FUNCTIONS.map(({ name, manner, target }) => [name, manner, MANNERS[manner](target)])
  const refused = [...REFUSED].map(([name, reason]) => [name, 'refused', reason])
  const rows = [...known, ...refused].sort(([a], [b]) => (a < b ? -1 : 1))
  return ['| function | | how |', '|---|---|---|', ...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n')
}
