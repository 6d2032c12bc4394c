import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { engine as athena } from '../../src/engines/athena/engine.ts'
import { engine as catalog } from '../../src/engines/catalog/engine.ts'
import type { Clients } from '../../src/engines/contract.ts'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { startEngines } from '../support/engines.ts'

const TABLE = { database: 'default', table: 'cut' }

async function run({ athena: client }: Clients, sql: string) {
  const { queryId } = await client.startQuery({ sql, dialect: 'spark' })
  for await (const query of client.watchQuery({ queryId }))
    if (query.error) throw new Error(`${sql}: ${query.error.message}`)
  return queryId
}

/** The lake, in which calls of this verb wait, once `halt` is called, until they are let go. */
function halting(verb: 'locate' | 'deleteObjects') {
  const [reached, letGo] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let halts = false
  const definition: typeof lake = {
    ...lake,
    start: async (context) => {
      const { handlers, ...engine } = await lake.start(context)
      const all = handlers as Record<string, (...args: unknown[]) => unknown>
      const waiting = async (...args: unknown[]) => {
        if (halts) {
          reached.resolve()
          await letGo.promise
        }
        return all[verb](...args)
      }
      return { ...engine, handlers: { ...all, [verb]: waiting } }
    },
  }
  return {
    definition,
    reached: reached.promise,
    letGo: letGo.resolve,
    halt: () => {
      halts = true
    },
  }
}

it.each([
  { verb: 'locate', at: 'before it is settled what goes', rows: ['old 1', 'old 2'], state: 'FAILED' },
  { verb: 'deleteObjects', at: 'before the old rows are gone', rows: ['new 3'], state: 'SUCCEEDED' },
] as const)('INSERT OVERWRITE that ends $at leaves all of the old rows or all of the new', async ({
  verb,
  rows,
  state,
}) => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-overwrite-'))
  const halted = halting(verb)
  await using cut = await startEngines([halted.definition, catalog, athena], { seed: 'cut' })
  await cut.clients.lake.createBucket({ bucket: 'data' })
  await run(
    cut.clients,
    `CREATE TABLE cut USING parquet PARTITIONED BY (p) LOCATION 's3://data/cut/' AS SELECT 'old' AS v, p FROM VALUES (1), (2) AS t(p)`,
  )
  halted.halt()
  const sql = `INSERT OVERWRITE cut SELECT 'new', 3`
  const { queryId } = await cut.clients.athena.startQuery({ sql, dialect: 'spark' })
  await halted.reached
  // What a process that is killed now has on disk.
  cpSync(cut.workspaceDirectory, directory, { recursive: true })
  halted.letGo()

  try {
    await using next = await startEngines([lake, catalog, athena], { directory, seed: 'next' })
    const { clients } = next
    expect(await clients.athena.getQuery({ queryId })).toMatchObject({ state, endedMs: expect.any(Number) })
    const reading = await run(clients, `SELECT concat(v, ' ', p) FROM cut ORDER BY 1`)
    expect((await clients.athena.results({ queryId: reading })).values[0]).toEqual(rows)
    const partitions = await clients.catalog.listPartitions(TABLE)
    expect(partitions.map(({ values }) => values[0])).toEqual(rows.map((row) => row.split(' ')[1]))
    expect(await clients.lake.locate({ uri: 's3://data/cut/' })).toHaveLength(rows.length)
    expect(existsSync(join(directory, '.millrace/athena/writing'))).toBe(false)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})
