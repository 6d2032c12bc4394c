import { useCallback, useMemo } from 'react'
import type { CellValue, ReadRows, Sort } from './model.ts'
import { type PagedSource, usePageCache } from './source.ts'
import type { CellOf, DataColumn } from './types.ts'
import { useArrangedSource } from './useArrangedSource.ts'
import { useArrangement } from './useArrangement.ts'

/** The rows of an array or of a paged source, as the sort and the filter leave them, and what is in them. */
export function useTableRows<R>(table: {
  rows: readonly R[] | undefined
  source: PagedSource | undefined
  columns: readonly DataColumn<R>[]
  sort: Sort | null
  filterText: string
}) {
  const { rows, columns, sort, filterText } = table
  const arrangedSource = useArrangedSource(table.source, columns, sort, filterText)
  const source = arrangedSource.shown
  const { cache, error: pageError } = usePageCache(source)
  const rowCount = source ? source.rowCount : rows!.length
  const indexes = useMemo(() => new Map(columns.map((column, index) => [column.id, index])), [columns])
  const cell: CellOf = useCallback(
    (row: number, id: string): CellValue => {
      const index = indexes.get(id)!
      if (cache) return cache.cell(row, index)
      const column = columns[index]
      const value = rows![row]
      return column.value ? column.value(value) : (value as readonly CellValue[])[index]
    },
    [cache, columns, indexes, rows],
  )
  const remote = table.source?.arranged !== undefined
  const { order, shownCount, arrangeable, fetching } = useArrangement({
    columns,
    cell,
    cache,
    rowCount,
    sort: remote ? null : sort,
    filterText: remote ? '' : filterText,
  })
  const arranging = fetching || arrangedSource.arranging
  const rowAt = (view: number) => (order ? order[view] : view)
  return {
    source,
    /** Null where the rows are all at hand, or stand in an order of the table's own. */
    cache: order ? null : cache,
    cell,
    indexes,
    /** How many there are, of which this many are shown. */
    whole: table.source ? table.source.rowCount : rowCount,
    rowCount,
    shownCount,
    matching: order ? order.length : remote && !arranging && filterText.trim() !== '' ? rowCount : null,
    arrangeable: remote || arrangeable,
    /** What is being waited for, in words. */
    waiting: arranging ? (remote ? 'Arranging the rows' : 'Fetching all rows to arrange them') : null,
    error: arrangedSource.error ?? pageError,
    /** The row of the source at a place of the view. */
    rowAt,
    rowValue: (view: number): R =>
      (rows ? rows[rowAt(view)] : columns.map((column) => cell(rowAt(view), column.id))) as R,
    isHere: (view: number) => !cache || cache.has(rowAt(view)),
    load: async (from: number, to: number) => {
      if (cache && !order) await cache.ensure(from, to)
    },
    /** Reads these columns past the cache: what the view draws from stays as it is. */
    reader:
      (wanted: readonly { id: string }[]): ReadRows =>
      async (from, to, signal) => {
        const places = Array.from({ length: to - from }, (_, i) => i)
        if (!source || order) return places.map((i) => wanted.map(({ id }) => cell(rowAt(from + i), id)))
        const values = await source.page(from, to - from, signal)
        return places.map((i) => wanted.map(({ id }) => values[indexes.get(id)!]?.[i]))
      },
    /** Another one wherever other rows come to stand in the view's places. */
    arranged: order ?? source ?? rows,
  }
}
