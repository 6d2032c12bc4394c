import { ZoomOut } from 'lucide-react'
import { type PointerEvent, type ReactNode, useRef, useState } from 'react'
import styles from './charts.module.css'

/** Where in a chart its marks are drawn, in pixels. */
export interface PlotArea {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** Shares of the plot, 0 at the left or the top. */
export type Share = readonly [number, number]

interface ZoomFrameProps {
  area: PlotArea
  along: 'x' | 'y' | 'both'
  zoomed: boolean
  onZoom: (x: Share, y: Share) => void
  onReset: () => void
  children: ReactNode
}

/** Pixels under which a drag is a click with an unsteady hand. */
const SLACK = 6

/** A drag over the plot zooms into what it covers. The frame alone is drawn while the pointer moves, never the chart. */
export function ZoomFrame({ area, along, zoomed, onZoom, onReset, children }: ZoomFrameProps) {
  const start = useRef<{ x: number; y: number } | null>(null)
  const dragged = useRef(false)
  const [box, setBox] = useState<PlotArea | null>(null)
  const within = (event: PointerEvent<HTMLElement>) => {
    const frame = event.currentTarget.getBoundingClientRect()
    return { x: event.clientX - frame.left - area.left, y: event.clientY - frame.top - area.top }
  }
  const covered = (event: PointerEvent<HTMLElement>): PlotArea | null => {
    if (!start.current) return null
    const end = within(event)
    const [left, right] = along === 'y' ? [0, area.width] : between(start.current.x, end.x, area.width)
    const [top, bottom] = along === 'x' ? [0, area.height] : between(start.current.y, end.y, area.height)
    return { left, top, width: right - left, height: bottom - top }
  }
  const far = (its: PlotArea) => (along === 'y' || its.width > SLACK) && (along === 'x' || its.height > SLACK)
  const stop = () => {
    start.current = null
    setBox(null)
  }
  return (
    <div
      className={styles.zoom}
      onPointerDown={(event) => {
        dragged.current = false
        const at = within(event)
        const inside = at.x >= 0 && at.y >= 0 && at.x <= area.width && at.y <= area.height
        if (event.button === 0 && inside) start.current = at
      }}
      onPointerMove={(event) => {
        const its = covered(event)
        if (!its || (!box && !far(its))) return
        if (!box) event.currentTarget.setPointerCapture(event.pointerId)
        setBox(its)
      }}
      onPointerUp={(event) => {
        const its = box && covered(event)
        stop()
        if (!its) return
        dragged.current = true
        if (far(its))
          onZoom(
            [its.left / area.width, (its.left + its.width) / area.width],
            [its.top / area.height, (its.top + its.height) / area.height],
          )
      }}
      onPointerCancel={stop}
      onClickCapture={(event) => {
        // The end of a drag is no click on a mark.
        if (dragged.current) event.stopPropagation()
        dragged.current = false
      }}
    >
      {children}
      {box && (
        <div
          className={styles.zoomBox}
          style={{ left: area.left + box.left, top: area.top + box.top, width: box.width, height: box.height }}
        />
      )}
      {zoomed && (
        <button type="button" className={styles.zoomOut} data-tool onClick={onReset}>
          <ZoomOut size={12} aria-hidden />
          Reset zoom
        </button>
      )}
    </div>
  )
}

function between(a: number, b: number, length: number): [number, number] {
  const [low, high] = [Math.min(a, b), Math.max(a, b)].map((value) => Math.min(length, Math.max(0, value)))
  return [low, high]
}

/** A part of a list of equal steps: the items that a share of its length touches. */
export interface Window {
  readonly from: number
  readonly to: number
}

/** The window that a share of the window before covers: at least one item. */
export function zoomInto(count: number, before: Window | null, share: Share): Window {
  const from = before?.from ?? 0
  const length = (before?.to ?? count) - from
  const first = Math.min(length - 1, Math.floor(share[0] * length))
  return { from: from + first, to: from + Math.max(first + 1, Math.ceil(share[1] * length)) }
}

/** What of a list is in the window; all of it where nothing would be left. */
export function windowed<T>(items: readonly T[], window: Window | null): readonly T[] {
  const part = window ? items.slice(window.from, window.to) : items
  return part.length > 0 ? part : items
}
