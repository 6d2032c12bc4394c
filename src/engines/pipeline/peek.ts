import type { Clients } from '../contract.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { TablePage } from '../kit/pure/table.ts'
import type { Reference } from './nodes/define.ts'
import { lastOf } from './nodes/kit/objects.ts'
import { NO_ROWS } from './samples.ts'

export type PeekClients = Pick<Clients, 'catalog' | 'warehouse' | 'bi'>

/** The first rows of the table behind a relation or data set wire, as it is now. */
export async function peek(clients: PeekClients, reference: Reference, rows: number): Promise<TablePage> {
  switch (reference.type) {
    case 'catalog':
    case 'files':
      return peekFiles(clients, reference, rows)
    case 'warehouse': {
      const sql = `SELECT * FROM "${reference.schema}"."${reference.table}" LIMIT ${rows}`
      const { statementId } = await clients.warehouse.startStatement({ sql })
      const ended = await lastOf(clients.warehouse.watchStatement({ statementId }))
      if (ended.error) throw EngineError.fromWire(ended.error)
      return clients.warehouse.results({ statementId, rows })
    }
    case 'dataset': {
      const { id, name, mode, source, steps } = await clients.bi.describeDataSet({ id: reference.id })
      return clients.bi.previewDataSet({ id, name, mode, source, steps, rows })
    }
  }
}

async function peekFiles(
  clients: PeekClients,
  reference: Extract<Reference, { type: 'catalog' | 'files' }>,
  rows: number,
): Promise<TablePage> {
  const { location, format } = reference
  if (format === 'avro') return NO_ROWS
  try {
    return (await clients.catalog.preview({ uri: location, format, rows })).page
  } catch (thrown) {
    // Nothing has landed yet.
    if (thrown instanceof EngineError && thrown.code === 'FileNotFound') return NO_ROWS
    throw thrown
  }
}
