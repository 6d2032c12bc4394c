import { useEffect, useMemo, useState } from 'react'
import { parseTerms } from './filter.ts'
import type { Sort } from './model.ts'
import type { PagedSource } from './source.ts'
import type { DataColumn } from './types.ts'

const TYPING_MS = 250

/** The source of what is shown, where the rows' own place arranges them: the last one stays until the next is there. */
export function useArrangedSource<R>(
  source: PagedSource | undefined,
  columns: readonly DataColumn<R>[],
  sort: Sort | null,
  filterText: string,
): { shown: PagedSource | undefined; arranging: boolean; error: unknown } {
  const terms = useMemo(() => parseTerms(filterText, columns), [filterText, columns])
  const wanted = JSON.stringify([sort, terms])
  const plain = !source?.arranged || (sort === null && terms.length === 0)
  const [made, setMade] = useState<{ of: PagedSource; wanted: string; source?: PagedSource; error?: unknown } | null>(
    null,
  )
  useEffect(() => {
    if (plain || !source?.arranged) return
    const stop = new AbortController()
    const arrange = () =>
      source.arranged!({ sort, terms }, stop.signal).then(
        (arranged) => !stop.signal.aborted && setMade({ of: source, wanted, source: arranged }),
        (error) => !stop.signal.aborted && setMade({ of: source, wanted, error }),
      )
    const timer = setTimeout(arrange, terms.length > 0 ? TYPING_MS : 0)
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }, [source, sort, terms, wanted, plain])
  if (plain) return { shown: source, arranging: false, error: null }
  const current = made?.of === source ? made : null
  return {
    shown: current?.source ?? source,
    arranging: current?.wanted !== wanted,
    error: current?.wanted === wanted ? current.error : null,
  }
}
