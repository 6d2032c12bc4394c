import { useEffect, useMemo, useReducer, useRef } from 'react'
import type { Term } from './filter.ts'
import type { CellValue, Sort } from './model.ts'

/** Rows that live elsewhere and come page by page. `values[c][r]`, columns in the table's own order. */
export interface PagedSource {
  rowCount: number
  page: (start: number, count: number, signal: AbortSignal) => Promise<readonly (readonly CellValue[])[]>
  /** The same rows in an order and under conditions, made where they are. Without it they are fetched whole to be arranged here, up to a limit. */
  arranged?: (arrangement: { sort: Sort | null; terms: readonly Term[] }, signal: AbortSignal) => Promise<PagedSource>
  /** The next cell with a word in it, from a cell on; its column by the table's own order. */
  find?: (
    word: string,
    from: { row: number; column: number },
    backwards: boolean,
  ) => Promise<{ row: number; column: number } | null>
  /** Files that are made where the rows are, of the columns in sight, by the table's own order. */
  files?: readonly { title: string; save: (columns: readonly number[]) => void }[]
}

export const PAGE_ROWS = 500
const PAGES_KEPT = 60

/** A cache of pages over a source; old pages are let go, so that a million rows cost a few megabytes. */
export class PageCache {
  private readonly pages = new Map<number, readonly (readonly CellValue[])[]>()
  private readonly asked = new Map<number, Promise<void>>()
  private stop = new AbortController()
  private readonly source: PagedSource
  private readonly changed: (error?: unknown) => void
  keepAll = false

  constructor(source: PagedSource, changed: (error?: unknown) => void) {
    this.source = source
    this.changed = changed
  }

  cell(row: number, column: number): CellValue {
    return this.pages.get(Math.floor(row / PAGE_ROWS))?.[column]?.[row % PAGE_ROWS]
  }

  has(row: number): boolean {
    return this.pages.has(Math.floor(row / PAGE_ROWS))
  }

  /** Asks for the pages under these rows that are not there yet. */
  ensure(from: number, to: number): Promise<unknown> {
    const waits: Promise<void>[] = []
    for (let page = Math.floor(from / PAGE_ROWS); page <= Math.floor(Math.max(from, to - 1) / PAGE_ROWS); page++) {
      const kept = this.pages.get(page)
      if (kept) {
        // Moves to the end of the map: the first page in it is the one least lately used.
        this.pages.delete(page)
        this.pages.set(page, kept)
      } else waits.push(this.load(page))
    }
    return Promise.all(waits)
  }

  private load(page: number): Promise<void> {
    const known = this.asked.get(page)
    if (known) return known
    const start = page * PAGE_ROWS
    const count = Math.min(PAGE_ROWS, this.source.rowCount - start)
    if (count <= 0) return Promise.resolve()
    const work = this.source
      .page(start, count, this.stop.signal)
      .then((values) => {
        this.pages.set(page, values)
        if (!this.keepAll && this.pages.size > PAGES_KEPT) this.pages.delete(this.pages.keys().next().value!)
        this.changed()
      })
      .catch((error: unknown) => {
        if (!this.stop.signal.aborted) this.changed(error)
      })
      .finally(() => this.asked.delete(page))
    this.asked.set(page, work)
    return work
  }

  open(): void {
    if (this.stop.signal.aborted) this.stop = new AbortController()
  }

  close(): void {
    this.stop.abort()
  }
}

/** A cache of this source that renders its user again when pages arrive. */
export function usePageCache(source: PagedSource | undefined): { cache: PageCache | null; error: unknown } {
  const [, render] = useReducer((n: number) => n + 1, 0)
  const error = useRef<unknown>(null)
  const cache = useMemo(
    () =>
      source
        ? new PageCache(source, (failure) => {
            error.current = failure ?? null
            render()
          })
        : null,
    [source],
  )
  useEffect(() => {
    cache?.open()
    return () => cache?.close()
  }, [cache])
  return { cache, error: error.current }
}
