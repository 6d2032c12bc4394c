import { type DependencyList, useMemo } from 'react'
import type { Clients } from '../../engines/contract.ts'
import type { Column, ColumnType, TablePage } from '../../engines/kit/pure/table.ts'
import type { CellValue, ColumnKind, DataColumn, PagedSource } from '../ui/index.ts'
import { useClients } from './clients.tsx'

const KINDS: Record<ColumnType, ColumnKind> = {
  string: 'text',
  integer: 'number',
  bigint: 'number',
  decimal: 'number',
  double: 'number',
  boolean: 'boolean',
  date: 'time',
  timestamp: 'time',
  time: 'time',
  binary: 'text',
  json: 'json',
}

export const kindOf = (type: ColumnType): ColumnKind => KINDS[type]

/** Columns of a result as the table wants them. Names may repeat: ids carry their place. */
export function tableColumns(columns: readonly Column[]): DataColumn<readonly CellValue[]>[] {
  return columns.map((column, index) => ({
    id: `${column.name}#${index}`,
    title: column.name,
    detail: column.declared,
    kind: KINDS[column.type],
    mono: column.type === 'json' || column.type === 'binary',
    ...(column.type === 'date' && { width: 96 }),
  }))
}

export interface TableSourceOptions {
  rowCount: number
  fetch: (clients: Clients, start: number, rows: number, signal: AbortSignal) => Promise<TablePage>
}

/** A paged source over calls that answer `TablePage`. A new source starts with `deps`. */
export function useTableSource(options: TableSourceOptions | null, deps: DependencyList): PagedSource | null {
  const clients = useClients()
  return useMemo(() => {
    if (!options) return null
    return {
      rowCount: options.rowCount,
      page: async (start, count, signal) => (await options.fetch(clients, start, count, signal)).values,
    }
  }, [clients, ...deps])
}
