import { z } from 'zod'
import type { DataSet, DataSource } from '../../bi/contract.ts'
import type { Clients } from '../../contract.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { defineNode, type Reference, ui } from './define.ts'
import { refreshing } from './kit/refresh.ts'

export const spiceConfig = z.object({
  id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,128}$/, 'An id has letters, digits, hyphens and underscores.')
    .meta(ui({ label: 'Data set', editor: 'dataset', help: 'The name by which dashboards find it.' })),
  name: z
    .string()
    .default('')
    .meta(ui({ label: 'Title', help: 'Empty: the id.' })),
  sql: z
    .string()
    .default('')
    .meta(
      ui({
        label: 'Query',
        editor: 'sql',
        help: 'What is taken from the source, in its dialect. Empty: the whole table.',
      }),
    ),
})

function sourceOf(reference: Reference, sql: string): DataSource {
  switch (reference.type) {
    case 'warehouse':
      return { type: 'warehouse', sql: sql || `SELECT * FROM "${reference.schema}"."${reference.table}"` }
    case 'catalog':
      return { type: 'athena', database: reference.database, sql: sql || `SELECT * FROM "${reference.table}"` }
    case 'files':
      return { type: 'file', uri: reference.location }
    case 'dataset':
      throw new EngineError('InvalidArgument', 'A data set is not made of another one here: wire a table to it.')
  }
}

/** Preparation steps are edited with the data set itself; a run keeps them. */
async function stepsOf(bi: Clients['bi'], id: string): Promise<DataSet['steps']> {
  return (await bi.listDataSets({})).find((other) => other.id === id)?.steps ?? []
}

export const spice = defineNode({
  kind: 'spice',
  title: 'SPICE data set',
  service: 'QuickSight',
  summary: 'Takes a table into memory for dashboards and refreshes it as the table changes.',
  group: 'BI',
  icon: 'zap',
  inputs: [{ name: 'in', type: 'relation', required: true }],
  outputs: [{ name: 'out', type: 'dataset' }],
  version: 1,
  config: spiceConfig,
  behaviour: {
    owns: (config) => [`data set "${config.id}"`],
    prepare: async () => ({ rows: null as number | null, expected: null as number | null, dropped: 0 }),
    run: async (context, last) => {
      const { clients, config, meter } = context
      const out = context.relation('out')
      await refreshing(context, null, 'taking the rows into SPICE', async ([version]) => {
        await clients.bi.putDataSet({
          id: config.id,
          name: config.name || config.id,
          mode: 'SPICE',
          source: sourceOf(version.reference, config.sql),
          steps: await stepsOf(clients.bi, config.id),
        })
        const ingestion = await clients.bi.ingest({ id: config.id })
        if (ingestion.error) throw EngineError.fromWire(ingestion.error)
        last.rows = ingestion.rowsIngested
        last.dropped = ingestion.rowsDropped
        last.expected = config.sql || version.rows === null ? null : version.rows
        meter.set({ rowsOut: ingestion.rowsIngested, bytesOut: ingestion.bytes, failed: ingestion.rowsDropped })
        out?.publish({
          reference: { type: 'dataset', id: config.id },
          rows: ingestion.rowsIngested,
          bytes: ingestion.bytes,
        })
      })
    },
    account: async ({ clients, config }, last) => {
      if (last.rows === null) return null
      const { rowCount } = await clients.bi.describeDataSet({ id: config.id })
      const expected = last.expected === null ? last.rows : last.expected - last.dropped
      return {
        readBack: rowCount ?? 0,
        failed: last.dropped,
        agrees: rowCount === expected,
        note: `rows of the data set ${config.id}`,
      }
    },
    reference: (config) => ({ type: 'dataset', id: config.id }),
  },
})
