import { ATTACHED, type CatalogTable } from '../catalog/contract.ts'
import type { Clients } from '../contract.ts'
import { identifier } from '../kit/node/duck.ts'
import { textReader } from '../kit/node/sql/reading.ts'
import type { DataFile } from './files.ts'
import type { OfFile } from './reads/path.ts'
import type { TableRead } from './tables.ts'

/** The files of an attached table now, each called by its path. */
export async function attachedFiles(table: CatalogTable, clients: Pick<Clients, 'catalog'>): Promise<DataFile[]> {
  const files = await clients.catalog.attachedFiles({ table: table.name })
  return files.map((file) => ({ ...file, uri: file.key }))
}

/** A read of text files that are attached, by how they were said to be read. */
export function attachedSql(
  table: CatalogTable,
  { slices }: TableRead,
  mark: string | undefined,
  more: OfFile,
): string {
  const files = slices.flatMap((slice) => slice.files.map(({ file }) => file))
  const reader = textReader(table.attached!.reading, files)
  // A column may be called as the path is.
  const prefix = mark ?? (more && 'own')
  const names = table.columns.map((column, i) => (prefix === undefined ? column.name : `${prefix}_${i}`))
  const select = table.columns.map((column, i) => `${reader.value(i, names[i])} AS ${identifier(column.name)}`)
  const alias = `${identifier(mark ?? ATTACHED)}(${names.map(identifier).join(', ')})`
  return `SELECT ${[...select, ...(more ? [more('filename')] : [])].join(', ')} FROM ${reader.from} AS ${alias}`
}
