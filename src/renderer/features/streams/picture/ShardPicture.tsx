import { type KeyboardEvent, type MouseEvent, useEffect, useMemo, useRef, useState } from 'react'
import type { ShardInfo } from '../../../../engines/stream/contract.ts'
import { formatPercent, useTheme } from '../../../lib/index.ts'
import { type MenuItem, PointMenu } from '../../../ui/index.ts'
import type { Live } from '../metrics/live.ts'
import { MEASURES, type MeasureId, shareOf } from '../metrics/load.ts'
import styles from '../streams.module.css'
import { CellTip, cellText } from './CellTip.tsx'
import { heatOf } from './heat.ts'
import { type Lane, lanesOf, type View } from './lanes.ts'
import { AXIS_HEIGHT, type Cursor, GUTTER, type Picture, paint, timeOf, xOf } from './paint.ts'
import { readPalette, rgb } from './palette.ts'

const EDGE = 8

interface Place {
  readonly lane: Lane
  readonly timeMs: number
}

export interface ShardPictureProps {
  shards: readonly ShardInfo[]
  live: Live
  nowMs: number
  seconds: number
  view: View
  measure: MeasureId
  cursors: readonly Cursor[]
  /** One or two shards: what is done is done to them. */
  selected: readonly string[]
  onSelect: (shardIds: readonly string[]) => void
  /** The records of a shard from a time on. */
  onOpen: (shardId: string, timeMs: number) => void
  menu: (shardId: string, timeMs: number) => MenuItem[]
}

/** A stream's shards through time, as rows or where their hash ranges are. Arrows walk it; the table below says the same in words. */
export function ShardPicture(props: ShardPictureProps) {
  const { shards, live, nowMs, seconds, view, measure, cursors, selected, onSelect } = props
  const scroller = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const [size, setSize] = useState({ width: 0, height: 0 })
  const [scrolled, setScrolled] = useState(0)
  const [hover, setHover] = useState<(Place & { x: number; y: number }) | null>(null)
  const [markMs, setMarkMs] = useState<number | null>(null)
  const [menuAt, setMenuAt] = useState<(Place & { x: number; y: number }) | null>(null)
  const theme = useTheme()
  const palette = useMemo(() => theme && readPalette(), [theme])
  const toMs = Math.ceil(Math.max(nowMs, live.history.newestMs + 1000) / 1000) * 1000
  const fromMs = toMs - seconds * 1000
  const lanes = useMemo(
    () => lanesOf(shards, view, Math.max(0, size.height - AXIS_HEIGHT), [fromMs, toMs]),
    [shards, view, size.height, fromMs, toMs],
  )
  const contentHeight = lanes.reduce((most, { bottom }) => Math.max(most, bottom), 0)
  const picture: Picture = useMemo(() => {
    const inSight = lanes.filter(({ top, bottom }) => bottom > scrolled && top < scrolled + size.height)
    const colours = { ramp: palette.ramp.map(rgb), write: rgb(palette.red), read: rgb(palette.amber) }
    return {
      ...size,
      view,
      scrolled,
      fromMs,
      toMs,
      lanes: inSight,
      heat: heatOf(inSight, live.history, MEASURES[measure], [fromMs, toMs], size.width - GUTTER, colours),
      notes: new Map(
        inSight.map(({ shard }) => [
          shard.shardId,
          shard.state === 'OPEN'
            ? formatPercent(shareOf(live.history.rates(shard.index, nowMs), MEASURES[measure]), 0)
            : 'closed',
        ]),
      ),
      cursors,
      selected,
      kin: kinOf(shards, selected),
      markMs,
    }
  }, [size, view, scrolled, fromMs, toMs, lanes, live, measure, palette, nowMs, cursors, selected, shards, markMs])

  useEffect(() => {
    const element = scroller.current!
    const observer = new ResizeObserver(() => setSize({ width: element.clientWidth, height: element.clientHeight }))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (!context || picture.width === 0) return
    const scale = devicePixelRatio
    const [width, height] = [Math.round(picture.width * scale), Math.round(picture.height * scale)]
    if (context.canvas.width !== width) context.canvas.width = width
    if (context.canvas.height !== height) context.canvas.height = height
    context.setTransform(scale, 0, 0, scale, 0, 0)
    paint(context, picture, palette)
  }, [picture, palette])

  const find = (event: MouseEvent): (Place & { x: number; y: number }) | null => {
    const { offsetX: x, offsetY: y } = event.nativeEvent
    if (y >= size.height - AXIS_HEIGHT) return null
    const atName = x < GUTTER
    // The right edge is now, so that a shard can be taken that has just been opened.
    const timeMs = atName || x > size.width - EDGE ? toMs - 1 : timeOf(picture, x)
    const lane = picture.lanes.find(
      ({ top, bottom, bornMs, endMs }) =>
        y + scrolled >= top &&
        y + scrolled < bottom &&
        ((atName && view === 'rows') || (timeMs >= bornMs && timeMs <= endMs)),
    )
    return lane ? { x, y, lane, timeMs: Math.floor(timeMs / 1000) * 1000 } : null
  }
  const choose = (shardId: string, more: boolean) => {
    const others = selected.filter((id) => id !== shardId)
    onSelect(more ? [...others.slice(-1), shardId] : [shardId])
  }
  const key = (event: KeyboardEvent) => {
    const chosen = selected.at(-1)
    const at = lanes.findIndex(({ shard }) => shard.shardId === chosen)
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, Home: -lanes.length, End: lanes.length }
    const step = steps[event.key]
    const seen = markMs ?? toMs - 1000
    if (step !== undefined && lanes.length > 0) {
      const lane = lanes[at < 0 ? 0 : Math.min(lanes.length - 1, Math.max(0, at + step))]
      choose(lane.shard.shardId, event.shiftKey)
      reveal(lane)
    } else if (event.key === 'ArrowLeft') setMarkMs(Math.max(fromMs, seen - (event.shiftKey ? 10_000 : 1000)))
    else if (event.key === 'ArrowRight') setMarkMs(Math.min(toMs - 1000, seen + (event.shiftKey ? 10_000 : 1000)))
    else if (event.key === 'Enter' && chosen) props.onOpen(chosen, seen)
    else if (event.key === 'Escape') {
      setMarkMs(null)
      onSelect([])
    } else if ((event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) && at >= 0) {
      const box = canvas.current!.getBoundingClientRect()
      const lane = lanes[at]
      setMenuAt({ lane, timeMs: seen, x: box.x + xOf(picture, seen), y: box.y + lane.bottom - scrolled })
    } else return
    event.preventDefault()
  }
  const reveal = ({ top, bottom }: Lane) => {
    const element = scroller.current!
    if (top < element.scrollTop) element.scrollTop = top
    else if (bottom > element.scrollTop + size.height - AXIS_HEIGHT)
      element.scrollTop = bottom - size.height + AXIS_HEIGHT
  }
  const walked = lanes.find(({ shard }) => shard.shardId === selected.at(-1))
  const marked = markMs !== null && walked ? { lane: walked, timeMs: markMs } : null
  const shown = hover ?? (marked && { ...marked, x: xOf(picture, marked.timeMs), y: marked.lane.bottom - scrolled })
  return (
    <div className={styles.picture}>
      <div
        ref={scroller}
        className={styles.scroller}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrows walk the shards and seconds in it
        tabIndex={0}
        role="application"
        aria-label="Picture of the shards: arrows walk shards and seconds, Enter reads the records there"
        onKeyDown={key}
        onScroll={(event) => setScrolled(event.currentTarget.scrollTop)}
        onBlur={() => setMarkMs(null)}
      >
        <canvas
          ref={canvas}
          className={styles.canvas}
          style={size}
          role="img"
          aria-label={`${shards.length} shards by hash range over the last ${seconds} seconds; the table below lists them`}
          onMouseMove={(event) => setHover(find(event))}
          onMouseLeave={() => setHover(null)}
          onClick={(event) => {
            const found = find(event)
            if (found) choose(found.lane.shard.shardId, event.shiftKey || event.ctrlKey || event.metaKey)
          }}
          onDoubleClick={(event) => {
            const found = find(event)
            if (found) props.onOpen(found.lane.shard.shardId, found.timeMs)
          }}
          onContextMenu={(event) => {
            const found = find(event)
            if (!found) return
            event.preventDefault()
            const { shardId } = found.lane.shard
            if (!selected.includes(shardId)) onSelect([shardId])
            setMenuAt({ ...found, x: event.clientX, y: event.clientY })
          }}
        />
        <div aria-hidden style={{ height: Math.max(0, contentHeight + AXIS_HEIGHT - size.height) }} />
      </div>
      {shown && <CellTip {...shown} size={size} history={live.history} measure={MEASURES[measure]} />}
      <output className={styles.unseen}>{marked && cellText(marked.lane.shard, marked.timeMs, live.history)}</output>
      <PointMenu
        at={menuAt}
        items={menuAt ? props.menu(menuAt.lane.shard.shardId, menuAt.timeMs) : []}
        onClose={() => setMenuAt(null)}
      />
    </div>
  )
}

/** Parents and children of shards. */
function kinOf(shards: readonly ShardInfo[], selected: readonly string[]): Set<string> {
  const kin = new Set<string>()
  for (const { shardId, parentShardId, adjacentParentShardId } of shards)
    for (const parent of [parentShardId, adjacentParentShardId]) {
      if (parent === undefined) continue
      if (selected.includes(shardId)) kin.add(parent)
      if (selected.includes(parent)) kin.add(shardId)
    }
  return kin
}
