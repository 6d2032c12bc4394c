import { useEffect, useRef, useState } from 'react'
import { ROWS_A_PIECE } from './export.ts'
import type { ColumnKind, ReadRows, Rectangle } from './model.ts'
import { type NumberFacts, SelectionFacts } from './selection.ts'

/** Sums of more cells than this are a query's work. */
const SUMMED_MOST = 200_000
/** A selection that is still being drawn out is not summed at each step. */
const SETTLED_MS = 120

export interface Selected {
  readonly cells: number
  /** Absent until they are known. */
  readonly found?: { readonly nulls: number; readonly numbers: NumberFacts | null }
  /** There are too many to read. */
  readonly many: boolean
}

/** What several chosen cells come to: how many, and their numbers' sum and range. Null for one cell or none. */
export function useSelectionFacts(
  area: Rectangle | null,
  kinds: readonly (ColumnKind | undefined)[],
  read: ReadRows,
  /** Other rows stand in the places. */
  arranged: unknown,
): Selected | null {
  const [known, setKnown] = useState<{ of: string; found: Selected['found'] } | null>(null)
  const latest = useRef(read)
  latest.current = read
  const top = Math.max(0, area?.top ?? 0)
  const rows = area ? area.bottom + 1 - top : 0
  const cells = rows * kinds.length
  const many = cells > SUMMED_MOST
  const of = area ? [top, rows, area.left, ...kinds].join() : ''
  // biome-ignore lint/correctness/useExhaustiveDependencies: `of` says what is read
  useEffect(() => {
    if (cells < 2 || many) return
    const stop = new AbortController()
    const work = async () => {
      const facts = new SelectionFacts(kinds)
      for (let at = top; at < top + rows && !stop.signal.aborted; at += ROWS_A_PIECE)
        for (const row of await latest.current(at, Math.min(top + rows, at + ROWS_A_PIECE), stop.signal)) facts.add(row)
      if (!stop.signal.aborted) setKnown({ of, found: { nulls: facts.nulls, numbers: facts.numbers } })
    }
    // Rows that cannot be read are said to be so by the table that shows them.
    const timer = setTimeout(() => void work().catch(() => !stop.signal.aborted && setKnown(null)), SETTLED_MS)
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }, [of, arranged, many])
  if (cells < 2) return null
  const found = known?.of === of ? known.found : undefined
  return { cells, many, ...(found && { found }) }
}
