import { ATTACHED, type CatalogTable } from '../catalog/contract.ts'
import type { Clients } from '../contract.ts'
import { identifier } from '../kit/node/duck.ts'
import { textReader } from '../kit/node/sql/reading.ts'
import type { Located } from './files.ts'

export function attachedFiles(table: CatalogTable, clients: Pick<Clients, 'catalog'>): Promise<Located[]> {
  return clients.catalog.attachedFiles({ table: table.name })
}

/** As `textSql` of tables.ts, by how the files of an attached table were said to be read. */
export function attachedSql(table: CatalogTable, files: readonly Located[], mark: string | undefined) {
  const reader = textReader(
    table.attached!.reading,
    files.map(({ file }) => file),
  )
  const names = table.columns.map((column, i) => (mark === undefined ? column.name : `${mark}_${i}`))
  const from = mark === undefined ? `${reader.from} AS ${ATTACHED}(${names.map(identifier).join(', ')})` : reader.from
  const select = table.columns.map((column, i) => `${reader.value(i, names[i])} AS ${identifier(column.name)}`)
  return { select, from, names }
}
