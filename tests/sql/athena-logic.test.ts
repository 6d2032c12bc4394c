import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance, type DuckDBType } from '@duckdb/node-api'
import { afterAll, beforeAll } from 'vitest'
import { RESULT_TEXT_MACROS, resultText } from '../../src/engines/athena/result-text.ts'
import { numbered } from '../../src/engines/athena/results.ts'
import { TRINO_MACROS } from '../../src/engines/athena/translate/functions.ts'
import { type TranslatedQuery, translateQuery } from '../../src/engines/athena/translate/translate.ts'
import { duckError } from '../../src/engines/kit/node/duck/errors.ts'
import { DuckError, identifier } from '../../src/engines/kit/node/duck.ts'
import { ARITHMETIC_MACROS } from '../../src/engines/kit/node/sql/arithmetic.ts'
import type { EngineError } from '../../src/engines/kit/pure/errors.ts'
import { logicTests, logicText } from '../support/sql-logic.ts'

let instance: DuckDBInstance
let connection: DuckDBConnection

beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  connection = await instance.connect()
  await connection.run(`SET TimeZone = 'UTC'`)
  await connection.run('SET GLOBAL integer_division = true')
  await connection.run('SET errors_as_json = true')
  for (const macro of [...ARITHMETIC_MACROS, ...TRINO_MACROS, ...RESULT_TEXT_MACROS]) await connection.run(macro)
})
afterAll(() => {
  connection.closeSync()
  instance.closeSync()
})

function translated(sql: string): TranslatedQuery & { sql: string; source: (stand: string) => string } {
  const query = translateQuery(sql, { nowMs: Date.UTC(2001, 0, 2, 3, 4, 5) })
  const names = new Map(query.references.map(({ stand, reference }) => [stand, reference.name]))
  const source = (stand: string) => identifier(names.get(stand)!)
  return { ...query, source, sql: query.render(source) }
}

async function typesOf(sql: string): Promise<DuckDBType[]> {
  const prepared = await connection.prepare(sql)
  const types = Array.from({ length: prepared.columnCount }, (_, i) => prepared.columnType(i))
  prepared.destroySync()
  return types
}

async function answer(statement: string): Promise<string> {
  try {
    const { sql, explainFailure, source } = translated(statement)
    try {
      const types = await typesOf(sql)
      const named = numbered(sql, { columns: types.map(() => ({ name: '', type: 'string', declared: '' })), types })
      // Only members of rows that had no names are of another type then.
      const shown = types.some((type) => String(type).includes('("" ')) ? await typesOf(named) : types
      const values = shown.map((type, i) => resultText(`c${i}`, type))
      const rows = await connection.runAndReadAll(`SELECT ${values.join(', ')} FROM (${named})`)
      return logicText(rows.getRows())
    } catch (thrown) {
      const error = duckError(thrown, sql)
      throw error instanceof DuckError ? explainFailure(error.failure, source) : error
    }
  } catch (thrown) {
    return `! ${(thrown as EngineError).code}`
  }
}

logicTests(join(import.meta.dirname, 'athena'), {
  answer,
  makeTable: async (name, sql) => {
    await connection.run(`CREATE OR REPLACE TABLE ${identifier(name)} AS ${translated(sql).sql}`)
  },
})
