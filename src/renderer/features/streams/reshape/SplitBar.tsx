import type { ShardInfo } from '../../../../engines/stream/contract.ts'
import { formatPercent } from '../../../lib/index.ts'
import styles from '../streams.module.css'
import type { Load } from './plan.ts'

const WIDTH = 1000
const HEIGHT = 56

/** A shard's hash range from left to right, a line for each key that is known by name, as tall as its share, and the cut. */
export function SplitBar({ shard, load, at }: { shard: ShardInfo; load: Load; at: bigint | null }) {
  const [start, end] = [BigInt(shard.range.startingHashKey), BigInt(shard.range.endingHashKey)]
  const xOf = (hashKey: bigint) => Number(((hashKey - start) * BigInt(WIDTH)) / (end - start + 1n))
  const tallest = Math.max(0.001, ...load.keys.map(({ share }) => share))
  const cut = at === null ? null : xOf(at)
  return (
    <svg
      className={styles.splitBar}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={
        cut === null
          ? 'Hash range of the shard'
          : `Hash range of the shard, cut at ${formatPercent(cut / WIDTH, 0)} of it`
      }
    >
      <rect width={WIDTH} height={HEIGHT} className={styles.barRange} />
      {cut !== null && <rect x={cut} width={WIDTH - cut} height={HEIGHT} className={styles.barSecond} />}
      {load.keys.map(({ key, hashKey, share }) => {
        const tall = Math.max(3, (share / tallest) * (HEIGHT - 6))
        return (
          <rect
            key={key}
            x={Math.min(WIDTH - 3, xOf(BigInt(hashKey)))}
            y={HEIGHT - tall}
            width={3}
            height={tall}
            className={styles.barKey}
          >
            <title>{`${key}: ${formatPercent(share)}`}</title>
          </rect>
        )
      })}
      {cut !== null && <rect x={cut - 1} width={3} height={HEIGHT} className={styles.barCut} />}
    </svg>
  )
}
