import type { ShardInfo } from '../../../../engines/stream/contract.ts'
import { formatBytes, formatNumber, formatPercent, formatTime } from '../../../lib/index.ts'
import type { History } from '../metrics/history.ts'
import { shortShard } from '../metrics/live.ts'
import { type Measure, shareOf } from '../metrics/load.ts'
import styles from '../streams.module.css'
import type { Lane } from './lanes.ts'

const WIDTH = 208
const HEIGHT = 130

/** What a shard did in a second, beside the pointer. */
export function CellTip({
  lane: { shard },
  timeMs,
  x,
  y,
  size,
  history,
  measure,
}: {
  lane: Lane
  timeMs: number
  x: number
  y: number
  size: { width: number; height: number }
  history: History
  measure: Measure
}) {
  const second = history.second(shard.index, timeMs)
  const left = x + 14 + WIDTH > size.width ? Math.max(0, x - 14 - WIDTH) : x + 14
  return (
    <div
      className={styles.tip}
      style={{ left, top: Math.max(0, Math.min(y + 14, size.height - HEIGHT)), width: WIDTH }}
    >
      <strong>{shortShard(shard.shardId)}</strong>
      {shard.state === 'OPEN' ? '' : ' (closed)'} at {formatTime(timeMs, { date: false })}
      <dl>
        <dt>in</dt>
        <dd>
          {formatNumber(second.inRecords)} rec, {formatBytes(second.inBytes)}
        </dd>
        <dt>out</dt>
        <dd>
          {formatNumber(second.outRecords)} rec, {formatBytes(second.outBytes)}
        </dd>
        <dt>{measure.title.toLowerCase()}</dt>
        <dd>{formatPercent(shareOf(second, measure), 0)} of its limit</dd>
        {second.writeThrottled > 0 && (
          <>
            <dt>refused</dt>
            <dd className={styles.bad}>{formatNumber(second.writeThrottled)} records</dd>
          </>
        )}
        {second.readThrottled > 0 && (
          <>
            <dt>refused</dt>
            <dd className={styles.warn}>{formatNumber(second.readThrottled)} reads</dd>
          </>
        )}
      </dl>
    </div>
  )
}

/** The same as a sentence. */
export function cellText(shard: ShardInfo, timeMs: number, history: History): string {
  const second = history.second(shard.index, timeMs)
  const throttled = second.writeThrottled + second.readThrottled
  return [
    `${shortShard(shard.shardId)} at ${formatTime(timeMs, { date: false })}`,
    `${formatNumber(second.inRecords)} records, ${formatBytes(second.inBytes)} in`,
    `${formatNumber(second.outRecords)} records, ${formatBytes(second.outBytes)} out`,
    ...(throttled > 0 ? [`${formatNumber(throttled)} throttled`] : []),
  ].join(', ')
}
