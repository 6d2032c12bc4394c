import { expect, test } from 'vitest'
import { engine as bi } from '../../src/engines/bi/engine.ts'
import { engine as catalog } from '../../src/engines/catalog/engine.ts'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { engine as warehouse } from '../../src/engines/warehouse/engine.ts'
import { startEngines } from '../support/engines.ts'

test('what COPY loads, SPICE takes by a SELECT in the dialect of the warehouse, and direct query sees at once', async () => {
  await using engines = await startEngines([lake, catalog, warehouse, bi])
  const { clients } = engines
  const run = async (sql: string) => {
    const { statementId } = await clients.warehouse.startStatement({ sql })
    for await (const { error } of clients.warehouse.watchStatement({ statementId }))
      if (error) throw new Error(error.message)
  }
  await clients.lake.createBucket({ bucket: 'lake' })
  const body = new TextEncoder().encode('{"origin":"LAX","delay":5}\n{"origin":null,"delay":8}\n')
  await clients.lake.putObject({ bucket: 'lake', key: 'flights/1.json', body })
  await run('CREATE TABLE flights (origin VARCHAR(3), delay INT)')
  await run("COPY flights FROM 's3://lake/flights/' JSON 'auto'")
  const source = {
    type: 'warehouse' as const,
    sql: "SELECT NVL(origin, '?') AS origin, delay / 2 AS half, DATEADD(day, 1, GETDATE()) AS at FROM flights",
  }
  await clients.bi.putDataSet({ id: 'flights', name: 'Flights', source })
  await clients.bi.putDataSet({ id: 'live', name: 'Live', mode: 'DIRECT_QUERY', source })
  expect(await clients.bi.ingest({ id: 'flights' })).toMatchObject({ status: 'COMPLETED', rowsIngested: 2 })
  const fields = [{ column: 'origin' }, { column: 'half', aggregate: 'sum' as const }]
  const query = (dataSet: string) => clients.bi.query({ dataSet, fields, sort: [{ field: 1, descending: false }] })
  expect((await query('flights')).values).toEqual([
    ['LAX', '?'],
    ['2', '4'],
  ])
  await run("INSERT INTO flights VALUES ('SFO', 20)")
  expect((await query('flights')).rowCount).toBe(2)
  expect((await query('live')).rowCount).toBe(3)
  const refused = clients.bi.putDataSet({
    id: 'x',
    name: 'x',
    source: { type: 'warehouse', sql: 'SELECT * FROM spice.main.y' },
  })
  await expect(refused).rejects.toMatchObject({ code: '0A000', at: { line: 1, column: 15 } })
  await expect(
    clients.bi.putDataSet({ id: 'x', name: 'x', source: { type: 'warehouse', sql: 'DROP TABLE flights' } }),
  ).rejects.toMatchObject({ code: '42601' })
})
