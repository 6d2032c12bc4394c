import { formatBytes, formatPercent } from '../../lib/index.ts'
import styles from './hdfs.module.css'

/** How full it is. */
export function CapacityBar({ used, capacity }: { used: number; capacity: number }) {
  const share = capacity === 0 ? 0 : used / capacity
  const words = `${formatBytes(used)} of ${formatBytes(capacity)}`
  return (
    <div
      className={styles.capacity}
      role="meter"
      aria-label="Space used"
      aria-valuemin={0}
      aria-valuemax={capacity}
      aria-valuenow={used}
      aria-valuetext={words}
      title={`${words}, ${formatPercent(share)}`}
    >
      <span className={styles.track}>
        {used > 0 && <i style={{ width: `${Math.min(100, share * 100)}%` }} data-full={share > 0.9 || undefined} />}
      </span>
      <span className={styles.words}>{words}</span>
    </div>
  )
}
