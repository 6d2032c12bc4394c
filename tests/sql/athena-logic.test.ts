import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RESULT_TEXT_MACROS, resultText } from '../../src/engines/athena/result-text.ts'
import { TRINO_MACROS } from '../../src/engines/athena/translate/functions.ts'
import { translateQuery } from '../../src/engines/athena/translate/translate.ts'
import { duckError } from '../../src/engines/kit/node/duck/errors.ts'
import { ARITHMETIC_MACROS } from '../../src/engines/kit/node/sql/arithmetic.ts'
import type { EngineError } from '../../src/engines/kit/pure/errors.ts'

/**
 * Files of statements with what Trino's documentation says that they answer, one on a line: `SELECT 1, 'a' => 1 | a`, rows apart by ` / `,
 * values as Athena's result files have them, a NULL as `∅`; `=> ! CODE` where it must fail. `# …` is a comment.
 */
const directory = join(import.meta.dirname, 'athena')
const files = readdirSync(directory).filter((name) => name.endsWith('.slt'))

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

async function answer(sql: string): Promise<string> {
  try {
    const translated = translateQuery(sql, { nowMs: Date.UTC(2001, 0, 2, 3, 4, 5) })
    const text = translated.render((stand) => stand)
    try {
      const prepared = await connection.prepare(text)
      const types = Array.from({ length: prepared.columnCount }, (_, i) => prepared.columnType(i))
      prepared.destroySync()
      const values = types.map((type, i) => resultText(`c${i}`, type))
      const names = types.map((_, i) => `c${i}`)
      const rows = await connection.runAndReadAll(
        `SELECT ${values.join(', ')} FROM (${text}) AS q(${names.join(', ')})`,
      )
      return rows
        .getRows()
        .map((row) => row.map((value) => (value === null ? '∅' : String(value))).join(' | '))
        .join(' / ')
    } catch (thrown) {
      throw translated.explainFailure(
        (duckError(thrown, text) as never as { failure: never }).failure,
        (stand) => stand,
      )
    }
  } catch (thrown) {
    return `! ${(thrown as EngineError).code}`
  }
}

const statements = files.flatMap((file) =>
  readFileSync(join(directory, file), 'utf8')
    .split('\n')
    .flatMap((line, i) => {
      const [, sql, expected] = /^([^#].*?) =>\s?(.*)$/.exec(line) ?? []
      return sql === undefined ? [] : [{ file, line: i + 1, sql, expected }]
    }),
)

describe.each(files)('%s', (file) => {
  it.each(statements.filter((statement) => statement.file === file))('line $line: $sql', async ({ sql, expected }) => {
    expect(await answer(sql)).toBe(expected)
  })
})
