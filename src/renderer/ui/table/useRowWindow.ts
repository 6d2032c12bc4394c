import { type RefObject, useCallback, useEffect, useState } from 'react'
import { type RowWindow, rowWindow, scrollTopFor } from './window.ts'

/** Above the rows stands the header, which does not scroll. */
const HEAD = 24

/** Follows the scroller: the rows in sight of any number, how wide the view is, and the way to a row. */
export function useRowWindow(scroller: RefObject<HTMLDivElement | null>, rows: number) {
  const [place, setPlace] = useState({ top: 0, left: 0, height: 400, width: 0 })
  const follow = useCallback(() => {
    const box = scroller.current
    if (!box) return
    const next = { top: box.scrollTop, left: box.scrollLeft, height: box.clientHeight - HEAD, width: box.clientWidth }
    setPlace((before) =>
      before.top === next.top &&
      before.left === next.left &&
      before.height === next.height &&
      before.width === next.width
        ? before
        : next,
    )
  }, [scroller])
  useEffect(() => {
    const box = scroller.current
    if (!box) return
    const observer = new ResizeObserver(follow)
    observer.observe(box)
    return () => observer.disconnect()
  }, [scroller, follow])
  const window: RowWindow = rowWindow(rows, place.top, Math.max(0, place.height))
  return {
    ...window,
    view: place,
    follow,
    toRow: (row: number) => {
      const box = scroller.current
      if (box) box.scrollTop = scrollTopFor(row, rows, box.scrollTop, box.clientHeight - HEAD)
    },
  }
}
