import { BARE, MACROS, RENAMED, SAME } from '../../src/engines/warehouse/translate/functions.ts'
import { SPECIAL } from '../../src/engines/warehouse/translate/special.ts'

/** The table of functions in `docs/conformance/redshift-sql.md`, drawn from the translation itself. */
export function redshiftTable(): string {
  const ways = new Map<string, string>()
  for (const name of SAME) ways.set(name, 'mapped | DuckDB has it under the same name')
  for (const [name, target] of Object.entries(RENAMED)) ways.set(name, `mapped | DuckDB's \`${target}\``)
  for (const name of MACROS) ways.set(name, 'emulated | an expression over DuckDB')
  for (const name of Object.keys(SPECIAL)) ways.set(name, 'rewritten | rewritten with its arguments')
  for (const name of Object.keys(BARE)) if (!ways.has(name)) ways.set(name, 'rewritten | a word without parentheses')
  const rows = [...ways].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, how]) => `| ${name} | ${how} |`)
  return ['| function | | how |', '|---|---|---|', ...rows].join('\n')
}
