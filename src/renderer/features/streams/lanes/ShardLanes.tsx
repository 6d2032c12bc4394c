import { type MouseEvent, useEffect, useMemo, useRef, useState } from 'react'
import type { ShardInfo, StreamMetrics } from '../../../../engines/stream/contract.ts'
import { formatBytes, formatNumber, formatPercent, formatTime, useTheme } from '../../../lib/index.ts'
import { tokenValue } from '../../../lib/theme.ts'
import styles from '../streams.module.css'
import { consumersOf } from './consumers.ts'
import { cellsOf, lanesOf } from './model.ts'
import { AXIS_HEIGHT, type Palette, type Picture, paint, shortShard, yOf } from './paint.ts'

interface Hover {
  readonly x: number
  readonly y: number
  readonly shard: ShardInfo
  readonly timeMs: number
}

/** The picture of a stream: hash range from top to bottom, time from left to right, heat by second. The table below it says the same in words. */
export function ShardLanes({
  shards,
  metrics,
  nowMs,
  seconds,
  selected,
  onSelect,
}: {
  shards: readonly ShardInfo[]
  metrics: readonly StreamMetrics[]
  nowMs: number
  seconds: number
  selected: string | null
  onSelect: (shardId: string) => void
}) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const [size, setSize] = useState({ width: 0, height: 0 })
  const [hover, setHover] = useState<Hover | null>(null)
  const theme = useTheme()
  const palette = useMemo(() => readPalette(theme), [theme])
  const toMs = Math.ceil(Math.max(nowMs, (metrics.at(-1)?.timeMs ?? 0) + 1000) / 1000) * 1000
  const picture: Picture = useMemo(
    () => ({
      ...size,
      fromMs: toMs - seconds * 1000,
      toMs,
      lanes: lanesOf(shards, toMs),
      cells: cellsOf(metrics),
      consumers: consumersOf(metrics),
      selected,
    }),
    [size, toMs, seconds, shards, metrics, selected],
  )

  useEffect(() => {
    const element = canvas.current!
    const observer = new ResizeObserver(() => setSize({ width: element.clientWidth, height: element.clientHeight }))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (!context || picture.width === 0) return
    const scale = devicePixelRatio
    context.canvas.width = picture.width * scale
    context.canvas.height = picture.height * scale
    context.setTransform(scale, 0, 0, scale, 0, 0)
    paint(context, picture, palette)
  }, [picture, palette])

  const find = (event: MouseEvent): Hover | null => {
    const { offsetX: x, offsetY: y } = event.nativeEvent
    const timeMs = picture.fromMs + (x / picture.width) * (picture.toMs - picture.fromMs)
    const lane = picture.lanes.find(
      (candidate) =>
        y >= yOf(picture, candidate.from) &&
        y < yOf(picture, candidate.to) &&
        timeMs >= candidate.bornMs &&
        timeMs <= candidate.endMs,
    )
    return lane ? { x, y, shard: lane.shard, timeMs: Math.floor(timeMs / 1000) * 1000 } : null
  }
  const cell =
    hover &&
    metrics.find(({ timeMs }) => timeMs === hover.timeMs)?.shards.find(({ shardId }) => shardId === hover.shard.shardId)
  return (
    <div className={styles.lanes}>
      <canvas
        ref={canvas}
        className={styles.canvas}
        role="img"
        aria-label={`${shards.length} shards by hash range over the last ${seconds} seconds; the table below lists them`}
        onMouseMove={(event) => setHover(find(event))}
        onMouseLeave={() => setHover(null)}
        onClick={(event) => {
          const found = find(event)
          if (found) onSelect(found.shard.shardId)
        }}
      />
      {hover && (
        <div
          className={styles.tip}
          style={{
            left: Math.min(hover.x + 14, size.width - 230),
            top: Math.min(hover.y + 14, size.height - AXIS_HEIGHT - 90),
          }}
        >
          <strong>{shortShard(hover.shard.shardId)}</strong> at {formatTime(hover.timeMs, { date: false })}
          <dl>
            <dt>in</dt>
            <dd>
              {formatNumber(cell?.inRecords ?? 0)} records, {formatBytes(cell?.inBytes ?? 0)}
            </dd>
            <dt>out</dt>
            <dd>
              {formatNumber(cell?.outRecords ?? 0)} records, {formatBytes(cell?.outBytes ?? 0)}
            </dd>
            <dt>of quota</dt>
            <dd>{formatPercent(cell ? Math.max(cell.inBytes / 1048576, cell.inRecords / 1000) : 0, 0)}</dd>
            {cell !== undefined && cell !== null && cell.writeThrottled > 0 && (
              <>
                <dt>throttled</dt>
                <dd className={styles.bad}>{formatNumber(cell.writeThrottled)} records</dd>
              </>
            )}
          </dl>
        </div>
      )}
    </div>
  )
}

/** The tokens as they are in this theme: a canvas cannot take a CSS variable. */
function readPalette(_theme: string): Palette {
  const steps = (name: string, count: number, first = 0) =>
    Array.from({ length: count }, (_, i) => tokenValue(`--${name}-${i + first}`))
  return {
    ramp: steps('seq', 9),
    line: tokenValue('--line-strong'),
    lane: tokenValue('--seq-0'),
    text: tokenValue('--text-2'),
    label: tokenValue('--panel'),
    red: tokenValue('--red'),
    accent: tokenValue('--accent'),
    series: steps('cat', 10, 1),
  }
}
