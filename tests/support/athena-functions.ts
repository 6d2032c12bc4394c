import { TRINO_FUNCTIONS } from '../../src/engines/athena/translate/functions.ts'
import { REFUSED } from '../../src/engines/athena/translate/refused.ts'

const MANNERS = {
  mapped: (target: string) => `DuckDB's \`${target}\``,
  emulated: () => 'an expression over DuckDB',
  rewritten: () => 'rewritten in the tree',
}

/** The table of functions in `docs/conformance/athena.md`, drawn from the translation itself. */
export function conformanceTable(): string {
  const known = TRINO_FUNCTIONS.map(({ name, manner, target }) => [name, manner, MANNERS[manner](target)])
  const refused = [...REFUSED].map(([name, reason]) => [name, 'refused', reason])
  const rows = [...known, ...refused].sort(([a], [b]) => (a < b ? -1 : 1))
  return ['| function | | how |', '|---|---|---|', ...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n')
}
