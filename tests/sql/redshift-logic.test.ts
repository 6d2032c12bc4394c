import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { logicTests, logicText } from '../support/sql-logic.ts'
import { startWarehouse, type TestWarehouse } from '../support/warehouse.ts'

let db: TestWarehouse
beforeAll(async () => {
  db = await startWarehouse()
})
afterAll(() => db[Symbol.asyncDispose]())

async function answer(sql: string): Promise<string> {
  const { error, statementId } = await db.run(sql)
  if (error) return `! ${error.code}`
  const { values, rowCount } = await db.clients.warehouse.results({ statementId })
  return logicText(Array.from({ length: rowCount }, (_, r) => values.map((column) => column[r])))
}

logicTests(join(import.meta.dirname, 'redshift'), {
  answer,
  makeTable: async (name, sql) => {
    await db.rows(`DROP TABLE IF EXISTS ${name}; CREATE TABLE ${name} AS ${sql}; SELECT 1`)
  },
})
