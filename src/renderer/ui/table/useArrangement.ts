import { useEffect, useMemo, useState } from 'react'
import { parseFilter } from './filter.ts'
import { type Sort, viewOrder } from './model.ts'
import type { PageCache } from './source.ts'
import type { CellOf, DataColumn } from './types.ts'

/** Rows of a paged source that are fetched whole so that they can be sorted and filtered here. */
const SORTABLE_ROWS = 200_000

/** Which rows are shown, in which order: by the sort and the filter, once all rows are here. */
export function useArrangement<R>(table: {
  columns: readonly DataColumn<R>[]
  cell: CellOf
  cache: PageCache | null
  rowCount: number
  sort: Sort | null
  filterText: string
}) {
  const { columns, cell, cache, rowCount, sort, filterText } = table
  const arranged = sort !== null || filterText.trim() !== ''
  const arrangeable = !cache || rowCount <= SORTABLE_ROWS
  const whole = useWholeSource(cache, rowCount, arranged && arrangeable)
  const order = useMemo(() => {
    if (!arranged || !whole) return null
    const filter = parseFilter(filterText, columns)
    const kind = columns.find((column) => column.id === sort?.column)?.kind ?? 'text'
    return viewOrder(rowCount, cell, { sort, kind, filter: filter && ((row) => filter((id) => cell(row, id))) })
  }, [arranged, whole, filterText, columns, sort, rowCount, cell])
  return {
    /** Rows of the source in the order of the view; null where that is their own. */
    order,
    shownCount: order ? order.length : rowCount,
    arrangeable,
    fetching: arranged && !whole,
  }
}

/** Whether all rows are here; fetches them when they are wanted. */
function useWholeSource(cache: PageCache | null, rowCount: number, wanted: boolean): boolean {
  const [ready, setReady] = useState<PageCache | null>(null)
  useEffect(() => {
    if (!cache || !wanted || ready === cache) return
    cache.keepAll = true
    let gone = false
    void cache.ensure(0, rowCount).then(() => !gone && setReady(cache))
    return () => {
      gone = true
    }
  }, [cache, wanted, rowCount, ready])
  return cache === null || ready === cache
}
