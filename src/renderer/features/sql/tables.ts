import { openView } from '../../lib/index.ts'
import type { Engine } from './model/header.ts'
import type { SchemaTable } from './model/schema.ts'

/** The page of a table, which the catalog's feature has for both engines. */
export function openTable(engine: Engine, { database, name }: Pick<SchemaTable, 'database' | 'name'>): void {
  openView('catalog.table', { ...(engine === 'warehouse' && { engine }), database, table: name })
}
