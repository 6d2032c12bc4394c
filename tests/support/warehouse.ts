import type { Cell } from '../../src/engines/kit/pure/table.ts'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import type { StatementExecution } from '../../src/engines/warehouse/contract.ts'
import { engine as warehouse } from '../../src/engines/warehouse/engine.ts'
import { startEngines, type TestEngines } from './engines.ts'

export interface TestWarehouse extends TestEngines {
  /** Runs a text to its end, whatever the end is. */
  run(sql: string): Promise<StatementExecution>
  /** Runs a text that must finish, and gives its rows. */
  rows(sql: string): Promise<Cell[][]>
  put(key: string, content: string | Uint8Array): Promise<void>
  get(key: string): Promise<string>
}

/** A warehouse over a real lake with the bucket `lake`. */
export async function startWarehouse(directory?: string): Promise<TestWarehouse> {
  const engines = await startEngines([lake, warehouse], directory ? { directory } : {})
  const { clients } = engines
  const buckets = await clients.lake.listBuckets({})
  if (!buckets.some((bucket) => bucket.name === 'lake')) await clients.lake.createBucket({ bucket: 'lake' })
  const run = async (sql: string) => {
    let execution = await clients.warehouse.startStatement({ sql })
    for await (const now of clients.warehouse.watchStatement({ statementId: execution.statementId })) execution = now
    return execution
  }
  return {
    ...engines,
    run,
    rows: async (sql) => {
      const execution = await run(sql)
      if (execution.error) throw new Error(`${execution.error.code}: ${execution.error.message}\n${sql}`)
      const page = await clients.warehouse.results({ statementId: execution.statementId })
      return Array.from({ length: page.rowCount }, (_, r) => page.values.map((column) => column[r]))
    },
    put: async (key, content) => {
      const body = typeof content === 'string' ? new TextEncoder().encode(content) : new Uint8Array(content)
      await clients.lake.putObject({ bucket: 'lake', key, body })
    },
    get: async (key) => new TextDecoder().decode((await clients.lake.getObject({ bucket: 'lake', key })).body),
  }
}
