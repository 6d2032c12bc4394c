import { DuckDBInstance } from '@duckdb/node-api'
import { expect, it } from 'vitest'
import { TRINO_MACROS } from '../../src/engines/athena/translate/functions.ts'
import { ARITHMETIC_MACROS } from '../../src/engines/kit/node/sql/arithmetic.ts'

// What a macro does for other types would be worked out for each row, at many times the cost of what is asked.
it.each([
  ['trino_concat(s, s)', ['list_append', 'list_prepend']],
  ['trino_concat(l, l)', ['list_append', 'list_prepend']],
  ['trino_varchar(n)', ['isnan', 'json_extract_string']],
  ['trino_length(s)', ['octet_length']],
  ['trino_subscript(l, 1)', ['map_contains', 'struct_extract_at']],
])('%s does nothing that is for other types', async (expression, foreign) => {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run([...ARITHMETIC_MACROS, ...TRINO_MACROS].join(';'))
  await connection.run('CREATE TABLE t (s VARCHAR, n BIGINT, l VARCHAR[])')
  const plan = await connection.runAndReadAll(`EXPLAIN (FORMAT json) SELECT ${expression} FROM t`)
  const text = String(plan.getRows()[0][1])
  expect(text).toContain('PROJECTION')
  for (const name of foreign) expect(text).not.toContain(name)
  connection.closeSync()
  instance.closeSync()
})
