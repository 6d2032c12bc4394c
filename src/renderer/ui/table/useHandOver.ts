import { useEffect, useRef } from 'react'
import type { DataColumn } from './types.ts'
import type { GridPlace } from './useGridSelection.ts'
import type { useTableRows } from './useTableRows.ts'

type Taker<R> = ((row: R, index: number, column: string) => void) | undefined

/**
 * Gives the row that is chosen to who asked for it, with its values: a row may be chosen before its page has come. Where other rows come to
 * stand in its place, by a sort, a filter or another result, what was given is given anew, or taken back.
 */
export function useHandOver<R>(
  shown: ReturnType<typeof useTableRows<R>>,
  visible: readonly DataColumn<R>[],
  /** Null where rows are told apart by their keys, wherever they stand. */
  follow: { onSelect: Taker<R>; onUnselect: (() => void) | undefined } | null,
) {
  const inHand = useRef<GridPlace | null>(null)
  const handOver = (place: GridPlace, to: Taker<R>) => {
    inHand.current = place
    const give = () => {
      // Another may be in hand by then, or the page that was asked for is of an order that is gone.
      const { current } = inHand
      if (current?.row !== place.row || current.column !== place.column || !shown.isHere(place.row)) return
      to?.(shown.rowValue(place.row), shown.rowAt(place.row), visible[place.column].id)
    }
    if (shown.isHere(place.row)) give()
    else void shown.load(place.row, place.row + 1).then(give)
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: only other rows in the places are news
  useEffect(() => {
    const place = inHand.current
    if (!place || !follow) return
    if (place.row < shown.shownCount && place.column < visible.length) return handOver(place, follow.onSelect)
    inHand.current = null
    follow.onUnselect?.()
  }, [shown.arranged])
  return handOver
}
