import { useMemo } from 'react'
import type { Cell, Column, TablePage } from '../../../../engines/kit/pure/table.ts'
import { useFeed } from '../../../lib/index.ts'
import { useRun } from '../context.ts'

export type Place = { node: string } | { wire: string }

export interface SeenRows {
  readonly columns: readonly Column[]
  /** Newest first. */
  readonly rows: readonly (readonly Cell[])[]
  readonly error: Error | undefined
}

const NO_ROWS: TablePage = { columns: [], start: 0, rowCount: 0, values: [] }
const NO_COLUMNS: readonly Column[] = []

/** The rows lately seen at a node or on a wire of the shown run, as they pass. Held, they stay as they are. */
export function useRows(place: Place | null, held = false): SeenRows {
  const runId = useRun()?.runId ?? null
  const key = place ? JSON.stringify(place) : null
  const feed = useFeed(
    (c, signal) => (place && runId !== null && !held ? c.pipeline.watchRows({ runId, at: place }, { signal }) : null),
    [key, runId],
    { initial: NO_ROWS, fold: (page: TablePage, next: TablePage) => (held ? page : next) },
  )
  const page = feed.data
  const signature = page.columns.map((c) => `${c.name} ${c.type}`).join('|')
  // biome-ignore lint/correctness/useExhaustiveDependencies: equal columns keep their identity from page to page
  const columns = useMemo(() => (page.columns.length > 0 ? page.columns : NO_COLUMNS), [signature])
  const rows = useMemo(
    () => Array.from({ length: page.rowCount }, (_, i) => page.values.map((values) => values[page.rowCount - 1 - i])),
    [page],
  )
  return { columns, rows, error: feed.error }
}
